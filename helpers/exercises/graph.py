"""Notebook 01: six backward lines in order, the backward pass of a diamond, the best step of a difference."""

import re
from typing import Any

import numpy as np

from helpers.compare import step_sweep
from helpers.exercises import Exercise, same_function
from helpers.exercises.machine.checks import RIGHT, letters_in, told
from helpers.verdict import Kind, Verdict

__all__ = ["CARDS", "diamond", "order", "step"]

CARDS = {
    "A": "dx += ds * w",
    "B": "ds += dy * g_prime(s)",
    "C": "dy += dL * z",
    "D": "dw += ds * x",
    "E": "dz += dL * y",
    "F": "ds += dz * h_prime(s)",
}
FUNCTIONS = (
    (np.sin, np.cos),
    (np.exp, np.exp),
    (np.tanh, lambda s: 1 - np.tanh(s) ** 2),
    (np.square, lambda s: 2 * s),
)


def random_graph(rng: np.random.Generator) -> dict[str, Any]:
    """The names that the cards use: s = x w, y = g(s), z = h(s), L = y z with random x, w, g and h; every d is 0."""
    x, w = rng.uniform(0.5, 1.5, 2)
    (g, g_prime), (h, h_prime) = (FUNCTIONS[k] for k in rng.permutation(len(FUNCTIONS))[:2])
    names = {"x": x, "w": w, "s": x * w, "y": g(x * w), "z": h(x * w), "g_prime": g_prime, "h_prime": h_prime}
    return {**names, "dL": 1.0, "dy": 0.0, "dz": 0.0, "ds": 0.0, "dw": 0.0, "dx": 0.0}


def in_order(answer: Any) -> Verdict:
    """What is wrong with an order of the cards, by running them on three random graphs."""
    letters = letters_in(answer)
    if unknown := [letter for letter in letters if letter not in CARDS]:
        return told(f"There is no card {unknown[0]!r}.", Kind.NOT_READABLE)
    for letter, card in CARDS.items():
        if letters.count(letter) != 1:
            return told(
                f"Card {letter}, {card}, is there {letters.count(letter)} times: each is needed once."
            )
    rng = np.random.default_rng(1)
    for _ in range(3):
        names = random_graph(rng)
        slope = names["g_prime"](names["s"]) * names["z"] + names["h_prime"](names["s"]) * names["y"]
        right = {"dx": slope * names["w"], "dw": slope * names["x"]}
        for letter in letters:
            exec(CARDS[letter], names)
        for name, value in right.items():
            if not np.isclose(names[name], value):
                return told(
                    f"With x = {names['x']:.2f} and w = {names['w']:.2f}, {name} is {names[name]:.3f}, where "
                    f"{value:.3f} is right. {too_early(letters)}"
                )
    return RIGHT


def too_early(letters: list[str]) -> str:
    """The first card that reads a gradient to which a later one still adds."""
    cards = {letter: re.match(r"(\w+) \+= (\w+)", CARDS[letter]).groups() for letter in letters}
    for k, letter in enumerate(letters):
        _, read = cards[letter]
        for later in letters[k:]:
            if cards[later][0] == read:
                return f"Card {letter} reads {read}, and card {later} has still to add to it."
    return ""


order = Exercise(
    "1.1",
    in_order,
    hints=(
        "Which cards need nothing but $dL$? They can come first, in either order.",
        "A gradient may be read once everybody who adds to it has done so. Who adds to $ds$?",
        "First C and E; then B and F, which both add to $ds$; then A and D, which read it. Within each pair the "
        "order is yours.",
    ),
    solution='order = "C E B F A D"',
    mistakes=(
        ('order = "C B A D E F"', "Card A reads ds, and card F has still to add to it"),
        ('order = "B C E F A D"', "Card B reads dy, and card C has still to add to it"),
        ('order = "A D B F C E"', "Card A reads ds, and card B has still to add to it"),
        ('order = "C E B D F A"', "Card D reads ds, and card F has still to add to it"),
        ('order = "C E B A D"', "Card F, ds += dz * h_prime(s), is there 0 times"),
        ('order = "C C E B F A D"', "Card C, dy += dL * z, is there 2 times"),
        ('order = "C E B F A G"', "no card 'G'"),
        ('order = "c -> b -> a -> d -> e -> f"', "Card A reads ds, and card F has still to add to it"),
    ),
)


def backward_of_diamond(x, dL, x_grad):
    y, z = np.sin(x), np.exp(x)
    return x_grad + dL * z * np.cos(x) + dL * y * z


rng = np.random.default_rng(1)
cases = [tuple(rng.normal(size=(3, *shape))) for shape in ((4,), (2, 3), (1,))]
diamond = Exercise(
    "1.2",
    same_function(backward_of_diamond, cases),
    known={
        "backward = lambda x, dL, x_grad: dL * np.exp(x) * (np.cos(x) + np.sin(x))": (
            "What x.grad held before is gone. Others may have written there: add to it."
        ),
        "backward = lambda x, dL, x_grad: dL * np.exp(x) * np.sin(x)": (
            "The last path wins: what x.grad held and the other path are gone. Add, with += or a sum."
        ),
        "backward = lambda x, dL, x_grad: x_grad + dL * (np.cos(x) + np.exp(x))": (
            "The derivatives of y z are missing: dL reaches y times z, and z times y."
        ),
        "backward = lambda x, dL, x_grad: x_grad + dL * np.exp(x) * np.cos(x)": (
            "Only the path through y is there. x moves L through z too."
        ),
        "backward = lambda x, dL, x_grad: x_grad + dL * np.exp(x) * np.sin(x)": (
            "Only the path through z is there. x moves L through y too."
        ),
        "backward = lambda x, dL, x_grad: x_grad + np.exp(x) * (np.cos(x) + np.sin(x))": (
            "The upstream gradient dL is not used: it stands in front of every path."
        ),
        "backward = lambda x, dL, x_grad: x_grad + dL * (np.sin(x) * np.cos(x) + np.exp(x) ** 2)": (
            "The local derivative of y z with respect to y is z, and to z it is y. Yours are the other way round."
        ),
        "backward = lambda x, dL, x_grad: x_grad + dL * (np.sin(x) + np.exp(x))": (
            "The local derivatives of L are added up, and those of sin and exp forgotten."
        ),
    },
    hints=(
        "There are two paths from L back to x. What is the product of the local derivatives along each?",
        "y.grad is dL times z, and z.grad is dL times y. What does each hand on to x?",
        "dL · z · cos x through y, and dL · y · eˣ through z: both are added to what x.grad held. Return a new array.",
    ),
    solution="""def backward(x, dL, x_grad):
    y, z = np.sin(x), np.exp(x)
    dy, dz = dL * z, dL * y
    return x_grad + dy * np.cos(x) + dz * np.exp(x)""",
    mistakes=(
        (
            "def backward(x, dL, x_grad):\n    x_grad += dL * np.exp(x) * (np.cos(x) + np.sin(x))\n    return x_grad",
            "changed its argument x_grad",
        ),
        (
            "def backward(x, dL, x_grad):\n    return x_grad - dL * np.exp(x) * (np.cos(x) + np.sin(x))",
            "wrong value",
        ),
        ("def backward(x, dL, x_grad):\n    x_grad + dL * np.exp(x) * (np.cos(x) + np.sin(x))", "return"),
    ),
)

LIMITS = {"float64": 1e-8, "float32": 5e-4}


def worst_error(h: float, dtype: str) -> float:
    """The largest error of the central difference of exp with step h, over 25 points around 1."""
    points = np.linspace(0.9, 1.1, 25).astype(dtype)
    return max(step_sweep(np.exp, x, [h], np.exp(float(x)), np.dtype(dtype))[0] for x in points)


def small_errors(answer: Any) -> Verdict:
    """What is wrong with a pair of steps, by the errors that are measured with them."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return told("Two steps are asked for, (h_64, h_32).", Kind.TYPE)
    for h, (dtype, limit) in zip(answer, LIMITS.items(), strict=True):
        if h is ...:
            return told(f"The step for {dtype} is still blank.", Kind.INCOMPLETE)
        if not isinstance(h, int | float | np.number) or isinstance(h, bool) or not 0 < h < 1:
            return told(f"The step for {dtype} is {h!r}; a number between 0 and 1 is asked for.", Kind.TYPE)
        if (error := worst_error(h, dtype)) > limit:
            curved = worst_error(h / 2, dtype) < error
            why = (
                "the step is so large that f curves between the two points"
                if curved and worst_error(h * 2, dtype) > error
                else "the step is so small that f(x + h) − f(x − h) is mostly rounding"
            )
            return told(
                f"In {dtype} the error with h = {h:g} is {error:.0e}, and {limit:.0e} or less is possible: {why}."
            )
    return RIGHT


step = Exercise(
    "1.3",
    small_errors,
    hints=(
        "The error has two parts, and they pull in opposite directions. Which part falls when h shrinks?",
        "About h²/6 from the curve and about ε/h from rounding, with ε = 1e-16 in float64 and 6e-8 in float32. Where "
        "are the two equal?",
        "h³ ≈ 6 ε: near 1e-5 in float64 and near 7e-3 in float32.",
    ),
    solution="h_64, h_32 = 1e-5, 7e-3\nsteps = (h_64, h_32)",
    mistakes=(
        ("steps = (1e-12, 7e-3)", "In float64 the error with h = 1e-12"),
        ("steps = (1e-12, 7e-3)", "mostly rounding"),
        ("steps = (1e-5, 1e-5)", "In float32 the error with h = 1e-05"),
        ("steps = (1e-5, 1e-5)", "mostly rounding"),
        ("steps = (1e-2, 1e-2)", "f curves between the two points"),
        ("steps = (1e-5, 0.3)", "f curves between the two points"),
        ("steps = (1e-5, ...)", "float32 is still blank"),
        ("steps = (0, 1e-3)", "between 0 and 1"),
        ("steps = 1e-5", "Two steps"),
    ),
)
