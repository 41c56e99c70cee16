"""Notebook 17: the first wrong line, a kind by its line, a factor by its numbers, each with a drawn slip."""

import numpy as np
import sympy as sp
from sympy import Sum

from helpers.derive import latex
from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import matrix, whole
from helpers.exercises.machine.worked import Worked, equation
from helpers.verdict import Kind

DEFINITIONS = (
    "Y_mn = sum_p X_mp {A}_np + {c}_n",
    "Y_mn = sum_p X_mp {A}_pn",
    "Y_mn = {c}_n X_mn^2",
    "Y_mn = {c}_n exp(X_mn)",
    "Y_mn = 3 sum_p X_mp {A}_np - {c}_n",
)
KINDS = {
    Kind.SIGN: "Compare the sign of one entry first.",
    Kind.FACTOR: "Compare one entry: is it a multiple of the right one?",
    Kind.FREE_INDEX: "Compare the letters of both sides first.",
}


def derivation(rng: np.random.Generator) -> tuple[Worked, str]:
    """A layer in drawn letters, and one of its gradients."""
    A, c = rng.choice(["Ac", "Ud", "Vb"])
    layer = Worked(str(rng.choice(DEFINITIONS)).format(A=A, c=c))
    return layer, rng.choice(list(layer.gradients))


def slipped(e: sp.Expr, kind: Kind) -> sp.Expr:
    """An expression with a slip of a kind."""
    if kind is Kind.FREE_INDEX and isinstance(e, Sum):
        return e.function
    return -e if kind is Kind.SIGN else 2 * e


def first_wrong_line(rng: np.random.Generator) -> Problem:
    """The line where a derivation leaves the road, and takes its slip along."""
    layer, name = derivation(rng)
    d = layer.gradients[name]
    kind, n = rng.choice([Kind.SIGN, Kind.FACTOR]), len(d.lines)
    at = int(rng.integers(1, n + 1))
    said = [
        latex(slipped(line.expression, Kind(kind)) if k >= at else line.expression, d.last)
        for k, line in enumerate(d.lines, 1)
    ]
    rows = "".join(f"<br>{k}: $= {line}$" for k, line in enumerate(said, 1))
    return Problem(
        question=f"{layer.definitions}. Somebody derives ${latex(d.left, d.last)}${rows}<br>Which line is the "
        f"first that is "
        "not equal to what stands before it? Write its number.",
        answer=at,
        worked=f"Line {at} should be ${latex(d.lines[at - 1].expression, d.last)}$, by the rule "
        f"“{d.lines[at - 1].rule.title}”. "
        f"The slip is one of kind “{kind}”, and the lines behind it take it along.",
        mistakes={
            f"Line {k} follows from the one before. A line is not wrong because of what came earlier."
            if k > at
            else f"Line {k} is still right.": k
            for k in range(1, n + 1)
            if k != at
        },
        tolerance=1e-6,
    )


def kind_of_slip(rng: np.random.Generator) -> Problem:
    """A wrong last line: which kind is it?"""
    layer, name = derivation(rng)
    d = layer.gradients[name]
    kinds = [kind for kind in KINDS if kind is not Kind.FREE_INDEX or isinstance(d.result, Sum)]
    kind = kinds[rng.integers(len(kinds))]
    return Problem(
        question=f"{layer.definitions}. Somebody writes ${latex(d.left, d.last)} = "
        f"{latex(slipped(d.result, kind), d.last)}$. "
        "Of which kind is the mistake: <code>sign</code>, <code>factor</code>, or <code>free index</code>? "
        "Write the word.",
        answer=str(kind),
        worked=f"${equation(d)}$. So it is “{kind}”: {kind.meaning}.",
        mistakes={f"No. {why}": str(other) for other, why in KINDS.items() if other is not kind},
    )


def factor_named(rng: np.random.Generator) -> Problem:
    """A gradient that is a multiple of the right one: of which size?"""
    S, M, N = (int(n) for n in rng.choice([2, 3, 4, 5], 3, replace=False))
    X, dY = whole(rng, S, M), whole(rng, S, N, most=3)
    layer = Worked("Y_mn = sum_p X_mp W_np", X=X, dY=dY)
    factors = {"1/S": 1 / S, "S": S, "1/N": 1 / N, "N": N, "1/M": 1 / M, "M": M, "2": 2, "1/2": 0.5, "-1": -1}
    factors = {name: f for name, f in factors.items() if list(factors.values()).count(f) == 1}
    name = str(rng.choice(list(factors)))
    got, right = factors[name] * layer["dW"][:2, :2], layer["dW"][:2, :2]
    if not right.any():
        return factor_named(rng)
    likely = {"S": "samples", "N": "outputs", "M": "inputs"}
    return Problem(
        question=f"A layer with $S = {S}$ samples, $M = {M}$ inputs and $N = {N}$ outputs. Somebody's code "
        f"returns a $dW$ that "
        f"begins with ${matrix(got)}$, where ${matrix(right)}$ is right. How many times the right one is it? "
        f"Answer with one "
        f'of {", ".join(f"<code>{f}</code>" for f in factors)}, as a text such as "S".',
        answer=name,
        worked=f"Divide two entries: the quotient is ${name}$"
        + (f", with {likely[name[-1]]} as its size." if name[-1] in likely else "."),
        mistakes={
            f"{f} would be another quotient than that of two entries.": f for f in factors if f != name
        },
    )


PROBLEMS = (first_wrong_line, kind_of_slip, factor_named)
