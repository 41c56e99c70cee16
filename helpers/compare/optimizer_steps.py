"""Steps of an optimizer of torch.optim on given weights and gradients."""

import inspect
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from helpers.families import letters_of

Weights = dict[str, np.ndarray]
PRESET = {  # names that are no class of torch.optim
    "momentum": ("sgd", {"momentum": 0.9}),
    "sgdmomentum": ("sgd", {"momentum": 0.9}),
    "nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}),
    "gradientdescent": ("sgd", {}),
}
KINDS = {
    letters_of(name): kind
    for name, kind in vars(torch.optim).items()
    if inspect.isclass(kind) and issubclass(kind, torch.optim.Optimizer) and kind is not torch.optim.Optimizer
}


def optimizer_meant(like: Any) -> tuple[type[torch.optim.Optimizer], dict[str, Any]] | None:
    """The optimizer of torch.optim that a name, a class, a partial or an object means, with its options.

    One of this project means that of its name. None for what is no optimizer.
    """
    if isinstance(like, partial):
        meant = optimizer_meant(like.func)
        return meant and (meant[0], meant[1] | like.keywords)
    if isinstance(like, torch.optim.Optimizer):
        return type(like), dict(like.defaults)
    name = like if isinstance(like, str) else getattr(like, "__name__", type(like).__name__)
    if not (isinstance(like, str) or hasattr(like, "step")):
        return None
    kind, options = PRESET.get(letters_of(name), (letters_of(name), {}))
    return (KINDS[kind], dict(options)) if kind in KINDS else None


def torch_steps(
    kind: type[torch.optim.Optimizer],
    options: Mapping[str, Any],
    start: Weights,
    grads: Sequence[Weights],
) -> list[Weights]:
    """The weights after each step."""
    tensors = {key: torch.tensor(W) for key, W in start.items()}
    known = inspect.signature(kind).parameters
    optimizer = kind(list(tensors.values()), **{k: v for k, v in options.items() if k in known})
    after = []
    for grad in grads:
        for key, W in tensors.items():
            W.grad = torch.tensor(grad[key])
        optimizer.step()
        after.append({key: W.numpy().copy() for key, W in tensors.items()})
    return after
