"""Notebook 12: a ledger of shapes, the kink that a gradient check steps over, one weight's contributions."""

from typing import Any

import numpy as np

from helpers.compare.reference import layer_named
from helpers.compare.specimens.kinked import DECOY, KINK, kinked
from helpers.exercises import Exercise, same_function
from helpers.exercises.machine.checks import RIGHT, told
from helpers.verdict import Kind, Verdict

__all__ = ["contributions", "kink", "kinked", "ledger"]

Conv2d, Flatten, Linear, MaxPool2d = map(layer_named, ("Conv2d", "Flatten", "Linear", "MaxPool2d"))

LEDGER = (
    Conv2d(3, 8, 5, padding=2, rng=0),
    MaxPool2d(3, 2, 1),
    Conv2d(8, 16, 3, stride=2, rng=0),
    Conv2d(16, 12, 1, rng=0),
    Flatten(),
    Linear(12 * 4 * 3, 10, rng=0),
)
INPUT = (5, 3, 20, 14)


def outputs() -> list[tuple[int, ...]]:
    """The shapes that the six layers give."""
    X, shapes = np.zeros(INPUT), []
    for layer in LEDGER:
        X = layer.forward(X)
        shapes.append(X.shape)
    return shapes


def shapes_in_order(answer: Any) -> Verdict:
    """The first row of a ledger that is wrong, and why."""
    if isinstance(answer, str):
        return told("A list of shapes is asked for, each such as (5, 3, 20, 14).", Kind.TYPE)
    shapes = [tuple(map(int, row)) if isinstance(row, tuple | list | np.ndarray) else row for row in answer]
    if len(shapes) != len(LEDGER):
        return told(f"There are 6 layers, and your ledger has {len(shapes)} rows.", Kind.INCOMPLETE)
    for k, (got, want, layer) in enumerate(zip(shapes, outputs(), LEDGER, strict=True), 1):
        if got != want:
            return told(
                f"Layer {k}, {type(layer).__name__}: {got} is not its shape. {slip(got, want, layer)}"
            )
    return RIGHT


def slip(got: Any, want: tuple[int, ...], layer: Any) -> str:
    """The mistake behind a wrong shape, where it is one that readers make."""
    if not isinstance(got, tuple) or len(got) not in (len(want), len(want) - 1):
        return f"It has {len(want)} axes."
    if len(got) == len(want) - 1:
        return "The axis of the samples is missing: S = 5 goes through every layer."
    if got[0] != want[0]:
        return "No layer mixes the samples: S stays 5."
    if len(want) == 4 and got[2:] == want[:1:-1]:
        return "Height and width have changed places."
    if len(want) == 4 and got[1] != want[1]:
        return "The channels are wrong: a convolution gives its out_channels, and a pool gives what it takes."
    if isinstance(layer, Flatten | Linear):
        return "Flatten keeps S and multiplies C, H and W; Linear gives its out_features."
    (H, W), K = got[2:], layer.kernel_size[0]
    if K == 1:
        return "A 1×1 kernel fits at every place: H and W stay."
    if abs(H - want[2]) <= 1 and abs(W - want[3]) <= 1:
        return "The division rounds down: H becomes ⌊(H + 2p − K)/r⌋ + 1."
    return "H becomes ⌊(H + 2p − K)/r⌋ + 1, with padding p on both sides and stride r."


SHAPES = "[(5, 8, 20, 14), (5, 8, 10, 7), (5, 16, 4, 3), (5, 12, 4, 3), (5, 144), (5, 10)]"
ledger = Exercise(
    "12.1",
    shapes_in_order,
    hints=(
        "A shape is $(S, C, H, W)$ up to Flatten. Which of the four can a convolution change, and which a pool?",
        "For each kernel $H$ becomes $\\lfloor (H + 2p - K)/r \\rfloor + 1$, and $W$ likewise. A 5×5 kernel with "
        "padding 2 changes nothing.",
        "20 and 14, halved by the pool: 10 and 7. Then ⌊(10 − 3)/2⌋ + 1 = 4, and ⌊(7 − 3)/2⌋ + 1 = 3. Flatten has "
        "12 · 4 · 3.",
    ),
    solution=f"shapes = {SHAPES}",
    mistakes=(
        (f"shapes = {SHAPES.replace('(5, 8, 20, 14)', '(5, 8, 16, 10)')}", "padding p on both sides"),
        (f"shapes = {SHAPES.replace('(5, 8, 10, 7)', '(5, 8, 9, 6)')}", "rounds down"),
        (f"shapes = {SHAPES.replace('(5, 8, 10, 7)', '(5, 4, 10, 7)')}", "a pool gives what it takes"),
        (f"shapes = {SHAPES.replace('(5, 16, 4, 3)', '(5, 16, 5, 4)')}", "Layer 3, Conv2d: (5, 16, 5, 4)"),
        (f"shapes = {SHAPES.replace('(5, 16, 4, 3)', '(5, 16, 3, 4)')}", "changed places"),
        (f"shapes = {SHAPES.replace('(5, 12, 4, 3)', '(5, 12, 2, 1)')}", "1×1 kernel"),
        (f"shapes = {SHAPES.replace('(5, 144)', '(5, 12)')}", "Flatten keeps S and multiplies"),
        (f"shapes = {SHAPES.replace('(5, 144)', '(720,)')}", "axis of the samples is missing"),
        (f"shapes = {SHAPES.replace('(5, 144), ', '')}", "your ledger has 5 rows"),
        (f"shapes = '{SHAPES}'", "A list of shapes"),
        (
            f"shapes = [np.array(shape) for shape in {SHAPES.replace('(5, 144)', '(5, 12)')}]",
            "Flatten keeps S",
        ),
        ("shapes = [(8, 20, 14), (8, 10, 7), (16, 4, 3), (12, 4, 3), (144,), (10,)]", "S = 5 goes through"),
    ),
)


def crossed(answer: Any) -> Verdict:
    """What is wrong with an index of the ReLU's input."""
    place = tuple(np.ravel(answer).tolist())
    net, X = kinked()
    net.forward(X)
    before = net.layers[1].X
    if len(place) != before.ndim or any(not 0 <= i < n for i, n in zip(place, before.shape, strict=True)):
        return told(
            f"What ReLU takes has shape {before.shape}: an index has 4 numbers, (s, o, h, w), from 0.",
            Kind.TYPE,
        )
    if place == KINK:
        return RIGHT
    if place == DECOY:
        return told(
            "That entry is nearest to 0, and it does change sides. But Linear multiplies it by 0: behind it L is flat, "
            "with a kink or without. Which entries of dX disagree?"
        )
    if place[:1] + place[2:] == KINK[:1] + KINK[2:]:
        return told("Right sample and place, wrong channel. Which entry of db disagrees?")
    if place[2:] == KINK[2:]:
        return told("Right place, wrong sample. Which sample of dX disagrees?")
    return told(
        f"That entry is {before[place]:.2g}. A step of 1e-5 in X, W or b does not take it across 0: the kink that the "
        f"check steps over lies nearer."
    )


kink = Exercise(
    "12.3",
    crossed,
    hints=(
        "Run <code>net.forward(X)</code>. <code>net.layers[1].X</code> is what ReLU takes. Which of its entries can a "
        "step of 1e-5 take across 0?",
        "Two can: <code>np.argwhere(abs(net.layers[1].X) &lt; 1e-4)</code>. A kink shows only where $dY$ behind it is "
        "not 0: look at the weights of Linear.",
        "<code>net.params['3.W'].reshape(3, 2, 4, 4)</code> at (o, h, w) is what the entry is multiplied by. For "
        "one of the two it is 0.",
    ),
    solution="place = (1, 1, 3, 2)",
    mistakes=(
        ("place = (0, 0, 0, 0)", "Linear multiplies it by 0"),
        ("place = (1, 0, 3, 2)", "wrong channel"),
        ("place = (0, 1, 3, 2)", "wrong sample"),
        ("place = (1, 0, 5, 4)", "has shape (2, 2, 4, 4)"),
        ("place = (1, 3, 2)", "an index has 4 numbers"),
        ("place = 46", "an index has 4 numbers"),
        ("place = '(1, 1, 3, 2)'", "an index has 4 numbers"),
        ("place = (1, 1, 0, 0)", "does not take it across 0"),
    ),
)


def right_contributions(X, dY, o, c, u, v):
    N1, N2 = dY.shape[2:]
    padded = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)))
    return dY[:, o] * padded[:, c, u : u + N1, v : v + N2]


def uses() -> list[tuple]:
    """Distinct sizes, and weights at a corner, a side and the middle of the kernel."""
    rng = np.random.default_rng(12)
    X, dY = rng.normal(size=(4, 2, 5, 6)), rng.normal(size=(4, 3, 5, 6))
    return [(X, dY, *place) for place in [(1, 0, 0, 2), (2, 1, 1, 0), (0, 1, 1, 1), (1, 1, 2, 1)]]


contributions = Exercise(
    "12.2",
    same_function(right_contributions, uses()),
    known={
        "dY[:, o] * -> dY[:, o] / (N1 * N2) *": (
            "That is the mean over the places: nothing divides by their number."
        ),
        "dY[:, o] * -> dY[:, o] / len(dY) *": "That is the mean over the samples: the 1/S is in dY already.",
        "u : u + N1, v : v + N2 -> v : v + N1, u : u + N2": "u and v have changed places.",
        "u : u + N1, v : v + N2 -> 2 - u : 2 - u + N1, 2 - v : 2 - v + N2": (
            "The kernel is flipped: that is what dX does with dY. A weight meets the pixel that it lay on."
        ),
        "u : u + N1, v : v + N2 -> 1 : 1 + N1, 1 : 1 + N2": (
            "X as it stands is what the middle weight meets, u = v = 1. The others lie on its neighbours."
        ),
        "dY[:, o] * padded[:, c, u : u + N1, v : v + N2] -> "
        "np.sum(dY[:, o] * padded[:, c, u : u + N1, v : v + N2])": (
            "The sum is taken already. What each sample and place adds is asked for."
        ),
        "dY[:, o] * padded[:, c, u : u + N1, v : v + N2] -> "
        "np.sum(dY[:, o] * padded[:, c, u : u + N1, v : v + N2], 0)": (
            "The sum over the samples is taken already: they are uses of the weight too."
        ),
        "dY[:, o] *  -> ": "That is what the weight lay on. Each pixel still meets its upstream gradient.",
        "(1, 1))) -> (1, 1)), mode='wrap')": (
            "The padding goes around with the opposite side of the image, and should be 0."
        ),
    },
    hints=(
        "Pad $X$ with one row and column of zeros on each side. On which pixel does $W_{ocuv}$ lie where the kernel "
        "is at place $(h, w)$?",
        "On <code>padded[s, c, h + u, w + v]</code>. For all $h$ and $w$ at once that is a slice of the padded image.",
        "<code>padded[:, c, u : u + N1, v : v + N2]</code> has shape (S, N1, N2), as <code>dY[:, o]</code> has.",
    ),
    solution="""\
def contributions(X, dY, o, c, u, v):
    N1, N2 = dY.shape[2:]
    padded = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)))
    return dY[:, o] * padded[:, c, u : u + N1, v : v + N2]""",
    slips={
        "return -> return -": "the sign",
        "N1, N2 = -> dY *= 1.5\n    N1, N2 =": "changed its argument dY",
    },
)
