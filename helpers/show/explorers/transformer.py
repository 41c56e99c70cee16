"""How much of a gradient reaches the first of many blocks?"""

from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, VALUE, Choice, Explorer, Predict, Slider

DEEPEST, DRAWS, PLACES, WIDTH, HEADS = 24, 5, 8, 16, 2
WIRINGS = FIRST, LAST, CUT = "norms first", "norms last", "no links"
COLOURS = dict(zip(WIRINGS, (VALUE, GRADIENT, QUIET), strict=True))
STYLES = dict(zip(WIRINGS, ("-", "--", ":"), strict=True))
SIZES = {"as PyTorch draws them": 1.0, "four times as large": 4.0}
LEFT, RIGHT = (0.08, 0.15, 0.4, 0.73), (0.57, 0.15, 0.31, 0.73)


class Stack(NamedTuple):
    """What is known of a stack of 1, 2, ... 24 blocks, a row for each draw of the weights."""

    arrived: np.ndarray  # (draws, 24): the norm of dX at the first block, for a dY of norm 1 at the last
    alike: np.ndarray  # (draws, 24): the mean cosine of two places of Y


def depth_explorer(block: type, cut: type) -> Explorer:
    """Stacks of blocks in three wirings; `block` is the class of a transformer block, `cut` one without its links."""

    @cache
    def stack(wiring: str, size: float) -> Stack:
        draws = [one_draw(cut if wiring == CUT else block, wiring, size, k) for k in range(DRAWS)]
        return Stack(*map(np.array, zip(*draws, strict=True)))

    for size in SIZES.values():  # now, so that no key waits for it
        for wiring in WIRINGS:
            stack(wiring, size)

    def draw(figure: Figure, depth: int, wiring: str, weights: str) -> str:
        stacks = {w: stack(w, SIZES[weights]) for w in WIRINGS}
        figure.set_layout_engine("none")  # fixed places: the constrained layout costs as much as all the rest
        draw_arrived(figure.add_axes(LEFT), stacks, depth, wiring)
        draw_alike(figure.add_axes(RIGHT), stacks, depth, wiring)
        return sentence(stacks, depth, wiring)

    return Explorer(
        question="How much of a gradient reaches the first of many blocks?",
        predict=Predict(
            "A gradient of norm 1 enters 24 blocks from above, norms first, with weights as PyTorch draws them. Which "
            "norm reaches the first block?",
            ["about 0.000001", "about 0.005", "about 2", "about 10,000"],
            "about 2",
            why="The links hand dY down as it is, which alone makes 1. What the 48 parts beside the links add to it "
            "points anywhere, so it lengthens dY a little and cannot cancel it.",
            show={"depth": DEEPEST, "wiring": FIRST, "weights": "as PyTorch draws them"},
        ),
        controls=[
            Slider("depth", 1, DEEPEST, 6, label="blocks"),
            Choice("wiring", WIRINGS),
            Choice("weights", list(SIZES)),
        ],
        draw=draw,
        alt="Two curves over the number of blocks for each of three wirings: the norm of the gradient that reaches the "
        "first block, and how alike the places are at the top",
        width=8.2,
        height=3.4,
    )


def one_draw(block: type, wiring: str, size: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """All 24 depths in one pass: row d of X belongs to the stack that ends with block d, where its dY comes in."""
    rng = np.random.default_rng(seed)
    options = {"causal": True, "norm_first": wiring != LAST, "rng": rng}
    blocks = [block(WIDTH, HEADS, **options) for _ in range(DEEPEST)]
    for W in (W for one in blocks for W in one.params.values() if W.ndim == 2):
        W *= size
    Y, dY = rng.normal(size=(2, PLACES, WIDTH))
    Y, dX, alike = np.tile(Y, (DEEPEST, 1, 1)), np.zeros((DEEPEST, PLACES, WIDTH)), []
    for one in blocks:
        Y = one.forward(Y)
        alike.append(mean_cosine(Y[0]))
    for d in reversed(range(DEEPEST)):
        dX[d] = dY / np.linalg.norm(dY)
        dX = blocks[d].backward(dX)
    return np.linalg.norm(dX, axis=(1, 2)), np.array(alike)


def mean_cosine(Y: np.ndarray) -> float:
    """How alike the rows of Y (T, N) are: 1 where all point one way."""
    rows = Y / np.linalg.norm(Y, axis=1, keepdims=True)
    return (rows @ rows.T)[~np.eye(len(Y), dtype=bool)].mean()


def middle(arrived: np.ndarray) -> np.ndarray:
    """The geometric mean over the draws."""
    return np.exp(np.log(arrived).mean(axis=0))


def draw_arrived(axes: Axes, stacks: dict[str, Stack], depth: int, chosen: str) -> None:
    """The norm at the first block, over the depth; of the chosen wiring each draw too."""
    for row in stacks[chosen].arrived:
        axes.plot(np.arange(1, depth + 1), row[:depth], color=COLOURS[chosen], linewidth=0.7, alpha=0.5)
    axes.axhline(1, color=QUIET, linewidth=0.6)
    curves(axes, {w: middle(s.arrived) for w, s in stacks.items()}, depth, chosen)
    low, high = (f([f(s.arrived) for s in stacks.values()]) for f in (np.min, np.max))
    axes.set(yscale="log", ylim=(low / 2, high * 2), title="gradient at the first block, of 1 at the top")


def draw_alike(axes: Axes, stacks: dict[str, Stack], depth: int, chosen: str) -> None:
    """How alike the places are at the top."""
    lines = {w: s.alike.mean(axis=0) for w, s in stacks.items()}
    curves(axes, lines, depth, chosen)
    tops = {w: line[depth - 1] for w, line in lines.items()}
    for wiring, place in apart(tops, 0.09).items():
        style = {"color": COLOURS[wiring], "va": "center", "fontsize": 9}
        axes.text(depth + 0.7, place, wiring, weight="bold" if wiring == chosen else "normal", **style)
    axes.set(ylim=(-0.1, 1.1), title="how alike the places are at the top")


def curves(axes: Axes, lines: dict[str, np.ndarray], depth: int, chosen: str) -> None:
    for wiring, line in lines.items():
        style = {"color": COLOURS[wiring], "linestyle": STYLES[wiring]}
        axes.plot(
            np.arange(1, depth + 1),
            line[:depth],
            linewidth=3 if wiring == chosen else 1.5,
            label=wiring,
            **style,
        )
        axes.plot(depth, line[depth - 1], "o", color=COLOURS[wiring], markersize=5)
    axes.set(xlim=(0.5, DEEPEST + 0.5), xticks=[1, 6, 12, 18, 24], xlabel="blocks")


def apart(heights: dict[str, float], gap: float) -> dict[str, float]:
    """Heights for labels, at least a gap from each other, in their order."""
    placed, last = {}, -np.inf
    for name in sorted(heights, key=heights.get):
        placed[name] = last = max(heights[name], last + gap)
    over = max(0.0, last - 1.05)
    return {name: place - over for name, place in placed.items()}


def sentence(stacks: dict[str, Stack], depth: int, chosen: str) -> str:
    """What arrives in the chosen wiring, and in the two others."""
    arrived = {w: number(middle(s.arrived)[depth - 1]) for w, s in stacks.items()}
    low, high = (number(f(stacks[chosen].arrived[:, depth - 1])) for f in (np.min, np.max))
    others = ", ".join(f"with {w} {arrived[w]}" for w in WIRINGS if w != chosen)
    cosine = stacks[chosen].alike[:, depth - 1].mean()
    return (
        f"{depth} block{'s' * (depth > 1)}, {chosen}: of a gradient of norm 1, {arrived[chosen]} reaches the first "
        f"block, {low} to {high} in {DRAWS} draws of the weights; {others}. At the top two places have a cosine of "
        f"{cosine:.2f}."
    )


def number(a: float) -> str:
    """Two digits: 160, 1.8, 0.0053."""
    return np.format_float_positional(float(f"{a:.2g}"), trim="-")
