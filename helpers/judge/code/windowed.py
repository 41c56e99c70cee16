"""Makes known mistakes of convolutions and pooling, as arrays that a result can be held against."""

import copy
import inspect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from helpers.compare.reference import layer_meant
from helpers.judge.code.case import Case
from helpers.judge.code.expert import Expert, Suspect
from helpers.judge.code.truth import Torch, by_torch
from helpers.verdict import Kind, wrong

MANY = 200  # windows, from which on none of them is looked at alone
AXES = {1: ("place",), 2: ("row", "column"), 3: ("layer", "row", "column")}


@dataclass(frozen=True)
class Windows(Expert):
    """The windows of a convolution or of a pooling, over so many axes."""

    like: Any
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    learned: bool

    @cached_property
    def truth(self) -> Torch | None:
        return by_torch(self.like)

    def suspects(self, of: str, got: np.ndarray, want: np.ndarray, case: Case) -> Iterator[Suspect]:
        """Yield known mistakes in Y, dX and the gradients of the parameters."""
        if self.truth is None or case.dY is None or case.dY.ndim != 2 + len(self.kernel):
            return
        if of in ("dX", "Y") and want.ndim >= 4:
            turned = want.swapaxes(-1, -2)
            yield wrong(Kind.TRANSPOSED, of, case="rows and columns"), turned.reshape(want.shape)
        if max(self.stride) > 1:
            yield wrong(Kind.WRONG_VALUE, of, case="stride"), self.without_stride(of, case)
        if of == "Y":
            return
        for which in ("first", "last"):
            yield from self.parts(of, which, case)
        if of == "dX" and case.dY[0, 0].size <= MANY:
            for backwards, alone in itertools.product((False, True), repeat=2):
                yield wrong(Kind.WRONG_VALUE, of, case="overlap"), self.overwritten(case, backwards, alone)

    def without_stride(self, of: str, case: Case) -> np.ndarray:
        """Return what comes out where windows start at i and not at stride · i."""
        near = copy.copy(self.like)
        near.stride = (1,) * len(self.kernel)
        truth, at = by_torch(near), (..., *(slice(n) for n in case.dY.shape[2:]))
        whole = np.zeros_like(truth.values(case)["Y"])
        if of == "Y":
            return truth.values(case)["Y"][at]
        if whole[at].shape != case.dY.shape:
            return np.zeros(0)
        whole[at] = case.dY
        return truth(replace(case, dY=whole))[of]

    def parts(self, of: str, which: str, case: Case) -> Iterator[Suspect]:
        """Yield what comes of some of the outputs alone: a return inside of a loop, or an = in it."""
        names = ("sample", "channel", *AXES[len(self.kernel)])
        one = {"first": 0, "last": -1}[which]
        for chosen in itertools.product((False, True), repeat=case.dY.ndim):
            if any(chosen) and chosen[1:] != (False,) * (case.dY.ndim - 1):
                dY = np.zeros_like(case.dY)
                at = tuple(slice(one, one + 1 or None) if c else slice(None) for c in chosen)
                dY[at] = case.dY[at]
                only = [name for name, c in zip(names, chosen, strict=True) if c]
                said = "window" if all(chosen[2:]) else " and ".join(only)
                yield (
                    wrong(Kind.NOT_SUMMED, of, case="window", which=which, only=said),
                    self.truth(replace(case, dY=dY))[of],
                )

    def overwritten(self, case: Case, backwards: bool, alone: bool) -> np.ndarray:
        """Return dX where each window is set, and not added, one after the other; or `alone` what is not 0 of it."""
        dX, places = np.zeros_like(case.X), [*np.ndindex(case.dY.shape[2:])]
        for place in places[::-1] if backwards else places:
            dY = np.zeros_like(case.dY)
            dY[..., *place] = case.dY[..., *place]
            starts = [r * i - p for r, i, p in zip(self.stride, place, self.padding, strict=True)]
            ends = [a + d * (K - 1) + 1 for a, K, d in zip(starts, self.kernel, self.dilation, strict=True)]
            window = (..., *(slice(max(a, 0), b) for a, b in zip(starts, ends, strict=True)))
            part = self.truth(replace(case, dY=dY))["dX"][window]
            dX[window] = np.where(part != 0, part, dX[window]) if alone else part
        return dX


def whole_windows(like: Any) -> np.ndarray | None:
    """Images of which the windows of a pooling leave no row and no column over; None of what is no such pooling."""
    found = windows(like) if like is not None else None
    if found is None or found.learned or max(found.stride) == 1:
        return None
    return np.zeros((1, 2, *(n * step for n, step in zip((4, 3, 2), found.stride, strict=False))))


def windows(like: Any) -> Windows | None:
    """The windows of a layer of this project or of torch.nn that has a kernel; None for any other."""
    axes = spatial_axes(like)
    if not axes or getattr(like, "kernel_size", None) is None or getattr(like, "transposed", False):
        return None
    kernel = per_axis(like.kernel_size, axes)
    stride = kernel if getattr(like, "stride", None) is None else per_axis(like.stride, axes)
    padding, dilation = (per_axis(getattr(like, *named), axes) for named in (("padding", 0), ("dilation", 1)))
    learned = getattr(like, "weight", None) is not None or bool(getattr(like, "params", {}))
    return Windows(like, kernel, stride, padding, dilation, learned)


def spatial_axes(like: Any) -> int:
    """How many axes of X are places: of a layer of this project, or of a module that says it in its name, as Conv2d."""
    if (meant := layer_meant(like)) is not None:
        return getattr(meant, "spatial_axes", 0)
    last = (like if inspect.isclass(like) else type(like)).__name__[-2:]
    return int(last[0]) if last in ("1d", "2d", "3d") else 0


def per_axis(given: Any, axes: int) -> tuple[int, ...]:
    """One number for each axis; of padding on two sides that before."""
    if isinstance(given, str):
        return (0,) * axes
    if np.ndim(given) == 2:
        return tuple(int(before) for before, _ in given)
    return tuple(map(int, np.broadcast_to(given, (axes,))))
