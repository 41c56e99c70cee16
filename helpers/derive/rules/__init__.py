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

__all__ = [
    "Rule",
    "chain_rule",
    "common_denominator",
    "common_factor",
    "contract",
    "contract_over",
    "definition",
    "expand",
    "expand_deltas",
    "given",
    "implied",
    "insert",
    "itself",
    "kronecker",
    "linearity",
    "merge",
    "named_at_once",
    "product_rule",
    "pull_out",
    "quotient_rule",
    "recognise",
    "rename",
    "rule",
    "sign",
    "spell_out",
    "split",
    "sum_over_paths",
    "symmetry",
    "write_out",
]
