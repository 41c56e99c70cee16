"""Notebook 04: masks, slopes read off the output, depth, and a function's line, with drawn numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import listed, numeral, whole
from helpers.exercises.machine.worked import Worked

FUNCTIONS = ("X^3", "X exp(X)", "X tanh(X)", "exp(-X^2)", "log(1 + X^2)", "X^2 / 2", "X / (1 + exp(-X))")


def masked(rng: np.random.Generator) -> Problem:
    """dX of a ReLU: the mask is that of the input."""
    x, dy = whole(rng, 4, most=5), whole(rng, 4, most=5)
    layer = Worked("y_n = max(0, x_n)", x=x, dy=dy)
    return layer.numbers(
        "dx",
        {
            "That is the mask of dy. What counts is whether x was above 0.": dy * (dy > 0),
            "That is the mask alone. What arrives from above goes through it.": (x > 0) * 1.0,
            "The output is no slope: above 0 the slope of ReLU is 1.": dy * layer["y"],
            "Nothing is masked in yours.": dy,
        },
    )


def read_off(rng: np.random.Generator) -> Problem:
    """dX of a sigmoid or a tanh from its output alone."""
    sigmoid = rng.integers(2)
    y = rng.choice([0.1, 0.2, 0.25, 0.4, 0.6, 0.75, 0.8, 0.9], 3, replace=False)
    x, dy = (np.log(y / (1 - y)) if sigmoid else np.arctanh(y)), 4 * whole(rng, 3, most=5)
    layer = Worked("y_n = 1/(1 + exp(-x_n))" if sigmoid else "y_n = tanh(x_n)", x=x, dy=dy)
    return Problem(
        question=f"{layer.definitions} came out as $y = {listed(y)}$, and $dy = {listed(dy)}$. What is $dx$? "
        f"Write three "
        "numbers.",
        answer=layer["dx"],
        worked=f"${layer.formula('dx')}$, so $dx = {listed(layer['dx'])}$. The input is not needed.",
        mistakes={
            "That is the slope of the other one: y (1 − y) is the sigmoid's, 1 − y² the tanh's.": dy
            * (1 - y**2 if sigmoid else y * (1 - y)),
            "That puts the output where the formula has the input.": dy
            * (sloped := 1 / (1 + np.exp(-y)))
            * (1 - sloped)
            if sigmoid
            else dy * (1 - np.tanh(y) ** 2),
            "The slope itself is missing, dy came through as it was.": dy,
            "That multiplies by y. The slope is asked for.": dy * y,
        },
    )


def deep(rng: np.random.Generator) -> Problem:
    """At most a quarter for each sigmoid: what depth does to a gradient."""
    n, w = int(rng.integers(2, 6)), int(rng.choice([2, 3, 8]))
    right = (w / 4) ** n
    return Problem(
        question=f"{n} layers follow each other, each multiplies by {w} and takes the sigmoid of it, and "
        f"every sigmoid has "
        "0 as its input. A gradient of 1 comes in at the top. What arrives at the bottom?",
        answer=right,
        worked=f"At 0 the slope of a sigmoid is $\\tfrac14$, and the weight brings {w}. Slopes multiply: "
        f"$({numeral(w / 4)})^{{{n}}} = {numeral(right, 6)}$.",
        mistakes={
            "Slopes multiply along a path. They do not add up.": n * w / 4,
            "The weight is on the path too.": 0.25**n,
            "The slope of a sigmoid at 0 is ¼; ½ is its value there.": (w / 2) ** n,
            "The slope of a sigmoid is missing.": float(w) ** n,
        },
    )


def line(rng: np.random.Generator) -> Problem:
    """The line of a function that acts entry by entry."""
    c, f = rng.integers(2, 10), rng.choice(FUNCTIONS).replace("X", "X_mn")
    return Worked(f"Y_mn = {c} {f}").line("dX")


PROBLEMS = (masked, read_off, line, deep)
