"""Derives gradients in index notation, one rule a line."""

from helpers.derive.definition import Chain, Definition, Fact
from helpers.derive.derivation import Derivation, Line
from helpers.derive.latex import latex
from helpers.derive.matrix import matrix_form
from helpers.derive.notation import (
    L,
    Partial,
    Upstream,
    elementwise,
    free_indices,
    indices,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.source import einsum_source, numpy_source
from helpers.derive.strategy import backpropagate, gradient, jacobian

__all__ = [
    "Chain",
    "Definition",
    "Derivation",
    "Fact",
    "L",
    "Line",
    "Partial",
    "Upstream",
    "backpropagate",
    "einsum_source",
    "elementwise",
    "free_indices",
    "gradient",
    "indices",
    "jacobian",
    "latex",
    "matrix_form",
    "numpy_source",
    "sizes",
    "tensor",
    "upstream",
]
