"""Batch norm three ways in PyTorch: by automatic differentiation, as a Function, and as a module around it."""

from typing import Any

import torch
from torch import nn
from torch.autograd import Function

REFUSED = "the backward of {} is not differentiable: it takes X̂ and σ, which depend on X, as they were saved"
Gradients = tuple[torch.Tensor | None, ...]


class BatchNormAuto(nn.Module):
    """Y = γ X̂ + β with X̂ = (X − μ) / σ, by automatic differentiation

    X, Y (S, N); μ = Σₛ Xₛ / S and σ² = Σₛ (Xₛ − μ)² / S + ε over the batch,
    also in evaluation.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, *, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.num_features, self.eps = num_features, eps
        self.gamma = nn.Parameter(torch.ones(num_features, dtype=dtype))
        self.beta = nn.Parameter(torch.zeros(num_features, dtype=dtype))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        check_batch(X, self.num_features)
        Xhat, _ = standardised(X, self.eps)
        return self.gamma * Xhat + self.beta


class BatchNormFunction(Function):
    """Y = γ X̂ + β with X̂ = (X − μ) / σ, differentiable as often as asked for

    Forward    Y = BatchNormFunction.apply(X, gamma, beta, eps)   X, Y (S, N); γ, β (N,)
    Backward   dβ = Σₛ dYₛ
               dγ = Σₛ dYₛ X̂ₛ
               dX = γ/(Sσ) (S dY − dβ − X̂ dγ)

    It saves its inputs alone. X̂ and σ are computed again from X, so that the graph of a
    second derivative finds X.
    """

    @staticmethod
    def forward(
        ctx: Any, X: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, eps: float = 1e-5
    ) -> torch.Tensor:
        ctx.eps = eps
        ctx.save_for_backward(X, gamma)
        Xhat, _ = standardised(X, eps)
        return gamma * Xhat + beta

    @staticmethod
    def backward(ctx: Any, dY: torch.Tensor) -> Gradients:
        X, gamma = ctx.saved_tensors
        return gradients(ctx.needs_input_grad, dY, *standardised(X, ctx.eps), gamma)


class BatchNormSaved(Function):
    """Y = γ X̂ + β with X̂ = (X − μ) / σ, which keeps X̂ and σ for its backward pass."""

    @staticmethod
    def forward(
        ctx: Any, X: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, eps: float = 1e-5
    ) -> torch.Tensor:
        Xhat, sigma = standardised(X, eps)
        ctx.save_for_backward(Xhat, sigma, gamma)
        return gamma * Xhat + beta

    @staticmethod
    def backward(ctx: Any, dY: torch.Tensor) -> Gradients:
        return gradients(ctx.needs_input_grad, dY, *ctx.saved_tensors)


class BatchNormOnce(BatchNormSaved):
    """BatchNormSaved, that refuses a second derivative.

    torch.autograd.function.once_differentiable would not do: it raises under .backward() alone, and torch.autograd.grad
    passes it by. With create_graph, gradients are enabled within backward, whoever calls it.
    """

    @staticmethod
    def backward(ctx: Any, dY: torch.Tensor) -> Gradients:
        if torch.is_grad_enabled():
            raise RuntimeError(REFUSED.format("BatchNormOnce"))
        return BatchNormSaved.backward(ctx, dY)


class BatchNorm(BatchNormAuto):
    """nn.BatchNorm1d for X (S, N), around BatchNormFunction: γ and β that learn, and running statistics

    While training    running_mean ← (1 − m) running_mean + m μ        m is the momentum
                      running_var  ← (1 − m) running_var + m v         v is unbiased here: S − 1 in the place of S
    In evaluation     Y = γ (X − running_mean) / √(running_var + ε) + β
    """

    function: type[Function] = BatchNormFunction

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        *,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__(num_features, eps, dtype=dtype)
        self.momentum = momentum
        self.register_buffer("running_mean", torch.zeros(num_features, dtype=dtype))
        self.register_buffer("running_var", torch.ones(num_features, dtype=dtype))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        check_batch(X, self.num_features)
        if not self.training:
            Xhat = (X - self.running_mean) / (self.running_var + self.eps).sqrt()
            return self.gamma * Xhat + self.beta
        if len(X) < 2:
            raise ValueError(
                f"X has shape {tuple(X.shape)}: while training, μ and σ need more than one sample"
            )
        self.follow(X.detach())
        return self.function.apply(X, self.gamma, self.beta, self.eps)

    def follow(self, X: torch.Tensor) -> None:
        self.num_batches_tracked += 1
        m = 1 / self.num_batches_tracked.item() if self.momentum is None else self.momentum
        self.running_mean.lerp_(X.mean(0), m)
        self.running_var.lerp_(X.var(0), m)  # unbiased, which is what var does unless told otherwise


def standardised(X: torch.Tensor, eps: float) -> tuple[torch.Tensor, torch.Tensor]:
    """X̂ and σ of each column; the variance is the biased one."""
    sigma = (X.var(0, correction=0) + eps).sqrt()
    return (X - X.mean(0)) / sigma, sigma


def gradients(
    needed: tuple[bool, ...], dY: torch.Tensor, Xhat: torch.Tensor, sigma: torch.Tensor, gamma: torch.Tensor
) -> Gradients:
    """dX, dγ, dβ, each None if nobody needs it, and None for ε."""
    S, (dX, dgamma, dbeta) = len(dY), (None, None, None)
    if needed[2] or needed[0]:
        dbeta = dY.sum(0)
    if needed[1] or needed[0]:
        dgamma = (dY * Xhat).sum(0)
    if needed[0]:
        dX = gamma / (S * sigma) * (S * dY - dbeta - Xhat * dgamma)
    return dX, dgamma if needed[1] else None, dbeta if needed[2] else None, None


def check_batch(X: torch.Tensor, N: int) -> None:
    if X.ndim != 2 or X.shape[1] != N:
        raise ValueError(f"X has shape {tuple(X.shape)}, but γ of shape ({N},) needs X of shape (S, {N})")
