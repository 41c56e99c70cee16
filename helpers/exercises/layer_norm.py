"""Notebook 10: two relations of dX with ε, a backward pass for (S, T, D), batch norm's code turned wrongly."""

from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from sympy import Sum, Symbol

from helpers.compare import LeftSide, torch_gradients
from helpers.compare.left_side import Quantity
from helpers.derive import Chain, L, Partial, Upstream, indices, latex, sizes, upstream
from helpers.derive.formulas.layer_normalisation import DEFINITIONS
from helpers.derive.names import name_of
from helpers.exercises import Exercise, same_function
from helpers.exercises.machine.checks import RIGHT, of_line, told, within, written
from helpers.exercises.machine.exercise import is_blank
from helpers.judge.lines import MarkedLine, mark
from helpers.read.question import Question
from helpers.verdict import Kind, Verdict, wrong

S, N = sizes("S N")
(i,), (j, n) = indices("i", S), indices("j n", N)
chain = Chain(DEFINITIONS)
letters = {name_of(t): t for t in chain.tensors}
X, Xhat, sigma, gamma, Y = (letters[name] for name in ("X", "Xhat", "sigma", "gamma", "Y"))
eps = Symbol("epsilon", positive=True)
dY, dX = upstream(Y), Partial(L, X[i, j])
question = Question("layer norm", chain, names={"eps": eps, "varepsilon": eps, "hat X": Xhat})


class Relation:
    """A sum over the features of a row of dX: judges lines of text, or the end of them in SymPy."""

    def __init__(self, left: sp.Expr, text: str) -> None:
        self.left, self.text = left, text

    @cached_property
    def judge(self) -> LeftSide:
        return LeftSide(Quantity(self.left, (i,), chain))

    def verdict(self, answer: Any) -> Verdict:
        """What is wrong with an answer, right where it is equal to the left side and at its end."""
        if isinstance(answer, str):
            lines = list(mark(question, answer, self.text))
            for line in lines:
                if not line.right:
                    return within(f"{written(line)}:", of_relation(line))
            if not lines:
                return told("No line was found in this text.", Kind.NOT_READABLE)
            answer = lines[-1].written.expression
        verdict = self.judge.verdict(answer)
        return (
            told(self.unfinished(sp.sympify(answer)), Kind.INCOMPLETE)
            if verdict
            else self.named(answer, verdict)
        )

    def named(self, answer: Any, verdict: Verdict) -> Verdict:
        """What is wrong with a line of SymPy, as the judge of text names it where it can read it."""
        if not self.judge.verdict(0):  # no factor is missing beside a sum that is 0
            line = list(mark(question, latex(sp.sympify(answer)), self.text))[-1]
            if line.kind is not Kind.NOT_READABLE:
                return of_relation(line)
        return wrong(verdict.kind, line=verdict)

    def unfinished(self, end: sp.Expr) -> str:
        """What is still to be done in a right line, "" where nothing is."""
        if any(d.x.base == X for d in end.atoms(Partial)):
            return "Right, but ∂L/∂X still stands in it: insert the formula of dX."
        if end.count(Upstream) + end.count(Partial) > 1:
            return "Right, but not at its end: sum over j, and some of the terms cancel or come together."
        if end != 0 and not end.has(eps):
            return "Right. Now say it with ε: what is 1 − v/σ²?"
        return ""


def of_relation(line: MarkedLine) -> Verdict:
    """The verdict on a wrong line; of 0, which is right but for ε, why."""
    if line.written.expression == 0:
        return told(
            "0 is right where ε = 0. With ε, Σ_j X̂_ij² is N v_i/σ_i², a little less than N: what is left?"
        )
    return of_line(line)


relations = {
    "Σ_j dX_ij": Relation(Sum(dX, j), "sum_j dL/dX_ij"),
    "Σ_j dX_ij X̂_ij": Relation(Sum(dX * Xhat[i, j], j), "sum_j dL/dX_ij Xhat_ij"),
}


def are_relations(answer: Any) -> Verdict:
    """What is wrong with the first of the two right sides that is wrong."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return told("Two answers are asked for, (along_ones, along_Xhat).", Kind.TYPE)
    for (left, relation), right in zip(relations.items(), answer, strict=True):
        if is_blank(right):
            return told(f"{left} is still blank.", Kind.INCOMPLETE)
        if not (verdict := relation.verdict(right)):
            return within(f"{left}:", verdict)
    return RIGHT


orthogonal = Exercise(
    "10.1",
    are_relations,
    hints=(
        "Put the last line of dX into the sum. Everything without the index $j$ comes out of $\\sum_j$. What are "
        "$\\sum_j 1$ and $\\sum_j \\hat X_{ij}$?",
        "For the second you need $\\sum_j \\hat X_{ij}^2$. It is $N v_i/\\sigma_i^2$, and $v_i = \\sigma_i^2 - "
        "\\epsilon$.",
        "The first is 0. In the second, with $p = \\sum_n \\gamma_n\\, dY_{in} \\hat X_{in}$, you have "
        "$\\frac{1}{N \\sigma_i} (N p - 0 - p \\cdot N v_i/\\sigma_i^2)$.",
    ),
    solution="""\
along_ones = 0
along_Xhat = eps / sigma[i] ** 3 * Sum(gamma[n] * dY[i, n] * Xhat[i, n], n)
answer = (along_ones, along_Xhat)""",
    mistakes=(
        ("answer = (0, 0)", "Σ_j dX_ij X̂_ij: 0 is right where ε = 0"),
        ("answer = ('0', '0')", "Σ_j dX_ij X̂_ij: 0: 0 is right where ε = 0"),
        ("answer = (0, ...)", "Σ_j dX_ij X̂_ij is still blank"),
        ("answer = 0", "Two answers"),
        ("answer = (Sum(gamma[n] * dY[i, n], n) / sigma[i], 0)", "entries differ"),
        ("answer = (Sum(dX, j), 0)", "insert the formula"),
        ("answer = ('sum_j dL/dX_ij', 0)", "insert the formula"),
        (
            "p = Sum(gamma[n] * dY[i, n] * Xhat[i, n], n)\nanswer = (0, eps * p / sigma[i] ** 2)",
            "in place of",
        ),
        ("p = Sum(dY[i, n] * Xhat[i, n], n)\nanswer = (0, eps * p / sigma[i] ** 3)", "γ_n is missing"),
        (
            "p = Sum(gamma[n] * dY[i, n] * Xhat[i, n], n)\nanswer = (0, N * eps * p / sigma[i] ** 3)",
            "factor: N = ",
        ),
        ("answer = (0, 'epsilon/sigma_i^2 sum_n gamma_n dL/dY_in Xhat_in')", "in place of"),
        (
            "p = Sum(gamma[n] * dY[i, n] * Xhat[i, n], n)\n"
            "answer = (0, p / sigma[i] * (1 - letters['v'][i] / sigma[i] ** 2))",
            "say it with ε",
        ),
        (
            "p = Sum(gamma[n] * dY[i, n] * Xhat[i, n], n)\n"
            "answer = (0, p / sigma[i] - p / (N * sigma[i]) * Sum(Xhat[i, j] ** 2, j))",
            "not at its end",
        ),
        ("answer = (0, gamma[n] * dY[i, n] * Xhat[i, n] * eps / sigma[i] ** 3)", "index n is still free"),
    ),
)

EPS = 0.1  # large enough to be seen


def by_torch(X: np.ndarray, gamma: np.ndarray, beta: np.ndarray, dY: np.ndarray) -> tuple[np.ndarray, ...]:
    """Y, dX, dγ and dβ of a layer norm over the last axis, by PyTorch's autograd."""
    return with_eps(EPS, X, gamma, beta, dY)


def with_eps(
    eps: float, X: np.ndarray, gamma: np.ndarray, beta: np.ndarray, dY: np.ndarray
) -> tuple[np.ndarray, ...]:
    """The same with another ε."""

    def norm(X, gamma, beta):
        sigma = (X.var(-1, unbiased=False, keepdim=True) + eps).sqrt()
        return gamma * (X - X.mean(-1, keepdim=True)) / sigma + beta

    Y, grads = torch_gradients(norm, {"X": X, "gamma": gamma, "beta": beta}, dY)
    return Y, *grads.values()


def right_backward(Xhat, sigma, gamma, dY):
    return by_torch(Xhat * sigma, gamma, np.zeros_like(gamma), dY)[1:]


def cases_of(*shapes: tuple[int, ...]) -> list[tuple]:
    """X̂, σ, γ and dY, for X of each shape."""
    rng = np.random.default_rng(10)
    cases = []
    for shape in shapes:
        X, dY = rng.normal(size=(2, *shape))
        sigma = np.sqrt(X.var(-1, keepdims=True) + EPS)
        gamma = rng.uniform(0.5, 2, shape[-1])
        cases.append(((X - X.mean(-1, keepdims=True)) / sigma, sigma, gamma, dY))
    return cases


tokens = cases_of((2, 3, 5), (1, 1, 4), (4, 4, 4), (3, 2, 1))
backward = Exercise(
    "10.2",
    same_function(
        right_backward,
        tokens,
        sizes=lambda Xhat, *_: dict(zip("STD", Xhat.shape, strict=True)),
        results="dX dγ dβ",
    ),
    known={
        "g = gamma * dY -> g, sigma = dY, sigma / gamma": (
            "dX: γ stands outside of the sums. That is batch norm's place for it: here γₙ differs within the row that "
            "is averaged, so it belongs inside."
        ),
        "gamma * dY -> dY": "dX: γ is missing. Y = γ X̂ + β passes γ dY back to X̂.",
        "mean(-1 -> mean(0": (
            "dX: the means run over the samples, axis 0. Each row of D features is normalised by itself."
        ),
        "mean(-1 -> mean((1, 2)": "dX: the means run over the tokens too. Each token (s, t) has its own μ and σ.",
        " - Xhat * (g * Xhat).mean(-1, keepdims=True) -> ": "dX: the path through σ is missing, the one along X̂.",
        " - g.mean(-1, keepdims=True) -> ": "dX: the path through μ is missing. That is RMS norm's dX.",
        "(g - g.mean(-1, keepdims=True) - Xhat * (g * Xhat).mean(-1, keepdims=True)) -> g": (
            "dX: μ and σ are no constants: they move with X."
        ),
        " / sigma -> ": "dX: 1/σ is missing.",
        "mean(-1, keepdims=True) -> sum(-1, keepdims=True) / dY.shape[1]": (
            "dX: N is the number of features, D, the last axis. You divided by the number of tokens."
        ),
        "(dY * Xhat).sum((0, 1)), dY.sum((0, 1)) -> dY.sum((0, 1)), (dY * Xhat).sum((0, 1))": (
            "dX is right. dγ and dβ have changed places: return dX, dγ, dβ."
        ),
        "sum((0, 1)) -> mean((0, 1))": (
            "dγ and dβ are sums over the S T rows, and no means: γ is used in each of them."
        ),
    },
    hints=(
        "A token $(s, t)$ is a row of $D$ features. Which axes does $X$ share the statistics on, and on which does "
        "it share $\\gamma$?",
        "Start with <code>g = gamma * dY</code>. Its two means, of $g$ and of $g \\hat X$, run over axis −1.",
        "<code>g - g.mean(-1, keepdims=True) - Xhat * (g * Xhat).mean(-1, keepdims=True)</code>, over "
        "<code>sigma</code>. dγ and dβ sum over the axes 0 and 1.",
    ),
    solution="""\
def backward_layer_norm(Xhat, sigma, gamma, dY):
    g = gamma * dY
    dX = (g - g.mean(-1, keepdims=True) - Xhat * (g * Xhat).mean(-1, keepdims=True)) / sigma
    return dX, (dY * Xhat).sum((0, 1)), dY.sum((0, 1))""",
    slips={
        "sum((0, 1)) -> sum(0)": "dγ has shape (3, 5); (5,) is asked for",
        "dX = ( -> dX = -(": "sign",
        "g = gamma * dY -> dY *= gamma\n    g = dY": "changed its argument dY",
        "dX, (dY * Xhat).sum((0, 1)), dY.sum((0, 1)) -> dX": "3 results",
    },
)


def turned(X, gamma, beta, dY):
    """Layer norm, made from batch norm: each axis 0 turned into axis 1."""
    N = X.shape[1]
    sigma = np.sqrt(X.var(axis=1, keepdims=True) + EPS)
    Xhat = (X - X.mean(axis=1, keepdims=True)) / sigma
    Y = gamma * Xhat + beta
    dbeta, dgamma = dY.sum(axis=1, keepdims=True), (dY * Xhat).sum(axis=1, keepdims=True)
    dX = gamma / (N * sigma) * (N * dY - dbeta - Xhat * dgamma)
    return Y, dX, dgamma.ravel(), dbeta.ravel()


def batch_norm_still(X, gamma, beta, dY):
    """Batch norm, correct as such."""
    Xhat, dX, *_ = by_torch(X.T, np.ones(len(X)), np.zeros(len(X)), (gamma * dY).T)
    return gamma * Xhat.T + beta, dX.T, (Xhat.T * dY).sum(0), dY.sum(0)


def rows_of(*shapes: tuple[int, int]) -> list[tuple]:
    rng = np.random.default_rng(11)
    return [
        (*rng.normal(size=(1, *shape)), rng.uniform(0.5, 2, shape[1]), *rng.normal(size=(1, shape[1])), dY)
        for shape in shapes
        for dY in rng.normal(size=(1, *shape))
    ]


square, rows = rows_of((4, 4)), rows_of((4, 4), (2, 5), (1, 3))
repair = Exercise(
    "10.3",
    same_function(
        by_torch,
        rows,
        sizes=lambda X, *_: {"S": len(X), "N": X.shape[1]},
        results="Y dX dγ dβ",
        seen_on=square,
    ),
    known={
        "answer = turned": "These are still the lines as they were: dX, dγ and dβ are wrong.",
        "answer = lambda *a: (*turned(*a)[:2], *by_torch(*a)[2:])": (
            "Y, dγ and dβ are right. In dX γ still stands outside of the sums, and within a row γₙ is not one number."
        ),
        "answer = lambda *a: (*by_torch(*a)[:2], *turned(*a)[2:])": (
            "Y and dX are right. dγ and dβ are still summed over the features: they have an entry a feature, and sum "
            "over the rows."
        ),
        """\
def answer(X, gamma, beta, dY):
    Y, _, dgamma, dbeta = by_torch(X, gamma, beta, dY)
    N, sigma = X.shape[1], np.sqrt(X.var(axis=1, keepdims=True) + EPS)
    Xhat = (X - X.mean(axis=1, keepdims=True)) / sigma
    return Y, gamma / (N * sigma) * (N * dY - dbeta - Xhat * dgamma), dgamma, dbeta""": (
            "Y, dγ and dβ are right. dX no longer shares its sums with them: it needs sums of its own, along the rows, "
            "with γ inside."
        ),
        "answer = lambda *a: with_eps(1e-5, *a)": f"This is right for ε = 1e-5. Here ε is EPS = {EPS}.",
        "answer = batch_norm_still": (
            "This is batch norm again: its statistics run down the columns, axis 0. Layer norm's run along the rows."
        ),
    },
    hints=(
        "Which of $\\mu$, $\\sigma$, $\\gamma$, $\\beta$ changed from one number a column to one number a row, and "
        "which did not?",
        "γ and β still have an entry a column, so dγ and dβ are still sums over axis 0. They are no longer the sums "
        "that dX needs.",
        "With <code>g = gamma * dY</code>: <code>dX = (N * g - g.sum(axis=1, keepdims=True) - Xhat * "
        "(g * Xhat).sum(axis=1, keepdims=True)) / (N * sigma)</code>.",
    ),
    solution="""\
def layer_norm_of(X, gamma, beta, dY):
    N = X.shape[1]
    sigma = np.sqrt(X.var(axis=1, keepdims=True) + EPS)
    Xhat = (X - X.mean(axis=1, keepdims=True)) / sigma
    Y = gamma * Xhat + beta
    g = gamma * dY
    sums = g.sum(axis=1, keepdims=True) + Xhat * (g * Xhat).sum(axis=1, keepdims=True)
    return Y, (N * g - sums) / (N * sigma), (dY * Xhat).sum(axis=0), dY.sum(axis=0)""",
    slips={
        "X.var(axis=1 -> X.var(axis=1, ddof=1": "Y has the wrong value",
        "X.var(axis=1, keepdims=True) -> X.var(axis=1)": "Y has the wrong value",
    },
)
