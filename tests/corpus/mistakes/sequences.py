"""What goes wrong in layers of sequences: recurrent ones, the embedding, attention."""

from helpers.exercises.mistakes.mistake import Family

RNN = Family(
    "RNN",
    """\
class RNN:
    def __init__(self, M, N):
        shapes = {"W": (N, M), "U": (N, N), "b": (N,), "c": (N,)}
        self.params, self.grads = {key: np.random.normal(size=shape) for key, shape in shapes.items()}, {}

    def forward(self, X, H0):
        W, U, b, c = self.params.values()
        self.X, self.H = X, [H0[0]]
        for t in range(X.shape[1]):
            self.H.append(np.tanh(X[:, t] @ W.T + b + self.H[-1] @ U.T + c))
        return np.stack(self.H[1:], axis=1), self.H[-1][None]

    def backward(self, dY, dHT):
        W, U, b, c = self.params.values()
        self.grads = {key: np.zeros_like(A) for key, A in self.params.items()}
        dX, dH = np.zeros_like(self.X), dHT[0]
        for t in reversed(range(self.X.shape[1])):
            dH = dH + dY[:, t]
            dA = dH * (1 - self.H[t + 1] ** 2)
            self.grads["W"] += dA.T @ self.X[:, t]
            self.grads["U"] += dA.T @ self.H[t]
            self.grads["b"] += dA.sum(axis=0)
            self.grads["c"] += dA.sum(axis=0)
            dX[:, t] = dA @ W
            dH = dA @ U
        return dX, dH[None]
""",
    (
        (
            "one time has no axis of its own",
            "only with one time",
            "np.stack(self.H[1:], axis=1), ",
            "(np.stack(self.H[1:], axis=1) if len(self.H) > 2 else self.H[1]), ",
        ),
        ("tanh′ forgotten", "derivative missing", " * (1 - self.H[t + 1] ** 2)", ""),
        ("tanh′ at H", "wrong array", "self.H[t + 1] ** 2", "np.tanh(self.H[t + 1]) ** 2"),
        ("dH not handed on", "not handed on", "            dH = dA @ U\n", "            dH = 0 * dA\n"),
        (
            "dH computed, and dH_T at each time",
            "not handed on",
            "dH = dA @ U",
            "dH_next = dA @ U; dH = dHT[0]",
        ),
        ("dH_T dropped", "last state dropped", "dHT[0]", "np.zeros_like(dHT[0])"),
        ("H_t in dU", "wrong array", "dA.T @ self.H[t]", "dA.T @ self.H[t + 1]"),
        ("dW of one time", "not summed", 'self.grads["W"] += dA', 'self.grads["W"] = dA'),
        ("db over T", "factor", 'grads["b"] += dA.sum(axis=0)', 'grads["b"] += dA.sum(axis=0) / dY.shape[1]'),
        ("U not transposed", "transposed", "dH = dA @ U", "dH = dA @ U.T"),
        (
            "dY of the last time alone",
            "upstream ignored",
            "dH = dH + dY[:, t]",
            "dH = dH + dY[:, t] * (t + 1 == dY.shape[1])",
        ),
    ),
    (3, 2),
)

LSTM = Family(
    "LSTM",
    """\
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


class LSTM:
    def __init__(self, M, N):
        shapes = {"W": (4 * N, M), "U": (4 * N, N), "b": (4 * N,), "c": (4 * N,)}
        self.params, self.grads = {key: np.random.normal(size=shape) for key, shape in shapes.items()}, {}

    def forward(self, X, h0, c0):
        W, U, b, c = self.params.values()
        self.X, self.h, self.c, self.gates = X, [h0[0]], [c0[0]], []
        for t in range(X.shape[1]):
            i, f, g, o = np.split(X[:, t] @ W.T + b + self.h[-1] @ U.T + c, 4, axis=1)
            i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
            self.gates.append((i, f, g, o))
            self.c.append(f * self.c[-1] + i * g)
            self.h.append(o * np.tanh(self.c[-1]))
        return np.stack(self.h[1:], axis=1), (self.h[-1][None], self.c[-1][None])

    def backward(self, dY, dh_last, dc_last):
        W, U, b, c = self.params.values()
        self.grads = {key: np.zeros_like(A) for key, A in self.params.items()}
        dX, dh_next, dc_next = np.zeros_like(self.X), dh_last[0], dc_last[0]
        for t in range(self.X.shape[1] - 1, -1, -1):
            i, f, g, o = self.gates[t]
            dh = dY[:, t] + dh_next
            tanh_c = np.tanh(self.c[t + 1])
            do = dh * tanh_c
            dc = dc_next + dh * o * (1 - tanh_c**2)
            di, df, dg = dc * g, dc * self.c[t], dc * i
            da = np.hstack([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)])
            self.grads["W"] += da.T @ self.X[:, t]
            self.grads["U"] += da.T @ self.h[t]
            self.grads["b"] += da.sum(axis=0)
            self.grads["c"] += da.sum(axis=0)
            dX[:, t] = da @ W
            dh_next, dc_next = da @ U, dc * f
        return dX, (dh_next[None], dc_next[None])
""",
    (
        ("σ′ of i forgotten", "derivative missing", "di * i * (1 - i)", "di"),
        ("σ′ of f forgotten", "derivative missing", "df * f * (1 - f)", "df"),
        ("tanh′ of g forgotten", "derivative missing", "dg * (1 - g**2)", "dg"),
        ("σ′ of o forgotten", "derivative missing", "do * o * (1 - o)", "do"),
        ("dh not handed on", "not handed on", "dh = dY[:, t] + dh_next", "dh = dY[:, t]"),
        ("dc not handed on", "not handed on", "dc = dc_next + dh", "dc = dh"),
        (
            "dh_next computed and left",
            "not handed on",
            "dh_next, dc_next = da @ U, dc * f",
            "dh_before, dc_next = da @ U, dc * f",
        ),
        ("dc without f", "gate left out", "da @ U, dc * f", "da @ U, dc"),
        ("dc without o", "gate left out", "dh * o * (1 - tanh_c**2)", "dh * (1 - tanh_c**2)"),
        ("dc without dh", "path missing", "dc = dc_next + dh * o * (1 - tanh_c**2)", "dc = dc_next"),
        ("tanh′ of c forgotten", "derivative missing", " * (1 - tanh_c**2)", ""),
        (
            "df with c_t",
            "wrong array",
            "df, dg = dc * g, dc * self.c[t],",
            "df, dg = dc * g, dc * self.c[t + 1],",
        ),
        ("do without tanh", "wrong array", "do = dh * tanh_c", "do = dh * self.c[t + 1]"),
        ("dc_T dropped", "last state dropped", "dc_last[0]", "np.zeros_like(dc_last[0])"),
        ("dh_T dropped", "last state dropped", "dh_last[0]", "np.zeros_like(dh_last[0])"),
        ("h_t in dU", "wrong array", "da.T @ self.h[t]", "da.T @ self.h[t + 1]"),
        ("di with c", "wrong value", "di, df, dg = dc * g,", "di, df, dg = dc * self.c[t],"),
        ("dU of one time", "not summed", 'self.grads["U"] += da', 'self.grads["U"] = da'),
        ("f and o exchanged in dh", "wrong value", "dc = dc_next + dh * o", "dc = dc_next + dh * f"),
    ),
    (3, 2),
)

GRU = Family(
    "GRU",
    """\
def sigmoid(A):
    return 1 / (1 + np.exp(-A))


class GRU:
    def __init__(self, M, N):
        shapes = {"W": (3 * N, M), "U": (3 * N, N), "b": (3 * N,), "c": (3 * N,)}
        self.params, self.grads = {key: np.random.normal(size=shape) for key, shape in shapes.items()}, {}

    def forward(self, X, H0):
        W, U, b, c = self.params.values()
        self.X, self.H, self.kept = X, [H0[0]], []
        for t in range(X.shape[1]):
            Ar, Az, An = np.split(X[:, t] @ W.T + b, 3, axis=1)
            Br, Bz, Bn = np.split(self.H[-1] @ U.T + c, 3, axis=1)
            R, Z = sigmoid(Ar + Br), sigmoid(Az + Bz)
            n = np.tanh(An + R * Bn)
            self.kept.append((R, Z, n, Bn))
            self.H.append((1 - Z) * n + Z * self.H[-1])
        return np.stack(self.H[1:], axis=1), self.H[-1][None]

    def backward(self, dY, dHT):
        W, U, b, c = self.params.values()
        self.grads = {key: np.zeros_like(A) for key, A in self.params.items()}
        dX, dH = np.zeros_like(self.X), dHT[0]
        for t in reversed(range(self.X.shape[1])):
            (R, Z, n, Bn), before = self.kept[t], self.H[t]
            dH = dH + dY[:, t]
            dZ, dn = dH * (before - n), dH * (1 - Z)
            dAn = dn * (1 - n**2)
            dR = dAn * Bn
            dAr, dAz = dR * R * (1 - R), dZ * Z * (1 - Z)
            dA, dB = np.hstack([dAr, dAz, dAn]), np.hstack([dAr, dAz, dAn * R])
            self.grads["W"] += dA.T @ self.X[:, t]
            self.grads["U"] += dB.T @ before
            self.grads["b"] += dA.sum(axis=0)
            self.grads["c"] += dB.sum(axis=0)
            dX[:, t] = dA @ W
            dH = dB @ U + dH * Z
        return dX, dH[None]
""",
    (
        ("σ′ of R forgotten", "derivative missing", "dR * R * (1 - R)", "dR"),
        ("σ′ of Z forgotten", "derivative missing", "dZ * Z * (1 - Z)", "dZ"),
        ("tanh′ forgotten", "derivative missing", "dn * (1 - n**2)", "dn"),
        ("no path past the gates", "path missing", "dH = dB @ U + dH * Z", "dH = dB @ U"),
        ("no path through R", "path missing", "dR = dAn * Bn", "dR = 0 * Bn"),
        ("R is not in dB", "gate left out", "dAz, dAn * R]", "dAz, dAn]"),
        ("dH not handed on", "not handed on", "dH = dB @ U + dH * Z", "dH = np.zeros_like(dH)"),
        ("dZ with the sign of 1 − Z", "sign", "dH * (before - n)", "dH * (n - before)"),
    ),
    (3, 2),
)

EMBEDDING = Family(
    "Embedding",
    """\
class Embedding:
    def __init__(self, V, M):
        self.params, self.grads, self.padding_idx = {"E": np.random.normal(size=(V, M))}, {}, 1

    def forward(self, ids):
        self.ids = ids
        return self.params["E"][ids]

    def backward(self, dY):
        dE = np.zeros_like(self.params["E"])
        np.add.at(dE, self.ids, dY)
        dE[self.padding_idx] = 0
        self.grads["E"] = dE
""",
    (
        ("a plain +=", "not summed", "np.add.at(dE, self.ids, dY)", "dE[self.ids] += dY"),
        ("padding learns", "padding learns", "        dE[self.padding_idx] = 0\n", ""),
        (
            "a mean over the times an id comes",
            "wrong value",
            "dE[self.padding_idx] = 0",
            "dE[self.padding_idx] = 0; dE /= np.maximum(np.bincount(self.ids.ravel(), minlength=len(dE)), 1)[:, None]",
        ),
        ("the row above", "forward", 'self.params["E"][ids]', 'self.params["E"][ids - 1]'),
    ),
    (5, 3, 1),
)
FAMILIES = (RNN, LSTM, GRU, EMBEDDING)
