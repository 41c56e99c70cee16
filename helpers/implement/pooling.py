"""Pooling: each window of an image becomes one number, its maximum or its mean."""

import math
from collections.abc import Iterator

import numpy as np

from .layer import Layer, floating
from .windows import Sizes, extent, output_sizes, per_axis


class Pooling(Layer):
    """What MaxPool2d and AvgPool2d share: where the windows lie, side by side unless a stride is given."""

    spatial_axes = 2

    def __init__(
        self,
        kernel_size: int | Sizes,
        stride: int | Sizes | None,
        padding: int | Sizes,
        dilation: int | Sizes,
        ceil_mode: bool,
    ) -> None:
        super().__init__()
        self.kernel_size = per_axis("kernel_size", kernel_size, 2)
        self.stride = self.kernel_size if stride is None else per_axis("stride", stride, 2)
        self.padding = per_axis("padding", padding, 2, least=0)
        self.dilation = per_axis("dilation", dilation, 2)
        self.ceil_mode = ceil_mode
        needed = extent(self.kernel_size, self.dilation)
        if any(2 * p > e for p, e in zip(self.padding, needed, strict=True)):
            raise ValueError(f"padding is {padding}, and may be half of the window {needed} at most")


class Frame:
    """A border around images, as wide as their windows reach, and what stands at each place of the windows."""

    def __init__(self, layer: Pooling, X: np.ndarray) -> None:
        kernel, stride, padding, dilation = layer.kernel_size, layer.stride, layer.padding, layer.dilation
        around, needed, inputs = [2 * p for p in padding], extent(kernel, dilation), X.shape[-2:]
        self.kernel, self.stride, self.dilation = kernel, stride, dilation
        self.outputs = output_sizes(X, kernel, stride, around, dilation, layer.ceil_mode)
        self.apart = all(r >= e for r, e in zip(stride, needed, strict=True))  # no two windows overlap
        ends = [(N - 1) * r + e for N, r, e in zip(self.outputs, stride, needed, strict=True)]
        self.sizes = tuple(max(p + H, end) for p, H, end in zip(padding, inputs, ends, strict=True))
        self.inside = (..., *(slice(p, p + H) for p, H in zip(padding, inputs, strict=True)))

    def around(self, x: np.ndarray, border: float) -> np.ndarray:
        """x in its border; x itself where the windows need none."""
        if x.shape[-2:] == self.sizes:
            return x
        A = np.full((*x.shape[:-2], *self.sizes), border, x.dtype)
        A[self.inside] = x
        return A

    def places(self, A: np.ndarray) -> Iterator[np.ndarray]:
        """For each place (u, v) of the kernel what stands there in all windows, as a view (..., N, N)."""
        (N, M), (r, q), (d, e) = self.outputs, self.stride, self.dilation
        for u, v in np.ndindex(self.kernel):
            yield A[..., u * d : u * d + (N - 1) * r + 1 : r, v * e : v * e + (M - 1) * q + 1 : q]

    def scatter(self, dy: np.ndarray, dx: np.ndarray) -> None:
        """dx: each place of a window gets the dy of the window."""
        A = np.zeros((*dx.shape[:-2], *self.sizes), dx.dtype)
        for place in self.places(A):
            if self.apart:
                place[...] = dy  # half the time of +=
            else:
                place += dy
        dx[...] = A[self.inside]

    def numbering(self, planes: Sizes) -> tuple[np.ndarray, np.ndarray]:
        """Where each window begins in framed images read row by row, and how far behind that its places are."""
        (h, w), (u, v), (H, W) = np.indices(self.outputs), np.indices(self.kernel), self.sizes
        (r, q), (d, e) = self.stride, self.dilation
        first = H * W * np.arange(math.prod(planes)).reshape(*planes, 1, 1)
        return first + h * r * W + w * q, (u * d * W + v * e).ravel()


class MaxPool2d(Pooling):
    """Y_schw = max_uv X_scyx      y = h r + u d − p, x = w r + v d − p, inside of X

    with stride r, dilation d and padding p.

    Forward    Y  as above                              X (S, C, H, W) or (C, H, W)   Y (S, C, N, N)
               K_schw = (u, v), where the maximum is    the first of several, as in PyTorch
    Backward   dX_scyx = Σ_hwuv dY_schw [K_schw = (u, v)]    over each h, u and w, v that read this y and x

    A NaN is the maximum of its window, and of several NaN the last one is, as in PyTorch.

    Derived in notebooks/11_convolution.ipynb.
    """

    def __init__(
        self,
        kernel_size: int | Sizes,
        stride: int | Sizes | None = None,
        padding: int | Sizes = 0,
        dilation: int | Sizes = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode)

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = images(X)
        self.frame = Frame(self, X)
        self.Y = np.empty((*X.shape[:-2], *self.frame.outputs), X.dtype)
        self.K = np.empty(self.Y.shape, np.min_scalar_type(math.prod(self.kernel_size)))
        inside = self.frame.around(np.ones(X.shape[-2:], bool), False)
        self.K[...] = np.argmax([*self.frame.places(inside)], axis=0)  # the first place, if all are −∞
        for x, y, k in blocks(self.X, self.Y, self.K):
            find_maximum([*self.frame.places(self.frame.around(x, -np.inf))], y, k)
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY, dX = self.upstream(dY), np.empty_like(self.X)
        begin, behind = self.frame.numbering(dX[: per_block(dX)].shape[:-2])
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


class AvgPool2d(Pooling):
    """Y_schw = 1/n_hw Σ_uv X_scyx      y = h r + u − p, x = w r + v − p, inside of X

    with stride r and padding p.

    Forward    Y  as above                       X (S, C, H, W) or (C, H, W)   Y (S, C, N, N)
    Backward   dX_scyx = Σ_hw dY_schw / n_hw     over each h and w that read this y and x

    n is the size of the window: with its padding, or without if ``count_include_pad`` is False. A
    ``divisor_override`` stands in its place.

    Derived in notebooks/11_convolution.ipynb.
    """

    def __init__(
        self,
        kernel_size: int | Sizes,
        stride: int | Sizes | None = None,
        padding: int | Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, 1, ceil_mode)
        if divisor_override == 0:
            raise ValueError("divisor_override is 0, and nothing can be divided by that")
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = images(X)
        self.frame = Frame(self, X)
        self.Y, self.n = np.zeros((*X.shape[:-2], *self.frame.outputs), X.dtype), self.count()
        for x, y in blocks(self.X, self.Y):
            for place in self.frame.places(self.frame.around(x, 0)):
                y += place
            y /= self.n
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY, dX = self.upstream(dY), np.empty_like(self.X)
        for dx, dy in blocks(dX, dY):
            self.frame.scatter(dy / self.n, dx)
        return dX

    def count(self) -> np.ndarray:
        """n (N, N), or one number for all: what counts is marked with 1, and each window adds up its marks."""
        if self.divisor_override is not None:
            return self.X.dtype.type(self.divisor_override)
        (p, q), (H, W) = self.padding, self.X.shape[-2:]
        marks = self.frame.around(np.ones((H, W), self.X.dtype), 0)
        if self.count_include_pad:
            marks[: H + 2 * p, : W + 2 * q] = 1
        return sum(self.frame.places(marks))


class GlobalAvgPool2d(Layer):
    """Y_sc = 1/(H W) Σ_hw X_schw

    Forward    Y  as above                X (S, C, H, W) or (C, H, W)   Y (S, C) or (C,)
    Backward   dX_schw = dY_sc / (H W)

    In PyTorch X.mean((-2, -1)), or AdaptiveAvgPool2d(1) and Flatten.

    Derived in notebooks/11_convolution.ipynb.
    """

    spatial_axes = 2

    def forward(self, X: np.ndarray) -> np.ndarray:
        self.X = images(X)
        if 0 in X.shape[-2:]:
            raise ValueError(f"X has shape {X.shape}: an image without pixels has no mean")
        self.Y = X.mean(axis=(-2, -1))
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY, (H, W) = self.upstream(dY), self.X.shape[-2:]
        return np.broadcast_to((dY / (H * W))[..., None, None], self.X.shape).copy()


def images(X: np.ndarray) -> np.ndarray:
    """X itself, if it is made of images."""
    if floating("X", X).ndim not in (3, 4):
        raise ValueError(f"X has shape {X.shape}, and should have shape (S, C, H, W) or (C, H, W)")
    return X


def blocks(*arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """The arrays in step, some samples at a time."""
    many = per_block(arrays[0])
    for s in range(0, len(arrays[0]), many):
        yield [A[s : s + many] for A in arrays]


def per_block(A: np.ndarray) -> int:
    """As many samples as the cache holds."""
    return max(1, 2**17 * len(A) // max(1, A.size))
