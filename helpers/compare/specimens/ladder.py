"""From the assignment's network to a tuned one, one change after the other."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from torch import nn

from helpers.absent import INSTALLED
from helpers.compare.adapters import from_torch
from helpers.compare.same_steps import OPTIMIZERS
from helpers.compare.specimens.mlp import TorchMLP
from helpers.implement import MLP, History, Layer, SoftmaxCrossEntropy, train
from helpers.implement.mlp import chosen

Shape = tuple[int, int, int]
LIBRARY = "PyTorch" if INSTALLED else "NumPy"  # which trains on a ladder unless told otherwise


@dataclass(frozen=True)
class Settings:
    """All that is chosen for one training; the defaults are the assignment's of 2018.

    ``normalise`` is that of helpers.data.load. ``augment`` names what happens to the images of each batch, "flip" or
    "shift". With ``decay`` the learning rate falls from lr to 0 along half a cosine.
    """

    normalise: str = "mean image"
    hidden: tuple[int, ...] = (100,)
    activation: str = "relu"
    init: str = "normal"
    std: float = 1e-4
    optimizer: str = "SGD"
    lr: float = 2e-3
    weight_decay: float = 0.0
    decay: bool = False
    augment: tuple[str, ...] = ()
    label_smoothing: float = 0.0
    batch_size: int = 200
    steps: int = 2000


LADDER: dict[str, dict[str, Any]] = {
    "as assigned in 2018": {},
    "each channel to mean 0 and variance 1": {"normalise": "channel", "lr": 0.1},
    "Kaiming's weights": {"init": "kaiming"},
    "512 and 256 hidden units": {"hidden": (512, 256)},
    "AdamW": {"optimizer": "AdamW", "lr": 1e-3, "weight_decay": 1e-2},
    "learning rate down to 0": {"decay": True},
    "half of the images flipped": {"augment": ("flip",)},
    "label smoothing": {"label_smoothing": 0.1},
}


def rungs(**changed: Any) -> dict[str, Settings]:
    """Every rung of the ladder with all changes up to it, from the assigned settings ``changed`` as said."""
    settings, climbed = Settings(**changed), {}
    for name, change in LADDER.items():
        climbed[name] = settings = replace(settings, **change)
    return climbed


def tuned(**changed: Any) -> Settings:
    """The top of the ladder, trained three times as long."""
    *_, top = rungs(**changed).values()
    return replace(top, steps=3 * top.steps)


def fit(
    settings: Settings, data: Any, library: str = LIBRARY, *, rng: int = 0, **options: Any
) -> tuple[Layer, History]:
    """Train one network with these settings: the network, and what was measured on the validation part.

    ``data`` is a Data of helpers.data, normalised as the settings say. The ``options`` are those of train: progress,
    checkpoint, eval_every.
    """
    parts = {"NumPy": in_numpy, "PyTorch": in_torch}[chosen("library", library, ("NumPy", "PyTorch"))]
    network, loss, optimizer = parts(settings, data, rng)
    history = train(
        network,
        loss,
        optimizer,
        (data.X_train, data.T_train),
        steps=settings.steps,
        batch_size=settings.batch_size,
        validation=(data.X_validation, data.T_validation),
        rng=rng,
        schedule=cosine(settings.lr, settings.steps) if settings.decay else None,
        augment=augmentation(settings.augment, data.shape) if settings.augment else None,
        **options,
    )
    return network, history


def in_numpy(settings: Settings, data: Any, rng: int) -> tuple:
    s, dtype = settings, data.X_train.dtype
    network = MLP(*ends(data, s.hidden), s.activation, s.init, s.std, rng=rng, dtype=dtype)
    optimizer = OPTIMIZERS[s.optimizer][0](network, s.lr, weight_decay=s.weight_decay)
    return network, SoftmaxCrossEntropy(label_smoothing=s.label_smoothing), optimizer


def in_torch(settings: Settings, data: Any, rng: int) -> tuple:
    s, dtype = settings, data.X_train.dtype
    module = TorchMLP(*ends(data, s.hidden), s.activation, s.init, s.std, rng=rng, dtype=dtype)
    optimizer = OPTIMIZERS[s.optimizer][1](module.parameters(), s.lr, weight_decay=s.weight_decay)
    return from_torch(module, nn.CrossEntropyLoss(label_smoothing=s.label_smoothing), optimizer)


def ends(data: Any, hidden: tuple[int, ...]) -> tuple[int, tuple[int, ...], int]:
    """The widths from the pixels of an image to the classes."""
    return math.prod(data.shape), hidden, len(data.classes)


def cosine(lr: float, steps: int) -> Callable[[int], float]:
    """The learning rate of each step: lr (1 + cos(π (step − 1)/steps)) / 2 (Loshchilov and Hutter 2017)."""
    return lambda step: lr * (1 + math.cos(math.pi * (step - 1) / steps)) / 2


def augmentation(
    names: tuple[str, ...], shape: Shape
) -> Callable[[np.ndarray, np.random.Generator], np.ndarray]:
    """What train does to the images of each batch, one after the other."""
    changes = [partial(AUGMENT[chosen("augment", name, AUGMENT)], shape=shape) for name in names]

    def augment(X: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        for change in changes:
            X = change(X, rng)
        return X

    return augment


def flip(X: np.ndarray, rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Half of the images, drawn at random, with left and right exchanged. X (S, C H W), shape (C, H, W)"""
    images = X.reshape(-1, *shape).copy()
    half = rng.random(len(images)) < 0.5
    images[half] = images[half, ..., ::-1]
    return images.reshape(X.shape)


def shift(X: np.ndarray, rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Each image moved at random, by up to an eighth of its height either way; what moves in is 0."""
    S, (C, H, W), by = len(X), shape, shape[1] // 8
    wide = np.pad(X.reshape(S, C, H, W), ((0, 0), (0, 0), (by, by), (by, by)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, (H, W), (2, 3))
    i, j = rng.integers(0, 2 * by + 1, (2, S))
    return windows[np.arange(S), :, i, j].reshape(X.shape)


AUGMENT = {"flip": flip, "shift": shift}
