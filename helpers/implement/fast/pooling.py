"""The tuned twins of pooling."""

import math
from collections.abc import Iterator
from functools import reduce

import numpy as np

from ..windows import Frame, Sizes


class MaxPool:
    def formula(self, X):
        self.frame = Frame(self, X)
        Y = np.empty((*X.shape[: -self.spatial_axes], *self.frame.outputs), X.dtype)
        self.K = self.first_inside(Y)
        for x, y, k in blocks(X, Y, self.K):
            find_maximum([*self.frame.places(self.frame.around(x, -np.inf))], y, k)
        return Y

    def gradient(self, dY):
        dX = np.empty_like(self.X)
        begin, behind = numbering(self.frame, dX[: per_block(dX)].shape[: -self.spatial_axes])
        for dx, dy, k in blocks(dX, dY, self.K):
            A = np.zeros((*dx.shape[: -self.spatial_axes], *self.frame.sizes), dx.dtype)
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
    axes = range(len(frame.sizes))
    next_ = [math.prod(frame.sizes[axis + 1 :]) for axis in axes]  # how far the next entry on an axis is
    h, u = np.indices(frame.outputs), np.indices(frame.kernel)
    first = math.prod(frame.sizes) * np.arange(math.prod(planes)).reshape(*planes, *[1] * len(axes))
    begin = sum(h[axis] * frame.stride[axis] * next_[axis] for axis in axes)
    return first + begin, sum(u[axis] * frame.dilation[axis] * next_[axis] for axis in axes).ravel()


class AvgPool:
    """Windows side by side in narrow images are one product: K rows of X, end to end, with the matrix of the means."""

    def formula(self, X):
        self.frame = Frame(self, X)
        self.n, self.M = self.count(), None
        if side_by_side(self.frame, X) and X.shape[-1] <= NARROW:
            self.M = means(self.frame.kernel, self.frame.outputs[1], self.n.flat[0], X.dtype)
            Y = (X.reshape(-1, len(self.M)) @ self.M).reshape(*X.shape[:-2], *self.frame.outputs)
            if np.isfinite(Y).all():  # 0 · ∞ is NaN, and would reach the windows beside it
                return Y
        Y = np.empty((*X.shape[: -self.spatial_axes], *self.frame.outputs), X.dtype)
        for x, y in blocks(X, Y):
            A = self.frame.around(x, 0)
            for axis in range(self.spatial_axes):
                A = reduce(np.add, self.frame.along(A, axis))
            np.divide(A, self.n, out=y)
        return Y

    def gradient(self, dY):
        if self.M is not None and np.isfinite(dY).all():
            return (dY.reshape(-1, dY.shape[-1]) @ self.M.T).reshape(self.X.shape)
        dX, frame, axes = np.empty_like(self.X), self.frame, self.spatial_axes
        for dx, dy in blocks(dX, dY):
            A = dy / self.n
            for axis in reversed(range(axes)):
                shape = (*dx.shape[:-axes], *frame.outputs[:axis], *frame.sizes[axis:])
                wide = np.empty(shape, dx.dtype) if axis or shape != dx.shape else dx
                spread(A, wide, frame, axis)
                A = wide
            if A is not dx:
                dx[...] = A[frame.inside]
        return dX


NARROW = 64  # entries in a row; in wider images most of the matrix is zeros, and the product takes longer than the sums


def side_by_side(frame: Frame, X: np.ndarray) -> bool:
    """Tell whether each entry of images X (..., H, W) lies in one window."""
    tiled = tuple(N * K for N, K in zip(frame.outputs, frame.kernel, strict=True))
    return len(tiled) == 2 and frame.stride == frame.kernel and X.shape[-2:] == frame.sizes == tiled


def means(kernel: Sizes, N: int, n: float, dtype: np.dtype) -> np.ndarray:
    """The matrix (K W, N) that takes K rows of W = N K entries, end to end, to the means of their N windows."""
    ones = np.ones((kernel[1], 1), dtype) / n
    return np.tile(np.kron(np.eye(N, dtype=dtype), ones), (kernel[0], 1)).astype(dtype)


def spread(dy: np.ndarray, A: np.ndarray, frame: Frame, axis: int) -> None:
    """A: dy at each of the places along an axis, added up where windows overlap, and 0 elsewhere."""
    r, K = frame.stride[axis], frame.kernel[axis]
    if not r == K == frame.sizes[axis] / frame.outputs[axis]:
        A[...] = 0
    for place in frame.along(A, axis):
        if r < K:
            place += dy
        else:
            place[...] = dy  # half the time of +=


def blocks(*arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """The arrays in step, some samples at a time."""
    many = per_block(arrays[0])
    for s in range(0, len(arrays[0]), many):
        yield [A[s : s + many] for A in arrays]


def per_block(A: np.ndarray) -> int:
    """As many samples as the cache holds."""
    return max(1, 2**17 * len(A) // max(1, A.size))
