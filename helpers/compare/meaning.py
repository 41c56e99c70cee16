"""What a line means in numbers: an array over its free indices, with every ∂ taken by autograd.

A line is evaluated with no knowledge of how it was derived: random numbers for the tensors that no definition gives,
distinct sizes, float64, one axis of the array for each index.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import sympy as sp
import torch
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Sum

from helpers.compare.evaluators import evaluators, respecting, suited
from helpers.derive import Chain, Fact, L, Partial, Upstream, free_indices
from helpers.derive.notation import Cases, Elementwise, Iverson, Tensor
from helpers.derive.recursion import Recursion
from helpers.derive.rewrite import rename_apart, size_of

torch_functions: dict[type, Callable] = {
    sp.exp: torch.exp,
    sp.log: torch.log,
    sp.erf: torch.erf,
    sp.tanh: torch.tanh,
    sp.sinh: torch.sinh,
    sp.cosh: torch.cosh,
    sp.sin: torch.sin,
    sp.cos: torch.cos,
    sp.tan: torch.tan,
    sp.asin: torch.asin,
    sp.acos: torch.acos,
    sp.atan: torch.atan,
    sp.asinh: torch.asinh,
    sp.acosh: torch.acosh,
    sp.atanh: torch.atanh,
    sp.erfc: torch.erfc,
    sp.loggamma: torch.lgamma,
    sp.Abs: torch.abs,
    sp.sign: torch.sign,
    sp.Heaviside: lambda u, at_zero: torch.where(u == 0, at_zero, (u > 0).double()),
    sp.floor: torch.floor,
    sp.ceiling: torch.ceil,
    sp.Eq: torch.eq,
    sp.Ne: torch.ne,
    sp.Not: torch.logical_not,
    sp.And: lambda *conditions: math.prod(conditions).bool(),
    sp.Or: lambda *conditions: sum(c.int() for c in conditions).bool(),
    sp.ITE: torch.where,
    sp.Gt: torch.gt,
    sp.Ge: torch.ge,
    sp.Lt: torch.lt,
    sp.Le: torch.le,
}


ENTRIES, ROWS = 5_000_000, 5_000  # the most entries of an array, and of what is differentiated
ROWS_AT_ONCE = 300  # that go backward together
MANY = 100_000  # entries under a sum, from which on its factors are kept apart
SIZES = (6, 9, 15, 11, 17)  # no S/(S - 1), N - 1, 2/N, 1/S², S N, S/N is another one of them, none is 1 or 2
SMALL = (3, 4, 5, 2, 7, 6, 8, 9, 11, 10, 13, 12)  # where there are more, or more axes, or sizes that follow


def number(value: float) -> torch.Tensor:
    try:
        value = float(value)
    except OverflowError:  # a number that is too large even for SymPy, such as e^e^1000
        value = math.inf
    return torch.tensor(value, dtype=torch.float64)


class Numbers:
    """A number for each letter: sizes, data and weights, parameters, and a loss above the last definition.

    The loss is L where the chain defines it, else Σ sin(C ∘ Y) with a random C: an upstream gradient that is different
    for each entry, and depends on Y. What is computed in a recursion is differentiated by as a whole, its effect on
    later times included: `moved` is what is added to it at each time.
    """

    def __init__(
        self,
        chain: Chain,
        sizes: dict,
        values: dict,
        seed: int,
        output: Tensor | sp.Symbol,
        moved: dict[Tensor, torch.Tensor] | None = None,
    ) -> None:
        self.chain, self.sizes, self.values, self.seed, self.output = chain, sizes, values, seed, output
        self.moved = moved or {}
        self.arrays = dict(values)
        self.known: dict = {}
        self.missing = math.nan

    def size(self, n: sp.Expr) -> int:
        if unknown := sorted(set(n.free_symbols) - set(self.sizes), key=str):
            raise ValueError(f"{unknown[0]} is no size of these definitions")
        return int(n.xreplace(self.sizes))

    def replaced(self, x: Tensor, value: torch.Tensor) -> "Numbers":
        """The same numbers but for x; everything defined by x is computed again."""
        known = {t: a for t, a in self.values.items() if t not in self.chain}
        if self.recursion(x):
            moved = {**self.moved, x: value - self.array(x).detach()}
            return Numbers(self.chain, self.sizes, known, self.seed, self.output, moved)
        chain = self.chain.without(x) if x in self.chain else self.chain
        return Numbers(chain, self.sizes, {**known, x: value}, self.seed, self.output, self.moved)

    def recursion(self, tensor: Tensor | sp.Symbol) -> Recursion | None:
        """The recursion in which a tensor is computed, if it is one that a loop computes."""
        return next((r for r in self.chain.recursions if tensor in r.axes), None)

    def run(self, recursion: Recursion) -> None:
        """Compute a recursion: its quantities in their order, time by time, each by those before it."""
        group = [d for d in self.chain if d.tensor in recursion.axes]
        axes = recursion.axes
        T = self.size(group[0].tensor.shape[axes[group[0].tensor]])
        at: dict[Tensor, list[torch.Tensor]] = {}
        for d in group:
            shape = [self.size(n) for k, n in enumerate(d.tensor.shape) if k != axes[d.tensor]]
            at[d.tensor] = [torch.full(shape, torch.nan, dtype=torch.float64)] * T
            self.arrays[d.tensor] = torch.stack(at[d.tensor], axes[d.tensor])
        for now in range(T)[:: -recursion.step]:
            for d in group:
                letters, axis = d.indices, axes[d.tensor]
                right = at_time(d.right, letters[axis], now)
                value = self.value(right, [k for k in letters if k != letters[axis]])
                if d.tensor in self.moved:
                    value = value + self.moved[d.tensor].select(axis, now)
                at[d.tensor][now] = value
                self.arrays[d.tensor] = torch.stack(at[d.tensor], axis)

    def array(self, tensor: Tensor) -> torch.Tensor:
        """The numbers of a tensor: given, or computed by its definition, or an upstream gradient by autograd."""
        if tensor not in self.arrays:
            if recursion := self.recursion(tensor):
                self.run(recursion)
            elif tensor in self.chain:
                d = self.chain[tensor]
                shape = [self.size(n) for n in tensor.shape]
                self.arrays[tensor] = self.value(d.right, d.indices).reshape(shape)
            elif isinstance(tensor, Upstream):
                self.arrays[tensor] = self.upstream(tensor)
            else:
                raise ValueError(f"{tensor} is not defined")
        return self.arrays[tensor]

    @property
    def nested(self) -> bool:
        """Do these numbers stand under a derivative themselves? ∂²L/∂y∂z differentiates ∂L/∂y by z."""
        return any(array.requires_grad for array in self.values.values())

    def upstream(self, dY: Upstream) -> torch.Tensor:
        tensors = (*(d.tensor for d in self.chain), *self.chain.tensors)
        Y = next((t for t in tensors if str(t) == dY.of), None)
        if Y is None or Y == L:
            raise ValueError(f"{dY} is not defined: there is no {dY.of}")
        return self.derivative(L, (), Y)

    def derivative(self, f: sp.Expr, own: tuple[Idx, ...], x: Tensor) -> torch.Tensor:
        """∂f/∂x by autograd, the whole Jacobian over the letters of f and the axes of x.

        NaN where f has entries that do not exist, and only there: autograd would multiply 0 by NaN.
        """
        if (f, x) not in self.known:
            exists = ~self.value(f, own).isnan()

            def of(new: torch.Tensor) -> torch.Tensor:
                numbers = self.replaced(x, new)
                numbers.missing = self.missing if exists.all() else 0.5
                return numbers.value(f, own)

            found = derivative(of, self.array(x), self.nested)
            there = exists.reshape(*exists.shape, *[1] * self.array(x).ndim)
            self.known[f, x] = found if exists.all() else torch.where(there, found, math.nan)
        return self.known[f, x]

    def loss(self) -> torch.Tensor:
        if self.output == L:
            return self.value(self.chain[L].right, ())
        Y = self.array(self.output)
        weights = torch.randn(
            Y.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(self.seed)
        )
        return torch.sin(2 * weights * Y).sum()

    def value(self, e: sp.Expr, free: Sequence[Idx]) -> torch.Tensor:
        """e as an array with one axis for each of the free indices, in their order."""
        return self.evaluate(e, tuple(free)).expand([self.size(size_of(k)) for k in free])

    def evaluate(self, e: sp.Expr, scope: tuple[Idx, ...]) -> torch.Tensor:
        """e with one axis for each index in scope, of length 1 where e does not vary."""
        if (e, scope) not in self.known:
            self.known[e, scope] = self.compute(e, scope)
        return self.known[e, scope]

    def compute(self, e: sp.Expr, scope: tuple[Idx, ...]) -> torch.Tensor:
        flat = [1] * len(scope)
        if e in (sp.true, sp.false):
            return torch.tensor(bool(e)).reshape(flat)
        if e.is_number:
            return number(e).reshape(flat)
        if isinstance(e, Indexed):
            return self.entries(self.array(e.base), e.indices, scope).double()
        if isinstance(e, sp.Symbol):
            return self.scalar(e).reshape(flat)
        if isinstance(e, Idx):
            return self.integer(e, scope).double()
        if isinstance(e, KroneckerDelta):
            return (self.integer(e.args[0], scope) == self.integer(e.args[1], scope)).double()
        if isinstance(e, Iverson):
            at = self.integer(e.entry, scope)
            return ((at >= 0) & (at < self.size(e.size))).double()
        if isinstance(e, Add):
            return sum(self.evaluate(a, scope) for a in e.args)
        if isinstance(e, Mul):
            return self.product(e, scope)
        if isinstance(e, Pow):
            exponent = float(e.exp) if e.exp.is_number else self.evaluate(e.exp, scope)
            return self.evaluate(e.base, scope) ** exponent
        if isinstance(e, Sum):
            return self.sum(e, scope)
        if isinstance(e, Partial):
            return self.partial(e, scope)
        if isinstance(e, Elementwise):
            return unknown_function(e)(*(self.evaluate(a, scope) for a in e.arguments))
        if isinstance(e, sp.Max | sp.Min):
            arrays = torch.broadcast_tensors(*[self.evaluate(a, scope) for a in e.args])
            return (torch.amax if isinstance(e, sp.Max) else torch.amin)(torch.stack(arrays), 0)
        if isinstance(e, Cases | sp.Piecewise):
            return self.cases(e, scope)
        if e.func in evaluators:
            return evaluators[e.func](self, e, scope)
        if e.func in torch_functions:
            return torch_functions[e.func](*[self.evaluate(a, scope) for a in e.args])
        raise ValueError(f"{e} has no meaning in numbers here")

    def scalar(self, symbol: sp.Symbol) -> torch.Tensor:
        if symbol == L:
            return self.loss()
        if symbol in self.sizes:
            return number(self.sizes[symbol])
        if symbol in self.values:
            return self.values[symbol]
        raise ValueError(f"{symbol} is not defined")

    def integer(self, e: sp.Expr, scope: tuple[Idx, ...]) -> torch.Tensor:
        """An index expression such as h + a, as integers along the axes of its letters."""
        if isinstance(e, Idx):
            if e not in scope:
                raise ValueError(f"index {e} is free")
            return torch.arange(self.size(size_of(e))).reshape([-1 if k == e else 1 for k in scope])
        if isinstance(e, Add):
            return sum(self.integer(a, scope) for a in e.args)
        if isinstance(e, Mul):
            return math.prod(self.integer(a, scope) for a in e.args)
        if isinstance(e, Indexed):
            return self.entries(self.array(e.base), e.indices, scope).long()
        return torch.tensor(self.size(e)).reshape([1] * len(scope))

    def entries(self, a: torch.Tensor, at: Sequence[sp.Expr], scope: tuple[Idx, ...]) -> torch.Tensor:
        """a[at]; an entry that does not exist is NaN."""
        where = [self.integer(k, scope) for k in at]
        if not where:
            return a.reshape([1] * len(scope))
        exists = math.prod((k >= 0) & (k < n) for k, n in zip(where, a.shape, strict=True))
        found = a[tuple(k.clamp(0, n - 1) for k, n in zip(where, a.shape, strict=True))]
        return found if exists.all() else torch.where(exists.bool(), found, self.missing)

    def product(self, e: Mul, scope: tuple[Idx, ...]) -> torch.Tensor:
        """A product; what a bracket [0 ≤ e < n] excludes counts as 0, whatever stands beside it."""
        brackets = [self.evaluate(a, scope) for a in e.args if isinstance(a, Iverson)]
        rest = [self.evaluate(a, scope) for a in e.args if not isinstance(a, Iverson)]
        if not brackets:
            return math.prod(rest)
        kept = math.prod(brackets)
        # 0 before the product and not after: autograd would multiply the gradient 0 by NaN
        rest = [torch.where(kept == 0, 0.0, a) if a.isnan().any() else a for a in rest]
        return math.prod(rest, start=kept)

    def sum(self, e: Sum, scope: tuple[Idx, ...]) -> torch.Tensor:
        e = rename_apart(e, scope)
        summed = tuple(limit[0] for limit in e.limits)
        if self.entries_over((*scope, *summed)) > MANY:
            return self.contraction(e.function, scope, summed)
        inside = self.evaluate(e.function, (*scope, *summed))
        full = [*inside.shape[: len(scope)], *(self.size(size_of(k)) for k in summed)]
        return inside.expand(full).sum(tuple(range(len(scope), len(full))))

    def contraction(self, e: sp.Expr, scope: tuple[Idx, ...], summed: tuple[Idx, ...]) -> torch.Tensor:
        """Σ of a product over many letters: each factor over its own letters only, and torch.einsum."""
        letters = {k: chr(ord("a") + at) for at, k in enumerate((*scope, *summed))}
        brackets = [a for a in Mul.make_args(e) if isinstance(a, Iverson)]
        arrays, said = [], []
        for a in Mul.make_args(e):
            own = tuple(k for k in letters if k in free_indices(a))
            self.check_effort(own, ENTRIES, "a factor of a sum")
            array = self.value(a * Mul(*[b for b in brackets if b != a and free_indices(b) <= set(own)]), own)
            arrays.append(array)
            said.append("".join(letters[k] for k in own))
        kept = [k for k in scope if k in free_indices(e)]
        self.check_effort(kept, ENTRIES, "a sum")
        repeats = self.entries_over([k for k in summed if k not in free_indices(e)])
        result = torch.einsum(f"{','.join(said)}->{''.join(letters[k] for k in kept)}", *arrays)
        return repeats * result.reshape([self.size(size_of(k)) if k in kept else 1 for k in scope])

    def entries_over(self, letters: Iterable[Idx]) -> int:
        return math.prod(self.size(size_of(k)) for k in letters)

    def check_effort(self, letters: Sequence[Idx], most: int, what: str) -> None:
        """Refuse an array that no line of a derivation needs."""
        if (count := self.entries_over(letters)) > most:
            raise ValueError(f"{what} runs over {len(letters)} letters, {count} entries: more than {most}")

    def partial(self, e: Partial, scope: tuple[Idx, ...]) -> torch.Tensor:
        """∂f/∂x at the entries that are asked for."""
        own = tuple(sorted(free_indices(e.f), key=str))
        self.check_effort(own, ROWS, f"∂/∂{e.x}")
        return self.entries(self.derivative(e.f, own, e.x.base), (*own, *e.x.indices), scope)

    def cases(self, e: Cases | sp.Piecewise, scope: tuple[Idx, ...]) -> torch.Tensor:
        value = self.evaluate(e.args[-1].expr, scope)
        for piece in reversed(e.args[:-1]):
            value = torch.where(self.evaluate(piece.cond, scope), self.evaluate(piece.expr, scope), value)
        return value


@lru_cache(maxsize=4096)
def at_time(e: sp.Expr, t: Idx, now: int) -> sp.Expr:
    """e at one t."""
    return e.xreplace({t: sp.Integer(now)})


def derivative(
    f: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, nested: bool = False
) -> torch.Tensor:
    """∂f/∂x by autograd, of shape (*f, *x); one backward pass for each entry of f, which may be nested.

    Many entries go backward together, which autograd does not do as fast for a few.
    """
    nested = nested or x.requires_grad
    x = x.clone() if x.requires_grad else x.clone().requires_grad_()
    y = f(x)
    if not y.requires_grad:
        return torch.zeros(*y.shape, *x.shape, dtype=torch.float64)
    options = {"retain_graph": True, "create_graph": nested, "materialize_grads": True}
    flat, shape = y.reshape(-1), (*y.shape, *x.shape)
    if nested or len(flat) < ROWS_AT_ONCE:
        rows = torch.stack([torch.autograd.grad(entry, x, **options)[0] for entry in flat])
    else:
        seeds = torch.eye(len(flat), dtype=y.dtype).split(ROWS_AT_ONCE)
        rows = torch.cat(
            [torch.autograd.grad(flat, x, e, is_grads_batched=True, **options)[0] for e in seeds]
        )
    return rows.reshape(shape)


def unknown_function(e: Elementwise) -> Callable[..., torch.Tensor]:
    """h(t) = sin(a t + ½) + 0.3 t², or its derivative: smooth, and neither odd nor even.

    A function of several arguments is a sum of such h in different directions, h(a·t) + h(b·t) + h(c·t).
    """
    pitch, order, count = 1 + sum(map(ord, e.name)) % 7 / 5, e.order, len(e.arguments)
    directions = [[r * math.cos(1 + k * r) for k in range(count)] for r in (1, 2, 3)] if count > 1 else [[1]]

    def h(t: torch.Tensor) -> torch.Tensor:
        wave = torch.sin(pitch * t + 0.5 + order * torch.pi / 2) * pitch**order
        return wave + 0.3 * math.perm(2, order) * t ** max(2 - order, 0)

    def f(*ts: torch.Tensor) -> torch.Tensor:
        along = [h(sum(c * t for c, t in zip(a, ts, strict=True))) for a in directions]
        return sum(math.prod(a[k] for k in e.slots) * wave for a, wave in zip(directions, along, strict=True))

    return f


def random_numbers(
    chain: Chain,
    facts: Sequence[Fact] = (),
    seed: int = 0,
    values: dict | None = None,
    sizes: dict | None = None,
) -> Numbers:
    """Random numbers for every leaf: distinct sizes, facts respected, and a value for each definition."""
    generator = torch.Generator().manual_seed(seed)
    sizes = random_sizes(chain, generator, sizes or {})
    sides = [d.right for d in chain]
    tensors = {str(t) for t in chain.tensors}
    letters = {s for e in sides for s in e.free_symbols if isinstance(s, sp.Symbol) and str(s) not in tensors}
    numbers: dict = {}
    for s in sorted(letters - set(sizes), key=str):
        numbers[s] = 0.2 + torch.rand((), dtype=torch.float64, generator=generator)
    for tensor in (*chain.leaves, *chain.given):
        shape = [int(n.xreplace(sizes)) for n in tensor.shape]
        array = torch.randn(shape, dtype=torch.float64, generator=generator)
        if tensor.label.is_positive or any(needs_positive(e, tensor) for e in sides):
            array = array.abs() + 0.2
        array = suited(array, tensor, sides, sizes)
        numbers[tensor] = respecting(array, tensor, facts)
    drawn = Numbers(chain, sizes, {**numbers, **(values or {})}, seed, chain.output.tensor)
    return drawn if values else with_a_value(drawn, facts, generator)


def random_sizes(chain: Chain, generator: torch.Generator, given: dict) -> dict[sp.Symbol, int]:
    """A different number for each size, the given ones apart; sizes that follow from others are computed.

    An integer that is no size, a stride or a padding, is 1 or 2, or 0 or 1 where it may be 0.
    """
    shapes = [n for t in chain.tensors if isinstance(t, Tensor) for n in t.shape]
    derived = chain.derived_sizes
    ranges = [size_of(k) for d in chain for k in d.right.atoms(Idx)]
    letters = sorted({s for n in (*shapes, *ranges) for s in n.free_symbols} - set(derived), key=str)
    inside = {s for e in derived.values() for s in e.free_symbols}
    steps = sorted(inside - set(letters), key=str)

    many = len(letters) > len(SIZES) or any(len(t.shape) > 2 for t in chain.tensors if isinstance(t, Tensor))
    table = SMALL if derived or many or chain.first_states else SIZES  # a loop takes its time
    coins = torch.randint(2, (len(steps),), generator=generator).tolist() if steps else []
    small = {n: coin + bool(n.is_positive) for n, coin in zip(steps, coins, strict=True)}

    def draw() -> dict[sp.Symbol, int]:
        order = torch.randperm(len(letters), generator=generator).tolist()
        sizes = {n: table[k] for n, k in zip(letters, order, strict=True)} | small | given
        return sizes | {n: int(value(sizes)) for n, value in follow.items()}

    follow, entries = {n: number_of(e) for n, e in derived.items()}, number_of(Mul(*shapes))
    if not derived:
        return draw()
    fitting = [sizes for sizes in (draw() for _ in range(500)) if all(sizes[n] > 1 for n in derived)]
    if not fitting:
        raise ValueError(f"no sizes were found for which {', '.join(map(str, derived))} are at least 2")
    return min(fitting, key=entries)


def number_of(e: sp.Expr) -> Callable[[dict], int]:
    """An expression in sizes as a function of their numbers."""
    letters = sorted(e.free_symbols, key=str)
    f = sp.lambdify(letters, e)
    return lambda sizes: f(*(sizes[n] for n in letters))


def needs_positive(e: sp.Expr, tensor: Tensor) -> bool:
    """Does an entry of the tensor stand under a logarithm or a root?"""
    roots = {p.base for p in e.atoms(Pow) if not p.exp.is_Integer} | {l.args[0] for l in e.atoms(sp.log)}
    return any(r.base == tensor for r in roots if isinstance(r, Indexed))


def with_a_value(drawn: Numbers, facts: Sequence[Fact], generator: torch.Generator) -> Numbers:
    """The numbers drawn, or others for which each definition has a value: log(P/Q), (1 - P)^γ.

    What stands under a logarithm, a root or a power is drawn positive, then between 0 and 1, then some of each.
    """
    chain = drawn.chain
    leaves = under_roots(chain) if undefined(drawn) else []
    for attempt in range(40 if leaves else 0):
        values = dict(drawn.values)
        for tensor in leaves:
            draw = (
                RANGES[attempt]
                if attempt < 2
                else RANGES[torch.randint(len(RANGES), (), generator=generator)]
            )
            values[tensor] = respecting(draw(values[tensor]), tensor, facts)
        other = Numbers(chain, drawn.sizes, values, drawn.seed, drawn.output)
        if not undefined(other):
            return other
    return drawn


RANGES: tuple[Callable[[torch.Tensor], torch.Tensor], ...] = (
    lambda a: a.abs() + 0.2,
    lambda a: 0.1 + 0.8 * torch.sigmoid(a),
    lambda a: a.abs() + 1.2,
    lambda a: -a.abs() - 0.2,
    lambda a: 0.3 * a,
)


def undefined(numbers: Numbers) -> bool:
    """Has an entry no value, as the logarithm of a negative number has none?"""
    return any(bool(numbers.array(d.tensor).isnan().any()) for d in numbers.chain if d.tensor != L) or (
        L in numbers.chain and bool(numbers.loss().isnan())
    )


def under_roots(chain: Chain) -> list[Tensor]:
    """The leaves that what stands under a logarithm, a root or a power is computed from."""
    under: set[sp.Expr] = set()
    for d in chain:
        under |= {e.base for e in d.right.atoms(Pow) if not e.exp.is_Integer}
        under |= {a for e in d.right.atoms(sp.log, sp.asin, sp.acos, sp.acosh, sp.atanh) for a in e.args}
    tensors = {e.base for u in under for e in u.atoms(Indexed)}
    return [leaf for leaf in chain.leaves if any(chain.computed_from(t, leaf) for t in tensors)]
