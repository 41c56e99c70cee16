"""Decides which kind of mistake a quantity shows, beside the right one."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from helpers.compare.difference import diagnose_difference, difference_of_shapes, named_factor
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.expert import Expert
from helpers.judge.code.known_mistakes import suspects
from helpers.judge.code.truth import Truth
from helpers.verdict import Difference, Kind, Verdict, remark, wrong


def tolerance(*arrays: np.ndarray) -> float:
    """Return how far results may be apart, relative to the largest entry: six digits, in float32 three."""
    return 1e-3 if any(A.dtype == np.float32 for A in arrays) else 1e-6


def in_float32(values: Arrays, case: Case) -> bool:
    """Tell whether Y and the gradients of the inputs come out in float32, whatever goes in; L is a number."""
    kept = [values[of].dtype for of in ("Y", *case.gradients) if of in values]
    return case.dtype != np.float32 and bool(kept) and all(dtype == np.float32 for dtype in kept)


def as_computed(values: Arrays, case: Case) -> Arrays:
    """Return results in float32, where a work computes in that."""
    return {of: A.astype(np.float32) for of, A in values.items()} if in_float32(values, case) else values


def agree(got: np.ndarray, want: np.ndarray) -> bool:
    """Tell whether two arrays are equal up to rounding, with infinities and NaN in the same places."""
    near = tolerance(got, want)
    largest = float(np.abs(want[np.isfinite(want)]).max(initial=0.0))
    floor = 1e-6 if near > 1e-6 else 1e-12  # dY is about 1: what cancels leaves its rounding
    atol = max(near * largest, floor)
    return got.shape == want.shape and np.allclose(got, want, rtol=near, atol=atol, equal_nan=True)


def decide(
    of: str,
    got: np.ndarray | None,
    want: np.ndarray,
    case: Case,
    truth: Truth,
    experts: Sequence[Expert] = (),
) -> Verdict:
    """Return the verdict on a quantity that is wrong: a known mistake, else the difference of the arrays."""
    key = of[1:]
    bias = key in case.params and want.ndim == 1
    if got is None or (bias and not got.any()):
        kind = Kind.BIAS_NEVER_SET if bias else Kind.NEVER_SET
        return wrong(kind, of, case="absent" if got is None else "zero")
    for other, right in truth(case).items():
        if other != of and agree(got, right):
            return wrong(Kind.SWAPPED, of, other=other)
    if got.shape != want.shape:
        return decide_shape(of, got, want, bias)
    difference = diagnose_difference(got, want, case.sizes, tolerance(got, want))
    if difference.kind is Kind.NAN and not np.isfinite(difference.entry.got):
        return wrong(Kind.NAN, of, difference)
    if difference.kind is Kind.ZERO:  # a multiple of whatever is suspected
        return wrong(Kind.ZERO, of, difference)
    known = itertools.chain.from_iterable(e.suspects(of, got, want, case) for e in experts)
    for verdict, array in itertools.chain(known, suspects(of, got, want, case, truth)):
        if array.shape == got.shape and agree(got, array) and not agree(array, want):
            return verdict
    if bias and difference.factor and np.isclose(difference.factor.value, 1 / case.sizes["S"]):
        factor = named_factor(difference.factor.value, {"S": case.sizes["S"]})
        return wrong(Kind.BIAS_AVERAGED, of, replace(difference, factor=factor))
    if difference.kind in (Kind.SIGN, Kind.FACTOR, Kind.TRANSPOSED):
        return wrong(difference.kind, of, difference)
    if key in case.params and (decay := multiple(got - want, case.params[key])):
        return wrong(Kind.WEIGHT_DECAY, of, difference, decay=decay, key=key)
    if of == "dX" and want.shape == case.X.shape and (sides := branch(got, want, case.X)):
        return wrong(Kind.ONE_BRANCH, of, difference, right=sides[0], other=sides[1])
    if of == "dX" and case.T is not None and (most := near_target(got, want, case)):
        return wrong(Kind.ONE_BRANCH, of, difference, case="distance", most=most)
    return wrong(Kind.FORWARD if of in ("Y", "L") else Kind.WRONG_VALUE, of, difference)


def fitted(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """Return got in the shape of want, where axes of 1 alone make the difference."""
    return got.reshape(want.shape) if without_ones(got) == without_ones(want) else got


def without_ones(A: np.ndarray) -> tuple[int, ...]:
    return tuple(n for n in A.shape if n != 1)


def decide_axes_of_one(of: str, got: np.ndarray, want: np.ndarray) -> Verdict | None:
    """Return what is to be said of axes of 1 that are too many or missing; None where the shape is another, or right.

    More of them in front are harmless: they broadcast to the right shape. Elsewhere W − dW has another shape than W.
    """
    if got.shape == want.shape or without_ones(got) != without_ones(want):
        return None
    shapes, more = Difference(Kind.SHAPE, shapes=(got.shape, want.shape)), got.ndim - want.ndim
    if more > 0 and got.shape[more:] == want.shape:
        return replace(remark(Kind.SHAPE, of, case="axes of 1 in front"), difference=shapes)
    return wrong(Kind.SHAPE, of, shapes, case="axes of 1")


def decide_shape(of: str, got: np.ndarray, want: np.ndarray, bias: bool) -> Verdict:
    """Return the verdict on a wrong shape."""
    difference = difference_of_shapes(got, want, tolerance(got, want))
    if bias and got.size == 1:
        return wrong(Kind.BIAS_SCALAR, of, difference, outputs=want.size)
    if difference.kind is Kind.TRANSPOSED:
        return wrong(Kind.TRANSPOSED, of, difference, case="shape")
    for axes in itertools.combinations(range(got.ndim), max(got.ndim - want.ndim, 0)):
        if axes and max(got.shape[axis] for axis in axes) > 1 and agree(got.sum(axes), want):
            case = "axis" if len(axes) == 1 else "axes"
            return wrong(Kind.NOT_SUMMED, of, difference, case=case, axes=list(axes))
    if got.ndim == want.ndim and agree(middle(got, want.shape), want):
        return wrong(Kind.SHAPE, of, difference, case="padding")
    return wrong(Kind.SHAPE, of, difference, case="" if difference.axis is None else "axis")


def middle(A: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Cut A on both sides until it has this shape."""
    more = [n - m for n, m in zip(A.shape, shape, strict=True)]
    if min(more) < 0:
        return A
    return A[tuple(slice(k // 2, k // 2 + m) for k, m in zip(more, shape, strict=True))]


def multiple(A: np.ndarray, B: np.ndarray) -> float | None:
    """Return c where A = c B; None where there is none."""
    difference = diagnose_difference(A, B, tolerance=tolerance(A, B))
    if difference is None:
        return 1.0
    return difference.factor.value if difference.factor else None


def near_target(got: np.ndarray, want: np.ndarray, case: Case) -> float | None:
    """Return up to which |X − T| a gradient is right, where it is right up to that and wrong beyond; else None."""
    distance, right = np.abs(case.X - case.T), np.isclose(got, want, rtol=1e-6, atol=1e-9)
    if right.all() or not right.any() or distance[right].max() >= distance[~right].min():
        return None
    return float(distance[right].max())


def branch(got: np.ndarray, want: np.ndarray, X: np.ndarray) -> tuple[str, str] | None:
    """Return which side of 0 is right and which is wrong, if it is one of each."""
    wrong = ~np.isclose(got, want, rtol=1e-6, atol=1e-9)
    for right, other, sides in ((X > 0, X < 0, (">", "<")), (X < 0, X > 0, ("<", ">"))):
        if right.any() and other.any() and not wrong[right].any() and wrong[other].all():
            return sides
    return None
