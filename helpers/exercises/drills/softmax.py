"""Notebook 05: shares, who pays, a row on the way back, and a line, with drawn numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import factor, listed, numeral, whole
from helpers.exercises.machine.worked import Worked
from helpers.verdict import Kind

SHARES = ([0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [0.25, 0.5, 0.25], [0.125, 0.375, 0.5])


def doubled(rng: np.random.Generator) -> Problem:
    """All shares after one score has risen so far that its exponential doubles."""
    E = rng.permutation([1, 2, 3, 4, 5, 6])[:3]
    i = int(rng.integers(3))
    F = E * np.where(np.arange(3) == i, 2, 1)
    y = E / E.sum()
    return Problem(
        question=f"The exponentials $e^x$ of three scores are ${listed(E)}$. Score {i + 1} rises by $\\log "
        f"2$. What are the "
        "three shares now?",
        answer=F / F.sum(),
        worked=f"$e^{{x + \\log 2}} = 2 e^x$: the exponentials are ${listed(F)}$, their sum is {F.sum()}, and "
        f"the shares are "
        f"${listed(F / F.sum())}$. One rises, and all others pay.",
        mistakes={
            "Yours do not add up to 1: when one rises, the others pay.": y * F / E,
            "Those are the shares before.": y,
            "A score is in the exponent: log 2 more doubles its exponential.": (E + np.log(2) * (F != E))
            / (E + np.log(2) * (F != E)).sum(),
        },
    )


def who_pays(rng: np.random.Generator) -> Problem:
    """A row of the Jacobian: how far each share moves with one score."""
    y, j = np.array(rng.choice(SHARES)), int(rng.integers(3))
    layer = Worked("y_n = exp(x_n)/sum_k exp(x_k)", x=np.log(y), dy=np.eye(3)[j])
    return Problem(
        question=f"A softmax gave $y = {listed(y)}$. How fast does each share change with score {j + 1}? "
        f"Write the three "
        f"$\\partial y_n / \\partial x_{j + 1}$.",
        answer=layer["dx"],
        worked=f"$\\partial y_n / \\partial x_j = y_n (\\delta_{{nj}} - y_j)$ with $y_{j + 1} = {numeral(y[j])}$: "
        f"${listed(layer['dx'])}$, which adds up to 0.",
        mistakes={
            "Only the diagonal is here. The other shares pay.": y * (1 - y) * np.eye(3)[j],
            "Those are the slopes of each share with its own score.": y * (1 - y),
            "The signs are turned: the share of the score that rises, rises.": -layer["dx"],
        },
    )


def row_back(rng: np.random.Generator, y: str = "y", x: str = "x") -> Problem:
    """What a softmax hands back, from its output and what arrives."""
    P, d = np.array(rng.choice(SHARES)), 8 * whole(rng, 3, most=3)
    layer = Worked(f"{y}_n = exp({x}_n)/sum_k exp({x}_k)", **{x: np.log(P), f"d{y}": d})
    mean = P @ d
    return Problem(
        question=f"A softmax ${y} = \\mathrm{{softmax}}({x})$ gave ${y} = {listed(P)}$, and "
        f"$d{y} = {listed(d)}$ comes back to it. What is $d{x}$? Write three numbers.",
        answer=layer[f"d{x}"],
        worked=f"${layer.formula(f'd{x}')}$. The mean of $d{y}$, weighted by the shares, is "
        f"${numeral(mean)}$: take it from "
        f"$d{y}$ and multiply by ${y}$. For the first, ${numeral(P[0])} \\cdot ({numeral(d[0])} - {factor(mean)})$; "
        f"together ${listed(layer[f'd{x}'])}$, which adds up to 0.",
        mistakes={
            "The mean, weighted by the shares, has to be taken away first.": P * d,
            "Only the diagonal of the Jacobian is here.": P * (1 - P) * d,
            "The mean is not weighted by the shares.": P * (d - d.mean()),
            "The share in front is missing.": d - mean,
        },
    )


def line(rng: np.random.Generator) -> Problem:
    """The way back through a softmax with another temperature, in drawn letters."""
    x, p, c = rng.choice(list("xzsu")), rng.choice(list("ypq")), int(rng.integers(2, 6))
    d = f"dL/d{p}_i"
    return Worked(f"{p}_n = exp({c} {x}_n)/sum_k exp({c} {x}_k)").line(
        f"d{x}",
        {
            Kind.PATH_MISSING: f"{c} {p}_i {d}",
            Kind.FREE_INDEX: f"{c} {p}_i ({d} - dL/d{p}_n {p}_n)",
            Kind.FACTOR: f"{p}_i ({d} - sum_n dL/d{p}_n {p}_n)",
        },
        note="The temperature is a factor of every slope, and so of what goes back.",
    )


PROBLEMS = (doubled, row_back, who_pays, line)
