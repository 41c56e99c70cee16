"""The letters of the formulas, and how else people spell them."""

from collections.abc import Iterable

from helpers.families import FAMILIES

ARRAYS = {
    "X": ("X", "x", "inputs", "input", "input_", "Z", "z", "logits", "scores"),
    "T": ("T", "t", "targets", "target", "labels", "y_true"),
    "Y": ("Y", "y", "out", "output", "outputs", "P", "p", "probs", "y_hat", "y_pred", "pred", "predictions"),
    "dY": ("dY", "dy", "dout", "d_out", "grad", "grad_output", "upstream", "G", "g", "delta", "dZ", "dz"),
    "dL": ("dL", "dl"),
}
TAKEN = {name for names in ARRAYS.values() for name in names}
PARAMETERS: dict[str, tuple[str, ...]] = {}
for family in FAMILIES:
    for letter, names in family.parameters.items():
        if letter not in TAKEN:  # P is the Y of a softmax, and not the positions that a transformer learns
            PARAMETERS[letter] = tuple(dict.fromkeys((*PARAMETERS.get(letter, (letter,)), *names)))
BESIDE = {  # of layers that have these inputs: elsewhere the names may mean something else
    "ids": ("ids", "idx", "indices", "tokens", "token_ids", "input_ids", "X", "x"),
    "Q": ("Q", "q", "query", "queries"),
    "K": ("K", "k", "key", "keys"),
    "V": ("V", "v", "value", "values"),
    "H0": (
        "H0",
        "h0",
        "H",
        "h",
        "hx",
        "h_0",
        "h_prev",
        "hprev",
        "prev_h",
        "h_init",
        "initial_state",
        "hidden",
        "state",
    ),
    "C0": ("C0", "c0", "C", "c", "cx", "c_0", "c_prev", "cprev", "prev_c", "c_init", "cell"),
    "dHT": ("dHT", "dhT", "dh", "dh_last", "dh_next", "dhnext", "dnext_h", "dh_n", "dhn"),
    "dCT": ("dCT", "dcT", "dc", "dc_last", "dc_next", "dcnext", "dnext_c", "dc_n", "dcn"),
    "cache": ("cache", "ctx", "caches", "memory", "saved", "context", "linear_cache", "activation_cache"),
}
GATES = {  # of a layer that has a matrix for each gate
    f"{letter}{gate}": tuple(f"{w}{between}{g}" for g in others for w in names for between in ("", "_"))
    for letter, names in (("W", ("W", "Wx", "w")), ("U", ("U", "Wh", "u")), ("b", ("b", "B")))
    for gate, others in (("i", "iIu"), ("f", "fF"), ("g", "gGcCa"), ("o", "oO"))
}
RECURRENT = {
    "W": ("Wx", "W_x", "Wxh", "W_xh", "Wih", "W_ih", "weight_ih", "Wax", "w_x", "U_x"),
    "U": ("Wh", "W_h", "Whh", "W_hh", "weight_hh", "Waa", "w_h", "U_h"),
    "b": ("bh", "b_h", "bih", "b_ih", "bias_ih", "ba"),
    "c": ("bhh", "b_hh", "bias_hh"),
}
for letter, names in RECURRENT.items():
    PARAMETERS[letter] = (*PARAMETERS[letter], *names)
SPELLINGS = PARAMETERS | ARRAYS | GATES
LETTER = {
    name: letter for letter, names in reversed((PARAMETERS | ARRAYS).items()) for name in names
}  # weight is W first


def among(name: str, given: Iterable[str]) -> str | None:
    """Return the letter that a name means among those that are given; None where it means none of them."""
    given = list(given)
    return (
        name
        if name in given
        else next((key for key in given if name in BESIDE.get(key, spellings(key))), None)
    )


def spellings(key: str) -> tuple[str, ...]:
    return SPELLINGS.get(key, (key,))
