"""Notebook 08: gradients that pile up, learning rates, momentum, precision and recall, with drawn numbers."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import factor, listed, numeral, whole
from helpers.exercises.machine.worked import Worked


def piled_up(rng: np.random.Generator) -> Problem:
    """What is in .grad after some backward passes without zero_grad."""
    w, x, t = whole(rng, 3)
    n = int(rng.integers(2, 5))
    fit = Worked("y = w x; L = (y - t)^2", w=w, x=x, t=t)
    return Problem(
        question=f"{fit.definitions}, with {fit.numbers_given}. The loss is computed and "
        f"<code>backward()</code> called {n} "
        "times, with no step and no <code>zero_grad()</code> in between. What is in <code>w.grad</code>?",
        answer=n * fit["dw"],
        worked=f"{fit.solution('dw')} Each call adds to <code>.grad</code>: ${n} \\cdot {factor(fit['dw'])} = "
        f"{numeral(n * fit['dw'])}$.",
        mistakes={
            "backward() does not overwrite. It adds.": fit["dw"],
            "It adds, it does not multiply.": float(fit["dw"]) ** n,
            "That is a mean over the calls. It adds.": fit["dw"] / n,
        },
    )


def same_step(rng: np.random.Generator) -> Problem:
    """The learning rate that gives the same step for another batch or another reduction."""
    S, k = int(rng.choice([16, 32, 64])), int(rng.choice([2, 3, 4]))
    rate = rng.choice([0.1, 0.2, 0.5])
    return Problem(
        question=f"SGD trains with a loss that is a mean over batches of {S}, at a learning rate of {rate}. "
        f"Now the loss "
        f"becomes a sum, and every batch holds each of its samples {k} times, so {k * S} in all. At which "
        f"learning rate are "
        "the steps the same?",
        answer=rate / (k * S),
        worked=f"The sum over {k * S} samples is {k * S} times their mean, and holding each {k} times does "
        f"not change the "
        f"mean: ${rate} / {k * S} = {numeral(rate / (k * S), 6)}$.",
        mistakes={
            "That is for a sum over the batch as it was.": rate / S,
            "The sum is larger than the mean, so its rate is smaller.": rate * k * S,
            "That is for a mean which grew with the batch. It does not.": rate / k,
            "A sum has a larger gradient than a mean.": rate,
        },
    )


def momentum(rng: np.random.Generator) -> Problem:
    """Where some steps with momentum lead, as PyTorch takes them."""
    g, w = whole(rng, 3), int(whole(rng, 1)[0])
    mu, rate = rng.choice([0.5, 0.8, 0.9]), rng.choice([0.1, 0.2])
    v = [float(g[0])]
    for x in g[1:]:
        v.append(mu * v[-1] + x)
    there = w - rate * sum(v)
    return Problem(
        question=f"SGD with momentum {mu}, as in PyTorch ($v \\leftarrow \\mu v + g$, $w \\leftarrow w - "
        f"\\eta v$, from "
        f"$v = 0$), a learning rate of {rate}, and $w = {w}$ at first. Three gradients come in, "
        f"${listed(g)}$. What is $w$ "
        "after the three steps?",
        answer=there,
        worked=f"$v$ is ${listed(v)}$ after each step, so $w = {w} - {rate} \\cdot {factor(sum(v))} = "
        f"{numeral(there)}$.",
        mistakes={
            "That is SGD without momentum.": w - rate * g.sum(),
            "The new gradient comes in whole: nothing multiplies it by 1 − μ.": w - rate * (1 - mu) * sum(v),
            "That is the last step alone. All three were taken.": w - rate * v[-1],
            "The sign is turned. A step goes downhill.": w + rate * sum(v),
        },
        tolerance=0.002,
    )


def scores(rng: np.random.Generator) -> Problem:
    """Precision and recall of one class from what was found."""
    hit, false, missed = (int(n) for n in rng.integers(2, 13, 3))
    precision, recall = hit / (hit + false), hit / (hit + missed)
    rest = int(rng.integers(20, 60))
    return Problem(
        question=f"Of {hit + false + missed + rest} images a net calls {hit + false} a seven, and {hit} of "
        f"these are. It "
        f"overlooks {missed} other sevens. What are the precision and the recall of the sevens? Write two numbers.",
        answer=np.array([precision, recall]),
        worked=f"Of what it calls a seven ${hit}/{hit + false} = {numeral(precision)}$ are sevens "
        f"(precision), and of the "
        f"sevens it finds ${hit}/{hit + missed} = {numeral(recall)}$ (recall).",
        mistakes={
            "Those two are exchanged.": np.array([recall, precision]),
            "That is the accuracy in place of the precision.": np.array(
                [(hit + rest) / (hit + false + missed + rest), recall]
            ),
            "The recall asks how many of all sevens were found, those overlooked included.": np.array(
                [precision, hit / missed]
            ),
        },
    )


PROBLEMS = (piled_up, same_step, momentum, scores)
