"""Do the shapes tell the formula? And what is each candidate for db worth?"""

from fractions import Fraction
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.show import QUIET, REFERENCE, VALUE, Ahead, Choice, Explorer, Predict, Slider, heat_map

FACTORS = ["X", "X.T", "dY", "dY.T", "W", "W.T"]
UNDEFINED, OTHER_SHAPE, WRONG, RIGHT = range(4)
KINDS = ListedColormap(["#FFFFFF", "#EBEBEB", "#F6C9A8", REFERENCE])
ENTRIES = (-3, -2, -1, 1, 2, 3)  # numbers that can be multiplied by hand


def products_explorer(layer) -> Explorer:
    """All 36 products of two of X, dY, W and their transposes; `layer` is the class of a linear layer."""

    def draw(figure: Figure, target: str, left: str, right: str, S: int, M: int, N: int) -> str:
        arrays, gradients = numbers_of(layer, S, M, N)
        kinds = np.array([[kind(arrays[a], arrays[b], gradients[target]) for b in FACTORS] for a in FACTORS])
        figure.set_layout_engine("none")  # fixed places: the constrained layout costs 60 ms a redraw
        grid = figure.add_axes((0.14, 0.03, 0.47, 0.74))
        draw_products(grid, arrays, kinds)
        chosen = FACTORS.index(right), FACTORS.index(left)
        grid.add_patch(Rectangle(chosen, 1, 1, fill=False, linewidth=3, clip_on=False, zorder=3))
        one, fits, none = ((kinds == k).sum() for k in (RIGHT, WRONG, UNDEFINED))
        title = f"✓ {target}: {one}    ✗ only its shape: {fits}    – does not exist: {none}"
        grid.set_title(title, pad=38, fontsize=10)
        limit = 1.5 * abs(gradients[target]).max()
        above, below = (figure.add_axes((0.67, bottom, 0.31, 0.37)) for bottom in (0.53, 0.03))
        draw_matrix(above, product(arrays[left], arrays[right]), f"{left} @ {right}", limit)
        draw_matrix(below, gradients[target], target, limit)
        return f"{said_of(left, right, arrays, target, gradients[target])} {counted(kinds, target, S, M, N)}"

    return Explorer(
        question="Do the shapes tell you the formula?",
        predict=Predict(
            "At S, M, N = 2, 3, 5 one product has the shape of dW. How many have it at S = M = N = 4?",
            [1, 4, 12, 36],
            36,
            why="Every matrix is 4 by 4, so every product exists and fits. One of them is dW.",
            show={"S": 4, "M": 4, "N": 4},
        ),
        controls=[
            Choice("left", FACTORS, "X", label="left factor"),
            Choice("right", FACTORS, "dY", label="right factor"),
            Choice("target", ["dW", "dX"], label="gradient"),
            Slider("S", 1, 5, 2, label="samples S"),
            Slider("M", 1, 5, 3, label="inputs M"),
            Slider("N", 1, 5, 5, label="outputs N"),
        ],
        draw=draw,
        alt="A grid of all products of two factors, beside it the chosen product and the gradient",
        width=7.6,
        height=4.4,
        ahead=Ahead(pairs=list(combinations(("left", "right", "target"), 2))),
    )


def numbers_of(layer, S: int, M: int, N: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The six factors, and the gradients dW and dX by the layer itself."""
    rng = np.random.default_rng(3)
    X, dY, W = (rng.choice(ENTRIES, shape).astype(float) for shape in ((S, M), (S, N), (N, M)))
    linear = layer(M, N, bias=False)
    linear.params["W"][...] = W
    linear.forward(X)
    dX = linear.backward(dY)
    return dict(zip(FACTORS, (X, X.T, dY, dY.T, W, W.T), strict=True)), {"dW": linear.grads["W"], "dX": dX}


def product(A: np.ndarray, B: np.ndarray) -> np.ndarray | None:
    return A @ B if A.shape[1] == B.shape[0] else None


def kind(A: np.ndarray, B: np.ndarray, gradient: np.ndarray) -> int:
    """What the product A B is to a gradient."""
    P = product(A, B)
    if P is None:
        return UNDEFINED
    if P.shape != gradient.shape:
        return OTHER_SHAPE
    return RIGHT if np.allclose(P, gradient) else WRONG


def draw_products(axes: Axes, arrays: dict[str, np.ndarray], kinds: np.ndarray) -> None:
    """A cell a product: its shape, or a mark where that is the shape of the gradient."""
    axes.pcolormesh(kinds, cmap=KINDS, vmin=UNDEFINED, vmax=RIGHT, edgecolors="white", linewidth=2)
    for (row, column), k in np.ndenumerate(kinds):
        shape = by(arrays[FACTORS[row]].shape[0], arrays[FACTORS[column]].shape[1])
        text = {UNDEFINED: "–", OTHER_SHAPE: shape, WRONG: "✗", RIGHT: "✓"}[k]
        colour = {UNDEFINED: QUIET, RIGHT: "white"}.get(k, "black")
        weight = "bold" if k in (WRONG, RIGHT) else None
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour, fontweight=weight)
    shapes = [by(*arrays[name].shape) for name in FACTORS]
    middle = np.arange(6) + 0.5
    axes.set_xticks(middle, [f"{name}\n{shape}" for name, shape in zip(FACTORS, shapes, strict=True)])
    axes.set_yticks(middle, [f"{name}  {shape}" for name, shape in zip(FACTORS, shapes, strict=True)])
    axes.invert_yaxis()
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)


def draw_matrix(axes: Axes, P: np.ndarray | None, name: str, limit: float) -> None:
    """A matrix with its numbers, or the word that there is none."""
    if P is None:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "does not exist", ha="center", va="center", color=QUIET, transform=axes.transAxes)
        axes.set_title(name, loc="center")
    else:
        heat_map(axes, P, limit=limit, form="{:.0f}")
        axes.set_title(f"{name}   {by(*P.shape)}", loc="center")


def said_of(left: str, right: str, arrays: dict, target: str, gradient: np.ndarray) -> str:
    """One sentence about the chosen product."""
    A, B = arrays[left], arrays[right]
    said = {
        UNDEFINED: f"does not exist: {A.shape[1]} columns meet {B.shape[0]} rows",
        OTHER_SHAPE: f"is {by(len(A), B.shape[1])}, and {target} is {by(*gradient.shape)}",
        WRONG: f"has the shape of {target} and is not {target}",
        RIGHT: f"is {target}",
    }
    return f"{left} @ {right} {said[kind(A, B, gradient)]}."


def counted(kinds: np.ndarray, target: str, S: int, M: int, N: int) -> str:
    """One sentence about all 36."""
    exist, fit, right = ((kinds >= least).sum() for least in (OTHER_SHAPE, WRONG, RIGHT))
    return (
        f"At S, M, N = {S}, {M}, {N}, {exist} of the 36 products exist, "
        f"{fit} {'has' if fit == 1 else 'have'} the shape of {target}, "
        f"{right} {'is' if right == 1 else 'are'} {target}."
    )


def by(rows: int, columns: int) -> str:
    return f"{rows}×{columns}"


CANDIDATES = {
    "dY.sum(0)": lambda dY: dY.sum(0),
    "dY.mean(0)": lambda dY: dY.mean(0),
    "dY.sum()": lambda dY: np.full(dY.shape[1], dY.sum()),
    "Σₘₙ\u00a0dYₘᵢ": lambda dY: dY.shape[1] * dY.sum(0),
}


def bias_explorer(layer) -> Explorer:
    """Four candidates for db over the measured slope of the loss; `layer` is the class of a linear layer."""

    def draw(figure: Figure, S: int, N: int, loss: str) -> str:
        dY, slope = measured(layer, S, N, mean=loss == "mean")
        ratios = {name: db(dY) / slope for name, db in CANDIDATES.items()}
        right = [name for name, ratio in ratios.items() if np.allclose(ratio, 1)]
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.14, 0.2, 0.83, 0.66))
        draw_meter(axes, ratios)
        agree = (
            "all four are"
            if len(right) == 4
            else f"{' and '.join(right)} {'is' if len(right) == 1 else 'are'}"
        )
        axes.set_title(f"S = {S}, N = {N}: {agree} the slope")
        values = ", ".join(f"{name} {worth(ratio)}" for name, ratio in ratios.items())
        share = f" Its 1/{S} is in dY already." if loss == "mean" and S > 1 else ""
        return f"The measured slope ∂L/∂b₁ is {slope[0]:.2f}.{share} As multiples of the slope: {values}."

    return Explorer(
        question="Which of the four is the slope of the loss, whatever the batch?",
        predict=Predict(
            "The loss becomes the mean over S = 16 samples, with N = 3 outputs. Which one is the slope then?",
            ["dY.sum(0)", "dY.mean(0)", "dY.sum()"],
            "dY.sum(0)",
            why="The loss put its 1/16 into dY already. To average again divides by 16 twice.",
            show={"S": 16, "N": 3, "loss": "mean"},
        ),
        controls=[
            Slider("S", 1, 64, 1, label="samples S"),
            Slider("N", 1, 5, 1, label="outputs N"),
            Choice("loss", ["sum", "mean"], label="loss over S is a"),
        ],
        draw=draw,
        alt="Dots on a logarithmic scale: each candidate for db over the measured slope",
        width=6.8,
        height=2.8,
    )


def measured(layer, S: int, N: int, mean: bool) -> tuple[np.ndarray, np.ndarray]:
    """dY, and the slope ∂L/∂b found by moving b, of half the squared error to targets 0.

    b starts too high, so that every slope is positive and ratios have a logarithm.
    """
    linear = layer(3, N, rng=3)
    b = linear.params["b"]
    b[...] = np.linspace(2, 4, 5)[:N]
    X = np.random.default_rng(3).random((S, 3))

    def L(step: np.ndarray) -> float:
        b[...] += step
        Y = linear.forward(X)
        b[...] -= step
        return (Y**2).sum() / 2 / (S if mean else 1)

    h = 1e-3
    slope = np.array([(L(h * e) - L(-h * e)) / (2 * h) for e in np.eye(N)])
    return linear.forward(X) / (S if mean else 1), slope


def draw_meter(axes: Axes, ratios: dict[str, np.ndarray]) -> None:
    """A row a candidate, a dot an entry of db, on a logarithmic scale about 1."""
    axes.axvline(1, color=REFERENCE)
    for row, ratio in enumerate(ratios.values()):
        axes.plot(ratio, np.full(len(ratio), row), "o", color=VALUE, markersize=9, alpha=0.8, clip_on=False)
        axes.text(90, row, worth(ratio), ha="right", va="center", color=VALUE)
    axes.set(xscale="log", xlim=(1 / 80, 90), ylim=(3.5, -0.5))
    ticks = [1 / 64, 1 / 16, 1 / 4, 1, 4]
    axes.set_xticks(ticks, [str(Fraction(t)) for t in ticks])
    axes.set_xticks([], minor=True)
    axes.set_yticks(range(4), list(ratios))
    axes.set_xlabel("candidate over measured slope (green: the slope itself)")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def worth(ratio: np.ndarray) -> str:
    """1, 1/16, 3, or a range where the entries differ."""
    if np.allclose(ratio, ratio[0]):
        return str(Fraction(ratio[0]).limit_denominator(64))
    return f"{ratio.min():.1f} to {ratio.max():.1f}"
