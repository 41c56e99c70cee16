"""Notebook 18: layers of your own: a line, a number, definitions that are refused, letters that a gradient has."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import whole
from helpers.exercises.machine.worked import Worked
from helpers.read import Unreadable, define

LAYERS = (
    "Y_mn = {a}_n X_mn^2 + {b}_n X_mn",
    "Y_mn = sum_p X_mp^2 {A}_np",
    "Y_mn = X_mn sum_p X_mp {A}_np",
    "Y_mn = {a}_n tanh(X_mn) + {b}_n",
    "Y_mn = exp({a}_n) X_mn",
    "Y_mn = X_mn / {a}_n + {b}_n",
)
DEFINITIONS = (
    "Y_mn = sum_p X_mp W_np",
    "Y_mn = sum_p X_mp W_nk",
    "y_n = x_n - 1/N sum_k x_k",
    "y_n = x_n - x_k",
    "Y_mn = X_mn b_n",
    "Y_mn = X_mn b_k",
    "L = sum_n (y_n - t_n)^2",
    "L = (y_n - t_n)^2",
    "y_n = sum_n x_n",
    "Y_mn = sum_k A_mk B_kn C_n",
)


def line(rng: np.random.Generator) -> Problem:
    """A gradient of a layer that is in no book."""
    a, b, A = rng.choice(["abA", "cdU", "uvB"])
    layer = Worked(str(rng.choice(LAYERS)).format(a=a, b=b, A=A))
    return layer.line(rng.choice(list(layer.gradients)))


def gated(rng: np.random.Generator) -> Problem:
    """A product of two paths, in numbers."""
    x, a, dy = whole(rng, 2, most=3), whole(rng, 2, 2, most=3), whole(rng, 2, most=3)
    layer = Worked("y_n = x_n sum_p A_np x_p", x=x, A=a, dy=dy)
    gate = a @ x
    return layer.numbers(
        "dx",
        {
            "x stands in two places. What it does inside of the sum is missing.": dy * gate,
            "x stands in two places. What it does in front of the sum is missing.": layer["dx"] - dy * gate,
            "A is the wrong way round in one of the two parts.": dy * gate + a @ (dy * x),
            "The x in front multiplies what goes back into the sum.": dy * gate + a.T @ dy,
        },
    )


def refused(rng: np.random.Generator) -> Problem:
    """Which of some definitions cannot be meant."""
    asked = [str(d) for d in rng.choice(DEFINITIONS, 4, replace=False)]
    out = {k for k, d in enumerate(asked, 1) if refusal(d)}
    rows = "".join(f"<br>{k}: <code>{d}</code>" for k, d in enumerate(asked, 1))
    reasons = " ".join(f"{k}: {refusal(asked[k - 1])}." for k in sorted(out))
    return Problem(
        question=f"Which of these definitions cannot be meant?{rows}<br>Write a list of their numbers, such as [1, 2].",
        answer=out,
        worked=f"{reasons or 'All of them can be meant.'}",
        mistakes={
            "Those are the ones that can be meant.": set(range(1, 5)) - out,
            "Every letter that is free on one side must be free on the other.": set(range(1, 5)),
            "One of them has a letter too many on one side.": set(),
        },
    )


def refusal(definition: str) -> str:
    """Why a definition is refused, "" where it is not."""
    try:
        define(definition)
    except (Unreadable, ValueError) as error:
        return str(error)
    return ""


def letters(rng: np.random.Generator) -> Problem:
    """Which gradients of a layer are sums over the samples."""
    a, b, A = rng.choice(["abA", "cdU", "uvB"])
    layer = Worked(str(rng.choice(LAYERS)).format(a=a, b=b, A=A))
    shared = {name for name, d in layer.gradients.items() if name != "dX"}
    return Problem(
        question=f"{layer.definitions}, where $m$ counts the samples. Which gradients are sums over the "
        f"samples? Write a list "
        f'of names, such as ["dX"].',
        answer=shared,
        worked=" ".join(f"${layer.formula(name)}$." for name in layer.gradients)
        + " What has no letter m is shared by all samples, and its gradient adds up over them.",
        mistakes={
            "X has a row for each sample, and so has its gradient.": set(layer.gradients),
            "That one alone has the letter m.": {"dX"},
        },
    )


PROBLEMS = (line, gated, refused, letters)
