"""Optimizers: from the gradients of a network to its next parameters."""

from collections.abc import Collection
from inspect import signature
from numbers import Real

import numpy as np

from .checks import checked_like
from .layer import Layer


class Optimizer:
    """W ← W + ΔW for every parameter W of a network, in place

    Each optimizer is one function ``change(key, W, dW)`` → ΔW; ``state[key]`` is its memory of the parameter.
    Weight decay passes over the parameters that ``no_decay`` names, as in PyTorch over those of a group without it:

        AdamW(network, weight_decay=0.1, no_decay=norms_and_biases(network))

    With ``maximize`` −dW takes the place of dW, and L grows: a score, say, instead of a loss.
    A step begins when every gradient is there and has the shape and the dtype of its parameter; else nothing changes.
    """

    weight_decay = 0.0

    def __init__(
        self, network: Layer, lr: float, no_decay: Collection[str] = (), maximize: bool = False
    ) -> None:
        if not hasattr(network, "params"):
            raise TypeError(f"the network is {network!r}, which has no params to change")
        for key in () if isinstance(no_decay, str) else no_decay:
            if key not in network.params:
                raise ValueError(f"no_decay has {key!r}, and the parameters are {', '.join(network.params)}")
        if isinstance(no_decay, str):
            raise TypeError(f"no_decay={no_decay!r}: write ({no_decay!r},)")
        self.network, self.lr, self.no_decay = network, not_negative("lr", lr), tuple(no_decay)
        self.maximize = bool(maximize)
        self.state: dict[str, dict[str, np.ndarray]] = {}
        self.steps = 0

    def step(self) -> None:
        params, grads = self.network.params, checked_gradients(self.network)
        self.steps += 1
        for key, W in params.items():
            W += self.change(key, W, -grads[key] if self.maximize else grads[key])

    def decayed(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        """dW + λ W."""
        return dW + self.decay(key) * W if self.decay(key) else dW

    def decay(self, key: str) -> float:
        """λ of a parameter."""
        return 0.0 if key in self.no_decay else self.weight_decay

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
        names = [name for name in signature(type(self)).parameters if name != "network"]
        options = {name: value for name in names if (value := getattr(self, name)) != ()}
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
        no_decay: Collection[str] = (),
        maximize: bool = False,
    ) -> None:
        super().__init__(network, lr, no_decay, maximize)
        self.momentum = not_negative("momentum", momentum)
        self.weight_decay = not_negative("weight_decay", weight_decay)
        self.dampening, self.nesterov = float(dampening), nesterov
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening = 0")

    def change(self, key: str, W: np.ndarray, dW: np.ndarray) -> np.ndarray:
        dW = self.decayed(key, W, dW)
        if not self.momentum:
            return -self.lr * dW
        first = key not in self.state
        V = dW.copy() if first else self.momentum * self.state[key]["V"] + (1 - self.dampening) * dW
        self.state[key] = {"V": V}
        return -self.lr * (dW + self.momentum * V if self.nesterov else V)


def norms_and_biases(network: Layer) -> tuple[str, ...]:
    """The parameters that weight decay should leave alone: vectors, and all those of layers that normalise."""
    norms = [layer for layer in network.layers_within() if layer.normalises]
    of_norms = {id(W) for layer in norms for W in layer.params.values()}
    return tuple(key for key, W in network.params.items() if W.ndim < 2 or id(W) in of_norms)


def checked_gradients(network: Layer) -> dict[str, np.ndarray]:
    """The gradients, if each parameter has one, of its shape and dtype: nothing is broadcast."""
    params, grads = network.params, network.grads
    missing = [key for key in params if key not in grads]
    if missing:
        raise RuntimeError(f"step() before backward(dY): {', '.join(missing)} has no gradient yet")
    return {key: checked_like(f"the gradient of {key}", grads[key], key, W) for key, W in params.items()}


def not_negative(name: str, value: float) -> float:
    if not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}, and should be a number")
    if not value >= 0:
        raise ValueError(f"{name} is at least 0, not {value}")
    return float(value)
