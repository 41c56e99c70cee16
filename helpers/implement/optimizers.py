"""Optimizers: from the gradients of a network to its next parameters."""

from inspect import signature

import numpy as np

from .layer import Layer


class Optimizer:
    """W ← W + ΔW for every parameter W of a network, in place

    Each optimizer is one function ``change(key, W, dW)`` → ΔW; ``state[key]`` is its memory of the parameter.
    """

    def __init__(self, network: Layer, lr: float) -> None:
        if not hasattr(network, "params"):
            raise TypeError(f"the network is {network!r}, which has no params to change")
        self.network, self.lr = network, not_negative("lr", lr)
        self.state: dict[str, dict[str, np.ndarray]] = {}
        self.steps = 0

    def step(self) -> None:
        params, grads = self.network.params, self.network.grads
        missing = [key for key in params if key not in grads]
        if missing:
            raise RuntimeError(f"step() before backward(dY): {', '.join(missing)} has no gradient yet")
        self.steps += 1
        for key, W in params.items():
            W += self.change(key, W, grads[key])

    def change(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def saved(self) -> dict[str, np.ndarray]:
        """What a checkpoint must hold, to be given to ``restore``: the steps taken, and the memory."""
        memory = {f"{key}.{name}": A for key, arrays in self.state.items() for name, A in arrays.items()}
        return {"steps": np.array(self.steps), **memory}

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        self.steps, self.state = int(saved["steps"]), {}
        for place in saved.keys() - {"steps"}:
            key, _, name = place.rpartition(".")
            self.state.setdefault(key, {})[name] = saved[place]

    def __repr__(self) -> str:
        options = {
            name: getattr(self, name) for name in signature(type(self)).parameters if name != "network"
        }
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in options.items())})"


class SGD(Optimizer):
    """W ← W − lr V      plain: V = dW

    With weight decay λ    dW ← dW + λ W
    With momentum μ        V ← μ V + (1 − dampening) dW, where the first V is dW
    With Nesterov          W ← W − lr (dW + μ V)

    The learning rate multiplies the whole V, as in PyTorch; Sutskever et al. (2013) keep it inside V.
    """

    def __init__(
        self,
        network: Layer,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(network, lr)
        self.momentum = not_negative("momentum", momentum)
        self.weight_decay = not_negative("weight_decay", weight_decay)
        self.dampening, self.nesterov = float(dampening), nesterov
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening = 0")

    def change(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        if self.weight_decay:
            dW = dW + self.weight_decay * W
        if not self.momentum:
            return -self.lr * dW
        first = key not in self.state
        V = dW.copy() if first else self.momentum * self.state[key]["V"] + (1 - self.dampening) * dW
        self.state[key] = {"V": V}
        return -self.lr * (dW + self.momentum * V if self.nesterov else V)


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
    ) -> None:
        super().__init__(network, lr)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas lie in [0, 1), not at {betas}")
        self.betas, self.eps, self.amsgrad = tuple(betas), not_negative("eps", eps), amsgrad
        self.weight_decay = not_negative("weight_decay", weight_decay)

    def change(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        return self.adapted(key, dW + self.weight_decay * W if self.weight_decay else dW)

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
    ) -> None:
        super().__init__(network, lr, betas, eps, weight_decay, amsgrad)

    def change(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        return self.adapted(key, dW) - self.lr * self.weight_decay * W


def not_negative(name: str, value: float) -> float:
    if not value >= 0:
        raise ValueError(f"{name} is at least 0, not {value}")
    return float(value)
