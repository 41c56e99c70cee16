"""The multilayer perceptron as PyTorch has it, and NumPy and PyTorch in lockstep."""

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from helpers.compare.adapters import parameters, tensor
from helpers.implement import SGD, Adam, AdamW, Layer, SoftmaxCrossEntropy
from helpers.implement.mlp import ACTIVATIONS, INITS, between, chosen, not_negative, widths
from helpers.implement.training import Data, Minibatches

MODULES = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "tanh": nn.Tanh} | {
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
}


class TorchMLP(nn.Sequential):
    """Y = linearₙ(h(... linear₁(h(linear₀(X))))), an nn.Module with the arguments of helpers.implement.MLP.

    The numbers come from a torch.Generator: an integer for ``rng`` seeds one. They are not NumPy's numbers;
    ``copy_weights`` makes the two networks equal.
    """

    def __init__(
        self,
        n_inputs: int,
        hidden: Sequence[int],
        n_classes: int,
        activation: str = "relu",
        init: str = "normal",
        std: float = 1e-4,
        *,
        rng: torch.Generator | int | None = None,
        dtype: torch.dtype | type = torch.float64,
    ) -> None:
        sizes = widths(n_inputs, hidden, n_classes)
        h = MODULES[chosen("activation", activation, ACTIVATIONS)]
        chosen("init", init, INITS)
        dtype, generator = torch_dtype(dtype), torch_generator(rng)
        layers = [nn.Linear(M, N, dtype=dtype) for M, N in pairwise(sizes)]
        for layer in layers:
            initialise(layer, init, not_negative(std), generator)
        super().__init__(*between(layers, h))


@torch.no_grad()
def initialise(layer: nn.Linear, init: str, std: float, generator: torch.Generator | None) -> None:
    """W and b to start from."""
    W, b = layer.weight, layer.bias
    if init == "torch":  # as nn.Linear does it for itself
        bound = 1 / math.sqrt(layer.in_features)
        nn.init.kaiming_uniform_(W, a=math.sqrt(5), generator=generator)
        nn.init.uniform_(b, -bound, bound, generator=generator)
        return
    if init == "kaiming":
        nn.init.kaiming_normal_(W, nonlinearity="relu", generator=generator)
    else:
        nn.init.normal_(W, std=std, generator=generator)
    nn.init.zeros_(b)


def torch_generator(rng: torch.Generator | int | None) -> torch.Generator | None:
    if rng is None or isinstance(rng, torch.Generator):
        return rng
    if isinstance(rng, int | np.integer):
        return torch.Generator().manual_seed(int(rng))
    raise TypeError(f"rng is {rng!r}, and should be an integer, a torch.Generator or None")


def torch_dtype(dtype: torch.dtype | type) -> torch.dtype:
    """torch.float32 for np.float32, and so on."""
    return dtype if isinstance(dtype, torch.dtype) else getattr(torch, np.dtype(dtype).name)


def copy_weights(source: Layer | nn.Module, target: Layer | nn.Module) -> None:
    """Write every parameter of the source into the target, in their order: NumPy to PyTorch, or back.

    The target keeps its dtype. Raises ValueError, and changes nothing, where the number of parameters or a shape
    differs.
    """
    given, taken = parameters(source), parameters(target)
    if len(given) != len(taken):
        raise ValueError(f"the source has {len(given)} parameters, and the target {len(taken)}")
    for (name, A), (other, B) in zip(given.items(), taken.items(), strict=True):
        if A.shape != B.shape:
            raise ValueError(f"{name} has shape {A.shape}, but {other} of the target has shape {B.shape}")
    for A, B in zip(given.values(), taken.values(), strict=True):
        B[...] = A


FAULTS = "no zero_grad", "summed loss", "float32"
OPTIMIZERS = {
    "SGD": (SGD, torch.optim.SGD),
    "Adam": (Adam, torch.optim.Adam),
    "AdamW": (AdamW, torch.optim.AdamW),
}


@dataclass(frozen=True)
class Lockstep:
    """Two trainings on the same batches. Entry k of each array (steps,) belongs to step k + 1.

    ``loss`` and ``loss_torch`` are of the batch, before the step; ``difference`` is max |ΔW| over all parameters,
    after it.
    """

    loss: np.ndarray
    loss_torch: np.ndarray
    difference: np.ndarray

    def first_step_above(self, tolerance: float = 1e-6) -> int | None:
        """The first step, counted from 1, after which the weights differ by more; None where they never do."""
        above = ~(self.difference <= tolerance)
        return int(above.argmax()) + 1 if above.any() else None


def lockstep(
    network: Layer,
    module: nn.Module,
    data: Data,
    steps: int = 100,
    lr: float = 0.1,
    batch_size: int = 50,
    fault: str | None = None,
    *,
    optimizer: str = "SGD",
    rng: np.random.Generator | int | None = 0,
    **options: float,
) -> Lockstep:
    """Train both from the weights of the network, on the same batches, and say after each step how far apart they are.

    ``optimizer`` names one that both have, "SGD", "Adam" or "AdamW", and takes the ``options``, such as momentum. A
    fault is put into PyTorch's side: "no zero_grad", "summed loss" or "float32". Network and module stay as they are.
    """
    if fault is not None:
        chosen("fault", fault, FAULTS)
    ours, theirs = OPTIMIZERS[chosen("optimizer", optimizer, OPTIMIZERS)]
    network, module = deepcopy(network), deepcopy(module)
    module = module.float() if fault == "float32" else module
    copy_weights(network, module)
    dtype = next(module.parameters()).dtype

    reduction = "sum" if fault == "summed loss" else "mean"
    loss, step = SoftmaxCrossEntropy(), ours(network, lr, **options)
    step_torch = theirs(module.parameters(), lr, **options)
    batches = Minibatches(data, batch_size, np.random.default_rng(rng))
    losses, losses_torch, differences = np.empty((3, steps))
    for k in range(steps):
        X, T = next(batches)
        losses[k] = loss.forward(network.forward(X), T)
        network.parameter_gradients(loss.backward())
        step.step()

        if fault != "no zero_grad":
            step_torch.zero_grad()
        L = F.cross_entropy(module(tensor(X).to(dtype)), tensor(T), reduction=reduction)
        L.backward()
        step_torch.step()

        losses_torch[k], differences[k] = L.item(), difference(network, module)
    return Lockstep(losses, losses_torch, differences)


def difference(network: Layer, module: nn.Module) -> float:
    """max |ΔW| over all parameters of the two."""
    pairs = zip(parameters(network).values(), parameters(module).values(), strict=True)
    return max(float(np.abs(W - W_torch).max()) for W, W_torch in pairs)
