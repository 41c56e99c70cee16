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
REFUSALS = RuntimeError, AssertionError


@dataclass(frozen=True)
class Orders:
    """What the checks say of a function: gradcheck of the first derivative, gradgradcheck of the second.

    `refuses` names the ways to a second derivative that end in an error: "backward", "grad". `error` is that of the
    Hessian that comes out, over its largest entry; NaN where none does. `linear` is the error where L is linear in Y,
    so that dY requires no gradient.
    """

    first: bool
    second: bool
    refuses: tuple[str, ...]
    error: float
    linear: float

    @property
    def refused(self) -> bool:
        """Whether every way ends in an error, for every L: by one alone a wrong number still comes out."""
        return len(self.refuses) == 2 and bool(np.isnan(self.linear))

    @property
    def right(self) -> bool:
        """Whether every way gives the right second derivative, for every L."""
        return self.second and not self.refuses and self.error < 1e-6 and self.linear < 1e-6

    def __str__(self) -> str:
        mark = {True: "✓", False: "✗"}
        second = "refused" if len(self.refuses) == 2 else mark[self.second]
        alone = f", an error by .{self.refuses[0]}() alone" if len(self.refuses) == 1 else ""
        if described(self.error) in ("none", "right") and described(self.linear) != described(self.error):
            alone += f", {described(self.linear)} where L is linear in Y"
        return f"gradcheck {mark[self.first]}, gradgradcheck {second}, Hessian {described(self.error)}{alone}"

    __repr__ = __str__


def described(error: float) -> str:
    return "none" if np.isnan(error) else "right" if error < 1e-6 else f"{error:.0%} off"


def hessian_by_grad(L_of: Function, X: torch.Tensor) -> torch.Tensor:
    """The Hessian by torch.autograd.grad, twice."""
    (dX,) = torch.autograd.grad(L_of(X), X, create_graph=True)
    rows = [torch.autograd.grad(d, X, retain_graph=True)[0] for d in dX.flatten()]
    return torch.stack(rows).reshape(X.shape + X.shape)


def hessian_by_backward(L_of: Function, X: torch.Tensor) -> torch.Tensor:
    """The Hessian by .backward() of each entry of dX."""
    X = X.detach().requires_grad_()
    (dX,) = torch.autograd.grad(L_of(X), X, create_graph=True)
    rows = []
    for d in dX.flatten():
        X.grad = None
        d.backward(retain_graph=True)
        rows.append(X.grad)
    return torch.stack(rows).reshape(X.shape + X.shape)


WAYS = (("backward", hessian_by_backward), ("grad", hessian_by_grad), ("grad", hessian))


def errors_of(L_of: Function, right: torch.Tensor, X: torch.Tensor) -> dict[str, float]:
    """The largest error of the Hessian by each way, NaN where that way ends in one of REFUSALS."""
    errors = dict.fromkeys(dict(WAYS), np.nan)
    for name, hessian_by in WAYS:
        try:
            error = float((hessian_by(L_of, X) - right).abs().max() / right.abs().max())
        except REFUSALS:
            continue
        errors[name] = float(np.fmax(errors[name], np.inf if np.isnan(error) else error))
    return errors


def check_orders(function: Function, reference: Function, X: np.ndarray) -> Orders:
    """Checks the first and the second derivative of Y = function(X); the reference is made of PyTorch's own operations.

    gradgradcheck holds the derivative of a backward pass against differences of that same pass: of a wrong first
    derivative it finds the right second one. The Hessian is that of L = Σ A ∘ Y² + Σ X², where the second sum is a
    path that does not lead through the function, and that of Σ A ∘ Y + Σ X², whose dY = A requires no gradient.
    """
    X = torch.as_tensor(X).detach().clone().requires_grad_()
    A = torch.randn(reference(X).shape, dtype=X.dtype, generator=torch.Generator().manual_seed(0))

    def L_of(f: Function, of: Function) -> Function:
        return lambda X: (A * of(f(X))).sum() + (X**2).sum()

    first = gradcheck(function, X, raise_exception=False)
    try:
        second = gradgradcheck(function, X, raise_exception=False)
    except REFUSALS:
        second = False
    linear, squared = (
        errors_of(L_of(function, of), hessian(L_of(reference, of), X), X)
        for of in (lambda Y: Y, torch.square)
    )
    refuses = tuple(name for name, error in squared.items() if np.isnan(error))
    return Orders(first, second, refuses, largest(squared), largest(linear))


def largest(errors: dict[str, float]) -> float:
    """The largest error of a way that gives a Hessian, NaN where none does."""
    return float(np.fmax.reduce(list(errors.values())))


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
