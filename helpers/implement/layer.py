"""What every layer shares: its parameters, their gradients, and the questions it asks of an array."""

from collections.abc import Iterator
from typing import Any

import numpy as np


class Layer:
    """A function of one array, with the parameters that it learns.

    Forward    Y  = layer.forward(X)       keeps X and Y, which backward needs
    Backward   dX = layer.backward(dY)     and, for each parameter W, grads["W"] = dW

    ``params`` and ``grads`` hold the arrays themselves under the letters of the formula; each backward puts
    new gradients in the place of the old. A layer changes neither X nor dY; it keeps X and Y without a copy,
    so leave them as they are until backward. ``buffers`` are arrays that a layer keeps and does not learn, such
    as running statistics; ``training`` says whether it learns now, ``train`` and ``eval`` switch it.

    What a layer says of itself, as attributes of its class:

    entrywise        each entry of Y depends on that entry of X alone, as in an activation
    mixes_samples    a sample of X reaches the Y of other samples, as in batch norm
    random           forward draws: the same X gives another Y, as in dropout
    spatial_axes     how many axes of X are places of an image, behind that of the channels: 2 for Conv2d
    normalises       over what it takes the mean and the variance: "batch", "sample" or "group"; "" if it takes none
    """

    entrywise = False
    mixes_samples = False
    random = False
    spatial_axes = 0
    normalises = ""

    X: np.ndarray | None = None
    Y: np.ndarray | None = None
    training = True
    rng: np.random.Generator | None = None  # of a layer that draws at each forward

    def __init__(self) -> None:
        self.params: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}
        self.buffers: dict[str, np.ndarray] = {}

    def forward(self, X: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def backward(self, dY: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def layers_within(self) -> Iterator["Layer"]:
        """The layer itself, and those that it is made of."""
        yield self

    def train(self, mode: bool = True) -> "Layer":
        """Learn from now on, or no longer; the layer itself."""
        for layer in self.layers_within():
            layer.training = mode
        return self

    def eval(self) -> "Layer":
        return self.train(False)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Y as it is after the training, whatever the mode is now."""
        modes = {layer: layer.training for layer in self.layers_within()}
        try:
            return self.eval().forward(X)
        finally:
            for layer, mode in modes.items():
                layer.training = mode

    def parameter_gradients(self, dY: np.ndarray) -> None:
        """Fill ``grads`` as backward does; the first layer may save itself dX, which nobody reads."""
        if self.params:
            self.backward(dY)

    def saved(self) -> dict[str, np.ndarray]:
        """What a checkpoint must hold, to be given to ``restore``: the live parameters and buffers."""
        return self.params | self.buffers

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        for key, W in (self.params | self.buffers).items():
            W[...] = like(f"the saved {key}", saved[key], key, W)

    def __repr__(self) -> str:
        return described(self)

    def typed(self, X: np.ndarray) -> np.ndarray:
        """X itself, if its dtype is that of the parameters and buffers."""
        X = floating("X", X)
        for key, W in (self.params | self.buffers).items():
            if X.dtype != W.dtype:
                raise TypeError(
                    f"X has dtype {X.dtype}, but {key} has dtype {W.dtype}: "
                    f"take X.astype(np.{W.dtype}), or {type(self).__name__}(..., dtype=np.{X.dtype})"
                )
        return X

    def upstream(self, dY: np.ndarray) -> np.ndarray:
        """dY, if it is the gradient of a loss with respect to the Y of the last forward."""
        if self.Y is None:
            raise RuntimeError(f"{type(self).__name__}.backward(dY) before forward(X): there is no Y yet")
        return like("dY", dY, "Y", self.Y)


def described(thing: Any) -> str:
    """The class with its options and the shapes of its parameters: LeakyReLU(a=0.02), Linear(W=(10, 100), b=(10,)).

    Names in capitals are arrays of the formula, and no options.
    """
    shapes = {key: W.shape for key, W in vars(thing).get("params", {}).items()}
    own = {name: value for name, value in vars(thing).items() if name.islower() and name != "training"}
    if not isinstance(thing, Layer):  # the tuples of a loss are shapes of its last X
        own = {name: value for name, value in own.items() if not isinstance(value, tuple)}
    options = {name: value for name, value in own.items() if is_plain(value)}
    return f"{type(thing).__name__}({', '.join(f'{name}={v!r}' for name, v in (options | shapes).items())})"


def is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(is_plain(item) for item in value)
    return isinstance(value, bool | int | float | str | Layer)


def floating(name: str, A: np.ndarray) -> np.ndarray:
    """A itself, if its numbers are float32 or float64."""
    A = np.asarray(A)
    if A.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} has dtype {A.dtype}, but a gradient needs float32 or float64")
    return A


def like(name: str, A: np.ndarray, other: str, B: np.ndarray) -> np.ndarray:
    """A itself, if it has the shape and the dtype of B: nothing is broadcast or cast unseen."""
    A = floating(name, A)
    if A.shape != B.shape:
        raise ValueError(f"{name} has shape {A.shape}, but {other} has shape {B.shape}: they must be equal")
    if A.dtype != B.dtype:
        raise TypeError(
            f"{name} has dtype {A.dtype}, but {other} has dtype {B.dtype}: take {name}.astype(np.{B.dtype})"
        )
    return A
