"""How a kernel slides over an image: which entries of X each entry of Y reads."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Sizes = tuple[int, ...]  # one for each spatial axis


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
    """The value for each spatial axis: one integer stands for all of them."""
    given = tuple(value) if isinstance(value, tuple | list) else (value,) * axes
    whole = [isinstance(n, int | np.integer) and not isinstance(n, bool) and n >= least for n in given]
    if len(given) != axes or not all(whole):
        many = "an integer" if axes == 1 else f"an integer or {axes} of them"
        raise ValueError(f"{name} is {value!r}, and should be {many}, from {least} on")
    return tuple(int(n) for n in given)
