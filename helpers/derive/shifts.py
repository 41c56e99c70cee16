"""Entries at t + 1 or t − 1 as arrays of their own: the rows moved by one, and 0 where no row comes."""

from functools import partial

import sympy as sp
from sympy import Add, Idx, Indexed, Mul, Sum

from helpers.derive.names import code_name
from helpers.derive.notation import Iverson
from helpers.derive.rewrite import everywhere, size_of


class Shifted(sp.Expr):
    """dA_{t+1,n} of an array that is 0 where no entry exists; its axes are t and n."""

    entry = property(lambda self: self.args[0])

    @property
    def axes(self) -> tuple[Idx, ...]:
        return tuple(k.as_coeff_Add()[1] for k in self.entry.indices)

    @property
    def source(self) -> str:
        """np.pad(dA, ((0, 1), (0, 0)))[1:]"""
        text = code_name(self.entry.base.label)
        for axis, shift in enumerate(int(k.as_coeff_Add()[0]) for k in self.entry.indices):
            if shift:
                far = f"({max(-shift, 0)}, {max(shift, 0)})"
                pads = ", ".join(far if k == axis else "(0, 0)" for k in range(len(self.axes)))
                kept = f"{shift}:" if shift > 0 else f":{shift}"
                text = f"np.pad({text}, ({pads}{',' * (len(self.axes) == 1)}))[{':, ' * axis}{kept}]"
        return text


def with_shifts(e: sp.Expr) -> sp.Expr:
    """e with the rows moved for entries at t + 1, where a bracket says that these exist: [t + 1 < T] dA_{t+1}.

    A product that is 0 with them needs its bracket no more.
    """

    def put(node: sp.Expr) -> sp.Expr:
        fs = list(Mul.make_args(node)) if isinstance(node, Mul) else []
        for bracket in [f for f in fs if isinstance(f, Iverson) and moves(f.entry, f.size)]:
            moved = [everywhere(f, partial(shifted, bracket)) for f in fs if f is not bracket]
            if any(p.exp.is_negative for f in moved for p in f.atoms(sp.Pow) if p.base.has(Shifted)):
                raise NotImplementedError(f"{node} divides by what is not there: it has no NumPy source")
            fs = moved if any(map(vanishes, moved)) else [bracket, *moved]
        return Mul(*fs) if fs else node

    return everywhere(e, put)


def moves(place: sp.Expr, size: sp.Expr) -> bool:
    """Is it t + 1, t − 1, ..., for a letter that runs over the same axis?"""
    shift, letter = place.as_coeff_Add()
    return bool(shift) and isinstance(letter, Idx) and size_of(letter) == size


def shifted(bracket: Iverson, a: sp.Expr) -> sp.Expr:
    """The entry moved, where the bracket speaks of its place."""
    if not isinstance(a, Indexed) or (bracket.entry, bracket.size) not in zip(
        a.indices, a.base.shape, strict=True
    ):
        return a
    plain = all(isinstance(k, Idx) or k == bracket.entry for k in a.indices)
    return Shifted(a) if plain else a


def vanishes(e: sp.Expr) -> bool:
    """Is it 0 where no row comes?"""
    if isinstance(e, Mul):
        return any(map(vanishes, e.args))
    if isinstance(e, Add):
        return all(map(vanishes, e.args))
    return isinstance(e, Shifted) or (isinstance(e, Sum) and vanishes(e.function))
