"""Optimizers that give each entry of a parameter a step of its own size."""

from collections.abc import Collection

import numpy as np

from .layer import Layer
from .optimizers import Optimizer, not_negative


class Adam(Optimizer):
    """W ← W − lr M̂ / (√V̂ + ε)

    M ← β₁ M + (1 − β₁) dW          M̂ = M / (1 − β₁ᵗ)      t counts the steps from 1
    V ← β₂ V + (1 − β₂) dW ∘ dW     V̂ = V / (1 − β₂ᵗ)

    With weight decay λ    dW ← dW + λ W: it passes through M and V, which AdamW does not let it
    With amsgrad           the largest V so far stands in the place of V in V̂

    Kingma and Ba 2015; Reddi et al. 2018 (amsgrad). ε stands outside the root, as in PyTorch.
    """

    def __init__(
        self,
        network: Layer,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        no_decay: Collection[str] = (),
        maximize: bool = False,
    ) -> None:
        super().__init__(network, lr, no_decay, maximize)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas lie in [0, 1), not at {betas}")
        self.betas, self.eps, self.amsgrad = tuple(betas), not_negative("eps", eps), amsgrad
        self.weight_decay = not_negative("weight_decay", weight_decay)

    def change(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        return self.adapted(key, self.decayed(key, W, dW))

    def adapted(self, key: str, dW: np.ndarray) -> np.ndarray:
        """−lr M̂ / (√V̂ + ε)."""
        (beta1, beta2), t = self.betas, self.steps
        names = ("M", "V", "V_max") if self.amsgrad else ("M", "V")
        memory = self.state.setdefault(key, {name: np.zeros_like(dW) for name in names})
        M = memory["M"] = beta1 * memory["M"] + (1 - beta1) * dW
        V = memory["V"] = beta2 * memory["V"] + (1 - beta2) * dW * dW
        if self.amsgrad:
            V = memory["V_max"] = np.maximum(memory["V_max"], V)
        M_hat, V_hat = M / (1 - beta1**t), V / (1 - beta2**t)
        return -self.lr * M_hat / (np.sqrt(V_hat) + self.eps)


class AdamW(Adam):
    """W ← W − lr M̂ / (√V̂ + ε) − lr λ W

    Adam, with the weight decay taken from W itself instead of added to dW (Loshchilov and Hutter 2019).
    """

    def __init__(
        self,
        network: Layer,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        no_decay: Collection[str] = (),
        maximize: bool = False,
    ) -> None:
        super().__init__(network, lr, betas, eps, weight_decay, amsgrad, no_decay, maximize)

    def change(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        return self.adapted(key, dW) - self.lr * self.decay(key) * W


class RMSprop(Optimizer):
    """W ← W − lr B

    V ← α V + (1 − α) dW ∘ dW
    B ← μ B + dW / (√V + ε)          plain: μ = 0

    Centered    G ← α G + (1 − α) dW, and V − G ∘ G, the variance, stands in the place of V under the root
    With weight decay λ    dW ← dW + λ W

    Hinton 2012, lecture 6 of his course; centered: Graves 2013. The arguments are those of torch.optim.RMSprop.
    """

    def __init__(
        self,
        network: Layer,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        no_decay: Collection[str] = (),
        maximize: bool = False,
    ) -> None:
        super().__init__(network, lr, no_decay, maximize)
        self.alpha, self.eps = not_negative("alpha", alpha), not_negative("eps", eps)
        self.weight_decay = not_negative("weight_decay", weight_decay)
        self.momentum = not_negative("momentum", momentum)
        self.centered = centered

    def change(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        dW, alpha = self.decayed(key, W, dW), self.alpha
        names = ("V", *("G" * self.centered), *("B" * (self.momentum > 0)))
        memory = self.state.setdefault(key, {name: np.zeros_like(W) for name in names})
        V = memory["V"] = alpha * memory["V"] + (1 - alpha) * dW * dW
        if self.centered:
            G = memory["G"] = alpha * memory["G"] + (1 - alpha) * dW
            V = V - G * G
        B = dW / (np.sqrt(V) + self.eps)
        if self.momentum > 0:
            B = memory["B"] = self.momentum * memory["B"] + B
        return -self.lr * B


class Adagrad(Optimizer):
    """W ← W − lrₜ dW / (√V + ε)

    V   ← V + dW ∘ dW                     from initial_accumulator_value on
    lrₜ = lr / (1 + (t − 1) lr_decay)     t counts the steps from 1

    With weight decay λ    dW ← dW + λ W

    Duchi, Hazan and Singer 2011. The arguments are those of torch.optim.Adagrad.
    """

    def __init__(
        self,
        network: Layer,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        no_decay: Collection[str] = (),
        maximize: bool = False,
    ) -> None:
        super().__init__(network, lr, no_decay, maximize)
        self.lr_decay, self.eps = not_negative("lr_decay", lr_decay), not_negative("eps", eps)
        self.weight_decay = not_negative("weight_decay", weight_decay)
        self.initial_accumulator_value = not_negative("initial_accumulator_value", initial_accumulator_value)

    def change(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        dW = self.decayed(key, W, dW)
        memory = self.state.setdefault(key, {"V": np.full_like(W, self.initial_accumulator_value)})
        V = memory["V"] = memory["V"] + dW * dW
        return -self.lr / (1 + (self.steps - 1) * self.lr_decay) * dW / (np.sqrt(V) + self.eps)
