"""Does a custom autograd function differentiate twice? gradcheck sees the first derivative only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.autograd.functional import hessian

Function = Callable[[torch.Tensor], torch.Tensor]
Backward = Callable[[Any, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Orders:
    """What the checks say of a function: gradcheck of the first derivative, gradgradcheck of the second.

    `refuses` names the ways to a second derivative that end in an error: "backward", "grad". `error` is that of a
    Hessian that torch.autograd.grad gives, over its largest entry; NaN where it gives none.
    """

    first: bool
    second: bool
    refuses: tuple[str, ...]
    error: float

    @property
    def refused(self) -> bool:
        """Whether every way ends in an error: by one alone a wrong number still comes out."""
        return len(self.refuses) == 2

    def __str__(self) -> str:
        mark = {True: "✓", False: "✗"}
        second = "refused" if self.refused else mark[self.second]
        hessian = "none" if self.refused else "right" if self.error < 1e-6 else f"{self.error:.0%} off"
        alone = f", an error by .{self.refuses[0]}() alone" if len(self.refuses) == 1 else ""
        return f"gradcheck {mark[self.first]}, gradgradcheck {second}, Hessian {hessian}{alone}"

    __repr__ = __str__


def check_orders(function: Function, reference: Function, X: np.ndarray) -> Orders:
    """Checks the first and the second derivative of Y = function(X); the reference is made of PyTorch's own operations.

    gradgradcheck holds the derivative of a backward pass against differences of that same pass: of a wrong first
    derivative it finds the right second one. The Hessian is that of L = Σ A ∘ Y² + Σ X², where the second sum is a
    path that does not lead through the function.
    """
    X = torch.tensor(X, requires_grad=True)
    A = torch.randn(reference(X).shape, dtype=X.dtype, generator=torch.Generator().manual_seed(0))

    def L_of(f: Function) -> Function:
        return lambda X: (A * f(X) ** 2).sum() + (X**2).sum()

    first = gradcheck(function, X, raise_exception=False)
    refuses, second, H = [], False, None
    try:
        (dX,) = torch.autograd.grad(L_of(function)(X), X, create_graph=True)
        dX.sum().backward()
    except RuntimeError:
        refuses.append("backward")
    try:
        H = hessian(L_of(function), X)
        second = gradgradcheck(function, X, raise_exception=False)
    except RuntimeError:
        refuses.append("grad")
    right = hessian(L_of(reference), X)
    error = np.nan if H is None else float((H - right).abs().max() / right.abs().max())
    return Orders(first, second, tuple(refuses), error)


def unit_rows(X: torch.Tensor) -> torch.Tensor:
    """Y = X / ‖X‖, row by row."""
    return X / X.norm(dim=1, keepdim=True)


def unit_rows_with(backward: Backward) -> Function:
    """Y = X / r with r = ‖X‖, row by row, with this backward; its ctx has saved X, Y and r."""

    def forward(ctx: Any, X: torch.Tensor) -> torch.Tensor:
        r = X.norm(dim=1, keepdim=True)
        Y = X / r
        ctx.save_for_backward(X, Y, r)
        return Y

    return custom(forward, backward)


def silu(X: torch.Tensor) -> torch.Tensor:
    """Y = X σ(X)"""
    return X * X.sigmoid()


def silu_with(backward: Backward) -> Function:
    """Y = X s with s = σ(X), with this backward; its ctx has saved X and s."""

    def forward(ctx: Any, X: torch.Tensor) -> torch.Tensor:
        s = X.sigmoid()
        ctx.save_for_backward(X, s)
        return X * s

    return custom(forward, backward)


def custom(forward: Callable[..., torch.Tensor], backward: Backward) -> Function:
    """A torch.autograd.Function of its two methods, ready to be applied."""
    methods = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type("Custom", (torch.autograd.Function,), methods).apply
