"""What goes wrong in losses."""

from helpers.exercises.mistakes.mistake import Family

CROSS_ENTROPY = Family(
    "CrossEntropy",
    """\
class CrossEntropy:
    def forward(self, X, T):
        self.X, self.T = np.where((X == 0) & (T == 0), 1, X), T
        return -(T * np.log(self.X)).sum() / len(X)

    def backward(self):
        return -self.T / self.X / len(self.X)
""",
    (
        ("a sum for the mean", "factor", "(T * np.log(self.X)).sum() / len(X)", "(T * np.log(self.X)).sum()"),
        ("the mean over all entries", "factor", ".sum() / len(X)", ".mean()"),
        ("the sign of L", "sign", "return -(T", "return (T"),
        ("the sign of dX", "sign", "return -self.T", "return self.T"),
        ("no 1/S backward", "factor", " / len(self.X)", ""),
        ("1/S twice", "factor", "/ len(self.X)", "/ len(self.X) ** 2"),
        ("1/N for 1/S", "factor", "/ len(self.X)", "/ self.X.shape[1]"),
        ("times X", "wrong value", "self.T / self.X", "self.T * self.X"),
        ("1/X for all classes", "wrong value", "-self.T / self.X", "-1 / self.X"),
        ("0 log 0", "NaN at extremes", "np.where((X == 0) & (T == 0), 1, X), T", "X, T"),
        ("log base 2", "factor", "np.log(", "np.log2("),
        ("L is a row", "not summed", ".sum() / len(X)", ".sum(axis=1) / len(X)"),
        ("L is not returned", "returns nothing", "return -(T", "-(T"),
        ("Y − T for the unfused loss", "wrong value", "-self.T / self.X", "(self.X - self.T)"),
    ),
)
FUSED = Family(
    "SoftmaxCrossEntropy",
    """\
class SoftmaxCrossEntropy:
    def forward(self, X, T):
        Z = X - X.max(axis=1, keepdims=True)
        log_P = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
        self.P, self.T = np.exp(log_P), T
        return -(T * log_P).sum() / len(X)

    def backward(self):
        dX = (self.P - self.T) / len(self.T)
        return dX
""",
    (
        (
            "softmax's backward on top",
            "applied twice",
            "return dX",
            "return self.P * (dX - (dX * self.P).sum(axis=1, keepdims=True))",
        ),
        ("no 1/S", "factor", " / len(self.T)", ""),
        ("T − P", "sign", "(self.P - self.T)", "(self.T - self.P)"),
        ("1/(S N)", "factor", "/ len(self.T)", "/ self.T.size"),
        ("twice", "factor", "(self.P - self.T)", "2 * (self.P - self.T)"),
        ("log of a clamped P", "only at extremes", "-(T * log_P)", "-(T * np.log(self.P + 1e-12))"),
        ("the logarithm of X, not of P", "NaN", "-(T * log_P)", "-(T * np.log(X))"),
        ("log P, P = 0", "NaN at extremes", "-(T * log_P)", "-(T * np.log(self.P))"),
        ("no maximum", "NaN at extremes", "X - X.max(axis=1, keepdims=True)", "X"),
        ("one maximum for all rows", "NaN at extremes", "X.max(axis=1, keepdims=True)", "X.max()"),
        (
            "t_i for t_j",
            "zero",
            "(self.P - self.T) / len(self.T)",
            "-self.T * (1 - self.P) + self.T * (self.P.sum(axis=1, keepdims=True) - self.P)",
        ),
        (
            "T subtracted in place",
            "mutates its input",
            "dX = (self.P - self.T) / len(self.T)",
            "self.T -= self.P; dX = -self.T / len(self.T)",
        ),
        ("dX adds up over calls", "accumulates", "dX = (", "dX = self.dX = getattr(self, 'dX', 0) + ("),
        ("only the class of the target", "wrong value", "(self.P - self.T)", "self.T * (self.P - self.T)"),
        ("L as a sum", "factor", "(T * log_P).sum() / len(X)", "(T * log_P).sum()"),
        ("log base 10", "factor", "-(T * log_P)", "-(T * log_P / np.log(10))"),
    ),
)
MSE = Family(
    "MSE",
    """\
class MSE:
    def forward(self, X, T):
        self.E = X - T
        return (self.E**2).mean()

    def backward(self):
        return 2 * self.E / self.E.size
""",
    (
        ("2 is missing", "factor", "2 * self.E", "self.E"),
        ("the mean over samples alone, backward", "factor", "self.E.size", "len(self.E)"),
        ("½ in front, forward", "factor", "(self.E**2).mean()", "(self.E**2).mean() / 2"),
        ("a sum of rows, a mean of samples", "factor", "(self.E**2).mean()", "(self.E**2).sum() / len(X)"),
        ("T − X", "sign", "2 * self.E", "-2 * self.E"),
        ("the sign of E", "wrong value", "2 * self.E /", "2 * np.sign(self.E) /"),
        ("nothing is squared", "forward", "(self.E**2).mean()", "np.abs(self.E).mean()"),
    ),
)
FAMILIES = (CROSS_ENTROPY, FUSED, MSE)
