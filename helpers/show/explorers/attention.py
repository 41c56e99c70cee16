"""The loss hears one answer: who is blamed?"""

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.show import GRADIENT, SIGNED, Ahead, Choice, Explorer, Predict, Slider

T, D = 5, 3
Q = np.array([[1, 0, 2], [2, 1, 0], [0, 2, 1], [1, -1, 2], [2, 1, 1]], float)
K = np.array([[1, 1, 0], [0, -1, 2], [1, 0, 1], [2, 0, -1], [0, 2, 0]], float)
V = np.array([[2, 0, 1], [-1, 3, 1], [4, -2, 1], [0, 1, 1], [3, 2, 1]], float)  # all alike in feature 3
PADDING = np.array([False, False, False, True, True])
ROUNDING = 1e-15  # below it a number is 0, but for rounding
TOKENS = [str(t) for t in range(1, T + 1)]


def attention_explorer(layer) -> Explorer:
    """Five tokens that ask each other, and a loss that is one entry of Y; `layer` is the class of an attention."""

    def draw(figure: Figure, t: int, e: int, mask: str, temperature: float) -> str:
        P, dS, dV = numbers_of(layer, t, e, mask, temperature)
        hidden = hides(mask)
        figure.set_layout_engine("none")  # fixed places: the constrained layout costs as much as all the rest
        places = (0.07, 0.15, 0.31, 0.75), (0.44, 0.15, 0.31, 0.75), (0.81, 0.15, 0.18, 0.75)
        left, middle, right = map(figure.add_axes, places)
        draw_cells(left, P, "Blues", 1.3, hidden, "P: row t asks, column u answers")
        draw_cells(
            middle,
            abs(dS),
            "Oranges",
            max(1.0, abs(dS).max()),
            hidden,
            "|dS|, – is hidden" if hidden.any() else "|dS|",
        )
        draw_cells(right, dV, SIGNED, 1.0, np.zeros((T, D), bool), "dV")
        left.set_ylabel("answer t")
        for axes in (left, middle):
            axes.set_xlabel("token u")
            axes.add_patch(Rectangle((0, t - 1), T, 1, fill=False, edgecolor=GRADIENT, linewidth=2.5))
        right.set_xlabel("feature")
        return sentence(P[t - 1], dS[t - 1], hidden[t - 1], t, e)

    return Explorer(
        question="The loss hears one answer: who is blamed?",
        predict=Predict(
            "The loss hears answer 2 alone, and no token may look ahead (the causal mask). "
            "How many of the 5 rows of V get a gradient?",
            [1, 2, 4, 5],
            2,
            why="Answer 2 is a mean of values 1 and 2, so these two are to blame. What it may not see has share 0.",
            show={"t": 2, "e": 1, "mask": "causal"},
        ),
        controls=[
            Slider("t", 1, T, 4, label="answer t that the loss hears"),
            Slider("e", 1, D, 1, label="its feature e"),
            Choice("mask", ["none", "causal", "padding"], label="mask"),
            Slider("temperature", 0.2, 3.0, 1.0, 0.2, label="temperature"),
        ],
        draw=draw,
        alt="Heat maps: the shares P of five tokens in five answers, the sizes of dS, and the gradient of each value",
        width=7.6,
        height=3.2,
        ahead=Ahead(pairs=[*combinations(("t", "e", "mask"), 2), ("mask", "temperature")]),
    )


def numbers_of(
    layer, t: int, e: int, mask: str, temperature: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """P and dS (T, T) and dV (T, D), where L = Y_te."""
    attention = layer(causal=mask == "causal")
    padding = PADDING if mask == "padding" else None
    asked = Q / temperature
    P = attention.forward(asked, K, np.eye(T), padding)  # with the unit matrix as values Y is P
    Y = attention.forward(asked, K, V, padding)
    dY = np.zeros((T, D))
    dY[t - 1, e - 1] = 1
    _, _, dV = attention.backward(dY)
    return P, P * (dY @ V.T - np.sum(dY * Y, axis=1, keepdims=True)), dV


def hides(mask: str) -> np.ndarray:
    """True where query t may not see token u, (T, T)."""
    later = np.triu(np.ones((T, T), bool), 1)
    return {"none": later & ~later, "causal": later, "padding": np.tile(PADDING, (T, 1))}[mask]


def draw_cells(axes: Axes, A: np.ndarray, colours: str, limit: float, none: np.ndarray, title: str) -> None:
    """Numbers in coloured cells; a dash at `none`."""
    low = -limit if A.min() < 0 or colours == SIGNED else 0
    edges = {"edgecolors": "#BBBBBB", "linewidth": 0.5}
    axes.pcolormesh(np.where(abs(A) < ROUNDING, 0, A), cmap=colours, vmin=low, vmax=limit, **edges)
    for (row, column), number in np.ndenumerate(A):
        text = "–" if none[row, column] else "0" if abs(number) < ROUNDING else signed(number)
        colour = "white" if abs(number) > 0.65 * limit else "black"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour, fontsize=9)
    axes.invert_yaxis()
    for set_ticks, count in ((axes.set_xticks, A.shape[1]), (axes.set_yticks, A.shape[0])):
        set_ticks(np.arange(count) + 0.5, TOKENS[:count])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=10)


def sentence(P: np.ndarray, dS: np.ndarray, hidden: np.ndarray, t: int, e: int) -> str:
    """Which values get gradient, which of the scores, and why the others have none."""
    seen = ~hidden
    said = [f"The loss is feature {e} of answer {t}, so every row of dS but row {t} is 0."]
    said.append(
        f"Value {listed(seen)} alone gets gradient, with its share of 1."
        if seen.sum() == 1
        else f"Values {listed(seen)} get gradient, each by its share; "
        f"most, {signed(P.max())}, goes to {P.argmax() + 1}."
    )
    if hidden.any():
        said.append(f"The mask hides {listed(hidden)}: share, dS and dV are exactly 0.")
    moving = abs(dS) > ROUNDING
    saturated = moving & (abs(dS) < 0.005) & (P * (1 - P) < 0.01)
    if seen.sum() == 1:
        said.append(
            f"The score of token {listed(seen)} has dS = 0 too, because a share of 1 among one stays 1."
        )
    elif not moving.any():
        said.append(f"All values agree in feature {e}, so no share matters and dS is 0, but dV is not.")
    elif saturated.any():
        said.append(
            f"The 0.00 of dS at {listed(saturated)} is not quite 0: a share next to 0 or 1 hardly moves."
        )
    return " ".join(said)


def listed(which: np.ndarray) -> str:
    """1, 2 and 5"""
    *some, last = [token for token, here in zip(TOKENS, which, strict=True) if here]
    return f"{', '.join(some)} and {last}" if some else last


def signed(number: float) -> str:
    """Two digits after the point, with a true minus sign."""
    return f"{number:.2f}".replace("-", "−")
