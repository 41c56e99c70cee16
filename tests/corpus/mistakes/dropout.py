"""What goes wrong in dropout."""

from helpers.exercises.mistakes.mistake import Family

DROPOUT = Family(
    "Dropout",
    """\
class Dropout:
    def __init__(self, p=0.5):
        self.p, self.training, self.M = p, True, None

    def forward(self, X):
        self.M = (np.random.random(X.shape) >= self.p) / (1 - self.p)
        if not self.training:
            self.M = np.ones(X.shape)
        return X * self.M

    def backward(self, dY):
        return dY * self.M
""",
    (
        ("no 1/(1 − p)", "not scaled", " / (1 - self.p)", " * 1.0"),
        ("p is kept", "drop for keep", ">= self.p) / (1 - self.p)", "< self.p) / self.p"),
        ("p is kept, and the scale that of 1 − p", "drop for keep", ">= self.p", "< self.p"),
        ("1/p for 1/(1 − p)", "factor", "/ (1 - self.p)", "/ self.p"),
        ("the mask is not in dX", "derivative missing", "return dY * self.M", "return 1.0 * dY"),
        ("dX without 1/(1 − p)", "not scaled", "dY * self.M", "dY * (self.M > 0)"),
        (
            "another mask for dX",
            "wrong value",
            "dY * self.M",
            "dY * np.random.permutation(self.M.ravel()).reshape(dY.shape)",
        ),
        ("dropped in evaluation too", "only in evaluation", "if not self.training:", "if False:"),
        ("scaled in evaluation", "only in evaluation", "np.ones(X.shape)", "np.full(X.shape, 1 - self.p)"),
        (
            "one mask for ever",
            "depends on earlier calls",
            "self.M = (np",
            "self.M = self.M if np.shape(self.M) == X.shape else (np",
        ),
        (
            "one mask for all samples",
            "wrong value",
            "np.random.random(X.shape)",
            "np.random.random(X.shape[1:])",
        ),
    ),
)
