"""Cross-entropy of probabilities, and fused with the softmax that makes them."""

import numpy as np

from .layer import floating
from .loss import Loss
from .softmax import shifted
from .targets import class_axis, is_ids, one_hot, weigh


class Classification(Loss):
    """A loss whose T names a class, or weighs the classes, of each sample."""

    ignore_index: int | None = None

    def accuracy(self, X: np.ndarray, T: np.ndarray) -> float:
        """The share of samples whose largest X stands at the class of T (or at its largest weight)."""
        X, T = np.asarray(X), np.asarray(T)
        axis = class_axis(X)
        T = T if is_ids(T, X) else T.argmax(axis)
        right = (X.argmax(axis) == T)[self.ignore_index != T]
        return float(right.mean()) if right.size else float("nan")


class CrossEntropy(Classification):
    """L = −(1/S) Σₛ Σₙ Tₛₙ log Xₛₙ

    Forward    L  = −(1/S) Σₛ Σₙ Tₛₙ log Xₛₙ      X (S, N)   T (S, N), or class ids (S,)
    Backward   dX = −(1/S) T ⊘ X

    The rows of X are probabilities. 0 log 0 counts as 0, with gradient 0. Where T > 0
    and X = 0, L is inf and dX is −inf: nothing is clamped.

    Derived in notebooks/06_cross_entropy.ipynb.
    """

    def forward(self, X: np.ndarray, T: np.ndarray) -> float | np.ndarray:
        X = floating("X", X)
        self.T = one_hot(np.asarray(T), X)
        self.axis = class_axis(X)
        self.X = np.where((self.T == 0) & (X == 0), 1, X)  # 0 log 1 = 0, and 0/1 = 0
        with np.errstate(divide="ignore"):  # log 0 = −inf is the right value
            losses = -np.sum(self.T * np.log(self.X), axis=self.axis)
        return self.reduce(losses, losses.size)

    def backward(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        dL = np.expand_dims(self.upstream(dL), self.axis)
        with np.errstate(divide="ignore"):
            return -dL * self.T / self.X


class SoftmaxCrossEntropy(Classification):
    """L = −(1/S) Σₛ Σₙ Tₛₙ log Pₛₙ with P = softmax(X), X the logits

    Forward    log P = X − log Σₖ exp(Xₖ)                       X (S, N)   T (S, N), or class ids (S,)
               L     = −(1/S) Σₛ Σₙ Tₛₙ log Pₛₙ
    Backward   dX    = (1/S) ((Σₙ Tₙ) P − T)                    (P − T)/S where the rows of T sum to 1

    The arguments are those of torch.nn.CrossEntropyLoss. Label smoothing ε replaces Tₛₙ by (1 − ε) Tₛₙ + ε/N,
    a class weight wₙ multiplies it, and a sample with T = ignore_index counts nowhere. With class ids
    the mean divides by the sum of the samples' weights, as in PyTorch.

    Derived in notebooks/06_cross_entropy.ipynb.
    """

    def __init__(
        self,
        weight: np.ndarray | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(f"label_smoothing lies between 0 and 1, not at {label_smoothing}")
        self.weight, self.ignore_index, self.smoothing = weight, ignore_index, float(label_smoothing)

    def forward(self, X: np.ndarray, T: np.ndarray) -> float | np.ndarray:
        X = floating("X", X)
        self.Q = Q = weigh(np.asarray(T), X, self.weight, self.ignore_index, self.smoothing)
        Z = shifted(X, Q.axis)
        ZQ = Q.dot(Z)
        self.E = np.exp(Z, out=Z)
        self.sums = self.E.sum(axis=Q.axis)
        losses = Q.sums * np.log(self.sums) - ZQ  # −Σ Q log P, log P = Z − log Σ exp Z
        return self.reduce(np.where(Q.ignored, 0, losses), Q.S)

    def backward(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        dL, Q = self.upstream(dL), self.Q
        dL = np.where(Q.ignored, 0, dL)
        scale = dL * Q.sums / self.sums  # P = E / Σ E: the division is done once a sample
        dX = self.E * np.expand_dims(scale, Q.axis)
        Q.subtract_from(dX, dL)
        return dX
