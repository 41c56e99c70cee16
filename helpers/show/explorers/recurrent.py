"""Walk back through time: what is left of the gradient after each step?"""

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, Ahead, Choice, Explorer, Predict, Slider

T, M, N = 20, 3, 8
DRAWN = np.random.default_rng(13)
X, SENT = DRAWN.normal(size=(T, 1, M)), DRAWN.normal(size=(1, N))
READS = 0.7 * DRAWN.normal(size=(4 * N, M))
TURNS = np.concatenate([np.linalg.qr(DRAWN.normal(size=(N, N)))[0] for _ in range(4)])
"""Four orthogonal matrices: times the radius, each stretches every state alike, and all eigenvalues have that size."""

UPPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LETTER = {"linear": "H", "tanh": "H", "LSTM": "C"}


def memory_explorer(rnn, lstm) -> Explorer:
    """How large dH_t is beside dH_T, of these classes of layers; of the LSTM it is the cell's dC_t."""

    @cache
    def left_of(cell: str, radius: float, F: float) -> np.ndarray:
        if cell == "LSTM":
            return walked_back(*lstm_with(lstm, radius, F), X)
        return walked_back(*rnn_with(rnn, radius), 0 * X if cell == "linear" else X)

    def draw(figure: Figure, back: int, cell: str, radius: float, F: float) -> str:
        left = left_of(cell, radius, F)
        draw_bars(figure.subplots(), left[: back + 1], LETTER[cell])
        return sentence(left[back], back, cell, radius, F)

    return Explorer(
        question="How much of the gradient is left after 20 steps back?",
        predict=Predict(
            "Take a linear net whose U stretches every state by 1.1. The loss reads the last of 20 states. How many "
            "times as large as dH₂₀ is dH₀?",
            ["1.1 times", "3 times", "7 times", "22 times"],
            "7 times",
            why="Each step back multiplies by 1.1 once more: 1.1 · 1.1 · ... is 1.1²⁰ = 6.7. With 0.9 the same twenty "
            "steps leave an eighth. Now try tanh, and then the LSTM.",
            show={"back": T, "cell": "linear", "radius": 1.1},
        ),
        controls=[
            Slider("back", 0, T, 8, label="steps back"),
            Choice("cell", ["linear", "tanh", "LSTM"], "tanh"),
            Slider("radius", 0.5, 1.5, 0.9, step=0.1, label="spectral radius of U"),
            Slider("F", 0.5, 1.0, 0.9, step=0.05, label="forget gate F"),
        ],
        draw=draw,
        alt="A bar for each step back, on a logarithmic axis: how large the gradient is beside that at the end",
        width=6.8,
        height=3.6,
        ahead=Ahead(pairs=[("cell", other) for other in ("back", "radius", "F")]),
    )


def rnn_with(rnn, radius: float) -> tuple:
    """A plain layer whose U has this spectral radius, and its first state. Where all X are 0 its tanh is straight."""
    layer = rnn(M, N)
    layer.params |= {"W": READS[:N], "U": radius * TURNS[:N], "b": np.zeros(N), "c": np.zeros(N)}
    return layer, (np.zeros((1, N)),)


def lstm_with(lstm, radius: float, F: float) -> tuple:
    """An LSTM whose forget gate is F whatever it reads, and its first states."""
    layer, forget = lstm(M, N), slice(N, 2 * N)
    b = np.zeros(4 * N)
    b[forget] = 40 if F == 1 else np.log(F / (1 - F))
    layer.params |= {"W": READS.copy(), "U": radius * TURNS, "b": b, "c": np.zeros(4 * N)}
    layer.params["W"][forget] = layer.params["U"][forget] = 0
    return layer, (np.zeros((1, N)), np.zeros((1, N)))


def walked_back(layer, states: tuple, X: np.ndarray) -> np.ndarray:
    """The size of the last state's gradient, 0 to T steps back, beside its size at T; the loss reads H_T alone.

    The states are H, and C where there is one: then it is the gradient of C. Each step is the layer's own.
    """
    W, U, b, c = layer.weights(0)
    kept, sizes = [], []
    for x in X:
        states, needed = layer.step(x @ W.T + b, states[0] @ U.T + c, *states)
        kept.append(needed)
    gradients = [SENT, *(np.zeros_like(A) for A in states[1:])]
    for needed in reversed(kept):
        sizes.append(np.linalg.norm(reached(gradients, needed)))
        _, dB, straight = layer.step_gradient(needed, *gradients)
        gradients = [straight[0] + dB @ U, *straight[1:]]
    sizes.append(np.linalg.norm(gradients[-1]))
    return np.array(sizes) / sizes[0]


def reached(gradients: list[np.ndarray], needed: tuple) -> np.ndarray:
    """The gradient of the state at a time: dH, or of a cell what later cells send and what its own H sends."""
    if len(gradients) == 1:
        return gradients[0]
    (dH, dC), (*_, O, _, C) = gradients, needed
    return dC + dH * O * (1 - np.tanh(C) ** 2)


def draw_bars(axes: Axes, left: np.ndarray, letter: str) -> None:
    """A bar for each time walked back to, beside a line at 1, the size at T."""
    times = T - np.arange(len(left))
    axes.axhline(1, color=QUIET, linewidth=0.8)
    axes.bar(times, left, width=0.7, color=GRADIENT)
    axes.set_yscale("log")
    axes.set(
        xlim=(-0.9, T + 0.9),
        ylim=(1e-12, 1e6),
        xticks=range(0, T + 1, 5),
        yticks=[1e-12, 1e-9, 1e-6, 1e-3, 1, 1e3],
    )
    axes.minorticks_off()
    axes.set(xlabel="time t: the walk goes from right to left", ylabel=f"|d{letter}ₜ| / |d{letter}ₜ₌₂₀|")
    steps = f"{len(left) - 1} step{'s' * (len(left) != 2)}"
    axes.set_title(f"{steps} back, d{letter} is {said(left[-1])} times as large")


def sentence(left: float, back: int, cell: str, radius: float, F: float) -> str:
    """How large the gradient is there, and by what a step has multiplied it."""
    letter = LETTER[cell]
    ratio = f"|d{letter}| at t = {T - back} is {said(left)} times |d{letter}| at t = {T}"
    if not back:
        return f"At t = {T}, where the loss reads the state: {ratio}."
    each = (
        f"Each of the {back} steps has multiplied it by {left ** (1 / back):.2f}" if back > 1 else "One step"
    )
    by = {
        "linear": f"U stretches by {radius:g}",
        "tanh": f"U stretches by {radius:g}, and the slope of tanh is never more than 1",
        "LSTM": f"the forget gate is {F:g}",
    }[cell]
    return f"{ratio}. {each}{' on average' * (back > 1)}: {by}."


def said(ratio: float) -> str:
    """0.12, 3300, 9.5 · 10⁻⁷"""
    if 0.001 <= ratio < 10_000:
        return f"{float(f'{ratio:.2g}'):g}"
    digits, power = f"{ratio:.1e}".split("e")
    return f"{digits} · 10{str(int(power)).translate(UPPER)}"
