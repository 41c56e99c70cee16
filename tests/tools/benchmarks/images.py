"""What is timed of images: convolution and pooling, beside PyTorch in the order of memory that it is faster in."""

import copy
import tracemalloc

import numpy as np
import torch

from helpers import implement as ours

from .measure import once
from .work import Run, Work, both, normal, products, titled, traffic


def convolution(S: int, C: int, H: int, O: int, goal: float | None, share: float | None = None) -> Work:
    """The least: for each sample the three products with its columns."""
    X, dY = normal(S, C, H, H), normal(S, O, H, H)
    layer = ours.Conv2d(C, O, 3, padding=1, rng=0, dtype=np.float32)
    W, columns, dy = layer.params["W"].reshape(O, -1), normal(9 * C, H * H), dY[0].reshape(O, -1)
    least = products([(W, columns), (W.T, dy), (dy, columns.T)], times=S)
    run = faster(layer, torch.nn.Conv2d(C, O, 3, padding=1), X, dY)
    return Work(f"{titled('Conv 3×3', X.shape)} → {O}", goal, *run, least, share)


def pooling(name: str, layer: ours.Layer, module: torch.nn.Module, shape: tuple, goal: float | None) -> Work:
    X = normal(*shape)
    dY = normal(*layer.forward(X).shape)
    return Work(titled(name, shape), goal, *faster(layer, module, X, dY), traffic(X, dY, dY, X))


def faster(layer: ours.Layer, module: torch.nn.Module, X: np.ndarray, dY: np.ndarray) -> tuple[Run, Run]:
    """As `both`, with PyTorch's channels first or last."""
    run, first = both(layer, module, X, dY)
    last = torch.channels_last
    module = copy.deepcopy(module).to(memory_format=last)
    x, dy = torch.from_numpy(X).to(memory_format=last).requires_grad_(), torch.from_numpy(dY)
    dy, wanted = dy.to(memory_format=last), [x, *module.parameters()]
    return run, min(first, lambda: torch.autograd.grad(module(x), wanted, dy), key=once)


def convolution_memory(S: int = 256, C: int = 64, H: int = 32, O: int = 128) -> str:
    """The most that forward and backward hold at once, beside X and dY, which are there before."""
    X, dY = normal(S, C, H, H), normal(S, O, H, H)
    layer = ours.Conv2d(C, O, 3, padding=1, rng=0, dtype=np.float32)
    tracemalloc.start()
    layer.forward(X)
    dX = layer.backward(dY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    results = layer.Y.nbytes + dX.nbytes + sum(dW.nbytes for dW in layer.grads.values())
    mega = [f"{size / 1e6:.1f} MB" for size in (peak, results, peak - results, 9 * X.nbytes)]
    return (
        f"memory of Conv 3×3, {S}×{C}×{H}×{H} → {O}, float32, forward and backward: at most {mega[0]},\n"
        f"of which {mega[1]} are Y, dX, dW and db, and {mega[2]} work space (im2col of the whole batch: {mega[3]})"
    )
