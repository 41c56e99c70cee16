"""A mistake as data, and what graphs with a mistake are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from helpers.verdict import Kind


@dataclass(frozen=True)
class Slip:
    """A mistake: its kind, the case and the pieces of its sentence, the function that makes it, called as a twin.

    `spoils` are quantities in which anything may stand after it.
    """

    kind: Kind
    function: Callable[..., Any]
    case: str = ""
    pieces: Mapping[str, Any] = field(default_factory=dict)
    spoils: frozenset[str] = frozenset()


def sloped(Y: torch.Tensor, X: torch.Tensor, slope: torch.Tensor | float = 1.0) -> torch.Tensor:
    """Y, with ``slope`` for its derivative with respect to X."""
    return Y.detach() + change(X) * (slope.detach() if isinstance(slope, torch.Tensor) else slope)


def change(X: torch.Tensor) -> torch.Tensor:
    """0, whose gradient goes to X as it comes."""
    return X - X.detach()
