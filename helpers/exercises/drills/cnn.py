"""Notebook 12: sizes through a net, weights, what a unit sees, many uses of a weight, a link, with drawn numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import listed, whole
from helpers.exercises.machine.worked import Worked


def ledger(rng: np.random.Generator) -> Problem:
    """The side of an image after each layer."""
    H, K = 4 * int(rng.integers(5, 13)), int(rng.choice([3, 5]))
    p = int(rng.integers(0, 2))
    sides = [a := H + 2 * p - K + 1, b := a // 2, c := b - 2, c // 2]
    kept = [H, H // 2, H // 2 - 2, (H // 2 - 2) // 2]
    return Problem(
        question=f"An image of {H} × {H} goes through a {K} × {K} convolution with padding {p}, a 2 × 2 "
        f"pooling, a 3 × 3 "
        "convolution without padding, and a 2 × 2 pooling. What is its side after each? Write four numbers.",
        answer=np.array(sides),
        worked=f"${H} + 2 \\cdot {p} - {K} + 1 = {a}$, then half of it, {b}; ${b} - 3 + 1 = {c}$, then {c // 2}.",
        mistakes={
            "A convolution keeps the side only where its padding is (K − 1)/2.": np.array(kept),
            "The first place of a kernel counts too: H − K + 1.": np.array(
                [a - 1, (a - 1) // 2, (a - 1) // 2 - 3, ((a - 1) // 2 - 3) // 2]
            ),
            "The second convolution has no padding.": np.array([a, b, b, b // 2]),
        },
        tolerance=1e-6,
    )


def weights(rng: np.random.Generator) -> Problem:
    """How many numbers a convolution learns, and how many a linear layer would."""
    C, D, K = (int(rng.choice(of)) for of in ([3, 8, 16], [4, 6, 12, 32], [3, 5]))
    H = int(rng.choice([8, 28, 32]))
    right = D * C * K * K + D
    return Problem(
        question=f"A convolution takes {C} channels of {H} × {H} to {D} channels, with kernels of {K} × {K} "
        f"and a bias. How "
        "many numbers does it learn?",
        answer=right,
        worked=f"One kernel for each pair of channels, ${D} \\cdot {C} \\cdot {K}^2 = {right - D}$, and {D} "
        f"biases: {right}. "
        "The size of the image does not matter: the kernel is used at all places.",
        mistakes={
            "The biases are missing.": right - D,
            "Each output channel has a kernel for every input channel.": D * K * K + D,
            "The bias is one a channel, not one a place.": right - D + D * H * H,
            "A weight is shared by all places.": (right - D) * H * H + D,
        },
        tolerance=1e-6,
    )


def many_uses(rng: np.random.Generator) -> Problem:
    """One weight that is used at every place: a sum over its uses."""
    x, dy = whole(rng, 2, 2), whole(rng, 2, 2, most=6)
    net = Worked("Y_mn = w X_mn", X=x, dY=dy)
    return net.numbers(
        "dw",
        {
            "That is a mean. All uses of a weight add up.": (x * dy).mean(),
            "X is missing: it is what the weight is multiplied by.": dy.sum(),
            "That is one use of four.": (x * dy)[0, 0],
            "Sum the products, not the two apart.": x.sum() * dy.sum(),
        },
        before="One weight is used at four places:",
    )


def linked(rng: np.random.Generator) -> Problem:
    """dX of a residual block in one number a unit."""
    x, dy, a = whole(rng, 3), whole(rng, 3), int(rng.integers(2, 5))
    block = Worked(f"y_n = x_n + {a} x_n^2", x=x, dy=dy)
    return block.numbers(
        "dx",
        {
            "The link is missing: dy itself comes along it.": dy * 2 * a * x,
            "That is the link alone.": dy,
            "The slope of the square has a factor 2.": dy * (1 + a * x),
            "The two ways add up. They do not multiply.": dy * dy * 2 * a * x,
        },
    )


def field(rng: np.random.Generator) -> Problem:
    """How many pixels on a side one unit sees."""
    kernels, strides = rng.choice([3, 5], 3), rng.choice([1, 2], 3)
    reach, step = 1, 1
    for K, r in zip(kernels, strides, strict=True):
        reach += (K - 1) * step
        step *= r
    without = 1 + (kernels - 1).sum()
    late = 1 + ((kernels - 1) * np.cumprod(strides)).sum()
    return Problem(
        question=f"Three convolutions follow each other, with kernels of {listed(kernels)} on a side and strides of "
        f"{listed(strides)}. How many pixels on a side does one unit of the last see?",
        answer=reach,
        worked="Each kernel adds $K - 1$ steps, and a step is as long as the strides before it make it: "
        + " + ".join(
            ["$1"]
            + [f"{K - 1} \\cdot {s}" for K, s in zip(kernels, [1, *np.cumprod(strides)[:2]], strict=True)]
        )
        + f" = {reach}$.",
        mistakes={
            "The strides before a kernel make its steps longer.": without,
            "A stride counts for the layers behind it, not for its own.": late,
            "Kernels do not multiply: each adds K − 1.": kernels.prod(),
        },
        tolerance=1e-6,
    )


PROBLEMS = (ledger, many_uses, weights, linked, field)
