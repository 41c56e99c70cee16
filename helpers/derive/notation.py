"""The alphabet of index notation.

Tensors are SymPy's `IndexedBase` with a shape, indices its `Idx` with a range, sums its `Sum`, the Kronecker
delta its `KroneckerDelta`. Four objects are missing there and stand here: the upstream gradient dL/dY, the
partial derivative that is not carried out yet, the elementwise function without a name, the Iverson bracket.
"""

import sympy as sp
from sympy import Idx, IndexedBase
from sympy.core.symbol import Str


def sizes(names: str) -> tuple[sp.Symbol, ...]:
    """Symbolic sizes, `S, M, N = sizes("S M N")`: positive integers, never a number."""
    return sp.symbols(tuple(names.split()), integer=True, positive=True)


def indices(letters: str, size: sp.Expr) -> tuple[Idx, ...]:
    """Indices that run over one size, `m, i = indices("m i", S)`."""
    return tuple(Idx(letter, size) for letter in letters.split())


class Tensor(IndexedBase):
    """An `IndexedBase` with a shape that says what is wrong when an entry has too few or too many indices."""

    def __getitem__(self, entry: Idx | tuple[sp.Expr, ...]) -> sp.Indexed:
        entry = entry if isinstance(entry, tuple | sp.Tuple) else (entry,)
        if len(entry) != len(self.shape):
            written = f"{self.label}[{', '.join(map(str, entry))}]"
            shape = ", ".join(map(str, self.shape))
            count = "1 index" if len(entry) == 1 else f"{len(entry)} indices"
            raise IndexError(
                f"{written} has {count}, but {self.label} of shape ({shape}) needs {len(self.shape)}"
            )
        return super().__getitem__(entry)

    __iter__ = None  # or Python would ask for entries 0, 1, 2, ... without an end: sum(x) is Sum(x[k], k)


def tensor(name: str, *shape: sp.Expr, **assumptions: bool) -> Tensor:
    """A tensor of real numbers, `X = tensor("X", S, M)`; its entries are `X[m, p]`."""
    return Tensor(name, shape=shape, real=True, **assumptions)


L = sp.Symbol("L", real=True)
"""The loss, a number."""


class Upstream(Tensor):
    """dL/dY, the gradient that arrives from the right; it has the shape of Y and is written dY in code."""

    @property
    def of(self) -> str:
        return str(self.label).removeprefix("d")


def upstream(Y: Tensor) -> Upstream:
    """The gradient of the loss with respect to Y."""
    return Upstream(f"d{Y.label}", shape=Y.shape, real=True)


class Partial(sp.Expr):
    """∂f/∂x, not carried out yet: f any expression, x an entry of a tensor."""

    f = property(lambda self: self.args[0])
    x = property(lambda self: self.args[1])
    is_commutative = True


class Elementwise(sp.Expr):
    """h(x), h'(x), h''(x), ...: an elementwise function of which only the name and the order are known."""

    name = property(lambda self: str(self.args[0]))
    order = property(lambda self: int(self.args[1]))
    argument = property(lambda self: self.args[2])
    is_extended_real = True
    is_commutative = True

    def derivative(self) -> "Elementwise":
        """The same function, one prime more, at the same place."""
        return Elementwise(self.args[0], self.args[1] + 1, self.args[2])


def elementwise(name: str):
    """An unknown elementwise function, `h = elementwise("h")`; then `h(X[m, n])` is an expression."""
    return lambda x: Elementwise(Str(name), sp.Integer(0), sp.sympify(x))


class Iverson(sp.Expr):
    """[0 ≤ e < n]: 1 where the entry e of an axis of size n exists, 0 where it does not."""

    entry = property(lambda self: self.args[0])
    size = property(lambda self: self.args[1])
    is_commutative = True


def free_indices(e: sp.Basic) -> set[Idx]:
    """The letters an expression still depends on: the indices that no sum in it binds."""
    return {s for s in e.free_symbols if isinstance(s, Idx)}
