"""What kind of mistake makes one array out of another, as data; `sentences.py` says it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np

from helpers.verdict import Difference, Entry, Factor, Kind

TIE = 1e-6  # errors that are nearer than this to each other are equally bad


def diagnose_difference(
    wrong: np.ndarray, right: np.ndarray, sizes: Mapping[str, int] | None = None
) -> Difference | None:
    """What kind of mistake makes `wrong` out of `right`; None where they are equal.

    Knows a lost or extra sum, a transpose, zero, a sign, a constant factor (named when it is one of the
    sizes, such as {"S": 5, "N": 3}, a product of two or an inverse), and what is right on the diagonal only.
    """
    wrong, right = np.asarray(wrong, float), np.asarray(right, float)
    if wrong.shape != right.shape:
        return difference_of_shapes(wrong, right)
    if close(wrong, right):
        return None
    finite = np.isfinite(wrong) & np.isfinite(right)
    if not finite.all():
        return Difference(Kind.NAN, entry=entry_at(first_index(~finite & (wrong != right)), wrong, right))
    if np.abs(wrong).max(initial=0) <= 1e-12 * scale_of(right):  # zero but for rounding
        return Difference(Kind.ZERO)
    if not right.any():
        return replace(worst(Kind.WRONG_VALUE, wrong, right), vanishes=True)
    ratio = (wrong * right).sum() / (right * right).sum()
    if close(wrong, ratio * right):
        return Difference(Kind.SIGN if ratio < 0 else Kind.FACTOR, named_factor(ratio, sizes or {}))
    if right.ndim == 2 and right.shape[0] == right.shape[1]:
        if close(wrong.T, right):
            return Difference(Kind.TRANSPOSED)
        if close(np.diag(wrong), np.diag(right)):
            return worst(Kind.DIAGONAL_ONLY, wrong, right)
    return worst(Kind.WRONG_VALUE, wrong, right)


def difference_of_shapes(wrong: np.ndarray, right: np.ndarray) -> Difference:
    """Why the shape is not the right one."""
    shapes = wrong.shape, right.shape
    if wrong.ndim == 2 and wrong.T.shape == right.shape and close(wrong.T, right):
        return Difference(Kind.TRANSPOSED, shapes=shapes)
    for axis in range(wrong.ndim):
        if np.sum(wrong, axis).shape == right.shape and close(np.sum(wrong, axis), right):
            return Difference(Kind.NOT_SUMMED, axis=axis, shapes=shapes)
    for axis in range(right.ndim):
        if np.sum(right, axis).shape == wrong.shape and close(wrong, np.sum(right, axis)):
            return Difference(Kind.SHAPE, axis=axis, kept=True, shapes=shapes)
    return Difference(Kind.SHAPE, shapes=shapes)


def named_factor(ratio: float, sizes: Mapping[str, int]) -> Factor:
    """A constant factor and its names: 2, one of the sizes, a product of two, the inverse of these, a quotient of two.

    S/(S - 1) and its inverse are Bessel's correction, and say so.
    """
    known = {"2": 2, **{f"{name} = {n}": n for name, n in sizes.items()}}
    known |= {f"{a} {b} = {m * n}": m * n for (a, m), (b, n) in combinations(sizes.items(), 2)}
    known |= {invert(name): 1 / n for name, n in known.items() if n}
    names = named_like(ratio, known) or named_like(ratio, dict(quotients(sizes)) | dict(corrections(sizes)))
    return Factor(float(ratio), tuple(names))


def named_like(ratio: float, known: Mapping[str, float]) -> list[str]:
    """The names of the numbers that the ratio is, but for its sign."""
    return [name for name, value in known.items() if value != 1 and np.isclose(abs(ratio), value, rtol=1e-5)]


def quotients(sizes: Mapping[str, int]) -> Iterator[tuple[str, float]]:
    """2 N, S/N, S N/2 and 2/(S N), with their values."""
    for a, m in sizes.items():
        yield from ((f"{a}/{b} = {m}/{n}", m / n) for b, n in sizes.items() if a != b)
        yield from ((f"2 {a} = {2 * m}", 2 * m), (f"{a}/2 = {m / 2:g}", m / 2), (f"2/{a} = 2/{m}", 2 / m))
    for (a, m), (b, n) in combinations(sizes.items(), 2):
        yield from ((f"{a} {b}/2 = {m * n / 2:g}", m * n / 2), (f"2/({a} {b}) = 2/{m * n}", 2 / (m * n)))


def corrections(sizes: Mapping[str, int]) -> Iterator[tuple[str, float]]:
    """S - 1, S/(S - 1), S², and their inverses."""
    for a, m in sizes.items():
        yield from ((f"{a}² = {m * m}", m * m), (f"1/{a}² = 1/{m * m}", 1 / (m * m)))
        if m > 2:
            yield from ((f"({a} - 1) = {m - 1}", m - 1), (f"1/({a} - 1) = 1/{m - 1}", 1 / (m - 1)))
            yield f"{a}/({a} - 1) = {m}/{m - 1} (unbiased in place of biased)", m / (m - 1)
            yield f"({a} - 1)/{a} = {m - 1}/{m} (biased in place of unbiased)", (m - 1) / m


def invert(name: str) -> str:
    """`S N = 15` → `1/(S N) = 1/15`"""
    return " = ".join(f"1/({part})" if " " in part else f"1/{part}" for part in name.split(" = "))


def worst(kind: Kind, wrong: np.ndarray, right: np.ndarray) -> Difference:
    """A difference of this kind, with how many entries differ and which is worst."""
    many = int((~np.isclose(wrong, right, rtol=1e-6, atol=1e-6 * scale_of(right))).sum())
    index = worst_index(absolute_error(wrong, right))
    return Difference(kind, entry=entry_at(index, wrong, right), many=many, size=wrong.size)


def entry_at(index: tuple[int, ...], wrong: np.ndarray, right: np.ndarray) -> Entry:
    return Entry(index, float(wrong[index]), float(right[index]))


def absolute_error(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|a - b|, 0 where both are the same infinity."""
    with np.errstate(invalid="ignore"):
        return np.where(a == b, 0.0, np.abs(a - b))


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal to six digits of the largest entry: near enough to recognise a mistake by."""
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-6 * scale_of(b)))


def scale_of(a: np.ndarray) -> float:
    """The largest finite entry."""
    return float(np.abs(a[np.isfinite(a)]).max(initial=0.0))


def worst_index(error: np.ndarray) -> tuple[int, ...]:
    """Where the worst error is; of several that rounding alone may tell apart, the first."""
    return first_index(error >= error.max() * (1 - TIE))


def first_index(mask: np.ndarray) -> tuple[int, ...]:
    """Where a mask is true for the first time."""
    return tuple(map(int, np.argwhere(mask)[0]))
