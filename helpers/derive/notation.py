"""The alphabet of index notation.

Tensors are SymPy's `IndexedBase` with a shape, indices its `Idx` with a range, sums its `Sum`, the Kronecker
delta its `KroneckerDelta`. What is missing there stands here: the upstream gradient dL/dY, the past H_{t−1} of a
recursion, the partial derivative that is not carried out yet, the unknown elementwise function, the Iverson bracket,
the cases, the maximum over an index, the function of a whole matrix.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import sympy as sp
from sympy import Idx, IndexedBase
from sympy.core.symbol import Str
from sympy.core.sympify import converter
from sympy.printing.precedence import PRECEDENCE


class Single(tuple):
    """One letter: it is unpacked, `N, = sizes("N")`; on an axis, in an entry or a product it may stand as it is."""

    @property
    def _diff_wrt(self) -> None:
        """What SymPy asks of the letters of a sum. Raises TypeError: a sum runs over the letter itself."""
        raise TypeError(
            f"{self[0]} stands in a tuple: unpack it with a comma, {self[0]}, = indices('{self[0]}', ...)"
        )


converter[Single] = lambda single: single[0]


def sizes(names: str) -> tuple[sp.Symbol, ...]:
    """Symbolic sizes, `S, M, N = sizes("S M N")`: positive integers, never a number."""
    found = sp.symbols(tuple(names.replace(",", " ").split()), integer=True, positive=True)
    return Single(found) if len(found) == 1 else found


def indices(letters: str, size: sp.Expr) -> tuple[Idx, ...]:
    """Indices that run over one size, `m, i = indices("m i", S)`."""
    found = tuple(Idx(letter, as_size(size)) for letter in letters.replace(",", " ").split())
    return Single(found) if len(found) == 1 else found


def as_size(n: sp.Expr | int) -> sp.Expr:
    """A size: a letter of `sizes`, an expression in such letters, or an integer."""
    n = n[0] if isinstance(n, Single) else n
    size = sp.sympify(n) if isinstance(n, int | sp.Expr) else None
    if isinstance(size, Idx):
        raise TypeError(f"the index {n} stands where a size is expected: an axis has a size, S of sizes('S')")
    if size is None or not size.is_integer or size.is_positive is False:
        name = str(n) if isinstance(n, sp.Symbol) else "S"
        raise TypeError(f"{n} is no size: write {name}, = sizes('{name}')")
    return size


class Tensor(IndexedBase):
    """An `IndexedBase` with a shape that says what is wrong when an entry has too few or too many indices."""

    def __getitem__(self, entry: Idx | tuple[sp.Expr, ...]) -> sp.Indexed:
        entry = entry if isinstance(entry, tuple | sp.Tuple) and not isinstance(entry, Single) else (entry,)
        entry = tuple(k[0] if isinstance(k, Single) else k for k in entry)
        if len(entry) != len(self.shape):
            written = f"{self.label}[{', '.join(map(str, entry))}]"
            shape = ", ".join(map(str, self.shape))
            count = "1 index" if len(entry) == 1 else f"{len(entry)} indices"
            raise IndexError(
                f"{written} has {count}, but {self.label} of shape ({shape}) needs {len(self.shape)}"
            )
        return super().__getitem__(entry)

    @property
    def T(self) -> None:
        raise AttributeError(
            f"{self.label}.T: write entries, where the transpose is {self.label}[q, p] for {self.label}[p, q]"
        )

    def __matmul__(self, other: "Tensor") -> None:
        raise TypeError(
            f"{self.label} @ ...: write the sum over entries, Sum(X[m, p] * W[n, p], p) for X @ W.T"
        )

    __rmatmul__ = __matmul__
    __iter__ = None  # or Python would ask for entries 0, 1, 2, ... without an end: sum(x) is Sum(x[k], k)


def tensor(name: str, *shape: sp.Expr, **assumptions: bool) -> Tensor:
    """A tensor of real numbers, `X = tensor("X", S, M)`; its entries are `X[m, p]`."""
    if not shape:
        raise ValueError(
            f"{name} has no axes: give their sizes, tensor('{name}', S), or a number, {name}, = numbers('{name}')"
        )
    return Tensor(name, shape=tuple(map(as_size, shape)), real=True, **assumptions)


def numbers(names: str) -> tuple[sp.Indexed, ...]:
    """Numbers that can be defined and differentiated by, `x, y = numbers("x y")`: tensors of a single entry."""
    return tuple(tensor(name, sp.S.One)[0] for name in names.split())


def is_number(e: sp.Expr) -> bool:
    """Is it the one entry of such a tensor? It is written without an index."""
    return isinstance(e, sp.Indexed) and e.base.shape == (1,) and e.indices == (0,)


L = sp.Symbol("L", real=True)
"""The loss, a number."""


class Upstream(Tensor):
    """dL/dY, the gradient that arrives from the right; it has the shape of Y and is written dY in code.

    Beside a tensor that is called dY already it is grad_Y.
    """

    @property
    def of(self) -> str:
        label = str(self.label)
        return label[5:] if label.startswith("grad_") else label[1:]


def upstream(Y: Tensor, beside: Iterable[IndexedBase | sp.Symbol] = ()) -> Upstream:
    """The gradient of the loss with respect to Y, by a name that no other tensor beside it has."""
    taken = {str(getattr(t, "label", t)) for t in beside if not isinstance(t, Upstream)}
    names = [name for name in (f"d{Y.label}", f"grad_{Y.label}") if name not in taken]
    if not names:
        raise ValueError(
            f"dL/d{Y.label} has no name: d{Y.label} and grad_{Y.label} are tensors here, rename one"
        )
    return Upstream(names[0], shape=Y.shape, real=True)


class Past(Tensor):
    """H_{t−1} of a recursion, as a tensor: its entry at t is that of H at t + shift, along one axis.

    It is written H_{t−1} and is H_prev in code; H_{t+1}, where time runs backward, is H_next.
    """

    def __new__(cls, of: Tensor, axis: int, shift: int, mark: str = "") -> "Past":
        far = str(abs(shift)) if abs(shift) > 1 else ""
        label = f"{of.label}_{'prev' if shift < 0 else 'next'}{far}{mark}"
        past = super().__new__(cls, label, shape=of.shape, real=True)
        past.of, past.axis, past.shift = of, axis, shift
        return past

    def meant(self, indices: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
        """The places of H that are meant: t - 1, n for t, n."""
        return tuple(k + self.shift if axis == self.axis else k for axis, k in enumerate(indices))


class Held(Tensor):
    """A state H as its own past reads it, given, where H_t is defined by it: the same letter, another quantity."""


class Partial(sp.Expr):
    """∂f/∂x, not carried out yet: f any expression, x an entry of a tensor."""

    f = property(lambda self: self.args[0])
    x = property(lambda self: self.args[1])
    is_commutative = True


class Elementwise(sp.Expr):
    """h(x), h'(x), h''(x), or f(y, z), f_y, f_yz: a function of which only name, letters and derivatives are known.

    It acts entry by entry. `slots` says by which arguments it is differentiated, in their order: f_yz is (0, 1),
    f_zy is (1, 0), h'' is (0, 0).
    """

    name = property(lambda self: str(self.args[0]).partition("(")[0])
    slots = property(lambda self: tuple(map(int, self.args[1])))
    arguments = property(lambda self: self.args[2:])
    order = property(lambda self: len(self.slots))
    argument = property(lambda self: self.args[2])
    is_extended_real = True
    is_commutative = True

    @property
    def letters(self) -> tuple[str, ...]:
        """What the arguments are called: y, z of f(y, z); none for h."""
        return tuple(re.findall(r"\w+", str(self.args[0]).partition("(")[2]))

    @property
    def by(self) -> str:
        """The letters that it is differentiated by: yz for f_yz; none for h'."""
        return "".join(self.letters[k] for k in self.slots) if self.letters else ""

    def _sympystr(self, printer) -> str:
        if self.by:
            return f"{self.name}_{self.by}"
        return f"{self.name}{chr(39) * self.order}({', '.join(map(printer._print, self.arguments))})"

    def at(self, *slots: int) -> "Elementwise":
        """The same function at the same place, with these derivatives: f.at(0, 1) is f_yz, h.at(0, 0) is h''."""
        return Elementwise(self.args[0], sp.Tuple(*slots), *self.arguments)

    def derivative(self, slot: int = 0) -> "Elementwise":
        """One derivative more, by the argument in that slot: h' of h, f_yz of f_y."""
        return self.at(*self.slots, slot)


def elementwise(signature: str):
    """An unknown elementwise function, `h = elementwise("h")`; then `h(X[m, n])` is an expression.

    Of several arguments it says how they are called: `f = elementwise("f(y, z)")`.
    """
    count = max(1, signature.count(",") + 1)

    def function(*arguments: sp.Expr) -> Elementwise:
        if len(arguments) != count:
            raise TypeError(f"{signature} takes {count} arguments, not {len(arguments)}")
        return Elementwise(Str(signature), sp.Tuple(), *map(sp.sympify, arguments))

    return function


class Iverson(sp.Expr):
    """[0 ≤ e < n]: 1 where the entry e of an axis of size n exists, 0 where it does not."""

    entry = property(lambda self: self.args[0])
    size = property(lambda self: self.args[1])
    is_commutative = True

    def __new__(cls, entry: sp.Expr, size: sp.Expr) -> sp.Expr:
        """What is known to exist is 1, what is known not to exist is 0."""
        entry, size = sp.expand(entry), sp.sympify(size)
        if isinstance(entry, Idx) and entry.upper is not None and entry.upper + 1 == size:
            return sp.S.One
        if not free_indices(entry) and entry.is_nonnegative and (size - entry).is_positive:
            return sp.S.One
        return (
            sp.S.Zero if entry.is_negative and not free_indices(entry) else super().__new__(cls, entry, size)
        )

    def _eval_power(self, exponent: sp.Expr) -> sp.Expr | None:
        return self if exponent.is_positive else None


class Cases(sp.Expr):
    """A function given by cases, as SymPy's Piecewise; but a Sum around it leaves it where it stands.

    (A Sum takes a Piecewise out of every sum inside of it, the letters of that sum in its conditions too.)
    """

    is_commutative = True
    is_extended_real = True

    def __new__(cls, *cases: tuple[sp.Expr, sp.Basic]) -> sp.Expr:
        cases = sp.Piecewise(*cases)
        return super().__new__(cls, *cases.args) if isinstance(cases, sp.Piecewise) else cases

    def _sympystr(self, printer) -> str:
        return f"Piecewise({', '.join(map(printer._print, self.args))})"


def in_cases(e: sp.Basic) -> sp.Basic:
    """e with Cases in the place of SymPy's Piecewise."""
    return e.replace(sp.Piecewise, Cases) if e.has(sp.Piecewise) else e


class OverIndex(sp.Expr):
    """An operation on what e is for each value of a letter, which it binds; further arguments stand outside of it."""

    of = property(lambda self: self.args[0])
    letter = property(lambda self: self.args[1])
    beside = property(lambda self: self.args[2:])
    is_commutative = True
    is_extended_real = True
    precedence = PRECEDENCE["Mul"]

    @property
    def bound_symbols(self) -> list[Idx]:
        return [self.letter]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        return (self.of.free_symbols - {self.letter}).union(*(a.free_symbols for a in self.beside))


class Largest(OverIndex):
    """max_k e: the largest of what e is for each k."""

    def _latex(self, printer) -> str:
        return rf"\max_{{{printer._print(self.letter)}}} {printer.as_factor(self.of)}"


class OfMatrix(sp.Expr):
    """A function of all entries of a square matrix A.

    Its first argument is the entry A[0, 0], which stands for the whole: whoever looks for the tensors of an expression
    finds A, and no letter is bound. The entry is no place where a rule may act.
    """

    matrix = property(lambda self: self.args[0].base)
    indices = property(lambda self: self.args[1:])
    is_commutative = True
    is_extended_real = True

    @property
    def letter(self) -> str:
        return str(self.matrix.label)


def free_indices(e: sp.Basic) -> set[Idx]:
    """The letters an expression still depends on: the indices that no sum in it binds."""
    return set(unbound(e))


@lru_cache(maxsize=2**14)
def unbound(e: sp.Basic) -> frozenset[Idx]:
    """The same, kept for each part: SymPy rebuilds every sum that it asks, which takes hours in thirty sums."""
    if isinstance(e, sp.Sum):
        inside = unbound(e.function)
        for k, *ends in e.limits:
            inside = (inside - {k}).union(*map(unbound, ends))
        return inside
    if type(e).free_symbols is sp.Basic.free_symbols:
        return frozenset().union(*map(unbound, e.args))
    return frozenset(s for s in e.free_symbols if isinstance(s, Idx))
