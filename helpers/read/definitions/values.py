"""Arrays of which the axes and the entries are known: `at` gives the entry at indices, as index notation.

A matrix has two axes; a column has its second of size 1, a row its first; a number has none. In NumPy text arrays have
any number of axes, and broadcast from the right.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import sympy as sp

from helpers.read.definitions.axes import ONE, Axis

Entries = Callable[[tuple], sp.Expr]


@dataclass
class Value:
    """An array: its axes, and its entries; `hint` says where a vector that is added goes, along rows or columns."""

    axes: tuple[Axis, ...]
    at: Entries
    hint: str = ""
    letter: str = ""  # the bare letter that it is
    factor: str = ""  # the letter that it is, transposed or not
    contracted: Axis | None = None
    latin: bool = field(default=False)  # a number that is a letter of the text, x and not ε or 2

    @property
    def is_number(self) -> bool:
        return not self.axes

    @property
    def is_column(self) -> bool:
        return len(self.axes) == 2 and self.axes[1] is ONE

    @property
    def is_row(self) -> bool:
        return len(self.axes) == 2 and self.axes[0] is ONE

    @property
    def is_vector(self) -> bool:
        return self.is_column or self.is_row

    @property
    def is_matrix(self) -> bool:
        return len(self.axes) == 2 and not self.is_vector

    @property
    def proper(self) -> tuple[Axis, ...]:
        """The axes that are longer than 1."""
        return tuple(a for a in self.axes if a is not ONE)


def constant(e: sp.Expr) -> Value:
    return Value((), lambda at: e)


def entrywise(f: Callable[..., sp.Expr], a: Value) -> Value:
    """f of each entry."""
    return Value(a.axes, lambda at: f(a.at(at)), a.hint)


def transposed(a: Value) -> Value:
    if a.is_number:
        return a
    turned = "column" if a.hint == "row" else "row" if a.hint == "column" else ""
    return Value(a.axes[::-1], lambda at: a.at(at[::-1]), turned, factor=a.factor)


def squeezed(axes: tuple[Axis, ...], at: Entries, **said) -> Value:
    """A 1 × 1 matrix is a number."""
    if len(axes) == 2 and axes[0] is ONE and axes[1] is ONE:
        return Value((), lambda _: at((None, None)), **said)
    return Value(axes, at, **said)
