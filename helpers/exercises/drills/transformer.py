"""Notebook 15: links one number wide, a block, a tied matrix, decay, warm-up, parameters, a cache."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import matrix, numeral


def linked(rng: np.random.Generator) -> Problem:
    """The slope through a stack of layers with links: each multiplies by 1 + a."""
    a, n = rng.choice([0.1, 0.2, 0.3, 0.5, 2, 3]), int(rng.integers(2, 6))
    return Problem(
        question=f"{n} layers follow each other, each $y = x + {numeral(a)}\\,x$ in one number. A gradient of 1 "
        "comes in at the top. What comes out at the bottom?",
        answer=(1 + a) ** n,
        worked=f"Each layer sends back its gradient along the link and ${numeral(a)}$ times of it beside the "
        f"link: a factor of ${numeral(1 + a)}$. {n} of them make "
        f"${numeral(1 + a)}^{{{n}}} = {numeral((1 + a) ** n, 5)}$.",
        mistakes={
            "That is the chain without its links. Each layer has the factor 1 + a.": a**n,
            "That has each layer once and no two together. The factors 1 + a multiply.": 1 + n * a,
            "That has the path of links alone and the path without any. There are others.": 1 + a**n,
        },
    )


def block(rng: np.random.Generator) -> Problem:
    """dX of X + W X with two numbers."""
    W, dy = rng.integers(-3, 4, (2, 2)), rng.integers(-3, 4, 2)
    beside = W.T @ dy
    return Problem(
        question=f"$y = x + W x$ with $W = {matrix(W)}$, and $dy = {matrix(dy)}$. What is $dx$? Write two "
        "numbers, such as [1, 2].",
        answer=dy + beside,
        worked=f"Along the link $dy$ comes as it is, and $W$ sends back $W^T dy = {matrix(beside)}$. Together "
        f"$dx = {matrix(dy)} + {matrix(beside)} = {matrix(dy + beside)}$.",
        mistakes={
            "The link is missing: dy itself belongs to it.": beside,
            "W is not transposed. x_j reached all y_n through W_nj, so sum over n.": dy + W @ dy,
            "What comes through W is missing.": dy,
        },
    )


def tied(rng: np.random.Generator) -> Problem:
    """The gradient of a matrix of two rows, one number wide, that reads and writes."""
    dX, H = rng.integers(-4, 5, 3), rng.integers(-3, 4, 3)
    p = rng.integers(-3, 4, 3)
    dY = np.stack([p, -p], axis=1)
    reading, writing = np.array([dX[0] + dX[2], dX[1]]), dY.T @ H
    return Problem(
        question="An alphabet of two letters, and $E$ has one number for each. The text is $a\\,b\\,a$, and "
        f"back to the embedding came $dX = {matrix(dX)}$. At the top $H = {matrix(H)}$, the logits are "
        f"$Y = H E^T$, and $dY = {matrix(dY)}$ with a column for each letter. What is $dE$? Write two numbers, "
        "for a and for b.",
        answer=reading + writing,
        worked=f"Reading adds each $dX_t$ to the row of its letter: ${matrix(reading)}$, as a stands at two places. "
        f"Writing is $dY^T H = {matrix(writing)}$. The sum is ${matrix(reading + writing)}$.",
        mistakes={
            "That is the reading half alone. E is also what Y is computed with.": reading,
            "That is the writing half alone. E is also what the letters are read by.": writing,
            "The letter a is read twice, and the first dX is lost.": np.array([dX[2], dX[1]]) + writing,
        },
    )


def decay(rng: np.random.Generator) -> Problem:
    """One step of AdamW where the gradients have always been 0."""
    W, lr, rate = int(rng.integers(2, 9)), rng.choice([0.01, 0.02, 0.05]), rng.choice([0.1, 0.2, 0.5])
    left = W * (1 - lr * rate)
    return Problem(
        question=f"A weight of a matrix and a bias are both {W}, and both gradients have been 0 from the first "
        f"step on. AdamW takes a step with a learning rate of {lr} and a decay of {rate}, and leaves norms and "
        "biases alone. What are the weight and the bias now? Write two numbers.",
        answer=np.array([left, W]),
        worked=f"The gradients move nothing. The decay takes "
        f"${lr} \\cdot {rate} \\cdot {W} = {numeral(lr * rate * W, 5)}$ from the weight, which leaves "
        f"${numeral(left, 5)}$; the bias stays {W}.",
        tolerance=1e-5,
        mistakes={
            "The bias is left alone.": np.array([left, left]),
            "The decay is multiplied by the learning rate.": np.array([W * (1 - rate), W]),
            "That is Adam with the decay in its gradient, which it makes a step of lr of. AdamW takes it from W.": (
                np.array([W - lr, W])
            ),
            "The weight does move: the decay takes a share of it, gradient or not.": np.array([W, W]),
        },
    )


def rate(rng: np.random.Generator) -> Problem:
    """The learning rate at a step, in the warm-up or at a quarter, half or end of the cosine."""
    warmup, rest = int(rng.integers(3, 12)), 4 * int(rng.integers(5, 30))
    t, lr = int(rng.integers(1, warmup + 1)), rng.choice([1, 2, 4])
    quarter = int(rng.integers(1, 4))
    k = warmup + 1 + quarter * rest // 4
    falling = lr * (1 + np.cos(np.pi * quarter / 4)) / 2
    return Problem(
        question=f"Of {warmup + rest} steps the first {warmup} warm up, $\\eta_t = \\eta\\,t / {warmup + 1}$, and the "
        f"others follow $\\tfrac12 \\eta\\,(1 + \\cos(\\pi\\,(t - {warmup + 1}) / {rest}))$, with "
        f"$\\eta = {lr}$. What is the learning rate at step {t}, and at step {k}? Write two numbers.",
        answer=np.array([lr * t / (warmup + 1), falling]),
        worked=f"Step {t} warms up: ${lr} \\cdot {t} / {warmup + 1} = {numeral(lr * t / (warmup + 1))}$. Step "
        f"{k} stands at {k - warmup - 1} of {rest}: "
        f"${numeral(lr / 2)}\\,(1 + \\cos {numeral(np.pi * quarter / 4)}) = {numeral(falling)}$.",
        mistakes={
            "A cosine does not fall in a line.": np.array([lr * t / (warmup + 1), lr * (1 - quarter / 4)]),
            "That warms up to its top at the last step of the warm-up. Divide by one more.": (
                np.array([lr * t / warmup, falling])
            ),
            "The half is missing: 1 + cos reaches from 2 to 0.": np.array(
                [lr * t / (warmup + 1), 2 * falling]
            ),
        },
    )


def parameters(rng: np.random.Generator) -> Problem:
    """How many numbers a GPT has."""
    V, C, M, n = (int(rng.choice(of)) for of in ([20, 27, 65], [8, 16, 32], [4, 8, 10], [1, 2, 3]))
    attention, mlp, norms = 4 * M * M + 4 * M, 8 * M * M + 5 * M, 4 * M
    total = V * M + C * M + n * (attention + mlp + norms) + 2 * M
    return Problem(
        question=f"A GPT has {V} letters, a context of {C}, {n} block{'s' * (n > 1)}, is {M} wide and tied, "
        f"with biases and an MLP that is four times as wide. How many parameters has it?",
        answer=total,
        worked=f"$E$ and $P$ have ${V} \\cdot {M} + {C} \\cdot {M} = {V * M + C * M}$. A block has ${attention}$ in "
        f"attention (four matrices $M \\times M$ with their biases), ${mlp}$ in the MLP and ${norms}$ in two norms, "
        f"{attention + mlp + norms} in all. The last norm has {2 * M}. Together {total}.",
        tolerance=1e-6,
        mistakes={
            "The head is E once more, and has no matrix of its own.": total + V * M,
            "The biases are missing, and the β of the norms.": total - n * (11 * M) - M,
            "The last norm is missing.": total - 2 * M,
            "The positions are learned: P has a row for each place of the context.": total - C * M,
        },
    )


def cached(rng: np.random.Generator) -> Problem:
    """How many places go through the blocks while letters are written."""
    k, n = int(rng.integers(2, 9)), int(rng.integers(3, 9))
    without = sum(range(k, k + n))
    return Problem(
        question=f"A GPT is given {k} letters and writes {n} more, one at a time, within its context. How many "
        "places go through its blocks in all, with a cache of keys and values, and without? Write two numbers.",
        answer=np.array([k + n - 1, without]),
        worked=f"With the cache the {k} given letters go through once, and then each new one but the last, "
        f"which nobody asks further: ${k} + {n - 1} = {k + n - 1}$. Without it all letters so far go through "
        f"for each new one: ${' + '.join(map(str, range(k, k + n)))} = {without}$.",
        tolerance=1e-6,
        mistakes={
            "The last letter is written and not read: it goes through no block.": (
                np.array([k + n, without + k + n])
            ),
            "The last letter is written and not read, with the cache too.": np.array([k + n, without]),
            "The letters that were given must be read too, once.": np.array([n, without]),
            "Without a cache the text grows by one with each letter.": np.array([k + n - 1, k * n]),
        },
    )


PROBLEMS = (linked, block, tied, decay, rate, parameters, cached)
