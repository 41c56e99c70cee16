"""Binary cross-entropy of logits."""

import numpy as np

from .activations import sigmoid
from .loss import Loss


class BCEWithLogits(Loss):
    """L = −(1/(S N)) Σₛ Σₙ pₙ Tₛₙ log Pₛₙ + (1 − Tₛₙ) log (1 − Pₛₙ) with P = σ(X), X the logits

    Forward    log P = −softplus(−X)    log (1 − P) = −softplus(X)      X, T (S, N), or any one shape
    Backward   dX = (1/(S N)) (P (1 − T + p T) − p T)                   (P − T) / (S N) where p = 1

    Each entry asks one question of its own, and T says yes with 1, no with 0. The arguments are those of
    torch.nn.BCEWithLogitsLoss: ``pos_weight`` p weighs the yes of each question, ``weight`` multiplies each loss; both
    have a shape that broadcasts to that of X. The mean divides by the number of entries, whatever the weights.

    softplus(x) = max(x, 0) + log(1 + exp(−|x|)) does not overflow, and log P does not become log 0.
    """

    def __init__(
        self,
        weight: np.ndarray | None = None,
        reduction: str = "mean",
        pos_weight: np.ndarray | None = None,
    ) -> None:
        super().__init__(reduction)
        self.weight, self.pos_weight = weight, pos_weight

    def checked_inputs(self, X: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        X, T = super().checked_inputs(X, T)
        self.w, self.p = (factor(name, getattr(self, name), X) for name in ("weight", "pos_weight"))
        return X, T

    def formula(self, X: np.ndarray, T: np.ndarray) -> np.ndarray:
        return self.w * (self.p * T * softplus(-X) + (1 - T) * softplus(X))

    def gradient(self, dL: np.ndarray) -> np.ndarray:
        P, T, p = sigmoid(self.X), self.T, self.p
        return dL * self.w * (P * (1 - T + p * T) - p * T)


def softplus(X: np.ndarray) -> np.ndarray:
    return np.maximum(X, 0) + np.log1p(np.exp(-np.abs(X)))


def factor(name: str, w: np.ndarray | None, X: np.ndarray) -> np.ndarray:
    """w, or 1 without it, if it broadcasts to the shape of X and changes it not."""
    w = np.asarray(1.0 if w is None else w, X.dtype)
    if w.ndim > X.ndim or any(a not in (1, b) for a, b in zip(w.shape[::-1], X.shape[::-1], strict=False)):
        raise ValueError(f"{name} has shape {w.shape}, which does not broadcast to that of X, {X.shape}")
    return w
