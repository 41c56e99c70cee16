"""A convolutional network by its plan: widths and pools."""

from collections.abc import Iterator, Sequence

import numpy as np

from .activations import ReLU
from .batch_norm import BatchNorm2d
from .convolution import Conv2d
from .linear import Linear
from .network import Sequential
from .pooling import MaxPool2d
from .shaping import Flatten

POOL = "pool"
DIGITS = (1, POOL, 2, POOL)
ASSIGNMENT = (1, POOL, 2, POOL, 4, 4, POOL, 8, 8, POOL, 8, 8, POOL)


class CNN(Sequential):
    """Y = linear(... pool(ReLU(norm(conv(X)))))

    Forward    X (S, C, H, W) → for each number in the plan a convolution, batch norm and ReLU, for each "pool" a
               maximum → Flatten and a Linear → Y (S, n_classes)
    Backward   that of Sequential

    A number n stands for n · width channels. Each convolution is 3 × 3 with padding 1, each pool 3 × 3 with stride 2
    and padding 1, which halves H and W. ``shape`` is that of a sample, (C, H, W). The plan ``ASSIGNMENT`` with width 64
    and shape (3, 32, 32) is the network of the course. All weights start as PyTorch's do.

    Y are logits: the loss is SoftmaxCrossEntropy. Derived in notebooks/12_cnn.ipynb.
    """

    def __init__(
        self,
        shape: tuple[int, int, int] = (1, 8, 8),
        n_classes: int = 10,
        width: int = 8,
        plan: Sequence[int | str] = DIGITS,
        *,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        draw = {"rng": np.random.default_rng(rng), "dtype": dtype}
        layers = []
        for C, O in stages(shape[0], width, plan):
            if O == POOL:
                layers += [MaxPool2d(3, 2, 1)]
            else:
                layers += [Conv2d(C, O, 3, padding=1, **draw), BatchNorm2d(O, dtype=dtype), ReLU()]
        super().__init__(*layers, Flatten(), Linear(features(shape, width, plan), n_classes, **draw))


def stages(C: int, width: int, plan: Sequence[int | str]) -> Iterator[tuple[int, int | str]]:
    """The channels that each stage of a plan takes, and those that it gives, or "pool"."""
    for stage in plan:
        if stage == POOL:
            yield C, POOL
        elif isinstance(stage, int) and stage >= 1:
            yield C, stage * width
            C = stage * width
        else:
            raise ValueError(f'{stage!r} in the plan is neither "pool" nor a number of widths, from 1 on')


def features(shape: tuple[int, int, int], width: int, plan: Sequence[int | str]) -> int:
    """C H W after the last stage: a pool takes H to ⌊(H − 1) / 2⌋ + 1."""
    C, H, W = shape
    for _, O in stages(C, width, plan):
        C, H, W = (C, (H - 1) // 2 + 1, (W - 1) // 2 + 1) if O == POOL else (O, H, W)
    return C * H * W
