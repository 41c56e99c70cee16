"""How fast are the layers a reader sees?  python -m tests.tools.benchmarks [--sweep] [--rounds 15] [--only ReLU]

Prints a table and asserts nothing: times belong to a machine and to its mood. HIPS autograd, jax and mygrad stand
beside the MLP where they are installed, best outside of the project and behind it, so that nothing of it is replaced:

    pip install --no-deps --target /tmp/peers autograd mygrad jax jaxlib ml_dtypes opt_einsum
    PYTHONPATH=.:/tmp/peers python -m tests.tools.benchmarks
"""

import argparse
import os
import platform
from collections.abc import Iterator
from statistics import geometric_mean

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits
from torch import nn

from helpers import implement as ours

from .attention import attention, attention_memory, gpt_step
from .images import convolution, convolution_memory, pooling
from .measure import DISTURBED, Timing, timed
from .sequences import embedding, recurrent
from .work import Work, activation, fused_loss, linear, mlp_step, norm, normal, sweep

LEGEND = """\
ratio  processor time NumPy / PyTorch, forward and backward with all gradients: median and quartiles of paired rounds
peak   share of this machine's own: the matrix product of 1024² (FLOP), or a copy of as many bytes (B)
bare   the bare matrix products of the row's own shapes, without the layer around them, over NumPy's time
~      another process had the processor for more than a twentieth of the time in some of the rounds
"""
HEAD = (
    f"{'work':<46}{'goal':>6}{'ratio':>7}{'quartiles':>15}{'ms':>9}{'a second':>12}{'peak':>6}{'bare':>6}{'goal':>6}"
    "  peers / PyTorch"
)
FOR_OLDER_KERNELS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="paired rounds a row")
    parser.add_argument("--sweep", action="store_true", help="the MLP step over batch, width and dtype")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        peaks = {dtype: matmul_peak(dtype) for dtype in (np.float32, np.float64)}
        print(machine(peaks[np.float32], peaks[np.float64]), LEGEND, HEAD, sep="\n")
        ratios = []
        for work in sweep() if options.sweep else table():
            if options.only.lower() in work.name.lower():
                ratios.append(report(work, options.rounds, peaks[work.dtype]))
        if len(ratios) > 1:
            goal = "" if options.sweep else "1.00"
            print(f"{'geometric mean':<46}{goal:>6}{geometric_mean(ratios):>7.2f}")
        if not options.sweep and not options.only:
            print("", convolution_memory(), attention_memory(), sep="\n")


def table() -> Iterator[Work]:
    """The rows of the goals."""
    million, images = (1000, 1000), (64, 64, 32, 32)
    yield mlp_step(goal=0.80)
    yield linear(200, 3072, 100, 0.85)
    yield linear(256, 1024, 1024, 0.85)
    yield activation("ReLU", ours.ReLU(), nn.ReLU(), (200, 3072), 1.3)
    yield activation("ReLU", ours.ReLU(), nn.ReLU(), million, 1.3)
    yield activation("ELU", ours.ELU(), nn.ELU(), million, 0.7)
    yield activation("GELU tanh", ours.GELU("tanh"), nn.GELU("tanh"), million, 0.5)
    yield activation("GELU erf", ours.GELU(), nn.GELU(), million, 2.0)
    yield activation("GELU erf", ours.GELU(), nn.GELU(), (768, 512), 1.6)
    yield fused_loss(200, 10, 0.3)
    yield fused_loss(4096, 1000, 1.1)
    yield norm(ours.BatchNorm1d, nn.BatchNorm1d(100), (200, 100), 0.95)
    yield norm(ours.BatchNorm1d, nn.BatchNorm1d(1024), (256, 1024), 1.6)
    yield norm(ours.BatchNorm2d, nn.BatchNorm2d(64), images, 1.75)
    yield norm(ours.LayerNorm, nn.LayerNorm(768), (4096, 768), 2.2)
    yield convolution(32, 3, 32, 64, 1.2)
    yield convolution(32, 64, 32, 128, 2.1, 0.85)
    yield pooling("MaxPool 2×2", ours.MaxPool2d(2), nn.MaxPool2d(2), images, 1.35)
    yield pooling("MaxPool 3×3 s2", ours.MaxPool2d(3, 2, 1), nn.MaxPool2d(3, 2, 1), images, 2.5)
    yield pooling("AvgPool 2×2", ours.AvgPool2d(2), nn.AvgPool2d(2), images, 1.25)
    yield recurrent(ours.LSTM, 32, 64, 128, 1.15)
    yield recurrent(ours.GRU, 32, 64, 128, 0.72)
    yield embedding(50_000, 256, 4096, 0.15)
    yield attention(12, 64, 4, 32, 0.75)
    yield attention(8, 128, 8, 32, 0.95)
    yield attention(4, 1024, 8, 32, 0.90)
    yield gpt_step(0.95)


def matmul_peak(dtype: type) -> float:
    """FLOP a second."""
    A = normal(1024, 1024, dtype=dtype)
    return 2 * 1024**3 / timed({"matmul": lambda: A @ A}, 10).median("matmul")


def machine(*peaks: float) -> str:
    """What the numbers belong to, with a word about settings that slow a current NumPy."""
    kernels = {pool["architecture"] for pool in threadpool_info() if pool.get("internal_api") == "openblas"}
    single, double = (f"{peak / 1e9:.0f}" for peak in peaks)
    set_here = [name for name in FOR_OLDER_KERNELS if name in os.environ]
    warning = (
        f"\n{' and '.join(set_here)} set: meant for older kernels, and slow with a new one"
        if set_here
        else ""
    )
    return (
        f"NumPy {np.__version__}, torch {torch.__version__}, Python {platform.python_version()}, one thread; OpenBLAS "
        f"kernel {', '.join(sorted(kernels))}, matmul peak {single} GFLOP/s in float32, {double} in float64{warning}"
    )


def report(work: Work, rounds: int, peak: float) -> float:
    """Print a row; its ratio."""
    runs = {"NumPy": work.numpy, "PyTorch": work.torch, "least": work.least.run}
    timing = timed(runs | work.peers, rounds)
    low, ratio, high = timing.ratio("NumPy", "PyTorch")
    name = work.name + (" ~" if timing.waited > DISTURBED else "")
    quartiles = f"{low:.2f} to {high:.2f}"
    peers = ", ".join(f"{peer} {timing.ratio(peer, 'PyTorch')[1]:.2f}" for peer in work.peers)
    print(
        f"{name:<46}{some(work.goal, '.2f'):>6}{ratio:>7.2f}{quartiles:>15}{1e3 * timing.median('NumPy'):>9.3f}"
        f"{shares(work, timing, peak)}  {peers}",
        flush=True,
    )
    return float(ratio)


def shares(work: Work, timing: Timing, peak: float) -> str:
    """The columns of the machine's limits."""
    rate, bare = work.least.amount / timing.median("NumPy"), timing.ratio("least", "NumPy")[1]
    of_peak = rate / peak if work.least.unit == "FLOP" else bare
    of_bare = some(bare if work.least.unit == "FLOP" else None, ".0%")
    return (
        f"{f'{rate / 1e9:.0f} G{work.least.unit}':>12}{of_peak:>6.0%}{of_bare:>6}{some(work.share, '.0%'):>6}"
    )


def some(number: float | None, form: str) -> str:
    return "" if number is None else format(number, form)


if __name__ == "__main__":
    main()
