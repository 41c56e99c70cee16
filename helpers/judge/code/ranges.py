"""What a loss asks of its X and of its T, and over what its mean goes: a row for each loss of torch.nn."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from helpers.compare.reference import family_of, layer_meant

nn = torch.nn


@dataclass(frozen=True)
class Range:
    """How X and T are drawn, and what else is known of a loss.

    X     real numbers, unit (between 0 and 1), rows (of probabilities), log rows (their logarithms)
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
    nn.SoftMarginLoss: Range(T="signs"),
    nn.HingeEmbeddingLoss: Range(T="signs"),
    nn.MultiLabelSoftMarginLoss: Range(T="binary"),
    nn.MultiMarginLoss: Range(mean=SAMPLES),
    nn.PoissonNLLLoss: Range(T="counts"),
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


def drawn(what: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw an X or a T of this range."""
    if what == "one-hot":
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    if what in ("binary", "signs"):
        ones = rng.integers(2, size=shape).astype(float)
        return ones if what == "binary" else 2 * ones - 1
    if what == "counts":
        return rng.integers(5, size=shape).astype(float)
    A = normal(shape, rng)
    if what == "unit":
        return 1 / (1 + np.exp(-A))
    if what in ("rows", "log rows"):
        P = np.exp(A) / np.exp(A).sum(-1, keepdims=True)
        return P if what == "rows" else np.log(P)
    return A


def normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw random numbers, none of them near 0, where there may be a kink."""
    A = rng.standard_normal(shape)
    return A + np.copysign(0.05, A)
