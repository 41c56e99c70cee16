"""What is timed: each row does the same work in NumPy, in PyTorch, and as bare matrix products or copies."""

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier

from helpers import implement as ours

F = torch.nn.functional


@dataclass
class Work:
    """A row of the table: NumPy / PyTorch should reach ``goal``; ``limit`` is the least the machine needs."""

    name: str
    goal: float | None
    numpy: Callable[[], object]
    torch: Callable[[], object]
    limit: Callable[[], object] | None = None
    share_goal: float | None = None
    peers: dict[str, Callable[[], object]] = field(default_factory=dict)


def normal(*shape: int, dtype: type = np.float32) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def mlp_step(S: int = 200, H: int = 100, dtype: type = np.float32, goal: float | None = None) -> Work:
    """One step of SGD on 3072-H-10: forward, loss, every gradient but the data's, update."""
    M, N = 3072, 10
    X, T = normal(S, M, dtype=dtype), np.arange(S) % N
    network = ours.Sequential(
        ours.Linear(M, H, rng=0, dtype=dtype), ours.ReLU(), ours.Linear(H, N, rng=1, dtype=dtype)
    )
    loss, optimizer = ours.SoftmaxCrossEntropy(), ours.SGD(network, lr=1e-3)

    def step() -> None:
        loss.forward(network.forward(X), T)
        network.parameter_gradients(loss.backward())
        optimizer.step()

    x, t = torch.from_numpy(X), torch.from_numpy(T)
    module = torch.nn.Sequential(torch.nn.Linear(M, H), torch.nn.ReLU(), torch.nn.Linear(H, N)).to(x.dtype)
    sgd = torch.optim.SGD(module.parameters(), lr=1e-3)

    def step_torch() -> None:
        sgd.zero_grad()
        F.cross_entropy(module(x), t).backward()
        sgd.step()

    W1, W2, A, G = (normal(*shape, dtype=dtype) for shape in [(H, M), (N, H), (S, H), (S, N)])
    buffers = [np.empty(shape, dtype) for shape in [(S, H), (S, N), (N, H), (S, H), (H, M)]]

    def products() -> None:
        pairs = [(X, W1.T), (A, W2.T), (G.T, A), (G, W2), (A.T, X)]
        for (P, Q), out in zip(pairs, buffers, strict=True):
            np.dot(P, Q, out=out)

    peer = MLPClassifier((H,), solver="sgd", batch_size=S, momentum=0, alpha=0, learning_rate_init=1e-3)
    peers = {"scikit-learn": lambda: peer.partial_fit(X, T, classes=np.arange(N))} if S >= N else {}
    name = f"MLP step {M}-{H}-{N}, batch {S}" + ("" if dtype == np.float32 else f", {dtype.__name__}")
    return Work(name, goal, step, step_torch, products, 0.88 if goal else None, peers)


def linear(S: int, M: int, N: int, goal: float) -> Work:
    X, dY = normal(S, M), normal(S, N)
    layer, module = ours.Linear(M, N, rng=0, dtype=np.float32), torch.nn.Linear(M, N)
    W = layer.params["W"]
    Y, dX, dW = np.empty_like(dY), np.empty_like(X), np.empty_like(W)

    def products() -> None:
        np.dot(X, W.T, out=Y)
        np.dot(dY, W, out=dX)
        np.dot(dY.T, X, out=dW)

    return Work(f"Linear {S}×{M} → {N}", goal, *both(layer, module, X, dY), products, 0.92)


def activation(name: str, layer: ours.Layer, module: torch.nn.Module, shape: tuple, goal: float) -> Work:
    """The limit: five arrays through memory, X and Y forward, X, dY and dX backward."""
    X, dY = normal(*shape), normal(*shape)[::-1].copy()
    A, B = X.copy(), dY.copy()

    def copies() -> None:
        np.copyto(A, X)
        np.copyto(B, dY)
        np.copyto(A[: len(A) // 2], X[: len(X) // 2])

    title = f"{name} {'×'.join(map(str, shape))}"
    limit = (copies, 0.65) if name == "ReLU" else (None, None)
    return Work(title, goal, *both(layer, module, X, dY), *limit)


def both(layer: ours.Layer, module: torch.nn.Module, X: np.ndarray, dY: np.ndarray) -> tuple:
    """Forward and backward with all gradients, in NumPy and in PyTorch."""
    x, dy = torch.from_numpy(X).requires_grad_(), torch.from_numpy(dY)
    wanted = [x, *module.parameters()]

    def run() -> None:
        layer.forward(X)
        layer.backward(dY)

    return run, lambda: torch.autograd.grad(module(x), wanted, dy)


def convolution(S: int, C: int, H: int, O: int, goal: float, share_goal: float | None = None) -> Work:
    """The limit: for each sample the three products with its columns."""
    X, dY = normal(S, C, H, H), normal(S, O, H, H)
    layer = ours.Conv2d(C, O, 3, padding=1, rng=0, dtype=np.float32)
    W, columns = layer.params["W"].reshape(O, -1), normal(9 * C, H * H)
    Y, dcolumns, dW = np.empty((O, H * H), np.float32), np.empty_like(columns), np.empty_like(W)

    def products() -> None:
        for dy in dY.reshape(S, O, -1):
            np.dot(W, columns, out=Y)
            np.dot(W.T, dy, out=dcolumns)
            np.dot(dy, columns.T, out=dW)

    run = images(layer, torch.nn.Conv2d(C, O, 3, padding=1), X, dY)
    return Work(f"Conv 3×3 {S}×{C}×{H}×{H} → {O}", goal, *run, products, share_goal)


def pooling(name: str, layer: ours.Layer, module: torch.nn.Module, shape: tuple, goal: float) -> Work:
    X = normal(*shape)
    run = images(layer, module, X, normal(*layer.forward(X).shape))
    return Work(f"{name} {'×'.join(map(str, shape))}", goal, *run)


def images(layer: ours.Layer, module: torch.nn.Module, X: np.ndarray, dY: np.ndarray) -> tuple:
    """As `both`, with PyTorch in the order of memory that it is faster in: channels first or last."""
    run, first = both(layer, module, X, dY)
    last = torch.channels_last
    module = copy.deepcopy(module).to(memory_format=last)
    x, dy = torch.from_numpy(X).to(memory_format=last).requires_grad_(), torch.from_numpy(dY)
    dy, wanted = dy.to(memory_format=last), [x, *module.parameters()]
    orders = [first, lambda: torch.autograd.grad(module(x), wanted, dy)]
    return run, min(orders, key=busy)


def busy(f: Callable[[], object]) -> float:
    """Processor seconds a call, the best of three after one to warm up: waiting does not count."""
    f()
    spans = []
    for _ in range(3):
        start = time.process_time()
        f()
        spans.append(time.process_time() - start)
    return min(spans)


def norm(layer: Callable[..., ours.Layer], module: torch.nn.Module, shape: tuple, goal: float) -> Work:
    """The peer of layer norm is its plain formula, with mean and var of NumPy."""
    X, dY = normal(*shape), normal(*shape)[::-1].copy()
    layer = layer(module.weight.numel(), dtype=np.float32)
    peers = (
        {"plain formula": lambda: plain_layer_norm(X, dY, layer)} if isinstance(layer, ours.LayerNorm) else {}
    )
    title = f"{type(layer).__name__} {'×'.join(map(str, shape))}"
    return Work(title, goal, *both(layer, module, X, dY), peers=peers)


def plain_layer_norm(X: np.ndarray, dY: np.ndarray, layer: ours.LayerNorm) -> tuple[np.ndarray, ...]:
    gamma, beta = layer.params.values()
    sigma = np.sqrt(X.var(axis=1, keepdims=True) + layer.eps)
    Xhat = (X - X.mean(axis=1, keepdims=True)) / sigma
    dXhat = gamma * dY
    means = dXhat.mean(axis=1, keepdims=True), (dXhat * Xhat).mean(axis=1, keepdims=True)
    dX = (dXhat - means[0] - Xhat * means[1]) / sigma
    return gamma * Xhat + beta, dX, (dY * Xhat).sum(axis=0), dY.sum(axis=0)


def fused_loss(S: int, N: int, goal: float) -> Work:
    X, T = normal(S, N), np.arange(S) % N
    loss, x, t = ours.SoftmaxCrossEntropy(), torch.from_numpy(X).requires_grad_(), torch.from_numpy(T)

    def run() -> None:
        loss.forward(X, T)
        loss.backward()

    return Work(
        f"softmax + cross-entropy {S}×{N}", goal, run, lambda: torch.autograd.grad(F.cross_entropy(x, t), x)
    )


def table() -> Iterator[Work]:
    """The rows of the goals."""
    million = (1000, 1000)
    yield mlp_step(goal=0.80)
    yield linear(200, 3072, 100, 0.85)
    yield linear(256, 1024, 1024, 0.85)
    yield activation("ReLU", ours.ReLU(), torch.nn.ReLU(), (200, 3072), 1.3)
    yield activation("ReLU", ours.ReLU(), torch.nn.ReLU(), million, 1.3)
    yield activation("ELU", ours.ELU(), torch.nn.ELU(), million, 0.7)
    yield activation("GELU tanh", ours.GELU("tanh"), torch.nn.GELU("tanh"), million, 0.5)
    yield activation("GELU erf", ours.GELU(), torch.nn.GELU(), million, 2.0)
    yield fused_loss(200, 10, 0.3)
    yield fused_loss(4096, 1000, 1.1)
    yield norm(ours.BatchNorm1d, torch.nn.BatchNorm1d(100), (200, 100), 0.95)
    yield norm(ours.BatchNorm1d, torch.nn.BatchNorm1d(1024), (256, 1024), 1.6)
    yield norm(ours.BatchNorm2d, torch.nn.BatchNorm2d(64), (64, 64, 32, 32), 1.75)
    yield norm(ours.LayerNorm, torch.nn.LayerNorm(768), (4096, 768), 3.3)
    yield convolution(32, 3, 32, 64, 1.2)
    yield convolution(32, 64, 32, 128, 2.1, 0.85)
    images = (64, 64, 32, 32)
    yield pooling("MaxPool 2×2", ours.MaxPool2d(2), torch.nn.MaxPool2d(2), images, 1.35)
    yield pooling("MaxPool 3×3 s2", ours.MaxPool2d(3, 2, 1), torch.nn.MaxPool2d(3, 2, 1), images, 2.5)
    yield pooling("AvgPool 2×2", ours.AvgPool2d(2), torch.nn.AvgPool2d(2), images, None)


def sweep() -> Iterator[Work]:
    """What the MLP step costs over batch, width and dtype."""
    for dtype in (np.float32, np.float64):
        for S in (1, 16, 200, 2000):
            for H in (100, 512, 2048):
                yield mlp_step(S, H, dtype)
