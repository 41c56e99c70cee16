"""What every layer shares: its parameters, their gradients, and what came and went."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import numpy as np

from . import fast
from .checks import checked_floating, checked_like, checked_whole

# the methods that say what is computed
FORMULA = {
    "formula",
    "gradient",
    "h",
    "h_prime",
    "step",
    "step_gradient",
    "through_time",
    "back_through_time",
}


class Tuned:
    """What has a formula: it is computed as it reads, or by its tuned twin, the class of its name in fast/."""

    tuned: type | None = None

    def __init_subclass__(cls) -> None:
        own = vars(fast).get(cls.__name__) if cls.__module__.startswith(f"{__package__}.") else None
        cls.tuned = own or (None if FORMULA & vars(cls).keys() else cls.tuned)  # another formula, no twin

    def compute(self, name: str, *arrays: np.ndarray) -> Any:
        """The formula or the gradient, as the tuned twin has it where there is one."""
        twin = getattr(self.tuned, name, None)
        return twin(self, *arrays) if twin else getattr(self, name)(*arrays)


class Layer(Tuned):
    """A function of one array, or of several, with the parameters that it learns.

    A layer says what Y and dX are:

    formula(X)      returns Y, and keeps what the gradient needs; X and Y are kept already
    gradient(dY)    returns dX, and sets grads["W"] = dW for each parameter W that the layer may have
    check(X)        raises ValueError, in the letters of the formula, where X does not fit

    All else is done here. Its users call

    Forward    Y  = layer.forward(X)       X is checked; X and Y are kept; what it takes beside X also as mask=...
    Backward   dX = layer.backward(dY)     dY is checked: it has the shape and the dtype of Y

    ``params`` and ``grads`` hold the arrays themselves under the letters of the formula; each backward puts
    new gradients in the place of the old. A layer changes neither X nor dY; it keeps X and Y without a copy,
    so leave them as they are until backward. ``buffers`` are arrays that a layer keeps and does not learn, such
    as running statistics; ``training`` says whether it learns now, ``train`` and ``eval`` switch it.

    What a layer says of itself, as attributes of its class:

    inputs           the letters of what formula takes, in its order
    integers         those of them that are whole numbers, such as ids; booleans, such as a mask, likewise.
                     All others are floats of the dtype of the parameters, and gradient returns their gradients:
                     a tuple where there are several, None where there are none
    optional         those that may be left out, and are None then
    outputs          the letters of what formula returns behind Y, a tuple then; forward returns Y, and keeps them as
                     attributes of these letters; backward takes their gradients behind dY, and without one it is 0
    entrywise        each entry of Y depends on that entry of X alone, as in an activation
    mixes_samples    a sample of X reaches the Y of other samples, as in batch norm
    random           forward draws: the same X gives another Y, as in dropout
    spatial_axes     how many axes of X are places of an image, behind that of the channels: 2 for Conv2d
    normalises       over what it takes the mean and the variance: "batch", "sample" or "group"; "" if it takes none
    """

    inputs: tuple[str, ...] = ("X",)
    integers: tuple[str, ...] = ()
    booleans: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
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

    def formula(self, *inputs: np.ndarray | None) -> np.ndarray:
        raise NotImplementedError

    def gradient(self, dY: np.ndarray) -> np.ndarray | tuple[np.ndarray, ...] | None:
        raise NotImplementedError

    def check(self, *inputs: np.ndarray | None) -> None:
        """Raise ValueError where X does not fit; its dtype is right already."""

    def forward(self, X: np.ndarray, *more: np.ndarray | None, **named: np.ndarray | None) -> np.ndarray:
        given = self.checked_inputs(X, *(self.in_order(more, named) if named else more))
        self.check(*given)
        for letter, A in zip(self.inputs, given, strict=True):
            setattr(self, letter, A)
        Y = self.compute("formula", *given)
        Y, *more = Y if self.outputs else (Y,)
        self.Y = np.asarray(Y)
        for letter, A in zip(self.outputs, more, strict=True):
            setattr(self, letter, A)
        return self.Y

    def backward(
        self, dY: np.ndarray, *more: np.ndarray | None
    ) -> np.ndarray | tuple[np.ndarray, ...] | None:
        dX = self.compute("gradient", self.checked_upstream(dY), *self.checked_further(more))
        grads = vars(self).get("grads", ())
        if len(grads) > len(self.params):
            for key in (
                grads.keys() - self.params.keys()
            ):  # the formula has it, and this layer was made without it
                del grads[key]
        return dX if dX is None or isinstance(dX, np.ndarray | tuple) else np.asarray(dX)

    def parameter_gradients(self, dY: np.ndarray) -> None:
        """Fill ``grads`` as backward does; the first layer may save itself dX, which nobody reads."""
        if hasattr(self.tuned, "parameter_gradients"):
            self.tuned.parameter_gradients(self, self.checked_upstream(dY), *self.checked_further(()))
        elif self.params:
            self.backward(dY)

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

    def predict(self, X: np.ndarray, *more: np.ndarray | None, **named: np.ndarray | None) -> np.ndarray:
        """Y as it is after the training, whatever the mode is now."""
        modes = {layer: layer.training for layer in self.layers_within()}
        try:
            return self.eval().forward(X, *more, **named)
        finally:
            for layer, mode in modes.items():
                layer.training = mode

    def saved(self) -> dict[str, np.ndarray]:
        """What a checkpoint must hold, to be given to ``restore``: the live parameters and buffers."""
        return self.params | self.buffers

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        for key, W in (self.params | self.buffers).items():
            W[...] = checked_like(f"the saved {key}", saved[key], key, W)

    def __repr__(self) -> str:
        return described(self)

    def checked_inputs(self, *given: np.ndarray | None) -> list[np.ndarray | None]:
        """The inputs, if each is of its kind, and floats have the dtype of the parameters."""
        if len(given) != len(self.inputs):
            given = self.filled(given)
        arrays, others = [], self.params | self.buffers
        for letter, A in zip(self.inputs, given, strict=True):
            if letter in self.integers or letter in self.booleans:
                A = A if A is None else checked_whole(letter, A, letter in self.booleans)
            elif A is not None:
                A = others[letter] = self.checked_dtype(letter, A, others)
            if A is None and letter not in self.optional:
                raise TypeError(f"{letter} is missing: {type(self).__name__} takes {', '.join(self.inputs)}")
            arrays.append(A)
        return arrays

    def in_order(self, more: tuple, named: dict) -> tuple:
        """The inputs behind X in their order, where some came under their letters."""
        open_ = self.inputs[1 + len(more) :]
        for letter in named.keys() - set(open_):
            why = "which came already" if letter in self.inputs else f"it takes {', '.join(self.inputs)}"
            raise TypeError(f"{type(self).__name__}.forward(..., {letter}=...): {why}")
        return *more, *(named.get(letter) for letter in open_)

    def filled(self, given: tuple) -> tuple:
        """The inputs with None for those that were left out."""
        if len(given) > len(self.inputs):
            raise TypeError(
                f"{type(self).__name__} takes {', '.join(self.inputs)}, and {len(given)} arrays came"
            )
        return given + (None,) * (len(self.inputs) - len(given))

    def checked_dtype(self, letter: str, A: np.ndarray, others: dict[str, np.ndarray]) -> np.ndarray:
        """A itself, if it is made of floats of the dtype of the others."""
        A = checked_floating(letter, A)
        for key, B in others.items():
            if A.dtype != B.dtype:
                said = f"{letter} has dtype {A.dtype}, but {key} has dtype {B.dtype}"
                own = "" if key in self.inputs else f", or {type(self).__name__}(..., dtype=np.{A.dtype})"
                raise TypeError(f"{said}: take {letter}.astype(np.{B.dtype}){own}")
        return A

    def checked_upstream(self, dY: np.ndarray) -> np.ndarray:
        """dY, if it is the gradient of a loss with respect to the Y of the last forward."""
        if self.Y is None:
            letters = ", ".join(self.inputs)
            raise RuntimeError(
                f"{type(self).__name__}.backward(dY) before forward({letters}): there is no Y yet"
            )
        return checked_like("dY", dY, "Y", self.Y)

    def checked_further(self, given: tuple) -> list[np.ndarray]:
        """The gradients of what came out beside Y, each of its shape and dtype: 0 for one that is left out."""
        if len(given) > len(self.outputs):
            taken = ", ".join(f"d{letter}" for letter in ("Y", *self.outputs))
            raise TypeError(f"{type(self).__name__}.backward takes {taken}, and {len(given) + 1} arrays came")
        checked = []
        for letter, dA in zip_longest(self.outputs, given):
            A = getattr(self, letter)
            checked.append(np.zeros_like(A) if dA is None else checked_like(f"d{letter}", dA, letter, A))
        return checked


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
