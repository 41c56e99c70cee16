"""Notebook 14: a row looked up twice, a score raised, a row of dS, dK, a mask, who is blamed, megabytes, drawn."""

import numpy as np

from helpers.exercises.drills import softmax
from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import factor, listed, matrix, numeral


def looked_up(rng: np.random.Generator) -> Problem:
    """A row of an embedding collects what came back to all the places that looked it up."""
    V, T = 4, int(rng.integers(5, 7))
    ids, dY = rng.integers(0, V, T), rng.integers(1, 10, T)
    dE, last = np.zeros(V), np.zeros(V)
    np.add.at(dE, ids, dY)
    last[ids] = dY
    uses = np.bincount(ids, minlength=V)
    return Problem(
        question=f"An embedding has {V} rows of one number each. The ids are ${listed(ids)}$, counted from 0, and "
        f"$dY = {listed(dY)}$. What is $dE$? Write {V} numbers.",
        answer=dE,
        worked=f"Row $i$ adds up the entries of $dY$ whose id is $i$, and a row that nobody looked up gets 0: "
        f"$dE = {listed(dE)}$.",
        mistakes={
            "Of equal ids only the last one counts in yours. A row that is used twice collects twice.": last,
            "Each row has the mean of what came back to it. It is a sum.": dE / np.maximum(uses, 1),
            "That counts how often each row is used. Each use brings its own dY.": uses,
        },
    )


def raised(rng: np.random.Generator) -> Problem:
    """How far y goes with a score: its share times the distance of its value from the mean."""
    P, v = rng.permutation([0.5, 0.25, 0.25]), 4 * rng.integers(-3, 4, 3)
    u, y = int(rng.integers(3)), P @ v
    return Problem(
        question=f"One query, three tokens: the shares are ${listed(P)}$ and the values ${listed(v)}$. How many times "
        f"as far as the score of token {u + 1} does $y$ go, if that score is raised a little?",
        answer=P[u] * (v[u] - y),
        worked=f"$y$ is the mean, ${numeral(y)}$. The score moves it by its share times how far its value lies from "
        f"there: ${numeral(P[u])} \\cdot ({v[u]} - {factor(y)}) = {numeral(P[u] * (v[u] - y))}$.",
        mistakes={
            "The other shares fall when this one rises. Yours leaves out what they lose.": P[u]
            * (1 - P[u])
            * v[u],
            "That is what moves y if the value is raised. A score works through the shares.": P[u],
            "The share in front is missing.": v[u] - y,
            "Take the value's distance from the mean, and not the value itself.": P[u] * v[u],
        },
    )


def row_of_scores(rng: np.random.Generator) -> Problem:
    """A row of dS from the rows of P and dP."""
    return softmax.row_back(rng, "P", "S")


def blamed_keys(rng: np.random.Generator) -> Problem:
    """A column of dK, where T is square and no shape can tell."""
    dS, Q = rng.integers(-3, 4, (2, 2)), 2 * rng.integers(-3, 4, 2)
    right = dS.T @ Q / 2
    return Problem(
        question=f"Two tokens ask each other, with $D = 4$ features. $dS = {matrix(dS)}$, and the first feature of the "
        f"two queries is $Q_{{\\cdot 1}} = {matrix(Q)}$. What is $dK_{{\\cdot 1}}$? Write two numbers.",
        answer=right,
        worked=f"Key $u$ is blamed by column $u$ of $dS$: $dK_{{\\cdot 1}} = dS^T Q_{{\\cdot 1}} / \\sqrt 4 = "
        f"{matrix(right)}$.",
        mistakes={
            "dS is not transposed. A key is blamed by its column, a query by its row.": dS @ Q / 2,
            "The scores were divided by √D, and so is their gradient.": dS.T @ Q,
            "That divides by D. The scores were divided by √D.": dS.T @ Q / 4,
        },
    )


def hidden(rng: np.random.Generator) -> Problem:
    """Shares under a mask, from the exponentials of the scores."""
    E, hides = rng.permutation([1, 2, 3, 4, 6])[:4], int(rng.integers(4))
    seen = np.arange(4) != hides
    P, after, one = E * seen / (E @ seen), E * seen / E.sum(), np.where(seen, E, 1)
    return Problem(
        question=f"The exponentials $e^S$ of a query's four scores are ${listed(E)}$, and the mask hides token "
        f"{hides + 1}. What are the four shares?",
        answer=P,
        worked=f"A hidden score is $-\\infty$, so its exponential is 0, and the others share ${E @ seen}$: "
        f"${listed(P)}$.",
        mistakes={
            "The mask comes too late: your shares do not add up to 1.": after,
            "Nothing is hidden in yours.": E / E.sum(),
            "You hid the score behind a 0, and e⁰ = 1 takes a share.": one / one.sum(),
        },
    )


def blamed(rng: np.random.Generator) -> Problem:
    """Which values get a gradient under the causal mask."""
    T = int(rng.integers(5, 9))
    heard = sorted(int(t) for t in rng.choice(np.arange(2, T), 2, replace=False))
    named = " and ".join(map(str, heard))
    return Problem(
        question=f"{T} tokens ask each other under the causal mask, and the loss hears the outputs {named} alone. "
        f"Which rows of $V$ get a gradient? Write a list, counted from 1.",
        answer=set(range(1, heard[1] + 1)),
        worked=f"Output {heard[1]} is a mean of the values 1 to {heard[1]}, and output {heard[0]} sees no others.",
        mistakes={
            "Those look ahead: output t is made of the values up to t.": set(range(heard[0], T + 1)),
            "Those are the queries that the loss hears. The values that they saw are to blame.": set(heard),
            f"That is what output {heard[0]} sees. Output {heard[1]} sees more.": set(range(1, heard[0] + 1)),
            "Without a mask it would be all of them.": set(range(1, T + 1)),
        },
    )


def megabytes(rng: np.random.Generator) -> Problem:
    """What all of P takes."""
    T, H = 1000 * int(rng.integers(2, 9)), int(rng.choice([4, 8, 12, 16]))
    MB = 4 * H * T * T / 1e6
    return Problem(
        question=f"{H} heads, each with all of its $P$ for {T:,} tokens, in float32 (4 bytes a number). How many MB, "
        "of a million bytes?",
        answer=MB,
        worked=f"$P$ has $T^2$ numbers in each head: $4 \\cdot {H} \\cdot {T}^2$ bytes are ${MB:,.0f}$ MB.",
        mistakes={
            "That is one head.": MB / H,
            "That is one byte a number; float32 takes four.": MB / 4,
            "That is float64.": 2 * MB,
            "That grows as T. P has a row for each query and a column for each key.": MB / T,
        },
    )


PROBLEMS = (looked_up, raised, row_of_scores, blamed_keys, hidden, blamed, megabytes)
