"""What goes wrong in softmax."""

from helpers.exercises.mistakes.mistake import Family

SOFTMAX = Family(
    "Softmax",
    """\
class Softmax:
    def forward(self, X):
        Z = np.exp(X - X.max(axis=1, keepdims=True))
        self.Y = Z / Z.sum(axis=1, keepdims=True)
        return self.Y

    def backward(self, dY):
        mean = (dY * self.Y).sum(axis=1, keepdims=True)
        return self.Y * (dY - mean)
""",
    (
        ("only the diagonal", "diagonal only", "(dY - mean)", "(1 - self.Y) * dY"),
        ("the diagonal left out", "wrong value", "(dY - mean)", "-mean"),
        ("one maximum for all rows", "NaN at extremes", "X.max(axis=1, keepdims=True)", "X.max()"),
        ("no maximum", "NaN at extremes", "X - X.max(axis=1, keepdims=True)", "X"),
        ("the maximum of a column", "forward", "X.max(axis=1, keepdims=True)", "X.max(axis=0)"),
        (
            "the sum over samples",
            "wrong value",
            "(dY * self.Y).sum(axis=1, keepdims=True)",
            "(dY * self.Y).sum(axis=0)",
        ),
        ("a sign", "sign", "(dY - mean)", "(mean - dY)"),
        ("plus for minus", "wrong value", "(dY - mean)", "(dY + mean)"),
        ("the mean without weights", "wrong value", "(dY * self.Y).sum(", "dY.mean("),
        (
            "the sum of a row without keepdims",
            "raises",
            "(dY * self.Y).sum(axis=1, keepdims=True)",
            "(dY * self.Y).sum(axis=1)",
        ),
        ("the mean of all", "wrong value", "(dY * self.Y).sum(axis=1, keepdims=True)", "(dY * self.Y).sum()"),
        ("no Y in front", "wrong value", "self.Y * (dY - mean)", "dY - mean"),
        ("dY handed on", "derivative missing", "self.Y * (dY - mean)", "1.0 * dY"),
        (
            "dY taken as ones",
            "zero",
            "self.Y * (dY - mean)",
            "self.Y * (1 - self.Y.sum(axis=1, keepdims=True))",
        ),
        ("exp without the sum", "forward", "Z / Z.sum(axis=1, keepdims=True)", "Z"),
        ("normalised over samples", "forward", "Z.sum(axis=1, keepdims=True)", "Z.sum(axis=0)"),
        (
            "the maximum taken off in place",
            "mutates its input",
            "Z = np.exp(X - X.max(axis=1, keepdims=True))",
            "X -= X.max(axis=1, keepdims=True); Z = np.exp(X)",
        ),
        (
            "clamped at 50",
            "only at extremes",
            "np.exp(X - X.max(axis=1, keepdims=True))",
            "np.exp(np.clip(X, -50, 50))",
        ),
        (
            "in float32",
            "dtype",
            "return self.Y * (dY - mean)",
            "return (self.Y * (dY - mean)).astype(np.float32)",
        ),
        (
            "the Jacobian of the first sample",
            "only with one sample",
            "(dY - mean)",
            "(dY - mean) / np.sign(len(dY) - 1)",
        ),
    ),
)
