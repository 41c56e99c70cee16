"""How numbers are drawn: distinct sizes, data and weights, such that every definition has a value."""

from collections.abc import Callable, Sequence

import sympy as sp
import torch
from sympy import Idx, Indexed, Mul, Pow

from helpers.compare.evaluators import respecting, suited
from helpers.compare.functions import unknown_function
from helpers.compare.numbers import Numbers
from helpers.derive import Chain, Fact, L, Line
from helpers.derive.notation import Tensor, Upstream
from helpers.derive.rewrite import size_of

__all__ = ["Numbers", "random_numbers", "unknown_function"]

SIZES = (6, 9, 15, 11, 17)  # no S/(S - 1), N - 1, 2/N, 1/S², S N, S/N is another one of them, none is 1 or 2
SMALL = (3, 4, 5, 2, 7, 6, 8, 9, 11, 10, 13, 12)  # where there are more, or more axes, or sizes that follow


def random_numbers(
    chain: Chain,
    facts: Sequence[Fact] = (),
    seed: int = 0,
    values: dict | None = None,
    sizes: dict | None = None,
    beside: Sequence[Tensor] = (),
) -> Numbers:
    """Random numbers for every leaf: distinct sizes, facts respected, and a value for each definition.

    The loss is made of the last definition, and of the outputs `beside` it.
    """
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
    drawn = Numbers(chain, sizes, {**numbers, **(values or {})}, seed, (chain.output.tensor, *beside))
    return drawn if values else with_a_value(drawn, facts, generator)


def outputs_beside(chain: Chain, lines: Sequence[Line]) -> tuple[Tensor, ...]:
    """What the last definition is not computed from, and what has an upstream gradient in the lines all the same."""
    entries = {e for line in lines for e in line.expression.atoms(Indexed)}
    arriving = {e.base.of for e in entries if isinstance(e.base, Upstream)}
    last = chain.output.tensor
    return tuple(
        d.tensor for d in chain if str(d.tensor) in arriving and not chain.computed_from(last, d.tensor)
    )


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
        other = Numbers(chain, drawn.sizes, values, drawn.seed, drawn.outputs)
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
