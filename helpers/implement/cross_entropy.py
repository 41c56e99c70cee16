"""Cross-entropy of probabilities, and fused with the softmax that makes them."""

import numpy as np

from .layer import floating
from .loss import Loss
from .softmax import maximum
from .targets import class_axis, from_rows, is_ids, known, one_hot, rows, samples, weigh


class Classification(Loss):
    """A loss whose T names a class, or weighs the classes, of each sample."""

    classes = True
    ignore_index: int | None = None

    def as_rows(self, X: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """X as a matrix (S, N), a row a sample, and T beside it: (S, N), or class ids (S,)."""
        X, T = floating("X", X), np.asarray(T)
        self.shape, self.samples = X.shape, samples(X)
        if is_ids(T, X):
            return rows(X), known(T, X, self.ignore_index).reshape(-1)
        return rows(X), rows(T).astype(X.dtype, copy=False)

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

    probabilities = True

    def forward(self, X: np.ndarray, T: np.ndarray) -> float | np.ndarray:
        X, T = self.as_rows(X, T)
        self.T = T if T.ndim == 2 else one_hot(T, X)
        self.X = np.where((self.T == 0) & (X == 0), 1, X)  # 0 log 1 = 0, and 0/1 = 0
        with np.errstate(divide="ignore"):  # log 0 = −inf is the right value
            losses = -np.sum(self.T * np.log(self.X), axis=1)
        return self.reduce(losses.reshape(self.samples), len(X))

    def backward(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        dL = self.upstream(dL).reshape(-1, 1)
        with np.errstate(divide="ignore"):
            return from_rows(-dL * self.T / self.X, self.shape)


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

    fused_softmax = True

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
        X, T = self.as_rows(X, T)
        self.Q, self.at, self.ignored, S = weigh(T, X, self.weight, self.ignore_index, self.smoothing)
        m = maximum(X, axis=1)  # exp(X − m) cannot overflow, and log P does not see m
        self.E = X - m
        np.exp(self.E, out=self.E)
        self.sums = self.E @ np.ones((X.shape[1], 1), X.dtype)  # faster than E.sum
        log_P = X[self.at] - m - np.log(self.sums)
        losses = -over_classes(self.Q * log_P)
        losses[self.ignored] = 0
        return self.reduce(losses.reshape(self.samples), S)

    def backward(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        dL = self.upstream(dL).reshape(-1, 1)
        if len(self.ignored):
            dL = np.full_like(self.sums, dL)
            dL[self.ignored] = 0
        dX = dL * over_classes(self.Q) / self.sums * self.E  # P = E / sums
        dX[self.at] -= dL * self.Q
        return from_rows(dX, self.shape)


def over_classes(A: np.ndarray) -> np.ndarray:
    """Σₙ Aₙ as a column, where most often A is a column already."""
    return A if A.shape[1] == 1 else A.sum(axis=1, keepdims=True)
