"""Notebook 00: how small should the step of a central difference be?"""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from helpers.show import GRADIENT, QUIET, VALUE, Choice, Explorer, Predict, Slider

EXPONENTS = np.arange(-14, 0.25, 0.25)


def step_explorer(central_difference: Callable) -> Explorer:
    """The error of the central difference of eˣ at x = 1, whose derivative is e, against the step h."""

    def error(exponent: float, precision: str) -> float:
        dtype = np.dtype(precision)
        slope = central_difference(np.exp, np.array(1.0, dtype), 10.0**exponent, dtype)
        return abs(float(slope) - np.e) / np.e

    curves = {precision: [error(e, precision) for e in EXPONENTS] for precision in ("float64", "float32")}

    def draw(figure: Figure, exponent: int, precision: str) -> str:
        function, errors = figure.subplots(1, 2, width_ratios=[1, 1.6])
        places = np.linspace(-0.2, 2.2, 60)
        function.plot(places, np.exp(places), color=VALUE)
        ends = 1 + 10.0**exponent * np.array([-1, 1])
        function.plot(ends, np.exp(ends), "o-", color=GRADIENT, markersize=5)
        function.set(xlabel="x", title="eˣ, nudged at x = 1", xlim=(-0.3, 2.3), ylim=(0, 9))
        seen = exponent <= EXPONENTS
        errors.loglog(10.0 ** EXPONENTS[seen], np.maximum(curves[precision], 1e-13)[seen], color=QUIET)
        here = error(exponent, precision)
        errors.loglog(10.0**exponent, max(here, 1e-13), "o", color=VALUE, markersize=9)
        errors.set(xlabel="step h", ylabel="relative error", xlim=(1e-14, 3), ylim=(1e-13, 10))
        errors.set_title(f"h = 1e{exponent} in {precision}: relative error {here:.0e}")
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
        alt="Left: eˣ with the two points of the nudge. Right: error of the slope against the step, both logarithmic",
    )
