"""What a line means in numbers: an array over its free indices, with every ∂ taken by autograd.

A line is evaluated with no knowledge of how it was derived: a number for each size, an array for each tensor that no
definition gives, in float64, one axis of the array for each index.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import sympy as sp
import torch
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Sum

from helpers.compare.evaluators import evaluators
from helpers.compare.functions import torch_functions, unknown_function
from helpers.derive import Chain, L, Partial, Upstream, free_indices
from helpers.derive.names import name_of
from helpers.derive.notation import Cases, Elementwise, Iverson, Tensor
from helpers.derive.recursion import Recursion
from helpers.derive.rewrite import rename_apart, size_of

NESTED = 2  # derivatives of derivatives
ENTRIES, ROWS = 5_000_000, 5_000  # the most entries of an array, and of what is differentiated
ROWS_AT_ONCE = 300  # that go backward together
MANY = 100_000  # entries under a sum, from which on its factors are kept apart


def number(value: float) -> torch.Tensor:
    try:
        value = float(value)
    except OverflowError:  # a number that is too large even for SymPy, such as e^e^1000
        value = math.inf
    return torch.tensor(value, dtype=torch.float64)


class Numbers:
    """A number for each letter: sizes, data and weights, parameters, and a loss above the last definition.

    The loss is L where the chain defines it, else Σ sin(C ∘ Y) with a random C, over all outputs Y: an upstream
    gradient that is different for each entry, and depends on Y. What is computed in a recursion is differentiated by
    as a whole, its effect on later times included: `moved` is what is added to it at each time.
    """

    def __init__(
        self,
        chain: Chain,
        sizes: dict,
        values: dict,
        seed: int,
        outputs: tuple[Tensor | sp.Symbol, ...],
        moved: dict[Tensor, torch.Tensor] | None = None,
    ) -> None:
        self.chain, self.sizes, self.values, self.seed, self.outputs = chain, sizes, values, seed, outputs
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
            return Numbers(self.chain, self.sizes, known, self.seed, self.outputs, moved)
        chain = self.chain.without(x) if x in self.chain else self.chain
        return Numbers(chain, self.sizes, {**known, x: value}, self.seed, self.outputs, self.moved)

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

        NaN where f has entries that do not exist, and only there: autograd would multiply 0 by NaN. Raises ValueError
        for ∂L/∂A of an A that no output is computed from: as a 0 it would hide whatever it is multiplied with.
        """
        if f == L and x in self.chain and not any(self.chain.computed_from(Y, x) for Y in self.outputs):
            Y, A = name_of(self.outputs[0]), name_of(x)
            raise ValueError(
                f"{Y} is not computed from {A}, so no ∂L/∂{A} arrives: end with one output of both"
            )
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
        if L in self.outputs:
            return self.value(self.chain[L].right, ())
        generator = torch.Generator().manual_seed(self.seed)
        arrays = [self.array(Y) for Y in self.outputs]
        weights = [torch.randn(Y.shape, dtype=torch.float64, generator=generator) for Y in arrays]
        return sum(torch.sin(2 * C * Y).sum() for C, Y in zip(weights, arrays, strict=True))

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
        if (times := nested(e)) > NESTED:
            raise ValueError(f"a derivative is taken {times} times, and at most {NESTED} times here")
        return self.entries(self.derivative(e.f, own, e.x.base), (*own, *e.x.indices), scope)

    def cases(self, e: Cases | sp.Piecewise, scope: tuple[Idx, ...]) -> torch.Tensor:
        value = self.evaluate(e.args[-1].expr, scope)
        for piece in reversed(e.args[:-1]):
            value = torch.where(self.evaluate(piece.cond, scope), self.evaluate(piece.expr, scope), value)
        return value


def nested(e: sp.Expr) -> int:
    """How many derivatives stand in each other."""
    inner = max(map(nested, e.args), default=0) if isinstance(e, sp.Basic) else 0
    return inner + isinstance(e, Partial)


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
