"""All formulas on one sheet, in the order of the notebooks that derive them."""

from helpers.derive.card import Sheet
from helpers.families import FAMILIES, HERE

TITLES = {
    "01_chain_rule": "Why backward?",
    "03_linear": "Linear",
    "04_activations": "Activations",
    "05_softmax": "Softmax",
    "06_cross_entropy": "Cross-entropy",
    "07_mlp": "An MLP from scratch",
    "09_batch_norm": "Batch norm",
    "10_layer_norm": "Layer norm",
    "11_convolution": "Convolution",
    "13_recurrent": "Recurrent nets",
    "14_attention": "Attention",
    "15_transformer": "A transformer trained on derived gradients",
    "16_second_order": "Second order",
    HERE: "Further losses and layers",  # which no other notebook derives
}
SHEET = Sheet(sorted((card for family in FAMILIES for card in family.cards), key=lambda card: card.notebook))
LETTERS = {"S": "samples", "M": "inputs", "N": "outputs, classes or features"}
"""Sizes and numbers that the definitions do not say; H1, H2 are those of the two axes of an image."""

for family in FAMILIES:
    for letter, meaning in family.letters.items():
        if meaning not in (known := LETTERS.get(letter, "").split("; ")):
            LETTERS[letter] = "; ".join(filter(None, [*known, meaning]))


def sheet(notebook: str = "") -> Sheet:
    """The cards of one notebook, "03_linear", or all. Raises ValueError for a notebook that has none."""
    cards = Sheet(card for card in SHEET if card.notebook == (notebook or card.notebook))
    if not cards:
        raise ValueError(
            f"{notebook!r} has no formulas: {', '.join(dict.fromkeys(c.notebook for c in SHEET))} have"
        )
    return cards
