"""Notebook 07: one unit, two units, a first loss, a number of parameters, a line, with drawn numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import numeral, whole
from helpers.exercises.machine.worked import Worked


def one_unit(rng: np.random.Generator) -> Problem:
    """dw of the first layer of a net with one unit."""
    w, x, b, v, t = whole(rng, 5, most=3)
    net = Worked("a = w x + b; h = a^2; y = v h; L = (y - t)^2", w=w, x=x, b=b, v=v, t=t)
    return net.numbers(
        "dw",
        {
            "That is db. A weight is multiplied by its input.": net["db"],
            "The slope of the square, 2a, is missing on the way.": net["dh"] * x,
            "The second layer's weight v is missing on the way.": net["dy"] * 2 * net["a"] * x,
            "The loss's own slope, 2 (y − t), is missing.": v * 2 * net["a"] * x,
        },
        tolerance=1e-4,
    )


def two_units(rng: np.random.Generator) -> Problem:
    """dW of a first layer behind ReLUs, of which some are shut."""
    W, x, v = whole(rng, 2, 2, most=3), whole(rng, 2, most=3), whole(rng, 2, most=3)
    net = Worked("a_n = sum_p W_np x_p; h_n = max(0, a_n); L = sum_n v_n h_n", W=W, x=x, v=v)
    return net.numbers(
        "dW",
        {
            "A unit whose input is below 0 hands nothing on.": np.outer(v, x),
            "That is its transpose. dW has a row for each unit.": net["dW"].T,
            "The second layer's weights are missing.": np.outer(net["a"] > 0, x) * 1.0,
            "That has the output of the unit where its input belongs.": np.outer(net["da"], net["h"]),
        },
    )


def parameters(rng: np.random.Generator) -> Problem:
    """How many numbers a net learns."""
    M, H, N = (int(rng.choice(of)) for of in ([2, 10, 64], [5, 16, 32], [3, 10]))
    total = M * H + H + H * N + N
    return Problem(
        question=f"An MLP has {M} inputs, one hidden layer of {H} units, and {N} outputs, each layer with its "
        f"bias. How "
        "many parameters has it?",
        answer=total,
        worked=f"${M} \\cdot {H} + {H}$ in the first layer and ${H} \\cdot {N} + {N}$ in the second: {total}.",
        mistakes={
            "The biases are missing.": M * H + H * N,
            "The bias of the outputs is missing.": total - N,
            "Each layer has one bias a unit, which all samples share.": M * H + H * N + 2,
        },
        tolerance=1e-6,
    )


def untrained(rng: np.random.Generator) -> Problem:
    """The loss before any training, where all classes are as likely."""
    N, S = int(rng.choice([2, 3, 5, 10, 20, 100])), int(rng.choice([16, 32, 64, 128]))
    return Problem(
        question=f"A classifier of {N} classes has not been trained, and finds them all as likely. What is its "
        f"cross-entropy, a mean over a batch of {S}?",
        answer=np.log(N),
        worked=f"Each class has $1/{N}$, so every sample loses $\\log {N} = {numeral(np.log(N))}$, and so "
        f"does their mean.",
        mistakes={
            "That is the probability of a class.": 1 / N,
            "That is a sum over the batch. The mean is asked for.": S * np.log(N),
            "That is the share that is wrong. The loss is minus a logarithm.": 1 - 1 / N,
            "log is the natural logarithm.": np.log2(N),
            "Nor does the loss depend on how many samples there are.": np.log(S),
        },
    )


def line(rng: np.random.Generator) -> Problem:
    """A gradient on the way back through a layer of units."""
    c, h = rng.integers(2, 10), rng.choice(["tanh(a_n)", "a_n^2", "exp(a_n)", "a_n^3"])
    net = Worked(f"a_n = sum_p W_np x_p + b_n; h_n = {c} {h}; L = sum_n v_n h_n")
    return net.line(f"d{rng.choice(list('aWx'))}", before="Write it with what the lines before it give.")


PROBLEMS = (one_unit, two_units, untrained, parameters, line)
