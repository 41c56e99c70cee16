"""Notebook 09: the path that vanishes and why, a custom Function that passes, a running variance by hand."""

from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from sympy import KroneckerDelta, Sum

from helpers.compare import LeftSide
from helpers.compare.left_side import Quantity
from helpers.derive import Chain, Definition, Partial, indices, sizes, tensor
from helpers.exercises import Exercise
from helpers.exercises.machine.checks import RIGHT, about_number, of_line, told, within, written
from helpers.exercises.machine.exercise import is_blank
from helpers.exercises.machine.norm_function import function_passes
from helpers.judge.lines import mark
from helpers.read.question import Question
from helpers.verdict import Kind, Verdict, wrong

__all__ = ["S", "Sum", "X", "function", "j", "m", "mu", "running_variance", "v", "vanishing", "δ"]

S, N = sizes("S N")
(m,), (n, j) = indices("m", S), indices("n j", N)
X, mu, v = tensor("X", S, N), tensor("mu", N), tensor("v", N)
δ = KroneckerDelta

MEAN = Definition(mu[n], Sum(X[m, n], m) / S)
VARIANCE = Definition(v[n], Sum((X[m, n] - mu[n]) ** 2, m) / S)
ANY_MU, AT_THE_MEAN = (Question("exercise", Chain(chain)) for chain in ((VARIANCE,), (MEAN, VARIANCE)))
LEFT = "dv_j/dmu_j"
UNFIT = Kind.FREE_INDEX, Kind.WRONG_AXIS, Kind.INDEX_USED_TWICE, Kind.NOT_READABLE
NOT_0 = told("at the mean this must be 0, and it is not.")


class JudgedTwice(NamedTuple):
    """A line: what was written; the verdict where μ is any number, and the one where it is the mean."""

    written: str
    expression: sp.Expr
    for_any: Verdict
    at_mean: Verdict


def lines_of(answer: Any) -> list[JudgedTwice]:
    """Each line of text or of SymPy, judged twice."""
    if isinstance(answer, tuple | list) and answer and all(isinstance(line, str) for line in answer):
        answer = "\n".join(answer)
    if isinstance(answer, str):
        lines = mark(ANY_MU, answer, LEFT).lines
        if not (lines and lines[0].written.expression.has(Partial)):
            answer = f"{LEFT} = {answer}"
        twice = (mark(question, answer, LEFT).lines for question in (ANY_MU, AT_THE_MEAN))
        return [
            JudgedTwice(
                written(a),
                a.written.expression,
                of_line(a),
                of_line(b) if b.right or b.kind in UNFIT else NOT_0,
            )
            for a, b in zip(*twice, strict=True)
            if not a.given
        ]
    answer = [e for e in (answer if isinstance(answer, tuple | list) else [answer]) if not is_blank(e)]
    twice = [
        LeftSide(Quantity(Partial(v[j], mu[j]), (j,), question.definitions))
        for question in (ANY_MU, AT_THE_MEAN)
    ]
    return [JudgedTwice(str(e), sp.sympify(e), *(judged(left, e) for left in twice)) for e in answer]


def judged(left: LeftSide, e: Any) -> Verdict:
    verdict = left.verdict(e)
    return RIGHT if verdict else wrong(verdict.kind, line=verdict)


def vanishes(answer: Any) -> Verdict:
    """What is wrong with lines from ∂v_j/∂μ_j to 0: the derivative for any μ first, then that μ is the mean."""
    lines = lines_of(answer)
    for line in lines:
        if not line.at_mean:
            return within(f"{line.written}:", line.at_mean)
    taken = [line for line in lines if not line.expression.has(Partial)]
    if not taken:
        return told("The derivative of v_j with respect to μ_j is still to be taken.", Kind.INCOMPLETE)
    first = taken[0]
    if not first.for_any and first.expression == 0:
        return told(
            "0 is right. Why? Take the derivative of v first, with μ as any number, and leave its sum standing."
        )
    if not first.for_any:
        return within(
            f"{first.written} is 0 at the mean, and so is every multiple of it. It must be the derivative for any "
            "number μ, and there it is not:",
            first.for_any,
        )
    if taken[-1].expression != 0:
        return told(
            "The derivative is right, for any number μ. What is special about the mean? Write that line too.",
            Kind.INCOMPLETE,
        )
    return RIGHT


vanishing = Exercise(
    "9.1",
    vanishes,
    hints=(
        "Hold $X$ still and move $\\mu_j$ alone. How does each $(X_{mj} - \\mu_j)^2$ change?",
        "The chain rule gives $-2 (X_{mj} - \\mu_j)$ in each term, still under $\\frac1S \\sum_m$. What is the sum of "
        "all distances from a mean?",
        "$-\\frac{2}{S} \\sum_m (X_{mj} - \\mu_j) = -2 (\\mu_j - \\mu_j) = 0$, as the mean of "
        "$X_{mj}$ is $\\mu_j$.",
    ),
    solution='lines = "dv_j/dμ_j = -2/S Σ_m (X_mj - μ_j) = -2/S (Σ_m X_mj - S μ_j) = 0"',
    mistakes=(
        ("lines = '0'", "0 is right. Why?"),
        ("lines = 0", "0 is right. Why?"),
        ("lines = '2/S Σ_m (X_mj - μ_j) = 0'", "any number μ, and there it is not: sign"),
        ("lines = (Sum(X[m, j] - mu[j], m) / S, 0)", "the sign is wrong"),
        ("lines = '-2 Σ_m (X_mj - μ_j) = 0'", "times the right value"),
        ("lines = -2 * Sum(X[m, j] - mu[j], m) / S", "special about the mean"),
        (r"lines = r'-\frac{2}{S} \sum_m (X_{mj} - \mu_j)'", "special about the mean"),
        ("lines = '-2/S Σ_m (X_mj - μ_j) = -2 X_mj + 2 μ_j'", "m is still free"),
        ("lines = '-2/S Σ_m (X_mj - μ_j) = 1'", "must be 0, and it is not"),
        ("lines = '-2/S Σ_m X_mj = 0'", "must be 0, and it is not"),
        ("lines = 'dv/dμ = -2/S sum (X - μ) = 0'", "a sum says over which letter it runs"),
        ("lines = ('2/S Σ_m (X_mj - μ_j)', '0')", "any number μ, and there it is not: sign"),
        ("lines = Partial(v[j], mu[j])", "still to be taken"),
    ),
)

SOLUTION = """\
def forward(ctx, X, gamma, beta, eps):
    ctx.eps = eps
    ctx.save_for_backward(X, gamma)
    sigma = (X.var(0, correction=0) + eps).sqrt()
    return gamma * (X - X.mean(0)) / sigma + beta


def backward(ctx, dY):
    X, gamma = ctx.saved_tensors
    sigma = (X.var(0, correction=0) + ctx.eps).sqrt()
    Xhat = (X - X.mean(0)) / sigma
    S, (for_X, for_gamma, for_beta, _) = len(X), ctx.needs_input_grad
    dbeta, dgamma = dY.sum(0), (dY * Xhat).sum(0)
    dX = gamma / (S * sigma) * (S * dY - dbeta - Xhat * dgamma) if for_X else None
    return dX, dgamma if for_gamma else None, dbeta if for_beta else None, None


answer = (forward, backward)"""
SAVED = (
    SOLUTION.replace(
        """\
    ctx.save_for_backward(X, gamma)
    sigma = (X.var(0, correction=0) + eps).sqrt()
    return gamma * (X - X.mean(0)) / sigma + beta""",
        """\
    sigma = (X.var(0, correction=0) + eps).sqrt()
    Xhat = (X - X.mean(0)) / sigma
    ctx.save_for_backward(Xhat, sigma, gamma)
    return gamma * Xhat + beta""",
    )
    .replace(
        """\
    X, gamma = ctx.saved_tensors
    sigma = (X.var(0, correction=0) + ctx.eps).sqrt()
    Xhat = (X - X.mean(0)) / sigma
    S, (for_X""",
        """\
    Xhat, sigma, gamma = ctx.saved_tensors
    S, (for_X""",
    )
    .replace("len(X)", "len(dY)")
)
"""Right once: X̂ and σ were computed within forward, and carry no graph."""

ONCE = "import torch\n\n\n@torch.autograd.function.once_differentiable"


function = Exercise(
    "9.2",
    function_passes,
    in_its_process=True,
    hints=(
        "Forward saves with <code>ctx.save_for_backward</code>; a number such as ε may hang on ctx. Backward returns "
        "one gradient for each argument of forward: four, and None for ε.",
        "Save $X$ and $\\gamma$, and compute $\\sigma$ and $\\hat X$ again in backward: what forward computed has no "
        "graph. <code>ctx.needs_input_grad</code> holds four booleans.",
        "<code>gamma / (S * sigma) * (S * dY - dbeta - Xhat * dgamma) if ctx.needs_input_grad[0] else None</code>, "
        "with <code>dbeta = dY.sum(0)</code> and <code>dgamma = (dY * Xhat).sum(0)</code>.",
    ),
    solution=SOLUTION,
    slips={
        "answer = (forward, backward) -> answer = forward": "Two functions",
        "answer = -> def backward(ctx, dY): ...\n\n\nanswer =": "backward is still blank",
        "correction=0 -> correction=1": "unbiased variance",
        "+ eps).sqrt() -> ).sqrt() + eps": "not √v + ε",
        "(0, correction=0) + eps) -> (0, correction=0))": "outside or missing",
        "+ eps).sqrt() -> + eps)": "the root is missing",
        "/ sigma + beta -> / sigma - beta": "Y is wrong",
        "- dbeta - Xhat * dgamma -> ": "both statistics are taken as constants",
        "- dbeta - Xhat -> - Xhat": "through the mean is missing",
        "- dbeta - Xhat * dgamma -> - dbeta": "through the variance is missing",
        "S * dY - dbeta -> S * dY + dbeta": "dX: ",
        "+ ctx.eps) -> + X.new_tensor(ctx.eps).float())": "Is a number of yours in float32?",
        "gamma / (S * sigma) -> gamma / sigma": "S = 5 times",
        "dY.sum(0), (dY * Xhat).sum(0) -> dY.mean(0), (dY * Xhat).mean(0)": "dX: ",
        "dbeta if for_beta -> dbeta / S if for_beta": "dbeta: 1/S = 1/5 times",
        "dgamma if for_gamma else None, dbeta if -> None, dbeta if": "dgamma is None",
        "else None, None -> else None": "returned 3 gradients",
        "dgamma if for_gamma else None -> dgamma": "gamma is frozen, and dgamma",
        " if for_X else None -> ": "X is frozen, and dX",
        "dbeta, dgamma = -> dY *= 1.5\n    dbeta, dgamma =": "backward changed dY",
        "ctx.eps = eps -> ctx.eps, ctx.X = eps, X": "ctx.X is a tensor",
        "/ sigma + beta -> / sigma + beta + beta.double() * 0": "Y has dtype float64",
    },
    mistakes=(
        ("answer = (lambda ctx, X, gamma, beta, eps: X, ...)", "Two functions"),
        (
            SOLUTION.replace("d(X, gamma)", "d(X, gamma, X - X.mean(0))").replace(
                "gamma = c", "gamma, _ = c"
            ),
            "Saved are 2 arrays",
        ),
        (SAVED, "gradgradcheck fails, and the Hessian is"),
        (SAVED.replace("def backward", f"{ONCE}\ndef backward"), "alone raises"),
    ),
)

BATCHES = np.array([[0.0, 2.0, 4.0], [1.0, 4.0, 4.0]])


def followed(
    start: float = 1.0, weight: float = 0.1, correction: int = 1, batches: np.ndarray = BATCHES
) -> float:
    """running_var after the batches: weight is what a new batch counts."""
    for batch in batches:
        start = (1 - weight) * start + weight * batch.var(ddof=correction)
    return start


RUNNING = followed()
KNOWN = {
    "These are the biased variances, over S. The running variance takes the unbiased ones, over S − 1.": followed(
        correction=0
    ),
    "The momentum is the other way round: in PyTorch 0.1 is the weight of the new batch, 0.9 that of the old.": (
        followed(weight=0.9)
    ),
    "Two things: PyTorch's momentum is the weight of the new batch, and the variance is the unbiased one.": followed(
        weight=0.9, correction=0
    ),
    "running_var starts at 1, not at 0.": followed(start=0.0),
    "running_var starts at 1, not at 0; and it takes the unbiased variance, over S − 1.": followed(
        start=0.0, correction=0
    ),
    "That is after the first batch. The second follows.": followed(batches=BATCHES[:1]),
    "That is the mean of the two variances, as momentum=None gives it. With 0.1 the first value, 1, still counts.": (
        BATCHES.var(axis=1, ddof=1).mean()
    ),
    "That is the unbiased variance of the second batch alone. The running variance remembers.": BATCHES[
        1
    ].var(ddof=1),
    "That is the running mean.": 0.9 * 0.2 + 0.1 * 3,
}


def about_running_variance(answer: float) -> str:
    """What is wrong with the running variance, by its value."""
    if abs(answer - RUNNING) <= 1e-3:
        return ""
    said = (said for said, value in KNOWN.items() if abs(answer - value) <= 2e-3)
    return next(
        said, "Take each batch's mean, then Σ (X − μ)² over S − 1, then 0.9 × old + 0.1 × new, twice."
    )


running_variance = Exercise(
    "9.3",
    about_number(about_running_variance),
    hints=(
        "What does running_var hold before the first batch? See <code>nn.BatchNorm1d(1).running_var</code>.",
        "The first batch: mean 2, squares 4 + 0 + 4. Over S or over S − 1? Then 0.9 times what was there, plus 0.1 "
        "times that.",
        "Unbiased variances 8/2 = 4 and 6/2 = 3. First 0.9 · 1 + 0.1 · 4 = 1.3, and once more the same with 3.",
    ),
    solution="running_var = 0.9 * (0.9 * 1 + 0.1 * 4) + 0.1 * 3",
    mistakes=(
        *((f"running_var = {value:.3f}", said) for said, value in KNOWN.items()),
        ("running_var = 2.5", "0.9 × old + 0.1 × new"),
        ("running_var = '1.47'", "type str"),
        ("running_var = True", "type bool"),
    ),
)
