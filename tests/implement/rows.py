"""The rows of helpers/families.py as the battery needs them: each layer made, and the same in PyTorch."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from helpers.compare.reference import torch_function
from helpers.families import Example, Family, layers
from helpers.implement import Layer, Loss

CLASSES = {family.name: family.load("layer") for family in layers()}


def normal(shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def made(cls: type, arguments: tuple, options: dict, dtype: type = np.float64) -> Layer | Loss:
    """A layer or a loss with random parameters: 1 and 0 would hide where γ and β are missing."""
    known = inspect.signature(cls).parameters
    layer = cls(*arguments, **options, **({"dtype": dtype} if "dtype" in known else {}))
    for k, W in enumerate(getattr(layer, "params", {}).values()):
        W[...] = normal(W.shape, seed=k + 5) / math.sqrt(W.shape[-1] if W.ndim > 1 else 1)
    return layer


@dataclass(frozen=True)
class Row:
    """A layer of the battery by its dtype, the same in PyTorch if it has a module, and the shapes of X to try."""

    name: str
    layer: Callable[..., Layer]
    module: Callable[[], torch.nn.Module] | None
    shapes: tuple[tuple[int, ...], ...]
    mixes: bool = False  # by its options a sample reaches the Y of others

    @property
    def like(self) -> torch.nn.Module | Layer:
        """What a diagnosis takes for right."""
        return self.module() if self.module else self.layer()

    def reference(self, layer: Layer) -> tuple[Callable[..., torch.Tensor] | None, list[torch.Tensor]]:
        """The function of PyTorch that this layer must equal, and its parameters there."""
        parameters = [torch.from_numpy(W.copy()).requires_grad_() for W in layer.params.values()]
        return torch_function(self.module() if self.module else layer), parameters

    @property
    def width_of_its_own(self) -> bool:
        """Whether it has no parameters that say how wide X is, and yet takes one width alone."""
        layer = self.layer()
        try:
            return not (layer.params or layer.forward(normal((7, 3))).size)
        except ValueError:
            return not layer.params

    @property
    def extremes(self) -> bool:
        """Whether it takes matrices of any size: one array can hold all extremes."""
        try:
            return all(self.layer().forward(normal(shape)).size for shape in ((2, 3), (5, 1)))
        except ValueError:
            return False


def row(family: Family, example: Example) -> Row:
    def layer(dtype: type = np.float64) -> Layer:
        return made(CLASSES[family.name], example.arguments, example.options, dtype).train(example.training)

    def module() -> torch.nn.Module:
        return family.load("module")(*example.arguments, **example.options).train(example.training)

    said = [
        *example.arguments,
        *(f"{k}={v}" for k, v in example.options.items()),
        *["eval"] * (not example.training),
    ]
    name = " ".join([family.name, *map(str, said if example is not family.examples[0] else ())])
    return Row(name, layer, module if family.module else None, example.shapes, example.mixes)


def takes_floats(family: Family) -> bool:
    """Whether it is a layer of an array of floats, X: what takes ids has a battery of its own."""
    return issubclass(CLASSES[family.name], Layer) and CLASSES[family.name].inputs[0] == "X"


ROWS = [row(f, example) for f in layers() if takes_floats(f) for example in f.examples]
LAYERS = {row.name: row for row in ROWS}
LOSSES = [(f, example) for f in layers() if issubclass(CLASSES[f.name], Loss) for example in f.examples]
