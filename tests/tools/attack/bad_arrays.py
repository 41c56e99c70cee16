"""What can come in the place of an array of floats: other types, other shapes, other numbers, other layouts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

Change = Callable[[np.ndarray, np.random.Generator], Any]


def filled(value: float) -> Change:
    """One entry, or all of them, is this number."""

    def change(A: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
        B = np.array(A)
        if B.dtype.kind == "f":
            B[(drawn.random(B.shape) < 0.3) if drawn.integers(4) else ...] = value
        return B

    return change


def cast(dtype: str) -> Change:
    return lambda A, drawn: A.astype(dtype)


def read_only(A: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
    B = np.array(A)
    B.flags.writeable = False
    return B


def strided(A: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
    """The same numbers, one in two of a larger array."""
    B = np.repeat(A, 2, axis=-1) if A.ndim else A
    return B[..., ::2] if A.ndim else A


def in_itself(A: np.ndarray, drawn: np.random.Generator) -> list:
    nest: list = []
    nest.append(nest)
    return nest


def without_an_axis(A: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
    return A[(0,) * min(A.ndim, int(drawn.integers(1, 3)))] if A.size else A


def with_an_axis(A: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
    return np.expand_dims(A, int(drawn.integers(0, A.ndim + 1)))


def of_length(n: int) -> Change:
    """One axis has another length."""

    def change(A: np.ndarray, drawn: np.random.Generator) -> np.ndarray:
        if not A.ndim:
            return np.full(n, A)
        axis = int(drawn.integers(A.ndim))
        if not A.shape[axis]:
            return A
        return np.take(A, np.arange(n) % A.shape[axis], axis)

    return change


KEPT: dict[str, Change] = {
    "as it is": lambda A, drawn: np.array(A),
    "lists": lambda A, drawn: A.tolist(),
    "a tuple of arrays": lambda A, drawn: tuple(A) if A.ndim else A,
    "read-only": read_only,
    "strided": strided,
    "turned round": lambda A, drawn: A[::-1].copy()[::-1] if A.ndim else A,
    "columns first": lambda A, drawn: np.asfortranarray(A),
    "a masked array": lambda A, drawn: np.ma.array(A),
    "a subclass": lambda A, drawn: A.view(type("Own", (np.ndarray,), {})),
    "the other bytes first": lambda A, drawn: A.astype(A.dtype.newbyteorder("S")),
    "a tensor": lambda A, drawn: torch.from_numpy(np.array(A)),
}
"""The same numbers in another form."""
CHANGED: dict[str, Change] = {
    "NaN": filled(np.nan),
    "inf": filled(np.inf),
    "-inf": filled(-np.inf),
    "1e300": filled(1e300),
    "1e-310": filled(1e-310),
    "-0": filled(-0.0),
    "float16": cast("float16"),
    "float32": cast("float32"),
    "long double": cast("longdouble"),
    "complex": cast("complex128"),
    "integers": cast("int64"),
    "unsigned": cast("uint8"),
    "booleans": cast("bool"),
    "objects": cast("object"),
    "text": lambda A, drawn: A.astype(str),
    "dates": lambda A, drawn: A.astype(int).astype("datetime64[s]"),
    "records": lambda A, drawn: np.zeros(A.shape, "f8,i4"),
    "a tensor with a gradient": lambda A, drawn: torch.ones(A.shape, dtype=torch.float64, requires_grad=True),
    "None": lambda A, drawn: None,
    "a number": lambda A, drawn: 2.0,
    "a word": lambda A, drawn: "X",
    "a generator": lambda A, drawn: (a for a in A.ravel()),
    "a ragged list": lambda A, drawn: [[1.0], [2.0, 3.0]],
    "a list in itself": in_itself,
    "a dict": lambda A, drawn: {"X": A},
    "0-d": lambda A, drawn: np.array(1.5, A.dtype),
    "an axis less": without_an_axis,
    "an axis more": with_an_axis,
    "the axes turned": lambda A, drawn: A.T,
    "one axis empty": of_length(0),
    "one axis of 1": of_length(1),
    "one axis of 2": of_length(2),
    "one axis of 7": of_length(7),
    "nothing": lambda A, drawn: np.empty((0,), A.dtype),
    "flat": lambda A, drawn: A.ravel(),
    "many axes": lambda A, drawn: A.reshape((1,) * (30 - A.ndim) + A.shape),
}
ARRAYS = KEPT | CHANGED
