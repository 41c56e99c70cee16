"""What the engine has for whole matrices, for products and for time; nothing, where it has none."""

from dataclasses import fields

import sympy as sp

import helpers.derive as engine
from helpers.derive import rewrite
from helpers.derive.definition import Definition

Largest = rewrite.Largest if hasattr(rewrite, "Largest") else engine.bound.Largest
HAS_PRODUCTS = HAS_INTEGERS = hasattr(engine, "largest")
HAS_TIME = "first" in {f.name for f in fields(Definition)}


def of_matrix(name: str):
    """`det`, `logdet` or `inverse` of a tensor."""
    return getattr(engine, name, None)


def recursive_definition(left: sp.Indexed, right: sp.Expr, broadcast: tuple, first: sp.Expr) -> Definition:
    """H_t of H_{t−1}, with the state before the first step."""
    return Definition(left, right, broadcast=broadcast, first=first)
