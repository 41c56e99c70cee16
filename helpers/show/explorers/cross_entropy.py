"""The loss is finite: is the gradient?"""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, REFERENCE, VALUE, Choice, Explorer, Predict, Slider

Method = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]]

GAPS = np.arange(1001.0)
TARGET = 1  # the class with logit 0
LANE = 1.35  # the height of a lane, in which a gradient of 1 is 1 high


def gap_explorer(methods: dict[str, Method]) -> Explorer:
    """Some ways to compute L and dX from logits X and targets T, `method(X, T)`, on X = (gap, 0, 0)."""
    curves = {
        dtype: {
            name: np.array([numbers_of(method, gap, dtype) for gap in GAPS])
            for name, method in methods.items()
        }
        for dtype in ("float32", "float64")
    }

    def draw(figure: Figure, gap: int, dtype: str) -> str:
        now = {name: numbers_of(method, gap, dtype) for name, method in methods.items()}
        figure.set_layout_engine("none")  # fixed places: the constrained layout costs 60 ms a redraw
        left, right = figure.add_axes((0.07, 0.14, 0.34, 0.74)), figure.add_axes((0.56, 0.14, 0.32, 0.74))
        draw_losses(left, curves[dtype])
        draw_gradients(right, curves[dtype], now)
        for axes in (left, right):
            axes.set_xscale("symlog", linthresh=10, linscale=0.4)
            axes.set_xticks([0, 10, 100, 1000], ["0", "10", "100", "1000"])
            axes.set_xticks([], minor=True)
            axes.set(xlim=(0, 1000), xlabel="gap")
            axes.axvline(gap, color=QUIET, linewidth=1, linestyle="--")
        return sentence(now, gap, dtype)

    return Explorer(
        question="The loss is finite: is the gradient?",
        predict=Predict(
            "At a gap of 90 in float32 the unfused gradient is NaN. Somebody writes log(Y + 1e-8) to make the "
            "logarithm safe. What is the gradient of the right logit now? (The truth is −1.)",
            ["−1", "NaN", "practically 0"],
            "practically 0",
            why="Y is 8e−40, and eps hides it: log(Y + eps) hardly moves with Y any more. The NaN would have "
            "stopped you. This zero says nothing, and the sample that is most wrong teaches nothing.",
            show={"gap": 90, "dtype": "float32"},
        ),
        controls=[Slider("gap", 0, 1000, 10, 10, "gap"), Choice("dtype", ["float32", "float64"])],
        draw=draw,
        alt="Against the gap between the wrong and the right logit: the loss of each method, and its gradient",
        width=7.6,
        height=3.6,
    )


def truth(gap: float) -> tuple[float, float]:
    """L and dX of the right logit for X = (gap, 0, 0): log(e^gap + 2) and −(1 − P), with nothing that overflows."""
    P = np.exp(-gap) / (1 + 2 * np.exp(-gap))
    return gap + np.log1p(2 * np.exp(-gap)), P - 1


def numbers_of(method: Method, gap: float, dtype: str) -> tuple[float, float]:
    """L and dX of the right logit, by a method."""
    X, T = np.array([[gap, 0, 0]], dtype), np.eye(3, dtype=dtype)[[TARGET]]
    with np.errstate(all="ignore"):
        L, dX = method(X, T)
    return float(L), float(dX[0, TARGET])


def draw_losses(axes: Axes, curves: dict[str, np.ndarray]) -> None:
    """The truth, and each loss over it as far as it is finite."""
    axes.plot(GAPS, truth(GAPS)[0], color=REFERENCE, linewidth=6, alpha=0.4)
    for curve, style in zip(curves.values(), ("-", "--", ":", "-."), strict=False):
        axes.plot(GAPS, np.where(np.isfinite(curve[:, 0]), curve[:, 0], np.nan), style, color=VALUE)
    for name, curve in curves.items():
        lost = ~np.isfinite(curve[:, 0])
        if lost.any():
            end = GAPS[lost][0]
            axes.plot(end, end, "X", color=VALUE, markersize=9)
            axes.text(end / 1.25, end, f"{name}:\ninf from {end:.0f}", ha="right", color=VALUE)
    hidden = [name for name, curve in curves.items() if abs(curve[-1, 0]) < 900]
    if hidden:
        top = max(curves[name][-1, 0] for name in hidden)
        axes.text(
            1000, top / 1.15, f"{', '.join(hidden)}:\nstay at {top:.1f}", ha="right", va="top", color=VALUE
        )
    axes.set_yscale("symlog", linthresh=10, linscale=0.4)
    axes.set_yticks([0, 10, 100, 1000], ["0", "10", "100", "1000"])
    axes.set_yticks([], minor=True)
    axes.set(ylim=(0, 1500), title="L (green: the truth)")


def draw_gradients(axes: Axes, curves: dict[str, np.ndarray], now: dict) -> None:
    """A lane for each method: −dX of the right logit over the truth, hatched where it is NaN."""
    for lane, (name, curve) in enumerate(curves.items()):
        floor = -LANE * lane
        axes.axhline(floor, color=QUIET, linewidth=0.6)
        axes.plot(GAPS, floor - truth(GAPS)[1], color=REFERENCE, linewidth=6, alpha=0.4)
        axes.plot(GAPS, floor - curve[:, 1], color=GRADIENT)
        lost = np.isnan(curve[:, 1])
        if lost.any():
            start = GAPS[lost][0]
            box = {"facecolor": "white", "edgecolor": GRADIENT, "hatch": "////", "linewidth": 0, "zorder": 3}
            axes.fill_between([start, 1000], floor, floor + 1, **box)
            axes.text(
                start / 1.15, floor + 0.45, f"NaN from {start:.0f}", ha="right", va="center", color=GRADIENT
            )
        axes.text(-0.04, floor + 0.5, name, ha="right", va="center", transform=axes.get_yaxis_transform())
        axes.text(
            1.03,
            floor + 0.5,
            said(now[name][1]),
            va="center",
            color=GRADIENT,
            transform=axes.get_yaxis_transform(),
        )
    axes.set(ylim=(-LANE * (len(curves) - 1) - 0.1, 1.15), title="−dX of the right logit")
    axes.text(1.03, 1.04, "dX now", color=GRADIENT, transform=axes.transAxes)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def sentence(now: dict[str, tuple[float, float]], gap: float, dtype: str) -> str:
    """Truth and methods at one gap."""
    L, dX = truth(gap)
    found = "; ".join(f"{name}: L {said(l, 1)}, dX {said(d)}" for name, (l, d) in now.items())
    return f"At a gap of {gap} in {dtype} the truth is L {said(L, 1)} and dX {said(dX)}. {found[0].upper()}{found[1:]}."


def said(number: float, digits: int = 2) -> str:
    """A number in few digits: −1.00, 8e−32, 0, inf, NaN."""
    if np.isnan(number):
        return "NaN"
    text = "0" if number == 0 else f"{number:.{digits}f}" if abs(number) >= 0.01 else f"{number:.0e}"
    return text.replace("-", "−")
