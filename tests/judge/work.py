"""Right layers, of which a test changes one piece: a class made by `works(Base, piece=...)`."""

import numpy as np

from helpers.judge.code.sentences import ADDED
from helpers.verdict import Verdict


def works(base, **pieces):
    """A class like base, with these attributes or methods in place of its own."""
    return type(base.__name__, (base,), pieces)


def told(verdict: Verdict) -> set:
    """What the sentence of a verdict is made of: keys of the tables."""
    pieces = verdict.pieces
    inner = set().union(*(told(piece) for piece in pieces.values() if isinstance(piece, Verdict)))
    own = pieces.get("sort", (verdict.kind, pieces.get("case", "")))
    return inner | {own} | {name for name in ADDED if pieces.get(name)}


class Linear:
    def __init__(self, M, N):
        self.W, self.b = np.zeros((N, M)), np.zeros(N)

    def forward(self, X):
        self.X = X
        return X @ self.W.T + self.b

    def backward(self, dY):
        self.dW, self.db = dY.T @ self.X, dY.sum(0)
        return dY @ self.W


class BatchNorm:
    """Batch norm with running statistics; `momentum` is what is taken of the batch."""

    momentum, constant = 0.1, False

    def __init__(self, N):
        self.gamma, self.beta, self.training = np.ones(N), np.zeros(N), True
        self.running_mean, self.running_var = np.zeros(N), np.ones(N)

    def sigma(self, v):
        return np.sqrt(v + 1e-5)

    def shape(self, A):
        return A

    def kept(self, v, S):
        return v * S / (S - 1)

    def first(self, mean):
        return mean

    def forward(self, X):
        mean, v, m = X.mean(0), X.var(0), self.momentum
        if self.training:
            self.running_mean = (1 - m) * self.running_mean + m * self.first(mean)
            self.running_var = (1 - m) * self.running_var + m * self.kept(v, max(len(X), 2))
        else:
            mean, v = self.running_mean, self.running_var
        self.s = self.sigma(v)
        self.H = (X - mean) / self.s
        return self.gamma * self.H + self.beta

    def backward(self, dY):
        self.dgamma, self.dbeta = self.shape((dY * self.H).sum(0)), dY.sum(0)
        dH = dY * self.gamma
        if self.constant or not self.training:
            return dH / self.s
        return (dH - dH.mean(0) - self.H * (dH * self.H).mean(0)) / self.s


class Dropout:
    """Dropout; `kept` is what of X stays in training, and `evaluated` in evaluation."""

    def __init__(self, p=0.5):
        self.p, self.training = p, True

    def drawn(self, X):
        return np.random.random(X.shape) >= self.p

    def kept(self):
        return 1 / (1 - self.p)

    def evaluated(self):
        return 1.0

    def forward(self, X):
        self.M = self.drawn(X) * self.kept() if self.training else self.evaluated()
        return X * self.M

    def backward(self, dY):
        return dY * self.M


class Pool:
    """The largest of each tile of 2 × 2; `share` says what of dY each of several largest ones gets."""

    turned = False

    def share(self, M):
        first = M.swapaxes(3, 4).reshape(*M.shape[:3], M.shape[4], 4)
        S, C, N1, N2 = first.shape[:4]
        one = np.eye(4, dtype=bool)[first.argmax(-1)]
        return one.reshape(S, C, N1, N2, 2, 2).swapaxes(3, 4)

    def forward(self, X):
        S, C, H, W = self.was = X.shape
        self.tiles = X[:, :, : H // 2 * 2, : W // 2 * 2].reshape(S, C, H // 2, 2, W // 2, 2)
        self.Y = self.tiles.max((3, 5), keepdims=True)
        return self.Y[:, :, :, 0, :, 0].copy()

    def backward(self, dY):
        d = self.share(self.tiles == self.Y) * dY[:, :, :, None, :, None]
        S, C, N1, _, N2, _ = d.shape
        dX = np.zeros(self.was, dY.dtype)
        dX[:, :, : 2 * N1, : 2 * N2] = d.reshape(S, C, 2 * N1, 2 * N2)
        return dX.swapaxes(2, 3).reshape(dX.shape) if self.turned else dX


class LayerNorm:
    """Layer norm; `over` are the axes that the gradients of γ and β are summed over."""

    over = None

    def __init__(self, N):
        self.gamma, self.beta = np.ones(N), np.zeros(N)

    def forward(self, X):
        self.s = np.sqrt(X.var(-1, keepdims=True) + 1e-5)
        self.H = (X - X.mean(-1, keepdims=True)) / self.s
        return self.gamma * self.H + self.beta

    def backward(self, dY):
        axes = tuple(range(dY.ndim - 1)) if self.over is None else self.over
        self.dgamma, self.dbeta = (dY * self.H).sum(axes), dY.sum(axes)
        dH = dY * self.gamma
        mean, spread = dH.mean(-1, keepdims=True), (dH * self.H).mean(-1, keepdims=True)
        return (dH - mean - self.H * spread) / self.s


class Norm2d:
    """Batch norm of two channels."""

    def __init__(self):
        self.gamma, self.beta = np.ones(2), np.zeros(2)

    def mean(self, A):
        return A.mean((0, 2, 3), keepdims=True)

    def forward(self, X):
        self.s = np.sqrt(X.var((0, 2, 3), keepdims=True) + 1e-5)
        self.H = (X - X.mean((0, 2, 3), keepdims=True)) / self.s
        return self.gamma[:, None, None] * self.H + self.beta[:, None, None]

    def backward(self, dY):
        self.dgamma, self.dbeta = (dY * self.H).sum((0, 2, 3)), dY.sum((0, 2, 3))
        dH = dY * self.gamma[:, None, None]
        return (dH - self.mean(dH) - self.H * self.mean(dH * self.H)) / self.s


class Windows:
    """The largest of each window of 3 × 3, of which one starts at every second place."""

    backward_stride, last = 2, False

    def add(self, old, new):
        return old + new

    def places(self, X):
        return np.ndindex((X.shape[2] - 1) // 2, (X.shape[3] - 1) // 2)

    def forward(self, X):
        self.X, places = X, [*self.places(X)]
        Y = np.empty((*X.shape[:2], places[-1][0] + 1, places[-1][1] + 1), X.dtype)
        for i, j in places:
            Y[:, :, i, j] = X[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max((2, 3))
        return Y

    def backward(self, dY):
        dX, r = np.zeros_like(self.X), self.backward_stride
        for i, j in self.places(self.X):
            at = (slice(None), slice(None), slice(r * i, r * i + 3), slice(r * j, r * j + 3))
            tile = self.X[at].reshape(*self.X.shape[:2], 9)
            largest = np.eye(9, dtype=dY.dtype)[tile.argmax(-1)].reshape(*tile.shape[:2], 3, 3)
            dX[at] = self.add(dX[at], largest * dY[:, :, i, j][:, :, None, None])
            if self.last:
                return dX
        return dX


class Conv:
    """A convolution of two channels to three, with kernels of 3 × 3."""

    times, mean = 1, False

    def __init__(self, C, O):
        self.W, self.b = np.zeros((O, C, 3, 3)), np.zeros(O)

    def forward(self, X):
        self.X = X
        tiles = np.lib.stride_tricks.sliding_window_view(X, (3, 3), (2, 3))
        return np.einsum("scijkl,ockl->soij", tiles, self.W) + self.times * self.b[:, None, None]

    def backward(self, dY):
        tiles = np.lib.stride_tricks.sliding_window_view(self.X, (3, 3), (2, 3))
        self.dW, self.db = np.einsum("scijkl,soij->ockl", tiles, dY), dY.sum((0, 2, 3))
        if self.mean:
            self.dW = self.dW / dY[:, 0].size
        around = np.pad(dY, ((0, 0), (0, 0), (2, 2), (2, 2)))
        around = np.lib.stride_tricks.sliding_window_view(around, (3, 3), (2, 3))
        return np.einsum("soijkl,ockl->scij", around, self.W[:, :, ::-1, ::-1])
