"""Notebook 02: letters that stay, deltas, an entry of a Jacobian, a line of a product, with drawn letters."""

import numpy as np
from sympy import KroneckerDelta, Sum

from helpers.derive import free_indices, indices, jacobian, latex, sizes, tensor
from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import listed, matrix, whole
from helpers.exercises.machine.worked import Worked, derived
from helpers.verdict import Kind

PRODUCT = "Y_mn = sum_p X_mp W_np"


def letters_left(rng: np.random.Generator) -> Problem:
    """Which letters an expression depends on."""
    (N,) = sizes("N")
    a, b, c, d, e = indices(" ".join(rng.permutation(list("ijkmnpqs"))[:5]), N)
    G, X, f = tensor("G", N, N), tensor("X", N, N), tensor("f", N)
    terms = (
        (G[a, b] * X[a, c] * KroneckerDelta(b, d), (a, b)),
        (G[a, b] * X[b, c] * f[a], (b,)),
        (X[a, b] * KroneckerDelta(b, c) * f[d], (b, d)),
        (G[a, b] * X[b, c] * X[d, c] * KroneckerDelta(e, d), (b, c, d)),
    )
    product, summed = terms[rng.integers(len(terms))]
    whole_sum = Sum(product, *summed)
    free, every = {str(k) for k in free_indices(whole_sum)}, {str(k) for k in free_indices(product)}
    named = sorted(free)
    return Problem(
        question=f"Which letters does ${latex(whole_sum)}$ still depend on? Write a list of letters, such as "
        '["a", "b"].',
        answer=free,
        worked=f"The sums use up ${', '.join(map(str, summed))}$, so ${', '.join(named)}$ "
        f"{'are' if len(named) > 1 else 'is'} left. A delta does not use up a letter, a sum does.",
        mistakes={
            "A letter under a sum is gone after it: it could have any other name.": every,
            "Those are the letters that are summed over. The others stay.": every - free,
            "One more stays.": set(named[:-1]),
        },
    )


def contracted(rng: np.random.Generator) -> Problem:
    """A double sum of which a delta leaves one."""
    G, X = whole(rng, 2, 2), whole(rng, 2, 2)
    layer = Worked(PRODUCT, X=X, W=whole(rng, 2, 2), dY=G)
    i, j = rng.integers(0, 2, 2)
    right = layer["dW"][i, j]
    return Problem(
        question=f"$G = {matrix(G)}$ and $X = {matrix(X)}$, with indices that count from 1. What is "
        f"$\\sum_{{m,n}} G_{{mn}} X_{{mj}} \\delta_{{ni}}$ for $i = {i + 1}$ and $j = {j + 1}$?",
        answer=right,
        worked=f"The delta leaves the one term of the sum over $n$ in which $n = {i + 1}$: "
        f"$\\sum_m G_{{m{i + 1}}} X_{{m{j + 1}}} = {right}$.",
        mistakes={
            "The sum over n and the delta go together, and leave one n.": (G.sum(1) @ X)[j],
            "The summed letter m counts the rows of both.": (G @ X)[i, j],
            "i and j are exchanged.": layer["dW"][j, i],
            "There is still a sum over m.": G[0, i] * X[0, j],
        },
    )


def entries_of_a_jacobian(rng: np.random.Generator) -> Problem:
    """A row of the four-index table of a linear layer."""
    X, (m, n, i) = whole(rng, 2, 3), rng.integers(0, 2, 3)
    chain, _ = derived(PRODUCT)
    J = jacobian(chain, next(t for t in chain.leaves if str(t) == "W"))
    right = X[m] * (n == i)
    return Problem(
        question=f"$Y_{{mn}} = \\sum_p X_{{mp}} W_{{np}}$ with $X = {matrix(X)}$, two rows of $W$, and "
        f"indices that count "
        f"from 1. What are $\\frac{{\\partial Y_{{{m + 1}{n + 1}}}}}{{\\partial W_{{{i + 1}j}}}}$ for $j = 1, 2, 3$? "
        "Write three numbers.",
        answer=right,
        worked=f"${latex(J.left, J.last)} = {latex(J.result, J.last)}$: row {i + 1} of $W$ "
        f"{'makes' if n == i else 'makes only'} column {i + 1} of $Y$, so they are ${listed(right)}$.",
        mistakes={
            "Does this row of W reach that entry of Y? The delta asks.": X[m] * (n != i),
            "That is the other row of X. Sample m meets its own.": X[1 - m] * (n == i),
            "That adds up over the samples. An entry of Y belongs to one.": X.sum(0),
        },
    )


def product(rng: np.random.Generator) -> Problem:
    """One factor's gradient in a product of two matrices, whichever is transposed."""
    A, B = rng.choice(["AB", "UV", "PQ"])
    at, bt = rng.choice(["mk", "km"]), rng.choice(["kn", "nk"])
    name = f"d{rng.choice([A, B])}"
    layer = Worked(f"Y_mn = sum_k {A}_{at} {B}_{bt}")
    return layer.line(name, {Kind.FACTOR: f"3 {layer.line(name).answer}"})


PROBLEMS = (letters_left, contracted, entries_of_a_jacobian, product)
