"""The tuned twins of the layers: the same Y, dX and gradients, in less time or memory.

A class here stands in for the layer of its name: the base class takes `formula`, `gradient` and
`parameter_gradients` from it, with the layer for ``self``. To understand a layer, read the layer.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from types import EllipsisType

import numpy as np

from .fast_attention import Attention  # noqa: F401  the twin of its name
from .fast_recurrent import GRU, LSTM  # noqa: F401  the twins of their names
from .targets import class_weights
from .windows import Columns, Frame

BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}
"""The integers that have as many bits."""


class Linear:
    def formula(self, X):
        W, b = self.params["W"], self.params.get("b")
        Y = (rows(X) @ W.T).reshape(*X.shape[:-1], len(W))
        if b is not None:
            Y += b
        return Y

    def gradient(self, dY):
        Linear.parameter_gradients(self, dY)
        return (rows(dY) @ self.params["W"]).reshape(self.X.shape)

    def parameter_gradients(self, dY):
        dY, X = rows(dY), rows(self.X)
        self.grads["W"] = dY.T * X if len(X) == 1 else dY.T @ X  # one sample: without BLAS 10 times faster
        if "b" in self.params:
            self.grads["b"] = dY.sum(axis=0)


class Embedding:
    def gradient(self, dY):
        """A sparse matrix of one-hot rows: of a large E most rows are written once, as zeros."""
        E = self.params["E"]
        if len(E) < 1000:  # so few rows are not worth loading scipy for
            return type(self).gradient(self, dY)
        from scipy.sparse import csr_array

        ids, dY = self.ids.reshape(-1), rows(dY)
        one_hot = csr_array(
            (np.ones(len(ids), E.dtype), (ids, np.arange(len(ids)))), shape=(len(E), len(ids))
        )
        self.grads["E"] = dE = np.asarray(one_hot @ dY)
        if self.padding_idx is not None:
            dE[self.padding_idx] = 0


class ReLU:
    def formula(self, X):
        return np.clip(X, 0, math.inf)  # twice as fast as np.maximum(X, 0)

    def gradient(self, dY):
        """Keep all bits of a number, or none: what is infinite does not pass either, where 0 · ∞ would be NaN."""
        bits = BITS[dY.dtype]
        passed = -(~(self.X <= 0)).astype(bits)
        passed &= np.asarray(dY, order="C").view(bits)
        return passed.view(dY.dtype)


class LeakyReLU:
    def formula(self, X):
        return np.clip(X, 0, math.inf) + self.a * np.clip(X, -math.inf, 0)

    def gradient(self, dY):
        return dY * (self.a + (1 - self.a) * (self.X > 0).astype(dY.dtype))  # many times faster than np.where


class ELU:
    """exp(min(x, 0)) is computed twice: 1 + expm1(x), which is there already, loses the digits of exp(−20)."""

    def formula(self, X):
        curve = np.clip(X, -math.inf, 0, out=np.empty_like(X))
        np.expm1(curve, out=curve)
        curve *= self.alpha
        curve += np.clip(X, 0, math.inf)
        return curve

    def gradient(self, dY):
        slope = np.clip(self.X, -math.inf, 0, out=np.empty_like(self.X))
        np.exp(slope, out=slope)
        if self.alpha != 1:
            slope *= self.alpha
            slope += (1 - self.alpha) * (self.X > 0).astype(dY.dtype)
        slope *= dY
        return slope


class GELU:
    """Φ, which is most of the work, is kept. u *= X works in the memory of u: a third of the time."""

    def formula(self, X):
        if self.approximate == "tanh":
            self.kept = half_tanh(X, TANH)
        else:
            self.kept = half_tanh(X, ERF) if X.dtype == np.float32 else self.Phi(X)
        return X * self.kept

    def gradient(self, dY):
        X, Phi = self.X, self.kept
        slope = slope_of_half_tanh(X, Phi) if self.approximate == "tanh" else density(X)
        slope *= X
        slope += Phi
        slope *= dY
        return slope


ROOT, CUBIC = math.sqrt(2 / math.pi), 0.044715
TANH = ROOT * CUBIC, ROOT
ERF = (  # P of degree 6 with the least |(1 + tanh u)/2 − Φ|, 7e-9, on |x| ≤ 5.6, where Φ(−x) falls below 1e-8
    1.79904064e-09, -1.34507410e-07, 3.99899858e-06, -5.55018941e-05, -3.22275056e-05, 3.63330615e-02, 0.797884919
)  # fmt: skip


def half_tanh(X: np.ndarray, P: tuple[float, ...]) -> np.ndarray:
    """(1 + tanh u) / 2 with u = x P(x²), P by Horner's rule from its leading coefficient down.

    With ERF it is Φ to 2e-7, which is the rounding of float32, and five times faster than erf.
    """
    square = X * X
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


def slope_of_half_tanh(X: np.ndarray, Phi: np.ndarray) -> np.ndarray:
    """(1 − tanh² u) u' / 2 = 2 Φ (1 − Φ) u', with u' = √(2/π) (1 + 3 · 0.044715 x²)."""
    u = X * X
    u *= 6 * ROOT * CUBIC
    u += 2 * ROOT
    u *= Phi
    u *= 1 - Phi
    return u


def density(X: np.ndarray) -> np.ndarray:
    """exp(−x²/2) / √(2π)."""
    u = X * X
    u *= -0.5 / math.log(2)
    u -= 0.5 * math.log2(2 * math.pi)
    return np.exp2(u)  # in float32 twice as fast as exp


class Softmax:
    def formula(self, X):
        E = np.exp(X - maximum(X, self.dim))
        return E / E.sum(axis=self.dim, keepdims=True)


class LogSoftmax:
    def formula(self, X):
        X = X - maximum(X, self.dim)
        return X - np.log(np.exp(X).sum(axis=self.dim, keepdims=True))


def maximum(X: np.ndarray, axis: int) -> np.ndarray:
    """max X over an axis, which stays with length 1."""
    if X.strides[axis] == X.itemsize and X.shape[axis] < 64:
        X = np.asfortranarray(X)  # NumPy is 5 times slower along short rows than down short columns
    return X.max(axis=axis, keepdims=True)


class SoftmaxCrossEntropy:
    """P = E / sums is not written out, and of class ids one number a row is picked."""

    def formula(self, X, T):
        self.Q, self.at, self.ignored, self.S = weigh(T, X, self.weight, self.ignore_index, self.smoothing)
        m = maximum(X, axis=1)
        self.E = X - m
        np.exp(self.E, out=self.E)
        self.sums = (self.E @ ones(X.shape[1], X.dtype))[:, None]  # faster than E.sum
        log_P = X[self.at] - m - np.log(self.sums)
        losses = -over_classes(self.Q * log_P)
        losses[self.ignored] = 0
        return losses

    def gradient(self, dL):
        if len(self.ignored):
            dL = np.full_like(self.sums, dL)
            dL[self.ignored] = 0
        dX = dL * over_classes(self.Q) / self.sums * self.E
        dX[self.at] -= dL * self.Q
        return dX


def over_classes(A: np.ndarray) -> np.ndarray:
    """Σₙ Aₙ as a column, where most often A is a column already."""
    return A if A.shape[1] == 1 else A.sum(axis=1, keepdims=True)


def weigh(
    T: np.ndarray, X: np.ndarray, weight: np.ndarray | None, ignore_index: int, smoothing: float
) -> tuple[np.ndarray, tuple | EllipsisType, np.ndarray, float]:
    """Q, at, ignored and S of T (S, N), or of class ids (S,).

    Qₛₙ = wₙ ((1 − ε) Tₛₙ + ε/N) is what class n weighs in sample s. Class ids without smoothing leave one
    number in each row: Q is that column. Its place is X[at]. The samples X[ignored] count nowhere;
    the mean divides by S.
    """
    S, N = X.shape
    w = class_weights(weight, X)
    if T.ndim == 2:
        Q = T if weight is None and smoothing == 0 else w * ((1 - smoothing) * T + smoothing / N)
        return Q, ..., np.arange(0), S
    (ignored,) = (ignore_index == T).nonzero()
    if len(ignored):
        T = T.copy()
        T[ignored] = 0
    at = np.arange(S)[:, None], T[:, None]
    q = w[at[1]]
    q[ignored] = 0
    if smoothing == 0:
        return q, at, ignored, q.sum()
    Q = np.tile(w * (smoothing / N), (S, 1))
    Q[ignored] = 0
    Q[at] += (1 - smoothing) * q
    return Q, ..., ignored, q.sum()


class BatchNorm:
    """X̂ = D / σ is not written out: that saves a pass over X."""

    def formula(self, X):
        if self.by_batch:
            self.S = X.size // X.shape[1]
            near = X[0, :, *[0] * (X.ndim - 2)]
            self.D = X - column(near, X)
            mu = total(self.D) / self.S
            self.D -= column(mu, X)
            v = total(self.D, self.D) / self.S
            self.follow(near + mu, v, self.S)
        else:
            mu, v, self.S = self.buffers["running_mean"], self.buffers["running_var"], None
            self.D = X - column(mu, X)
        self.sigma = np.sqrt(v + self.eps)
        Y = self.D * column(self.params.get("gamma", 1.0) / self.sigma, X)
        Y += column(self.params.get("beta", 0.0), X)
        return Y

    def gradient(self, dY):
        D, S, sigma, gamma = self.D, self.S, self.sigma, self.params.get("gamma", 1.0)
        dbeta = total(dY)
        dgamma = total(dY, D) / sigma
        self.grads.update(gamma=dgamma, beta=dbeta)
        if S is None:
            return column(gamma / sigma, dY) * dY
        dX = D * column(dgamma / (S * sigma), dY)  # from here on γ/σ (dY − X̂ dγ/S − dβ/S), in place
        np.subtract(dY, dX, out=dX)
        dX -= column(dbeta / S, dY)
        dX *= column(gamma / sigma, dY)
        return dX


@lru_cache(16)
def ones(size: int, dtype: np.dtype) -> np.ndarray:
    """Ones, to sum by a product; nobody writes into them."""
    return np.ones(size, dtype)


def column(v: np.ndarray | float, X: np.ndarray) -> np.ndarray | float:
    """v (C,) so that it stands beside the channels of X (S, C, ...)."""
    return v if X.ndim == 2 or np.ndim(v) == 0 else v.reshape(-1, *[1] * (X.ndim - 2))


def total(A: np.ndarray, B: np.ndarray | None = None) -> np.ndarray:
    """Σ A or Σ A B for each channel, over all other axes; many times faster than sum over axis 0."""
    S, C, *places = A.shape
    if not places:
        return ones(S, A.dtype) @ (A if B is None else A * B)
    shape = S, C, math.prod(places)
    B = ones(shape[2], A.dtype) if B is None else B.reshape(shape)
    return np.vecdot(A.reshape(shape), B).sum(axis=0)


class LayerNorm:
    """In blocks of rows, which do not know of each other."""

    def formula(self, X):
        X = X.reshape(-1, math.prod(self.shape))
        Y, self.Xhat, self.sigma = np.empty_like(X), np.empty_like(X), np.empty((len(X), 1), X.dtype)
        for s in blocks_of_rows(X):
            _, self.sigma[s] = standardised(X[s], self.eps, out=self.Xhat[s])
            np.multiply(self.Xhat[s], self.gamma, out=Y[s])
            Y[s] += self.beta
        return Y.reshape(self.X.shape)

    def gradient(self, dY):
        Xhat, dX = self.Xhat, np.empty_like(self.Xhat)
        dY = dY.reshape(Xhat.shape)
        dbeta, dgamma = np.zeros((2, dY.shape[1]), dY.dtype)
        for s in blocks_of_rows(dY):
            dbeta += total(dY[s])
            dgamma += total(dY[s] * Xhat[s])
            dXhat = np.multiply(self.gamma, dY[s], out=dX[s])
            standardised_gradient(dXhat, Xhat[s], self.sigma[s], out=dX[s])
        self.grads.update(gamma=dgamma.reshape(self.shape), beta=dbeta.reshape(self.shape))
        return dX.reshape(self.X.shape)


class RMSNorm:
    def formula(self, X):
        X = X.reshape(-1, math.prod(self.shape))
        eps = float(np.finfo(X.dtype).eps) if self.eps is None else self.eps
        self.r = np.sqrt(row_mean(X, X) + eps)
        self.Xhat = X / self.r
        return (self.Xhat * self.gamma).reshape(self.X.shape)

    def gradient(self, dY):
        dY, Xhat = dY.reshape(self.Xhat.shape), self.Xhat
        self.grads["gamma"] = total(dY, Xhat).reshape(self.shape)
        dXhat = dY * self.gamma
        return ((dXhat - Xhat * row_mean(dXhat, Xhat)) / self.r).reshape(self.X.shape)


class GroupNorm:
    def formula(self, X):
        Xhat, self.sigma = standardised(self.groups(X), self.eps)
        self.Xhat = Xhat.reshape(X.shape)
        Y = self.Xhat * column(self.params.get("gamma", 1.0), X)
        Y += column(self.params.get("beta", 0.0), X)
        return Y

    def gradient(self, dY):
        self.grads.update(beta=total(dY), gamma=total(dY, self.Xhat))
        dXhat = dY * column(self.params.get("gamma", 1.0), dY)
        return standardised_gradient(self.groups(dXhat), self.groups(self.Xhat), self.sigma).reshape(dY.shape)


def standardised(X: np.ndarray, eps: float, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """X̂ = (X − μ) / σ and σ, row by row."""
    near = X[:, :1]
    Xhat = np.subtract(X, near, out=out)
    Xhat -= row_mean(Xhat)
    sigma = np.sqrt(row_mean(Xhat, Xhat) + eps)
    Xhat *= 1 / sigma
    return Xhat, sigma


def standardised_gradient(
    dXhat: np.ndarray, Xhat: np.ndarray, sigma: np.ndarray, out: np.ndarray | None = None
) -> np.ndarray:
    """dX = (dX̂ − Σₙ dX̂ₙ / N − X̂ Σₙ dX̂ₙ X̂ₙ / N) / σ, row by row."""
    along = row_mean(dXhat, Xhat)
    dX = np.subtract(dXhat, row_mean(dXhat), out=out)
    dX -= Xhat * along
    dX *= 1 / sigma
    return dX


def blocks_of_rows(X: np.ndarray) -> Iterator[slice]:
    """The rows in blocks of some 100,000 entries: what is computed on the way stays in the processor's cache."""
    size = max(1, 2**17 // X.shape[1])
    for start in range(0, len(X), size):
        yield slice(start, start + size)


def row_mean(A: np.ndarray, B: np.ndarray | None = None) -> np.ndarray:
    """Σₙ Aₙ / N or Σₙ Aₙ Bₙ / N of each row, as a column; faster than mean over axis 1."""
    N = A.shape[1]
    sums = A @ ones(N, A.dtype) if B is None else np.vecdot(A, B)
    return (sums / N)[:, None]


class Convolution:
    """Sample by sample: beside arguments and results a pass takes one padded image and its columns."""

    def formula(self, X):
        W, b, columns = self.W_of_groups(), self.params.get("b"), Columns(self, X)
        Y = np.empty((*X.shape[: -self.spatial_axes - 1], len(self.params["W"]), *columns.outputs), X.dtype)
        for x, y in zip(self.samples(X), self.Y_of_groups(Y), strict=True):
            np.matmul(W, columns.gather(x), out=y)
            if b is not None:
                y += b.reshape(self.groups, -1, 1)
        return Y

    def gradient(self, dY):
        W, columns = self.W_of_groups(), Columns(self, self.X)
        dX = np.empty(self.X.shape, self.X.dtype)
        for dx, dy in zip(self.samples(dX), self.Y_of_groups(dY), strict=True):
            dx[...] = columns.scatter(np.matmul(W.mT, dy, out=columns.matrix))
        Convolution.parameter_gradients(self, dY)
        return dX

    def parameter_gradients(self, dY):
        columns = Columns(self, self.X)
        dW, db = np.zeros_like(self.W_of_groups()), np.zeros(len(self.params["W"]), dY.dtype)
        for x, dy in zip(self.samples(self.X), self.Y_of_groups(dY), strict=True):
            dW += dy @ columns.gather(x).mT
            db += dy.sum(axis=-1).ravel()
        self.grads["W"] = dW.reshape(self.params["W"].shape)
        if "b" in self.params:
            self.grads["b"] = db


class MaxPool2d:
    def formula(self, X):
        self.frame = Frame(self, X)
        Y = np.empty((*X.shape[:-2], *self.frame.outputs), X.dtype)
        self.K = self.first_inside(Y)
        for x, y, k in blocks(X, Y, self.K):
            find_maximum([*self.frame.places(self.frame.around(x, -np.inf))], y, k)
        return Y

    def gradient(self, dY):
        dX = np.empty_like(self.X)
        begin, behind = numbering(self.frame, dX[: per_block(dX)].shape[:-2])
        for dx, dy, k in blocks(dX, dY, self.K):
            A = np.zeros((*dx.shape[:-2], *self.frame.sizes), dx.dtype)
            at = np.take(behind, k)  # twice as fast as behind[k]
            at += begin[: len(dx)]
            np.add.at(A.reshape(-1), at.reshape(-1), dy.reshape(-1))
            dx[...] = A[self.frame.inside]
        return dX


def find_maximum(places: list[np.ndarray], y: np.ndarray, k: np.ndarray) -> None:
    """y: the maximum over the places. k, which names a place, names that of the maximum from now on."""
    y[...] = places[0]
    a, larger = np.empty_like(y), np.empty(y.shape, bool)
    for number, place in enumerate(places[1:], 1):
        a[...] = place  # contiguous now: what follows is several times faster
        np.greater(a, y, out=larger)
        np.maximum(y, a, out=y)
        np.maximum(k, larger.view(np.uint8) * k.dtype.type(number), out=k)
    if np.isnan(y).any():
        for number, place in enumerate(places):
            k[np.isnan(place)] = number


def numbering(frame: Frame, planes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Where each window begins in framed images read row by row, and how far behind that its places are."""
    (h, w), (u, v), (H, W) = np.indices(frame.outputs), np.indices(frame.kernel), frame.sizes
    (r, q), (d, e) = frame.stride, frame.dilation
    first = H * W * np.arange(math.prod(planes)).reshape(*planes, 1, 1)
    return first + h * r * W + w * q, (u * d * W + v * e).ravel()


class AvgPool2d:
    def formula(self, X):
        self.frame = Frame(self, X)
        Y, self.n = np.zeros((*X.shape[:-2], *self.frame.outputs), X.dtype), self.count()
        for x, y in blocks(X, Y):
            for place in self.frame.places(self.frame.around(x, 0)):
                y += place
            y /= self.n
        return Y

    def gradient(self, dY):
        dX, frame = np.empty_like(self.X), self.frame
        apart = all(r >= K for r, K in zip(frame.stride, frame.kernel, strict=True))  # no two windows overlap
        for dx, dy in blocks(dX, dY):
            A = np.zeros((*dx.shape[:-2], *frame.sizes), dx.dtype)
            dy = dy / self.n
            for place in frame.places(A):
                if apart:
                    place[...] = dy  # half the time of +=
                else:
                    place += dy
            dx[...] = A[frame.inside]
        return dX


def blocks(*arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """The arrays in step, some samples at a time."""
    many = per_block(arrays[0])
    for s in range(0, len(arrays[0]), many):
        yield [A[s : s + many] for A in arrays]


def per_block(A: np.ndarray) -> int:
    """As many samples as the cache holds."""
    return max(1, 2**17 * len(A) // max(1, A.size))


def rows(A: np.ndarray) -> np.ndarray:
    """A (..., M) as a matrix (S, M): a row a sample."""
    return A.reshape(-1, A.shape[-1])
