"""Is a reader's batch norm Function right: its value, its gradients, what nobody needs, memory, float32, twice?"""

from typing import Any

import numpy as np

from helpers.compare import diagnose_difference
from helpers.compare.sentences import difference_said
from helpers.compare.specimens.custom_function import (
    Run,
    applied,
    batch_norm_reference,
    normalised,
    right_twice,
    run_function,
)
from helpers.compare.specimens.double_backward import check_orders
from helpers.exercises.exercise import is_blank

rng = np.random.default_rng(9)
EPS = 0.1  # large: where it stands outside of the root, or is left out, Y shows it
CASES = [
    {"X": rng.normal(size=(S, N)) + 1, "gamma": rng.normal(size=N), "beta": rng.normal(size=N)}
    for S, N in ((5, 3), (2, 2))
]
UPSTREAM = [rng.normal(size=case["X"].shape) for case in CASES]
NAMES = "dX", "dgamma", "dbeta"


def paths(X: np.ndarray, gamma: np.ndarray, dY: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The direct path of dX, the one through μ and the one through v."""
    sigma = np.sqrt(X.var(0) + EPS)
    Xhat = (X - X.mean(0)) / sigma
    return tuple(gamma / sigma * path for path in (dY, -dY.mean(0), -Xhat * (dY * Xhat).mean(0)))


def function_passes(answer: Any) -> str:
    """What is wrong with (forward, backward): value, gradients, what nobody needs, memory, float32, twice."""
    if not isinstance(answer, tuple | list) or len(answer) != 2 or not all(map(callable, answer)):
        return "Two functions are asked for, (forward, backward)."
    for name, method in zip(("forward", "backward"), answer, strict=True):
        if is_blank(method):
            return f"{name} is still blank."
    for case, dY in zip(CASES, UPSTREAM, strict=True):
        run = run_function(*answer, case, dY, EPS)
        if reason := wrong_value(run, case, dY) or wrong_gradient(run, case, dY):
            return f"With X of shape {case['X'].shape}: {reason}"
    case, dY = CASES[0], UPSTREAM[0]
    return (
        in_vain(answer, case, dY)
        or too_much(run_function(*answer, case, dY, EPS), case)
        or in_float32(answer, case, dY)
        or wrong_twice(answer, case)
    )


def wrong_value(run: Run, case: dict[str, np.ndarray], dY: np.ndarray) -> str:
    right, S = batch_norm_reference(**case, dY=dY, eps=EPS)[0], len(dY)
    if run.Y.shape == right.shape and np.allclose(run.Y, right, rtol=1e-10):
        return ""
    X, gamma, beta = case.values()
    centred, v = X - X.mean(0), X.var(0)
    known = {
        "Y has the unbiased variance. Batch norm divides by S here: var(0, correction=0).": (
            centred / np.sqrt(v * S / (S - 1) + EPS)
        ),
        "ε belongs under the root, √(v + ε), and yours is outside or missing.": centred / np.sqrt(v),
        "ε belongs under the root: √(v + ε), not √v + ε.": centred / (np.sqrt(v) + EPS),
        "the root is missing: X̂ is (X − μ) / √(v + ε).": centred / (v + EPS),
    }
    said = (said for said, Xhat in known.items() if np.allclose(run.Y, gamma * Xhat + beta))
    return next(said, f"Y is wrong: {difference_said(diagnose_difference(run.Y, right))}")


def wrong_gradient(run: Run, case: dict[str, np.ndarray], dY: np.ndarray) -> str:
    rights = batch_norm_reference(**case, dY=dY, eps=EPS)[1:]
    for name, got, right in zip(NAMES, run.returned, rights, strict=False):
        if got is None:
            return f"{name} is None, and somebody needs it."
        if got.shape == right.shape and np.allclose(got, right, rtol=1e-9, atol=1e-12):
            continue
        if name == "dX" and got.shape == right.shape and (cut := missing_paths(got, case, dY)):
            return cut
        shape = dict(zip("SN", dY.shape, strict=True))
        digits = "it is right to a few digits. Is a number of yours in float32?"
        return f"gradcheck fails, {name}: {difference_said(diagnose_difference(got, right, shape)) or digits}"
    return ""


def missing_paths(got: np.ndarray, case: dict[str, np.ndarray], dY: np.ndarray) -> str:
    direct, mean, variance = paths(case["X"], case["gamma"], dY)
    known = {
        "both statistics are taken as constants: this is the direct path alone": direct,
        "the path through the mean is missing, −Σ dY": direct + variance,
        "the path through the variance is missing, −X̂ Σ dY X̂": direct + mean,
    }
    return next((f"gradcheck fails, dX: {said}." for said, dX in known.items() if np.allclose(got, dX)), "")


def in_vain(answer: tuple, case: dict[str, np.ndarray], dY: np.ndarray) -> str:
    """A gradient of what is frozen is None; those of the others stay."""
    free = run_function(*answer, case, dY, EPS).returned
    for place, name in enumerate(case):
        returned = run_function(*answer, case, dY, EPS, frozen={name}).returned
        if returned[place] is not None:
            return (
                f"{name} is frozen, and {NAMES[place]} was computed all the same: ask ctx.needs_input_grad."
            )
        for k, (got, right) in enumerate(zip(returned[:3], free, strict=False)):
            if k != place and (got is None or not np.array_equal(got, right)):
                return f"With {name} frozen, {NAMES[k]} changed."
    return ""


def too_much(run: Run, case: dict[str, np.ndarray]) -> str:
    """save_for_backward holds one array as large as X, and some as large as γ."""
    S, N = case["X"].shape
    if run.kept:
        return f"ctx.{run.kept[0]} is a tensor: on ctx itself it is neither freed nor checked. Use save_for_backward."
    large = sum(int(np.prod(shape)) for shape in run.saved) // (S * N)
    return (
        f"Saved are {large} arrays as large as X. One is enough, and some as large as γ." if large > 1 else ""
    )


def in_float32(answer: tuple, case: dict[str, np.ndarray], dY: np.ndarray) -> str:
    case, dY = {name: A.astype(np.float32) for name, A in case.items()}, dY.astype(np.float32)
    run = run_function(*answer, case, dY, EPS)
    for name, A in zip(("Y", *NAMES), (run.Y, *run.returned), strict=False):
        if A.dtype != np.float32:
            return f"In float32, {name} has dtype {A.dtype}: a constant of yours is float64."
    return ""


def wrong_twice(answer: tuple, case: dict[str, np.ndarray]) -> str:
    """Right twice, or an error on every way to a second derivative."""
    X, gamma, beta = case.values()

    def norm(X):
        return batch_norm(X, *(X.new_tensor(A) for A in (gamma, beta)))

    def reference(X):
        return normalised(X, EPS, *(X.new_tensor(A) for A in (gamma, beta)))

    batch_norm = applied(*answer, EPS)
    orders = check_orders(norm, reference, X)
    if orders.refused or (orders.second and right_twice(batch_norm, X, gamma, beta)):
        return ""
    if orders.refuses:
        return (
            f"Everything passes once. Twice, .{orders.refuses[0]}() alone raises: torch.autograd.grad gives a "
            f"Hessian that is {orders.error:.0%} off. Raise where torch.is_grad_enabled(), or save X."
        )
    off = f", and the Hessian is {orders.error:.0%} off" if not orders.second else " for γ"
    return f"Everything passes once. gradgradcheck fails{off}: what forward computed came to backward as a constant."
