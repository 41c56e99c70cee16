"""Raise one logit: who moves?"""

import numpy as np
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, VALUE, Ahead, Explorer, Predict, Slider, heat_map

CLASSES = "₁₂₃₄"
X = (1.0, 1.0, 0.0, -1.0)
dY = (0.5, 0.0, 0.0, -1.0)
PLACES = {"left": 0.01, "right": 0.99, "top": 0.94, "bottom": 0.07, "wspace": 0.12, "hspace": 0.3}


def softmax_explorer(layer) -> Explorer:
    """Four logits, four upstream gradients and a softmax layer between them."""

    def draw(figure: Figure, c: float, **numbers: float) -> str:
        X, dY = (np.array([numbers[f"{letter}{n}"] for n in range(1, 5)]) for letter in ("X", "dY"))
        Y, dX, J = numbers_of(layer, X + c, dY)
        mean = Y @ dY
        figure.set_layout_engine("none")  # fixed places: the constrained layout costs half as much time again
        (left, right), (below, beside) = figure.subplots(2, 2, width_ratios=(1, 1.2), gridspec_kw=PLACES)
        draw_bars(left, Y, VALUE, named("X", X + c))
        left.set(title="Y: probabilities", ylim=(0, 1.15))
        draw_upstream(right, dY, mean)
        draw_bars(below, dX, GRADIENT, [f"dX{k}" for k in CLASSES])
        reach = max(0.3, 1.4 * abs(dX).max())
        below.set(title="dX = Y ∘ (dY − mean): sums to 0", ylim=(-reach, reach))
        below.axhline(0, color=QUIET, linewidth=1)
        names = [f"Y{k}" for k in CLASSES], [*(f"X{k}" for k in CLASSES), "row sum"]
        heat_map(beside, np.column_stack([J, J.sum(axis=1)]).round(2) + 0.0, *names, limit=0.25)
        beside.set_title("Jacobian ∂Y/∂X: each row sums to 0")
        return sentence(dX, mean, c)

    pairs = []  # a row of the page is a class: its logit, its upstream gradient
    for n, (k, x, g) in enumerate(zip(CLASSES, X, dY, strict=True), 1):
        pairs.append(Slider(f"X{n}", -6.0, 6.0, x, 0.5, f"logit X{k}"))
        pairs.append(Slider(f"dY{n}", -2.0, 2.0, g, 0.5, f"upstream dY{k}"))
    return Explorer(
        question="Raise one logit: who moves?",
        predict=Predict(
            "dX₁ is 0.14. Raise dY₂ from 0 to 2 and touch nothing else. Which dX₁ do you see then?",
            ["the same", "a larger one", "a negative one"],
            "a negative one",
            why="dX₁ is Y₁ (dY₁ − mean), and dY₂ lifted the mean above dY₁: raising X₁ now takes probability "
            "from a class with a larger dY.",
            show={"dY2": 2.0},
        ),
        controls=[*pairs, Slider("c", -20.0, 20.0, 0.0, 5.0, "c, added to all logits")],
        draw=draw,
        alt="Bars of Y, of dY about its mean weighted by Y and of dX; the Jacobian as a heat map",
        width=7.6,
        height=4.8,
        ahead=Ahead(presets=[{"X1": 6.0}, {f"X{n}": 0.0 for n in range(1, 5)}], pairs=[("X1", "dY2")]),
    )


def numbers_of(layer, X: np.ndarray, dY: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y, dX and the Jacobian ∂Y/∂X of one row of logits: with e_n as upstream gradient, dX is its row n."""
    N = len(X)
    Y = layer.forward(np.tile(X, (N + 1, 1)))
    dX, *J = layer.backward(np.vstack([dY, np.eye(N)]))
    return Y[0], dX, np.array(J)


def draw_bars(axes, heights: np.ndarray, colour: str, names: list[str]) -> None:
    """Bars with their numbers at their ends."""
    bars = axes.bar(names, heights, color=colour, width=0.6)
    axes.bar_label(bars, [signed(h, 2) for h in heights], padding=2)
    axes.tick_params(axis="x", length=0)
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)


def draw_upstream(axes, dY: np.ndarray, mean: float) -> None:
    """dY as bars that start at its weighted mean: what is above pulls its logit's gradient up."""
    axes.hlines([0, mean], -0.5, 3.5, color=QUIET, linewidth=[0.8, 1.5], linestyle=[":", "-"])
    axes.text(3.6, mean, f"mean\n{signed(mean, 2)}", va="center", color=QUIET)
    axes.bar(named("dY", dY), dY - mean, 0.6, mean, color="white", edgecolor=GRADIENT, hatch="///")
    axes.set(title="dY − mean, the mean weighted by Y", ylim=(-2.3, 2.3), xlim=(-0.5, 4.2), yticks=[-2, 0, 2])
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)


def named(letter: str, numbers: np.ndarray) -> list[str]:
    """X₁ = 2, X₂ = 0, ..."""
    return [f"{letter}{k} = {signed(number)}" for k, number in zip(CLASSES, numbers, strict=True)]


def sentence(dX: np.ndarray, mean: float, c: float) -> str:
    """Who is above the mean, who is below, and what c did."""
    said = []
    for side, outcome, s in (("above", ">\N{NO-BREAK SPACE}0", 1), ("below", "<\N{NO-BREAK SPACE}0", -1)):
        who = [k for k, d in zip(CLASSES, dX, strict=True) if s * d > 5e-7]
        if who:
            said.append(f"{side} it dY{', dY'.join(who)}, so dX{', dX'.join(who)}\N{NO-BREAK SPACE}{outcome}")
    said = "; ".join(said) or "every dY is equal to it, so dX is 0 everywhere"
    shift = f" Adding c = {signed(c)} to all logits changed none of these numbers." if c else ""
    return f"The mean of dY, weighted by Y, is {signed(mean, 2)}: {said}.{shift}"


def signed(number: float, digits: int | None = None) -> str:
    """A number with a true minus sign, and never −0."""
    text = f"{number:g}" if digits is None else f"{round(number, digits) + 0.0:.{digits}f}"
    return text.replace("-", "−")
