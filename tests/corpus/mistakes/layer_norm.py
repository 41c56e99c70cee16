"""What goes wrong in layer norm."""

from helpers.exercises.mistakes.mistake import Family

MEANS = """\
        mean = dXhat.mean(axis=-1, keepdims=True)
        variance = (dXhat * self.Xhat).mean(axis=-1, keepdims=True)
"""
AFTER = """\
(dY - dY.mean(-1, keepdims=True) - self.Xhat * (dY * self.Xhat).mean(-1, keepdims=True)) * self.params["gamma"]"""

LAYER_NORM = Family(
    "LayerNorm",
    """\
class LayerNorm:
    def __init__(self, N, eps=1e-5):
        self.params, self.grads = {"gamma": np.ones(N), "beta": np.zeros(N)}, {}
        self.eps = eps

    def forward(self, X):
        self.X = X
        mu, v = X.mean(axis=-1, keepdims=True), X.var(axis=-1, keepdims=True)
        self.sigma = np.sqrt(v + self.eps)
        self.Xhat = (X - mu) / self.sigma
        return self.params["gamma"] * self.Xhat + self.params["beta"]

    def backward(self, dY):
        self.grads["beta"] = dY.sum(axis=0)
        self.grads["gamma"] = (dY * self.Xhat).sum(axis=0)
        dXhat = dY * self.params["gamma"]
        mean = dXhat.mean(axis=-1, keepdims=True)
        variance = (dXhat * self.Xhat).mean(axis=-1, keepdims=True)
        return (dXhat - mean - self.Xhat * variance) / self.sigma
""",
    (
        (
            "batch norm",
            "wrong axis",
            "X.mean(axis=-1, keepdims=True), X.var(axis=-1,",
            "X.mean(axis=0), X.var(axis=0,",
        ),
        ("the unbiased variance", "unbiased variance", "X.var(axis=-1,", "X.var(axis=-1, ddof=1,"),
        ("ε outside the root", "ε outside the root", "np.sqrt(v + self.eps)", "np.sqrt(v) + self.eps"),
        ("γ is left out forward", "gamma left out", 'self.params["gamma"] * self.Xhat', "self.Xhat"),
        ("γ is left out in dX", "gamma left out", 'dXhat = dY * self.params["gamma"]', "dXhat = dY"),
        ("γ after the means", "gamma left out", "(dXhat - mean - self.Xhat * variance)", AFTER),
        ("μ a constant", "statistics constant", "dXhat - mean - ", "dXhat - "),
        ("σ a constant", "statistics constant", " - self.Xhat * variance", ""),
        ("μ and σ constants", "statistics constant", "dXhat - mean - self.Xhat * variance", "dXhat"),
        ("backward over the batch", "wrong value", MEANS, MEANS.replace("-1", "0")),
        ("dγ with X", "wrong array", "(dY * self.Xhat).sum", "(dY * self.X).sum"),
        ("dγ over the features", "shape", "(dY * self.Xhat).sum(axis=0)", "(dY * self.Xhat).sum(axis=1)"),
        ("dβ a mean", "bias averaged", "dY.sum(axis=0)", "dY.mean(axis=0)"),
    ),
)
