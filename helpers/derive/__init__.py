"""Derives gradients in index notation, one rule a line.

Each file imports only files before it, in this order of reading:

names        notation                        letters, tensors and indices
bound  rewrite  writing  places              what binds an index; how to rewrite an expression; what may be an index
matrices     functions                       det, log det, inverse; the functions of one entry
print_order  typeset      plain_text         how one writes it
limits       recursion    past               sums with limits of their own; H_t of H_{t-1}
checks  some_entries  definition  chain      what a reader may define, and defines
rules                                        the identities of calculus and algebra
arrays  windows  indexing                    sums as operations on whole arrays; entries that slide or leave
pieces  matrix_printer  matrix               the last line as matrices
layout  numpy_printer  source                as NumPy, as einsum
derivation   start        paths              lines and their rules; where they begin; one path after the other
tidy         strategy                        the way to the compact form
loops        program                         a whole chain as NumPy, forward and backward; a recursion as a loop
formulas                                     the layers and losses of the course
card                                         one of them on a card
"""

from helpers.derive.bound import largest
from helpers.derive.chain import Chain
from helpers.derive.definition import Definition, Fact
from helpers.derive.derivation import Derivation, Line
from helpers.derive.matrices import det, inverse, logdet
from helpers.derive.matrix import matrix_form
from helpers.derive.notation import (
    Iverson,
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
from helpers.derive.program import backward_source, forward_source
from helpers.derive.source import einsum_source, numpy_source
from helpers.derive.strategy import backpropagate, gradient, hessian, hessian_vector_product, jacobian
from helpers.derive.typeset import latex

__all__ = [
    "Chain",
    "Definition",
    "Derivation",
    "Fact",
    "Iverson",
    "L",
    "Line",
    "Partial",
    "Upstream",
    "backpropagate",
    "backward_source",
    "det",
    "einsum_source",
    "elementwise",
    "forward_source",
    "free_indices",
    "gradient",
    "hessian",
    "hessian_vector_product",
    "indices",
    "inverse",
    "jacobian",
    "largest",
    "latex",
    "logdet",
    "matrix_form",
    "numbers",
    "numpy_source",
    "sizes",
    "tensor",
    "upstream",
]
