"""A tree as a value under one reading: sums over indices, products of matrices, functions, cases, derivatives."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from helpers.compare.readings.choices import CHOICES, Misfit, NotJudged
from helpers.compare.readings.derivatives import derivative, product_of_derivatives
from helpers.compare.readings.differentials import differential
from helpers.compare.readings.einstein import summed
from helpers.compare.readings.functions import ELEMENTWISE, applied
from helpers.compare.readings.programs import program
from helpers.compare.readings.roles import Quantities
from helpers.compare.readings.stacks import stack
from helpers.compare.readings.unrolled import is_over_steps, spelt_out
from helpers.compare.readings.unrolled import total as unrolled
from helpers.compare.readings.values import IDENTITY, ONES, Algebra, Any, Special, Value, number
from helpers.compare.readings.windows import opened
from helpers.read.claims.asking import factors, is_delta
from helpers.read.claims.letters import indices_of, script
from helpers.read.claims.stacked import Stacked
from helpers.read.claims.trees import Applied, Derivative, Differential, Either, Program
from helpers.read.claims.windows import is_window
from helpers.read.definitions.syntax import (
    Both,
    Bound,
    Call,
    Cases,
    Compared,
    Entry,
    Indicator,
    Letter,
    Minus,
    Node,
    Norm,
    Number,
    Over,
    Plus,
    Power,
    Times,
    Total,
    Transposed,
)

COMPARE = {
    "<": torch.lt, ">": torch.gt, "≤": torch.le, "≥": torch.ge, "=": torch.eq, "≠": torch.ne,
}  # fmt: skip


def is_determinant(node: Call) -> bool:
    """det X, log det X"""
    inner = node.arguments[0]
    return node.name in ("det", "logdet") or (
        node.name == "log" and isinstance(inner, Call) and inner.name == "det"
    )


class Evaluator:
    """Evaluates trees in a world.

    `frame` holds the sizes of the claim's indices, and those that stay free; `chain` the other sides of its chain.
    """

    def __init__(self, world: Quantities) -> None:
        self.world, self.letters = world, world.letters
        self.algebra = Algebra(world.reading)
        self.frame: tuple[dict[str, int], frozenset[str]] = ({}, frozenset())
        self.chain: tuple[Node, ...] = ()
        self.remembers = False

    def elsewhere(self, index: str) -> int | None:
        """The size that an index has in the rest of the chain."""
        sizes: dict[str, int] = {}
        self.scan(*self.chain, into=sizes)
        return sizes.get(index)

    def scan(self, *trees: Node, into: dict[str, int] | None = None) -> None:
        """Note the sizes of the indices, from the letters that carry them."""
        sizes = self.frame[0] if into is None else into
        for slots in (slots for tree in trees for slots in self.letters.indexed(tree)):
            if all(i in sizes for i in slots.indices):
                continue
            try:
                t = self.world.tensor(self.world.concrete(slots.key))
            except (NotJudged, Misfit):
                continue
            for i, size in zip(slots.indices, t.shape, strict=False):
                if not is_window(i):
                    sizes.setdefault(i, size)

    @contextmanager
    def free(self, also: Iterable[str]) -> Iterator[None]:
        """A context in which these indices are free too."""
        before = self.frame
        self.frame = (before[0], before[1] | frozenset(also))
        try:
            yield
        finally:
            self.frame = before

    def value(self, node: Node) -> Any:
        """The meaning of a tree; while many trees that share parts are tried, that of a part is found once a time."""
        if not self.remembers or not isinstance(node, Total | Derivative | Times | Over):
            return self.meaning(node)
        here = frozenset(self.world.steps.here.items())
        kept, asked = self.world.kept, (id(node), self.frame[1], here)
        if asked not in kept:
            kept[asked] = (node, self.meaning(node))
        return kept[asked][1]

    def meaning(self, node: Node) -> Any:
        self.world.room.effort.spend()
        match node:
            case Number():
                return self.number(node)
            case Letter():
                return self.letter(node)
            case Minus():
                v = self.value(node.of)
                if isinstance(v, Special):
                    return self.algebra.times("", number(-1), v)
                return Value(v.names, -v.t)
            case Plus():
                return self.sum_of_terms(node)
            case Times():
                return self.product(node)
            case Over():
                if isinstance(node.bottom, Differential):
                    raise NotJudged("∂ is missing above the bar")
                with self.free(indices_of(node.bottom, self.letters)):
                    top = self.real(node.top)
                with self.free(indices_of(node.top, self.letters)):
                    return self.algebra.over(top, self.real(node.bottom))
            case Power():
                return self.power(node)
            case Transposed():
                v = self.value(self.swapped(node.of))
                return v if isinstance(v, Special) else Value(v.names, v.t.transpose(-1, -2))
            case Call():
                return self.call(node)
            case Applied():
                return applied(self, node)
            case Derivative():
                return derivative(self, node.of, node.by, node.short)
            case Either():
                first, _ = options = (*CHOICES[node.choice],)
                chosen = self.world.choose(node.choice, *options)
                return self.value(node.first if chosen == first else node.second)
            case Total():
                return self.total(node)
            case Entry():
                return self.entry(node)
            case Norm():
                v = self.real(node.of)
                squares = (v.t**2).sum((-1, -2), keepdim=True)
                if node.order == "1":
                    return Value(v.names, v.t.abs().sum((-1, -2), keepdim=True))
                return Value(v.names, squares**0.5)
            case Cases():
                return self.cases(node)
            case Indicator():
                return self.mask(node.condition)
            case Compared() | Both():
                return self.mask(node)
            case Stacked():
                return stack(self, node)
            case Program():
                return program(self, node.of)
            case Differential(sign="d"):
                return differential(self, node.of)
        raise NotJudged(f"no meaning is known of a {type(node).__name__.lower()} here")

    def swapped(self, of: Node) -> Node:
        """X_{ji} of X_{ij}ᵀ, (AB)_{ji} of (AB)_{ij}ᵀ: an entry of the transpose."""
        if isinstance(of, Entry) and len(of.at) == 2:
            return replace(of, at=of.at[::-1])
        if isinstance(of, Letter) and len(of.below) == len(self.letters.slots(of).indices) == 2:
            return replace(of, below=of.below[::-1])
        return of

    def real(self, node: Node) -> Value:
        v = self.value(node)
        if isinstance(v, Special):
            raise NotJudged("the identity here: of which size?")
        return v

    def number(self, node: Number) -> Value:
        try:
            return number(float(node.text))
        except ValueError:
            raise NotJudged(f"{node.text} as a number") from None

    def letter(self, x: Letter) -> Any:
        """A delta, the identity, the ones, π, or a letter of the text."""
        defined = x.name in self.world.room.definitions
        if is_delta(x):
            return self.delta(*(script(s) for s in x.below))
        if x.name == "𝟙":
            return IDENTITY if "identity" in self.letters.words else self.ones_or_identity()
        if x.name == "I" and not x.above and not defined and not self.letters.rank.get("I"):
            return IDENTITY
        if x.name == "pi" and not x.below and not defined:
            return number(torch.pi)
        return self.world.value(x)

    def ones_or_identity(self) -> Special:
        return IDENTITY if self.world.choose("𝟙", "ones", "identity") == "identity" else ONES

    def delta(self, i: object, j: object) -> Value:
        if not isinstance(i, str) or not isinstance(j, str):
            raise NotJudged("a delta of shifted indices")
        if i == j:
            return number(1)
        return self.equal(i, j)

    def equal(self, i: str, j: str) -> Value:
        """1 where two indices are equal."""
        sizes = self.frame[0]
        a, b = sizes.get(i), sizes.get(j)
        if a is None and b is None and not sizes:
            a = 4 + self.world.reading.draw  # nothing else in the claim has a size
        if a is None and b is None:
            raise NotJudged(f"how far do {i} and {j} run?")
        if a is not None and b is not None and a != b:
            self.world.reading.fit(a, b, f"{i} and {j}")
        n = a or b
        sizes.setdefault(i, n)
        sizes.setdefault(j, n)
        return Value((i, j), torch.eye(n, dtype=torch.float64)[..., None, None])

    def entries(self, t: Tensor, indices: tuple[str, ...]) -> Value:
        """A tensor at its first axes' indices; x_{ii} is the diagonal. What is left are rows and columns."""
        t, indices = opened(self, t, indices)
        names: list[str] = []
        for i in indices:
            if i.isdigit():
                if int(i) > t.shape[len(names)]:
                    raise NotJudged(f"entry {i}")
                t = t.select(len(names), int(i) - 1)
            else:
                names.append(i)
        t = self.diagonal(names, t)
        left = t.dim() - len(names)
        if left == 0:
            t = t[..., None, None]
        elif left == 1:
            columns = self.world.choose("vectors", "columns", "rows") == "columns"
            t = t[..., :, None] if columns else t[..., None, :]
        elif left > 2:
            raise NotJudged("three axes without indices")
        return Value(tuple(names), t)

    def diagonal(self, names: list[str], t: Tensor) -> Tensor:
        """One axis for a name that stands twice."""
        for i in dict.fromkeys(names):
            while names.count(i) > 1:
                a = names.index(i)
                b = names.index(i, a + 1)
                if t.shape[a] != t.shape[b]:
                    self.world.reading.fit(t.shape[a], t.shape[b], f"index {i}")
                t = torch.diagonal(t, 0, a, b).movedim(-1, a)
                del names[b]
        return t

    def sum_of_terms(self, node: Plus) -> Any:
        terms = []
        for term in self.reached(node.terms):
            negative = isinstance(term, Minus)
            v = self.value(term.of if negative else term)
            terms.append((negative, v if isinstance(v, Special) else summed(self, v, term)))
        real = [v for _, v in terms if isinstance(v, Value)]
        if not real:
            raise NotJudged("a sum of identities")
        shaped = next((v for v in real if not v.is_number), real[0])
        out = None
        for negative, v in terms:
            v = self.algebra.sized(v, shaped)
            v = Value(v.names, -v.t) if negative else v
            out = v if out is None else self.algebra.plus(out, v)
        return out

    def reached(self, terms: tuple[Node, ...]) -> list[Node]:
        """A term with the index of the sum before it, which is free nowhere else, belongs under that sum."""
        out: list[Node] = []
        for term in terms:
            loose = indices_of(term, self.letters) - self.frame[1]
            if out and loose & bound_at_the_end(out[-1]) and not loose & indices_of(out[-1], self.letters):
                out[-1] = with_term(out[-1], term)
            else:
                out.append(term)
        return out

    def product(self, node: Times) -> Any:
        typed = factors(node)
        fs = spelt_out(self, typed)
        shortest = 1 if any(isinstance(f, Total) and is_over_steps(self, f) for _, f in typed) else 2
        out, last, k, matrices = None, None, 0, False
        while k < len(fs):
            sign, f = fs[k]
            m = k
            while m < len(fs) and isinstance(fs[m][1], Derivative):
                m += 1
            v = product_of_derivatives(self, [d for _, d in fs[k:m]]) if m - k >= shortest else None
            if v is not None:
                k = m
            else:
                others = [g for j, (_, g) in enumerate(fs) if j != k]
                with self.free({i for g in others for i in indices_of(g, self.letters)}):
                    v = self.value(f)
                k += 1
            if sign == "*" and "convol" in self.letters.words:
                raise NotJudged("is * a convolution?")
            beside = (
                isinstance(v, Value) and isinstance(last, Value) and v.is_vector and v.shape == last.shape
            )
            self.world.unclear |= not sign and beside and matrices
            matrices |= isinstance(v, Value) and 1 not in v.shape
            last = v
            out = v if out is None else self.algebra.times(sign, out, v)
            if isinstance(out, Value):
                out = summed(self, out, node, tuple(g for _, g in fs[k:]))
        return out

    def power(self, node: Power) -> Value:
        if (
            isinstance(node.base, Norm)
            and getattr(node.exponent, "text", "") == "2"
            and node.base.order != "1"
        ):
            v = self.real(node.base.of)
            return Value(v.names, (v.t**2).sum((-1, -2), keepdim=True))
        v, p = self.real(node.base), self.real(node.exponent)
        if p.t.numel() > 1 or p.names or p.t.requires_grad:
            names, (x, y) = self.algebra.align(v, p)
            return Value(names, x**y)
        exponent = float(p.t)
        if exponent == -1 and v.shape[0] == v.shape[1] > 1:
            return Value(v.names, torch.linalg.inv(v.t))
        if exponent == 2 and v.shape[0] == v.shape[1] > 1 and not node.entrywise:
            raise NotJudged("the square of a matrix")
        return Value(v.names, v.t ** (int(exponent) if exponent == int(exponent) else exponent))

    def call(self, node: Call) -> Value:
        if len(node.arguments) != 1:
            return self.larger(node)
        if is_determinant(node):
            return self.determinant(node)
        v = summed(self, self.real(node.arguments[0]), node.arguments[0])
        if node.below:
            return self.softmax_at(node, v)
        match node.name:
            case "abs" if v.is_vector and self.world.choose("bars", *CHOICES["bars"]) == "length":
                return Value(v.names, (v.t**2).sum((-1, -2), keepdim=True) ** 0.5)
            case "diag":
                if v.is_number:
                    raise Misfit("diag of a number")
                if v.is_vector:
                    return Value(v.names, torch.diag_embed(v.t.reshape(*v.t.shape[:-2], -1)))
                return Value(v.names, torch.diagonal(v.t, 0, -2, -1).unsqueeze(-1))
            case "sum":
                return Value(v.names, v.t.sum((-1, -2), keepdim=True))
            case "trace":
                self.world.reading.fit(*v.shape, "a trace")
                return Value(v.names, torch.diagonal(v.t, 0, -2, -1).sum(-1)[..., None, None])
            case "softmax":
                return self.softmax(v)
        if node.name not in ELEMENTWISE:
            raise NotJudged(f"the function {node.name}")
        return Value(v.names, ELEMENTWISE[node.name](v.t))

    def determinant(self, node: Call) -> Value:
        """det X, and log det X as log |det X|."""
        of_logarithm = node.name != "det"
        v = self.real(node.arguments[0].arguments[0] if node.name == "log" else node.arguments[0])
        self.world.reading.fit(*v.shape, "a determinant")
        t = torch.linalg.slogdet(v.t).logabsdet if of_logarithm else torch.linalg.det(v.t)
        return Value(v.names, t[..., None, None])

    def larger(self, node: Call) -> Value:
        """max(0, x), min(a, b)"""
        if node.name not in ("max", "min") or len(node.arguments) != 2:
            raise NotJudged(f"{node.name} of several arguments")
        names, (x, y) = self.algebra.align(*(self.real(a) for a in node.arguments))
        return Value(names, (torch.maximum if node.name == "max" else torch.minimum)(x, y))

    def softmax(self, v: Value) -> Value:
        if v.is_number:
            if not v.names:
                raise Misfit("softmax of a number")
            return Value(v.names, torch.softmax(v.t, len(v.names) - 1))
        if v.is_vector:
            return Value(v.names, torch.softmax(v.t.flatten(-2), -1).reshape(v.t.shape))
        rows = self.world.choose("samples", "rows", "columns") == "rows"
        return Value(v.names, torch.softmax(v.t, -1 if rows else -2))

    def softmax_at(self, node: Call, v: Value) -> Value:
        """softmax(z)_i and softmax_i(z): an entry; softmax_j(S_{ij}): that of each row."""
        i = script(node.below[0])
        if node.name == "softmax" and len(node.below) == 1 and v.is_number and i in v.names:
            return Value(v.names, torch.softmax(v.t, v.names.index(i)))
        if node.name != "softmax" or len(node.below) != 1 or not isinstance(i, str) or not v.is_vector:
            raise NotJudged(f"{node.name} with an index")
        return self.take(self.softmax(v).t.flatten(-2), (i,), v.names)

    def total(self, node: Total) -> Value:
        if is_over_steps(self, node):
            return unrolled(self, node)
        if node.kind not in ("sum", "prod") or (node.kind == "prod" and any(b.only for b in node.bound)):
            raise NotJudged("maxima over an index, or products over a part of one")
        if not all(self.is_whole(b) for b in node.bound):
            raise NotJudged("a sum over a part of an axis")
        if not node.bound:
            return self.bare_sum(node)
        over = [b.letter for b in node.bound]
        with self.free(set(over)):
            v = self.real(node.body)
            for b in node.bound[:1]:
                if b.only is not None:
                    names, (x, y) = self.algebra.align(v, self.mask(b.only))
                    v = Value(names, x * y)
        for b in node.bound:
            size = self.frame[0].get(b.letter) or self.elsewhere(b.letter)
            if b.letter in v.names:
                k = v.names.index(b.letter)
                size = v.t.shape[k]
                v = v.summed(b.letter) if node.kind == "sum" else v.multiplied(b.letter)
            elif size is not None:
                v = Value(v.names, v.t * size if node.kind == "sum" else v.t**size)
            else:
                raise NotJudged(f"nothing under the sum has the index {b.letter}")
            if isinstance(b.upto, Letter) and len({str(c.upto) for c in node.bound}) == len(node.bound):
                self.world.name_size(b.upto, size)
        return v

    def is_whole(self, b: Bound) -> bool:
        """Does a sum run over all of an axis? From 1 to N, from 0 to N − 1, or always between the same two numbers."""
        start = getattr(b.start, "text", "1" if b.start is None else "")
        alone = len(self.letters.ranges.get(b.letter, set()) - {(None, None)}) == 1
        if isinstance(b.upto, Plus):
            return start == "0" and alone and b.upto.terms[1:] == (Minus(b.place, Number(b.place, "1")),)
        if isinstance(b.upto, Number):
            return start in ("0", "1") and alone
        return isinstance(b.upto, Letter | None) and (start == "1" or (start == "0" and alone))

    def bare_sum(self, node: Total) -> Value:
        """\\sum e^{z_k}, over the one index that is free nowhere else."""
        v = self.real(node.body)
        over = [n for n in v.names if n not in self.frame[1]]
        if len(over) != 1:
            raise NotJudged("over which index is the sum? write \\sum_i")
        return v.summed(over[0])

    def entry(self, node: Entry) -> Value:
        """(dL/dW)_{ij}, [x_i x_j]_{ij}, (Wx)_i"""
        indices = [script(s) if s is not None else None for s in node.at]
        if isinstance(node.of, Times) and node.of.sign == "⟨⟩":
            return self.real(node.of)  # ⟨A, B⟩_F
        if not all(isinstance(i, str) for i in indices):
            raise NotJudged("which entry?")
        with self.free(indices):
            v = self.real(node.of)
        if len(indices) == 2 and not v.is_number and not v.is_vector:
            return self.take(v.t, tuple(indices), v.names)
        if len(indices) == 1 and v.is_vector:
            return self.take(v.t.flatten(-2), tuple(indices), v.names)
        if v.is_number and set(indices) <= {*v.names}:
            return self.gathered(v, indices)
        raise NotJudged("which entry?")

    def gathered(self, v: Value, indices: list[str]) -> Value:
        """[a_{ij}]_{ij}: the array of these entries, where the indices are not those of the left side."""
        if set(indices) & self.frame[1] or len(set(indices)) < len(indices):
            return v
        rest = [n for n in v.names if n not in indices]
        t = v.t.permute(*[v.names.index(n) for n in (*rest, *indices)], -2, -1)[..., 0, 0]
        if rest:
            raise NotJudged("an array of entries that have more indices")
        return self.entries(t, ())

    def take(self, t: Tensor, indices: tuple[str, ...], names: tuple[str, ...]) -> Value:
        """The last axes at their indices."""
        if any(i.isdigit() for i in indices):
            raise NotJudged("a numbered entry")
        both = [*names, *indices]
        t = self.diagonal(both, t)
        return Value(tuple(both), t[..., None, None])

    def mask(self, condition: Node) -> Value:
        """1 where a condition holds, else 0."""
        if isinstance(condition, Both):
            names, (x, y) = self.algebra.align(self.mask(condition.first), self.mask(condition.second))
            return Value(names, x * y)
        if not isinstance(condition, Compared):
            raise NotJudged("a condition that is not understood")
        i, j = (self.index_of(x) for x in (condition.left, condition.right))
        if i and j and condition.sign in "=≠":
            equal = self.equal(i, j)
            return equal if condition.sign == "=" else Value(equal.names, 1 - equal.t)
        names, (x, y) = self.algebra.align(self.real(condition.left), self.real(condition.right))
        return Value(names, COMPARE[condition.sign](x, y).to(torch.float64))

    def index_of(self, x: Node) -> str:
        """The index that a letter in a condition is; "" for another letter."""
        bare = isinstance(x, Letter) and not x.below and not x.above
        return x.name if bare and x.name in self.letters.bound else ""

    def cases(self, node: Cases) -> Value:
        out, left = None, number(1)
        for of, condition in node.pieces:
            here = left if condition is None else self.mask(condition)
            names, (x, y, z) = self.algebra.align(self.real(of), here, left)
            piece = Value(names, torch.where(y * z > 0, x, torch.zeros((), dtype=torch.float64)))
            out = piece if out is None else self.algebra.plus(out, piece)
            names, (x, y) = self.algebra.align(left, here)
            left = Value(names, x * (1 - y))
        return out


def bound_at_the_end(node: Node) -> set[str]:
    """The letters of the sum that a term ends with."""
    match node:
        case Total():
            return {b.letter for b in node.bound}
        case Minus():
            return bound_at_the_end(node.of)
        case Times():
            return bound_at_the_end(node.right)
    return set()


def with_term(node: Node, term: Node) -> Node:
    """The same with one more term under the sum that it ends with."""
    match node:
        case Total():
            return replace(node, body=Plus(node.place, (node.body, term)))
        case Minus():
            return replace(node, of=with_term(node.of, term))
        case _:
            return replace(node, right=with_term(node.right, term))
