"""One weight, used sixteen times: how do the sixteen uses make its gradient?"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.show import GRADIENT, QUIET, SIGNED, VALUE, Explorer, Predict, Slider

K, N = 3, 4
DRAWN = np.random.default_rng(8133)
IMAGE = DRAWN.integers(0, 6, (N + K - 1, N + K - 1)).astype(float)
UPSTREAM = DRAWN.integers(-3, 4, (N, N)).astype(float)
LOWER = "₀₁₂"
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1}


def sharing_explorer(layer) -> Explorer:
    """A 6×6 image, a 3×3 kernel, 16 places; `layer` is the class of a convolution, and says what dW is."""
    dW = gradient_of(layer)

    def draw(figure: Figure, k: int, u: int, v: int) -> str:
        figure.set_layout_engine("none")  # fixed places: the constrained layout costs as much as all the rest
        draw_maps(figure.add_axes((0.01, 0.42, 0.98, 0.56)), k, u, v)
        draw_total(figure.add_axes((0.09, 0.1, 0.7, 0.26)), k, u, v)
        return sentence(k, u, v, dW)

    return Explorer(
        question="A weight is used 16 times: what is its gradient?",
        predict=Predict(
            "W₁₁ lies on 16 pixels in turn. Of the 16 contributions 8 are negative, 4 positive and 4 are 0, "
            "with a mean of 0.5. What is dW₁₁?",
            ["negative", "0.5", "8", "the last one"],
            "8",
            why="Move W₁₁ by a little, and all 16 outputs move. L moves by the sum of what each of them does to it: "
            "4 large contributions outweigh 8 small ones, and nothing divides by 16.",
            show={"k": N * N, "u": 1, "v": 1},
        ),
        controls=[
            Slider("k", 1, N * N, 3, label="places so far"),
            Slider("u", 0, K - 1, 1, label="weight: row u"),
            Slider("v", 0, K - 1, 1, label="weight: column v"),
        ],
        draw=draw,
        alt="The image and the upstream gradient with the current place marked, the contributions so far, and their "
        "running total",
        width=7.6,
        height=5.4,
    )


def gradient_of(layer) -> np.ndarray:
    """dW (K, K) as the layer has it."""
    convolution = layer(1, 1, K, bias=False)
    convolution.forward(IMAGE[None, None])
    convolution.backward(UPSTREAM[None, None])
    return convolution.grads["W"][0, 0]


def contributions(u: int, v: int) -> np.ndarray:
    """What each place adds to dW[u, v]: dY times the pixel that the weight lay on there."""
    return UPSTREAM * IMAGE[u : u + N, v : v + N]


def draw_maps(axes: Axes, k: int, u: int, v: int) -> None:
    """The image, dY, and their products up to place k."""
    h, w = divmod(k - 1, N)
    terms, seen = contributions(u, v), np.arange(N * N).reshape(N, N) < k
    limit = max(abs(contributions(a, b)).max() for a in range(K) for b in range(K))
    draw_map(axes, IMAGE, 0, 0, "image X", 10, (h + u, w + v))
    axes.add_patch(Rectangle((w, h), K, K, fill=False, edgecolor=VALUE, linewidth=2))
    axes.add_patch(Rectangle((v, u), N, N, fill=False, edgecolor=QUIET, linestyle=":", linewidth=1.5))
    draw_map(axes, UPSTREAM, 8, 1, "upstream gradient dY", 4, (h, w))
    draw_map(axes, np.where(seen, terms, np.nan), 14, 1, "contributions", limit, (h, w))
    for left, sign in ((7, "×"), (13, "=")):
        axes.text(left, 3, sign, ha="center", va="center", fontsize=16)
    axes.text(
        0,
        6.6,
        f"solid: the kernel at place {k}; dotted: what W{LOWER[u]}{LOWER[v]} lies on in the end",
        color=QUIET,
    )
    axes.set(xlim=(-0.2, 18.2), ylim=(7, -0.9), aspect="equal")
    axes.set_axis_off()


def draw_map(
    axes: Axes, values: np.ndarray, left: float, top: float, title: str, limit: float, marked: tuple[int, int]
) -> None:
    """Whole numbers in coloured cells, one of them framed; a NaN is an empty cell."""
    down, across = (np.arange(n + 1) for n in values.shape)
    colours = {"cmap": "Blues", "vmin": 0} if values is IMAGE else {"cmap": SIGNED, "vmin": -limit}
    mesh = {**colours, "vmax": limit, "edgecolors": "#BBBBBB", "linewidth": 0.5}
    axes.pcolormesh(left + across, top + down, np.ma.masked_invalid(values), **mesh)
    for (y, x), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if abs(value) > 0.7 * limit else "black"
            axes.text(left + x + 0.5, top + y + 0.5, number(value), ha="center", va="center", color=colour)
    axes.text(left + len(across[1:]) / 2, top - 0.3, title, ha="center")
    y, x = marked
    axes.add_patch(Rectangle((left + x, top + y), 1, 1, fill=False, edgecolor=GRADIENT, linewidth=2.5))


def draw_total(axes: Axes, k: int, u: int, v: int) -> None:
    """The total after each place, and the mean of all that there is so far."""
    totals = contributions(u, v).ravel().cumsum()
    places, seen = np.arange(1, N * N + 1), totals[:k]
    ends = {"sum": seen[-1], "mean": seen[-1] / k}
    axes.axhline(0, color=QUIET, linewidth=0.6)
    axes.plot(places[:k], seen / places[:k], ".-", color=QUIET)
    axes.plot(places[:k], seen, ".-", color=GRADIENT)
    apart = 0.14 * max(1, np.ptp([*totals, 0]))  # the two labels must not lie on each other
    shift = max(0, apart - abs(ends["sum"] - ends["mean"])) / 2 * (1 if ends["sum"] >= ends["mean"] else -1)
    for (name, end), colour, moved in zip(ends.items(), (GRADIENT, QUIET), (shift, -shift), strict=True):
        axes.text(k + 0.3, end + moved, f"{name} {number(end)}", color=colour, va="center", bbox=WHITE)
    low, high = min(0, totals.min()), max(0, totals.max())
    margin = 0.12 * (high - low)
    axes.set(
        xlim=(0.5, N * N + 2.2),
        ylim=(low - margin, high + margin),
        xticks=[1, 4, 8, 12, 16],
        xlabel="places so far",
    )
    axes.set_title(f"Sum and mean of the contributions to dW{LOWER[u]}{LOWER[v]}", fontsize=10)


def sentence(k: int, u: int, v: int, dW: np.ndarray) -> str:
    """What this place adds, the total with it, and at the end dW."""
    (h, w), name = divmod(k - 1, N), f"dW{LOWER[u]}{LOWER[v]}"
    terms = contributions(u, v)
    total = terms.ravel()[:k].sum()
    said = (
        f"Place {k}: dY is {number(UPSTREAM[h, w])} and W{LOWER[u]}{LOWER[v]} lies on {number(IMAGE[h + u, w + v])}, "
        f"which adds {number(terms[h, w])}. The sum is {number(total)}"
    )
    if k < N * N:
        return f"{said}, with {N * N - k} place{'s' * (k < N * N - 1)} to come."
    return f"{said}, and the layer's {name} is {number(dW[u, v])}; the mean is {number(total / k)}."


def number(a: float) -> str:
    """At most two digits after the point, and a true minus sign."""
    return f"{round(a, 2) + 0.0:g}".replace("-", "−")
