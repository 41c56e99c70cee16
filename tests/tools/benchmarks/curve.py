"""How the cost grows with batch, width, image and sequence, beside PyTorch's: a figure.

python -m tests.tools.benchmarks.curve cost.png [--rounds 5]
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from matplotlib.ticker import FixedLocator, NullFormatter
from threadpoolctl import threadpool_limits

from helpers.show import GRADIENT, REFERENCE, blank_figure, label_line
from helpers.show.style import png

from .attention import attention
from .images import convolution
from .measure import timed
from .work import Work, mlp_step

CURVES: dict[str, tuple[tuple[int, ...], Callable[[int], Work]]] = {
    "samples of an MLP step 3072-100-10": ((1, 4, 16, 64, 256, 1024), mlp_step),
    "hidden units of an MLP step, batch 200": ((32, 128, 512, 2048), lambda H: mlp_step(200, H)),
    "side of the images of Conv 3×3, 8×16 → 32": ((8, 16, 32, 64), lambda H: convolution(8, 16, H, 32, None)),
    "times of causal attention, 4 heads of 32": (
        (32, 128, 512, 2048),
        lambda T: attention(1, T, 4, 32, None),
    ),
}
"""What is varied; its values; the work at each."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=Path, help="the PNG to write")
    parser.add_argument("--rounds", type=int, default=5, help="paired rounds a point")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        curves = {what: measured(what, *curve, options.rounds) for what, curve in CURVES.items()}
    options.picture.write_bytes(drawn(curves))


def measured(what: str, values: tuple[int, ...], work: Callable[[int], Work], rounds: int) -> np.ndarray:
    """A row a value: the value, and the milliseconds a call of NumPy and of PyTorch."""
    rows = []
    for value in values:
        row = work(value)
        timing = timed({"NumPy": row.numpy, "PyTorch": row.torch}, rounds)
        rows.append((value, 1e3 * timing.median("NumPy"), 1e3 * timing.median("PyTorch")))
        ratio = timing.ratio("NumPy", "PyTorch")[1]
        print(f"{what:<46}{value:>6}{rows[-1][1]:>10.3f} ms{rows[-1][2]:>10.3f} ms{ratio:>7.2f}", flush=True)
    return np.array(rows)


def drawn(curves: dict[str, np.ndarray]) -> bytes:
    figure = blank_figure(9, 6)
    for axes, (what, rows) in zip(figure.subplots(2, 2).flat, curves.items(), strict=True):
        (line,) = axes.loglog(rows[:, 0], rows[:, 1], "o-", markersize=4, color=GRADIENT)
        label_line(line, "NumPy")
        (line,) = axes.loglog(rows[:, 0], rows[:, 2], "o-", markersize=4, color=REFERENCE)
        label_line(line, "PyTorch", at=0, above=True)
        axes.set(xlabel=what, ylabel="ms a call")
        axes.xaxis.set_major_locator(FixedLocator(rows[:, 0]))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.margins(x=0.18)
    return png(figure)


if __name__ == "__main__":
    main()
