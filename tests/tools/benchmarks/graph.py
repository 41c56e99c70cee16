"""How fast is the graph engine?  python -m tests.tools.benchmarks.graph [--rounds 15]

Two peers need not be installed for anything else. Beside the project, for this table only:

    pip install --no-deps --target /tmp/peers autograd micrograd
    PYTHONPATH=/tmp/peers python -m tests.tools.benchmarks.graph
"""

import argparse
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from helpers.implement.graph import Node, exp, log, no_grad

from .__main__ import machine, matmul_peak
from .measure import DISTURBED, timed
from .peers import RATE, hips, hips_float32
from .work import mlp_step, normal

S, M, H, N = 200, 3072, 100, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="paired rounds a table")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    with threadpool_limits(1):
        print(machine(matmul_peak(np.float32), matmul_peak(np.float64)))
        print("ratio: the graph engine's time / the other's, medians of paired rounds\n")
        report(f"MLP step {M}-{H}-{N}, batch {S}, float32", big(), rounds)
        seconds = report("MLP step 16-8-4, batch 4: the same work", tiny(), rounds)
    if "micrograd" in seconds:
        scaled(seconds["micrograd"])
    missing = [name for name in ("autograd", "micrograd") if not find_spec(name)]
    if missing:
        print(
            f"\nnot installed, and so not measured: {', '.join(missing)} (python -m pydoc tests.tools.benchmarks.graph)"
        )


def report(title: str, steps: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Print the graph engine's ratio to each of the others; give back the seconds a step."""
    timing = timed(steps, rounds)
    print(f"{title:<42}{'ms':>9}{'ratio':>9}  quartiles")
    if timing.waited > DISTURBED:
        print(f"  disturbed: the process waited for up to {timing.waited:.0%} of the time")
    for name in steps:
        low, ratio, high = timing.ratio("graph engine", name)
        against = "" if name == "graph engine" else f"{ratio:>9.3g}  {low:.3g} to {high:.3g}"
        print(f"  {name:<40}{1e3 * timing.median(name):>9.3f}{against}", flush=True)
    print()
    return {name: timing.median(name) for name in steps}


def big() -> dict[str, Callable[[], object]]:
    """Softmax cross-entropy and SGD; all engines with the loss written out in their own operations."""
    layers = mlp_step(S, H)
    X, T = normal(S, M), np.arange(S) % N
    weights = [0.01 * normal(H, M), normal(H), 0.01 * normal(N, H), normal(N)]
    params = [Node(A) for A in weights]

    def step() -> None:
        W, b, V, c = params
        Z = (X @ W.T + b).relu() @ V.T + c
        Z = Z - Z.max(axis=1, keepdims=True)
        log_P = Z - log(exp(Z).sum(axis=1, keepdims=True))
        (-log_P[np.arange(S), T].mean()).backward()
        with no_grad():
            for W in params:
                W.assign(W - RATE * W.grad)
                W.grad = None

    steps = {"graph engine": step, "the layers of helpers.implement": layers.numpy, "PyTorch": layers.torch}
    return steps | hips(X, T, weights) | hips_float32(X, T, weights)


def tiny(S: int = 4, M: int = 16, H: int = 8, N: int = 4) -> dict[str, Callable[[], object]]:
    """A net small enough for an engine whose nodes are single numbers; squared error, which it can."""
    X, T = normal(S, M, dtype=np.float64), normal(S, N, dtype=np.float64)
    weights = [0.1 * normal(*shape, dtype=np.float64) for shape in [(H, M), (H,), (N, H), (N,)]]
    params = [Node(A) for A in weights]

    def step() -> None:
        W, b, V, c = params
        E = (X @ W.T + b).relu() @ V.T + c - T
        (E * E).sum().backward()
        with no_grad():
            for W in params:
                W.assign(W - RATE * W.grad)
                W.grad = None

    steps = {"graph engine": step}
    if find_spec("micrograd"):
        steps["micrograd"] = scalar(X, T, weights)
    return steps


def scalar(X: np.ndarray, T: np.ndarray, weights: list[np.ndarray]) -> Callable[[], object]:
    from micrograd.engine import Value

    lists = [np.vectorize(Value, otypes=[object])(A).tolist() for A in weights]
    W, b, V, c = lists
    params = [w for rows in (W, V) for row in rows for w in row] + b + c
    X, T = X.tolist(), T.tolist()

    def step() -> None:
        L = 0
        for x, t in zip(X, T, strict=True):
            h = [dot(row, x, bias).relu() for row, bias in zip(W, b, strict=True)]
            y = [dot(row, h, bias) for row, bias in zip(V, c, strict=True)]
            L = sum(((a - target) ** 2 for a, target in zip(y, t, strict=True)), L)
        for p in params:
            p.grad = 0
        L.backward()
        for p in params:
            p.data -= RATE * p.grad

    return step


def dot(row: list, x: list, bias: object) -> object:
    return sum((w * a for w, a in zip(row, x, strict=True)), bias)


def scaled(seconds: float) -> None:
    """micrograd on the big net, if its time grows with the multiplications: it would need gigabytes."""
    times = products(S, M, H, N) / products(4, 16, 8, 4)
    print(
        f"micrograd on {M}-{H}-{N}, batch {S}, scaled by multiplications (not run): {times * seconds:.0f} s a step"
    )


def products(S: int, M: int, H: int, N: int) -> int:
    """Multiplications of a forward pass."""
    return S * (M * H + H * N)


if __name__ == "__main__":
    main()
