"""Notebook 14: the gradient of the keys, an embedding with repeated ids, a mask before the softmax."""

import numpy as np
from sympy import Sum, sqrt  # noqa: F401 (answers use them)

from helpers.derive.formulas import causal_attention
from helpers.derive.notation import indices, sizes, tensor, upstream
from helpers.exercises import Exercise, same_expression, same_function

__all__ = ["embedding", "keys", "weights"]

T, D = sizes("T D")
(t, u, i), (d, j) = indices("t u i", T), indices("d j", D)
Q, K = tensor("Q", T, D), tensor("K", T, D)
dS = upstream(tensor("S", T, T))
self_attention = causal_attention()["dK"]  # as many keys as queries: no shape says which axis of dS is which

keys = Exercise(
    "14.1",
    same_expression(self_attention),
    hints=(
        "Start from the chain rule, $\\sum_{t,u} dS_{tu}\\, \\partial S_{tu}/\\partial K_{ij}$. Which deltas does the "
        "derivative hold?",
        "$\\partial S_{tu}/\\partial K_{ij} = \\delta_{ui}\\, Q_{tj}/\\sqrt D$: the delta uses up the sum over $u$, "
        "the keys, and the sum over $t$, the queries, stays.",
        "Key $i$ is blamed by column $i$ of dS: every $u$ becomes $i$, in $dS_{tu}$ too.",
    ),
    solution='dK_ij = "1/sqrt(D) sum_t dS_ti Q_tj"',
    mistakes=(
        ('dK_ij = "1/sqrt(D) sum_t dS_it Q_tj"', "rows and columns are exchanged"),
        ('dK_ij = "dS Q / sqrt(D)"', "rows and columns are exchanged"),
        ('dK_ij = "1/sqrt(D) sum_t dS_ti K_tj"', "wrong array"),
        ('dK_ij = "sum_t dS_ti Q_tj"', "factor"),
        ('dK_ij = "1/D sum_t dS_ti Q_tj"', "factor"),
        ('dK_ij = "-1/sqrt(D) sum_t dS_ti Q_tj"', "sign"),
        ('dK_ij = "1/sqrt(D) dS_ti Q_tj"', "index t is still free"),
        ('dK_ij = "1/sqrt(D) sum_{t,u} dS_tu Q_tj"', "δ_iu is missing"),
        ("dK_ij = Sum(dS[i, t] * Q[t, j], t) / sqrt(D)", "rows and columns"),
        ("dK_ij = 0.5", "index i, j"),
    ),
)


def dE_of(ids, dY, V):
    dE = np.zeros((V, dY.shape[-1]), dY.dtype)
    np.add.at(dE, ids, dY)
    return dE


def words(ids: list, V: int, M: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Ids, a random upstream gradient of M features for each of them, and how many rows E has."""
    ids = np.array(ids)
    return ids, np.random.default_rng(14).normal(size=(*ids.shape, M)), V


embedding = Exercise(
    "14.2",
    same_function(
        dE_of,
        [
            words([3, 0, 4], 5, 2),
            words([0, 1, 1, 0], 3, 2),
            words([2, 2, 2, 2], 4, 4),
            words([[1, 0, 3], [3, 3, 0]], 6, 5),
        ],
        results="dE",
    ),
    known={
        "np.add.at(dE, ids, dY) -> dE[ids] += dY": (
            "Of the places with the same id only the last one counts. NumPy reads dE[ids], adds, and writes back: each "
            "row is written once for each place, and every time from the same old row."
        ),
        "np.add.at(dE, ids, dY) -> np.add.at(dE, ids, dY)\n    dE /= np.maximum(1, np.bincount(ids.ravel(), "
        "minlength=V))[:, None]": (
            "Each row has the mean of what came back to it. A row that is used twice is to blame twice: it is a sum."
        ),
        "np.add.at(dE, ids, dY) -> dE[:] = dY.reshape(-1, dY.shape[-1]).sum(axis=0)": (
            "Every row has received all of dY. Row i gets what came back to the places with id i, and no more."
        ),
        "np.zeros -> np.ones": "A row that nobody looked up has gradient 0. Yours begin at 1.",
    },
    hints=(
        "Row $i$ of dE is the sum of dY over all places whose id is $i$. What is it where no id is $i$?",
        "<code>dE[ids] += dY</code> looks right. Try it with <code>ids = np.array([0, 0])</code>: which of the two "
        "rows of dY is lost?",
        "Either <code>np.add.at</code>, which adds for every place, or a loop over the places.",
    ),
    solution="""\
def backward_embedding(ids, dY, V):
    dE = np.zeros((V, dY.shape[-1]))
    np.add.at(dE, ids, dY)
    return dE""",
    mistakes=(
        ("def answer(ids, dY, V):\n    return np.eye(V)[ids].T @ dY", "your function stopped with"),
        ("def answer(ids, dY, V):\n    return dE_of(ids, dY, ids.max() + 1)", "dE has shape"),
        ("def answer(ids, dY, V):\n    dE_of(ids, dY, V)", "return missing"),
        ("def answer(ids, dY, V):\n    return -dE_of(ids, dY, V)", "sign"),
    ),
)


def weights_of(S, seen):
    E = np.where(seen, np.exp(S - np.max(S, axis=1, keepdims=True, initial=-1e300, where=seen)), 0.0)
    return E / np.maximum(E.sum(axis=1, keepdims=True), np.finfo(float).tiny)


def shared(E):
    total = E.sum(axis=1, keepdims=True)
    return E / np.where(total == 0, 1.0, total)


def softmax(S):
    E = np.exp(S - S.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


rng = np.random.default_rng(14)
scores = [
    (rng.normal(size=(4, 4)), np.tri(4, dtype=bool)),
    (rng.normal(size=(2, 3)), np.array([[True, False, True], [False, True, True]])),
    (np.array([[1.0, 2.0, 900.0], [-800.0, -801.0, 0.0]]), np.array([[True, True, False]] * 2)),
    (rng.normal(size=(2, 3)), np.array([[True, True, False], [False, False, False]])),
]
weights = Exercise(
    "14.3",
    same_function(weights_of, scores, results="P"),
    known={
        "answer = lambda S, seen: softmax(S) * seen": (
            "The mask comes after the softmax: the rows sum to less than 1, and what is hidden still counts in the sum "
            "that they are divided by."
        ),
        "answer = lambda S, seen: softmax(S * seen)": (
            "A hidden score has become 0, and e⁰ = 1 is a share like any other. It should be −∞."
        ),
        "answer = lambda S, seen: softmax(np.where(seen, S, 0.0))": (
            "A hidden score has become 0, and e⁰ = 1 is a share like any other. It should be −∞."
        ),
        "answer = lambda S, seen: softmax(np.where(seen, S, -np.inf))": (
            "Right where a query sees something. The row that sees nothing is NaN: −∞ − (−∞). Its shares are to be 0."
        ),
        "answer = lambda S, seen: softmax(np.where(seen, S, -1e9))": (
            "Right where a query sees something. In the row that sees nothing all scores are −1e9, and so all tokens "
            "that it may not see have equal shares. They are to be 0."
        ),
        "answer = lambda S, seen: softmax(S) * seen / (softmax(S) * seen).sum(axis=1, keepdims=True)": (
            "To divide again by what is left is right only while something is left. Beside a hidden score of 900 the "
            "share of a score of 2 is e^−898, which is stored as 0, and 0/0 is NaN."
        ),
        "answer = lambda S, seen: shared(np.exp(S - S.max(axis=1, keepdims=True)) * seen)": (
            "The largest score that you subtract may be a hidden one. Beside a hidden 900, e^(2 − 900) is stored as 0, "
            "and nothing is left to be shared. Take the largest of what is seen."
        ),
        "answer = lambda S, seen: shared(np.exp(S) * seen)": (
            "e^900 overflows, and ∞ · 0 is NaN. Hide first, and subtract the largest score that is left."
        ),
        "answer = lambda S, seen: shared(np.exp(np.where(seen, S, -np.inf)))": (
            "e^−800 is stored as 0, so a row of low scores has no shares. Subtract the largest score that is seen."
        ),
        "answer = lambda S, seen: softmax(np.where(seen, S, -np.inf).T).T": (
            "The shares of a column sum to 1. A row is a query, and it is the query that shares itself out."
        ),
    },
    hints=(
        "Which score has the share 0? Put it where <code>seen</code> is False, before the softmax.",
        "Take the maximum of each row over what is seen, so that a hidden 900 does not matter, and exponents of 0 are "
        "left out of the sum.",
        "Compute <code>E = np.exp(S - m) * seen</code> and its row sums; where a sum is 0, divide by 1 instead.",
    ),
    solution="""\
def masked_softmax(S, seen):
    S = np.where(seen, S, -np.inf)
    m = S.max(axis=1, keepdims=True)
    E = np.exp(S - np.where(np.isfinite(m), m, 0.0))
    total = E.sum(axis=1, keepdims=True)
    return E / np.where(total > 0, total, 1.0)""",
    slips={
        "S = np.where(seen, S, -np.inf) -> S[~seen] = -np.inf": "changed its argument S",
        "return E / np.where(total > 0, total, 1.0) -> return E / (total + 1e-6)": "wrong value",
    },
    mistakes=(("def answer(S, seen):\n    softmax(S)", "return missing"),),
)
