"""Which upstream gradients does layer norm throw away?"""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from helpers.show import GRADIENT, QUIET, VALUE, Ahead, Choice, Explorer, Predict, Slider, heat_map

FEATURES = "₁₂₃"
START = {"x": (1.5, 0.5, -0.5), "dY": (0.5, 1.5, -0.5)}
GAMMAS = {"1, 1, 1": np.ones(3), "1, ½, 1½": np.array([1.0, 0.5, 1.5])}
ONES = np.ones(3) / np.sqrt(3)
REACH = 3.1
PLACES = {"left": 0.01, "right": 0.99, "top": 0.95, "bottom": 0.33, "wspace": 0.02}
ROWS = ["dX̂ = γ dY", "− along 1", "− along x̂", "left: σ dX"]


class Parts(NamedTuple):
    """A row of three features and its upstream gradient, taken apart."""

    mean: float
    sigma: float
    xhat: np.ndarray
    w: np.ndarray  # of length 1, in the direction of x̂
    dXhat: np.ndarray
    along_ones: np.ndarray  # what the path through the mean takes from dX̂
    along_xhat: np.ndarray  # what the path through the variance takes
    left: np.ndarray
    dX: np.ndarray


def layer_norm_explorer(layer) -> Explorer:
    """One row of three features in two views; `layer` is the class of a layer norm."""

    def draw(figure: Figure, gamma: str, eps: float, **numbers: float) -> str:
        x, dY = (np.array([numbers[f"{letter}{n}"] for n in (1, 2, 3)]) for letter in ("x", "dY"))
        p = parts_of(layer, x, dY, GAMMAS[gamma], eps)
        figure.set_layout_engine("none")  # fixed places: the constrained layout costs half as much time again
        side, above = figure.subplots(1, 2, gridspec_kw=PLACES)
        draw_side(side, p)
        draw_above(above, p)
        ledger = figure.add_axes((0.17, 0.01, 0.66, 0.24))
        names = [f"feature {n}" for n in (1, 2, 3)]
        heat_map(
            ledger, np.round([p.dXhat, -p.along_ones, -p.along_xhat, p.left], 2) + 0.0, ROWS, names, limit=4
        )
        ledger.tick_params(labeltop=True, labelbottom=False)
        return sentence(p, dY)

    pairs = []  # a row of the page is a feature: its value, its upstream gradient
    for n, (k, x, dY) in enumerate(zip(FEATURES, *START.values(), strict=True), 1):
        pairs.append(Slider(f"x{n}", -1.5, 1.5, x, 0.5, f"x{k}"))
        pairs.append(Slider(f"dY{n}", -1.5, 1.5, dY, 0.5, f"upstream dY{k}"))
    return Explorer(
        question="Which upstream gradients does layer norm throw away?",
        predict=Predict(
            "With γ = 1, dY = (1, 1, 1) gives dX = 0. Now let dY be the row itself, (1.5, 0.5, −0.5). What is dX?",
            ["0 but for ε", "along x̂", "along (1, 1, 1)", "none of these"],
            "0 but for ε",
            why="x is its mean times (1, 1, 1), plus σ times x̂. Both directions are taken out of dX̂. "
            "Scaling or shifting a row does not change its x̂.",
            show={"gamma": "1, 1, 1", **{f"dY{n}": x for n, x in enumerate(START["x"], 1)}},
        ),
        controls=[
            *pairs,
            Choice("gamma", list(GAMMAS), label="γ"),
            Choice("eps", [1e-5, 1.0], label="ε"),
        ],
        draw=draw,
        alt="A row of three features and its upstream gradient from two sides, and what is taken from the gradient",
        width=7.6,
        height=5.8,
        ahead=Ahead(pairs=[("gamma", "eps")]),
    )


def parts_of(layer, x: np.ndarray, dY: np.ndarray, gamma: np.ndarray, eps: float) -> Parts:
    """The layer's own dX beside the parts of dX̂ that it leaves out."""
    norm = layer(3, eps=eps)
    norm.params["gamma"][...] = gamma
    norm.forward(x[None])
    (dX,) = norm.backward(dY[None])
    d, dXhat = x - x.mean(), gamma * dY
    sigma = np.sqrt((d**2).mean() + eps)
    xhat, length = d / sigma, np.linalg.norm(d)
    w = d / length if length else np.array([1.0, -1.0, 0.0]) / np.sqrt(2)
    along_ones, along_xhat = dXhat.mean() * np.ones(3), xhat * (dXhat * xhat).mean()
    return Parts(x.mean(), sigma, xhat, w, dXhat, along_ones, along_xhat, sigma * dX, dX)


def draw_side(axes: Axes, p: Parts) -> None:
    """The plane of 𝟏 and x̂: how x gets to x̂, and the part of dX̂ that lies in this plane, which is lost."""
    view = np.array([p.w, ONES])
    x, foot = np.array([[p.xhat @ p.w * p.sigma, p.mean * np.sqrt(3)], [p.xhat @ p.w * p.sigma, 0]])
    axes.plot([-REACH, REACH, None, 0, 0], [0, 0, None, -REACH, REACH], color=QUIET, linewidth=0.6)
    axes.text(REACH, -0.15, "along x̂", ha="right", va="top", color=QUIET, fontsize=8)
    axes.text(0.12, -REACH, "along 1", color=QUIET, fontsize=8)
    sphere(axes, "From the side: the plane of 1 and x̂")
    arrow(axes, x, foot, VALUE, ":")
    arrow(axes, foot, view @ p.xhat, VALUE, ":")
    dot(axes, x, "x", x + np.array([0, 0.3]))
    dot(axes, view @ p.xhat, "x̂", view @ p.xhat + [0.25, -0.35])
    lost = view @ (p.along_ones + p.along_xhat)
    arrow(axes, [0, 0], lost, QUIET, "-")
    beside(axes, lost, "lost", np.array([lost[1], -lost[0]]))


def draw_above(axes: Axes, p: Parts) -> None:
    """The plane of all centred rows, seen along 𝟏: dX̂ without its mean, its part along x̂, and what is left."""
    view = np.array([[-1.0, 1.0, 0.0], [-1.0, -1.0, 2.0]]) / np.sqrt([[2.0], [6.0]])
    for n, axis in enumerate(view.T, 1):
        axes.plot(*np.transpose([[0, 0], 2.7 * axis]), color=QUIET, linewidth=0.6)
        axes.text(*(2.95 * axis), f"feature {n}", ha="center", va="center", color=QUIET, fontsize=8)
    sphere(axes, "From above, along 1: the centred rows")
    xhat, centred, left = view @ p.xhat, view @ (p.dXhat - p.along_ones), view @ p.left
    arrow(axes, [0, 0], centred - left, QUIET, "-")
    arrow(axes, [0, 0], centred, GRADIENT, "--")
    arrow(axes, [0, 0], left, GRADIENT, "-")
    if np.linalg.norm(left) > 0.4:
        name(axes, left, "left", GRADIENT)
    if min(np.linalg.norm(left), np.linalg.norm(centred - left)) > 0.5:
        name(axes, centred, "dX̂ − mean", GRADIENT)
        beside(axes, centred - left, "lost", left)
    dot(axes, xhat, "x̂", 1.22 * xhat)


def sphere(axes: Axes, title: str) -> None:
    """The circle of radius √N as which the sphere of all x̂ is seen."""
    angle = np.linspace(0, 2 * np.pi, 73)
    axes.plot(np.sqrt(3) * np.cos(angle), np.sqrt(3) * np.sin(angle), color=QUIET, linewidth=0.8)
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal", title=title)
    axes.set_axis_off()


def arrow(axes: Axes, start: ArrayLike, end: ArrayLike, colour: str, style: str) -> None:
    """An arrow; a dot, where it has no length."""
    if np.linalg.norm(np.subtract(end, start)) < 0.05:
        axes.plot(*end, "o", color=colour, markersize=4)
        return
    shape = {
        "arrowstyle": "->",
        "color": colour,
        "linestyle": style,
        "linewidth": 2,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    axes.annotate("", end, start, arrowprops=shape)


def name(axes: Axes, end: np.ndarray, text: str, colour: str) -> None:
    """A text beyond the head of an arrow from the origin; none for a dot."""
    if (length := np.linalg.norm(end)) >= 0.05:
        side = "left" if end[0] > 0.3 else "right" if end[0] < -0.3 else "center"
        axes.text(*(end * (1 + 0.25 / length)), text, ha=side, va="center", color=colour, fontsize=9)


def beside(axes: Axes, end: np.ndarray, text: str, away: np.ndarray) -> None:
    """A text beside the middle of an arrow from the origin, on the side that is away from a direction."""
    if (length := np.linalg.norm(away)) >= 0.3:
        place = end / 2 - 0.35 * away / length
        axes.text(*place, text, ha="center", va="center", color=QUIET, fontsize=9)


def dot(axes: Axes, place: np.ndarray, text: str, beside: np.ndarray) -> None:
    axes.plot(*place, "o", color=VALUE, markersize=6)
    axes.text(*beside, text, ha="center", va="center", color=VALUE)


def sentence(p: Parts, dY: np.ndarray) -> str:
    """How much of dX̂ is lost where, and what dX is."""
    if not p.dXhat.any():
        return "dX̂ is 0, and so is dX."
    ones, xhat = (part @ part / (p.dXhat @ p.dXhat) for part in (p.along_ones, p.w * (p.dXhat @ p.w)))
    dX = f"dX = ({', '.join(map(signed, p.dX))})"
    said = f"By squared length, {ones:.0%} of dX̂ lies along (1, 1, 1)"
    if not p.xhat.any():
        return (
            f"{said}. All x are equal, so x̂ = 0: only the mean is lost, and {dX} by 1/σ = {1 / p.sigma:.0f}."
        )
    said += f", {xhat:.0%} along x̂ and {abs(1 - ones - xhat):.0%} across both."
    if (kept := 1 - p.xhat @ p.xhat / 3) > 0.005:
        said += f" This ε keeps ε/σ² = {kept:.0%} of the part along x̂."
    if np.abs(p.dX).max() < 0.005:
        return f"{said} Nothing is left: dX = 0."
    constant = " dY is constant, and dX̂ = γ dY is not." if np.ptp(dY) == 0 else ""
    return f"{said} What is left, over σ = {p.sigma:.2f}, is {dX}.{constant}"


def signed(number: float) -> str:
    """Two digits with a true minus sign, and never −0."""
    return f"{round(number, 2) + 0.0:.2f}".replace("-", "−")
