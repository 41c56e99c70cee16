"""What kind of mistake makes one array out of another."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

TIE = 1e-6  # errors that are nearer than this to each other are equally bad


def diagnose_difference(wrong: np.ndarray, right: np.ndarray, sizes: Mapping[str, int] | None = None) -> str:
    """What kind of mistake makes `wrong` out of `right`, in words; "" where they are equal.

    Knows a lost or extra sum, a transpose, zero, a sign, a constant factor (named when it is one of the
    sizes, such as {"S": 5, "N": 3}, a product of two or an inverse), and what is right on the diagonal only.
    """
    wrong, right = np.asarray(wrong, float), np.asarray(right, float)
    if wrong.shape != right.shape:
        return diagnose_shape(wrong, right)
    if close(wrong, right):
        return ""
    if not (np.isfinite(wrong) & np.isfinite(right)).all():
        index = first_index(~(np.isfinite(wrong) & np.isfinite(right)) & (wrong != right))
        return f"{wrong[index]:.4g} at {list(index)}, where {right[index]:.4g} is right"
    if np.abs(wrong).max(initial=0) <= 1e-12 * scale_of(right):  # zero but for rounding
        return "zero everywhere"
    if not right.any():
        return f"not zero, as it should be everywhere: {worst_entry(wrong, right)}"
    ratio = (wrong * right).sum() / (right * right).sum()
    if close(wrong, ratio * right):
        return "the sign is wrong" if np.isclose(ratio, -1) else name_factor(ratio, sizes or {})
    if right.ndim == 2 and right.shape[0] == right.shape[1]:
        if close(wrong.T, right):
            return "transposed"
        if close(np.diag(wrong), np.diag(right)):
            return f"right on the diagonal only: {worst_entry(wrong, right)}"
    return worst_entry(wrong, right)


def kind_of_difference(wrong: np.ndarray, right: np.ndarray) -> str:
    """The kind of mistake in a word or two: "sign", "factor", "transposed", "zero", "wrong value"."""
    said = diagnose_difference(wrong, right)
    known = {
        "the sign is wrong": "sign",
        "times the right value": "factor",
        "transposed": "transposed",
        "on the diagonal": "diagonal only",
        "zero everywhere": "zero",
    }
    return next((kind for words, kind in known.items() if words in said), "wrong value")


def diagnose_shape(wrong: np.ndarray, right: np.ndarray) -> str:
    """Why the shape is not the right one."""
    said = f"shape {wrong.shape}, where {right.shape} is right"
    if wrong.ndim == 2 and wrong.T.shape == right.shape and close(wrong.T, right):
        return f"transposed: {said}"
    for axis in range(wrong.ndim):
        if np.sum(wrong, axis).shape == right.shape and close(np.sum(wrong, axis), right):
            return f"not summed over axis {axis}: {said}"
    for axis in range(right.ndim):
        if np.sum(right, axis).shape == wrong.shape and close(wrong, np.sum(right, axis)):
            return f"summed over axis {axis}, which should stay: {said}"
    return said


def name_factor(ratio: float, sizes: Mapping[str, int]) -> str:
    """A constant factor by its name: 2, one of the sizes, a product of two, the inverse of these, a quotient of two.

    S/(S - 1) and its inverse are Bessel's correction, and say so.
    """
    known = {"2": 2, **{f"{name} = {n}": n for name, n in sizes.items()}}
    known |= {f"{a} {b} = {m * n}": m * n for (a, m), (b, n) in combinations(sizes.items(), 2)}
    known |= {invert(name): 1 / n for name, n in known.items() if n}
    found = named_like(ratio, known) or named_like(ratio, dict(quotients(sizes)) | dict(corrections(sizes)))
    factor = " or ".join(found) or f"{abs(ratio):.{4 if abs(abs(ratio) - 1) > 1e-3 else 10}g}"
    return ("the sign is wrong, and it is " if ratio < 0 else "") + f"{factor} times the right value"


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


def worst_entry(wrong: np.ndarray, right: np.ndarray) -> str:
    """How many entries differ and which is worst."""
    error = absolute_error(wrong, right)
    index = worst_index(error)
    many = int((~np.isclose(wrong, right, rtol=1e-6, atol=1e-6 * scale_of(right))).sum())
    at = f" at {list(index)}" if index else ""
    values = f"{wrong[index] + 0.0:.4g}, where {right[index] + 0.0:.4g} is right"  # -0.0 + 0.0 is 0.0
    return f"{many} of {wrong.size} entries differ, worst{at}: {values}"


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
