"""All formulas on one sheet, in the order of the notebooks that derive them.

Only which notebook derives a formula is written here. All else is what the derivations say.
"""

from helpers.derive import formulas
from helpers.derive.card import Card, Sheet
from helpers.derive.formulas import activations

HERE = "99_formulas"
TITLES = {
    "01_chain_rule": "Chain rule on graphs",
    "03_linear": "Linear",
    "04_activations": "Activations",
    "05_softmax": "Softmax",
    "06_cross_entropy": "Cross-entropy",
    "07_mlp": "An MLP from scratch",
    "09_batch_norm": "Batch norm three ways",
    "10_layer_norm": "Layer norm and its family",
    "11_convolution": "Convolution and pooling",
    "16_second_order": "Second order",
    HERE: "Further losses and layers",  # which no other notebook derives
}
LETTERS = {
    "S": "samples",
    "M": "inputs",
    "N": "outputs, classes or features; places of the output of a convolution",
    "K": "hidden units; places of a kernel",
    "C": "channels",
    "O": "channels of the output",
    "H": "places of the input of a convolution",
    "G": "groups",
    "P": "positions",
    "r": "stride",
    "d": "dilation",
    "p": "padding; in dropout the probability to drop",
    r"\epsilon": "a small number under the root",
    r"a, \alpha": "slopes",
    "c": "0.044715",
}
"""Sizes and numbers that the definitions do not say; H1, H2 are those of the two axes of an image."""

SHEET = Sheet(
    (
        Card(formulas.two_paths, "01_chain_rule"),
        Card(formulas.linear, "03_linear"),
        Card(formulas.linear_sample, "03_linear", ("dy/dW", "dy/dx", "dW", "db", "dx")),
        Card(activations.unknown, "04_activations"),
        Card(activations.relu, "04_activations"),
        Card(activations.leaky_relu, "04_activations"),
        Card(activations.elu, "04_activations"),
        Card(activations.sigmoid, "04_activations"),
        Card(activations.tanh, "04_activations"),
        Card(activations.softplus, "04_activations"),
        Card(activations.gelu, "04_activations"),
        Card(activations.gelu_tanh, "04_activations"),
        Card(activations.silu, "04_activations"),
        Card(formulas.softmax, "05_softmax", ("dY/dX", "dX")),
        Card(formulas.log_softmax, "05_softmax", ("dY/dX", "dX")),
        Card(formulas.logsumexp, "05_softmax", ("dy/dX", "dX")),
        Card(formulas.cross_entropy, "06_cross_entropy"),
        Card(formulas.softmax_cross_entropy, "06_cross_entropy"),
        Card(formulas.mlp, "07_mlp"),
        Card(formulas.batch_norm, "09_batch_norm"),
        Card(formulas.batch_norm_inline, "09_batch_norm", ("dY/dX",)),
        Card(formulas.layer_norm, "10_layer_norm"),
        Card(formulas.layer_norm_sample, "10_layer_norm", ("dxhat/dx",)),
        Card(formulas.rms_norm, "10_layer_norm"),
        Card(formulas.group_norm, "10_layer_norm"),
        Card(formulas.conv1d, "11_convolution"),
        Card(formulas.conv2d, "11_convolution"),
        Card(formulas.conv2d_bonus, "11_convolution"),
        Card(formulas.max_pool2d, "11_convolution"),
        Card(formulas.avg_pool2d, "11_convolution"),
        Card(formulas.two_paths, "16_second_order", ("dx2",)),
        Card(formulas.softmax_cross_entropy, "16_second_order", ("dX2", "dX2 V")),
        Card(formulas.logistic_regression, "16_second_order", ("dw", "dw2")),
        Card(formulas.mse, HERE),
        Card(formulas.dropout, HERE),
        Card(formulas.global_avg_pool2d, HERE),
    )
)


def sheet(notebook: str = "") -> Sheet:
    """The cards of one notebook, "03_linear", or all. Raises ValueError for a notebook that has none."""
    cards = Sheet(card for card in SHEET if card.notebook == (notebook or card.notebook))
    if not cards:
        raise ValueError(
            f"{notebook!r} has no formulas: {', '.join(dict.fromkeys(c.notebook for c in SHEET))} have"
        )
    return cards
