"""Notebook 06: the gradient at the logits and at the probabilities, targets of any sum, a loss's line."""

import numpy as np

from helpers.exercises.machine.drill import Problem
from helpers.exercises.machine.numerals import listed, matrix, numeral
from helpers.exercises.machine.worked import Worked

ROWS = (
    [0.5, 0.25, 0.25],
    [0.125, 0.5, 0.375],
    [0.1, 0.8, 0.1],
    [0.4, 0.2, 0.4],
    [0.25, 0.5, 0.25],
    [0.7, 0.1, 0.2],
)
LOSS = "Y_mn = exp(X_mn)/sum_k exp(X_mk); L = -1/S sum_m sum_n T_mn log(Y_mn)"
LOSSES = (
    "1/N sum_n ({y}_n - {t}_n)^2",
    "-sum_n {t}_n log({y}_n)",
    "-sum_n w_n {t}_n log({y}_n)",
    "sum_n log(1 + exp(-{t}_n {y}_n))",
    "-sum_n ({t}_n log({y}_n) + (1 - {t}_n) log(1 - {y}_n))",
    "1/2 sum_n w_n ({y}_n - {t}_n)^2",
)


def batch(rng: np.random.Generator) -> Worked:
    """Two samples with their probabilities and their right classes."""
    Y = np.array([ROWS[k] for k in rng.choice(len(ROWS), 2, replace=False)])
    T = np.eye(3)[rng.integers(0, 3, 2)]
    return Worked(LOSS, X=np.log(Y), T=T)


def said(loss: Worked) -> str:
    return (
        f"Two samples, three classes: softmax gave $Y = {matrix(loss['Y'])}$, the targets are "
        f"$T = {matrix(loss['T'])}$, and $L = -\\frac1S \\sum_{{mn}} T_{{mn}} \\log Y_{{mn}}$."
    )


def at_the_logits(rng: np.random.Generator) -> Problem:
    """The fused gradient."""
    loss = batch(rng)
    Y, T = loss["Y"], loss["T"]
    return Problem(
        question=f"{said(loss)} What is $dX$, the gradient at the logits? Write it as [[1, 2, 3], [4, 5, 6]].",
        answer=loss["dX"],
        worked=f"$dY = {matrix(loss['dY'])}$, and the softmax takes its weighted mean away: "
        f"$dX = \\frac1S (Y - T) = {matrix(loss['dX'])}$. Each row adds up to 0.",
        mistakes={
            "The 1/S of the loss is missing.": Y - T,
            "The sign is turned. The logit of the right class should rise, so its gradient is negative.": -loss[
                "dX"
            ],
            "That divides by the classes too. The mean is one over samples.": loss["dX"] / 3,
            "That is the gradient at the probabilities.": loss["dY"],
            "That goes through the softmax a second time.": Y
            * (loss["dX"] - (loss["dX"] * Y).sum(1, keepdims=True)),
        },
    )


def at_the_probabilities(rng: np.random.Generator) -> Problem:
    """The gradient before it goes through the softmax."""
    loss = batch(rng)
    return Problem(
        question=f"{said(loss)} What is $dY$, the gradient at the probabilities? Write it as [[1, 2, 3], [4, 5, 6]].",
        answer=loss["dY"],
        worked=f"${loss.formula('dY')}$, which is 0 but for the right classes: $dY = {matrix(loss['dY'])}$.",
        mistakes={
            "That is the gradient at the logits, behind the softmax.": loss["dX"],
            "The 1/S of the loss is missing.": 2 * loss["dY"],
            "The sign is turned. The loss falls when a right class gets more.": -loss["dY"],
            "The logarithm has the slope 1/Y.": -loss["T"] * loss["Y"] / 2,
        },
    )


def any_sum(rng: np.random.Generator) -> Problem:
    """Targets that do not add up to 1."""
    y, t = np.array(ROWS[rng.integers(len(ROWS))]), rng.integers(0, 4, 3)
    loss = Worked("y_n = exp(x_n)/sum_k exp(x_k); L = -sum_n t_n log(y_n)", x=np.log(y), t=t)
    return Problem(
        question=f"One sample: softmax gave $y = {listed(y)}$, and $L = -\\sum_n t_n \\log y_n$ with $t = "
        f"{listed(t)}$, "
        "which need not add up to 1. What is $dx$, at the logits? Write three numbers.",
        answer=loss["dx"],
        worked=f"$dy = -t / y = {listed(loss['dy'])}$, and $dx_i = y_i (dy_i - \\sum_n dy_n y_n) = (\\sum_n "
        f"t_n)\\, y_i - "
        f"t_i$: with $\\sum_n t_n = {t.sum()}$ that is ${listed(loss['dx'])}$.",
        mistakes={
            "y − t holds where the targets add up to 1. Here they do not.": y - t,
            "The sign is turned.": -loss["dx"],
            "That is the gradient at the probabilities.": loss["dy"],
            "The targets were given as they are, not divided by their sum.": y - t / max(t.sum(), 1),
        },
    )


def first_loss(rng: np.random.Generator) -> Problem:
    """The loss from the probabilities of the right classes."""
    k = rng.integers(1, 5, 4)
    losses = k * np.log(2)
    return Problem(
        question="Four samples: the probabilities of their right classes are "
        f"$({', '.join(f'1/{2**n}' for n in k)})$. What is the cross-entropy, a mean over the samples? "
        f"($\\log 2 = 0.693$)",
        answer=losses.mean(),
        worked=f"$-\\log 2^{{-k}} = k \\log 2$, so the mean is ${numeral(k.mean())} \\cdot 0.693 = "
        f"{numeral(losses.mean())}$.",
        mistakes={
            "That is the sum over the samples.": losses.sum(),
            "That is the logarithm of the mean probability. The mean comes last.": -np.log((0.5**k).mean()),
            "That is in base 2. log is the natural logarithm.": k.mean(),
            "The minus is missing: a probability below 1 has a negative logarithm.": -losses.mean(),
        },
    )


def line(rng: np.random.Generator) -> Problem:
    """The gradient of a loss at what the network says."""
    y, t = rng.choice(["yt", "pt", "yq", "pr"])
    return Worked(f"L = {str(rng.choice(LOSSES)).format(y=y, t=t)}").line(f"d{y}")


PROBLEMS = (at_the_logits, first_loss, at_the_probabilities, line, any_sum)
