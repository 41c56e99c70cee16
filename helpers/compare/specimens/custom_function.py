"""A torch.autograd.Function of two methods, run once: what it gives, what it keeps, what it computes in vain."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.autograd import gradgradcheck

from helpers.compare.specimens.double_backward import Function, custom


@dataclass(frozen=True)
class FunctionRun:
    """One forward and one backward pass.

    `returned` is what backward gave, an array or None for each argument of forward. `saved` are the shapes of what
    save_for_backward got, `kept` the names of tensors that hang on ctx itself.
    """

    Y: np.ndarray
    returned: tuple[np.ndarray | None, ...]
    saved: tuple[tuple[int, ...], ...]
    kept: tuple[str, ...]


def run_function(
    forward: Callable[..., torch.Tensor],
    backward: Callable[..., Any],
    arrays: Mapping[str, np.ndarray],
    dY: np.ndarray,
    *constants: Any,
    frozen: Collection[str] = (),
) -> FunctionRun:
    """Y = forward(ctx, *arrays, *constants), and backward(ctx, dY) where no gradient is wanted for what is frozen.

    Raises ValueError where backward changes dY or returns another number of gradients than forward has arguments.
    """
    seen: dict[str, Any] = {}

    def watched(ctx: Any, dY: torch.Tensor) -> Any:
        before = dY.clone()
        returned = backward(ctx, dY)
        if not torch.equal(dY, before):
            raise ValueError("backward changed dY, which others may still read. Work on a copy.")
        returned = returned if isinstance(returned, tuple | list) else (returned,)
        if len(returned) != len(arrays) + len(constants):
            raise ValueError(
                f"backward returned {len(returned)} gradients. It owes one to each argument of forward, "
                f"{len(arrays) + len(constants)}, and None to each that needs none."
            )
        seen["returned"] = tuple(g.detach().numpy() if torch.is_tensor(g) else g for g in returned)
        seen["saved"] = tuple(tuple(t.shape) for t in ctx.saved_tensors)
        seen["kept"] = tuple(name for name, value in vars(ctx).items() if torch.is_tensor(value))
        return tuple(returned)

    given = [torch.tensor(A, requires_grad=name not in frozen) for name, A in arrays.items()]
    Y = custom(forward, watched)(*given, *constants)
    Y.backward(torch.tensor(dY))
    return FunctionRun(Y.detach().numpy(), **seen)


def applied(forward: Callable[..., torch.Tensor], backward: Callable[..., Any], *constants: Any) -> Function:
    """The function of its tensors, with the constants behind them."""
    function = custom(forward, backward)
    return lambda *tensors: function(*tensors, *constants)


def right_twice(function: Function, *arrays: np.ndarray) -> bool:
    """gradgradcheck with respect to all of the arrays."""
    tensors = [torch.tensor(A, requires_grad=True) for A in arrays]
    return gradgradcheck(function, tensors, raise_exception=False)


def batch_norm_reference(
    X: np.ndarray, gamma: np.ndarray, beta: np.ndarray, dY: np.ndarray, eps: float
) -> tuple[np.ndarray, ...]:
    """Y, dX, dγ and dβ by torch.nn.functional.batch_norm."""
    tensors = [torch.tensor(A, requires_grad=True) for A in (X, gamma, beta)]
    Y = normalised(tensors[0], eps, *tensors[1:])
    grads = torch.autograd.grad(Y, tensors, torch.tensor(dY))
    return tuple(A.detach().numpy() for A in (Y, *grads))


def normalised(
    X: torch.Tensor,
    eps: float = 1e-5,
    gamma: torch.Tensor | None = None,
    beta: torch.Tensor | None = None,
) -> torch.Tensor:
    """Batch norm by PyTorch's own operation, with the statistics of the batch."""
    return torch.nn.functional.batch_norm(X, None, None, gamma, beta, training=True, eps=eps)
