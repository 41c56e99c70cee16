"""The multilayer perceptron as PyTorch has it, and weights copied from one library to the other."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn.utils import skip_init

from helpers.compare.adapters import parameters
from helpers.implement import Layer
from helpers.implement.mlp import ACTIVATIONS, INITS, between, chosen, not_negative, widths

MODULES = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
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
        layers = [skip_init(nn.Linear, M, N, dtype=dtype) for M, N in pairwise(sizes)]
        for layer in layers:
            initialise(layer, init, not_negative(std), generator)
        super().__init__(*between(layers, h))


def initialise(
    layer: nn.Linear | nn.Conv2d, init: str, std: float, generator: torch.Generator | None
) -> None:
    """W and b to start from."""
    W, b = layer.weight, layer.bias
    if init == "torch":  # as nn.Linear and nn.Conv2d do it for themselves
        bound = 1 / math.sqrt(W[0].numel())
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
