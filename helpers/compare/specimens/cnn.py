"""The convolutional networks of the course, as PyTorch has them."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from helpers.compare.specimens.mlp import initialise, torch_dtype, torch_generator
from helpers.implement.cnn import ASSIGNMENT, DIGITS, POOL, features, stages


class TorchCNN(nn.Sequential):
    """Y = linear(... pool(ReLU(norm(conv(X))))), an nn.Module with the arguments of helpers.implement.CNN.

    ``copy_weights`` makes the two equal; an integer for ``rng`` seeds a torch.Generator.
    """

    def __init__(
        self,
        shape: tuple[int, int, int] = (1, 8, 8),
        n_classes: int = 10,
        width: int = 8,
        plan: Sequence[int | str] = DIGITS,
        *,
        rng: torch.Generator | int | None = None,
        dtype: torch.dtype | type = torch.float64,
    ) -> None:
        layers = []
        for C, O in stages(shape[0], width, plan):
            if O == POOL:
                layers += [pool()]
            else:
                layers += [nn.Conv2d(C, O, 3, padding=1), nn.BatchNorm2d(O), nn.ReLU()]
        super().__init__(*layers, nn.Flatten(), nn.Linear(features(shape, width, plan), n_classes))
        start(self, rng, dtype)


class Cnn2018(TorchCNN):
    """The network of 2018: eight convolutions, five pools, 9,231,114 parameters with width 64.

    3 → 64, pool, 64 → 128, pool, 128 → 256, 256 → 256, pool, 256 → 512, 512 → 512, pool, 512 → 512, 512 → 512, pool,
    linear 512 → 10: each convolution with batch norm and ReLU after it. X (S, 3, 32, 32).
    """

    def __init__(
        self,
        width: int = 64,
        n_classes: int = 10,
        *,
        rng: torch.Generator | int | None = None,
        dtype: torch.dtype | type = torch.float32,
    ) -> None:
        super().__init__((3, 32, 32), n_classes, width, ASSIGNMENT, rng=rng, dtype=dtype)


class PreAct(nn.Module):
    """Y = X + conv(ReLU(norm(X))): the identity goes around all that learns (He et al. 2016)."""

    def __init__(self, C: int) -> None:
        super().__init__()
        self.norm, self.conv = nn.BatchNorm2d(C), nn.Conv2d(C, C, 3, padding=1)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return X + self.conv(F.relu(self.norm(X)))


class CnnPreAct(nn.Sequential):
    """The network of 2020, with pre-activation blocks: 11,138,122 parameters with width 64. X (S, 3, 32, 32)."""

    def __init__(
        self,
        width: int = 64,
        n_classes: int = 10,
        *,
        rng: torch.Generator | int | None = None,
        dtype: torch.dtype | type = torch.float32,
    ) -> None:
        A, B, C, D = width, 2 * width, 4 * width, 8 * width
        super().__init__(
            *(nn.Conv2d(3, A, 3, padding=1), PreAct(A)),
            *(nn.Conv2d(A, B, 1), pool(), PreAct(B), PreAct(B)),
            *(nn.Conv2d(B, C, 1), pool(), PreAct(C), PreAct(C)),
            *(nn.Conv2d(C, D, 1), pool(), PreAct(D), PreAct(D)),
            *(pool(), PreAct(D), PreAct(D), pool()),
            *(nn.BatchNorm2d(D), nn.ReLU(), nn.Flatten(), nn.Linear(D, n_classes)),
        )
        start(self, rng, dtype)


def pool() -> nn.MaxPool2d:
    """The maximum that halves H and W: 32, 16, 8, 4, 2, 1."""
    return nn.MaxPool2d(3, stride=2, padding=1)


def start(module: nn.Module, rng: torch.Generator | int | None, dtype: torch.dtype | type) -> None:
    """Weights from a generator of their own, where one is asked for, and all of them in the dtype."""
    module.to(torch_dtype(dtype))
    generator = torch_generator(rng)
    for layer in module.modules():
        if generator and isinstance(layer, nn.Conv2d | nn.Linear):
            initialise(layer, "torch", 0, generator)


def shapes(module: nn.Sequential, X: torch.Tensor) -> list[tuple[str, tuple[int, ...], int]]:
    """The ledger: what each layer of a network is, the shape that it gives X, and how many parameters it has."""
    rows, training = [], module.training
    module.eval()  # the running statistics stay as they are
    with torch.no_grad():
        for layer in module:
            X = layer(X)
            rows.append((type(layer).__name__, tuple(X.shape), sum(W.numel() for W in layer.parameters())))
    module.train(training)
    return rows
