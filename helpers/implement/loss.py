"""What every loss shares: from the losses of single samples to one number, and back."""

import math

import numpy as np

from .checks import as_array, checked_floating, checked_like
from .layer import Tuned, described


class Loss(Tuned):
    """A function of an array X and its target T.

    A loss says what it is of each sample, and what its gradient is:

    formula(X, T)    returns Lₛ, the loss of each sample, and keeps what the gradient needs; X and T are kept already
    gradient(dL)     returns dX, where dL is the gradient with respect to each Lₛ: 1/S where L is their mean

    All else is done here. Its users call

    Forward    L  = loss.forward(X, T)     a float; with reduction "none" an array, a loss a sample
    Backward   dX = loss.backward()        with "none" loss.backward(dL), where dL has the shape of L

    Reduction "mean" is Σₛ Lₛ / S, "sum" is Σₛ Lₛ. The mean over nothing is NaN, as in PyTorch. A formula that
    divides the mean by another number than that of the samples sets ``S``.
    A loss keeps X and T without a copy: leave them as they are until backward.

    What a loss says of itself, as attributes of its class:

    classes          T names or weighs the classes of each sample: class ids, or rows of the shape of X
    probabilities    the rows of X are probabilities
    fused_softmax    the rows of X are logits: the softmax is a part of the loss
    """

    classes = False
    probabilities = False
    fused_softmax = False

    losses: np.ndarray | None = None

    def __init__(self, reduction: str = "mean") -> None:
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f'reduction is "mean", "sum" or "none", not {reduction!r}')
        self.reduction = reduction

    def formula(self, X: np.ndarray, T: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def gradient(self, dL: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def forward(self, X: np.ndarray, T: np.ndarray) -> float | np.ndarray:
        self.X, self.T = self.checked_inputs(X, T)
        self.S = None
        self.losses = np.asarray(self.compute("formula", self.X, self.T)).reshape(self.samples)
        S = self.losses.size if self.S is None else self.S
        self.S = float(S) if self.reduction == "mean" else 1.0
        if self.reduction == "none":
            return self.losses
        return float(self.losses.sum()) / self.S if self.S else math.nan

    def backward(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        return np.asarray(self.compute("gradient", self.upstream(dL)))

    def checked_inputs(self, X: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """X and T as formula takes them; a sample is here an entry."""
        X = checked_floating("X", X)
        self.samples = X.shape
        return X, checked_like("T", T, "X", X)

    def upstream(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        """dLₛ, the gradient of L with respect to the loss of each sample: one number, 1/S for a mean."""
        if self.losses is None:
            raise RuntimeError(f"{type(self).__name__}.backward() before forward(X, T): there is no L yet")
        shape = self.losses.shape if self.reduction == "none" else ()
        dL = as_array("dL", 1.0 if dL is None and self.reduction != "none" else dL)
        if dL.shape != shape:
            raise ValueError(f"backward needs dL of the shape of L, which is {shape}")
        if dL.dtype.kind not in "fiu":
            raise TypeError(f"dL has dtype {dL.dtype}, but a gradient needs numbers")
        return np.asarray(dL / self.S if self.S else math.nan, self.losses.dtype)

    def accuracy(self, X: np.ndarray, T: np.ndarray) -> float:
        """The share of samples that X puts into the class of T; NaN where there are no classes."""
        return float("nan")

    def __repr__(self) -> str:
        return described(self)
