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
    ),
    (3, 2),
)
FAMILIES = (RNN,)
