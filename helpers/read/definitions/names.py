"""The functions that have a name, the Greek letters, and the words between formulas."""

FUNCTIONS = {  # how they may be written besides, and what each is called here
    **{name: name for name in "exp log tanh sin cos sinh cosh sqrt abs sign erf".split()},
    **{name: name for name in "softmax logsumexp sigmoid relu gelu silu softplus leaky_relu".split()},
    **{name: name for name in "sum mean var std norm diag trace det max min prod inv argmax logdet".split()},
    "ln": "log", "logistic": "sigmoid", "ReLU": "relu", "GELU": "gelu", "GeLU": "gelu", "SiLU": "silu",
    "swish": "silu", "Swish": "silu", "Softmax": "softmax", "Sigmoid": "sigmoid", "Tanh": "tanh", "sgn": "sign",
    "Tr": "trace", "tr": "trace", "Trace": "trace", "Var": "var", "Mean": "mean", "LSE": "logsumexp",
    "sig": "sigmoid", "lse": "logsumexp", "arg": "argmax", "Softplus": "softplus", "Diag": "diag",
    "expit": "sigmoid", "maximum": "max", "minimum": "min", "slogdet": "logdet",
}  # fmt: skip

NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi"
    " chi psi omega"
).split()
GREEK = {name: name for name in NAMES} | {name.capitalize(): name.capitalize() for name in NAMES}
GREEK |= {"var" + name: name for name in NAMES}

PROSE = set(
    "where with and let Let Where With then Then for For so that we We have here Here if If otherwise else when is in"
    " the The a an of number integer scalar vector matrix integers row column real index over all by as are each"
    " set given Given given. such which denotes be define Define".split()
) - {"a"}

LOSSES = {"L", "ell", "J", "E", "loss", "Loss", "l"}
"""The letters of a loss; the others of a number stay what they are."""
