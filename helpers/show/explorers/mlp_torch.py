"""Two loops in lockstep: when do their weights part?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, REFERENCE, VALUE, Choice, Explorer, Predict, Slider

APART = 1e-6  # weights that differ by more are called apart
EQUAL = 1e-10  # weights that differ by less are called equal: rounding has no digits to show
LOWEST, HIGHEST = 1e-18, 1e2  # of the differences that are drawn
LEAST, MOST = 1e-3, 1e3  # of the losses that are drawn

Runs = Mapping[str, Any]


def lockstep_explorer(runs: Runs) -> Explorer:
    """Runs by the fault in PyTorch's loop, each with `loss`, `loss_torch` and `difference`, a number a step.

    The first run is the one with no fault; one is called "no zero_grad".
    """
    steps = len(next(iter(runs.values())).loss)

    def draw(figure: Figure, fault: str, step: int) -> str:
        run = runs[fault]
        figure.set_layout_engine("none")  # fixed places: the constrained layout costs 60 ms a redraw
        left, right = figure.add_axes((0.07, 0.15, 0.39, 0.72)), figure.add_axes((0.6, 0.15, 0.38, 0.72))
        draw_losses(left, run, step)
        draw_difference(right, run, step)
        for axes in (left, right):
            axes.set(xlim=(0, steps + 1), xlabel="step")
            axes.axvline(step, color=QUIET, linewidth=1, linestyle="--")
        return sentence(run, fault, step)

    return Explorer(
        question="When do the two loops part?",
        predict=Predict(
            "Both loops have the same weights, the same batches, the same learning rate. PyTorch's leaves out "
            "zero_grad(). After which step are two weights more than 1e-6 apart for the first time?",
            answer=parted(runs["no zero_grad"]),
            low=1,
            high=steps,
            step=1,
            why="At step 1 there is nothing in .grad yet, so both steps are equal. At step 2 it holds two gradients "
            "in place of one. Now look at the loss, and at the other faults.",
            show={"fault": "no zero_grad", "step": 2},
        ),
        controls=[
            Choice("fault", list(runs), label="in PyTorch's loop"),
            Slider("step", 1, steps, value=steps),
        ],
        draw=draw,
        alt="The losses of the two loops step by step, and the largest difference of their weights",
        width=7.6,
        height=3.3,
    )


def parted(run: Any) -> int | None:
    """The first step, counted from 1, after which the weights are more than APART apart, or None."""
    apart = ~(np.asarray(run.difference) <= APART)
    return int(np.argmax(apart)) + 1 if apart.any() else None


def draw_losses(axes: Axes, run: Any, step: int) -> None:
    """Both losses up to this step, and faintly what comes."""
    x = np.arange(1, len(run.loss) + 1)
    for loss, colour, width, alpha, name, y in (
        (run.loss, VALUE, 6, 0.4, "NumPy", 0.94),
        (run.loss_torch, REFERENCE, 2, 1, "PyTorch", 0.84),
    ):
        L = logarithm(loss, LEAST, MOST)
        axes.plot(x, L, color=colour, linewidth=width, alpha=alpha / 4)
        axes.plot(x[:step], L[:step], color=colour, linewidth=width, alpha=alpha)
        axes.text(0.97, y, name, color=colour, ha="right", transform=axes.transAxes)
    axes.set_yticks(range(-3, 4), ["0.001", "0.01", "0.1", "1", "10", "100", "1000"])
    axes.set(ylim=(-3, 3), title="loss of the batch")


def draw_difference(axes: Axes, run: Any, step: int) -> None:
    """max |ΔW|, orange where the weights are apart."""
    difference = logarithm(run.difference, LOWEST, HIGHEST)
    x = np.arange(1, len(difference) + 1)
    for apart, colour in ((False, REFERENCE), (True, GRADIENT)):
        here = (difference > np.log10(APART)) == apart
        axes.plot(x[here], difference[here], ".", color=colour, markersize=5, alpha=0.2)
        here &= x <= step
        axes.plot(x[here], difference[here], ".", color=colour, markersize=5)
    axes.axhline(np.log10(APART), color=QUIET, linewidth=0.8)
    axes.text(len(x), np.log10(APART) + 0.3, "apart", ha="right", color=QUIET)
    ticks = range(-18, 3, 4)
    axes.set_yticks(ticks, [f"1e{tick}".replace("-", "−") for tick in ticks])
    axes.set(ylim=np.log10((LOWEST, HIGHEST)), title="max |ΔW|")


def logarithm(numbers: Any, least: float, most: float) -> np.ndarray:
    """log₁₀ of what lies between the two, for axes that stay linear: one with a log scale draws 20 ms longer."""
    return np.log10(np.clip(np.nan_to_num(numbers, nan=np.inf), least, most))


def sentence(run: Any, fault: str, step: int) -> str:
    """The numbers of one step, and when the weights parted."""
    difference, first = run.difference[step - 1], parted(run)
    when = (
        f"apart since step {first}"
        if first and first <= step
        else "not apart yet"
        if first
        else "never apart"
    )
    return (
        f"{fault[0].upper()}{fault[1:]}, step {step}: the loss is {said(run.loss[step - 1])} in NumPy and "
        f"{said(run.loss_torch[step - 1])} in PyTorch. The weights differ by {size(difference)}, {when}."
    )


def said(L: float) -> str:
    return f"{L:.3f}" if abs(L) < 1e4 else f"{L:.0e}"


def size(difference: float) -> str:
    return "less than 1e-10" if difference < EQUAL else f"{difference:.2g}".replace("e-0", "e-")
