"""The questions that are asked of an array before anything is computed."""

from typing import Any

import numpy as np

FLOATS = np.dtype(np.float32), np.dtype(np.float64)


def as_array(name: str, A: Any) -> np.ndarray:
    """A as an array, of a list or a tensor too. Raises TypeError for what NumPy makes none of."""
    try:
        return np.asarray(A)
    except Exception as error:  # the array interface of any object may raise anything
        raise TypeError(f"{name} is a {type(A).__name__} that is no array: {error}") from None


def checked_floating(name: str, A: np.ndarray) -> np.ndarray:
    """A itself, if its numbers are float32 or float64."""
    A = as_array(name, A)
    if A.dtype not in FLOATS:
        raise TypeError(f"{name} has dtype {A.dtype}, but a gradient needs float32 or float64")
    return A


def checked_whole(name: str, A: np.ndarray, booleans: bool = False) -> np.ndarray:
    """A itself, if it is made of integers, or of booleans."""
    A = as_array(name, A)
    if A.dtype.kind not in ("b" if booleans else "iu"):
        raise TypeError(
            f"{name} has dtype {A.dtype}, and should be made of {'booleans' if booleans else 'integers'}"
        )
    return A


def checked_like(name: str, A: np.ndarray, other: str, B: np.ndarray) -> np.ndarray:
    """A itself, if it has the shape and the dtype of B: nothing is broadcast or cast unseen."""
    A = checked_floating(name, A)
    if A.shape != B.shape:
        raise ValueError(f"{name} has shape {A.shape}, but {other} has shape {B.shape}: they must be equal")
    if A.dtype != B.dtype:
        raise TypeError(
            f"{name} has dtype {A.dtype}, but {other} has dtype {B.dtype}: take {name}.astype(np.{B.dtype})"
        )
    return A


def checked_integer(name: str, value: int) -> int:
    """The value itself, if it is an integer."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}, and should be an integer")
    return int(value)
