"""The functions that have a name, the Greek letters, and the words between formulas."""

PLAIN = """exp log tanh sin cos sinh cosh sqrt abs sign erf
    softmax logsumexp sigmoid relu gelu silu softplus leaky_relu
    sum mean var std norm diag trace det logdet inv max min prod argmax"""
ALIASES = """ln:log logistic:sigmoid sig:sigmoid expit:sigmoid Sigmoid:sigmoid ReLU:relu GELU:gelu GeLU:gelu
    SiLU:silu swish:silu Swish:silu Softplus:softplus Softmax:softmax Tanh:tanh sgn:sign LSE:logsumexp lse:logsumexp
    LeakyReLU:leaky_relu Tr:trace tr:trace Trace:trace Var:var Mean:mean Diag:diag arg:argmax maximum:max minimum:min
    slogdet:logdet amax:max amin:min"""

FUNCTIONS = {name: name for name in PLAIN.split()}
FUNCTIONS |= dict(pair.split(":") for pair in ALIASES.split())
"""How a function may be written, and what it is called here."""

LETTERS = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon
    phi chi psi omega"""

NAMES = LETTERS.split()
GREEK = {name: name for name in NAMES} | {name.capitalize(): name.capitalize() for name in NAMES}
GREEK |= {"var" + name: name for name in NAMES}

WORDS = """unless where with and let then for so that we have here if otherwise else when is in the an of number integer
    scalar vector matrix integers row column real index over all by as are each set given such which denotes be
    define"""

PROSE = {w for word in WORDS.split() for w in (word, word.capitalize())}

LOSSES = {"L", "ell", "J", "E", "loss", "Loss", "l"}
"""The letters of a loss; the others of a number stay what they are."""
