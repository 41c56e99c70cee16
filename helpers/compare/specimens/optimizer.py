"""Steps of PyTorch's own optimizer, to hold an update against."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch


def torch_sgd(
    W: np.ndarray, gradient: Callable[[np.ndarray], np.ndarray], rates: Iterable[float], **options: Any
) -> list[np.ndarray]:
    """W before and after each step of torch.optim.SGD(**options), a learning rate a step, with dW = gradient(W)."""
    parameter = torch.nn.Parameter(torch.tensor(W))
    optimizer = torch.optim.SGD([parameter], **options)
    trajectory = [W.copy()]
    for lr in rates:
        optimizer.param_groups[0]["lr"] = lr
        parameter.grad = torch.tensor(gradient(trajectory[-1]))
        optimizer.step()
        trajectory.append(parameter.detach().numpy().copy())
    return trajectory
