"""What is timed: each row does the same work in NumPy, in PyTorch, and as the least that NumPy can do for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from helpers import implement as ours

from .peers import engines, plain_layer_norm, scikit_learn

F = torch.nn.functional
Run = Callable[[], object]


@dataclass
class Least:
    """What the row cannot do without: floating-point operations of matrix products, or bytes through memory.

    ``run`` does just that: the bare products, or a copy that reads and writes as many bytes.
    """

    amount: float
    unit: str  # FLOP or B
    run: Run


@dataclass
class Work:
    """A row of the table: NumPy / PyTorch should reach ``goal``, and the bare least ``share`` of NumPy's time."""

    name: str
    goal: float | None
    numpy: Run
    torch: Run
    least: Least
    share: float | None = None
    peers: dict[str, Run] = field(default_factory=dict)
    dtype: type = np.float32


def normal(*shape: int, dtype: type = np.float32) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def products(pairs: list[tuple[np.ndarray, np.ndarray]], times: int = 1) -> Least:
    """The bare products P Q, each into its own buffer; an outer product without BLAS, which is slower there."""
    buffers = [np.empty((len(P), Q.shape[1]), P.dtype) for P, Q in pairs]

    def run() -> None:
        for _ in range(times):
            for (P, Q), out in zip(pairs, buffers, strict=True):
                (np.matmul if len(Q) > 1 else np.multiply)(P, Q, out=out)

    return Least(times * sum(2 * P.size * Q.shape[1] for P, Q in pairs), "FLOP", run)


def traffic(*arrays: np.ndarray) -> Least:
    """Each of the arrays read or written once; what lies between them is thought to stay in the cache."""
    size = sum(A.nbytes for A in arrays)
    source, target = np.ones(size // 2, np.uint8), np.empty(size // 2, np.uint8)
    return Least(size, "B", lambda: np.copyto(target, source))


def both(layer: ours.Layer, module: torch.nn.Module, X: np.ndarray, dY: np.ndarray) -> tuple[Run, Run]:
    """Forward and backward with all gradients, in NumPy and in PyTorch."""
    x, dy = torch.from_numpy(X).requires_grad_(), torch.from_numpy(dY)
    wanted = [x, *module.parameters()]

    def run() -> None:
        layer.forward(X)
        layer.backward(dY)

    return run, lambda: torch.autograd.grad(module(x), wanted, dy)


def titled(name: str, shape: tuple[int, ...]) -> str:
    return f"{name} {'×'.join(map(str, shape))}"


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

    W, V, A, G = (normal(*shape, dtype=dtype) for shape in [(H, M), (N, H), (S, H), (S, N)])
    least = products([(X, W.T), (A, V.T), (G.T, A), (G, V), (A.T, X)])
    weights = [0.01 * W, np.zeros(H, dtype), 0.01 * V, np.zeros(N, dtype)]
    peers = scikit_learn(X, T, H) | engines(X, T, weights)
    name = f"MLP step {M}-{H}-{N}, batch {S}" + ("" if dtype == np.float32 else f", {dtype.__name__}")
    return Work(name, goal, step, step_torch, least, 0.88 if goal else None, peers, dtype)


def linear(S: int, M: int, N: int, goal: float) -> Work:
    X, dY = normal(S, M), normal(S, N)
    layer, module = ours.Linear(M, N, rng=0, dtype=np.float32), torch.nn.Linear(M, N)
    W = layer.params["W"]
    least = products([(X, W.T), (dY, W), (dY.T, X)])
    return Work(f"Linear {S}×{M} → {N}", goal, *both(layer, module, X, dY), least, 0.92)


def activation(name: str, layer: ours.Layer, module: torch.nn.Module, shape: tuple, goal: float) -> Work:
    X, dY = normal(*shape), normal(*shape)[::-1].copy()
    share = 0.65 if name == "ReLU" else None
    least = traffic(X, X, X, dY, dY)  # X and Y forward; X, dY and dX backward
    return Work(titled(name, shape), goal, *both(layer, module, X, dY), least, share)


def norm(layer: Callable[..., ours.Layer], module: torch.nn.Module, shape: tuple, goal: float) -> Work:
    X, dY = normal(*shape), normal(*shape)[::-1].copy()
    layer = layer(module.weight.numel(), dtype=np.float32)
    peers = {}
    if isinstance(layer, ours.LayerNorm):
        peers["its plain formula"] = lambda: plain_layer_norm(X, dY, layer)
    name = titled(type(layer).__name__, shape)
    return Work(name, goal, *both(layer, module, X, dY), traffic(X, X, X, dY, dY), peers=peers)


def fused_loss(S: int, N: int, goal: float) -> Work:
    X, T = normal(S, N), np.arange(S) % N
    loss, x, t = ours.SoftmaxCrossEntropy(), torch.from_numpy(X).requires_grad_(), torch.from_numpy(T)

    def run() -> None:
        loss.forward(X, T)
        loss.backward()

    name, least = titled("softmax + cross-entropy", (S, N)), traffic(X, X, X)  # X, X again, dX
    return Work(name, goal, run, lambda: torch.autograd.grad(F.cross_entropy(x, t), x), least)


def sweep() -> Iterator[Work]:
    """What the MLP step costs over batch, width and dtype."""
    for dtype in (np.float32, np.float64):
        for S in (1, 16, 200, 2000):
            for H in (100, 512, 2048):
                yield mlp_step(S, H, dtype)
