"""A function of one number as a curve, with its tangent where the reader stands."""

from collections.abc import Callable

import numpy as np

from helpers.show.style import GRADIENT, VALUE, Picture, blank_figure, label_line, picture


def curve(
    f: Callable[[np.ndarray], np.ndarray],
    low: float,
    high: float,
    *,
    tangent: tuple[float, float] | None = None,
    name: str = "",
    axes: tuple[str, str] = ("x", "y"),
    title: str = "",
    alt: str,
) -> Picture:
    """The curve of f between low and high; f takes an array of places and gives one of values.

    `tangent` is (place, slope): a straight line of that slope touches the curve there, labelled with the slope.
    `name` labels the curve; alt says in a sentence what a reader should see. Raises ValueError unless low < high.
    """
    if not low < high:
        raise ValueError(f"low is {low} and high is {high}: low has to be the smaller one")
    figure = blank_figure(5, 2.8)
    plot = figure.subplots()
    places = np.linspace(low, high, 99)
    (line,) = plot.plot(places, f(places), color=VALUE)
    label_line(line, name, at=90)
    plot.set(xlabel=axes[0], ylabel=axes[1], title=title, xlim=(low, high + 0.35 * (high - low)))
    if tangent:
        place, slope = tangent
        near = place + 0.1 * (high - low) * np.array([-1, 1])
        (touching,) = plot.plot(near, f(np.array(place)) + slope * (near - place), color=GRADIENT)
        label_line(touching, f"slope {slope:g}".replace("-", "−"), at=0)
    return picture(figure, alt)
