"""How fast are the layers a reader sees?  python -m tests.benchmarks [--sweep] [--rounds 15] [--only ReLU]

Prints a table and asserts nothing: times belong to a machine and to its mood.
"""

import argparse
import platform
from statistics import geometric_mean

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from .measure import FEWEST, timed
from .work import Work, sweep, table

HEAD = (
    f"{'work':<38}{'goal':>6}{'ratio':>7}{'quartiles':>14}{'ms':>9}{'share':>7}{'goal':>6}  peers / PyTorch"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="paired rounds a row")
    parser.add_argument("--sweep", action="store_true", help="the MLP step over batch, width and dtype")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        print(machine())
        print("ratio: NumPy / PyTorch, forward and backward, medians of paired rounds; share: of the bare")
        print("matrix products (or copies) of the same size, by the same NumPy\n")
        print(HEAD)
        ratios = []
        for work in sweep() if options.sweep else table():
            if options.only.lower() in work.name.lower():
                ratios += report(work, options.rounds)
        if len(ratios) > 1:
            print(f"{'geometric mean':<38}{'':>6}{geometric_mean(ratios):>7.2f}")


def machine() -> str:
    kernels = {pool["architecture"] for pool in threadpool_info() if pool.get("internal_api") == "openblas"}
    A = np.random.default_rng(0).standard_normal((1024, 1024)).astype(np.float32)
    seconds = timed({"matmul": lambda: A @ A}, 10)
    peak = 2 * 1024**3 / seconds.median("matmul") / 1e9 if seconds.clean else float("nan")
    return (
        f"NumPy {np.__version__}, torch {torch.__version__}, Python {platform.python_version()}, one thread; "
        f"OpenBLAS kernel {', '.join(sorted(kernels))}, float32 matmul peak {peak:.0f} GFLOP/s"
    )


def report(work: Work, rounds: int) -> list[float]:
    """Print a row; give back its ratio, or nothing where too few rounds were clean."""
    runs = {"NumPy": work.numpy, "PyTorch": work.torch} | work.peers
    if work.limit:
        runs["limit"] = work.limit
    timing = timed(runs, rounds)
    if timing.clean < FEWEST:
        print(f"{work.name:<38}  no figure: only {timing.clean} rounds were undisturbed")
        return []
    low, ratio, high = timing.ratio("NumPy", "PyTorch")
    share = timing.ratio("limit", "NumPy")[1] if work.limit else None
    goal = f"{work.goal:.2f}" if work.goal else ""
    share_goal = f"{work.share_goal:.0%}" if work.share_goal else ""
    peers = ", ".join(f"{name} {timing.ratio(name, 'PyTorch')[1]:.2f}" for name in work.peers)
    numbers = f"{goal:>6}{ratio:>7.2f}{f'{low:.2f} to {high:.2f}':>14}{1e3 * timing.median('NumPy'):>9.3f}"
    shares = f"{'' if share is None else f'{share:.0%}':>7}{share_goal:>6}"
    print(f"{work.name:<38}{numbers}{shares}  {peers}", flush=True)
    return [float(ratio)]


if __name__ == "__main__":
    main()
