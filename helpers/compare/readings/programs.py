"""A formula of NumPy in numbers: each array with the axes that a program gives it, broadcast from the right.

A vector of the text has one axis in a program, or is an array of one column: that is a reading. Where a program keeps
an axis of size 1, its result is the vector all the same.
"""

from functools import reduce
from itertools import zip_longest

import torch
from torch import Tensor

from helpers.compare.readings.choices import CHOICES, Misfit, NotJudged
from helpers.compare.readings.derivatives import letter_below, of_each_sample, of_loss
from helpers.compare.readings.functions import ELEMENTWISE
from helpers.compare.readings.roles import Meaning
from helpers.compare.readings.values import Value
from helpers.read.claims.trees import Applied, Derivative
from helpers.read.definitions.syntax import (
    Both,
    Call,
    Cases,
    Compared,
    Einsum,
    Entry,
    Letter,
    Minus,
    Node,
    Norm,
    Number,
    Over,
    Plus,
    Power,
    Times,
    Transposed,
    Whole,
)

ONE_AXIS, COLUMNS = CHOICES["vectors in programs"]
REDUCED = {
    "sum": torch.sum, "mean": torch.mean, "max_of": torch.amax, "min_of": torch.amin, "logsumexp": torch.logsumexp,
}  # fmt: skip
FILLED = {"ones": torch.ones, "zeros": torch.zeros, "eye": torch.eye, "identity": torch.eye}
COMPARE = {
    "<": torch.lt, ">": torch.gt, "≤": torch.le, "≥": torch.ge, "=": torch.eq, "≠": torch.ne,
}  # fmt: skip


def program(ev: Meaning, node: Node) -> Value:
    """What a formula of NumPy comes to, as rows and columns."""
    t = Arrays(ev).array(node)
    if t.dim() == 1 and ev.world.reading.choices.get("vectors in programs") == COLUMNS and t.numel() > 1:
        raise NotJudged("it has one axis: is its letter an array of one column? then keepdims=True")
    return ev.entries(t.reshape([n for n in t.shape if n != 1]), ())


class Arrays:
    """Evaluates formulas of NumPy in the world of an evaluator."""

    def __init__(self, ev: Meaning) -> None:
        self.ev, self.world = ev, ev.world

    def array(self, node: Node) -> Tensor:
        self.world.room.effort.spend()
        match node:
            case Number(text=text):
                return torch.tensor(float(text), dtype=torch.float64)
            case Letter() | Applied():
                return self.letter(node)
            case Derivative(of=None, short=True):
                return self.gradient(node)
            case Minus(of=inner):
                return -self.array(inner)
            case Plus(terms=terms):
                return reduce(lambda a, b: torch.add(*self.fitted(a, b)), map(self.array, terms))
            case Times(left=a, sign="∘", right=b):
                return torch.mul(*self.fitted(self.array(a), self.array(b)))
            case Times(left=a, sign=sign, right=b):
                return self.product(sign, self.array(a), self.array(b))
            case Over(top=a, bottom=b):
                return torch.div(*self.fitted(self.array(a), self.array(b)))
            case Power(base=a, exponent=b):
                return torch.pow(*self.fitted(self.array(a), self.array(b)))
            case Transposed(of=inner):
                t = self.array(inner)
                return t.permute(*range(t.dim())[::-1])
            case Entry():
                return self.with_axes(node)
            case Call():
                return self.call(node)
            case Norm(of=inner):
                return (self.array(inner) ** 2).sum() ** 0.5
            case Einsum():
                return self.einsum(node)
            case Cases():
                return self.cases(node)
            case Compared(left=a, sign=sign, right=b):
                return COMPARE[sign](*self.fitted(self.array(a), self.array(b))).to(torch.float64)
            case Both(first=a, second=b):
                return torch.mul(*self.fitted(self.array(a), self.array(b)))
        raise NotJudged(f"no meaning is known of a {type(node).__name__.lower()} in a program")

    def letter(self, x: Node) -> Tensor:
        """A letter of the text, or a function of it."""
        v = self.ev.real(x)
        if v.names:
            raise NotJudged("an index in a program")
        if v.is_number:
            return v.t.reshape(())
        return self.in_program(v.t.flatten()) if v.is_vector else v.t

    def gradient(self, node: Derivative) -> Tensor:
        """dW, in the shape of W."""
        key, indices = letter_below(self.ev, node.by)
        if indices:
            raise NotJudged("an index in a program")
        loss = Letter(node.place, self.world.room.loss)
        g = of_loss(self.ev, loss, key, self.world.tensor(key)) * of_each_sample(self.world, key)
        return self.in_program(g) if g.dim() == 1 else g

    def in_program(self, t: Tensor) -> Tensor:
        """A vector as the program holds it."""
        chosen = self.world.choose("vectors in programs", ONE_AXIS, COLUMNS)
        return t if chosen == ONE_AXIS else t[:, None]

    def fitted(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Two arrays that broadcast; where they do not, their sizes must be equal."""
        for m, n in zip_longest(a.shape[::-1], b.shape[::-1], fillvalue=1):
            if 1 not in (m, n):
                self.world.reading.fit(m, n)
        return a, b

    def product(self, sign: str, a: Tensor, b: Tensor) -> Tensor:
        if not a.dim() or not b.dim():
            if sign != "@":
                return a * b
            raise Misfit("a matrix product with a number")
        self.world.reading.fit(a.shape[-1], b.shape[-2 if b.dim() > 1 else 0])
        return a @ b

    def with_axes(self, node: Entry) -> Tensor:
        """X[:, None]"""
        if not all(k is None or isinstance(k, Whole) for k in node.at):
            raise NotJudged("entries of an array in a program")
        t = self.array(node.of)
        if sum(k is not None for k in node.at) > t.dim():
            raise Misfit("more colons than axes")
        return t[tuple(None if k is None else slice(None) for k in node.at)]

    def call(self, node: Call) -> Tensor:
        name, given = node.name, [self.array(a) for a in node.arguments]
        t = given[0]
        if name == "size":
            return torch.tensor(float(t.shape[self.axis_of(t, node.axis)]), dtype=torch.float64)
        if name in FILLED:
            sizes = [int(n) for n in given]
            return FILLED[name](*sizes, dtype=torch.float64)
        if name == "count":
            return torch.tensor(float(t.numel()), dtype=torch.float64)
        if name in REDUCED or name in ("var", "std"):
            return self.reduced(name, t, node)
        if name == "softmax":
            return torch.softmax(
                t, self.axis_of(t, self.axis_of_softmax(t) if node.axis is None else node.axis)
            )
        if name in ("max", "min") and len(given) == 2:
            return (torch.maximum if name == "max" else torch.minimum)(*self.fitted(*given))
        if name == "trace":
            self.world.reading.fit(*t.shape)
            return torch.trace(t)
        if name == "diag":
            return torch.diag(t)
        if name == "sigma" and len(given) == 1:
            name = "sigmoid"
        if name not in ELEMENTWISE or len(given) != 1:
            raise NotJudged(f"the function {name} in a program")
        return ELEMENTWISE[name](t)

    def reduced(self, name: str, t: Tensor, node: Call) -> Tensor:
        axes = tuple(range(t.dim())) if node.axis is None else (self.axis_of(t, node.axis),)
        if name in ("var", "std"):
            v = t.var(axes, correction=int(node.unbiased), keepdim=node.keepdims)
            return v if name == "var" else v**0.5
        return REDUCED[name](t, axes, keepdim=node.keepdims)

    def axis_of(self, t: Tensor, axis: int) -> int:
        if not -t.dim() <= axis < t.dim():
            raise Misfit(f"axis {axis} of an array with {t.dim()}")
        return axis % t.dim()

    def axis_of_softmax(self, t: Tensor) -> int:
        """Along the entries of a sample."""
        return -1 if t.dim() < 2 or self.world.choose("samples", "rows", "columns") == "rows" else 0

    def einsum(self, node: Einsum) -> Tensor:
        arrays, sizes = [self.array(a) for a in node.arguments], dict[str, int]()
        rules = node.rule.partition("->")[0].split(",")
        if [len(rule) for rule in rules] != [t.dim() for t in arrays]:
            raise Misfit("einsum: a letter for each axis")
        for k, n in (
            (k, n) for rule, t in zip(rules, arrays, strict=True) for k, n in zip(rule, t.shape, strict=True)
        ):
            if sizes.setdefault(k, n) != n:
                self.world.reading.fit(sizes[k], n)
        return torch.einsum(node.rule, *arrays)

    def cases(self, node: Cases) -> Tensor:
        """np.where(mask, a, b)"""
        (a, mask), (b, _) = node.pieces
        yes, first = self.fitted(self.array(mask), self.array(a))
        first = torch.where(yes > 0, first, torch.zeros((), dtype=torch.float64))
        yes, second = self.fitted(self.array(mask), self.array(b))
        return torch.add(
            *self.fitted(first, torch.where(yes > 0, torch.zeros((), dtype=torch.float64), second))
        )
