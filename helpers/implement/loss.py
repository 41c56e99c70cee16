"""What every loss shares: from the losses of single samples to one number, and back."""

import numpy as np


class Loss:
    """A function of an array X and its target T.

    Forward    L  = loss.forward(X, T)     a float; with reduction "none" an array, a loss a sample
    Backward   dX = loss.backward()        with "none" loss.backward(dL), where dL has the shape of L

    Reduction "mean" is Σₛ Lₛ / S, "sum" is Σₛ Lₛ. The mean over nothing is NaN, as in PyTorch.
    """

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

    def reduce(self, losses: np.ndarray, S: float) -> float | np.ndarray:
        """L from the loss of each sample; a mean divides by S."""
        self.losses = losses = np.asarray(losses)
        self.S = np.asarray(S if self.reduction == "mean" else 1, losses.dtype)
        if self.reduction == "none":
            return losses
        with np.errstate(invalid="ignore"):  # 0/0, the mean over nothing, is NaN
            return float(losses.sum() / self.S)

    def upstream(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        """dLₛ, the gradient of L with respect to the loss of each sample: 1/S for a mean."""
        if self.losses is None:
            raise RuntimeError(f"{type(self).__name__}.backward() before forward(X, T): there is no L yet")
        shape = self.losses.shape if self.reduction == "none" else ()
        if dL is None and self.reduction != "none":
            dL = 1
        if dL is None or np.shape(dL) != shape:
            raise ValueError(f"backward needs dL of the shape of L, which is {shape}")
        dL = np.asarray(dL, self.losses.dtype)
        with np.errstate(divide="ignore"):
            return np.broadcast_to(dL / self.S, self.losses.shape)
