"""Rows of layers over time, and of the embedding."""

import numpy as np
import torch

from helpers import implement as ours

from .work import Work, normal, products, traffic


def recurrent(kind: type[ours.Recurrent], S: int, T: int, N: int, goal: float) -> Work:
    """One layer from first states of 0, as wide as X; PyTorch has its times first in memory, where it is faster."""
    layer, module = kind(N, N, rng=0, dtype=np.float32), getattr(torch.nn, kind.__name__)(N, N)
    X, dY = normal(S, T, N), normal(S, T, N)[::-1].copy()

    def run() -> None:
        layer.forward(X)
        layer.backward(dY)

    x, dy = (torch.from_numpy(A.swapaxes(0, 1).copy()) for A in (X, dY))
    wanted = [x.requires_grad_(), *module.parameters()]
    W, U = layer.params["W"], layer.params["U"]
    rows, dA, H = X.reshape(S * T, N), normal(S * T, len(W)), normal(S, N)
    at_once = [(rows, W.T), (dA, W), (dA.T, rows), (dA.T, rows)]
    least = products([*at_once, *T * [(H, U.T.copy()), (dA[:S], U)]])
    name = f"{kind.__name__} S {S}, T {T}, {N} wide"
    peers = {"its plain formula": plain(kind, N, X, dY)}
    return Work(name, goal, run, lambda: torch.autograd.grad(module(x)[0], wanted, dy), least, peers=peers)


def plain(kind: type[ours.Recurrent], N: int, X: np.ndarray, dY: np.ndarray):
    layer = kind(N, N, rng=0, dtype=np.float32)
    layer.tuned = None

    def run() -> None:
        layer.forward(X)
        layer.backward(dY)

    return run


def embedding(V: int, M: int, S: int, goal: float) -> Work:
    """Every id once or a few times; PyTorch's gradient is dense too."""
    layer = ours.Embedding(V, M, rng=0, dtype=np.float32)
    ids, dY = np.random.default_rng(0).integers(V, size=S), normal(S, M)

    def run() -> None:
        layer.forward(ids)
        layer.backward(dY)

    E, i, dy = (torch.from_numpy(A) for A in (layer.params["E"], ids, dY))
    E.requires_grad_()
    name = f"Embedding {V // 1000}k×{M}, {S} ids"
    least = traffic(dY, dY, dY, dY)  # the rows read and Y, dY and the rows of dE
    return Work(
        name,
        goal,
        run,
        lambda: torch.autograd.grad(torch.nn.functional.embedding(i, E), E, dy),
        least,
    )
