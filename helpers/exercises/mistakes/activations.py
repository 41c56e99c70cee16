"""What goes wrong in activations."""

from helpers.exercises.mistakes.mistake import Family

RELU = Family(
    "ReLU",
    """\
class ReLU:
    def forward(self, X):
        self.X = X
        self.Y = np.maximum(X, 0)
        return self.Y

    def backward(self, dY):
        return dY * (self.X > 0)
""",
    (
        ("the mask written into dY", "mutates its input", "return dY *", "dY *= self.X > 0; return dY *"),
        ("max written into X", "mutates its input", "np.maximum(X, 0)", "np.maximum(X, 0, out=X)"),
        ("the mask on dY", "wrong array", "self.X > 0", "dY > 0"),
        ("slope 1 at 0", "only at ties", "self.X > 0", "self.X >= 0"),
        ("slope ½ at 0", "only at ties", "(self.X > 0)", "(1 + np.sign(self.X)) / 2"),
        ("slope min(1, Y)", "wrong value", "(self.X > 0)", "np.minimum(1, self.Y)"),
        ("dY does not enter", "upstream ignored", "dY * (self.X > 0)", "1.0 * (self.X > 0)"),
        ("no mask", "derivative missing", "dY * (self.X > 0)", "dY.copy()"),
        ("times Y", "one branch", "(self.X > 0)", "self.Y"),
        (
            "dX is a matrix of True",
            "dtype",
            "dY * (self.X > 0)",
            "(self.X > 0).astype(int) * dY.astype(np.float32)",
        ),
        ("dX without a return", "returns nothing", "return dY", "dY"),
        ("dX a list", "type", "return dY * (self.X > 0)", "return [dY * (self.X > 0)]"),
    ),
)
LEAKY = Family(
    "LeakyReLU",
    """\
class LeakyReLU:
    def __init__(self, a=0.2):
        self.a = a

    def forward(self, X):
        self.X = X
        return np.where(X > 0, X, self.a * X)

    def backward(self, dY):
        return np.where(self.X > 0, dY, self.a * dY)
""",
    (
        ("the slope is ignored backward", "one branch", "self.a * dY", "0 * dY"),
        ("the slope squared", "applied twice", "self.a * dY", "self.a**2 * dY"),
        ("the slope on the wrong side", "forward", "X, self.a * X", "self.a * X, X"),
        ("the mask on dY", "wrong array", "self.X > 0", "dY > 0"),
        ("slope 1 at 0", "only at ties", "self.X > 0", "self.X >= 0"),
    ),
    (0.2,),
)
ELU = Family(
    "ELU",
    """\
class ELU:
    def __init__(self, alpha=1.7):
        self.alpha = alpha

    def forward(self, X):
        self.X = X
        self.Y = np.where(X > 0, X, self.alpha * np.expm1(np.minimum(X, 0)))
        return self.Y

    def backward(self, dY):
        return dY * np.where(self.X > 0, 1, self.alpha * np.exp(np.minimum(self.X, 0)))
""",
    (
        ("α is forgotten backward", "one branch", "1, self.alpha * np.exp", "1, np.exp"),
        (
            "Y + 1 where Y + α is meant",
            "one branch",
            "self.alpha * np.exp(np.minimum(self.X, 0))",
            "self.Y + 1",
        ),
        (
            "a mask times exp(1000)",
            "NaN at extremes",
            "np.where(self.X > 0, 1, self.alpha * np.exp(np.minimum(self.X, 0)))",
            "((self.X > 0) + (self.X <= 0) * self.alpha * np.exp(self.X))",
        ),
        ("slope 1 at 0", "only at ties", "self.X > 0", "self.X >= 0"),
        ("exp for expm1", "forward", "np.expm1", "np.exp"),
        ("the slope of the positive side is X", "one branch", "self.X > 0, 1", "self.X > 0, self.X"),
    ),
    (1.7,),
)
SIGMOID = Family(
    "Sigmoid",
    """\
class Sigmoid:
    def forward(self, X):
        self.X = X
        self.Y = 1 / (1 + np.exp(-X))
        return self.Y

    def backward(self, dY):
        return dY * self.Y * (1 - self.Y)
""",
    (
        (
            "σ'(Y) for σ'(X)",
            "wrong array",
            "self.Y * (1 - self.Y)",
            "np.exp(-self.Y) / (1 + np.exp(-self.Y)) ** 2",
        ),
        ("X (1 − X)", "wrong array", "self.Y * (1 - self.Y)", "self.X * (1 - self.X)"),
        ("Y (Y − 1)", "sign", "(1 - self.Y)", "(self.Y - 1)"),
        ("1 − Y is missing", "wrong value", " * (1 - self.Y)", ""),
        ("exp(x) / (1 + exp(x))", "NaN at extremes", "1 / (1 + np.exp(-X))", "np.exp(X) / (1 + np.exp(X))"),
        (
            "by a difference with h = 1e-6",
            "only in float32",
            "self.Y * (1 - self.Y)",
            "(1 / (1 + np.exp(-self.X - 1e-6)) - self.Y) / 1e-6",
        ),
        ("the sign of the exponent", "forward", "np.exp(-X)", "np.exp(X)"),
    ),
)
TANH = Family(
    "Tanh",
    """\
class Tanh:
    def forward(self, X):
        self.Y = np.tanh(X)
        return self.Y

    def backward(self, dY):
        return dY * (1 - self.Y**2)
""",
    (
        (
            "by its exponentials",
            "NaN at extremes",
            "np.tanh(X)",
            "(np.exp(X) - np.exp(-X)) / (np.exp(X) + np.exp(-X))",
        ),
        ("1 − Y", "wrong value", "self.Y**2", "self.Y"),
        ("tanh' of tanh", "wrong array", "self.Y**2", "np.tanh(self.Y) ** 2"),
        ("twice the slope", "factor", "(1 - self.Y**2)", "2 * (1 - self.Y**2)"),
        ("the slope squared", "applied twice", "(1 - self.Y**2)", "(1 - self.Y**2) ** 2"),
        (
            "the exponents held below 300",
            "only in float32",
            "np.tanh(X)",
            "(lambda E: (E - 1 / E) / (E + 1 / E))(np.exp(np.clip(X, -300, 300)))",
        ),
    ),
)
GELU = Family(
    "GELU",
    """\
class GELU:
    def forward(self, X):
        self.X = X
        self.c = 0.7978845608028654
        self.t = np.tanh(self.c * (X + 0.044715 * X**3))
        return 0.5 * X * (1 + self.t)

    def backward(self, dY):
        slope = self.c * (1 + 3 * 0.044715 * self.X**2)
        return dY * (0.5 * (1 + self.t) + 0.5 * self.X * (1 - self.t**2) * slope)
""",
    (
        ("a NumPy constant makes float64 of float32", "dtype", "0.7978845608028654", "np.sqrt(2 / np.pi)"),
        (
            "the second term of the product is missing",
            "wrong value",
            " + 0.5 * self.X * (1 - self.t**2) * slope",
            "",
        ),
        ("the inner slope is missing", "wrong value", " * slope", ""),
        ("3 is missing", "wrong value", "3 * 0.044715", "0.044715"),
    ),
    ("tanh",),
)
SOFTPLUS = Family(
    "Softplus",
    """\
class Softplus:
    def forward(self, X):
        self.X = X
        return np.logaddexp(0, X)

    def backward(self, dY):
        return dY / (1 + np.exp(-self.X))
""",
    (
        ("log(1 + exp(x))", "NaN at extremes", "np.logaddexp(0, X)", "np.log(1 + np.exp(X))"),
        (
            "exp held below 400",
            "only in float32",
            "np.logaddexp(0, X)",
            "np.where(X > 400, X, np.log1p(np.exp(np.minimum(X, 400))))",
        ),
        ("clamped at 50", "only at extremes", "np.logaddexp(0, X)", "np.logaddexp(0, np.minimum(X, 50))"),
        ("the slope of the other side", "wrong value", "np.exp(-self.X)", "np.exp(self.X)"),
    ),
)
FAMILIES = (RELU, LEAKY, ELU, SIGMOID, TANH, GELU, SOFTPLUS)
