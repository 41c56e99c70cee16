"""The rules: each an identity, from an expression to an equal one."""

from helpers.derive.rules.algebra import (
    above_zero,
    collect,
    common_denominator,
    common_factor,
    expand,
    expand_deltas,
    logistic,
    sign,
)
from helpers.derive.rules.base import Rule, named_at_once, rule
from helpers.derive.rules.brackets import always, implied, shift
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
from helpers.derive.rules.one_sum import around_delta, into_sum, one_letter, one_product, split_at_deltas
from helpers.derive.rules.over_index import logarithm_of_product, maximum_over, product_over
from helpers.derive.rules.recognition import given, insert, recognise, recognise_sum, write_out
from helpers.derive.rules.sums import (
    contract,
    contract_over,
    merge,
    pull_out,
    rename,
    spell_out,
    split,
)
from helpers.derive.rules.totals import of_defined

OF_NODES = logarithm_of_product, product_over, maximum_over, inverse_matrix, determinant, several_arguments
"""The derivatives of what runs over an index, of a function of a matrix, of a function of two arguments."""

__all__ = [
    "OF_NODES",
    "Rule",
    "above_zero",
    "always",
    "around_delta",
    "chain_rule",
    "collect",
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
    "into_sum",
    "inverse_matrix",
    "itself",
    "kronecker",
    "linearity",
    "logarithm_of_product",
    "logistic",
    "maximum_over",
    "merge",
    "named_at_once",
    "of_defined",
    "one_letter",
    "one_product",
    "product_over",
    "product_rule",
    "pull_out",
    "quotient_rule",
    "recognise",
    "recognise_sum",
    "rename",
    "rule",
    "several_arguments",
    "shift",
    "sign",
    "spell_out",
    "split",
    "split_at_deltas",
    "sum_over_paths",
    "symmetry",
    "write_out",
]
