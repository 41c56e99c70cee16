"""The letters of the formulas, and how else people spell them."""

from helpers.families import FAMILIES

PARAMETERS: dict[str, tuple[str, ...]] = {}
for family in FAMILIES:
    for letter, names in family.parameters.items():
        PARAMETERS[letter] = tuple(dict.fromkeys((*PARAMETERS.get(letter, (letter,)), *names)))
SPELLINGS = PARAMETERS | {
    "X": ("X", "x", "inputs", "input", "input_", "Z", "z", "logits", "scores"),
    "T": ("T", "t", "targets", "target", "labels", "y_true"),
    "Y": ("Y", "y", "out", "output", "P", "p", "probs", "y_hat", "y_pred", "pred", "predictions"),
    "dY": ("dY", "dy", "dout", "d_out", "grad", "grad_output", "upstream", "G", "g", "delta", "dZ", "dz"),
    "dL": ("dL", "dl"),
    "cache": ("cache", "ctx"),
}
LETTER = {
    name: letter for letter, names in reversed(SPELLINGS.items()) for name in names
}  # weight is W first


def spellings(key: str) -> tuple[str, ...]:
    return SPELLINGS.get(key, (key,))
