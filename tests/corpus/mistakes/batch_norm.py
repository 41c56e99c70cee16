"""What goes wrong in batch norm."""

from helpers.exercises.mistakes.mistake import Family

BATCH_NORM = Family(
    "BatchNorm1d",
    """\
class BatchNorm1d:
    def __init__(self, N, eps=1e-5, momentum=0.1):
        self.params, self.grads = {"gamma": np.ones(N), "beta": np.zeros(N)}, {}
        self.eps, self.momentum, self.training = eps, momentum, True
        self.running_mean, self.running_var = np.zeros(N), np.ones(N)

    def forward(self, X):
        self.X, self.constant = X, not self.training
        if self.training:
            mu, v, m = X.mean(axis=0), X.var(axis=0), self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * mu
            self.running_var = (1 - m) * self.running_var + m * v * len(X) / (len(X) - 1)
        else:
            mu, v = self.running_mean, self.running_var
        self.sigma = np.sqrt(v + self.eps)
        self.Xhat = (X - mu) / self.sigma
        return self.params["gamma"] * self.Xhat + self.params["beta"]

    def backward(self, dY):
        self.grads["beta"] = dY.sum(axis=0)
        self.grads["gamma"] = (dY * self.Xhat).sum(axis=0)
        dXhat = dY * self.params["gamma"]
        mean, variance = dXhat.mean(axis=0), (dXhat * self.Xhat).mean(axis=0)
        if self.constant:
            mean, variance = 0, 0
        return (dXhat - mean - self.Xhat * variance) / self.sigma
""",
    (
        ("the unbiased variance", "unbiased variance", "X.var(axis=0), self", "X.var(axis=0, ddof=1), self"),
        ("ε outside the root", "ε outside the root", "np.sqrt(v + self.eps)", "np.sqrt(v) + self.eps"),
        ("σ² for σ", "forward", "np.sqrt(v + self.eps)", "v + self.eps"),
        (
            "each sample by itself",
            "wrong axis",
            "mu, v, m = X.mean(axis=0), X.var(axis=0), self.momentum",
            "m = self.momentum; mu, v = X.mean(axis=1, keepdims=True), X.var(axis=1, keepdims=True)",
        ),
        ("β is left out", "forward", ' + self.params["beta"]', ""),
        ("γ is left out forward", "gamma left out", 'self.params["gamma"] * self.Xhat', "self.Xhat"),
        ("γ is left out in dX", "gamma left out", 'dXhat = dY * self.params["gamma"]', "dXhat = dY"),
        ("μ a constant", "statistics constant", "dXhat - mean - ", "dXhat - "),
        ("σ a constant", "statistics constant", " - self.Xhat * variance", ""),
        ("μ and σ constants", "statistics constant", "dXhat - mean - self.Xhat * variance", "dXhat"),
        ("the variance path without X̂", "wrong value", "self.Xhat * variance", "variance"),
        (
            "sums for means",
            "path twice",
            ".mean(axis=0), (dXhat * self.Xhat).mean(",
            ".sum(axis=0), (dXhat * self.Xhat).sum(",
        ),
        ("without 1/σ", "wrong value", "self.Xhat * variance) / self.sigma", "self.Xhat * variance)"),
        ("dγ with X", "wrong array", "(dY * self.Xhat).sum", "(dY * self.X).sum"),
        (
            "dγ with dX̂",
            "wrong value",
            "(dY * self.Xhat).sum(axis=0)",
            '(dY * self.params["gamma"] * self.Xhat).sum(axis=0)',
        ),
        ("dγ a mean", "bias averaged", "(dY * self.Xhat).sum", "(dY * self.Xhat).mean"),
        ("dβ a mean", "bias averaged", "dY.sum(axis=0)", "dY.mean(axis=0)"),
        ("dβ and dγ exchanged", "swapped", "dY.sum(axis=0)", "(dY * self.Xhat).sum(axis=0)"),
        (
            "the running variance is biased",
            "running variance biased",
            "m * v * len(X) / (len(X) - 1)",
            "m * v",
        ),
        (
            "momentum the wrong way",
            "momentum reversed",
            "X.var(axis=0), self.momentum",
            "X.var(axis=0), 1 - self.momentum",
        ),
        (
            "statistics of the batch in evaluation",
            "batch statistics in evaluation",
            "if self.training:",
            "if True:",
        ),
        (
            "the running variance is one of running deviations",
            "only in evaluation",
            "mu, v = self.running_mean, self.running_var",
            "mu, v = self.running_mean, self.running_var**2",
        ),
        ("in evaluation dX as in training", "only in evaluation", "if self.constant:", "if False:"),
    ),
)
