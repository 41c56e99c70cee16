"""What every loss shares: from the losses of single samples to one number, and back."""

import math

import numpy as np

from .layer import described


class Loss:
    """A function of an array X and its target T.

    Forward    L  = loss.forward(X, T)     a float; with reduction "none" an array, a loss a sample
    Backward   dX = loss.backward()        with "none" loss.backward(dL), where dL has the shape of L

    Reduction "mean" is Σₛ Lₛ / S, "sum" is Σₛ Lₛ. The mean over nothing is NaN, as in PyTorch.
    A loss keeps T without a copy: leave it as it is until backward.

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

    def forward(self, X: np.ndarray, T: np.ndarray) -> float | np.ndarray:
        raise NotImplementedError

    def backward(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        raise NotImplementedError

    def accuracy(self, X: np.ndarray, T: np.ndarray) -> float:
        """The share of samples that X puts into the class of T; NaN where there are no classes."""
        return float("nan")

    def __repr__(self) -> str:
        return described(self)

    def reduce(self, losses: np.ndarray, S: float) -> float | np.ndarray:
        """L from the loss of each sample; a mean divides by S."""
        self.losses = np.asarray(losses)
        self.S = float(S) if self.reduction == "mean" else 1.0
        if self.reduction == "none":
            return self.losses
        return float(self.losses.sum()) / self.S if self.S else math.nan

    def upstream(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        """dLₛ, the gradient of L with respect to the loss of each sample: one number, 1/S for a mean."""
        if self.losses is None:
            raise RuntimeError(f"{type(self).__name__}.backward() before forward(X, T): there is no L yet")
        shape = self.losses.shape if self.reduction == "none" else ()
        if dL is None and self.reduction != "none":
            dL = 1.0
        if dL is None or np.shape(dL) != shape:
            raise ValueError(f"backward needs dL of the shape of L, which is {shape}")
        return np.asarray(dL / self.S if self.S else math.nan, self.losses.dtype)
