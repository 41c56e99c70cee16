"""Notebook 15: the two paths past a norm, the half of a tied matrix that is missing, a cache of keys and values."""

from typing import Any

import numpy as np
from sympy import Sum

from helpers.compare.specimens.half_tied import LACKS, evidence, nets
from helpers.derive import Chain, Definition, L, Partial, Upstream, indices, tensor
from helpers.derive.formulas.transformer import N, T, X, Y, eps, n, norm, t
from helpers.exercises import Exercise, same_function
from helpers.exercises.machine.checks import RIGHT, of_line, of_type, told, written
from helpers.judge.lines import mark
from helpers.read.question import Question
from helpers.verdict import Kind, Verdict

__all__ = ["cached", "evidence", "lacking", "nets", "paths", "tied", "without_cache"]

Z, W = tensor("Z", T, N), tensor("W", N, N)
(i,), (m, j) = indices("i", T), indices("m j", N)
LINK = Definition(Y[t, n], X[t, n] + Sum(Z[t, m] * W[n, m], m))
question = Question(
    "residual block", Chain((*norm(X, Z, "")[0], LINK)), names={"eps": eps, "varepsilon": eps}
)


def both_paths(answer: Any) -> Verdict:
    """What is wrong with lines that end in ∂L/∂X, of which each gradient that stands in it has lines of its own."""
    if not isinstance(answer, str):
        return of_type("Lines of text are", answer)
    report = mark(question, answer, "dL/dX_ij")
    for line in report:
        if not line.right:
            return of_line(line, written(line))
    statements = {lines[0].written.expression: lines[-1].written.expression for lines in report.statements}
    ends = {name: end for left, end in statements.items() if (name := gradient_of(left))}
    if "X" not in ends or ends["X"].has(Partial(L, X[i, j])):
        return told("No line says yet what dL/dX_ij is.", Kind.LEFT_SIDE)
    if any(end.has(Partial) for end in ends.values()):
        return told(
            "Every line is right. A derivative is still to be taken in the last one.", Kind.INCOMPLETE
        )
    used = {d.of for end in ends.values() for d in end.atoms(Upstream)} - {"Y"}
    if unknown := sorted(used - ends.keys()):
        return told(f"Right, with ∂L/∂{unknown[0]} in it. Say what that is too, from dY.", Kind.INCOMPLETE)
    return RIGHT


def gradient_of(e: Any) -> str:
    """The array of which a left side is the gradient, "" where it is none."""
    if isinstance(e, Partial):
        return str(e.x.base.label) if e.f == L else ""
    return e.base.of if isinstance(getattr(e, "base", None), Upstream) else ""


NORM = "(N dL/dXhat_ij - sum_n dL/dXhat_in - Xhat_ij sum_n dL/dXhat_in Xhat_in)"
LINES = f"""\
lines = '''
dL/dXhat_ij = gamma_j sum_n dL/dY_in W_nj
dL/dX_ij = dL/dY_ij + 1/(N sigma_i) {NORM}
'''"""
paths = Exercise(
    "15.1",
    both_paths,
    hints=(
        "$X$ reaches $Y$ on two paths: along the link, and through $\\hat X$, $Z$ and $W$. What does each send back?",
        "The link sends back $\\partial L/\\partial Y_{ij}$. On the other path start at $\\partial L/\\partial \\hat "
        "X_{ij}$: each $\\hat X_{ij}$ meets one $\\gamma_j$, and then a column of $W$.",
        "From $\\hat X$ to $X$ it is the line of notebook 10: take $\\partial L/\\partial \\hat X$, subtract its mean "
        "and its share along $\\hat X$, divide by $\\sigma$. Then add both paths.",
    ),
    solution=LINES,
    slips={
        "dL/dY_ij + 1/(N -> 1/(N": "path missing: the path through X_tn",
        f"1/(N sigma_i) {NORM} -> 1/sigma_i dL/dXhat_ij": "path missing: the paths through",
        " - Xhat_ij sum_n dL/dXhat_in Xhat_in -> ": "path missing: the path through X_tn in v_t",
        "gamma_j sum_n -> sum_n": "the factor γ_j is missing",
        "W_nj -> W_jn": "transposed",
        "dL/dXhat_ij = gamma_j sum_n dL/dY_in W_nj\n -> ": "with ∂L/∂Xhat in it",
        "dL/dX_ij = dL/dY_ij + -> dL/dX_ij = 2 dL/dY_ij +": "counted twice",
    },
    mistakes=(
        ("lines = 'dL/dXhat_ij = gamma_j sum_n dL/dY_in W_nj'", "No line says yet what dL/dX_ij is"),
        ("lines = 'dL/dX_ij = dL/dY_ij'", "path missing"),
        ("lines = 'dL/dX_ij = sum_{t,n} dL/dY_tn dY_tn/dX_ij'", "still to be taken"),
        ("lines = 5", "of type int"),
        ("lines = 'there are two paths'", ""),
    ),
)


def right_halves(ids, dX, dY, H):
    reading = np.zeros((dY.shape[1], dX.shape[1]), dX.dtype)
    np.add.at(reading, ids, dX)
    return reading, dY.T @ H


def sequences() -> list[tuple]:
    """One without a repeated id and two with, sizes that differ and one case where T, V and M are equal."""
    rng = np.random.default_rng(15)
    given = (([2, 0, 3], 6, 4), ([1, 4, 1, 1, 0], 7, 3), ([2, 2, 1], 3, 3))
    return [
        (np.array(ids), *(rng.normal(size=(len(ids), size)) for size in (M, V, M))) for ids, V, M in given
    ]


CURVE = (
    "One of the three does show in its curve: it comes down late and stays above the others. Which half of dE is heard "
    "by all 27 rows at every letter that is written?"
)
CHECK = (
    "B is right. The two others cannot be told by their curves: write the check of exercise 15.3, run it on the "
    "evidence of each net, and hold its dE against reading, writing and their sum."
)


def lacking_right(answer: Any) -> Verdict:
    """What is wrong with a dict that says which half each net lacks: first what a curve can show."""
    if not isinstance(answer, dict) or answer.keys() != LACKS.keys():
        return told(
            'A dict is asked for, such as {"A": "nothing", "B": "reading", "C": "writing"}.', Kind.TYPE
        )
    if strange := [half for half in answer.values() if half not in LACKS.values()]:
        return told(f'{strange[0]!r} is none of "nothing", "reading" and "writing".', Kind.TYPE)
    if answer["B"] != LACKS["B"]:
        return told(CURVE)
    return told("" if answer == LACKS else CHECK)


lacking = Exercise(
    "15.2",
    lacking_right,
    hints=(
        "Each net reads a letter through its row of E and writes by comparing with all rows. Which of the two could a "
        "net do without learning, so that you would hardly notice?",
        "Random rows are good enough to read by: the blocks learn to use whatever row a letter has. To write, the rows "
        "must learn which letters follow.",
        "B comes down late: it lacks the writing half. For A and C take <code>halves</code> of exercise 15.3 and "
        "<code>evidence(nets['A'], ...)</code>: is its dE reading + writing, or writing alone?",
    ),
    solution=f"lacking = {LACKS}",
    mistakes=(
        ('lacking = {"A": "writing", "B": "reading", "C": "nothing"}', "comes down late"),
        ('lacking = {"A": "nothing", "B": "writing", "C": "reading"}', "cannot be told by their curves"),
        ('lacking = {"A": "nothing", "B": "writing", "C": "nothing"}', "cannot be told by their curves"),
        ('lacking = {"A": "nothing", "B": "writing"}', "A dict is asked for"),
        ('lacking = {"A": "both", "B": "writing", "C": "reading"}', "'both' is none of"),
        ("lacking = 'B'", "A dict is asked for"),
    ),
)

tied = Exercise(
    "15.3",
    same_function(right_halves, sequences(), results="reading writing"),
    known={
        "np.add.at(reading, ids, dX) -> reading[ids] += dX": (
            "writing is right. A letter that stands twice keeps one dX alone: `reading[ids] += dX` adds to a row once, "
            "and uses add up."
        ),
        "return reading, dY.T @ H -> return dY.T @ H, reading": "The two halves have changed places.",
        "np.add.at(reading, ids, dX) -> np.add.at(reading, ids, H)": (
            "reading takes what came back to the embedding, dX. H is what came out at the top."
        ),
        "dY.T @ H -> dY.T @ dX": "writing meets what came out of the blocks, H. dX is a gradient.",
        "np.add.at(reading, ids, dX) -> np.add.at(reading, ids, dX / len(ids))": (
            "reading is divided by T. The 1/T of the loss is in dX already."
        ),
    },
    hints=(
        "Reading: row $i_t$ of $E$ went in at place $t$. Which rows of $dE$ does $dX_t$ belong to, and what if a "
        "letter stands at two places?",
        "Writing: $Y = H E^T$ is a linear layer without a bias, whose weight is $E$. Notebook 03 has its gradient.",
        "<code>np.add.at(reading, ids, dX)</code> adds each row where it belongs, repeated ids too; the other half is "
        "<code>dY.T @ H</code>.",
    ),
    solution="""\
def halves(ids, dX, dY, H):
    reading = np.zeros((dY.shape[1], dX.shape[1]))
    np.add.at(reading, ids, dX)
    return reading, dY.T @ H""",
    slips={
        "dY.T @ H -> -dY.T @ H": "sign",
        "dY.T @ H -> H.T @ dY": "shape (4, 6)",
        "return reading, -> return reading +": "2 results",
    },
)


def without_cache(ids, E, P, Wq, Wk, Wv):
    """The logits (T, V) of a GPT with one head and no norm."""
    X = E[ids] + P[: len(ids)]
    S = (X @ Wq.T) @ (X @ Wk.T).T / np.sqrt(X.shape[1])
    S[np.triu_indices(len(ids), 1)] = -np.inf  # nobody sees what comes later
    A = np.exp(S - S.max(axis=1, keepdims=True))
    return (X + A / A.sum(axis=1, keepdims=True) @ (X @ Wv.T)) @ E.T


def right_step(id, E, P, Wq, Wk, Wv, K, V):
    x = E[id] + P[len(K)]
    K, V = np.vstack([K, Wk @ x]), np.vstack([V, Wv @ x])
    s = K @ (Wq @ x) / np.sqrt(len(x))
    p = np.exp(s - s.max())
    return E @ (x + p @ V / p.sum()), K, V


def steps(ids: tuple[int, ...] = (3, 0, 3, 6, 1)) -> list[tuple]:
    """The arguments of each step through a short text, from an empty cache on."""
    rng = np.random.default_rng(16)
    E, P, *W = (rng.normal(size=(size, 4)) for size in (7, 6, 4, 4, 4))
    K, V, found = np.zeros((0, 4)), np.zeros((0, 4)), []
    for id in ids:
        found.append((id, E, P, *W, K, V))
        _, K, V = right_step(*found[-1])
    return found


cached = Exercise(
    "15.4",
    same_function(right_step, steps(), results="logits K V"),
    known={
        "P[len(K)] -> P[0]": (
            "Every new id gets the position of the first. With t keys in the cache it stands at place t: P[len(K)]."
        ),
        "x = E[id] + P[len(K)] -> x = E[id]": "The position is missing: with t keys in the cache the id stands at t.",
        """\
def step(id, E, P, Wq, Wk, Wv, K, V):
    x = E[id] + P[len(K)]
    s = K @ (Wq @ x) / np.sqrt(len(x))
    p = np.exp(s - s.max(initial=0))
    o = p @ V / (p.sum() or 1)
    return E @ (x + o), np.vstack([K, Wk @ x]), np.vstack([V, Wv @ x])""": (
            "The new place must see itself too: put its key and its value into the cache before its query asks."
        ),
        " / np.sqrt(len(x)) -> ": "The 1/√D is missing in the scores.",
        "np.vstack([K, Wk @ x]), np.vstack([V, Wv @ x]) -> np.vstack([Wk @ x, K]), np.vstack([Wv @ x, V])": (
            "The logits are right, since a softmax does not mind the order. But the new row belongs behind the others."
        ),
        "np.vstack([V, Wv @ x]) -> np.vstack([V, x])": "The cache holds values, Wv x, and not x itself.",
        "E @ (x + p @ V / p.sum()) -> E @ (p @ V / p.sum())": "The link is missing: x goes past attention, x + o.",
        "E @ (x + p @ V / p.sum()) -> E @ (x + p @ V)": "The weights do not sum to 1: divide by p.sum().",
    },
    hints=(
        "Of all that `without_cache` computes, what does the last row of the logits need? Which parts of it are the "
        "same as one step before?",
        "The keys and values of the earlier places do not change, as nobody sees what comes later. New are one x, one "
        "query, one key and one value. At which place does the new id stand?",
        "<code>x = E[id] + P[len(K)]</code>; append <code>Wk @ x</code> and <code>Wv @ x</code>; then one row of "
        "scores <code>K @ (Wq @ x) / np.sqrt(len(x))</code>, its softmax, and <code>E @ (x + p @ V)</code>.",
    ),
    solution="""\
def step(id, E, P, Wq, Wk, Wv, K, V):
    x = E[id] + P[len(K)]
    K, V = np.vstack([K, Wk @ x]), np.vstack([V, Wv @ x])
    s = K @ (Wq @ x) / np.sqrt(len(x))
    p = np.exp(s - s.max())
    return E @ (x + p @ V / p.sum()), K, V""",
    slips={
        "x = E[id] + P[len(K)] -> x = E[id]\n    x += P[len(K)]": "changed its argument E",
        "p.sum()), K, V -> p.sum())": "3 results are asked for",
    },
)
