"""Pooling: each window of an image becomes one number, its maximum or its mean."""

import math
from itertools import repeat

import numpy as np

from .layer import Layer
from .windows import PLACES, Frame, Sizes, extent, per_axis


class Pooling(Layer):
    """What all that slides shares: where the windows lie, side by side unless a stride is given."""

    def __init__(
        self,
        kernel_size: int | Sizes,
        stride: int | Sizes | None,
        padding: int | Sizes,
        dilation: int | Sizes,
        ceil_mode: bool,
    ) -> None:
        super().__init__()
        axes = self.spatial_axes
        self.kernel_size = per_axis("kernel_size", kernel_size, axes)
        self.stride = self.kernel_size if stride is None else per_axis("stride", stride, axes)
        self.padding = per_axis("padding", padding, axes, least=0)
        self.dilation = per_axis("dilation", dilation, axes)
        self.ceil_mode = ceil_mode
        needed = extent(self.kernel_size, self.dilation)
        if any(2 * p > e for p, e in zip(self.padding, needed, strict=True)):
            raise ValueError(f"padding is {padding}, and may be half of the window {needed} at most")

    def check(self, X: np.ndarray) -> None:
        check_images(X, self.spatial_axes)


class MaxPool(Pooling):
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

    def formula(self, X: np.ndarray) -> np.ndarray:
        self.frame = Frame(self, X)
        Y = np.full((*X.shape[: -self.spatial_axes], *self.frame.outputs), -np.inf, X.dtype)
        self.K = self.first_inside(Y)
        for k, place in enumerate(self.frame.places(self.frame.around(X, -np.inf))):
            larger = (place > Y) | np.isnan(place)
            Y[larger], self.K[larger] = place[larger], k
        return Y

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        places = range(math.prod(self.kernel_size))
        return self.frame.scatter((np.where(k == self.K, dY, 0) for k in places), self.X)

    def first_inside(self, Y: np.ndarray) -> np.ndarray:
        """For each window its first place inside of X: the maximum, if all are −∞."""
        inside = self.frame.around(np.ones(self.X.shape[-self.spatial_axes :], bool), False)
        K = np.empty(Y.shape, np.min_scalar_type(math.prod(self.kernel_size)))
        K[...] = np.argmax([*self.frame.places(inside)], axis=0)
        return K


class MaxPool2d(MaxPool):
    __doc__ = MaxPool.__doc__
    spatial_axes = 2


class MaxPool3d(MaxPool):
    """MaxPool2d on three axes: X (S, C, D, H, W) or (C, D, H, W), and all that is said there holds here."""

    spatial_axes = 3


class AvgPool(Pooling):
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

    def formula(self, X: np.ndarray) -> np.ndarray:
        self.frame = Frame(self, X)
        self.n = self.count()
        return sum(self.frame.places(self.frame.around(X, 0))) / self.n

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        return self.frame.scatter(repeat(dY / self.n), self.X)

    def count(self) -> np.ndarray:
        """n (N, N), or one number for all: what counts is marked with 1, and each window adds up its marks."""
        if self.divisor_override is not None:
            return self.X.dtype.type(self.divisor_override)
        inputs = self.X.shape[-self.spatial_axes :]
        marks = self.frame.around(np.ones(inputs, self.X.dtype), 0)
        if self.count_include_pad:
            marks[tuple(slice(H + 2 * p) for H, p in zip(inputs, self.padding, strict=True))] = 1
        return sum(self.frame.places(marks))


class AvgPool2d(AvgPool):
    __doc__ = AvgPool.__doc__
    spatial_axes = 2


class AvgPool3d(AvgPool):
    """AvgPool2d on three axes: X (S, C, D, H, W) or (C, D, H, W), and all that is said there holds here."""

    spatial_axes = 3


class AdaptiveAvgPool2d(Layer):
    """Y_schw = the mean of X_scyx over ⌊hH/N⌋ ≤ y < ⌈(h+1)H/N⌉, and x likewise

    Forward    Y  as above                              X (S, C, H, W) or (C, H, W)   Y (S, C, N, N)
    Backward   dX_scyx = Σ_hw dY_schw / n_hw            over each h and w whose window has this y and x

    ``output_size`` is N, one for both axes or one for each; None keeps that of X. The windows differ in size n by
    one where N does not divide H. With N = 1 it is GlobalAvgPool2d, with its axes kept.
    """

    spatial_axes = 2

    def __init__(self, output_size: int | tuple[int | None, ...] | None) -> None:
        super().__init__()
        pair = tuple(output_size) if isinstance(output_size, tuple | list) else (output_size,) * 2
        known = per_axis("output_size", [1 if N is None else N for N in pair], 2)
        self.output_size = tuple(None if N is None else n for N, n in zip(pair, known, strict=True))

    def formula(self, X: np.ndarray) -> np.ndarray:
        rows, columns = self.ranges(X)
        Y = np.empty((*X.shape[:-2], len(rows), len(columns)), X.dtype)
        for h, w in np.ndindex(Y.shape[-2:]):
            Y[..., h, w] = X[..., rows[h], columns[w]].mean(axis=(-2, -1))
        return Y

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        dX, (rows, columns) = np.zeros_like(self.X), self.ranges(self.X)
        for h, w in np.ndindex(dY.shape[-2:]):
            window = dX[..., rows[h], columns[w]]
            window += dY[..., h, w, None, None] / math.prod(window.shape[-2:])
        return dX

    def ranges(self, X: np.ndarray) -> list[list[slice]]:
        """For each axis where its windows lie: from ⌊hH/N⌋ to ⌈(h+1)H/N⌉."""
        sizes = [(H, H if N is None else N) for H, N in zip(X.shape[-2:], self.output_size, strict=True)]
        return [[slice(h * H // N, -((h + 1) * H // -N)) for h in range(N)] for H, N in sizes]

    def check(self, X: np.ndarray) -> None:
        check_pixels(X)


class GlobalAvgPool2d(Layer):
    """Y_sc = 1/(H W) Σ_hw X_schw

    Forward    Y  as above                X (S, C, H, W) or (C, H, W)   Y (S, C) or (C,)
    Backward   dX_schw = dY_sc / (H W)

    In PyTorch X.mean((-2, -1)), or AdaptiveAvgPool2d(1) and Flatten.

    Derived in notebooks/11_convolution.ipynb.
    """

    spatial_axes = 2

    def formula(self, X: np.ndarray) -> np.ndarray:
        return X.mean(axis=(-2, -1))

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        H, W = self.X.shape[-2:]
        return np.broadcast_to((dY / (H * W))[..., None, None], self.X.shape).copy()

    def check(self, X: np.ndarray) -> None:
        check_pixels(X)


def check_pixels(X: np.ndarray) -> None:
    check_images(X)
    if 0 in X.shape[-2:]:
        raise ValueError(f"X has shape {X.shape}: an image without pixels has no mean")


def check_images(X: np.ndarray, axes: int = 2) -> None:
    if X.ndim not in (axes + 1, axes + 2):
        letters = ", ".join(PLACES[axes])
        raise ValueError(f"X has shape {X.shape}, and should have shape (S, C, {letters}) or (C, {letters})")
