"""What kind of mistake makes one array out of another, as data; `sentences.py` says it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import prod

import numpy as np

from helpers.verdict import Difference, Entry, Factor, Kind

SIX_DIGITS = 1e-6
TIE = 1e-6  # errors that are nearer than this to each other are equally bad


def diagnose_difference(
    wrong: np.ndarray,
    right: np.ndarray,
    sizes: Mapping[str, int] | None = None,
    tolerance: float = SIX_DIGITS,
) -> Difference | None:
    """What kind of mistake makes `wrong` out of `right`; None where they are equal.

    Knows a lost or extra sum, a transpose, zero, a sign, a constant factor (named when it is one of the
    sizes, such as {"S": 5, "N": 3}, a product of two or an inverse), and what is right on the diagonal only.
    """
    wrong, right = np.asarray(wrong, float), np.asarray(right, float)
    if wrong.shape != right.shape:
        return difference_of_shapes(wrong, right, tolerance)
    if close(wrong, right, tolerance):
        return None
    odd = ~(np.isfinite(wrong) & np.isfinite(right))
    if (odd & (wrong != right)).any():
        return Difference(Kind.NAN, entry=entry_at(first_index(odd & (wrong != right)), wrong, right))
    wrong, right = np.where(odd, 0.0, wrong), np.where(odd, 0.0, right)  # the same infinities
    if np.abs(wrong).max(initial=0) <= 1e-12 * scale_of(right):  # zero but for rounding
        return Difference(Kind.ZERO)
    if not right.any():
        return replace(worst(Kind.WRONG_VALUE, wrong, right), vanishes=True)
    ratio = (wrong * right).sum() / (right * right).sum()
    if close(wrong, ratio * right, tolerance):
        return Difference(Kind.SIGN if ratio < 0 else Kind.FACTOR, named_factor(ratio, sizes or {}))
    if right.ndim == 2 and right.shape[0] == right.shape[1]:
        if close(wrong.T, right, tolerance):
            return Difference(Kind.TRANSPOSED)
        if close(np.diag(wrong), np.diag(right), tolerance):
            return worst(Kind.DIAGONAL_ONLY, wrong, right)
    return worst(Kind.WRONG_VALUE, wrong, right)


def difference_of_shapes(wrong: np.ndarray, right: np.ndarray, tolerance: float = SIX_DIGITS) -> Difference:
    """Why the shape is not the right one."""
    shapes = wrong.shape, right.shape
    if wrong.ndim == 2 and wrong.T.shape == right.shape and close(wrong.T, right, tolerance):
        return Difference(Kind.TRANSPOSED, shapes=shapes)
    for axis in range(wrong.ndim):
        if np.sum(wrong, axis).shape == right.shape and close(np.sum(wrong, axis), right, tolerance):
            return Difference(Kind.NOT_SUMMED, axis=axis, shapes=shapes)
    for axis in range(right.ndim):
        if np.sum(right, axis).shape == wrong.shape and close(wrong, np.sum(right, axis), tolerance):
            return Difference(Kind.SHAPE, axis=axis, kept=True, shapes=shapes)
    return Difference(Kind.SHAPE, shapes=shapes)


def named_factor(ratio: float, sizes: Mapping[str, int]) -> Factor:
    """A constant factor and its names: 2, one of the sizes, a product of two, the inverse of these, a quotient of two.

    S/(S - 1) and its inverse are Bessel's correction, and say so.
    """
    return factor_over([(ratio, sizes)])


def factor_over(seen: Sequence[tuple[float, Mapping[str, int]]]) -> Factor:
    """The factor that was seen first, with the names that fit all that were seen, each at sizes of its own.

    A factor that stays while the sizes change is a constant, and no size names it.
    """
    ratio, sizes = seen[0]
    for group in GROUPS:
        found = [(name, digits) for name, value, digits in group(sizes) if is_factor(ratio, value)]
        fit = {name: f"{name} = {digits}" if digits else name for name, digits in found}
        for other, others in seen[1:]:
            fitting = {name for name, value, _ in group(others) if is_factor(other, value)}
            fit = {name: said for name, said in fit.items() if name in fitting}
        if fit:
            return Factor(float(ratio), tuple(fit.values()))
    return Factor(float(ratio))


def is_factor(ratio: float, value: float) -> bool:
    """Whether the ratio is this number, but for its sign."""
    return value != 1 and bool(np.isclose(abs(ratio), value, rtol=1e-5))


Named = tuple[str, float, str]
"""The name of a factor, its value, and that in digits: "1/(S N)", 0.0666, "1/15"; "" where the name is in digits."""


def simple(sizes: Mapping[str, int]) -> list[Named]:
    """2, N, S N, and their inverses."""
    products = [("2", 2, ""), *((a, m, f"{m}") for a, m in sizes.items())]
    products += [(f"{a} {b}", m * n, f"{m * n}") for (a, m), (b, n) in combinations(sizes.items(), 2)]
    return products + inverses(products)


def inverses(named: Iterable[Named]) -> list[Named]:
    """1/(S N) for S N."""
    return [
        (f"1/({name})" if " " in name else f"1/{name}", 1 / n, digits and f"1/{digits}")
        for name, n, digits in named
        if n
    ]


def further(sizes: Mapping[str, int]) -> list[Named]:
    """2 N, S/N, S N/2, 2/(S N), products of three; S - 1, S/(S - 1), S², and their inverses."""
    groups = ([*zip(*group, strict=True)] for group in combinations(sizes.items(), 3))
    threes = [(" ".join(names), prod(ns), f"{prod(ns)}") for names, ns in groups]
    return [*quotients(sizes), *corrections(sizes), *threes, *inverses(threes)]


GROUPS = simple, further


def quotients(sizes: Mapping[str, int]) -> Iterator[Named]:
    """2 N, S/N, S N/2 and 2/(S N)."""
    for a, m in sizes.items():
        yield from ((f"{a}/{b}", m / n, f"{m}/{n}") for b, n in sizes.items() if a != b and n)
        yield from ((f"2 {a}", 2 * m, f"{2 * m}"), (f"{a}/2", m / 2, f"{m / 2:g}"))
        yield from [(f"2/{a}", 2 / m, f"2/{m}")] if m else []
    for (a, m), (b, n) in combinations(sizes.items(), 2):
        yield f"{a} {b}/2", m * n / 2, f"{m * n / 2:g}"
        yield from [(f"2/({a} {b})", 2 / (m * n), f"2/{m * n}")] if m * n else []


def corrections(sizes: Mapping[str, int]) -> Iterator[Named]:
    """S - 1, S/(S - 1), S², and their inverses."""
    for a, m in sizes.items():
        if m:
            yield from ((f"{a}²", m * m, f"{m * m}"), (f"1/{a}²", 1 / (m * m), f"1/{m * m}"))
        if m > 2:
            k = m - 1
            yield from ((f"({a} - 1)", k, f"{k}"), (f"1/({a} - 1)", 1 / k, f"1/{k}"))
            yield f"{a}/({a} - 1)", m / k, f"{m}/{k} (unbiased in place of biased)"
            yield f"({a} - 1)/{a}", k / m, f"{k}/{m} (biased in place of unbiased)"


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


def close(a: np.ndarray, b: np.ndarray, tolerance: float = SIX_DIGITS) -> bool:
    """Equal to six digits of the largest entry: near enough to recognise a mistake by."""
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance * scale_of(b)))


def scale_of(a: np.ndarray) -> float:
    """The largest finite entry."""
    return float(np.abs(a[np.isfinite(a)]).max(initial=0.0))


def worst_index(error: np.ndarray) -> tuple[int, ...]:
    """Where the worst error is; of several that rounding alone may tell apart, the first."""
    return first_index(error >= error.max() * (1 - TIE))


def first_index(mask: np.ndarray) -> tuple[int, ...]:
    """Where a mask is true for the first time."""
    return tuple(map(int, np.argwhere(mask)[0]))
