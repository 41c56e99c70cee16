"""The derivatives of a product and of a maximum over an index."""

import sympy as sp
from sympy import Idx, Mul, Product, Sum

from helpers.derive.bound import OtherFactors, Selection
from helpers.derive.notation import Largest, Partial, free_indices
from helpers.derive.rewrite import fresh, rename_apart, substitute, summed_indices
from helpers.derive.rules.base import derivative_rule


@derivative_rule("product rule over the index")
def product_over(f, x, chain):
    """∂(Π_k f_k)/∂x = Σ_k (∂f_k/∂x) Π_{l≠k} f_l"""
    if isinstance(f, Product):
        f = rename_apart(f, free_indices(x))
        k, inside = f.limits[-1][0], f.function
        inside = Product(inside, *f.limits[:-1]) if f.limits[:-1] else inside
        return Sum(Partial(inside, x) * others(inside, k, k), k)
    if isinstance(f, OtherFactors):
        f = rename_apart(f, free_indices(x) | set().union(*map(free_indices, f.beside)))
        k = f.letter
        different = Mul(*[1 - sp.KroneckerDelta(k, i) for i in f.beside])
        return Sum(different * Partial(f.of, x) * others(f.of, k, *f.beside, k), k)


@derivative_rule("logarithmic derivative")
def logarithm_of_product(f, x, chain):
    """∂(log Π_k f_k)/∂x = Σ_k (∂f_k/∂x)/f_k"""
    if isinstance(f, sp.log) and isinstance(f.args[0], Product):
        product = rename_apart(f.args[0], free_indices(x))
        return Sum(Partial(product.function, x) / product.function, *product.limits)


def letters_in(e: sp.Expr) -> set[Idx]:
    """The letters of e, free or bound."""
    return free_indices(e) | summed_indices(e)


def others(inside: sp.Expr, k: Idx, *without: sp.Expr) -> OtherFactors:
    """Π_{l ≠ k} f_l"""
    l = fresh(k, {k, *letters_in(inside), *(j for i in without for j in free_indices(i))})
    return OtherFactors(substitute(inside, [k], [l]), l, *without)


@derivative_rule("derivative of the maximum")
def maximum_over(f, x, chain):
    """∂(max_k f_k)/∂x = Σ_k [f_k = max_l f_l] ∂f_k/∂x: the place of the maximum stays, wherever there is one alone"""
    if isinstance(f, Largest):
        f = rename_apart(f, free_indices(x))
        k = f.letter
        if k not in free_indices(f.of):
            return Partial(f.of, x)
        l = fresh(k, {k, *letters_in(f.of), *free_indices(x)})
        return Sum(Selection(substitute(f.of, [k], [l]), l, k) * Partial(f.of, x), k)
    if isinstance(f, Selection):
        return sp.S.Zero
