"""Convolution over one spatial axis, two or three: the same code for all."""

import math

import numpy as np

from .checks import checked_floating
from .layer import Layer
from .linear import draw
from .windows import PLACES, Columns, Sizes, extent, per_axis


class Convolution(Layer):
    """What Conv1d, Conv2d and Conv3d share: the arguments of torch.nn, and their formula in matrices

    Forward    Yₛ  = W gather(Xₛ) + b          what an entry of Y reads is a column of gather(X)
    Backward   dW  = Σₛ dYₛ gather(Xₛ)ᵀ
               db  = Σₛ Σ dYₛ
               dXₛ = scatter(Wᵀ dYₛ)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sizes,
        stride: int | Sizes = 1,
        padding: int | Sizes | tuple[Sizes, ...] | str = 0,
        dilation: int | Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        std: float | str | None = None,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        super().__init__()
        (C,), (O,) = per_axis("in_channels", in_channels, 1), per_axis("out_channels", out_channels, 1)
        (self.groups,) = per_axis("groups", groups, 1)
        if C % self.groups or O % self.groups:
            raise ValueError(f"groups = {groups} does not divide in_channels = {C} and out_channels = {O}")
        self.kernel_size = per_axis("kernel_size", kernel_size, self.spatial_axes)
        self.stride = per_axis("stride", stride, self.spatial_axes)
        self.dilation = per_axis("dilation", dilation, self.spatial_axes)
        self.padding = self.both_sides(padding)

        shape = (O, C // self.groups, *self.kernel_size)
        W, b = draw(math.prod(shape[1:]), O, std, np.random.default_rng(rng))
        self.params = {"W": checked_floating("W", W.astype(dtype)).reshape(shape)}
        if bias:
            self.params["b"] = b.astype(dtype)

    def both_sides(self, padding: int | Sizes | tuple[Sizes, ...] | str) -> tuple[Sizes, ...]:
        """How many zeros stand before X and after it, on each axis: as given, if both are given for each."""
        if padding == "same":
            if max(self.stride) > 1:
                raise ValueError(f'padding="same" needs stride 1, and stride is {self.stride}')
            return tuple(((e - 1) // 2, e // 2) for e in extent(self.kernel_size, self.dilation))
        if (
            isinstance(padding, tuple | list)
            and padding
            and all(isinstance(p, tuple | list) for p in padding)
        ):
            return self.sides(padding)
        given = 0 if padding == "valid" else padding
        return tuple((p, p) for p in per_axis("padding", given, self.spatial_axes, least=0))

    def sides(self, padding: tuple[Sizes, ...]) -> tuple[Sizes, ...]:
        """One before and one after, for each axis."""
        if len(padding) != self.spatial_axes:
            raise ValueError(
                f"padding is {padding!r}, and should have a pair for each of {self.spatial_axes} axes"
            )
        return tuple(per_axis("padding", sides, 2, least=0) for sides in padding)

    def formula(self, X: np.ndarray) -> np.ndarray:
        W, columns = self.W_of_groups(), Columns(self, X, len(self.samples(X)))
        b = self.params.get("b", np.zeros(len(self.params["W"]), X.dtype)).reshape(self.groups, -1, 1)
        Y = W @ columns.gather(self.samples(X)) + b
        return Y.reshape(*X.shape[: -self.spatial_axes - 1], len(self.params["W"]), *columns.outputs)

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        X, W, dY = self.samples(self.X), self.W_of_groups(), self.Y_of_groups(dY)
        columns = Columns(self, X, len(X))
        dW = (dY @ columns.gather(X).mT).sum(axis=0)
        self.grads["W"] = dW.reshape(self.params["W"].shape)
        self.grads["b"] = dY.sum(axis=(0, 3)).ravel()
        return columns.scatter(W.mT @ dY).reshape(self.X.shape)

    def samples(self, X: np.ndarray) -> np.ndarray:
        """X (S, C, H, W), also where it is one image (C, H, W)."""
        return X if X.ndim == self.spatial_axes + 2 else X[None]

    def Y_of_groups(self, Y: np.ndarray) -> np.ndarray:
        """Y as a matrix for each sample and group: (S, groups, O / groups, N²)."""
        S, O, *outputs = self.samples(Y).shape
        return Y.reshape(S, self.groups, O // self.groups, math.prod(outputs))

    def W_of_groups(self) -> np.ndarray:
        """W as a matrix for each group: (groups, O / groups, C / groups · kernel)."""
        W = self.params["W"]
        return W.reshape(self.groups, len(W) // self.groups, -1)

    def check(self, X: np.ndarray) -> None:
        W, axes = self.params["W"], self.spatial_axes
        C, letters = W.shape[1] * self.groups, ", ".join(PLACES[axes])
        if X.ndim not in (axes + 1, axes + 2) or X.shape[-axes - 1] != C:
            groups = f" in {self.groups} groups" if self.groups > 1 else ""
            needs = f"X of shape (S, {C}, {letters}) or ({C}, {letters})"
            raise ValueError(f"X has shape {X.shape}, but W of shape {W.shape}{groups} needs {needs}")


class Conv1d(Convolution):
    """Y_soh = Σ_cu X_scy W_ocu + b_o      y = h r + u d − p, stride r, dilation d, padding p

    Forward    Y  as above                   X (S, C, H) or (C, H)   W (O, C, K)   b (O,)   Y (S, O, N)
    Backward   dX_scy = Σ_ohu dY_soh W_ocu   over each h and u that read this y
               dW_ocu = Σ_sh dY_soh X_scy
               db_o   = Σ_sh dY_soh

    Conv2d on one axis; all that is said there holds here.
    """

    spatial_axes = 1


class Conv2d(Convolution):
    """Y_sohw = Σ_cuv X_scyx W_ocuv + b_o      y = h r + u d − p, x = w r + v d − p

    with stride r, dilation d and padding p, and X = 0 outside of 0 ≤ y < H, 0 ≤ x < W. Padding may differ from side to
    side: ((above, below), (left, right)).

    Forward    Y  as above                     X (S, C, H, W) or (C, H, W)   W (O, C, K, K)   b (O,)
    Backward   dX_scyx = Σ_ohuwv dY_sohw W_ocuv    over each h, u and w, v that read this y and x
               dW_ocuv = Σ_shw dY_sohw X_scyx
               db_o    = Σ_shw dY_sohw         Y (S, O, N, N), N = ⌊(H + 2p − d (K − 1) − 1) / r⌋ + 1

    ``groups`` are groups of channels that do not see each other, each with its part of W (O, C / groups, K, K).
    W and b start as in Linear, ``std`` included: M = C / groups · K² is what one entry of Y reads.

    Derived in notebooks/11_convolution.ipynb.
    """

    spatial_axes = 2


class Conv3d(Convolution):
    """Y_sokhw = Σ_ctuv X_sczyx W_octuv + b_o      z = k r + t d − p, y = h r + u d − p, x = w r + v d − p

    Forward    Y  as above       X (S, C, D, H, W) or (C, D, H, W)   W (O, C, K, K, K)   b (O,)   Y (S, O, N, N, N)
    Backward   dX_sczyx = Σ_okhwtuv dY_sokhw W_octuv      over each k, t and h, u and w, v that read this z, y and x
               dW_octuv = Σ_skhw dY_sokhw X_sczyx
               db_o     = Σ_skhw dY_sokhw

    Conv2d on three axes; all that is said there holds here.
    """

    spatial_axes = 3
