"""What goes wrong in attention, in its heads, and in a block of a transformer."""

from helpers.exercises.mistakes.mistake import Family

MASKED = """\
        S = np.where(seen, S, -np.inf)
        E = np.exp(S - S.max(axis=2, keepdims=True))
        self.P = E / E.sum(axis=2, keepdims=True)
"""
AFTER = """\
        E = np.exp(S - S.max(axis=2, keepdims=True))
        self.P = seen * E / E.sum(axis=2, keepdims=True)
"""
CUT_AND_JOINED = """\
        return A.reshape(S, T, self.heads, E // self.heads).transpose(0, 2, 1, 3)

    def joined(self, A):
        S, H, T, D = A.shape
        return A.transpose(0, 2, 1, 3).reshape(S, T, H * D)
"""
CUT_AND_JOINED_BY_RESHAPE = """\
        return A.reshape(S, self.heads, T, E // self.heads)

    def joined(self, A):
        S, H, T, D = A.shape
        return A.reshape(S, T, H * D)
"""
NORMS_FIRST = """\
        R = X + self.attention.forward(self.norm1.forward(X))
        return R + self.mlp(self.norm2.forward(R))
"""
NORMS_BEHIND = """\
        R = self.norm1.forward(X + self.attention.forward(X))
        return self.norm2.forward(R + self.mlp(R))
"""

ATTENTION = Family(
    "Attention",
    """\
class Attention:
    def forward(self, Q, K, V):
        self.Q, self.K, self.V, self.root = Q, K, V, Q.shape[-1] ** 0.5
        S = Q @ K.swapaxes(1, 2) / self.root
        seen = np.tril(np.ones(S.shape[1:], bool))
        S = np.where(seen, S, -np.inf)
        E = np.exp(S - S.max(axis=2, keepdims=True))
        self.P = E / E.sum(axis=2, keepdims=True)
        return self.P @ V

    def backward(self, dY):
        dV = self.P.swapaxes(1, 2) @ dY
        dP = dY @ self.V.swapaxes(1, 2)
        dS = self.P * (dP - (dP * self.P).sum(axis=2, keepdims=True))
        dQ = dS @ self.K / self.root
        dK = dS.swapaxes(1, 2) @ self.Q / self.root
        return dQ, dK, dV
""",
    (
        ("dS not transposed", "transposed", "dK = dS.swapaxes(1, 2) @", "dK = dS @"),
        ("P not transposed", "transposed", "self.P.swapaxes(1, 2) @ dY", "self.P @ dY"),
        (
            "scale forward only",
            "scale",
            "Q.shape[-1] ** 0.5\n        S = Q @ K.swapaxes(1, 2) / self.root",
            "1\n        S = Q @ K.swapaxes(1, 2) / Q.shape[-1] ** 0.5",
        ),
        ("no scale", "scale", "Q.shape[-1] ** 0.5", "1"),
        ("scale of T", "scale", "Q.shape[-1] ** 0.5", "Q.shape[1] ** 0.5"),
        ("D for √D", "forward", "Q.shape[-1] ** 0.5", "Q.shape[-1]"),
        (
            "softmax over the queries",
            "wrong axis",
            "S.max(axis=2, keepdims=True))\n        self.P = E / E.sum(axis=2",
            "S.max(axis=1, keepdims=True))\n        self.P = E / E.sum(axis=1",
        ),
        (
            "softmax left out backward",
            "derivative missing",
            "dS = self.P * (dP - (dP * self.P).sum(axis=2, keepdims=True))",
            "dS = dP",
        ),
        ("dS = P dP", "diagonal only", " * (dP - (dP * self.P).sum(axis=2, keepdims=True))", " * dP"),
        (
            "mask after softmax",
            "mask",
            MASKED,
            AFTER,
        ),
        ("no mask", "mask", "np.where(seen, S, -np.inf)", "S"),
        ("mask turned", "mask", "np.tril(", "np.triu("),
        (
            "not its own place",
            "mask",
            "S.shape[1:], bool)",
            "S.shape[1:], bool), -1",
        ),
        ("mask of 0", "mask", "S, -np.inf)", "S, 0)"),
        ("dQ and dK exchanged", "swapped", "return dQ, dK, dV", "return dK, dQ, dV"),
    ),
    (True,),
)

HEADS = Family(
    "MultiheadAttention",
    """\
class MultiheadAttention:
    def __init__(self, E, H):
        self.heads = H
        shapes = {"W": (3 * E, E), "b": (3 * E,), "Wo": (E, E), "bo": (E,)}
        self.params, self.grads = {key: np.random.normal(size=shape) for key, shape in shapes.items()}, {}

    def split(self, A):
        S, T, E = A.shape
        return A.reshape(S, T, self.heads, E // self.heads).transpose(0, 2, 1, 3)

    def joined(self, A):
        S, H, T, D = A.shape
        return A.transpose(0, 2, 1, 3).reshape(S, T, H * D)

    def forward(self, X):
        W, b, Wo, bo = self.params.values()
        self.X = X
        self.Q, self.K, self.V = (self.split(A) for A in np.split(X @ W.T + b, 3, axis=2))
        self.root = np.sqrt(self.Q.shape[3])
        S = self.Q @ self.K.swapaxes(2, 3) / self.root
        E = np.exp(S - S.max(axis=3, keepdims=True))
        self.P = E / E.sum(axis=3, keepdims=True)
        self.O = self.joined(self.P @ self.V)
        return self.O @ Wo.T + bo

    def backward(self, dY):
        W, b, Wo, bo = self.params.values()
        P, dO = self.P, self.split(dY @ Wo)
        dV, dP = P.swapaxes(2, 3) @ dO, dO @ self.V.swapaxes(2, 3)
        dS = P * (dP - (dP * P).sum(axis=3, keepdims=True)) / self.root
        dA = np.concatenate([self.joined(A) for A in (dS @ self.K, dS.swapaxes(2, 3) @ self.Q, dV)], axis=2)
        self.grads["W"], self.grads["b"] = np.einsum("stn,stm->nm", dA, self.X), dA.sum(axis=(0, 1))
        self.grads["Wo"], self.grads["bo"] = np.einsum("stn,stm->nm", dY, self.O), dY.sum(axis=(0, 1))
        return dA @ W
""",
    (
        (
            "cut by a reshape",
            "heads mixed",
            "A.reshape(S, T, self.heads, E // self.heads).transpose(0, 2, 1, 3)",
            "A.reshape(S, self.heads, T, E // self.heads)",
        ),
        (
            "joined by a reshape",
            "heads mixed",
            "A.transpose(0, 2, 1, 3).reshape(S, T, H * D)",
            "A.reshape(S, T, H * D)",
        ),
        ("cut and joined by a reshape", "heads mixed", CUT_AND_JOINED, CUT_AND_JOINED_BY_RESHAPE),
        ("scale of the whole width", "scale", "np.sqrt(self.Q.shape[3])", "np.sqrt(X.shape[2])"),
        ("no scale backward", "scale", " / self.root\n        dA", "\n        dA"),
        ("dS not transposed", "transposed", "dS.swapaxes(2, 3) @ self.Q", "dS @ self.Q"),
        (
            "softmax over the queries",
            "wrong axis",
            "S.max(axis=3, keepdims=True))\n        self.P = E / E.sum(axis=3",
            "S.max(axis=2, keepdims=True))\n        self.P = E / E.sum(axis=2",
        ),
        ("bo averaged", "factor", "dY.sum(axis=(0, 1))", "dY.mean(axis=(0, 1))"),
    ),
    (6, 2),
)

SWIGLU = Family(
    "SwiGLU",
    """\
class SwiGLU:
    def __init__(self, M, F):
        shapes = {"W": (F, M), "V": (F, M), "W2": (M, F)}
        self.params, self.grads = {key: np.random.normal(size=shape) for key, shape in shapes.items()}, {}

    def forward(self, X):
        W, V, W2 = self.params.values()
        self.X, self.A, self.B = X, X @ W.T, X @ V.T
        self.sigma = 1 / (1 + np.exp(-self.A))
        self.H = self.A * self.sigma * self.B
        return self.H @ W2.T

    def backward(self, dY):
        W, V, W2 = self.params.values()
        A, B, sigma, dH = self.A, self.B, self.sigma, dY @ W2
        dA, dB = dH * B * sigma * (1 + A * (1 - sigma)), dH * A * sigma
        self.grads = {"W": dA.T @ self.X, "V": dB.T @ self.X, "W2": dY.T @ self.H}
        return dA @ W + dB @ V
""",
    (
        ("SiLU′ is σ", "derivative missing", "sigma * (1 + A * (1 - sigma))", "sigma"),
        ("SiLU′ is σ′", "derivative missing", "sigma * (1 + A * (1 - sigma))", "sigma * (1 - sigma)"),
        ("a gate without A", "wrong function", "self.A * self.sigma * self.B", "self.sigma * self.B"),
        ("gate and value exchanged", "swapped", "X @ W.T, X @ V.T", "X @ V.T, X @ W.T"),
        ("one path of two", "path missing", "dA @ W + dB @ V", "dA @ W"),
    ),
    (3, 5),
)

BLOCK = Family(
    "TransformerBlock",
    """\
class Linear:
    def __init__(self, M, N):
        self.params, self.grads = {"W": np.random.normal(size=(N, M)), "b": np.zeros(N)}, {}

    def forward(self, X):
        self.X = X
        return X @ self.params["W"].T + self.params["b"]

    def backward(self, dY):
        self.grads["W"], self.grads["b"] = np.einsum("stn,stm->nm", dY, self.X), dY.sum(axis=(0, 1))
        return dY @ self.params["W"]


class Norm:
    def __init__(self, N):
        self.params, self.grads = {"gamma": np.ones(N), "beta": np.zeros(N)}, {}

    def forward(self, X):
        self.sigma = np.sqrt(X.var(axis=-1, keepdims=True) + 1e-5)
        self.Xhat = (X - X.mean(axis=-1, keepdims=True)) / self.sigma
        return self.params["gamma"] * self.Xhat + self.params["beta"]

    def backward(self, dY):
        self.grads["gamma"], self.grads["beta"] = (dY * self.Xhat).sum(axis=(0, 1)), dY.sum(axis=(0, 1))
        d, X = dY * self.params["gamma"], self.Xhat
        mean, slope = d.mean(axis=-1, keepdims=True), (d * X).mean(axis=-1, keepdims=True)
        return (d - mean - X * slope) / self.sigma


"""
    + HEADS.source
    + """

class Gelu:
    def forward(self, X):
        self.X = X
        return X * self.Phi(X)

    @staticmethod
    def Phi(X):
        return (1 + np.vectorize(math.erf)(X / np.sqrt(2))) / 2

    def backward(self, dY):
        return dY * (self.Phi(self.X) + self.X * np.exp(-(self.X**2) / 2) / np.sqrt(2 * np.pi))


class TransformerBlock:
    def __init__(self, E, H, F=24):
        self.attention, self.norm1, self.norm2 = MultiheadAttention(E, H), Norm(E), Norm(E)
        self.up, self.gelu, self.down = Linear(E, F), Gelu(), Linear(F, E)
        parts = {"attention": self.attention, "mlp.0": self.up, "mlp.2": self.down}
        self.parts = parts | {"norm1": self.norm1, "norm2": self.norm2}
        self.params = {f"{name}.{key}": A for name, p in self.parts.items() for key, A in p.params.items()}

    @property
    def grads(self):
        return {f"{name}.{key}": A for name, p in self.parts.items() for key, A in p.grads.items()}

    def mlp(self, X):
        return self.down.forward(self.gelu.forward(self.up.forward(X)))

    def forward(self, X):
        R = X + self.attention.forward(self.norm1.forward(X))
        return R + self.mlp(self.norm2.forward(R))

    def backward(self, dY):
        dR = dY + self.norm2.backward(self.up.backward(self.gelu.backward(self.down.backward(dY))))
        return dR + self.norm1.backward(self.attention.backward(dR))
""",
    (
        (
            "the path past attention is missing",
            "path missing",
            "return dR + self.norm1.backward",
            "return self.norm1.backward",
        ),
        (
            "the path past the mlp is missing",
            "path missing",
            "dR = dY + self.norm2.backward",
            "dR = self.norm2.backward",
        ),
        ("no path past attention forward", "path missing", "R = X + self.attention", "R = self.attention"),
        (
            "the path carries the norm",
            "norm's place",
            "R = X + self.attention",
            "R = self.norm1.forward(X) + self.attention",
        ),
        (
            "norms behind the sums",
            "norm's place",
            NORMS_FIRST,
            NORMS_BEHIND,
        ),
    ),
    (6, 2),
)
FAMILIES = (ATTENTION, HEADS, SWIGLU, BLOCK)
