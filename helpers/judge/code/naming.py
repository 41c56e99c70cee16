"""Which mistake makes this array out of the right one: a kind and a sentence."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from helpers.compare.difference import diagnose_difference, difference_of_shapes, named_factor, worst
from helpers.compare.sentences import difference_said, factor_said, worst_said
from helpers.judge.code.case import Case
from helpers.judge.code.normalised import Normalisation
from helpers.verdict import Kind

Truth = Callable[[Case], Mapping[str, np.ndarray]]


def agree(got: np.ndarray, want: np.ndarray) -> bool:
    """Equal to six digits of the largest entry (three in float32), infinities and NaN where they should be."""
    tolerance, floor = (1e-3, 1e-6) if np.float32 in (got.dtype, want.dtype) else (1e-6, 1e-12)
    largest = float(np.abs(want[np.isfinite(want)]).max(initial=0.0))
    atol = max(tolerance * largest, floor)  # dY is about 1: what cancels leaves its rounding
    return got.shape == want.shape and np.allclose(got, want, rtol=tolerance, atol=atol, equal_nan=True)


def named(
    of: str,
    got: np.ndarray | None,
    want: np.ndarray,
    case: Case,
    truth: Truth,
    normalisation: Normalisation | None = None,
) -> tuple[str, str]:
    """The kind and the sentence for a quantity that is wrong."""
    bias = of.startswith("d") and want.ndim == 1 and of[1:] in case.params
    if got is None or (bias and not got.any()):
        how = (
            "is not in grads after backward" if got is None else "is zero everywhere, as if it were never set"
        )
        return ("bias never set" if bias else "never set"), f"{of} {how}."
    if other := next((o for o, right in truth(case).items() if o != of and agree(got, right)), ""):
        return "swapped", f"{of} holds what is right for {other}. In which order are the results returned?"
    if got.shape != want.shape:
        return named_shape(of, got, want, bias)
    if (at := first_non_finite(got, want)) is not None:
        entry = f"{of}{list(at)}" if at else of
        return "NaN", f"{entry} is {got[at]:.4g}, where {want[at]:.4g} is right."
    known = normalisation.suspects(of, case) if normalisation else ()
    for kind, sentence, array in itertools.chain(known, suspects(of, want, case, truth)):
        if array.shape == got.shape and agree(got, array) and not agree(array, want):
            return kind, sentence
    said = difference_said(diagnose_difference(got, want, case.sizes))
    if (ratio := constant(got, want)) is not None:
        kind = "zero" if ratio == 0 else "sign" if np.isclose(ratio, -1) else "ratio"
        if bias and np.isclose(ratio, 1 / case.sizes["S"]):
            factor = factor_said(named_factor(ratio, {"S": case.sizes["S"]}))
            return "bias averaged", f"{of} is {factor}: a mean over the samples, where their sum is right."
        verb = "" if kind == "sign" else "is "
        return kind, f"{of}: the sign is wrong." if kind == "sign" else f"{of} {verb}{said}."
    if want.ndim == 2 and got.T.shape == want.shape and agree(got.T, want):
        return "transposed", f"{of} is transposed."
    if of[1:] in case.params and (decay := constant(got - want, case.params[of[1:]])):
        said = f"{of} has {decay:.4g} {of[1:]} too much: weight decay is the optimizer's, and no part of ∂L/∂{of[1:]}."
        return "weight decay", said
    if of == "dX" and want.shape == case.X.shape and (side := branch(got, want, case.X)):
        entry = worst_said(worst(Kind.WRONG_VALUE, got, want))
        return "one branch", f"{of} is right where X {side[0]} 0 and wrong where X {side[1]} 0: {entry}."
    return (
        "forward" if of in ("Y", "L") else "value"
    ), f"{of} is wrong: {said or worst_said(worst(Kind.WRONG_VALUE, got, want))}."


def named_shape(of: str, got: np.ndarray, want: np.ndarray, bias: bool) -> tuple[str, str]:
    """What is behind a wrong shape."""
    if bias and got.size == 1:
        return (
            "bias scalar",
            f"{of} is one number, of shape {got.shape}: each of the {want.size} outputs has its own.",
        )
    if got.ndim == 2 and got.shape == want.T.shape and agree(got.T, want):
        return "transposed", f"{of} is transposed: it has shape {got.shape}, where {want.shape} is right."
    for axes in itertools.combinations(range(got.ndim), max(got.ndim - want.ndim, 0)):
        if axes and max(got.shape[axis] for axis in axes) > 1 and agree(got.sum(axes), want):
            over = f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"
            return (
                "not summed",
                f"{of} is not summed over {over}: shape {got.shape}, where {want.shape} is right.",
            )
    if got.ndim == want.ndim and agree(middle(got, want.shape), want):
        return "shape", f"{of} has its padding still on it: shape {got.shape}, where {want.shape} is right."
    said = difference_said(difference_of_shapes(got, want))
    verb = "has" if said.startswith("shape") else "is"
    return "shape", f"{of} {verb} {said}."


def middle(A: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What is left of A when it loses as much on both sides as makes it this shape."""
    more = [n - m for n, m in zip(A.shape, shape, strict=True)]
    return (
        A[tuple(slice(k // 2, k // 2 + m) for k, m in zip(more, shape, strict=True))] if min(more) >= 0 else A
    )


def first_non_finite(got: np.ndarray, want: np.ndarray) -> tuple[int, ...] | None:
    """Where a result is inf or NaN, and should not be."""
    bad = np.argwhere(~np.isfinite(got) & np.isfinite(want))
    return tuple(bad[0].tolist()) if len(bad) else None


def constant(got: np.ndarray, want: np.ndarray) -> float | None:
    """c where got = c · want."""
    if not (np.isfinite(got).all() and want.any()):
        return None
    ratio = float((got * want).sum() / (want * want).sum())
    if np.abs(got).max() <= 1e-12 * np.abs(want).max():
        return 0.0
    return ratio if agree(got, ratio * want) else None


def branch(got: np.ndarray, want: np.ndarray, X: np.ndarray) -> tuple[str, str] | None:
    """Which side of 0 is right, if it is one of them."""
    if not ((X > 0).any() and (X < 0).any()):
        return None
    wrong = ~np.isclose(got, want, rtol=1e-6, atol=1e-9)
    if not wrong[X > 0].any() and wrong[X < 0].all():
        return ">", "<"
    if not wrong[X < 0].any() and wrong[X > 0].all():
        return "<", ">"
    return None


def suspects(of: str, want: np.ndarray, case: Case, truth: Truth) -> Iterator[tuple[str, str, np.ndarray]]:
    """Known mistakes as arrays, each with its kind and its sentence."""
    if of == "Y":
        yield from forward_suspects(case, truth)
    if of == "dX" and case.T is None:
        yield from layer_suspects(want, case, truth)
    if of == "dX" and case.T is not None:
        P = np.exp(case.X - case.X.max(1, keepdims=True))
        P /= P.sum(1, keepdims=True)
        again = P * (want - (want * P).sum(1, keepdims=True))
        yield (
            "applied twice",
            "dX has the softmax Jacobian in it twice: P − T went through softmax already.",
            again,
        )
    if of[1:] in case.params:
        for s, which in ((-1, "last"), (0, "first")):
            try:
                alone = truth(case.sample(s))[of]
            except ValueError:  # batch norm has no answer for one sample
                continue
            said = f"{of} is that of the {which} sample alone: the gradients of all samples add up, += and not =."
            yield "not summed", said, alone
    for key, W in case.params.items():
        if W.ndim > 2:
            turned = truth(replace(case, params={**case.params, key: half_turn(W)}))[of]
            said = f"{of} has the kernel turned by 180° where it is right as it is, or as it is where it is turned."
            yield "flipped", said, half_turn(turned) if of == f"d{key}" else turned
        if W.ndim == 2 and W.shape[0] == W.shape[1]:
            turned = truth(replace(case, params={**case.params, key: W.T}))[of]
            said = f"{of} has {key}ᵀ where {key} is right, or the other way round. Square sizes let both run."
            yield "transposed", said, turned


def half_turn(W: np.ndarray) -> np.ndarray:
    """The kernel (O, C, K, K) turned by 180°."""
    return np.flip(W, tuple(range(2, W.ndim))).copy()


def forward_suspects(case: Case, truth: Truth) -> Iterator[tuple[str, str, np.ndarray]]:
    for key, W in case.params.items():
        without = truth(replace(case, params={**case.params, key: np.zeros_like(W)}))["Y"]
        yield "forward", f"Y is wrong: {key} does not enter.", without


def layer_suspects(want: np.ndarray, case: Case, truth: Truth) -> Iterator[tuple[str, str, np.ndarray]]:
    X, dY = case.X, case.dY
    if X.shape != dY.shape or case.images:
        return
    yield "derivative missing", "dX is dY as it came: the derivative of the layer is not in it.", dY
    diagonal = np.zeros_like(X)
    for k in np.ndindex(X.shape):
        unit = np.zeros_like(X)
        unit[k] = 1
        diagonal[k] = truth(replace(case, dY=unit))["dX"][k]
    said = "dX has only the diagonal of the Jacobian: X_j moves the other entries of its row too."
    yield "diagonal only", said, diagonal * dY
    yield "applied twice", "dX went through the Jacobian twice.", truth(replace(case, dY=want))["dX"]
    if case.params:
        return
    for letter, A in (("Y", truth(case)["Y"]), ("dY", dY)):
        said = f"dX has the derivative at {letter} where it is asked for at X."
        yield "wrong array", said, truth(replace(case, X=A))["dX"]
