"""Explorers of notebook 04: the slope at a kink, and what depth does to a gradient."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, VALUE, Ahead, Choice, Explorer, Predict, Slider, Toggle

REACH = 3.0  # the pictures show x from −3 to 3
PLACES = {"left": 0.075, "right": 0.99, "top": 0.9, "bottom": 0.15, "wspace": 0.2}
CONVENTIONS = ("left", "mean", "right")  # as relu, maximum and clamp of PyTorch at 0


def kink_explorer(layers: Mapping[str, Any]) -> Explorer:
    """The slope of a secant beside h'(x), for activation layers by name; "ReLU" must be one of them."""
    return Explorer(
        question="What is ReLU'(0)?",
        predict=Predict(
            "Put x on ReLU's kink at 0 and let ε shrink. What does the secant's slope do?",
            ["it goes to 0", "it goes to 1", "it is 1/2 at every ε", "it never settles"],
            "it is 1/2 at every ε",
            why="(h(ε) − h(−ε)) / 2ε = (ε − 0) / 2ε: the step cancels. The dashed line shows it for every x.",
            show={"h": "ReLU", "x": 0.0, "exponent": -0.5, "dashed": True},
        ),
        controls=[
            Slider("x", -REACH, REACH, value=1.5, step=0.1, label="point x"),
            Slider("exponent", -7, 0, value=-0.5, step=0.5, label="step: log₁₀ ε"),
            Choice("h", list(layers)),
            Choice("convention", CONVENTIONS, label="slope at a kink"),
            Choice("dtype", ["float64", "float32"]),
            Toggle("dashed", label="dashed: the secant's slope at every x"),
        ],
        draw=lambda figure, h, **values: draw_kink(figure, layers[h], h, **values),
        alt="Left h with a secant through x − ε and x + ε, right its derivative h' with the secant's slope",
        width=7.5,
        height=3.2,
        ahead=Ahead(
            presets=[{"x": 0.0}], pairs=[("h", "convention"), ("h", "exponent"), ("exponent", "dtype")]
        ),
    )


def draw_kink(
    figure: Figure,
    layer: Any,
    name: str,
    x: float,
    exponent: float,
    convention: str = CONVENTIONS[0],
    dtype: str = "float64",
    dashed: bool = False,
) -> str:
    """Draws h with its secant and h' with the secant's slope; says how far apart the two slopes are."""
    x, step = round(x, 1) + 0.0, 10**exponent
    secant = float(secant_slope(layer, np.array([x]), step, dtype)[0])
    left, right = slope(layer, np.array([-1e-9, 1e-9]))
    kinked = abs(right - left) > 1e-6
    chosen = dict(zip(CONVENTIONS, (left, (left + right) / 2, right), strict=True))[convention]
    exact = float(chosen if kinked and x == 0 else slope(layer, np.array([x]))[0])

    figure.set_layout_engine("none")  # fixed places: the constrained layout costs 60 ms a redraw
    value_axes, slope_axes = figure.subplots(1, 2, gridspec_kw=PLACES)
    draw_secant(value_axes, layer, x, step, secant)
    draw_slopes(slope_axes, layer, kinked)
    if dashed:
        points = np.linspace(-REACH, REACH, 241)
        slopes = secant_slope(layer, points, step, dtype)
        slope_axes.plot(points, slopes, color=GRADIENT, linestyle="--", linewidth=1.2)
    if kinked:
        slope_axes.plot(0, chosen, "o", color=VALUE, markersize=7)
    slope_axes.plot(x, secant, "D", color=GRADIENT, markersize=7, clip_on=False)
    aside = (8 if x < REACH / 2 else -46, -12)
    slope_axes.annotate("secant", (x, secant), aside, textcoords="offset points", color=GRADIENT)
    slope_axes.text(0.1 - REACH, float(slope(layer, np.array([-REACH]))[0]) + 0.05, "h'", color=VALUE)
    value_axes.set_title(f"h is {name}, in orange a secant")
    slope_axes.set_title(f"At {shown(x)}: h' is {shown(exact)}, the secant's slope {shown(secant)}")
    return said(name, x, exponent, secant, exact, kinked, dtype)


def said(name: str, x: float, exponent: float, secant: float, exact: float, kinked: bool, dtype: str) -> str:
    """The slopes in words, and why they differ where they do."""
    at, step = shown(x), 10**exponent
    slopes = f"the secant's slope is {shown(secant)}, h'({at}) is {shown(exact)}"
    opening = f"{name} at x = {at} with ε = {step:.2g}: {slopes}."
    if abs(secant - exact) < 5e-4:
        return f"{opening} They agree."
    if kinked and abs(x) < step:
        own = ", and h'(0) is a convention" if x == 0 else ""
        return f"{opening} The kink lies within the step: the secant mixes the slopes of both sides{own}."
    if dtype == "float32" and exponent <= -3:
        return f"{opening} This is rounding: the step is too small for float32."
    return f"{opening} The curve bends within the step."


def slope(layer: Any, X: np.ndarray) -> np.ndarray:
    """h'(X): the backward pass with an upstream of ones."""
    return layer.backward(np.ones_like(layer.forward(X)))


def secant_slope(layer: Any, X: np.ndarray, step: float, dtype: str = "float64") -> np.ndarray:
    """(h(x + ε) − h(x − ε)) / 2ε for each x, every number in `dtype`."""
    X, step = X.astype(dtype), np.dtype(dtype).type(step)
    ahead, behind = layer.forward(X + step), layer.forward(X - step)
    return (ahead - behind) / (2 * step)


def draw_secant(axes: Axes, layer: Any, x: float, step: float, secant: float) -> None:
    points = np.linspace(-REACH, REACH, 241)
    axes.plot(points, layer.forward(points), color=VALUE)
    ends = np.array([x - step, x + step])
    heights = layer.forward(ends)
    axes.axline((x, heights.mean()), slope=secant, color=GRADIENT, linewidth=1.2)
    axes.plot(ends, heights, "o", color=GRADIENT, markersize=5, clip_on=False)
    axes.set(xlim=(-REACH, REACH), ylim=(-2.1, 3.1), xlabel="x", ylabel="h(x)")


def draw_slopes(axes: Axes, layer: Any, kinked: bool) -> None:
    for points in (np.linspace(-REACH, -1e-9, 121), np.linspace(1e-9, REACH, 121)):
        slopes = slope(layer, points)
        axes.plot(points, slopes, color=VALUE)
        if kinked:
            end = np.abs(points).argmin()
            axes.plot(points[end], slopes[end], "o", color=VALUE, markerfacecolor="white", markersize=7)
    axes.set(xlim=(-REACH, REACH), ylim=(-0.25, 1.25), xlabel="x", ylabel="h'(x)")
    if slope(layer, np.array([-1e-9, 1e-9])).max() > 1.2:
        axes.set_ylim(-0.25, 2.25)


def shown(number: float) -> str:
    """A number to three digits, with a minus that is read as one."""
    return f"{number:.3g}".replace("-", "−")


N, S = 100, 16  # units in each layer, samples
STDS = (1e-4, 0.01, 0.05, 0.1, 0.14, 0.2, 0.4)
STYLES = ("-", "--", ":", "-.")


def depth_explorer(layers: Mapping[str, type]) -> Explorer:
    """The size of the gradient behind each of many layers, for activation classes by name."""
    return Explorer(
        question="Through how many layers does a gradient live?",
        predict=Predict(
            f"Layers of {N} units, entries of W drawn from N(0, std²), then ReLU. "
            "With which std does the gradient keep its size at any depth?",
            answer=0.14,
            within=0.015,
            low=0.0,
            high=1.0,
            step=0.01,
            why=f"Going back, W multiplies the mean square by N std², and ReLU lets half of it pass. "
            f"N std² / 2 = 1 gives std = √(2/{N}).",
            show={"std": 0.14, "depth": 30},
        ),
        controls=[
            Slider("depth", 2, 40, value=5, label="layers"),
            Choice("std", STDS, value=0.05, label="std of W"),
        ],
        draw=lambda figure, depth, std: draw_depth(figure, layers, depth, std),
        alt="The size of the gradient behind each layer on a logarithmic axis, a line for each activation",
        width=7,
        height=3.2,
    )


def draw_depth(figure: Figure, layers: Mapping[str, type], depth: int, std: float) -> str:
    """Draws log₁₀ of the gradient's size after 0, 1, ..., depth layers; says what is left at the end."""
    figure.set_layout_engine("none")
    axes = figure.add_axes((0.1, 0.16, 0.76, 0.73))
    lines = {name: gradient_sizes(layer, depth, std) for name, layer in layers.items()}
    for sizes, style in zip(lines.values(), STYLES, strict=False):
        axes.plot(sizes, color=GRADIENT, linestyle=style)
    low = min(-3.0, *(sizes.min() for sizes in lines.values()))
    high = max(1.0, *(sizes.max() for sizes in lines.values()))
    axes.set(
        xlim=(0, depth), ylim=(low, high), xlabel="layers passed, from the loss back", ylabel="log₁₀ of size"
    )
    if low < SMALLEST:
        axes.axhline(SMALLEST, color=QUIET, linewidth=1)
        axes.text(0.1, SMALLEST, "below: 0 in float32", color=QUIET, va="top")
    ends = [sizes[-1] for sizes in lines.values()]
    for name, height in zip(lines, spread(ends, gap=(high - low) / 12), strict=True):
        place = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "annotation_clip": False}
        axes.annotate(name, (depth, height), color=GRADIENT, **place)
    axes.set_title(f"A gradient through {depth} layers, std of W = {std:g}")
    left = ", ".join(f"{name} {shown(round(end, 1) + 0.0)}" for name, end in zip(lines, ends, strict=True))
    return f"After {depth} layers with std = {std:g}, log₁₀ of the gradient's size, which began at 0: {left}."


SMALLEST = float(np.log10(np.finfo(np.float32).smallest_subnormal))


def gradient_sizes(layer: type, depth: int, std: float) -> np.ndarray:
    """log₁₀ of the gradient's root mean square after 0, 1, ..., depth layers Y = h(X Wᵀ), going back."""
    rng = np.random.default_rng(4)
    Y, passed = rng.normal(size=(S, N)), []
    for _ in range(depth):
        W, h = std * rng.normal(size=(N, N)), layer()
        Y = h.forward(Y @ W.T)
        passed.append((W, h))
    dY = rng.normal(size=(S, N))
    sizes = [size_of(dY)]
    for W, h in reversed(passed):
        dY = h.backward(dY) @ W
        sizes.append(size_of(dY))
    return np.log10(np.array(sizes) / sizes[0])


def size_of(A: np.ndarray) -> float:
    """The root mean square of the entries."""
    return float(np.sqrt(np.mean(A**2)))


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """The heights, moved apart upwards until no two are closer than the gap."""
    free, placed = -np.inf, {}
    for k in np.argsort(heights):
        placed[k] = free = max(heights[k], free)
        free += gap
    return [placed[k] for k in range(len(heights))]
