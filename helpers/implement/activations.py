"""Activations: Y = h(X), entry by entry. Each is its h and its h'."""

import math

import numpy as np

from .checks import checked_floating
from .layer import Layer


class Activation(Layer):
    """Y = h(X), entry by entry

    Forward    Y  = h(X)            X, Y of any shape
    Backward   dX = dY ∘ h'(X)

    Derived in notebooks/04_activations.ipynb.
    """

    entrywise = True

    def h(self, X: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def h_prime(self, X: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def formula(self, X: np.ndarray) -> np.ndarray:
        return self.h(X)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        return dY * self.h_prime(self.X)


class ReLU(Activation):
    """h(x)  = max(x, 0)
    h'(x) = 1 where x > 0, else 0

    At the kink h'(0) = 0, as in PyTorch.
    """

    def h(self, X):
        return np.maximum(X, 0)

    def h_prime(self, X):
        return (~(X <= 0)).astype(X.dtype)  # not X > 0: where X is NaN, PyTorch lets the gradient pass


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
        return np.where(X > 0, 1, self.a).astype(X.dtype)


class PReLU(Activation):
    """h(x)  = max(x, 0) + a min(x, 0)      a learned: one for all entries, or one for each channel c
    h'(x) = 1 where x > 0, else a

    Forward    Y    = h(X)                      X, Y (S, C) or (S, C, ...)      a (C,)
    Backward   dX   = dY ∘ h'(X)
               da_c = Σ dY_sc min(X_sc, 0)      over all samples and places; with one a over all entries

    X may have any shape where there is one a, which is the default (He et al. 2015).
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: type = np.float64) -> None:
        super().__init__()
        if num_parameters < 1:
            raise ValueError(f"num_parameters is 1 or the number of channels, and not {num_parameters}")
        self.params["a"] = checked_floating("a", np.full(num_parameters, init, dtype))

    def h(self, X):
        return np.maximum(X, 0) + self.slope(X) * np.minimum(X, 0)

    def h_prime(self, X):
        return np.where(X > 0, 1, self.slope(X)).astype(X.dtype)

    def gradient(self, dY):
        da = dY * np.minimum(self.X, 0)
        others = tuple(axis for axis in range(da.ndim) if axis != 1 or len(self.params["a"]) == 1)
        self.grads["a"] = da.sum(axis=others).reshape(-1)
        return super().gradient(dY)

    def slope(self, X: np.ndarray) -> np.ndarray:
        """a along axis 1 of X, that of the channels."""
        a = self.params["a"]
        return a[0] if len(a) == 1 else a.reshape(-1, *[1] * (X.ndim - 2))

    def check(self, X: np.ndarray) -> None:
        (C,) = self.params["a"].shape
        if C > 1 and (X.ndim < 2 or X.shape[1] != C):
            raise ValueError(f"X has shape {X.shape}, but a of shape ({C},) needs X of shape (S, {C}, ...)")


class ELU(Activation):
    """h(x)  = max(x, 0) + α (exp(min(x, 0)) − 1)
    h'(x) = 1 where x > 0, else α exp(x)

    min(x, 0) keeps exp from overflowing where its value is not used (Clevert et al. 2015). expm1(x) is exp(x) − 1,
    with all digits near 0.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = float(alpha)

    def h(self, X):
        return np.maximum(X, 0) + self.alpha * np.expm1(np.minimum(X, 0))

    def h_prime(self, X):
        return np.where(X > 0, 1, self.alpha * np.exp(np.minimum(X, 0)))


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
        self.approximate = approximate
        self.Phi, self.phi = (Phi_tanh, phi_tanh) if approximate == "tanh" else (Phi, phi)

    def h(self, X):
        return X * self.Phi(X)

    def h_prime(self, X):
        return self.Phi(X) + X * self.phi(X)


def sigmoid(X: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−x)): where exp overflows to inf, 1/inf = 0 is the right value."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-X))


ROOT = math.sqrt(2 / math.pi)  # math.sqrt: a NumPy float64 would make float32 arrays float64


def Phi(X: np.ndarray) -> np.ndarray:
    """(1 + erf(x/√2)) / 2, the share of the normal distribution below x."""
    from scipy.special import erf  # here, so that helpers.implement loads as fast as NumPy

    return (1 + erf(X / math.sqrt(2))) / 2


def phi(X: np.ndarray) -> np.ndarray:
    """exp(−x²/2) / √(2π), the normal density."""
    return np.exp(-X * X / 2) / math.sqrt(2 * math.pi)


def Phi_tanh(X: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(ROOT * (X + 0.044715 * X * X * X))) / 2


def phi_tanh(X: np.ndarray) -> np.ndarray:
    t = np.tanh(ROOT * (X + 0.044715 * X * X * X))
    return (1 - t**2) * ROOT * (1 + 3 * 0.044715 * X * X) / 2
