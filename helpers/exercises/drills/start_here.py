"""Notebook 00: a slope, a nudge and a step downhill, with drawn numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import factor, numeral, whole
from helpers.exercises.machine.worked import Worked

LOSS = "y = w x; L = (y - t)^2"


def slope(rng: np.random.Generator) -> Problem:
    """How steep the loss is in its one number."""
    w, x, t = whole(rng, 3)
    fit = Worked(LOSS, w=w, x=x, t=t)
    return fit.numbers(
        "dw",
        {
            "That is the slope in y. A nudge of w moves y by x times as much.": fit["dy"],
            "The square brings a factor 2 down.": fit["dw"] / 2,
            "The sign is wrong. If you raise w a little, does L rise?": -fit["dw"],
            "The slope is asked for, and that is the loss.": fit["L"],
        },
    )


def downhill(rng: np.random.Generator) -> Problem:
    """Where one step of gradient descent leads."""
    w, x, t = whole(rng, 3)
    rate = rng.choice([0.1, 0.05, 0.01])
    fit = Worked(LOSS, w=w, x=x, t=t)
    there = w - rate * fit["dw"]
    return Problem(
        question=f"{fit.definitions}, with {fit.numbers_given}. Take one step downhill with a learning rate of {rate}. "
        "What is $w$ then?",
        answer=there,
        worked=f"{fit.solution('dw')} Downhill is against the slope: "
        f"${w} - {rate} \\cdot {factor(fit['dw'])} = {numeral(there)}$.",
        mistakes={
            "That step goes uphill. Subtract the slope.": w + rate * fit["dw"],
            "The learning rate is missing.": w - fit["dw"],
            "That steps by the slope in y. A nudge of w moves y by x times as much.": w - rate * fit["dy"],
            "That is the step itself. Take it from w.": -rate * fit["dw"],
        },
        tolerance=0.002,
    )


def nudge(rng: np.random.Generator) -> Problem:
    """What a central difference of a cube measures, which is not quite its slope."""
    a, x, h = *whole(rng, 2, most=3), rng.choice([0.5, 1, 2])
    f = a * np.array([x - h, x, x + h]) ** 3
    said = [factor(y) for y in f]
    return Problem(
        question=f"$f(x) = {a}\\,x^3$. Which slope does a central difference measure at $x = {x}$, with a step of "
        f"$h = {numeral(h)}$ to each side?",
        answer=(f[2] - f[0]) / (2 * h),
        worked=f"$\\frac{{f(x+h) - f(x-h)}}{{2h}} = \\frac{{{said[2]} - {said[0]}}}{{{numeral(2 * h)}}} = "
        f"{numeral((f[2] - f[0]) / (2 * h))}$. The slope itself is ${numeral(3 * a * x * x)}$: with so large "
        f"a step the "
        "curve bends in between.",
        mistakes={
            "That is the slope itself. A difference with so large a step is a little off.": 3 * a * x * x,
            "That is one-sided. A central difference has a step to each side.": (f[2] - f[1]) / h,
            "From x − h to x + h there are two steps.": (f[2] - f[0]) / h,
            "Divide by how far apart the two places are.": f[2] - f[0],
        },
    )


PROBLEMS = (slope, downhill, nudge)
