"""Derives gradients in index notation, one rule a line.

Each file imports only files before it, in this order of reading:

names        notation     rewrite  writing   letters, tensors and indices; how to rewrite an expression, and its length
print_order  typeset                         how one writes it
definition   rules                           what a reader defines; the identities of calculus and algebra
arrays  pieces  matrix_printer  matrix       the last line as matrices
windows      source                          the last line as NumPy, as einsum
derivation   first_lines  tidy  strategy     lines and their rules; where they begin; the way to the compact form
formulas                                     the layers and losses of the course
card                                         one of them on a card
"""

from helpers.derive.definition import Chain, Definition, Fact
from helpers.derive.derivation import Derivation, Line
from helpers.derive.matrix import matrix_form
from helpers.derive.notation import (
    L,
    Partial,
    Upstream,
    elementwise,
    free_indices,
    indices,
    numbers,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.source import einsum_source, numpy_source
from helpers.derive.strategy import backpropagate, gradient, hessian, hessian_vector_product, jacobian
from helpers.derive.typeset import latex

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
    "hessian",
    "hessian_vector_product",
    "indices",
    "jacobian",
    "latex",
    "matrix_form",
    "numbers",
    "numpy_source",
    "sizes",
    "tensor",
    "upstream",
]
