"""The rules: each an identity, from an expression to an equal one."""

from helpers.derive.rules.algebra import common_denominator, common_factor, expand, sign
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
from helpers.derive.rules.recognise import given, insert, recognise
from helpers.derive.rules.rule import Rule, rule
from helpers.derive.rules.sums import contract, merge, pull_out, split

__all__ = [
    "Rule",
    "chain_rule",
    "common_denominator",
    "common_factor",
    "contract",
    "definition",
    "expand",
    "given",
    "insert",
    "itself",
    "kronecker",
    "linearity",
    "merge",
    "product_rule",
    "pull_out",
    "quotient_rule",
    "recognise",
    "rule",
    "sign",
    "split",
    "sum_over_paths",
    "symmetry",
]
