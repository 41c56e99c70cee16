"""Numbers with named axes, one for each index letter, and behind them rows and columns.

X_{ij} has the axes i and j and is 1 x 1; X is S x N without names; x^{(i)} of a matrix has the axis i and is a vector.
Sums over indices, products of matrices and products entry by entry are one algebra.
"""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from helpers.compare.readings.choices import CHOICES, Misfit, NotJudged, Reading

MOST_ENTRIES = 200_000
"""Of a product of letters with indices, before any is summed over."""


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of shape (one axis a name, rows, columns)."""

    names: tuple[str, ...]
    t: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        return tuple(self.t.shape[-2:])

    @property
    def is_number(self) -> bool:
        return self.shape == (1, 1)

    @property
    def is_vector(self) -> bool:
        return 1 in self.shape and not self.is_number

    def summed(self, name: str) -> "Value":
        k = self.names.index(name)
        return Value(self.names[:k] + self.names[k + 1 :], self.t.sum(k))

    def multiplied(self, name: str) -> "Value":
        k = self.names.index(name)
        return Value(self.names[:k] + self.names[k + 1 :], self.t.prod(k))


@dataclass(frozen=True)
class Special:
    """The identity matrix, or a vector of ones, perhaps times a number: its size is what fits."""

    name: str
    scale: Value | None = None


IDENTITY, ONES = Special("identity"), Special("ones")
Any = Value | Special


def number(x: float) -> Value:
    return Value((), torch.tensor(float(x), dtype=torch.float64).reshape(1, 1))


class Algebra:
    """What may stand beside what under a reading; sizes that must be equal are said to it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def align(self, *values: Value) -> tuple[tuple[str, ...], list[Tensor]]:
        """The tensors with the same names in front, in the same order."""
        names = tuple(dict.fromkeys(n for v in values for n in v.names))
        size: dict[str, int] = {}
        for v in values:
            for n, s in zip(v.names, v.t.shape, strict=False):
                if size.setdefault(n, s) != s:
                    self.reading.fit(size[n], s, f"index {n}")
        if prod(size.values()) > MOST_ENTRIES:
            raise NotJudged("too many indices are free at once")
        out = []
        for v in values:
            order = [v.names.index(n) for n in names if n in v.names]
            t = v.t.permute(*order, -2, -1)
            for k, n in enumerate(names):
                if n not in v.names:
                    t = t.unsqueeze(k)
            out.append(t)
        return names, out

    def plus(self, a: Any, b: Any) -> Any:
        if isinstance(a, Special) or isinstance(b, Special):
            return self.plus(self.sized(a, b), self.sized(b, a))
        names, (x, y) = self.align(a, b)
        if a.shape != b.shape and not a.is_number and not b.is_number:
            if a.is_vector and b.is_vector:
                if (a.shape[0] == 1) != (b.shape[0] == 1):
                    raise Misfit("a row and a column")
                self.reading.fit(max(a.shape), max(b.shape))
            elif a.is_vector:
                x = self.spread(x, b.shape)
            elif b.is_vector:
                y = self.spread(y, a.shape)
            else:
                self.fit_shapes(a, b)
        return Value(names, x + y)

    def sized(self, a: Any, beside: Any) -> Value:
        """The identity or the ones with the size of what they are added to."""
        if isinstance(a, Value):
            return a
        if isinstance(beside, Special) or (a.name == "identity" and beside.shape[0] != beside.shape[1]):
            raise Misfit("the identity beside what is not square")
        made = torch.eye(beside.shape[0]) if a.name == "identity" else torch.ones(beside.shape)
        made = Value((), made.to(torch.float64))
        return made if a.scale is None else self.times("", a.scale, made)

    def fit_shapes(self, a: Value, b: Value) -> None:
        self.reading.fit(a.shape[0], b.shape[0])
        self.reading.fit(a.shape[1], b.shape[1])

    def spread(self, t: Tensor, shape: tuple[int, int]) -> Tensor:
        """A vector beside a matrix: a number a column where samples are rows, else a number a row."""
        n = t.shape[-1] * t.shape[-2]
        t = t.reshape(*t.shape[:-2], n)
        if n == shape[1] != shape[0]:
            return t.unsqueeze(-2)
        if n == shape[0] != shape[1]:
            return t.unsqueeze(-1)
        if self.reading.choose("samples", ("rows", "columns")) == "rows":
            self.reading.fit(n, shape[1])
            return t.unsqueeze(-2)
        self.reading.fit(n, shape[0])
        return t.unsqueeze(-1)

    def times(self, sign: str, a: Any, b: Any) -> Any:
        """A product: of numbers, of matrices where sizes fit, else entry by entry."""
        if isinstance(a, Special) or isinstance(b, Special):
            return self.times_special(a, b)
        names, (x, y) = self.align(a, b)
        if a.is_number or b.is_number:
            return Value(names, x * y)
        if sign == "∘" or (sign == "*" and a.shape == b.shape):
            return self.entrywise(names, a, b, x, y)
        if sign in (":", "⟨⟩"):
            self.fit_shapes(a, b)
            return Value(names, (x * y).sum((-1, -2), keepdim=True))
        if sign == r"\otimes":
            if not (a.is_vector and b.is_vector):
                raise NotJudged("⊗ of matrices")
            return self.outer(names, x, y)
        return self.product(sign, names, a, b, x, y)

    def times_special(self, a: Any, b: Any) -> Any:
        if isinstance(a, Special) and isinstance(b, Special):
            if a.scale is not None and b.scale is not None:
                raise NotJudged("a product of identities")
            return b if a == IDENTITY else a if b == IDENTITY else self.refuse_ones()
        special, matrix = (a, b) if isinstance(a, Special) else (b, a)
        if matrix.is_number:
            scale = matrix if special.scale is None else self.times("", special.scale, matrix)
            return Special(special.name, scale)
        if special.scale is not None:
            matrix = self.times("", special.scale, matrix)
        if special.name == "identity":
            return matrix
        return Value(matrix.names, matrix.t.sum(-2 if isinstance(a, Special) else -1, keepdim=True))

    def refuse_ones(self) -> Special:
        raise NotJudged("ones of no size")

    def entrywise(self, names: tuple, a: Value, b: Value, x: Tensor, y: Tensor) -> Value:
        if a.shape == b.shape:
            return Value(names, x * y)
        if a.is_vector and b.is_vector:
            if max(a.shape) == max(b.shape):
                return Value(names, x * y.transpose(-1, -2))
            self.reading.fit(max(a.shape), max(b.shape))
        if a.is_vector:
            return Value(names, self.spread(x, b.shape) * y)
        if b.is_vector:
            return Value(names, x * self.spread(y, a.shape))
        self.fit_shapes(a, b)
        raise Misfit("sizes")

    def outer(self, names: tuple, x: Tensor, y: Tensor) -> Value:
        return Value(names, x.reshape(*x.shape[:-2], -1, 1) * y.reshape(*y.shape[:-2], 1, -1))

    def product(self, sign: str, names: tuple, a: Value, b: Value, x: Tensor, y: Tensor) -> Value:
        (r, c), (p, q) = a.shape, b.shape
        defining = self.reading.defining
        if c == p:
            return Value(names, x @ y)
        if (r, c) == (p, q):
            if not a.is_vector:
                return Value(names, x * y)
            asked = defining or sign
            both = ("entry by entry", "inner") if asked else ("entry by entry",)
            if self.reading.choose("vector times vector", both) == "inner":
                return Value(names, (x * y).sum((-1, -2), keepdim=True))
            return Value(names, x * y)
        if c != 1 and p != 1 and (defining or 1 not in (r, q)):
            self.reading.fit(c, p)
        if c != 1 and p != 1:
            self.reading.sizes.merge(c, p, self.reading.draw, False)
        if c == 1 and q == 1 and defining:
            self.reading.fit(r, p)
        if not defining and 1 in (r, c, p, q):
            return self.loose(names, a, b, x, y)
        raise Misfit(f"a product of {r} × {c} and {p} × {q}")

    def loose(self, names: tuple, a: Value, b: Value, x: Tensor, y: Tensor) -> Value:
        """A product that fits if a row stands for a column."""
        (r, c), (p, q) = a.shape, b.shape
        typed, fits = CHOICES["row or column"]
        if self.reading.choose("row or column", (typed, fits)) == fits:
            if c == 1 and r == p:
                return Value(names, x.transpose(-1, -2) @ y)
            if a.is_vector and b.is_vector:
                return self.outer(names, x, y)
            if b.is_vector and q == c:
                return Value(names, x @ y.transpose(-1, -2))
        raise Misfit(f"a product of {r} × {c} and {p} × {q}")

    def over(self, a: Value, b: Value) -> Value:
        names, (x, y) = self.align(a, b)
        if not b.is_number and not a.is_number and a.shape != b.shape:
            if b.is_vector and not a.is_vector:
                y = self.spread(y, a.shape)
            else:
                self.fit_shapes(a, b)
        return Value(names, x / y)
