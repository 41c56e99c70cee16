"""Cross-entropy of probabilities, of their logarithms, and fused with the softmax that makes them."""

import numpy as np

from .checks import as_array, checked_floating, checked_integer
from .loss import Loss
from .softmax import shifted
from .targets import class_axis, class_weights, from_rows, is_ids, known, one_hot, rows, samples


class Classification(Loss):
    """A loss whose T names a class, or weighs the classes, of each sample.

    Its formula takes X as a matrix (S, N), a row a sample, and T beside it: (S, N), or class ids (S,).
    Its gradient takes dL as a column (S, 1), or (1, 1) where it is one number, and returns dX (S, N).
    """

    classes = True
    ignore_index: int | None = None
    weight: np.ndarray | None = None
    smoothing = 0.0

    def checked_inputs(self, X: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        X, T = checked_floating("X", X), as_array("T", T)
        self.shape, self.samples = X.shape, samples(X)
        if X.shape[axis := class_axis(X)] == 0:
            raise ValueError(f"X has shape {X.shape}: there are no classes on axis {axis}")
        if is_ids(T, X):
            return rows(X), known(T, X, self.ignore_index).reshape(-1)
        if T.dtype.kind not in "fiub":
            raise TypeError(f"T has dtype {T.dtype}, but the weights of classes are real numbers")
        if self.ignore_index is not None and self.ignore_index >= 0:
            raise ValueError(
                f"ignore_index={self.ignore_index} needs class ids {self.samples}, not rows of weights"
            )
        return rows(X), rows(T).astype(X.dtype, copy=False)

    def upstream(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        return super().upstream(dL).reshape(-1, 1)

    def backward(self, dL: float | np.ndarray | None = None) -> np.ndarray:
        return from_rows(super().backward(dL), self.shape)

    def weighed(self, T: np.ndarray, X: np.ndarray) -> tuple[np.ndarray, np.ndarray | bool]:
        """wₙ ((1 − ε) Tₛₙ + ε/N), and where it counts: a class id says nothing of the other classes, log 0 neither."""
        w, smoothed = class_weights(self.weight, X), self.smoothing / X.shape[1]
        if T.ndim == 2:
            return w * ((1 - self.smoothing) * T + smoothed), True
        counted = (self.ignore_index != T)[:, None]
        own = one_hot(T, X) * counted
        self.S = (w * own).sum()
        T = w * ((1 - self.smoothing) * own + smoothed) * counted
        return T, (own != 0) | (T != 0)

    def accuracy(self, X: np.ndarray, T: np.ndarray) -> float:
        """The share of samples whose largest X stands at the class of T (or at its largest weight)."""
        X, T = as_array("X", X), as_array("T", T)
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

    def formula(self, X: np.ndarray, T: np.ndarray) -> np.ndarray:
        self.T = T = one_hot(T, X) if T.ndim == 1 else T
        self.X = X = np.where((T == 0) & (X == 0), 1, X)  # 0 log 1 = 0, and 0/1 = 0
        with np.errstate(divide="ignore"):  # log 0 = −inf is the right value
            return -np.sum(T * np.log(X), axis=1)

    def gradient(self, dL: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return -dL * self.T / self.X


class NLLLoss(Classification):
    """L = −Σₛ wₜ Xₛₜ / Σₛ wₜ with t = Tₛ, X the logarithms of probabilities

    Forward    L  = −(1/S) Σₛ Σₙ Tₛₙ Xₛₙ          X (S, N)   T class ids (S,), or (S, N)
    Backward   dX = −(1/S) T

    The arguments are those of torch.nn.NLLLoss. A class weight wₙ multiplies Tₛₙ, and a sample with T = ignore_index
    counts nowhere. With class ids S is the sum of the samples' weights. After a LogSoftmax it is SoftmaxCrossEntropy.
    """

    def __init__(
        self, weight: np.ndarray | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.weight, self.ignore_index = weight, checked_integer("ignore_index", ignore_index)

    def formula(self, X: np.ndarray, T: np.ndarray) -> np.ndarray:
        self.T, self.counts = self.weighed(T, X)
        return -np.sum(self.T * X, axis=1, where=self.counts)

    def gradient(self, dL: np.ndarray) -> np.ndarray:
        return np.where(self.counts, -dL * self.T, 0)


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
        self.weight, self.ignore_index = weight, checked_integer("ignore_index", ignore_index)
        self.smoothing = float(label_smoothing)

    def formula(self, X: np.ndarray, T: np.ndarray) -> np.ndarray:
        T, counts = self.weighed(T, X)
        X = shifted(X, axis=1)
        log_P = X - np.log(np.exp(X).sum(axis=1, keepdims=True))
        self.T, self.P = T, np.exp(log_P)
        return -np.sum(T * log_P, axis=1, where=counts)

    def gradient(self, dL: np.ndarray) -> np.ndarray:
        T = self.T
        return dL * (T.sum(axis=1, keepdims=True) * self.P - T)
