"""Layer norm three ways in PyTorch: by automatic differentiation, as a Function, and as a module around it."""

from typing import Any

import torch
from torch import nn
from torch.autograd import Function

from helpers.compare.specimens.batch_norm import Gradients


class LayerNormAuto(nn.Module):
    """Y = γ X̂ + β with X̂ = (X − μ) / σ, by automatic differentiation

    X, Y (..., N); μ = Σₙ Xₙ / N and σ² = Σₙ (Xₙ − μ)² / N + ε of each sample, in training as in evaluation.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, *, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.num_features, self.eps = num_features, eps
        self.gamma = nn.Parameter(torch.ones(num_features, dtype=dtype))
        self.beta = nn.Parameter(torch.zeros(num_features, dtype=dtype))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        check_samples(X, self.num_features)
        Xhat, _ = standardised(X, self.eps)
        return self.gamma * Xhat + self.beta


class LayerNormFunction(Function):
    """Y = γ X̂ + β with X̂ = (X − μ) / σ, differentiable as often as asked for

    Forward    Y = LayerNormFunction.apply(X, gamma, beta, eps)      X, Y (..., N); gamma, beta (N,)
    Backward   dβ = Σₛ dYₛ
               dγ = Σₛ dYₛ X̂ₛ
               dX̂ = γ dY
               dX = (N dX̂ − Σₙ dX̂ₙ − X̂ Σₙ dX̂ₙ X̂ₙ) / (N σ)

    It saves its inputs alone. X̂ and σ are computed again from X, so that the graph of a second derivative finds X.
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


class LayerNorm(LayerNormAuto):
    """nn.LayerNorm for X (..., N), around LayerNormFunction: γ and β that learn; training is as evaluation."""

    function: type[Function] = LayerNormFunction

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        check_samples(X, self.num_features)
        return self.function.apply(X, self.gamma, self.beta, self.eps)


def standardised(X: torch.Tensor, eps: float) -> tuple[torch.Tensor, torch.Tensor]:
    """X̂ and σ of each sample; the variance is the biased one."""
    sigma = (X.var(-1, correction=0, keepdim=True) + eps).sqrt()
    return (X - X.mean(-1, keepdim=True)) / sigma, sigma


def gradients(
    needed: tuple[bool, ...], dY: torch.Tensor, Xhat: torch.Tensor, sigma: torch.Tensor, gamma: torch.Tensor
) -> Gradients:
    """dX, dγ, dβ, each None if nobody needs it, and None for ε."""
    N, (dX, dgamma, dbeta) = dY.shape[-1], (None, None, None)
    if needed[2]:
        dbeta = dY.reshape(-1, N).sum(0)
    if needed[1]:
        dgamma = (dY * Xhat).reshape(-1, N).sum(0)
    if needed[0]:
        dXhat = gamma * dY
        along_ones, along_Xhat = dXhat.sum(-1, keepdim=True), (dXhat * Xhat).sum(-1, keepdim=True)
        dX = (N * dXhat - along_ones - Xhat * along_Xhat) / (N * sigma)
    return dX, dgamma, dbeta, None


def check_samples(X: torch.Tensor, N: int) -> None:
    if X.ndim == 0 or X.shape[-1] != N:
        raise ValueError(f"X has shape {tuple(X.shape)}, but γ of shape ({N},) needs X of shape (..., {N})")
