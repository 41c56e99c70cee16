"""Notebook 00: how small should the step of a central difference be?"""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from helpers.show import QUIET, VALUE, Choice, Explorer, Predict, Slider

EXPONENTS = np.arange(-14, 0.25, 0.25)


def step_explorer(central_difference: Callable) -> Explorer:
    """The error of the central difference of eˣ at x = 1, whose derivative is e, against the step h."""

    def error(exponent: float, precision: str) -> float:
        dtype = np.dtype(precision)
        slope = central_difference(np.exp, np.array(1.0, dtype), 10.0**exponent, dtype)
        return abs(float(slope) - np.e) / np.e

    curves = {precision: [error(e, precision) for e in EXPONENTS] for precision in ("float64", "float32")}

    def draw(figure: Figure, exponent: int, precision: str) -> str:
        axes = figure.subplots()
        seen = exponent <= EXPONENTS
        axes.loglog(10.0 ** EXPONENTS[seen], np.maximum(curves[precision], 1e-13)[seen], color=QUIET)
        here = error(exponent, precision)
        axes.loglog(10.0**exponent, max(here, 1e-13), "o", color=VALUE, markersize=9)
        axes.set(xlabel="step h", ylabel="relative error", xlim=(1e-14, 3), ylim=(1e-13, 10))
        axes.set_title(f"h = 1e{exponent} in {precision}: relative error {here:.0e}")
        return f"With h = 1e{exponent} in {precision}, the relative error of the slope is {here:.0e}."

    return Explorer(
        question="Is a smaller step always better?",
        predict=Predict(
            "In float64, h shrinks from 1e-2 to 1e-5, and then to 1e-10. What does the error do?",
            ["it falls both times", "it falls, then rises", "it stays the same"],
            "it falls, then rises",
            why="The curve of f costs about h², rounding about 1e-16/h: their sum is least in between.",
            show={"exponent": -10},
        ),
        controls=[
            Slider("exponent", -14, -1, value=-2, label="exponent of h"),
            Choice("precision", ["float64", "float32"]),
        ],
        draw=draw,
        alt="Relative error of a central difference against its step, both on logarithmic axes",
    )
