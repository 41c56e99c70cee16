"""Activations: Y = h(X), entry by entry. Each is its h and its h'."""

import math
from collections.abc import Callable

import numpy as np

from .layer import Layer, floating


class Activation(Layer):
    """Y = h(X), entry by entry

    Forward    Y  = h(X)            X, Y of any shape
    Backward   dX = dY ∘ h'(X)

    Derived in notebooks/04_activations.ipynb.
    """

    def h(self, X: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def h_prime(self, X: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = floating("X", X)
        self.Y = np.asarray(self.h(self.X))
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        return np.asarray(self.upstream(dY) * self.h_prime(self.X))


class ReLU(Activation):
    """h(x)  = max(x, 0)
    h'(x) = 1 where x > 0, else 0

    At the kink h'(0) = 0, as in PyTorch.
    """

    def h(self, X):
        return np.maximum(X, np.zeros_like(X))  # twice as fast as against the number 0

    def h_prime(self, X):
        return ~(X <= 0)  # not X > 0: where X is NaN, PyTorch lets the gradient pass


class LeakyReLU(Activation):
    """h(x)  = max(x, 0) + a min(x, 0)      a = negative_slope
    h'(x) = 1 where x > 0, else a
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.a = float(negative_slope)

    def h(self, X):
        return np.maximum(X, 0) + self.a * np.minimum(X, 0)

    def h_prime(self, X):
        return np.where(X > 0, np.ones_like(X), self.a)


class ELU(Activation):
    """h(x)  = max(x, 0) + α (exp(min(x, 0)) − 1)
    h'(x) = 1 where x > 0, else α exp(x)

    min(x, 0) keeps exp from overflowing where its value is not used (Clevert et al. 2015).
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = float(alpha)

    def h(self, X):
        zeros = np.zeros_like(X)
        return np.maximum(X, zeros) + self.alpha * np.expm1(np.minimum(X, zeros))

    def h_prime(self, X):
        slope = np.exp(np.minimum(X, np.zeros_like(X)))  # 1 where X > 0
        return slope if self.alpha == 1 else np.where(X > 0, slope, self.alpha * slope)


class Sigmoid(Activation):
    """h(x)  = σ(x) = 1 / (1 + exp(−x))
    h'(x) = σ(x) (1 − σ(x))
    """

    def h(self, X):
        return sigmoid(X)

    def h_prime(self, X):
        s = sigmoid(X)
        return s * (1 - s)


class Tanh(Activation):
    """h(x)  = tanh(x)
    h'(x) = 1 − tanh²(x)
    """

    def h(self, X):
        return np.tanh(X)

    def h_prime(self, X):
        return 1 - np.tanh(X) ** 2


class Softplus(Activation):
    """h(x)  = log(1 + exp(β x)) / β
    h'(x) = σ(β x)

    Where β x > threshold the line x stands for the curve, as in PyTorch.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = float(beta), float(threshold)

    def h(self, X):
        bX = self.beta * X
        curve = np.log1p(np.exp(np.minimum(bX, self.threshold))) / self.beta
        return np.where(bX > self.threshold, X, curve)

    def h_prime(self, X):
        bX = self.beta * X
        return np.where(bX > self.threshold, np.ones_like(X), sigmoid(bX))


class SiLU(Activation):
    """h(x)  = x σ(x)
    h'(x) = σ(x) (1 + x (1 − σ(x)))
    """

    def h(self, X):
        return X * sigmoid(X)

    def h_prime(self, X):
        s = sigmoid(X)
        return s * (1 + X * (1 - s))


class GELU(Activation):
    """h(x)  = x Φ(x)                Φ(x) = (1 + erf(x/√2)) / 2
    h'(x) = Φ(x) + x φ(x)         φ(x) = Φ'(x) = exp(−x²/2) / √(2π)

    With ``approximate="tanh"`` Φ(x) = (1 + tanh u) / 2 and φ(x) = (1 − tanh² u) u' / 2, where
    u = √(2/π) (x + 0.044715 x³). Hendrycks and Gimpel 2016.
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f'approximate is "none" or "tanh", not {approximate!r}')
        self.Phi, self.phi = (Phi_tanh, phi_tanh) if approximate == "tanh" else (Phi, phi)

    def h(self, X):
        return X * self.Phi(X)

    def h_prime(self, X):
        Phi = self.Phi(X)
        return Phi + X * self.phi(X, Phi)

    def forward(self, X):  # as in Activation, but Φ, which is most of the work, is kept for backward
        self.X = floating("X", X)
        self.kept = blockwise(self.Phi, self.X)
        self.Y = np.asarray(self.X * self.kept)
        return self.Y

    def backward(self, dY):
        dY, X, Phi = self.upstream(dY), self.X, self.kept
        return np.asarray(dY * (Phi + X * blockwise(self.phi, X, Phi)))


def blockwise(f: Callable[..., np.ndarray], *arrays: np.ndarray, size: int = 2**15) -> np.ndarray:
    """f(*arrays), entry by entry, a block at a time: what f makes on the way never leaves the cache."""
    result = np.empty_like(arrays[0], order="C")
    flat, *arrays = (A.reshape(-1) for A in (result, *arrays))
    for start in range(0, result.size, size):
        block = slice(start, start + size)
        flat[block] = f(*(A[block] for A in arrays))
    return result


def sigmoid(X: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−x)): where exp overflows to inf, 1/inf = 0 is the right value."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-X))


def Phi(X: np.ndarray) -> np.ndarray:
    """(1 + erf(x/√2)) / 2, the share of the normal distribution below x."""
    if X.dtype == np.float32:
        return Phi_float32(X)
    from scipy.special import erf  # here, so that helpers.implement loads as fast as NumPy

    return (1 + erf(X * math.sqrt(0.5))) * 0.5


def phi(X: np.ndarray, Phi: np.ndarray | None = None) -> np.ndarray:
    """exp(−x²/2) / √(2π), the normal density."""
    return np.exp(-0.5 * X * X) * (1 / math.sqrt(2 * math.pi))


def Phi_float32(X: np.ndarray) -> np.ndarray:
    """Φ to the accuracy of float32, several times faster than erf (Abramowitz and Stegun 26.2.17)."""
    t = 1 / (1 + 0.2316419 * np.abs(X))
    b1, b2, b3, b4, b5 = 0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429
    tail = phi(X) * (t * (b1 + t * (b2 + t * (b3 + t * (b4 + t * b5)))))
    return 0.5 + np.copysign(0.5 - tail, X)


ROOT, CUBIC = math.sqrt(2 / math.pi), 0.044715  # math.sqrt: a NumPy float64 would make float32 arrays float64


def Phi_tanh(X: np.ndarray) -> np.ndarray:
    """(1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³)."""
    u = X * (ROOT + ROOT * CUBIC * X * X)  # X * X * X: a power of 3 is a hundred times slower
    return 0.5 + 0.5 * np.tanh(u)


def phi_tanh(X: np.ndarray, Phi: np.ndarray) -> np.ndarray:
    """(1 − tanh² u) u' / 2 = 2 Φ (1 − Φ) u', with u' = √(2/π) (1 + 3 · 0.044715 x²)."""
    return Phi * (1 - Phi) * (2 * ROOT + 6 * ROOT * CUBIC * X * X)
