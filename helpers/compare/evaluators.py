"""What products, maxima, matrices and indices mean in numbers, and random numbers that suit them."""

from collections.abc import Callable, Sequence

import sympy as sp
import torch
from sympy import Idx, Indexed, Product, Sum

from helpers.derive import Fact
from helpers.derive.bound import OtherFactors, Selection
from helpers.derive.matrices import Determinant, InverseEntry, LogDeterminant
from helpers.derive.notation import Largest, OfMatrix, OverIndex, Tensor, free_indices
from helpers.derive.places import ranges
from helpers.derive.rewrite import fresh, rename_apart, size_of, substitute, summed_indices

Scope = tuple[Idx, ...]


def along(numbers, e: OverIndex, scope: Scope) -> tuple[torch.Tensor, Idx]:
    """What e runs over, with its letter as the last axis; the letter, apart from those of the scope."""
    k = fresh(e.letter, {*scope, *free_indices(e.of) - {e.letter}, *summed_indices(e.of)})
    inside = numbers.evaluate(substitute(e.of, [e.letter], [k]), (*scope, k))
    return inside.expand(*inside.shape[:-1], numbers.size(size_of(k))), k


def product(numbers, e: Product, scope: Scope) -> torch.Tensor:
    e = rename_apart(e, scope)
    letters = tuple(limit[0] for limit in e.limits)
    inside = numbers.evaluate(e.function, (*scope, *letters))
    inside = inside.expand(*inside.shape[: len(scope)], *(numbers.size(size_of(k)) for k in letters))
    return inside.flatten(len(scope)).prod(-1)


def other_factors(numbers, e: OtherFactors, scope: Scope) -> torch.Tensor:
    inside, k = along(numbers, e, scope)
    wide = (*scope, k)
    for place in e.beside:
        left_out = numbers.integer(k, wide) == numbers.integer(place, wide)
        inside = torch.where(left_out, 1.0, inside)
    return inside.prod(-1)


def selection(numbers, e: Selection, scope: Scope) -> torch.Tensor:
    inside, _ = along(numbers, e, scope)
    return (inside.argmax(-1) == numbers.integer(e.at, scope)).double()


def of_matrix(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable:
    """A number that all entries of a matrix make."""
    return lambda numbers, e, scope: function(numbers.array(e.matrix)).reshape([1] * len(scope))


evaluators: dict[type, Callable[..., torch.Tensor]] = {
    Idx: lambda numbers, e, scope: numbers.integer(e, scope).double(),
    Product: product,
    Largest: lambda numbers, e, scope: along(numbers, e, scope)[0].amax(-1),
    OtherFactors: other_factors,
    Selection: selection,
    Determinant: of_matrix(torch.linalg.det),
    LogDeterminant: of_matrix(lambda A: torch.linalg.slogdet(A)[1]),
    InverseEntry: lambda numbers, e, scope: numbers.entries(
        torch.linalg.inv(numbers.array(e.matrix)), e.indices, scope
    ),
    sp.polygamma: lambda numbers, e, scope: torch.polygamma(
        int(e.args[0]), numbers.evaluate(e.args[1], scope)
    ),
    sp.atan2: lambda numbers, e, scope: torch.atan2(*(numbers.evaluate(a, scope) for a in e.args)),
}
"""For each kind of expression a function of the numbers, the expression and its scope, as `Numbers.evaluate` is one."""


def suited(
    array: torch.Tensor, tensor: Tensor, sides: Sequence[sp.Expr], sizes: dict[sp.Symbol, int]
) -> torch.Tensor:
    """Random numbers made fit for their use: integers in the range of their axis, a matrix that can be inverted."""
    if tensor.label.is_integer:
        size = next((n for t, n, _ in ranges(*sides) if t.base == tensor), sp.Integer(4))
        noise = (array * 1000).long().abs()
        return noise % int(size.xreplace(sizes))
    if any(e.matrix == tensor for side in sides for e in side.atoms(OfMatrix)):
        n = len(array)  # the eigenvalues lie around 2, within a circle of radius 1
        return array / n**0.5 + 2 * torch.eye(n, dtype=array.dtype)
    if any(
        e.args[0].has(*within(tensor, e)) for side in sides for e in side.atoms(sp.asin, sp.acos, sp.atanh)
    ):
        return array / (1 + array.abs())
    return array


def within(tensor: Tensor, e: sp.Expr) -> list[Indexed]:
    return [a for a in e.atoms(Indexed) if a.base == tensor] or [sp.nan]


def respecting(array: torch.Tensor, tensor: Tensor, facts: Sequence[Fact]) -> torch.Tensor:
    """The array, made to satisfy the facts about its entries: Σ_n T_mn = 1, P_ij = P_ji."""
    for fact in facts:
        if fact.symmetric:
            array = (array + array.mT) / 2 if fact.left.base == tensor else array
            continue
        if not (
            isinstance(fact.left, Sum) and isinstance(fact.left.function, Indexed) and fact.right.is_number
        ):
            raise NotImplementedError(f"no random numbers are known for which {fact.left} = {fact.right}")
        entry = fact.left.function
        if entry.base == tensor:
            axes = tuple(entry.indices.index(limit[0]) for limit in fact.left.limits)
            array = array.abs() + 0.2
            array = array * float(fact.right) / array.sum(axes, keepdim=True)
    return array
