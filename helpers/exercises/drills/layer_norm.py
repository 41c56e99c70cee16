"""Notebook 10: rows that are normalised, and by what; the way back through an RMS norm; how many statistics."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import factor, listed, matrix, numeral, whole
from helpers.exercises.machine.worked import Worked

RMS = "r = sqrt(1/N sum_n x_n^2); y_n = x_n / r"
TRIPLES = ((1, 5, 7), (2, 2, 1), (1, 1, 1), (4, 4, 2), (5, 1, 7))


def rows(rng: np.random.Generator) -> Problem:
    """Two rows, each by its own mean and deviation."""
    X = rng.permutation([-1, -1, 1, 1]) * rng.integers(1, 5, (2, 1)) + rng.integers(-5, 6, (2, 1))
    X = np.stack([rng.permutation(row) for row in X])
    normal = (X - X.mean(1, keepdims=True)) / X.std(1, keepdims=True)
    column = (X - X.mean(0)) / np.maximum(X.std(0), 1e-9)
    return Problem(
        question=f"Two samples of four features, $X = {matrix(X)}$. What does layer norm return, with $\\gamma = 1$, "
        "$\\beta = 0$ and no $\\varepsilon$? Write it as [[1, 2, 3, 4], [5, 6, 7, 8]].",
        answer=normal,
        worked=f"The means of the rows are ${listed(X.mean(1))}$, their standard deviations ${listed(X.std(1))}$: "
        f"${matrix(normal)}$.",
        mistakes={
            "That is batch norm: it normalises each feature over the samples.": column,
            "That is one mean and one deviation for both rows. Each row has its own.": (X - X.mean())
            / X.std(),
            "The mean of the row has to be taken away first.": X / X.std(1, keepdims=True),
            "That divides by the variance. Divide by its root.": (X - X.mean(1, keepdims=True))
            / X.var(1, keepdims=True),
        },
    )


def rms_back(rng: np.random.Generator) -> Problem:
    """dx of an RMS norm: what arrives, without its part along the output."""
    x = rng.permutation([1, 7]) * rng.choice([-1, 1], 2)
    dy = 5 * whole(rng, 2, most=5)
    norm = Worked(RMS, x=x, dy=dy)
    r, y = norm["r"], norm["y"]
    return Problem(
        question=f"RMS norm, {norm.definitions}, with $x = {listed(x)}$ and $dy = {listed(dy)}$. What is $dx$? "
        "Write two numbers.",
        answer=norm["dx"],
        worked=f"$r = {numeral(r)}$ and $y = {listed(y)}$. ${norm.formula('dr')} = {numeral(norm['dr'])}$, and "
        f"${norm.formula('dx')}$, so $dx = {listed(norm['dx'])}$. Its product with $x$ is 0: a longer $x$ "
        f"gives the same "
        "$y$.",
        mistakes={
            "r moves too. Only the direct path is here.": dy / r,
            "That is layer norm, which takes the mean away. RMS norm has none.": (dy - dy.mean()) / r,
            "The r in front is missing.": dy - y * (dy @ y) / 2,
            "The part along y is a mean: 1/N is missing.": (dy - y * (dy @ y)) / r,
        },
    )


def thrown_away(rng: np.random.Generator) -> Problem:
    """Which upstream gradient comes out as 0."""
    a, b = (int(n) for n in whole(rng, 2))
    s = int(rng.integers(2, 5))
    y = np.array([-1, -1, 1, 1])
    dy = a + b * y
    other = dy + s * np.array([1, -1, 0, 0])
    right = s * np.array([1, -1, 0, 0]) / s
    return Problem(
        question=f"Layer norm with $\\gamma = 1$ gave the row $\\hat x = {listed(y)}$ from a row of standard deviation "
        f"{s}, with no $\\varepsilon$. $dY = {listed(other)}$ comes back. What is that row of $dX$? Write "
        f"four numbers.",
        answer=right,
        worked=f"The mean of $dY$ is ${numeral(other.mean())}$ and the mean of $dY \\circ \\hat x$ is "
        f"${numeral((other * y).mean())}$. What is left, $dY - {factor(other.mean())} - {factor((other * y).mean())}\\,"
        f"\\hat x = {listed(right * s)}$, divided by {s}, is ${listed(right)}$.",
        mistakes={
            "The mean of dY is thrown away.": (other - y * (other * y).mean()) / s,
            "The part of dY along x̂ is thrown away.": (other - other.mean()) / s,
            "The standard deviation of the row is missing.": right * s,
            "The mean and the deviation move too.": other / s,
        },
    )


def statistics(rng: np.random.Generator) -> Problem:
    """How many means each norm takes of the same array."""
    S, C, H = (int(n) for n in rng.choice([2, 3, 4, 5, 6, 8, 10], 3, replace=False))
    G = int(rng.choice([g for g in range(2, C + 1) if C % g == 0]))
    return Problem(
        question=f"An array of {S} images, {C} channels and {H} × {H} places. How many means does each take: "
        f"batch norm, "
        f"layer norm over all of an image, and group norm with {G} groups? Write three numbers.",
        answer=np.array([C, S, S * G]),
        worked=f"Batch norm takes one a channel, {C}; layer norm one an image, {S}; group norm one for each "
        f"group of each "
        f"image, ${S} \\cdot {G} = {S * G}$.",
        mistakes={
            "Batch norm and layer norm are exchanged.": np.array([S, C, S * G]),
            "The groups of different images have means of their own.": np.array([C, S, G]),
            "Batch norm takes one mean a channel, over the places too.": np.array([C * H * H, S, S * G]),
            "This layer norm takes one mean for all of an image.": np.array([C, S * H * H, S * G]),
        },
        tolerance=1e-6,
    )


def line(rng: np.random.Generator) -> Problem:
    """The gradients around a gain that is shared, or around a mean that is taken away."""
    g, x = rng.choice(["gx", "ax", "gz", "wu"])
    definitions = rng.choice(
        [
            f"y_n = {g}_n {x}_n - 1/N sum_k {x}_k",
            f"y_n = {x}_n - 1/N sum_k {g}_k {x}_k",
            f"y_n = {g}_n ({x}_n - 1/N sum_k {x}_k)",
        ]
    )
    return Worked(str(definitions)).line(f"d{x}")


PROBLEMS = (rows, rms_back, statistics, thrown_away, line)
