"""How many outputs does this pixel feed?"""

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.show import GRADIENT, QUIET, SIGNED, VALUE, Ahead, Explorer, Predict, Slider, Toggle

H = 6
WEIGHTS = np.array([[1, 2, 0, -1], [3, -2, 1, 2], [-1, 4, 2, 1], [2, 1, -1, -3]], float)
UPSTREAM = np.random.default_rng(11).integers(-2, 4, (10, 10)).astype(float)
GAP = 3  # between image and outputs, in cells
LOWER = np.array(list("₀₁₂₃₄₅₆₇₈₉"))


def convolution_explorer(layer) -> Explorer:
    """A 6×6 image, a kernel, the outputs a pixel feeds and dX; `layer` is the class of a convolution."""

    def draw(figure: Figure, K: int, r: int, p: int, y: int, x: int, flip: bool) -> str:
        W, dY, right, wrong = numbers_of(layer, K, r, p)
        met = [reads(place, len(dY), K, r, p) for place in range(H)]
        figure.set_layout_engine("none")  # fixed places: the constrained layout costs as much as all the rest
        draw_edges(figure.add_axes((0.01, 0.43, 0.98, 0.51)), dY, met, (y, x), p)
        draw_maps(figure.add_axes((0.01, 0.01, 0.98, 0.39)), W, right, wrong if flip else None, (y, x))
        return sentence(W, dY, met[y], met[x], (y, x), right) + (compared(right, wrong) if flip else "")

    return Explorer(
        question="How many outputs does this pixel feed?",
        predict=Predict(
            "At stride 1 the pixel in row 2, column 3 feeds 9 outputs. How many does it feed at stride 2?",
            [9, 4, 2, 1],
            2,
            why="Two rows of outputs read its row 2, with u = 2 and u = 0. One column of outputs reads its column 3, "
            "with v = 1.",
            show={"K": 3, "r": 2, "p": 0, "y": 2, "x": 3},
        ),
        controls=[
            Slider("y", 0, H - 1, 2, label="pixel: row y"),
            Slider("x", 0, H - 1, 3, label="pixel: column x"),
            Slider("K", 1, 4, 3, label="kernel K"),
            Slider("r", 1, 3, 1, label="stride r"),
            Slider("p", 0, 2, 0, label="padding p"),
            Toggle("flip", label="flip W wrongly"),
        ],
        draw=draw,
        alt="An image whose chosen pixel is joined to the outputs that read it; the kernel, how many outputs "
        "each pixel feeds, and dX",
        width=7.6,
        height=6.2,
        ahead=Ahead(pairs=[("y", "x"), *combinations("Krp", 2)]),
    )


def numbers_of(layer, K: int, r: int, p: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """W, dY, dX by the layer, and dX by the layer whose kernel was turned by 180° before it went backward."""
    convolution = layer(1, 1, K, stride=r, padding=p, bias=False)
    W, live = WEIGHTS[:K, :K], convolution.params["W"]
    live[0, 0] = W
    (N, _) = convolution.forward(np.zeros((1, 1, H, H))).shape[2:]
    dY = UPSTREAM[:N, :N]
    right = convolution.backward(dY[None, None])[0, 0]
    live[0, 0] = W[::-1, ::-1]
    return W, dY, right, convolution.backward(dY[None, None])[0, 0]


def reads(y: int, N: int, K: int, r: int, p: int) -> list[tuple[int, int]]:
    """Each (h, u) with h r + u − p = y: the outputs along one axis that read y, and the weight they read it with."""
    return [(h, y + p - h * r) for h in range(N) if 0 <= y + p - h * r < K]


def draw_edges(axes: Axes, dY: np.ndarray, met: list[list], pixel: tuple[int, int], p: int) -> None:
    """The image at the left, the outputs at the right, an edge for each output that reads the pixel."""
    N, tall, (y, x) = len(dY), max(H + 2 * p, len(dY)), pixel
    above, top, left = (tall - H) / 2, (tall - N) / 2, H + p + GAP
    draw_image(axes, above, [len(outputs) for outputs in met], pixel, p)
    fed = {(h, w): f"W{LOWER[u]}{LOWER[v]}" for h, u in met[y] for w, v in met[x]}
    edges = [[(x + 0.5, above + y + 0.5), (left + w + 0.5, top + h + 0.5)] for h, w in fed]
    axes.add_collection(LineCollection(edges, colors=GRADIENT, linewidths=0.8))
    cells(axes, [np.array([h + top, w + left]) for h, w in fed], facecolors="#F6C9A8", zorder=3)
    grid(axes, N, top, left)
    for (h, w), number in np.ndenumerate(dY):
        text, colour = signed(number, 0), QUIET
        if (h, w) in fed:
            text, colour = f"{text}\n{fed[h, w]}", "black"
        place = left + w + 0.5, top + h + 0.5
        axes.text(*place, text, ha="center", va="center", color=colour, fontsize=8, linespacing=1.1, zorder=4)
    axes.text(
        left + N / 2, top - 0.25, f"dY, {N}×{N}, and the weight on each edge", ha="center", color=GRADIENT
    )
    axes.set(xlim=(-p - 1.4, left + max(N, 6) + 0.1), ylim=(tall + 0.1, min(above - p - 1.6, top - 0.6)))
    axes.set_aspect("equal")
    axes.set_axis_off()
    product = f"{len(met[y])} · {len(met[x])} = {count(len(fed))}"
    axes.set_title(f"The pixel in row {y}, column {x} feeds {product}", loc="center")


def draw_image(axes: Axes, top: float, counts: list[int], pixel: tuple[int, int], p: int) -> None:
    """A darker pixel feeds more outputs; at the sides how many rows and columns of outputs read it."""
    fed = np.outer(counts, counts)
    axes.pcolormesh(np.arange(H + 1), top + np.arange(H + 1), fed, cmap="Blues", vmin=0, vmax=24)
    grid(axes, H, top, 0)
    cells(axes, [np.array([pixel[0] + top, pixel[1]])], facecolors=VALUE)
    for n, number in enumerate(counts):
        for place, chosen in (((-p - 0.5, top + n + 0.5), pixel[0]), ((n + 0.5, top - p - 0.4), pixel[1])):
            colour = VALUE if n == chosen else QUIET
            axes.text(
                *place,
                str(number),
                ha="center",
                va="center",
                color=colour,
                weight="bold" if n == chosen else None,
            )
    if p:
        frame = Rectangle((-p, top - p), H + 2 * p, H + 2 * p, fill=False, edgecolor=QUIET, linestyle=":")
        axes.add_patch(frame)
    axes.text(H / 2, top - p - 0.9, "outputs for each column of X", ha="center", color=VALUE)
    axes.text(-p - 1.1, top + H / 2, "and for each row", ha="center", va="center", color=VALUE, rotation=90)


def cells(axes: Axes, corners: list[np.ndarray], **look) -> None:
    """Filled cells, each from its corner (y, x)."""
    square = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])
    axes.add_collection(PolyCollection([(corner + square)[:, ::-1] for corner in corners], **look))


def grid(axes: Axes, size: int, top: float, left: float) -> None:
    """The lines of a square of cells."""
    steps = np.arange(size + 1)
    across = [[(left, top + k), (left + size, top + k)] for k in steps]
    down = [[(left + k, top), (left + k, top + size)] for k in steps]
    axes.add_collection(LineCollection(across + down, colors="#BBBBBB", linewidths=0.8, zorder=3))


def draw_maps(
    axes: Axes, W: np.ndarray, dX: np.ndarray, wrong: np.ndarray | None, pixel: tuple[int, int]
) -> None:
    """The kernel, dX, and dX by the kernel that is flipped wrongly."""
    limit = max(abs(dX).max(), 0 if wrong is None else abs(wrong).max())
    draw_map(axes, W, 0, "W", abs(W).max())
    draw_map(axes, dX, 7, f"dX: mean {signed(dX.mean())}", limit, pixel)
    if wrong is not None:
        draw_map(axes, wrong, 15, f"W flipped wrongly: mean {signed(wrong.mean())}", limit, pixel)
    axes.set(xlim=(-1.5, 22), ylim=(H + 0.1, -1), aspect="equal")
    axes.set_axis_off()


def draw_map(
    axes: Axes,
    values: np.ndarray,
    left: float,
    title: str,
    limit: float,
    pixel: tuple[int, int] | None = None,
) -> None:
    """Whole numbers in coloured cells, the chosen pixel framed."""
    tall, wide = values.shape
    down = np.arange(tall + 1)
    axes.pcolormesh(left + np.arange(wide + 1), down, values, cmap=SIGNED, vmin=-limit, vmax=limit)
    for (y, x), value in np.ndenumerate(values):
        colour = "white" if abs(value) > 0.6 * limit else "black"
        axes.text(left + x + 0.5, y + 0.5, signed(value, 0), ha="center", va="center", color=colour)
    axes.text(left + wide / 2, -0.3, title, ha="center")
    if pixel:
        axes.add_patch(
            Rectangle((left + pixel[1], pixel[0]), 1, 1, fill=False, edgecolor=VALUE, linewidth=2.5)
        )


def sentence(
    W: np.ndarray, dY: np.ndarray, rows: list, columns: list, pixel: tuple[int, int], dX: np.ndarray
) -> str:
    """Which outputs read the pixel, with which weights, and what they send back."""
    if not rows or not columns:
        return f"No output reads the pixel in row {pixel[0]}, column {pixel[1]}: its dX is 0."
    said = (
        f"{said_of('row', pixel[0], rows, 'u')}; {said_of('column', pixel[1], columns, 'v')}: "
        f"{len(rows)} · {len(columns)} = {count(len(rows) * len(columns))}."
    )
    terms = [f"({signed(dY[h, w], 0)})·({signed(W[u, v], 0)})" for h, u in rows for w, v in columns]
    sum_of = " + ".join(terms) + " = " if len(terms) <= 4 else ""
    return (
        f"{said[0].upper()}{said[1:]} dX{LOWER[pixel[0]]}{LOWER[pixel[1]]} = {sum_of}{signed(dX[pixel], 0)}."
    )


def said_of(axis: str, place: int, met: list, letter: str) -> str:
    """row 2 is read by 2 rows of outputs, with u = 2, 0"""
    outputs = f"{len(met)} {axis}{'s' * (len(met) > 1)} of outputs"
    return f"{axis} {place} is read by {outputs}, with {letter} = {', '.join(str(u) for _, u in met)}"


def compared(right: np.ndarray, wrong: np.ndarray) -> str:
    """What a kernel that is flipped wrongly changes, and what it does not."""
    off = (right != wrong).sum()
    means = signed(right.mean()), signed(wrong.mean())
    same = (
        f"the mean stays {means[0]}"
        if means[0] == means[1]
        else f"the mean is {means[1]}, where it was {means[0]}"
    )
    return f" With W flipped wrongly {off} of {right.size} entries of dX are wrong, and {same}."


def count(n: int) -> str:
    return f"{n} output{'' if n == 1 else 's'}"


def signed(number: float, digits: int = 2) -> str:
    """A number with a true minus sign, and never −0."""
    return f"{round(number, digits) + 0.0:.{digits}f}".replace("-", "−")
