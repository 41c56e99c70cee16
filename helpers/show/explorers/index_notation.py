"""Notebook 02: which cells does a delta leave, and which letters does a line leave free?"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.show import GRADIENT, QUIET, REFERENCE, Choice, Explorer, Predict, Slider, heat_map

G = np.array([[2.0, -1.0, 3.0, 1.0], [1.0, 4.0, -2.0, 2.0], [-3.0, 2.0, 1.0, -1.0]])  # ∂L/∂Y, S = 3 by N = 4
X = np.array([[1.0, 3.0], [2.0, -1.0], [4.0, 2.0]])  # S = 3 by M = 2
LETTERS = {"Gₘₙ Xₘⱼ δₙᵢ": set("mnij"), "Gₘᵢ Xₘⱼ": set("mij"), "Gₘₙ Xₘⱼ": set("mnj")}
SUMS = {"Σₘₙ": set("mn"), "Σₘ": set("m"), "Σₙ": set("n"), "no Σ": set()}
LEFT = set("ij")
ILLEGAL, WRONG, RIGHT = range(3)


def delta_explorer() -> Explorer:
    """Σ Gₘₙ Xₘⱼ δₙᵢ as cells that survive, and its free letters beside those of the left side, ∂L/∂Wᵢⱼ."""

    def draw(figure: Figure, over: str, term: str, i: int, j: int) -> str:
        alive = survivors(term, i)
        letters = f"left {{i, j}}, right {{{', '.join(sorted(free(over, term)))}}}"
        written = term if over == "no Σ" else f"{over} {term}"
        verdict = {ILLEGAL: "✗ illegal", WRONG: "legal, ✗ wrong value", RIGHT: "✓ legal"}[kind(over, term)]
        colour = REFERENCE if kind(over, term) == RIGHT else GRADIENT
        figure.set_layout_engine("none")
        boxes = (0.1, 0.68, 0.48, 0.1), (0.1, 0.04, 0.48, 0.46), (0.72, 0.04, 0.24, 0.46)
        delta, g, x = map(figure.add_axes, boxes)
        draw_delta(delta, i, used="δ" in term)
        draw_cells(g, G, f"G: {alive.sum()} of 12 cells take part", alive)
        draw_cells(x, X, f"X: column j = {j}", np.arange(1, 3) == np.full((3, 1), j))
        title = f"{written}:  {letters}  {verdict}"
        figure.suptitle(title, x=0.03, ha="left", color=colour, fontweight="bold")
        values = numbers(over, term, i, j)
        worth = f"= {whole(values)}" if values.size == 1 else f"is {values.size} numbers"
        figure.text(0.72, 0.72, f"{entry(i, j)} {worth}", color=colour, fontsize=12)
        return f"{written}: {letters}. {said(over, term, i, j)}"

    return Explorer(
        question="Which cells survive the delta, and which letters are left?",
        predict=Predict(
            "i = 3. The factor δₙᵢ joins Σₘₙ Gₘₙ Xₘⱼ. Which cells of G are still in the sum?",
            ["row 3", "column 3", "the one cell in row 3, column 3", "all 12"],
            "column 3",
            why="δₙᵢ speaks of n, the columns of G. It says nothing about m, so every row stays.",
            show={"term": "Gₘₙ Xₘⱼ δₙᵢ", "i": 3},
        ),
        controls=[
            Choice("over", list(SUMS), label="sum"),
            Choice("term", list(LETTERS), "Gₘₙ Xₘⱼ", label="under the sum"),
            Slider("i", 1, 4, 1, label="i"),
            Slider("j", 1, 2, 1, label="j"),
        ],
        draw=draw,
        alt="The row δₙᵢ over the grid G, the surviving cells framed, beside it a column of X",
        width=6.8,
        height=3.6,
    )


def free(over: str, term: str) -> set[str]:
    """The letters that no sum binds."""
    return LETTERS[term] - SUMS[over]


def survivors(term: str, i: int) -> np.ndarray:
    """The cells of G that take part."""
    return np.broadcast_to((np.arange(1, 5) == i) | ("i" not in LETTERS[term]), G.shape)


def numbers(over: str, term: str, i: int, j: int) -> np.ndarray:
    """What the line says ∂L/∂Wᵢⱼ is: one number, or several where m or n is left free."""
    column = G[:, [i - 1] * 4] if term == "Gₘᵢ Xₘⱼ" else G
    delta = np.eye(4)[i - 1] if "δ" in term else np.ones(4)
    products = column * X[:, [j - 1]] * delta
    bound = LETTERS[term] | SUMS[over]
    products = products if "n" in bound else products[:, 0]
    return products.sum(axis=tuple(axis for axis, k in enumerate("mn") if k in SUMS[over]))


def kind(over: str, term: str) -> int:
    """Letters that do not match; letters that match, and a sum too many; a right line."""
    if free(over, term) != LEFT:
        return ILLEGAL
    return RIGHT if SUMS[over] <= LETTERS[term] else WRONG


def said(over: str, term: str, i: int, j: int) -> str:
    """What becomes of ∂L/∂Wᵢⱼ, in words."""
    values, surplus, words = numbers(over, term, i, j), free(over, term) - LEFT, []
    if surplus:
        many, are = " and ".join(sorted(surplus)), "is" if len(surplus) == 1 else "are"
        shown = f" ({', '.join(map(whole, values.ravel()))})" if values.size <= 4 else ""
        words.append(
            f"{entry(i, j)} is one number, and here are {values.size}: {many} {are} left free{shown}."
        )
    if LEFT - free(over, term):
        words.append("There is no i on the right: every output would get the same.")
    if SUMS[over] - LETTERS[term]:
        words.append("Nothing under the sum has the letter n: the same is added 4 times.")
    if not surplus:
        right = whole(numbers("Σₘ", "Gₘᵢ Xₘⱼ", i, j))
        instead = "" if kind(over, term) == RIGHT else f", and {right} is right"
        words.append(f"{entry(i, j)} = {whole(values)}{instead}.")
    return " ".join(words)


def entry(i: int, j: int) -> str:
    return f"∂L/∂W{'₁₂₃₄'[i - 1]}{'₁₂'[j - 1]}"


def whole(value: np.ndarray) -> str:
    return f"{float(value):.0f}".replace("-", "−")


def draw_delta(axes: Axes, i: int, used: bool) -> None:
    """The row δₙᵢ over n: 1 at n = i. Its place stays empty where the term has no delta."""
    axes.set_axis_off()
    axes.set(xlim=(-0.5, 3.5), ylim=(0, 1))
    for n in range(4):
        text = str(int(n + 1 == i)) if used else "·"
        bold = used and n + 1 == i
        axes.text(
            n,
            0.4,
            text,
            ha="center",
            va="center",
            fontweight="bold" if bold else None,
            color="black" if bold else QUIET,
        )
    axes.text(-0.5, 1.05, f"δₙᵢ at i = {i}" if used else "no delta", ha="left", va="bottom", fontsize=10)


def draw_cells(axes: Axes, values: np.ndarray, title: str, alive: np.ndarray) -> None:
    """A matrix; what does not take part is pale, what does has a frame."""
    heat_map(axes, np.where(alive, values, 0.0), limit=6, form="")
    for (row, column), value in np.ndenumerate(values):
        lives = alive[row, column]
        axes.text(
            column,
            row,
            whole(value),
            ha="center",
            va="center",
            color="black" if lives else "#B8B8B8",
            fontweight="bold" if lives else None,
        )
        if lives:
            corner = column - 0.46, row - 0.46
            axes.add_patch(Rectangle(corner, 0.92, 0.92, fill=False, linewidth=1.5, edgecolor=REFERENCE))
    axes.set_xticks(range(values.shape[1]), range(1, values.shape[1] + 1))
    axes.set_yticks(range(3), [f"m = {m}" for m in (1, 2, 3)] if values is G else [])
    axes.tick_params(labeltop=True, labelbottom=False)
    axes.set_title(title, fontsize=10, pad=6)
