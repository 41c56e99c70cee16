"""One look for every figure, and fixed meanings for its colours.

figure = blank_figure(5, 3)
axes = figure.subplots()
(line,) = axes.plot(X, Y, color=VALUE)
label_line(line, "Y = tanh(X)")
axes.set_title("tanh saturates beyond ±3")
picture(figure, alt="Y = tanh(X) rises from −1 to 1 and is flat beyond ±3.")
"""

import base64
import io
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

VALUE = "#0072B2"  # blue: a value
GRADIENT = "#D55E00"  # orange: a gradient
REFERENCE = "#009E73"  # green: what is known to be right
QUIET = "#6E6E6E"  # grey: everything else
SIGNED = "PuOr_r"  # purple below zero, white at zero, orange above

matplotlib.rcParams.update(
    {
        "figure.constrained_layout.use": True,
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": QUIET,
        "axes.labelcolor": "#333333",
        "xtick.color": "#333333",
        "ytick.color": "#333333",
        "axes.prop_cycle": matplotlib.cycler(color=[VALUE, GRADIENT, REFERENCE, QUIET]),
        "lines.linewidth": 2,
    }
)


def blank_figure(width: float = 5, height: float = 3) -> Figure:
    """An empty figure of the house, width and height in inches; `figure.subplots()` gives its axes."""
    figure = Figure(figsize=(width, height), dpi=90, layout="constrained")
    FigureCanvasAgg(figure)  # one for all pictures: a new one would set the mathematics of the ticks anew
    return figure


def label_line(line: Line2D, text: str, at: int = -1, above: bool = False) -> None:
    """Writes a text in the line's colour: to the right of its point number `at`, or above that point."""
    x, y = np.asarray(line.get_xdata())[at], np.asarray(line.get_ydata())[at]
    place = {"xytext": (0, 5), "ha": "center"} if above else {"xytext": (5, 0), "va": "center"}
    line.axes.annotate(text, (x, y), textcoords="offset points", color=line.get_color(), **place)


def heat_map(
    axes: Axes,
    values: ArrayLike,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    limit: float | None = None,
    form: str = "{:.2f}",
) -> None:
    """A matrix as coloured cells with their numbers in them; white is zero, |limit| the deepest colour.

    rows and columns name the axes' ticks. Give `limit` where the colours of two pictures are to be compared.
    """
    values = np.atleast_2d(np.asarray(values, dtype=float))
    limit = limit or np.nanmax(np.abs(values[np.isfinite(values)]), initial=0) or 1.0
    axes.imshow(values, cmap=SIGNED, norm=TwoSlopeNorm(0, -limit, limit), aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if abs(value) > 0.6 * limit else "black"
        text = form.format(value).replace("-", "−")
        number = axes.text(column, row, text, ha="center", va="center", color=colour)
        number.set_in_layout(False)  # it stays in its cell: to measure 30 of them costs 5 ms
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def png(figure: Figure) -> bytes:
    """The figure as a PNG file, at its own resolution."""
    file = io.BytesIO()
    figure.canvas.print_png(file, metadata={"Software": None})  # savefig draws twice: a third slower
    return file.getvalue()


class Picture:
    """A finished figure: a PNG where pictures are shown, its alt text where they are not."""

    def __init__(self, figure: Figure, alt: str):
        self.figure, self.alt = figure, alt

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        data = {"text/plain": self.alt, "image/png": base64.b64encode(png(self.figure)).decode()}
        return data, {"image/png": {"alt": self.alt}}


def picture(figure: Figure, alt: str) -> Picture:
    """Shows a figure as the last expression of a cell.

    alt says in a sentence what a reader should see in it: it is what a screen reader reads, and what the
    tests compare, so its numbers are rounded.
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what the figure shows.")
    return Picture(figure, alt)
