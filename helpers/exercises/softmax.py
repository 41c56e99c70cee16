"""Notebook 05: two lines to repair, a backward pass without a Jacobian, a forward pass that survives."""

import re
import tracemalloc
from typing import Any

import numpy as np
from sympy import KroneckerDelta, Sum, exp

from helpers.derive import Definition, gradient, indices, sizes, tensor, upstream
from helpers.exercises import Exercise, same_expression, same_function
from helpers.exercises.machine.checks import RIGHT, told, within
from helpers.exercises.machine.exercise import is_blank
from helpers.verdict import Kind, Verdict

S, N = sizes("S N")
(m, i), (n, j, k) = indices("m i", S), indices("n j k", N)
X, Y = tensor("X", S, N), tensor("Y", S, N)
dY = upstream(Y)
δ = KroneckerDelta

Z = Sum(exp(X[m, k]), k)
dX = gradient(Definition(Y[m, n], exp(X[m, n]) / Z), X)
brackets = {
    6: δ(i, m) * δ(j, n) * exp(X[m, n]) - δ(i, m) * exp(X[i, j]) * exp(X[m, n]) / Z,
    7: δ(i, m) * δ(j, n) - δ(i, m) * exp(X[i, j]) * exp(X[m, n]) / Z,
}
quotient = (δ(i, m) * δ(j, n) * exp(X[m, n]) * Z - δ(i, m) * exp(X[i, j]) * exp(X[m, n])) / Z**2
written = {
    5: Sum(dY[m, n] * quotient, m, n),
    **{number: Sum(dY[m, n] * exp(X[m, n]) / Z * bracket, m, n) for number, bracket in brackets.items()},
    8: Sum(dY[i, n] * Y[i, n] * (δ(j, n) - Y[i, j]), n),
}
"""Lines 5 to 8 of a student's derivation of dX, as they were written."""


is_dX = same_expression(dX)


def repaired(lines: Any) -> Verdict:
    """What is wrong with a pair of lines, right where both are equal to dX."""
    if not isinstance(lines, tuple | list) or len(lines) != 2:
        return told("Two lines are asked for, (line_6, line_7).", Kind.TYPE)
    for number, line in zip((6, 7), lines, strict=True):
        if is_blank(line):
            return told(f"Line {number} is still blank.", Kind.INCOMPLETE)
        if not (verdict := is_line(line)):
            return within(f"Line {number}:", verdict)
    return RIGHT


def is_line(line: Any) -> Verdict:
    """What is wrong with one of the two; a line that comes before or behind them is none."""
    line_8 = told("that is line 8 already. Its Y were still exponentials here.")
    if line == written[8]:
        return line_8
    if line == written[5]:
        return told("that is line 5 once more.")
    if line in (written[6], written[7]):
        return told("e^X_mn went out in front of the bracket, and still stands inside.")
    verdict = is_dX(line)
    in_text = verdict and isinstance(line, str)
    return line_8 if in_text and not re.search(r"e\s*\^|exp|_\{?(im|mi)", line) else verdict


SPLIT = (
    "Sum(dY[i, n] * Y[i, n] * δ(j, n), n) - Sum(dY[i, n] * Y[i, n] * Y[i, j], n)"  # right, and another line
)

repair = Exercise(
    "5.1",
    repaired,
    hints=(
        "Line 5 is right. Which factor do both of its terms share?",
        "Once $e^{X_{mn}}$ stands in front, what is left of $\\delta_{im}\\, e^{X_{ij}}\\, e^{X_{mn}}$?",
        "In line 7 the bracket is $\\delta_{im}\\delta_{jn} - \\delta_{im}\\, e^{X_{ij}} / \\sum_k e^{X_{mk}}$; "
        "in line 6 its first term is still $\\delta_{im}\\delta_{jn}$ times the sum over the sum.",
    ),
    solution="""\
Y_mn = exp(X[m, n]) / Z
line_6 = Sum(dY[m, n] * Y_mn * (δ(i, m) * δ(j, n) * Z / Z - δ(i, m) * exp(X[i, j]) / Z), m, n)
line_7 = Sum(dY[m, n] * Y_mn * (δ(i, m) * δ(j, n) - δ(i, m) * exp(X[i, j]) / Z), m, n)
lines = (line_6, line_7)""",
    mistakes=(
        ("lines = (written[6], written[7])", "Line 6: e^X_mn went out"),
        (f"lines = ({SPLIT}, written[7])", "Line 7: e^X_mn went out"),
        (f"lines = ({SPLIT}, ...)", "Line 7 is still blank"),
        ("lines = (written[5], written[7])", "Line 6: that is line 5 once more"),
        ("lines = (written[8], written[8])", "that is line 8 already"),
        ("lines = written[8]", "Two lines"),
        ("lines = 2 * [Sum(dY[m, n] * Y[m, n] * (δ(j, n) - Y[i, j]), m, n)]", "Line 6: "),
        ("lines = 2 * [dY[m, n] * Y[m, n] * δ(i, m) * (δ(j, n) - Y[m, j])]", "index m is still free"),
        ("lines = 2 * [Sum(dY[i, n] * Y[i, n] * (Y[i, j] - δ(j, n)), n)]", "sign"),
    ),
)


def dX_of(Y, dY):
    return Y * (dY - (dY * Y).sum(axis=1, keepdims=True))


def normalised(Z):
    return Z / Z.sum(axis=1, keepdims=True)


rng = np.random.default_rng(5)
shapes = [(2, 5), (1, 4), (4, 4), (3, 1)]
pairs = [(normalised(rng.uniform(0.1, 1, shape)), rng.normal(size=shape)) for shape in shapes]
is_right_dX = same_function(dX_of, pairs)


def backward_is_right(answer: Any) -> Verdict:
    """What is wrong with dX; or that it is right, and N² numbers were held for it."""
    if not (verdict := is_right_dX(answer)):
        return verdict
    S, N = 2, 500
    tracemalloc.start()
    answer(np.full((S, N), 1 / N), np.ones((S, N)))
    held = tracemalloc.get_traced_memory()[1] // 8
    tracemalloc.stop()
    if held < N * N:
        return RIGHT
    return told(
        f"Every number is right, but for S = {S} and N = {N} you held N² = {N * N} numbers or more at once: "
        f"a Jacobian. dX has {S * N}."
    )


backward = Exercise(
    "5.2",
    backward_is_right,
    seen_by=is_right_dX,
    in_its_process=True,
    known={
        "answer = lambda Y, dY: Y * (1 - Y) * dY": (
            "Only the diagonal of the Jacobian is here, Y_j (1 − Y_j). X_j moves every Y_n of its row."
        ),
        "answer = lambda Y, dY: Y * (dY + (dY * Y).sum(1, keepdims=True))": (
            "The minus is missing: raising X_j takes probability from every other class."
        ),
        "answer = lambda Y, dY: Y * (dY - (dY * Y).sum(0))": (
            "The sum runs over the samples, axis 0. What competes are the classes of a row, axis 1."
        ),
        "answer = lambda Y, dY: Y * (dY - dY.mean(1, keepdims=True))": (
            "The mean is not weighted: each dY_n counts with its Y_n."
        ),
        "answer = lambda Y, dY: Y * (dY - dY.sum(1, keepdims=True))": (
            "The sum is not weighted: each dY_n counts with its Y_n."
        ),
        "answer = lambda Y, dY: Y * (dY - (dY * Y).sum())": (
            "The sum runs over the whole array. Each sample has its own: one number a row."
        ),
        "answer = lambda Y, dY: dY - (dY * Y).sum(1, keepdims=True)": "The Y in front of the bracket is missing.",
    },
    hints=(
        "The derivation ends with one sum over the classes of a row: one number a row.",
        "Compute $\\sum_n dY_{in} Y_{in}$ first. Over which axis? And which shape lets it be taken from dY?",
        "<code>(dY * Y).sum(axis=1, keepdims=True)</code> has shape (S, 1). Take it from dY, multiply by Y.",
    ),
    solution="""\
def backward_softmax(Y, dY):
    mean = (dY * Y).sum(axis=1, keepdims=True)
    return Y * (dY - mean)""",
    slips={"dY * Y -> np.multiply(dY, Y, out=dY)": "changed its argument dY"},
    mistakes=(
        ("answer = lambda Y, dY: Y * (dY - (dY * Y).sum(1))", "could not be broadcast"),
        ("answer = lambda Y, dY: dY @ (Y[:, :, None] * (np.eye(Y.shape[1]) - Y[:, None, :]))", "shape"),
        (
            """\
def answer(Y, dY):
    J = Y[:, :, None] * (np.eye(Y.shape[1]) - Y[:, None, :])
    return np.einsum("sn,snj->sj", dY, J)""",
            "a Jacobian",
        ),
    ),
)

batches = [
    (np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]),),
    (np.array([[800.0, 799.0, 0.0], [0.0, 1.0, 2.0]]),),
    (np.array([[0.0, 1.0], [-800.0, -801.0], [1e4, -1e4]]),),
]
survive = Exercise(
    "5.3",
    same_function(lambda X: normalised(np.exp(X - X.max(axis=1, keepdims=True))), batches),
    known={
        "answer = lambda X: normalised(np.exp(X))": (
            "The row [800, 799, 0] gives NaN: e^800 is inf, and inf/inf is NaN."
        ),
        "answer = lambda X: normalised(np.exp(X - X.max()))": (
            "The row beside the 800 gives NaN: its e^(X − 800) are all 0, and 0/0 is NaN. "
            "Each row needs its own maximum."
        ),
        "answer = lambda X: normalised(np.exp(X - X.max(axis=0)))": (
            "The maximum of a column is not the same number for a whole row: softmax sees this shift."
        ),
        "answer = lambda X: normalised(np.exp(np.clip(X, -500, 500)))": (
            "No NaN, but a wrong number: clamped to one limit, 800 and 799 are equal. A shift keeps them apart."
        ),
    },
    hints=(
        "Which number can you take from all logits of a row without changing a probability?",
        "Choose it so that the largest exponent of each row is 0: nothing overflows, and no row sums to 0.",
        "<code>X - X.max(axis=1, keepdims=True)</code>, then exp, then divide by each row's sum.",
    ),
    solution="""\
def stable_softmax(X):
    Z = np.exp(X - X.max(axis=1, keepdims=True))
    return Z / Z.sum(axis=1, keepdims=True)""",
    slips={
        "return Z -> return 1 / (1 + 1e-8) * Z": "more than rounding",
        "X - X.max(axis=1, keepdims=True) -> np.subtract(X, X.max(axis=1, keepdims=True), out=X)": (
            "changed its argument X"
        ),
    },
    mistakes=(
        ("answer = lambda X: normalised(np.exp(X - X.max()) + 1e-12)", "wrong value"),
        ("answer = lambda X: normalised(np.exp(np.clip(X, -700, 700)))", "clamped"),
        ("answer = lambda X: normalised(np.exp(X - X.mean(axis=1, keepdims=True)))", "NaN"),
    ),
)
