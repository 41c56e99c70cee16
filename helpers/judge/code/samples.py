"""The sizes and the shape of a sample that a work can take, by its own arrays, by `like`, or by trying."""

import contextlib
from typing import Any

import numpy as np

from helpers.judge.code.case import Case
from helpers.judge.code.layer_object import Object
from helpers.judge.code.letters import PARAMETERS
from helpers.judge.code.places import at, stored
from helpers.judge.code.subject import Subject
from helpers.judge.code.truth import Torch
from helpers.judge.code.windowed import per_axis, spatial_axes

SHAPES = (3,), (4,), (4, 5), (4, 6, 5), (4, 6, 5, 3)


def sizes_of(subject: Subject) -> tuple[int, int]:
    """Return M and N of an object that is there already, else any; N is that of b where there is one."""
    if not isinstance(subject, Object) or subject.is_class:
        return 4, 3
    W, b = (held(subject.original, key) for key in ("W", "b"))
    if W is not None and W.ndim == 2:
        turned = b is not None and b.size == W.shape[1] != W.shape[0]
        return W.shape if turned else W.shape[::-1]
    vectors = (A for key in PARAMETERS if (A := held(subject.original, key)) is not None and A.ndim == 1)
    return next(((A.size, A.size) for A in vectors), (4, 3))


def held(layer: Any, key: str) -> np.ndarray | None:
    """Return a parameter of the reader's object by its name, None where there is no such array."""
    path = stored(layer, key, ())
    A = path and at(layer, path)
    return A if isinstance(A, np.ndarray) else None


def taken(truth: Torch) -> np.ndarray | None:
    """Return an X of the first shape that a module takes of which no more is known."""
    for shape in SHAPES:
        with contextlib.suppress(ValueError, RuntimeError, IndexError):
            truth.values(Case(np.ones((2, *shape))))
            return np.zeros((1, *shape)) if shape != SHAPES[0] else None
    return None


def kernel_of(subject: Subject) -> tuple[int, ...]:
    """Return the shape of the W of a convolution that is there already, () of any other work."""
    there = isinstance(subject, Object) and not subject.is_class
    W = held(subject.original, "W") if there else None
    return W.shape if W is not None and W.ndim > 2 else ()


def images_for(names: tuple, like: Any, shapes: dict[str, tuple[int, ...]]) -> np.ndarray | None:
    """Images that a convolution or a pooling can take; None for what is neither."""
    W = shapes.get("W", ())
    axes = len(W[2:]) or max(map(spatial_axes, (like, *names)))
    if not axes:
        return None
    kernel = W[2:] or per_axis(getattr(like, "kernel_size", 1), axes)
    dilation = per_axis(getattr(like, "dilation", 1), axes)
    sizes = [d * (K - 1) + more for K, d, more in zip(kernel, dilation, (8, 5, 3), strict=False)]
    channels = getattr(like, "in_channels", W[1] if W else getattr(like, "num_features", 2))
    return np.empty((1, channels, *sizes))


def check_width(X: np.ndarray | None, shapes: dict[str, tuple[int, ...]]) -> None:
    """X must have as many columns as W, where there is one."""
    W = shapes.get("W", ())
    if X is not None and len(W) == 2 and X.shape[-1] != W[1]:
        raise ValueError(f"X has shape {X.shape}, but W of shape {W} needs X of shape (S, {W[1]})")
