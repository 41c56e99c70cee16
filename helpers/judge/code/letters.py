"""The letters of the formulas, and how else people spell them."""

SPELLINGS = {
    "W": ("W", "w", "weight", "weights"),
    "b": ("b", "B", "bias", "biases"),
    "X": ("X", "x", "inputs", "input", "input_", "Z", "z", "logits", "scores"),
    "T": ("T", "t", "targets", "target", "labels", "y_true"),
    "Y": ("Y", "y", "out", "output", "P", "p", "probs", "y_hat", "y_pred", "pred", "predictions"),
    "dY": ("dY", "dy", "dout", "d_out", "grad", "grad_output", "upstream", "G", "g", "delta", "dZ", "dz"),
    "dL": ("dL", "dl"),
    "cache": ("cache", "ctx"),
    "gamma": ("gamma", "weight", "scale"),
    "beta": ("beta", "bias", "shift"),
}
LETTER = {
    name: letter for letter, names in reversed(SPELLINGS.items()) for name in names
}  # weight is W first


def spellings(key: str) -> tuple[str, ...]:
    return SPELLINGS.get(key, (key,))
