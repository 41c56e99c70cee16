"""Numbers and arrays as they stand in a problem."""

from typing import Any

import numpy as np


def numeral(x: float, digits: int = 3) -> str:
    """At most so many digits after the point, and never −0."""
    return f"{round(float(x), digits) + 0.0:.{digits}f}".rstrip("0").rstrip(".")


def factor(x: float) -> str:
    """3, and (−2) in brackets"""
    return numeral(x) if x >= 0 else f"({numeral(x)})"


def listed(numbers: Any) -> str:
    """(1, −2, 0.25)"""
    return f"({', '.join(map(numeral, numbers))})"


def matrix(A: Any) -> str:
    """An array of one or two axes in LaTeX, a vector as a column; at most three digits behind the point."""
    rows = np.atleast_2d(A) if np.ndim(A) != 1 else np.asarray(A)[:, None]
    lines = r" \\ ".join(" & ".join(map(numeral, row)) for row in rows)
    return rf"\begin{{pmatrix}}{lines}\end{{pmatrix}}"


def shown(A: Any) -> str:
    """A number, a list, or a matrix."""
    return (numeral, listed, matrix)[np.ndim(A)](A)


def whole(rng: np.random.Generator, *shape: int, most: int = 4) -> np.ndarray:
    """Whole numbers from −most to most, none of them 0."""
    return rng.choice([x for x in range(-most, most + 1) if x], shape)
