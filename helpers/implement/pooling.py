"""Pooling: each window of an image becomes one number, its maximum or its mean."""

from collections.abc import Iterator

import numpy as np

from .layer import Layer, floating
from .windows import Sizes, extent, output_sizes, per_axis, places


class Pooling(Layer):
    """What MaxPool2d and AvgPool2d share: where the windows lie, side by side unless a stride is given."""

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

    def outputs(self, X: np.ndarray) -> Sizes:
        around = [2 * p for p in self.padding]
        return output_sizes(X, self.kernel_size, self.stride, around, self.dilation, self.ceil_mode)

    def places(self) -> Iterator[tuple[tuple, tuple]]:
        """What of X meets what of Y, for each place of the kernel: what is outside of X meets nothing."""
        inputs, outputs = self.X.shape[-2:], self.Y.shape[-2:]
        return places(inputs, outputs, self.kernel_size, self.stride, self.padding, self.dilation)


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
        self.Y = np.full((*X.shape[:-2], *self.outputs(X)), -np.inf, X.dtype)
        numbered = list(enumerate(self.places()))
        self.K = np.zeros(self.Y.shape, np.min_scalar_type(len(numbered)))
        for place, (_, y) in reversed(numbered):
            self.K[y] = place  # the first inside of X, which stays where all are −∞
        for x, y, k in zip(X, self.Y, self.K, strict=True):
            for place, (here, there) in numbered:
                a = x[here].copy()  # a contiguous array: what follows is several times faster
                larger = (a > y[there]) | np.isnan(a)
                np.maximum(y[there], a, out=y[there])
                np.maximum(k[there], larger * k.dtype.type(place), out=k[there])
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY, dX = self.upstream(dY), np.zeros_like(self.X)
        numbered = list(enumerate(self.places()))
        for dx, dy, k in zip(dX, dY, self.K, strict=True):
            for place, (here, there) in numbered:
                dx[here] += dy[there] * (k[there] == place)
        return dX


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
        self.Y = np.zeros((*X.shape[:-2], *self.outputs(X)), X.dtype)
        for here, there in self.places():
            self.Y[there] += X[here]
        self.n = self.count(X.dtype)
        self.Y /= self.n
        return self.Y

    def backward(self, dY: np.ndarray) -> np.ndarray:
        dY, dX = self.upstream(dY) / self.n, np.zeros_like(self.X)
        for here, there in self.places():
            dX[here] += dY[there]
        return dX

    def count(self, dtype: np.dtype) -> np.ndarray:
        """n (N, N), or one number for all."""
        if self.divisor_override is not None:
            return dtype.type(self.divisor_override)
        inputs, outputs, n = self.X.shape[-2:], self.Y.shape[-2:], []
        for H, N, K, r, p in zip(inputs, outputs, self.kernel_size, self.stride, self.padding, strict=True):
            first = np.arange(N) * r - p
            end = np.minimum(first + K, H + p)
            n.append(end - first if self.count_include_pad else np.minimum(end, H) - np.maximum(first, 0))
        return np.outer(*n).astype(dtype)


class GlobalAvgPool2d(Layer):
    """Y_sc = 1/(H W) Σ_hw X_schw

    Forward    Y  as above                X (S, C, H, W) or (C, H, W)   Y (S, C) or (C,)
    Backward   dX_schw = dY_sc / (H W)

    In PyTorch X.mean((-2, -1)), or AdaptiveAvgPool2d(1) and Flatten.

    Derived in notebooks/11_convolution.ipynb.
    """

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
