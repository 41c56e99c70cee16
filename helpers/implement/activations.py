"""Activations: Y = h(X), entry by entry. Each is its h and its h'."""

import math

import numpy as np

from .layer import Layer, floating


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
        return np.clip(X, 0, math.inf)  # twice as fast as np.maximum(X, 0)

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
        return np.clip(X, 0, math.inf) + self.a * np.clip(X, -math.inf, 0)

    def h_prime(self, X):
        return self.a + (1 - self.a) * (X > 0).astype(X.dtype)  # many times faster than np.where


class ELU(Activation):
    """h(x)  = max(x, 0) + α (exp(min(x, 0)) − 1)
    h'(x) = 1 where x > 0, else α exp(x)

    min(x, 0) keeps exp from overflowing where its value is not used (Clevert et al. 2015).
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = float(alpha)

    def h(self, X):
        return np.clip(X, 0, math.inf) + self.alpha * np.expm1(np.clip(X, -math.inf, 0))

    def h_prime(self, X):
        slope = np.exp(np.clip(X, -math.inf, 0))  # 1 where X > 0
        return slope if self.alpha == 1 else np.where(X > 0, slope, self.alpha * slope)

    def forward(self, X):  # as in Activation, but α (exp(min(x, 0)) − 1), which is most of the work, is kept
        self.X = floating("X", X)
        self.kept = np.clip(self.X, -math.inf, 0, out=np.empty_like(self.X))
        np.expm1(self.kept, out=self.kept)
        self.kept *= self.alpha
        self.Y = np.asarray(np.clip(self.X, 0, math.inf) + self.kept)
        return self.Y

    def backward(self, dY):
        dY, slope = self.upstream(dY), self.kept + self.alpha  # α exp(min(x, 0))
        if self.alpha != 1:
            slope += (1 - self.alpha) * (self.X > 0).astype(dY.dtype)
        slope *= dY
        return np.asarray(slope)


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
        Phi = self.Phi(X)
        return Phi + X * self.phi(X, Phi)

    def forward(self, X):  # as in Activation, but Φ, which is most of the work, is kept for backward
        self.X = floating("X", X)
        self.kept = self.Phi(self.X)
        self.Y = np.asarray(self.X * self.kept)
        return self.Y

    def backward(self, dY):
        dY, X, Phi = self.upstream(dY), self.X, self.kept
        slope = self.phi(X, Phi)
        slope *= X
        slope += Phi
        slope *= dY
        return np.asarray(slope)


def sigmoid(X: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−x)): where exp overflows to inf, 1/inf = 0 is the right value."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-X))


# In the functions of GELU a line such as u *= X works in the memory of u, which saves a third of the time.

ROOT, CUBIC = math.sqrt(2 / math.pi), 0.044715  # math.sqrt: a NumPy float64 would make float32 arrays float64
TANH = ROOT * CUBIC, ROOT
ERF = (  # P of degree 6 with the least |(1 + tanh u)/2 − Φ|, 7e-9, on |x| ≤ 5.6, where Φ(−x) falls below 1e-8
    1.79904064e-09, -1.34507410e-07, 3.99899858e-06, -5.55018941e-05, -3.22275056e-05, 3.63330615e-02, 0.797884919
)  # fmt: skip


def Phi(X: np.ndarray) -> np.ndarray:
    """(1 + erf(x/√2)) / 2, the share of the normal distribution below x; float32 to 2e-7, as its rounding."""
    if X.dtype == np.float32:
        return Phi_tanh(X, ERF)  # five times faster than erf
    from scipy.special import erf  # here, so that helpers.implement loads as fast as NumPy

    return (1 + erf(X * math.sqrt(0.5))) * 0.5


def phi(X: np.ndarray, Phi: np.ndarray | None = None) -> np.ndarray:
    """exp(−x²/2) / √(2π), the normal density."""
    u = X * X
    u *= -0.5 / math.log(2)
    u -= 0.5 * math.log2(2 * math.pi)
    return np.exp2(u)  # in float32 twice as fast as exp


def Phi_tanh(X: np.ndarray, P: tuple[float, ...] = TANH) -> np.ndarray:
    """(1 + tanh u) / 2 with u = x P(x²), P by Horner's rule from its leading coefficient down."""
    square = X * X  # not X**3 for the third power: that is a hundred times slower
    u = P[0] * square
    with np.errstate(over="ignore"):  # tanh ±inf = ±1 is the right value
        for p in P[1:-1]:
            u += p
            u *= square
        u += P[-1]
        u *= X
    u = np.tanh(u)
    u += 1
    u *= 0.5
    return u


def phi_tanh(X: np.ndarray, Phi: np.ndarray) -> np.ndarray:
    """(1 − tanh² u) u' / 2 = 2 Φ (1 − Φ) u', with u' = √(2/π) (1 + 3 · 0.044715 x²)."""
    u = X * X
    u *= 6 * ROOT * CUBIC
    u += 2 * ROOT
    u *= Phi
    u *= 1 - Phi
    return u
