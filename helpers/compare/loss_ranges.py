"""What a loss asks of its X and of its T, and over what its mean goes: a row for each loss of torch.nn."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch

from helpers.compare.reference import family_of, layer_meant

nn = torch.nn


@dataclass(frozen=True)
class Range:
    """How X and T are drawn, and what else is known of a loss.

    X     real numbers, moderate ones, unit (between 0 and 1), rows (of probabilities), log rows (their logarithms)
    T     one-hot, binary (0 and 1), real, rows, signs (−1 and 1), counts
    mean  the sizes that the mean divides by
    link  what makes probabilities of X, where the loss has a logarithm of these: none, softmax, sigmoid; "" without
    half  whether ½ in front is a convention
    """

    X: str = "real"
    T: str = "one-hot"
    mean: tuple[str, ...] = ("S", "N")
    link: str = ""
    half: bool = False


SAMPLES = ("S",)
RANGES = {
    nn.BCELoss: Range("unit", "binary", link="none"),
    nn.BCEWithLogitsLoss: Range("real", "binary", link="sigmoid"),
    nn.CrossEntropyLoss: Range(mean=SAMPLES, link="softmax"),
    nn.NLLLoss: Range("log rows", mean=SAMPLES),
    nn.KLDivLoss: Range("log rows", "rows"),
    nn.MSELoss: Range(T="real", half=True),
    nn.L1Loss: Range(T="real"),
    nn.SmoothL1Loss: Range(T="real"),
    nn.HuberLoss: Range(T="real"),
    nn.SoftMarginLoss: Range("moderate", "signs"),
    nn.HingeEmbeddingLoss: Range(T="signs"),
    nn.MultiLabelSoftMarginLoss: Range(T="binary"),
    nn.MultiMarginLoss: Range(mean=SAMPLES),
    nn.PoissonNLLLoss: Range("moderate", "counts"),
}
BY_IDS = (nn.NLLLoss, nn.MultiMarginLoss)  # what PyTorch asks class ids of


def range_of(like: Any, X: np.ndarray | None = None) -> Range:
    """Return the range of a loss of this project or of torch.nn; of any other what the numbers of an X show."""
    for module, found in RANGES.items():
        if isinstance(like, module):
            return found
    meant = layer_meant(like)
    family = meant and family_of(meant)
    if family and family.module and (found := RANGES.get(family.load("module"))):
        return found
    if getattr(meant, "probabilities", False):
        return Range("rows", mean=SAMPLES, link="none")
    if meant is not None and "NLL" in meant.__name__:
        return RANGES[nn.NLLLoss]
    if X is not None and X.size and (X > 0).all() and (X < 1).all():
        return Range("rows" if np.allclose(X.sum(-1), 1) and X.shape[-1] > 1 else "unit")
    return Range()


LINKS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "softmax": lambda X: X.softmax(1),
    "sigmoid": torch.sigmoid,
    "none": lambda X: X,
}


def with_epsilon(loss: Range, reduction: str, eps: float) -> Callable[..., torch.Tensor]:
    """Return L(X, T) of a loss that is −log P, with log(P + ε)."""

    def f(X: torch.Tensor, T: torch.Tensor) -> torch.Tensor:
        P = LINKS[loss.link](X)
        losses = T * torch.log(P + eps)
        if loss.T == "binary":
            losses = losses + (1 - T) * torch.log(1 - P + eps)
        sizes = dict(zip("SN", X.shape, strict=False))
        return -losses.sum() / prod(sizes.get(letter, 1) for letter in loss.mean if reduction == "mean")

    return f


def linked(loss: Range, X: np.ndarray) -> np.ndarray:
    """Return P, what a loss takes the logarithm of."""
    return LINKS[loss.link](torch.tensor(X)).numpy()
