"""Which terms does the second derivative of L(x) = f(g(x), h(x)) need?"""

import re
from collections.abc import Callable
from itertools import combinations, compress

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, REFERENCE, Ahead, Choice, Explorer, Predict, Slider, Toggle

# of one argument: itself and two derivatives
ONE: dict[str, tuple[Callable[[float], float], ...]] = {
    "sin x": (np.sin, np.cos, lambda x: -np.sin(x)),
    "eˣ": (np.exp, np.exp, np.exp),
    "x²": (lambda x: x**2, lambda x: 2 * x, lambda x: 2.0),
    "2x + 1": (lambda x: 2 * x + 1, lambda x: 2.0, lambda x: 0.0),
    "3": (lambda x: 3.0, lambda x: 0.0, lambda x: 0.0),
}
# of two arguments: itself, then f_y and f_z, then f_yy, f_yz and f_zz
TWO: dict[str, tuple[Callable[[float, float], float | tuple[float, ...]], ...]] = {
    "y z": (lambda y, z: y * z, lambda y, z: (z, y), lambda y, z: (0.0, 1.0, 0.0)),
    "y² z": (lambda y, z: y**2 * z, lambda y, z: (2 * y * z, y**2), lambda y, z: (2 * z, 2 * y, 0.0)),
    "log(1 + y² + z²)": (
        lambda y, z: np.log(1 + y**2 + z**2),
        lambda y, z: (2 * y / (1 + y**2 + z**2), 2 * z / (1 + y**2 + z**2)),
        lambda y, z: np.array([1 - y**2 + z**2, -2 * y * z, 1 + y**2 - z**2]) * 2 / (1 + y**2 + z**2) ** 2,
    ),
    "y² + z²": (lambda y, z: y**2 + z**2, lambda y, z: (2 * y, 2 * z), lambda y, z: (2.0, 0.0, 2.0)),
    "sin y − z³": (
        lambda y, z: np.sin(y) - z**3,
        lambda y, z: (np.cos(y), -3 * z**2),
        lambda y, z: (-np.sin(y), 0.0, -6 * z),
    ),
    "y + z": (lambda y, z: y + z, lambda y, z: (1.0, 1.0), lambda y, z: (0.0, 0.0, 0.0)),
}
SEPARABLE = ("y² + z²", "sin y − z³", "y + z")
TERMS = {"yy": "f_yy g′²", "yz": "2 f_yz g′h′", "zz": "f_zz h′²", "y": "f_y g″", "z": "f_z h″"}
SMALL = 5e-4  # nothing, in a picture with three digits


def second_order_explorer() -> Explorer:
    """Five terms to switch on and off, their sum, and the second derivative as differences measure it."""

    def draw(figure: Figure, f: str, g: str, h: str, x: float, **kept: bool) -> str:
        terms, chosen = terms_of(f, g, h, x), np.array([kept[name] for name in TERMS])
        total, truth = terms[chosen].sum(), measured(f, g, h, x)
        figure.set_layout_engine("none")  # one axes at a fixed place: a redraw in a third of the time
        axes = figure.add_axes((0.02, 0.16, 0.96, 0.73))
        draw_terms(axes, terms, chosen, total, truth)
        right = abs(total - truth) < SMALL
        axes.set_title(f"{'✓ your sum is L″' if right else '✗ your sum is not L″'}, for f = {f}")
        return sentence(f, terms, chosen, truth)

    return Explorer(
        question="Which terms does L″ need, for L(x) = f(g(x), h(x))?",
        predict=Predict(
            "The report's four terms are on, and give 0 where L″ is 3.080. Change f from y z to y² + z², and nothing "
            "else. How good are the four terms then?",
            ["as wrong as before", "closer, still wrong", "exactly right"],
            "exactly right",
            why="In y² + z² the two arguments never meet: f_yz = 0, and the missing term is 0. A test with such an f "
            "would have passed the report.",
            show={"f": "y² + z²"},
        ),
        controls=[
            Choice("f", list(TWO), label="f(y, z)"),
            Choice("g", list(ONE), label="y = g(x)"),
            Choice("h", list(ONE), "eˣ", label="z = h(x)"),
            Slider("x", -1.5, 1.5, 0.7, 0.1),
            *(Toggle(name, name != "yz", label) for name, label in TERMS.items()),
        ],
        draw=draw,
        alt="Bars of the five terms of the second derivative, of the sum of those that are on, and of L″",
        width=7.6,
        height=3.4,
        ahead=Ahead(pairs=list(combinations("fgh", 2))),
    )


def terms_of(f: str, g: str, h: str, x: float) -> np.ndarray:
    """f_yy g′², 2 f_yz g′h′, f_zz h′², f_y g″, f_z h″"""
    (g0, g1, g2), (h0, h1, h2) = ([d(x) for d in ONE[name]] for name in (g, h))
    _, first, second = TWO[f]
    (f_y, f_z), (f_yy, f_yz, f_zz) = first(g0, h0), second(g0, h0)
    return np.array([f_yy * g1**2, 2 * f_yz * g1 * h1, f_zz * h1**2, f_y * g2, f_z * h2])


def measured(f: str, g: str, h: str, x: float, step: float = 0.01) -> float:
    """L″(x) from five values of L, which knows no derivative; its error is of order step⁴."""
    values = [TWO[f][0](ONE[g][0](x + k * step), ONE[h][0](x + k * step)) for k in range(-2, 3)]
    return float(np.dot([-1, 16, -30, 16, -1], values) / (12 * step**2))


def draw_terms(axes: Axes, terms: np.ndarray, chosen: np.ndarray, total: float, truth: float) -> None:
    """Full bars for what is added, outlines for what is left out; then the sum beside the truth."""
    places = [0, 1, 2, 3, 4, 5.6, 6.6]
    names = ["your\nsum", "L″\nmeasured"]
    heights = [*terms, total, truth]
    faces = [*(GRADIENT if on else "white" for on in chosen), GRADIENT, REFERENCE]
    edges = [*(GRADIENT if on else QUIET for on in chosen), GRADIENT, REFERENCE]
    bars = axes.bar(places, heights, 0.62, color=faces, edgecolor=edges)
    for bar, on in zip(bars, chosen, strict=False):
        bar.set(hatch="" if on else "///", linestyle="-" if on else "--")
    axes.bar_label(bars, [signed(height) for height in heights], padding=2)
    said = ["added" if on else "left out" for on in chosen]
    labels = [f"{subscripts(name)}\n{what}" for name, what in zip(TERMS.values(), said, strict=True)]
    axes.set_xticks(places, [*labels, *names])
    low, high = min(0.0, *heights), max(0.0, *heights)
    room = 0.18 * max(high - low, 0.5)
    axes.set(ylim=(low - room, high + room), xlim=(-0.6, 7.2), yticks=[])
    axes.axhline(0, color=QUIET, linewidth=1)
    axes.axvline(4.8, color=QUIET, linewidth=0.8, linestyle=":")
    axes.tick_params(axis="x", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)


def subscripts(name: str) -> str:
    """f_yz as matplotlib's mathematics."""
    return re.sub("f_([yz]+)", r"$f_{\1}$", name)


def sentence(f: str, terms: np.ndarray, chosen: np.ndarray, truth: float) -> str:
    """How far the sum is off, what is left out, and why that may not matter."""
    added, left = (list(compress(TERMS.values(), on)) for on in (chosen, ~chosen))
    missing = terms[~chosen]
    said = f"L″ = {signed(truth)}, and {count(added)} {signed(terms[chosen].sum())}."
    if not left:
        return f"{said} All five terms: equal, whatever f, g, h and x."
    if abs(missing.sum()) >= SMALL:
        return f"{said} What is left out, {listed(left)}, is {signed(missing.sum())}."
    if (abs(missing) >= SMALL).any():
        values = [signed(term) for term in missing if abs(term) >= SMALL]
        return f"{said} What is left out, {listed(left)}, cancels here: {listed(values)}."
    if left == [TERMS["yz"]] and f in SEPARABLE:
        return f"{said} f = {f} is separable: f_yz = 0 everywhere, so the report's four terms are enough."
    return f"{said} What is left out, {listed(left)}, is 0 for this f, g, h and x."


def count(added: list[str]) -> str:
    return {0: "no term gives", 1: "one term gives"}.get(len(added), f"{len(added)} terms give")


def listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def signed(number: float) -> str:
    """Three digits, a true minus sign, and never −0."""
    return f"{round(number, 3) + 0.0:.3f}".replace("-", "−")
