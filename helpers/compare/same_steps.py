"""The same training in NumPy and in PyTorch, step beside step."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from helpers.compare.adapters import parameters, tensor
from helpers.compare.specimens.mlp import copy_weights
from helpers.implement import SGD, Adam, AdamW, Layer, SoftmaxCrossEntropy
from helpers.implement.mlp import chosen
from helpers.implement.training import Data, Minibatches, check_training

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

    reduction, dtype = "sum" if fault == "summed loss" else "mean", next(module.parameters()).dtype
    loss, update = SoftmaxCrossEntropy(), ours(network, lr, **options)
    update_torch = theirs(module.parameters(), lr, **options)
    check_training(loss, data, steps, batch_size)
    batches = Minibatches(data, batch_size, np.random.default_rng(rng))
    run = Lockstep(*np.empty((3, steps)))
    for k in range(steps):
        X, T = next(batches)
        run.loss[k] = loss.forward(network.forward(X), T)
        network.parameter_gradients(loss.backward())
        update.step()

        if fault != "no zero_grad":
            update_torch.zero_grad()
        L = F.cross_entropy(module(tensor(X).to(dtype)), tensor(T), reduction=reduction)
        L.backward()
        update_torch.step()

        run.loss_torch[k], run.difference[k] = L.item(), difference(network, module)
    return run


def difference(network: Layer, module: nn.Module) -> float:
    """max |ΔW| over all parameters of the two."""
    pairs = zip(parameters(network).values(), parameters(module).values(), strict=True)
    return max(float(np.abs(W - W_torch).max()) for W, W_torch in pairs)
