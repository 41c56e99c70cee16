"""The rules: each an identity, from an expression to an equal one."""

from helpers.derive.rules.algebra import common_denominator, common_factor, expand, expand_deltas, sign
from helpers.derive.rules.base import Rule, named_at_once, rule
from helpers.derive.rules.differentiate import (
    chain_rule,
    definition,
    itself,
    kronecker,
    linearity,
    product_rule,
    quotient_rule,
    sum_over_paths,
    symmetry,
)
from helpers.derive.rules.matrix_calculus import determinant, inverse_matrix, several_arguments
from helpers.derive.rules.over_index import logarithm_of_product, maximum_over, product_over
from helpers.derive.rules.recognition import given, insert, recognise, write_out
from helpers.derive.rules.sums import (
    contract,
    contract_over,
    implied,
    merge,
    pull_out,
    rename,
    spell_out,
    split,
)

OF_NODES = logarithm_of_product, product_over, maximum_over, inverse_matrix, determinant, several_arguments
"""The derivatives of what runs over an index, of a function of a matrix, of a function of two arguments."""

__all__ = [
    "OF_NODES",
    "Rule",
    "chain_rule",
    "common_denominator",
    "common_factor",
    "contract",
    "contract_over",
    "definition",
    "determinant",
    "expand",
    "expand_deltas",
    "given",
    "implied",
    "insert",
    "inverse_matrix",
    "itself",
    "kronecker",
    "linearity",
    "logarithm_of_product",
    "maximum_over",
    "merge",
    "named_at_once",
    "product_over",
    "product_rule",
    "pull_out",
    "quotient_rule",
    "recognise",
    "rename",
    "rule",
    "several_arguments",
    "sign",
    "spell_out",
    "split",
    "sum_over_paths",
    "symmetry",
    "write_out",
]
