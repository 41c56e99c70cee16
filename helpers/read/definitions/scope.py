"""Letters for indices and sizes, none of which has two meanings in one text."""

from collections.abc import Iterable
from contextlib import contextmanager

import sympy as sp
from sympy import Idx

from helpers.derive.notation import sizes as symbolic_sizes
from helpers.read.definitions.axes import Axis

SIZES = "S N M K D H C P Q R B G U V"
INDICES = "ijklmnpqrsuvwabcdefgh"


class Scope:
    """Gives each axis its size, and each index its letter; knows which index letters are in use at each place."""

    def __init__(self, taken: Iterable[str], wanted: dict[Axis, str]) -> None:
        """`taken` are the letters of tensors and numbers, `wanted` sizes that are named already."""
        self.taken = set(taken)
        self.sizes: dict[Axis, sp.Expr] = {}
        self.wanted = {axis.root: name for axis, name in wanted.items()}
        self.named = set(wanted.values())
        self.used: dict[str, Axis] = {}
        self.open: list[Idx] = []
        self.indices: dict[str, Idx] = {}

    def size(self, axis: Axis, like: str = "") -> sp.Expr:
        """The size of an axis: as the text names it, else the usual letter, else one that is free."""
        root = axis.root
        if root not in self.sizes:
            name = root.size if root.size is not None else self.wanted.get(root)
            if name is None:
                free = (n for n in [*like.split(), *SIZES.split()] if n not in self.taken | self.named)
                name = next(free, None) or next(
                    f"N{k}" for k in range(1, 99) if f"N{k}" not in self.taken | self.named
                )
            self.named.add(str(name))
            self.sizes[root] = sp.Integer(name) if isinstance(name, int) else symbolic_sizes(name)[0]
        return self.sizes[root]

    def letter(self, axis: Axis, wanted: str = "") -> Idx:
        """An index over the axis that no sum around it uses: the text's own letter where it is free."""
        root, size = axis.root, self.size(axis)
        in_use = {str(k) for k in self.open}
        known = [k for k, a in self.used.items() if a is root and k not in in_use]
        usual = [str(size).lower()] if str(size).isalpha() else []
        for k in [
            *([wanted] if wanted else []),
            *known,
            *usual,
            *INDICES,
            *(f"{x}{n}" for n in range(1, 9) for x in INDICES),
        ]:
            mine = self.used.get(k, root) is root
            if mine and k not in in_use and k not in self.taken and k not in map(str, self.named):
                self.used[k] = root
                return Idx(k, size)
        raise ValueError("no letter is left for an index")

    @contextmanager
    def index(self, axis: Axis, name: str = ""):
        """An index that is in use inside; by its name, where the text has one."""
        k = self.letter(axis, name.rstrip("'"))
        self.open.append(k)
        before = self.indices.get(name)
        if name:
            self.indices[name] = k
        try:
            yield k
        finally:
            self.open.pop()
            if name:
                self.indices.pop(name)
            if before is not None:
                self.indices[name] = before

    @contextmanager
    def standing_for(self, name: str, k: Idx):
        """Inside, the text's index of this name is k."""
        before = self.indices[name]
        self.indices[name] = k
        try:
            yield
        finally:
            self.indices[name] = before
