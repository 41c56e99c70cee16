"""What goes wrong in a linear layer."""

import numpy as np

from helpers.exercises.mistakes.mistake import Family

LINEAR = Family(
    "Linear",
    """\
class Linear:
    def __init__(self, M, N):
        self.params = {"W": np.random.normal(size=(N, M)), "b": np.zeros(N)}
        self.grads = {"W": np.zeros((N, M)), "b": np.zeros(N)}
        self.X = None

    def forward(self, X):
        self.X = X
        return X @ self.params["W"].T + self.params["b"]

    def backward(self, dY):
        dX = dY @ self.params["W"]
        self.grads["W"] = dY.T @ self.X
        self.grads["b"] = dY.sum(axis=0)
        return dX
""",
    (
        ("db is a mean", "bias averaged", "dY.sum(axis=0)", "dY.mean(axis=0)"),
        ("db divided by S", "bias averaged", "dY.sum(axis=0)", "dY.sum(axis=0) / len(dY)"),
        ("db is never set", "bias never set", 'self.grads["b"] = dY.sum(axis=0)', "pass"),
        ("db stays zero", "bias never set", "dY.sum(axis=0)", 'np.zeros_like(self.params["b"])'),
        ("db is one number", "bias scalar", "dY.sum(axis=0)", "dY.sum()"),
        ("db is a row (1, N)", "shape", "dY.sum(axis=0)", "dY.sum(axis=0, keepdims=True)"),
        ("db over the outputs", "shape", "dY.sum(axis=0)", "dY.sum(axis=1)"),
        ("db not summed", "not summed", "dY.sum(axis=0)", "dY"),
        ("db of one sample", "not summed", "dY.sum(axis=0)", "dY[0]"),
        ("db times N", "factor", "dY.sum(axis=0)", "dY.sum(axis=0) * dY.shape[1]"),
        ("db with a sign", "sign", "dY.sum(axis=0)", "-dY.sum(axis=0)"),
        ("db adds up over calls", "accumulates", 'self.grads["b"] =', 'self.grads["b"] = self.grads["b"] +'),
        ("forward without b", "forward", ' + self.params["b"]', ""),
        ("b with a sign", "forward", ' + self.params["b"]', ' - self.params["b"]'),
        ("dW adds up over calls", "accumulates", 'self.grads["W"] =', 'self.grads["W"] +='),
        ("dW divided by S", "factor", "dY.T @ self.X", "dY.T @ self.X / len(dY)"),
        ("dW with weight decay", "weight decay", "dY.T @ self.X", 'dY.T @ self.X + 0.01 * self.params["W"]'),
        ("db clipped", "wrong value", "dY.sum(axis=0)", "np.clip(dY.sum(axis=0), -1, 1)"),
        ("dW transposed", "transposed", "dY.T @ self.X", "self.X.T @ dY"),
        ("dW with a sign", "sign", "dY.T @ self.X", "-dY.T @ self.X"),
        ("dW is never set", "never set", 'self.grads["W"] = dY.T @ self.X', "self.grads = {}"),
        ("dW not summed", "not summed", "dY.T @ self.X", "dY[:, :, None] * self.X[:, None, :]"),
        (
            "dW of the last sample, = for +=",
            "not summed",
            'self.grads["W"] = dY.T @ self.X',
            'for x, dy in zip(self.X, dY): self.grads["W"] = np.outer(dy, x)',
        ),
        ("dW without dY", "upstream ignored", "dY.T @ self.X", "np.ones_like(dY).T @ self.X"),
        ("dW in float32", "dtype", "dY.T @ self.X", "(dY.T @ self.X).astype(np.float32)"),
        ("dW a list", "type", "dY.T @ self.X", "(dY.T @ self.X).tolist()"),
        ("dX with W transposed", "transposed", 'dX = dY @ self.params["W"]', 'dX = dY @ self.params["W"].T'),
        ("dX transposed", "transposed", 'dX = dY @ self.params["W"]', 'dX = self.params["W"].T @ dY.T'),
        ("dX zero", "zero", 'dX = dY @ self.params["W"]', "dX = np.zeros_like(self.X)"),
        (
            "dX without dY",
            "upstream ignored",
            'dX = dY @ self.params["W"]',
            'dX = np.ones_like(dY) @ self.params["W"]',
        ),
        (
            "dX and dW exchanged",
            "swapped",
            "return dX",
            'dX, self.grads["W"] = self.grads["W"], dX; return dX',
        ),
        ("dX is not returned", "returns nothing", "return dX", "return"),
        (
            "backward by the new W",
            "mutates its input",
            "return dX",
            'self.params["W"] -= 0.1 * self.grads["W"]; return dX',
        ),
        ("dY averaged in place", "mutates its input", "dX = dY @", "dY /= len(dY); dX = dY @"),
        ("X centred in place", "mutates its input", "self.X = X\n", "X -= X.mean(axis=0); self.X = X\n"),
        (
            "X kept from the first call",
            "depends on earlier calls",
            "self.X = X\n",
            "self.X = X if self.X is None else self.X\n",
        ),
        (
            "one buffer, summed up",
            "depends on earlier calls",
            "self.X = X\n",
            "self.X = X if self.X is None or len(self.X) != len(X) else self.X / 2 + X / 2\n",
        ),
        ("Y with W transposed", "transposed", 'X @ self.params["W"].T', 'X @ self.params["W"]'),
        (
            "W transposed where it fits",
            "only when square",
            'X @ self.params["W"].T',
            'X @ (self.params["W"] if len(self.params["W"]) == X.shape[1] else self.params["W"].T)',
        ),
        (
            "dW turned until it fits",
            "only when square",
            "dY.T @ self.X",
            'next(A for A in (self.X.T @ dY, dY.T @ self.X) if A.shape == self.params["W"].shape)',
        ),
        (
            "the axis found by its length",
            "only when square",
            "dY.sum(axis=0)",
            'dY.sum(axis=[n for n in (1, 0) if dY.shape[1 - n] == len(self.params["b"])][0])',
        ),
        ("squeezed", "only with one sample", "return dX", "return dX.squeeze()"),
        ("forward never returns", "loops for ever", "self.X = X\n", "self.X = X\n        while True: pass\n"),
        (
            "backward swallows its stop",
            "loops for ever",
            "dX = dY",
            """while True:
            try: self.X = self.X + 0
            except: pass
        dX = dY""",
        ),
        ("forward prints", "prints", "self.X = X\n", "self.X = X; print('X has shape', X.shape)\n"),
        ("a name that is not there", "raises", "dY.T @ self.X", "dY.T @ X"),
        ("no backward", "interface", "def backward", "def back"),
    ),
)


class Base:
    """Y = X Wᵀ + b, the plain way, for others to change."""

    def __init__(self, M: int, N: int) -> None:
        self.params = {"W": np.random.normal(size=(N, M)), "b": np.zeros(N)}
        self.grads = {}

    def forward(self, X):
        self.X = X
        return X @ self.params["W"].T + self.params["b"]

    def backward(self, dY):
        self.grads = {"W": dY.T @ self.X, "b": dY.sum(axis=0)}
        return dY @ self.params["W"]


class Einsum(Base):
    def forward(self, X):
        self.X = X
        return np.einsum("mp,np->mn", X, self.params["W"]) + self.params["b"][None]

    def backward(self, dY):
        self.grads = {"W": np.einsum("mn,mj->nj", dY, self.X), "b": np.einsum("mn->n", dY)}
        return np.einsum("mn,nj->mj", dY, self.params["W"])


class Loops(Base):
    def backward(self, dY):
        dX, dW, db = np.zeros(self.X.shape), np.zeros(self.params["W"].shape), np.zeros(dY.shape[1])
        for m in range(dY.shape[0]):
            for n in range(dY.shape[1]):
                db[n] += dY[m, n]
                for p in range(self.X.shape[1]):
                    dW[n, p] += dY[m, n] * self.X[m, p]
                    dX[m, p] += dY[m, n] * self.params["W"][n, p]
        self.grads["W"], self.grads["b"] = dW, db
        return dX
