"""Right layers of sequences in other people's conventions, as source, and what goes wrong in them.

A row is (the name of the family, the convention, the source, its mistakes); a mistake is (its kind, what stands in the
source, what stands there instead).
"""

SIGMOID = """
def sigmoid(A):
    return 1 / (1 + np.exp(-A))
"""
BARE_STATES = """
class Rnn:
    def __init__(self, M, N):
        self.params, self.grads = {"W": np.ones((N, M)), "U": np.ones((N, N)), "b": np.zeros(N)}, {}

    def forward(self, x, h0):
        W, U, b = self.params.values()
        self.x, self.h = x, [h0]
        for t in range(x.shape[1]):
            self.h.append(np.tanh(x[:, t] @ W.T + self.h[-1] @ U.T + b))
        return np.stack(self.h[1:], 1)

    def backward(self, dy):
        W, U, b = self.params.values()
        self.grads = {key: np.zeros_like(A) for key, A in self.params.items()}
        dx, dh = np.zeros_like(self.x), np.zeros_like(self.h[0])
        for t in reversed(range(dy.shape[1])):
            da = (dy[:, t] + dh) * (1 - self.h[t + 1] ** 2)
            self.grads["W"] += da.T @ self.x[:, t]
            self.grads["U"] += da.T @ self.h[t]
            self.grads["b"] += da.sum(0)
            dx[:, t] = da @ W
            dh = da @ U
        return dx, dh
"""
TIMES_FIRST = """
class Rnn:
    def __init__(self, M, N):
        shapes = {"W": (N, M), "U": (N, N), "b": (N,), "c": (N,)}
        self.params, self.grads = {key: np.ones(shape) for key, shape in shapes.items()}, {}

    def forward(self, x):
        W, U, b, c = self.params.values()
        self.x, self.h = x, [np.zeros((x.shape[1], len(b)), x.dtype)]
        for xt in x:
            self.h.append(np.tanh(xt @ W.T + b + self.h[-1] @ U.T + c))
        return np.array(self.h[1:])

    def backward(self, dy):
        W, U, b, c = self.params.values()
        self.grads = {key: np.zeros_like(A) for key, A in self.params.items()}
        dx, dh = np.zeros_like(self.x), 0
        for t in reversed(range(len(dy))):
            da = (dy[t] + dh) * (1 - self.h[t + 1] ** 2)
            self.grads["W"] += da.T @ self.x[t]
            self.grads["U"] += da.T @ self.h[t]
            self.grads["b"] += da.sum(0)
            self.grads["c"] += da.sum(0)
            dx[t] = da @ W
            dh = da @ U
        return dx
"""
ONE_SEQUENCE = """
class Rnn:
    def __init__(self, M, N):
        self.Wxh, self.Whh, self.bh = np.ones((N, M)), np.ones((N, N)), np.zeros((N, 1))

    def forward(self, x):
        self.x, self.h = x, {-1: np.zeros((len(self.bh), 1), x.dtype)}
        for t in range(len(x)):
            self.h[t] = np.tanh(self.Wxh @ x[t][:, None] + self.Whh @ self.h[t - 1] + self.bh)
        return np.hstack([self.h[t] for t in range(len(x))]).T

    def backward(self, dy):
        self.dWxh, self.dWhh, self.dbh = 0 * self.Wxh, 0 * self.Whh, 0 * self.bh
        dx, dhnext = np.zeros_like(self.x), 0 * self.bh
        for t in reversed(range(len(dy))):
            draw = (1 - self.h[t] * self.h[t]) * (dy[t][:, None] + dhnext)
            self.dbh += draw
            self.dWxh += draw @ self.x[t][None]
            self.dWhh += draw @ self.h[t - 1].T
            dx[t] = (self.Wxh.T @ draw)[:, 0]
            dhnext = self.Whh.T @ draw
        return dx
"""
PACKED = (
    SIGMOID
    + """
class Lstm:
    def __init__(self, D, H):
        self.params = {"Wx": np.ones((D, 4 * H)), "Wh": np.ones((H, 4 * H)), "b": np.zeros(4 * H)}
        self.grads = {}

    def forward(self, x, h0):
        h, c, H, out, self.kept, self.x = h0, np.zeros_like(h0), h0.shape[1], [], [], x
        for t in range(x.shape[1]):
            a = x[:, t] @ self.params["Wx"] + h @ self.params["Wh"] + self.params["b"]
            i, f, o = (sigmoid(a[:, k * H : (k + 1) * H]) for k in range(3))
            g = np.tanh(a[:, 3 * H :])
            before, c = c, f * c + i * g
            self.kept.append((h, before, i, f, o, g, c))
            h = o * np.tanh(c)
            out.append(h)
        return np.stack(out, 1)

    def backward(self, dout):
        self.grads = {key: np.zeros_like(A) for key, A in self.params.items()}
        dx, dh, dc = np.zeros_like(self.x), 0, 0
        for t in reversed(range(dout.shape[1])):
            h, before, i, f, o, g, c = self.kept[t]
            dh = dout[:, t] + dh
            dc = dc + dh * o * (1 - np.tanh(c) ** 2)
            gates = dc * g * i * (1 - i), dc * before * f * (1 - f), dh * np.tanh(c) * o * (1 - o)
            da = np.hstack([*gates, dc * i * (1 - g**2)])
            self.grads["Wx"] += self.x[:, t].T @ da
            self.grads["Wh"] += h.T @ da
            self.grads["b"] += da.sum(0)
            dx[:, t], dh, dc = da @ self.params["Wx"].T, da @ self.params["Wh"].T, dc * f
        return dx, dh
"""
)
EACH_GATE = (
    SIGMOID
    + """
class Lstm:
    def __init__(self, M, N):
        for gate in "ifco":
            setattr(self, f"W{gate}", np.ones((N, N + M)))
            setattr(self, f"b{gate}", np.zeros(N))

    def forward(self, x, h0, c0):
        h, c, out, self.kept, self.x = h0, c0, [], [], x
        for t in range(x.shape[1]):
            z = np.hstack([h, x[:, t]])
            i, f = sigmoid(z @ self.Wi.T + self.bi), sigmoid(z @ self.Wf.T + self.bf)
            g, o = np.tanh(z @ self.Wc.T + self.bc), sigmoid(z @ self.Wo.T + self.bo)
            before, c = c, f * c + i * g
            h = o * np.tanh(c)
            self.kept.append((z, i, f, g, o, before, c))
            out.append(h)
        return np.stack(out, 1)

    def backward(self, dy):
        dx, dh, dc, N = np.zeros_like(self.x), 0, 0, dy.shape[2]
        for gate in "ifco":
            setattr(self, f"dW{gate}", 0 * getattr(self, f"W{gate}"))
            setattr(self, f"db{gate}", 0 * getattr(self, f"b{gate}"))
        for t in reversed(range(dy.shape[1])):
            z, i, f, g, o, before, c = self.kept[t]
            dh, dz = dy[:, t] + dh, 0
            dc = dc + dh * o * (1 - np.tanh(c) ** 2)
            di, df, dg = dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g**2)
            do = dh * np.tanh(c) * o * (1 - o)
            for gate, da in zip("ifco", (di, df, dg, do)):
                setattr(self, f"dW{gate}", getattr(self, f"dW{gate}") + da.T @ z)
                setattr(self, f"db{gate}", getattr(self, f"db{gate}") + da.sum(0))
                dz = dz + da @ getattr(self, f"W{gate}")
            dh, dx[:, t], dc = dz[:, :N], dz[:, N:], dc * f
        return dx, dh, dc
"""
)
UPDATE_GATE = (
    SIGMOID
    + """
class Gru:
    def __init__(self, M, N):
        shapes = {"W": (3 * N, M), "U": (3 * N, N), "b": (3 * N,), "c": (3 * N,)}
        self.params, self.grads = {key: np.ones(shape) for key, shape in shapes.items()}, {}

    def forward(self, x, h0):
        W, U, b, c = self.params.values()
        h, out, self.kept, self.x = h0, [], [], x
        for t in range(x.shape[1]):
            az, ar, an = np.split(x[:, t] @ W.T + b, 3, axis=1)
            bz, br, bn = np.split(h @ U.T + c, 3, axis=1)
            z, r = sigmoid(az + bz), sigmoid(ar + br)
            n = np.tanh(an + r * bn)
            self.kept.append((h, z, r, n, bn))
            h = (1 - z) * h + z * n
            out.append(h)
        return np.stack(out, 1)

    def backward(self, dy):
        W, U, b, c = self.params.values()
        self.grads = {key: np.zeros_like(A) for key, A in self.params.items()}
        dx, dh = np.zeros_like(self.x), 0
        for t in reversed(range(dy.shape[1])):
            h, z, r, n, bn = self.kept[t]
            dh = dy[:, t] + dh
            dn, dz = dh * z * (1 - n**2), dh * (n - h) * z * (1 - z)
            dr = dn * bn * r * (1 - r)
            da, db = np.hstack([dz, dr, dn]), np.hstack([dz, dr, dn * r])
            self.grads["W"] += da.T @ self.x[:, t]
            self.grads["U"] += db.T @ h
            self.grads["b"] += da.sum(0)
            self.grads["c"] += db.sum(0)
            dx[:, t] = da @ W
            dh = db @ U + dh * (1 - z)
        return dx, dh
"""
)
ONE_MATRIX = """
class Attention:
    def forward(self, Q, K, V):
        self.Q, self.K, self.V, self.root = Q, K, V, Q.shape[1] ** 0.5
        S = Q @ K.T / self.root
        E = np.exp(S - S.max(axis=1, keepdims=True))
        self.P = E / E.sum(axis=1, keepdims=True)
        return self.P @ V

    def backward(self, dY):
        dP = dY @ self.V.T
        dS = self.P * (dP - (dP * self.P).sum(axis=1, keepdims=True)) / self.root
        return dS @ self.K, dS.T @ self.Q, self.P.T @ dY
"""
OF_HEADS = """
class Attention:
    def forward(self, Q, K, V):
        self.Q, self.K, self.V, self.root = Q, K, V, Q.shape[3] ** 0.5
        S = np.einsum("bhtd,bhud->bhtu", Q, K) / self.root
        E = np.exp(S - S.max(axis=3, keepdims=True))
        self.P = E / E.sum(axis=3, keepdims=True)
        return np.einsum("bhtu,bhue->bhte", self.P, V)

    def backward(self, dY):
        dP = np.einsum("bhte,bhue->bhtu", dY, self.V)
        dS = self.P * (dP - (dP * self.P).sum(axis=3, keepdims=True)) / self.root
        dQ, dK = np.einsum("bhtu,bhud->bhtd", dS, self.K), np.einsum("bhtu,bhtd->bhud", dS, self.Q)
        return dQ, dK, np.einsum("bhtu,bhte->bhue", self.P, dY)
"""
ROWS = (
    (
        "rnn",
        "states (S, N), one bias",
        BARE_STATES,
        (
            ("not handed on", "dh = da @ U", "dh_next = da @ U"),
            ("wrong array", "da.T @ self.h[t]", "da.T @ self.h[t + 1]"),
            ("derivative missing", " * (1 - self.h[t + 1] ** 2)", ""),
        ),
    ),
    ("rnn", "times first", TIMES_FIRST, (("not summed", '["U"] += da', '["U"] = da'),)),
    (
        "rnn",
        "one sequence at a time, columns",
        ONE_SEQUENCE,
        (("not handed on", "dhnext = self.Whh.T @ draw", "dhnext = 0 * draw"),),
    ),
    (
        "lstm",
        "gates I F O G, W (M, 4 N), one bias",
        PACKED,
        (
            ("derivative missing", "dc * before * f * (1 - f)", "dc * before"),
            ("gate left out", "dc * f\n        return", "dc\n        return"),
        ),
    ),
    (
        "lstm",
        "a matrix for [h, x] for each gate",
        EACH_GATE,
        (("derivative missing", "dc * g * i * (1 - i)", "dc * g"),),
    ),
    (
        "gru",
        "Z and 1 − Z exchanged, gates Z R N",
        UPDATE_GATE,
        (("sign", "dh * (n - h)", "dh * (h - n)"), ("path missing", " + dh * (1 - z)", "")),
    ),
    (
        "attention",
        "matrices",
        ONE_MATRIX,
        (("diagonal only", " - (dP * self.P).sum(axis=1, keepdims=True)", ""),),
    ),
    ("attention", "with an axis of heads", OF_HEADS, (("scale", "Q.shape[3] ** 0.5", "Q.shape[2] ** 0.5"),)),
)
