"""Notebook 09: four samples normalised, sent back, remembered, and a line, with drawn numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import listed, numeral, whole
from helpers.exercises.machine.worked import Worked

NORM = "mu = 1/S sum_m x_m; v = 1/S sum_m (x_m - mu)^2; y_m = (x_m - mu)/sqrt(v)"
SCALED = "Y_mn = {g}_n X_mn + {b}_n"


def samples(rng: np.random.Generator) -> np.ndarray:
    """Four samples whose mean and standard deviation are whole numbers."""
    return rng.permutation([-1, -1, 1, 1]) * rng.integers(2, 5) + rng.integers(-5, 6)


def normalised(rng: np.random.Generator) -> Problem:
    """The output, with a gain and a shift."""
    a, d = rng.integers(1, 4, 2)
    x = samples(rng) if rng.integers(2) else rng.permutation([0, 0, 0, 4 * a]) + d
    g, b = int(rng.choice([2, 3, 4])), int(whole(rng, 1)[0])
    norm = Worked(NORM, x=x, dy=np.ones(4))
    mu, v, y = norm["mu"], norm["v"], norm["y"]
    unbiased = (x - mu) / np.sqrt(x.var(ddof=1))
    return Problem(
        question=f"One unit, four samples, $x = {listed(x)}$, with $\\gamma = {g}$, $\\beta = {b}$, and so small an "
        "$\\varepsilon$ that you may leave it out. What does batch norm return in training? Write four numbers.",
        answer=g * y + b,
        worked=f"$\\mu = {numeral(mu)}$, $v = {numeral(v)}$, so $\\hat x = {listed(y)}$, and "
        f"$\\gamma \\hat x + \\beta = {listed(g * y + b)}$.",
        mistakes={
            "Batch norm normalises with 1/S. 1/(S − 1) is for the running variance.": g * unbiased + b,
            "That divides by the variance. Divide by its root.": g * (x - mu) / v + b,
            "γ and β are missing.": y,
            "β is added after γ has multiplied.": g * (y + b),
        },
    )


def back(rng: np.random.Generator) -> Problem:
    """dx of four samples: what arrives without its mean and without its part along the output."""
    x, dy = samples(rng), 2 * whole(rng, 4, most=5)
    norm = Worked(NORM, x=x, dy=dy)
    y, sd = norm["y"], np.sqrt(norm["v"])
    return Problem(
        question=f"One unit, four samples, $x = {listed(x)}$, with $\\gamma = 1$, $\\beta = 0$ and no $\\varepsilon$. "
        f"$dy = {listed(dy)}$ comes back. What is $dx$? Write four numbers.",
        answer=norm["dx"],
        worked=f"$\\mu = {numeral(norm['mu'])}$, $v = {numeral(norm['v'])}$, $y = {listed(y)}$. {lines(norm)} "
        "It adds up to 0, and its product with $y$ is 0.",
        mistakes={
            "The mean and the variance move too. Only the direct path is here.": dy / sd,
            "The path through the variance is missing.": (dy - dy.mean()) / sd,
            "The path through the mean is missing.": (dy - y * (dy * y).mean()) / sd,
            "The standard deviation is missing.": dy - dy.mean() - y * (dy * y).mean(),
        },
    )


def lines(norm: Worked) -> str:
    return " ".join(f"${norm.formula(g)}$: ${listed(np.atleast_1d(norm[g]))}$." for g in norm.needed("dx"))


def remembered(rng: np.random.Generator) -> Problem:
    """The running mean and variance after one batch, as PyTorch keeps them."""
    x, m = samples(rng), rng.choice([0.1, 0.2, 0.3])
    mean, var = x.mean(), x.var(ddof=1)
    old = np.array([0, 1])
    new = np.array([mean, var])
    return Problem(
        question=f"The running mean is 0 and the running variance 1, with momentum {m} as in PyTorch. A batch "
        f"comes in, "
        f"$x = {listed(x)}$. What are the two after it? Write two numbers.",
        answer=(1 - m) * old + m * new,
        worked=f"The mean of the batch is ${numeral(mean)}$, and its unbiased variance, with $S - 1 = 3$, is "
        f"${numeral(var)}$. So ${numeral(1 - m)} \\cdot 0 + {m} \\cdot {numeral(mean)}$ and "
        f"${numeral(1 - m)} \\cdot 1 + {m} \\cdot {numeral(var)}$: ${listed((1 - m) * old + m * new)}$.",
        mistakes={
            "The running variance is the unbiased one, over S − 1.": (1 - m) * old
            + m * np.array([mean, x.var()]),
            "Momentum is the weight of the new batch in PyTorch, not of the old.": m * old + (1 - m) * new,
            "The old ones are kept with 1 − momentum.": old + m * new,
            "That is the standard deviation. The variance is kept.": (1 - m) * old
            + m * np.array([mean, var**0.5]),
        },
    )


def line(rng: np.random.Generator) -> Problem:
    """The gradients of the gain and the shift, which all samples share."""
    g, b = rng.choice(["gb", "ac", "wb", "sd"])
    return Worked(SCALED.format(g=g, b=b)).line(f"d{rng.choice([g, b, 'X'])}")


PROBLEMS = (normalised, back, remembered, line)
