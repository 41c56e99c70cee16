"""The arrays of a transformer block under the letters of its derivation."""

from collections.abc import Mapping

import numpy as np

from helpers.families import STACKED


def in_letters(arrays: Mapping[str, np.ndarray], heads: int) -> dict[str, np.ndarray]:
    """W1, gamma2, Wq (H, D, N), ... for "mlp.0.W", "norm2.gamma", the first third of "attention.W", ..."""
    found = {}
    for key, letters in STACKED.items():
        found |= zip(letters, np.split(arrays[key], len(letters)), strict=True)
    for letter in ("Wq", "Wk", "Wv", "bq", "bk", "bv"):
        found[letter] = found[letter].reshape(heads, -1, *found[letter].shape[1:])
    return found | {"Wo": found["Wo"].reshape(len(found["Wo"]), heads, -1)}
