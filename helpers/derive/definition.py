"""Definitions, as a reader writes them.

    linear = Definition(Y[m, n], Sum(X[m, p] * W[n, p], p) + b[n])

A definition that cannot be meant is refused, with the letter and the place where it stands.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta

from helpers.derive.checks import (
    check_expression,
    check_letters,
    check_products,
    check_sums,
    expression,
    the_loss,
)
from helpers.derive.functions import spelled_out
from helpers.derive.limits import whole_sums
from helpers.derive.notation import Cases, L, Tensor, free_indices, in_cases, is_number
from helpers.derive.past import AfterStep, after_step
from helpers.derive.places import check_entry
from helpers.derive.recursion import recursions
from helpers.derive.rewrite import substitute, summed_indices
from helpers.derive.some_entries import check_places, is_whole, spread
from helpers.derive.typeset import latex


@dataclass(frozen=True, repr=False)
class Definition:
    """Y_mn = an expression in the letters m, n, in tensors, sizes and numbers; or L = an expression.

    `broadcast` names the letters of the left side that are meant to be absent on the right: B_mn = b_n.
    Through time a quantity may depend on its own past, H_tn = an expression in H_{t-1,k}. What stands for it where no
    past exists is `first`, an expression in the other letters: the first state H0_n, or 0. Written H_{t+1,n} = an
    expression in H_{t,k}, with T + 1 entries on that axis, it is read as H_t of H_{t-1}, the state after step t.
    Some entries alone may be defined, Y_{t,2i} = an expression in t, i: `some` says which, all others are 0.
    """

    left: Indexed | sp.Symbol
    right: sp.Expr
    broadcast: tuple[Idx, ...] = ()
    first: sp.Expr | None = None
    after: AfterStep | None = None
    some: tuple[Indexed, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "left", the_loss(self.left))
        object.__setattr__(self, "right", whole_sums(in_cases(spelled_out(expression(self.right)))))
        object.__setattr__(self, "first", None if self.first is None else sp.sympify(self.first))
        if step := after_step(self.left):
            object.__setattr__(self, "after", step)
            object.__setattr__(self, "left", step.read(self.left))
            object.__setattr__(self, "right", step.read(self.right))
        self.check_left()
        first = () if self.first is None else (self.first,)
        for entry in sorted(
            set().union(*(e.atoms(Indexed) for e in (self.left, self.right, *first))), key=str
        ):
            check_entry(entry)
        check_letters(self.left, self.right, *first)
        check_sums(self.right, tuple(self.letters))
        check_products(self.right)
        self.check_free_indices()
        if isinstance(self.left, Indexed) and not is_whole(self.left):
            object.__setattr__(self, "some", (self.left,))
            left, right = spread(self.left, self.right)
            object.__setattr__(self, "left", left)
            object.__setattr__(self, "right", right)
        recursions([self])

    def check_left(self) -> None:
        """The left side is an entry with a letter for each axis, a number, or the loss."""
        if isinstance(self.left, KroneckerDelta):
            raise TypeError(
                f"{self.left} on the left is the identity matrix: a B with A B = I is B[i, j] = inverse(A)[i, j]"
            )
        if isinstance(self.left, sp.Symbol) and self.left != L:
            raise TypeError(
                f"the left side is {self.left}: call the loss L, Definition(L, ...), or say that it is a number, "
                f"{self.left}, = numbers('{self.left}')"
            )
        if not isinstance(self.left, Indexed) and self.left != L:
            raise TypeError(
                f"the left side is {self.left}: an entry such as Y[m, n], or the loss L, is expected"
            )
        if self.left != L and self.left.is_integer:
            raise ValueError(f"{self.left} holds integers, which are given as data: they are not defined")
        if isinstance(self.left, Indexed) and not is_number(self.left):
            check_places(self.left)

    def check_free_indices(self) -> None:
        """The same letters are free on both sides, but for those that are said to be broadcast."""
        letters = self.letters
        for k in sorted(free_indices(self.right) - set(letters), key=str):
            where = sorted((e for e in self.right.atoms(Indexed) if e.has(k)), key=str) or [self.right]
            if k in summed_indices(self.right) and self.right.has(Cases):
                raise ValueError(
                    f"SymPy has taken cases out of the sum over {k}, in {self.left}: define that sum by itself first"
                )
            raise ValueError(
                f"index {k} is free in {where[0]}, but {self.left} has no {k}: sum over it, or name it there"
            )
        for k in letters:
            if k not in free_indices(self.right) and k not in self.broadcast:
                raise ValueError(
                    f"index {k} of {self.left} does not occur on the right: say broadcast=({k},) if so meant"
                )

    @property
    def tensor(self) -> Tensor | sp.Symbol:
        return self.left.base if isinstance(self.left, Indexed) else self.left

    @property
    def indices(self) -> tuple[Idx, ...]:
        """The letters of the left side; none where it is a number."""
        return tuple(k for k in getattr(self.left, "indices", ()) if isinstance(k, Idx))

    @property
    def letters(self) -> list[Idx]:
        """The letters of the left side as it is written, that of the place 2 i too, axis by axis."""
        return [
            k for place in getattr(self.left, "indices", ()) for k in sorted(free_indices(place), key=str)
        ]

    @cached_property
    def depends_on(self) -> set[Tensor]:
        """The tensors on the right side."""
        return {e.base for e in self.right.atoms(Indexed)}

    def at(self, entry: Indexed | sp.Symbol) -> sp.Expr:
        """The right side for another entry: Y_ij in place of Y_mn."""
        return substitute(self.right, self.indices, entry.indices) if self.indices else self.right

    def __repr__(self) -> str:
        return f"{self.left} = {self.right}"

    def _repr_latex_(self) -> str:
        return f"${latex(self.left)} = {latex(self.right)}$"


@dataclass(frozen=True)
class Fact:
    """Something known of the tensors that their letters do not say: Σ_n T_mn = 1."""

    name: str
    left: sp.Expr
    right: sp.Expr

    def __post_init__(self) -> None:
        object.__setattr__(self, "left", whole_sums(in_cases(self.left)))
        object.__setattr__(self, "right", whole_sums(in_cases(sp.sympify(self.right))))
        check_expression(self.left)

    @property
    def symmetric(self) -> bool:
        """Does it say that a matrix is symmetric, P_ij = P_ji?"""
        left, right = self.left, self.right
        return isinstance(left, Indexed) and len(left.indices) == 2 and right == left.base[left.indices[::-1]]
