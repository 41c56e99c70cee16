"""How a kernel slides over an image: which entries of X each entry of Y reads."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Sizes = tuple[int, ...]  # one for each spatial axis
PLACES = {1: "H", 2: "HW", 3: "DHW"}  # what the spatial axes are called


def windows(X: np.ndarray, kernel: Sizes, stride: Sizes, dilation: Sizes) -> np.ndarray:
    """V[..., u, v, h, w] = X[..., h r + u d, w r + v d], a view: no number is copied, and what is written stays in X.

    X (..., H, W)   V (..., *kernel, *outputs), and likewise on one axis.
    """
    axes = tuple(range(-len(kernel), 0))
    V = sliding_window_view(X, extent(kernel, dilation), axes, writeable=True)
    V = V[..., *(slice(None, None, step) for step in stride + dilation)]
    return np.moveaxis(V, axes, [axis - len(kernel) for axis in axes])


def extent(kernel: Sizes, dilation: Sizes) -> Sizes:
    """From the first entry that a kernel reads to the last: d (K − 1) + 1."""
    return tuple(d * (K - 1) + 1 for K, d in zip(kernel, dilation, strict=True))


def output_sizes(
    X: np.ndarray, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool = False
) -> Sizes:
    """How often the kernel fits on each axis: N = ⌊(H + 2p − d (K − 1) − 1) / r⌋ + 1

    ``padding`` is 2p, that of both sides. With ``ceil_mode`` the quotient is rounded up, as long as the last window
    begins before the padding that follows X.
    """
    inputs, needed, outputs = X.shape[-len(kernel) :], extent(kernel, dilation), []
    for H, K, e, r, p in zip(inputs, kernel, needed, stride, padding, strict=True):
        if not H:
            raise ValueError(f"X has shape {X.shape}: there is nothing on an axis of its places")
        if H + p < e:
            raise ValueError(
                f"X has shape {X.shape} and would leave Y empty: H + 2p = {H} + {p} is less than "
                f"d (K − 1) + 1 = {e}, what a kernel of K = {K} needs"
            )
        N = (H + p - e) // r + 1
        one_more = ceil_mode and (H + p - e) % r > 0 and N * r < H + p // 2
        outputs.append(N + one_more)
    return tuple(outputs)


def per_axis(name: str, value: int | Sizes, axes: int, least: int = 1) -> Sizes:
    """The value for each spatial axis: one integer, or a tuple of one, stands for all of them."""
    given = tuple(value) if isinstance(value, tuple | list) else (value,)
    given = given * axes if len(given) == 1 else given
    whole = [isinstance(n, int | np.integer) and not isinstance(n, bool) and n >= least for n in given]
    if len(given) != axes or not all(whole):
        many = "an integer" if axes == 1 else f"an integer or {axes} of them"
        raise ValueError(f"{name} is {value!r}, and should be {many}, from {least} on")
    return tuple(int(n) for n in given)


class Columns:
    """Samples as matrices, one for each group: column (h, w) holds what the entries (h, w) of Y read.

    The padded samples, C (H + 2p)² numbers each, and their columns, C K² N²: that is all the memory it takes. What it
    returns are views of them, good until the next call. ``samples`` says of how many, as an axis; else it is one.
    """

    def __init__(self, layer: Any, X: np.ndarray, *samples: int) -> None:
        self.kernel, axes = layer.kernel_size, layer.spatial_axes
        C, *inputs = X.shape[-axes - 1 :]
        around = [sum(sides) for sides in layer.padding]
        self.outputs = output_sizes(X, self.kernel, layer.stride, around, layer.dilation)
        self.padded = np.zeros((*samples, C, *(H + p for H, p in zip(inputs, around, strict=True))), X.dtype)
        inside = (slice(p, p + H) for H, (p, _) in zip(inputs, layer.padding, strict=True))
        self.images = self.padded[..., *inside]
        self.windows = windows(self.padded, self.kernel, layer.stride, layer.dilation)
        self.columns = np.empty(self.windows.shape, X.dtype)
        rows = C // layer.groups * math.prod(self.kernel)
        self.matrix = self.columns.reshape(*samples, layer.groups, rows, math.prod(self.outputs))

    def gather(self, X: np.ndarray) -> np.ndarray:
        """The matrix of X: the windows of the padded X, copied (im2col)."""
        self.images[...] = X
        self.columns[...] = self.windows
        return self.matrix

    def scatter(self, A: np.ndarray) -> np.ndarray:
        """The matrix A added up where its windows lie (col2im): the adjoint of gather."""
        self.padded[...] = 0
        A, places = A.reshape(self.columns.shape), [slice(None)] * len(self.outputs)
        for place in np.ndindex(*self.kernel):
            self.windows[..., *place, *places] += A[..., *place, *places]
        return self.images


class Frame:
    """A border around images, as wide as the windows of a pooling reach, and what stands at each place of a window."""

    def __init__(self, layer: Any, X: np.ndarray) -> None:
        kernel, stride, padding, dilation = layer.kernel_size, layer.stride, layer.padding, layer.dilation
        around, needed, inputs = [2 * p for p in padding], extent(kernel, dilation), X.shape[-len(kernel) :]
        self.kernel, self.stride, self.dilation = kernel, stride, dilation
        self.outputs = output_sizes(X, kernel, stride, around, dilation, layer.ceil_mode)
        ends = [(N - 1) * r + e for N, r, e in zip(self.outputs, stride, needed, strict=True)]
        self.sizes = tuple(max(p + H, end) for p, H, end in zip(padding, inputs, ends, strict=True))
        self.inside = (..., *(slice(p, p + H) for p, H in zip(padding, inputs, strict=True)))

    def around(self, X: np.ndarray, border: float) -> np.ndarray:
        """X in its border; X itself where the windows need none."""
        axes = len(self.sizes)
        if X.shape[-axes:] == self.sizes:
            return X
        A = np.full((*X.shape[:-axes], *self.sizes), border, X.dtype)
        A[self.inside] = X
        return A

    def places(self, A: np.ndarray, axis: int = 0) -> Iterator[np.ndarray]:
        """For each place (u, v) of the kernel what stands there in all windows, as a view (..., N, N)."""
        if axis == len(self.kernel):
            yield A
            return
        for part in self.along(A, axis):
            yield from self.places(part, axis + 1)

    def along(self, A: np.ndarray, axis: int) -> Iterator[np.ndarray]:
        """For each u of the kernel on this axis what of A (..., H, W) stands there: (..., N, W) on axis 0."""
        N, r, d = self.outputs[axis], self.stride[axis], self.dilation[axis]
        behind = [slice(None)] * (len(self.kernel) - 1 - axis)
        for u in range(self.kernel[axis]):
            yield A[..., u * d : u * d + (N - 1) * r + 1 : r, *behind]

    def scatter(self, contributions: Iterable[np.ndarray], X: np.ndarray) -> np.ndarray:
        """What comes to X, where each place (u, v) of a window hands on its contribution (..., N, N)."""
        A = np.zeros((*X.shape[: -len(self.sizes)], *self.sizes), X.dtype)
        for place, contribution in zip(self.places(A), contributions, strict=False):
            place += contribution
        return A[self.inside]
