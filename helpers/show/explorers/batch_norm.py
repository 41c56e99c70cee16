"""Change one sample: which rows of Y and of dX move?"""

from collections.abc import Callable
from itertools import combinations, compress
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, REFERENCE, VALUE, Ahead, Choice, Explorer, Predict, Slider, Toggle

SAMPLES = "₁₂₃₄₅₆"
X = np.array([-2.0, -1.0, 0.0, 0.8, 1.6, 2.5])
UPSTREAM = {
    "mixed": np.array([0.2, -0.6, -1.0, 1.0, 0.3, 1.5]),
    "sample 1 alone": np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    "all equal": np.ones(6),
    "dY = Y": None,
}
PATHS = {"direct": ("#E69F00", ""), "mean": ("#56B4E9", "///"), "variance": ("#CC79A7", "...")}
EPS = (0.0, 1e-5, 0.1)
SMALL = 5e-4  # nothing, in a picture with three digits


def batch_norm_explorer(layer: Callable[..., Any]) -> Explorer:
    """Six samples of one feature, one of them to move, and dX as the sum of three paths that can be cut.

    `layer` makes a batch norm: layer(1, eps=eps). Its backward is the truth that the paths are held against.
    """

    def draw(figure: Figure, x: float, upstream: str, eps: float, **kept: bool) -> str:
        before, now = (numbers_of(layer, A, upstream, eps) for A in (X, np.array([*X[:-1], x])))
        chosen = np.array([kept[name] for name in PATHS])
        total = now[2][chosen].sum(0)
        figure.set_layout_engine("none")  # fixed places: a redraw in half the time
        draw_lines(figure.add_axes((0.08, 0.64, 0.9, 0.29)), x, before[0], now[0])
        draw_paths(figure.add_axes((0.02, 0.04, 0.96, 0.48)), chosen, total, now, before)
        return sentence(x, chosen, total, now, before)

    return Explorer(
        question="Change one sample: which rows of Y and of dX move?",
        predict=Predict(
            "Sample 6 leaves the others behind: x₆ goes from 2.5 to 10. Its upstream gradient stays 1.5. "
            "What becomes of its own dX₆?",
            ["it grows", "it hardly changes", "it nearly vanishes"],
            "it nearly vanishes",
            why="σ grows with x₆, so every path shrinks; and for sample 6 the three cancel. However far it "
            "goes, Y₆ stays below √5 = 2.24: at the edge, moving on changes nothing.",
            show={"x": 10.0},
        ),
        controls=[
            Slider("x", -6.0, 10.0, float(X[-1]), 0.5, "sample 6, x₆"),
            Choice("upstream", list(UPSTREAM), label="upstream dY"),
            Choice("eps", EPS, 1e-5, "ε"),
            *(Toggle(name, True, f"{name} path") for name in PATHS),
        ],
        draw=draw,
        alt="Six samples on a line before and after normalising; below, dX of each as the sum of three paths",
        width=7.6,
        height=5.2,
        ahead=Ahead(pairs=[("x", "upstream"), ("x", "eps"), *combinations(PATHS, 2)]),
    )


def numbers_of(
    layer: Callable[..., Any], X: np.ndarray, upstream: str, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y and dX by the layer, and the three paths of dX, (3, 6), by the formula."""
    norm = layer(1, eps=eps)
    Y = norm.forward(X[:, None])
    dY = UPSTREAM[upstream]
    dY = Y if dY is None else dY[:, None]
    return Y[:, 0], norm.backward(dY)[:, 0], paths_of(X, dY[:, 0], eps)


def paths_of(X: np.ndarray, dY: np.ndarray, eps: float) -> np.ndarray:
    """dY/σ, −Σ dY/(Sσ) and −X̂ Σ dY X̂/(Sσ): dX on its way past the statistics, through μ and through v; γ = 1."""
    σ = np.sqrt(X.var() + eps)
    Xhat = (X - X.mean()) / σ
    return np.array([dY, np.full_like(dY, -dY.mean()), -Xhat * (dY * Xhat).mean()]) / σ


def draw_lines(axes: Axes, x: float, Y_before: np.ndarray, Y: np.ndarray) -> None:
    """Each sample as a point on the line of X, joined with its Y below; grey, where it was."""
    X_now = np.array([*X[:-1], x])
    axes.plot([X, Y_before], [1, 0], color=QUIET, linewidth=0.8, linestyle=":")
    axes.scatter([*X, *Y_before], [1] * 6 + [0] * 6, 34, "white", edgecolors=QUIET, linewidths=1, zorder=2)
    axes.plot([X_now, Y], [1, 0], color=VALUE, linewidth=1)
    axes.scatter([*X_now, *Y], [1] * 6 + [0] * 6, 40, VALUE, zorder=3)
    for k, x in zip("123456", X_now, strict=True):
        axes.annotate(k, (x, 1), (0, 6), textcoords="offset points", ha="center", color=VALUE)
    axes.set(
        xlim=(-6.4, 10.4), ylim=(-0.3, 1.4), yticks=[0, 1], yticklabels=["Y", "X"], xticks=range(-6, 11, 2)
    )
    axes.tick_params(axis="y", length=0)
    axes.spines[["left"]].set_visible(False)
    moved = rows_moved(Y, Y_before)
    axes.set_title(
        f"{count(moved).capitalize()} of Y moved" if moved else "Move sample 6: grey will mark where all were"
    )


def draw_paths(axes: Axes, chosen: np.ndarray, total: np.ndarray, now: tuple, before: tuple) -> None:
    """For each sample three bars and their sum; an outline for what is cut, green for the truth, grey for before."""
    (_, dX, paths), (_, dX_before, _) = now, before
    place = np.arange(6)
    axes.set_axis_off()
    for k, ((colour, hatch), on) in enumerate(zip(PATHS.values(), chosen, strict=True)):
        look = {"color": colour, "hatch": hatch} if on else {"color": "none", "linestyle": "--"}
        axes.bar(place + 0.18 * k - 0.36, paths[k], 0.17, **look | {"edgecolor": "white" if on else QUIET})
    axes.bar(place + 0.24, total, 0.26, color=GRADIENT)
    axes.hlines(dX_before, place + 0.1, place + 0.38, QUIET, linewidth=1.5, linestyle=":")
    axes.hlines(dX, place + 0.08, place + 0.4, REFERENCE, linewidth=2.5)
    axes.axhline(0, color=QUIET, linewidth=1)
    drawn = np.concatenate([paths.ravel(), total, dX_before, [-0.1, 0.1]])
    low, high = drawn.min(), drawn.max()
    axes.set(xlim=(-0.6, 5.6), ylim=(low - 0.2 * (high - low), high + 0.1 * (high - low)))
    for k, name, d in zip(place, SAMPLES, total, strict=True):
        axes.text(k, low - 0.18 * (high - low), f"dX{name} = {signed(d)}", ha="center")
    said = [
        (f"▮ {name}{'' if on else ': cut'}", PATHS[name][0] if on else QUIET)
        for name, on in zip(PATHS, chosen, strict=True)
    ]
    said += [("▮ dX, their sum", GRADIENT), ("— the right dX", REFERENCE), ("┈ dX before the move", QUIET)]
    for (text, colour), left in zip(said, (0.0, 0.11, 0.255, 0.43, 0.61, 0.78), strict=True):
        axes.text(left, 1.05, text, color=colour, transform=axes.transAxes)


def sentence(x: float, chosen: np.ndarray, total: np.ndarray, now: tuple, before: tuple) -> str:
    """What moved, how far dX is off without the paths that are cut, and the two sums."""
    (Y, dX, _), (Y_before, dX_before, _) = now, before
    of_Y, of_dX = rows_moved(Y, Y_before), rows_moved(dX, dX_before)
    moved = f"x₆ = {signed(x, 1)}: {count(of_Y)} of Y and {count(of_dX)} of dX moved. " if of_Y else ""
    sums = f"Σ dX = {signed(total.sum())}, Σ dX X̂ = {signed(total @ Y)}"
    if chosen.all():
        left = ", which is ε/σ³ Σ dY X̂ and 0 for ε = 0" if abs(total @ Y) > SMALL else ""
        return f"{moved}All three paths: dX is right. {sums}{left}."
    size, off = np.linalg.norm(dX), np.linalg.norm(total - dX)
    wrong = f"{off / size:.0%} off" if size > SMALL else f"{signed(abs(total).max())}, where 0 is right"
    cut = " and ".join(compress(PATHS, ~chosen))
    return f"{moved}Cut {cut}: dX is {wrong}. {sums}."


def rows_moved(now: np.ndarray, before: np.ndarray) -> int:
    return int((abs(now - before) > SMALL).sum())


def count(rows: int) -> str:
    return {0: "no row", 1: "one row", 6: "all six rows"}.get(rows, f"{rows} rows")


def signed(number: float, digits: int = 3) -> str:
    """A number with a true minus sign, and never −0."""
    return f"{round(number, digits) + 0.0:.{digits}f}".replace("-", "−")
