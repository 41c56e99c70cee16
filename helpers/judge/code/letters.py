"""The letters of the formulas, and how else people spell them."""

from helpers.families import FAMILIES

ARRAYS = {
    "X": ("X", "x", "inputs", "input", "input_", "Z", "z", "logits", "scores"),
    "T": ("T", "t", "targets", "target", "labels", "y_true"),
    "Y": ("Y", "y", "out", "output", "P", "p", "probs", "y_hat", "y_pred", "pred", "predictions"),
    "dY": ("dY", "dy", "dout", "d_out", "grad", "grad_output", "upstream", "G", "g", "delta", "dZ", "dz"),
    "dL": ("dL", "dl"),
    "cache": ("cache", "ctx"),
}
TAKEN = {name for names in ARRAYS.values() for name in names}
PARAMETERS: dict[str, tuple[str, ...]] = {}
for family in FAMILIES:
    for letter, names in family.parameters.items():
        if letter not in TAKEN:  # P is the Y of a softmax, and not the positions that a transformer learns
            PARAMETERS[letter] = tuple(dict.fromkeys((*PARAMETERS.get(letter, (letter,)), *names)))
SPELLINGS = PARAMETERS | ARRAYS
LETTER = {
    name: letter for letter, names in reversed(SPELLINGS.items()) for name in names
}  # weight is W first


def spellings(key: str) -> tuple[str, ...]:
    return SPELLINGS.get(key, (key,))
