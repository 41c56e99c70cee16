"""Notebook 11: one axis forward and back, sizes, visits, pooling, with drawn numbers."""

from functools import cache

import numpy as np
from sympy import Sum

from helpers.derive import Chain, Definition, indices, sizes, tensor
from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import listed, whole
from helpers.exercises.machine.worked import Worked


@cache
def slide(stride: int) -> Chain:
    """y_i = Σ_u x_{ri + u} k_u"""
    U, K, N = sizes("U K N")
    (i,), (u,) = indices("i", U), indices("u", K)
    x, k, y = tensor("x", N), tensor("k", K), tensor("y", U)
    return Chain(Definition(y[i], Sum(x[stride * i + u] * k[u], u)), where={U: (N - K) // stride + 1})


def drawn_slide(rng: np.random.Generator) -> tuple[Worked, int]:
    """A signal, a kernel of two or three, and what comes back to each output."""
    stride, K, U = int(rng.integers(1, 3)), int(rng.integers(2, 4)), 3
    x, k = whole(rng, stride * (U - 1) + K, most=3), whole(rng, K, most=3)
    return Worked(slide(stride), x=x, k=k, dy=whole(rng, U, most=3)), stride


def shown(signal: Worked, *names: str) -> str:
    given = ", ".join(f"${name} = {listed(signal[name])}$" for name in names)
    return f"{signal.definitions}, with indices that count from 0, and {given}."


def forward(rng: np.random.Generator) -> Problem:
    """The outputs of a kernel that slides."""
    signal, r = drawn_slide(rng)
    x, k, y = signal["x"], signal["k"], signal["y"]
    turned = np.array([x[r * i : r * i + len(k)] @ k[::-1] for i in range(len(y))])
    return Problem(
        question=f"{shown(signal, 'x', 'k')} What is $y$? Write a list.",
        answer=y,
        worked=f"Lay the kernel on the signal, multiply and add, and move it by {r}: ${listed(y)}$.",
        mistakes={
            "The kernel is turned round in yours. Here it is laid on as it is.": turned,
            "That is one output too many: all of the kernel must lie on the signal.": np.append(
                y, x[-1] * k[0]
            ),
            f"The kernel moves by {r} each time.": np.array(
                [x[i : i + len(k)] @ k for i in range(len(x) - len(k) + 1)]
            )
            if r > 1
            else np.array([x[2 * i : 2 * i + len(k)] @ k for i in range((len(x) - len(k)) // 2 + 1)]),
        },
    )


def kernel_back(rng: np.random.Generator) -> Problem:
    """dk: each weight collects from all places where it lay."""
    signal, r = drawn_slide(rng)
    x, k, dy, dk = (signal[name] for name in ("x", "k", "dy", "dk"))
    return Problem(
        question=f"{shown(signal, 'x', 'dy')} The kernel has {len(k)} weights. What is $dk$? Write a list.",
        answer=dk,
        worked=f"${signal.formula('dk')}$: weight $j$ lay on $x_{{{r if r > 1 else ''}i + j}}$ when output "
        f"$i$ was made. "
        f"So $dk = {listed(dk)}$.",
        mistakes={
            "That is turned round.": dk[::-1],
            "That is a mean over the outputs. All uses of a weight add up.": dk / len(dy),
            "That is the first place alone. A weight is used at all of them.": dy[0] * x[: len(k)],
        },
    )


def signal_back(rng: np.random.Generator) -> Problem:
    """dx: each output sends back along the kernel that made it."""
    signal, r = drawn_slide(rng)
    k, dy, dx = (signal[name] for name in ("k", "dy", "dx"))
    wrong = np.zeros(len(dx))
    first = np.zeros(len(dx))
    for i, d in enumerate(dy):
        wrong[r * i : r * i + len(k)] += d * k[::-1]
        first[r * i : r * i + len(k)] = d * k
    return Problem(
        question=f"{shown(signal, 'k', 'dy')} The signal has {len(dx)} numbers. What is $dx$? Write a list.",
        answer=dx,
        worked=f"${signal.formula('dx')}$. Output $i$ sends $dy_i\\,k$ back to the places it came from, and "
        f"where two meet "
        f"they add up: ${listed(dx)}$.",
        mistakes={
            "The kernel is turned round: x_j with j = i + u was multiplied by k_u, and so is what comes back.": wrong,
            "Where two outputs meet at a place, what they send adds up.": first,
        },
    )


def output_size(rng: np.random.Generator) -> Problem:
    """How many places a kernel with stride, padding and dilation has."""
    H, K = int(rng.integers(9, 33)), int(rng.integers(2, 6))
    r, p, d = int(rng.integers(2, 4)), int(rng.integers(1, 4)), int(rng.integers(2, 4))
    reach = d * (K - 1) + 1
    right = (H + 2 * p - reach) // r + 1
    return Problem(
        question=f"A signal of {H}, a kernel of {K} with dilation {d}, {p} zeros on each side, stride {r}. How many "
        "outputs are there?",
        answer=right,
        worked=f"The kernel reaches over ${d} \\cdot {K - 1} + 1 = {reach}$ of ${H} + 2 \\cdot {p} = "
        f"{H + 2 * p}$ places, and "
        f"then moves by {r}: $\\lfloor {H + 2 * p - reach} / {r} \\rfloor + 1 = {right}$.",
        mistakes={
            "The first place counts too.": right - 1,
            "The padding is on both sides.": (H + p - reach) // r + 1,
            "With dilation the kernel reaches further.": (H + 2 * p - K) // r + 1,
            "The stride is missing.": H + 2 * p - reach + 1,
        },
        tolerance=1e-6,
    )


def pooled(rng: np.random.Generator) -> Problem:
    """The way back through a maximum and through a mean."""
    x, dy = rng.permutation(9)[:6] - 3, 2 * whole(rng, 3, most=4)
    pairs = x.reshape(3, 2)
    largest = (pairs == pairs.max(1, keepdims=True)) * dy[:, None]
    mean = np.repeat(dy / 2, 2)
    use_max = bool(rng.integers(2))
    right = largest.reshape(-1) if use_max else mean
    return Problem(
        question=f"Each pair of neighbours of $x = {listed(x)}$ is pooled to its "
        f"{'maximum' if use_max else 'mean'}, and $dy = {listed(dy)}$ comes back to the three. What is $dx$? Write six "
        "numbers.",
        answer=right,
        worked=("All of it goes to the one that was largest" if use_max else "Each of the two gets half")
        + f": ${listed(right)}$.",
        mistakes={
            "That is the other pooling.": mean if use_max else largest.reshape(-1),
            "Only one of a pair was let through, or both by half: not both as a whole.": np.repeat(dy, 2),
            "That went to the smaller one of each pair.": (np.repeat(dy, 2) - largest.reshape(-1)),
        },
    )


PROBLEMS = (forward, kernel_back, signal_back, output_size, pooled)
