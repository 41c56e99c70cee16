"""Random definitions, derived and held against autograd: python -m tests.tools.random_definitions --draws N --seed K

A definition is drawn from sums, products, quotients, powers, functions, kinks, cases, brackets, sums with limits of
their own, shared letters and axes; a chain has up to three, the later ones of the earlier ones, so that there are two
paths. Each gradient, path by path too, is either right, line by line and as NumPy, or refused in a sentence. Prints
how many of each, the reasons, and what was wrong.
"""

import argparse
import random
import re
import time
import warnings
from collections import Counter
from dataclasses import dataclass

import numpy as np
import sympy as sp
import torch
from sympy import Abs, Idx, Indexed, Max, Min, Piecewise, Sum, cos, erf, exp, log, sin, sqrt, tanh

from helpers.compare import check, numpy_function
from helpers.compare.functions import unknown_function
from helpers.compare.meaning import outputs_beside, random_numbers
from helpers.derive import (
    Chain,
    Definition,
    Derivation,
    L,
    elementwise,
    gradient,
    indices,
    numbers,
    sizes,
    tensor,
)
from helpers.derive.names import code_name
from helpers.derive.notation import Elementwise, Iverson, Tensor, free_indices, is_number
from helpers.derive.rewrite import summed_indices

S, N, T = sizes("S N T")
LETTERS = {S: indices("m a c", S), N: indices("n i l", N), T: indices("t k j", T)}
DATA = [tensor("X", S, N), tensor("W", N, N), tensor("A", T, T), tensor("V", S, N, T), tensor("B", N, T)]
DATA += [tensor("b", N), tensor("x", T), tensor("s", S, positive=True), tensor("dY", S, N)]
NUMBERS = [*numbers("r"), sp.Symbol("alpha", positive=True)]
NAMES = "Y", "Z", "H"
FUNCTIONS = exp, tanh, sin, cos, erf, elementwise("h")
REFUSALS = ValueError, TypeError, NotImplementedError


@dataclass
class Drawer:
    """Draws expressions: `tensors` may stand in them, and every letter of `free` stands in the whole."""

    dice: random.Random
    tensors: list[Tensor]

    def definition(self, left: Indexed | sp.Symbol) -> Definition:
        """A definition of that entry; a letter that did not come up is brought in by an entry of its own."""
        free = [k for k in getattr(left, "indices", ()) if isinstance(k, Idx)]
        right = self.expression(free, self.dice.randint(1, 3))
        for k in free:
            if k not in free_indices(right):
                right += self.entry(free, needed=k)
        return Definition(left, right)

    def expression(self, scope: list[Idx], depth: int) -> sp.Expr:
        if depth == 0:
            return self.leaf(scope)
        arithmetic = self.product, self.product, self.plus, self.quotient, self.power, self.total, self.total
        others = self.function, self.function, self.kink, self.by_cases, self.partial_sum
        draw = self.dice.choice((*arithmetic, *others))
        return draw(scope, depth - 1)

    def leaf(self, scope: list[Idx]) -> sp.Expr:
        if self.dice.random() < 0.1:
            return self.dice.choice([*NUMBERS, sp.Integer(2), sp.Rational(1, 3)])
        return self.entry(scope)

    def entry(self, scope: list[Idx], needed: Idx | None = None) -> sp.Expr:
        """An entry by letters of the scope; where an axis has none, it is summed over."""
        fitting = [t for t in (*self.tensors, *DATA) if needed is None or needed.upper + 1 in t.shape]
        fitting = [t for t in fitting if t in self.tensors] or fitting
        chosen, bound = self.dice.choice(fitting), []
        at = []
        for size in chosen.shape:
            letters = [k for k in scope if k.upper + 1 == size]
            if not letters:
                letters = [self.new(size, [*scope, *bound])]
                bound += letters
            at.append(needed if needed in letters and needed not in at else self.dice.choice(letters))
        return Sum(chosen[tuple(at)], *bound) if bound else chosen[tuple(at)]

    def new(self, size: sp.Expr, taken: list[Idx]) -> Idx:
        free = [k for k in LETTERS[size] if k not in taken]
        return self.dice.choice(free) if free else Idx(f"q{len(taken)}", size)

    def total(self, scope: list[Idx], depth: int) -> sp.Expr:
        k = self.new(self.dice.choice((S, N, T)), scope)
        inside = self.expression([*scope, k], depth)
        return Sum(
            apart(inside, k) * (self.entry([*scope, k], needed=k) if self.dice.random() < 0.6 else 1), k
        )

    def partial_sum(self, scope: list[Idx], depth: int) -> sp.Expr:
        """Σ_{k ≤ t}, Σ_{k ≥ t}, or all but the last; or the bracket itself."""
        k = self.new(T, scope)
        inside = apart(self.expression([*scope, k], depth), k) * self.entry([*scope, k], needed=k)
        others = [t for t in scope if t.upper + 1 == T]
        if not others:
            return Sum(inside, (k, 0, T - 2))
        t = self.dice.choice(others)
        ways = (k, 0, t), (k, t, T - 1), (k, 0, t - 1)
        return self.dice.choice([Sum(inside, way) for way in ways] + [Sum(inside * Iverson(t - k, T), k)])

    def product(self, scope: list[Idx], depth: int) -> sp.Expr:
        return self.expression(scope, depth) * self.expression(scope, depth)

    def plus(self, scope: list[Idx], depth: int) -> sp.Expr:
        return self.expression(scope, depth) + self.dice.choice((1, -1, 2)) * self.expression(scope, depth)

    def quotient(self, scope: list[Idx], depth: int) -> sp.Expr:
        below = self.expression(scope, depth)
        return self.expression(scope, depth) / self.dice.choice((1 + below**2, 2 + tanh(below), exp(below)))

    def power(self, scope: list[Idx], depth: int) -> sp.Expr:
        base = self.expression(scope, depth)
        ways = base**2, base**3, sqrt(1 + base**2), log(1 + base**2), (1 + base**2) ** NUMBERS[1]
        return self.dice.choice(ways)

    def function(self, scope: list[Idx], depth: int) -> sp.Expr:
        inside = self.expression(scope, depth)
        f = self.dice.choice(FUNCTIONS)
        return f(tanh(inside)) if f is exp and inside.has(exp, sp.Pow) else f(inside)

    def kink(self, scope: list[Idx], depth: int) -> sp.Expr:
        u, v = self.expression(scope, depth), self.expression(scope, depth)
        return self.dice.choice((Max(0, u), Max(u, v), Min(u, v), Abs(u), Max(0, 1 - u), Min(Max(u, -1), 1)))

    def by_cases(self, scope: list[Idx], depth: int) -> sp.Expr:
        u, v = self.expression(scope, depth), self.expression(scope, depth)
        when = self.dice.choice((u > 0, u > v, v < 1))
        return u if when in (True, False) else Piecewise((u, when), (self.dice.choice((v, u / 10, 0)), True))


def apart(e: sp.Expr, k: Idx) -> sp.Expr:
    """e where it binds no k; else a letter without a sum in it."""
    return e if k not in summed_indices(e) else sp.Integer(1)


def draw(dice: random.Random) -> tuple[Chain, Tensor | Indexed, list[Tensor]]:
    """Definitions, what to differentiate by, and the quantities to stop at."""
    drawer, definitions = Drawer(dice, dice.sample(DATA, 4)), []
    for name in NAMES[: dice.choice((1, 1, 2, 3))]:
        shape = dice.choice(((S, N), (N,), (T,), (T, T), (S,), (N, T), (S, N, T)))
        made, at = tensor(name, *shape), []
        for size in shape:
            at.append(drawer.new(size, at))
        definitions.append(drawer.definition(made[tuple(at)]))
        drawer.tensors = [*drawer.tensors[-3:], made]
    if dice.random() < 0.3:
        definitions.append(drawer.definition(L))
    chain = Chain(definitions)
    x = dice.choice([t for t in chain.leaves if isinstance(t, Tensor)])
    stops = [d.tensor for d in chain.definitions[:-1] if x != d.tensor and chain.computed_from(d.tensor, x)]
    return chain, x, stops if dice.random() < 0.7 else []


def values(derivation: Derivation, numbers) -> dict[str, object]:
    """What the generated source asks for, by name."""
    found: dict[str, object] = {code_name(s): n for s, n in numbers.sizes.items()}
    found |= {code_name(s): float(v) for s, v in numbers.values.items() if isinstance(s, sp.Symbol)}
    for e in derivation.result.atoms(Indexed):
        array = numbers.array(e.base).detach().numpy()
        found[code_name(e.base.label)] = array.reshape(()) if is_number(e) else array
    for e in derivation.result.atoms(Elementwise):
        f = unknown_function(e)
        found[code_name(e.name) + "_prime" * e.order] = lambda u, f=f: f(
            torch.as_tensor(u, dtype=torch.float64)
        ).numpy()
    if derivation.result.has(L):
        found["L"] = float(numbers.loss())
    return found


def outcome(chain: Chain, x: Tensor, stops: list[Tensor]) -> tuple[str, str]:
    """("right", ""), ("refused", the sentence), ("unchecked", why), or ("wrong", what is)."""
    try:
        derivation = gradient(chain, x, through=stops or None)
    except REFUSALS as refusal:
        return "refused", str(refusal)
    try:
        check(derivation)
    except AssertionError as wrong:
        return "wrong", str(wrong)
    except ValueError as unknown:
        return "unchecked", str(unknown)
    return source_of(derivation)


def source_of(derivation: Derivation) -> tuple[str, str]:
    """Is the NumPy source right as well, where there is one?"""
    try:
        function = numpy_function(derivation)
    except (NotImplementedError, ValueError) as refusal:
        return "no source", str(refusal)
    drawn = random_numbers(
        derivation.chain, derivation.facts, beside=outputs_beside(derivation.chain, derivation.lines)
    )
    want = drawn.value(derivation.left, derivation.free).detach().numpy()
    got = np.asarray(function(**values(derivation, drawn)))
    if got.shape != want.shape or not np.allclose(
        got, want, rtol=1e-8, atol=1e-9 * max(1.0, abs(want).max())
    ):
        return "wrong", f"{function.source}\n    is not {derivation.result}"
    return "right", ""


def tried(seed: int) -> tuple[str, str, str]:
    """How the definition of that seed came out, and the definition."""
    dice = random.Random(seed)
    try:
        chain, x, stops = draw(dice)
    except REFUSALS as refusal:
        return "refused", str(refusal), ""
    said = f"seed {seed}: ∂/∂{x} of {'; '.join(map(str, chain))}" + f" through {stops}" * bool(stops)
    try:
        return *outcome(chain, x, stops), said
    except Exception as crash:
        return "crashed", f"{type(crash).__name__}: {crash}", said


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    reader.add_argument("--draws", type=int, default=1000)
    reader.add_argument("--seed", type=int, default=0)
    given = reader.parse_args()
    warnings.simplefilter("ignore")
    counts, reasons, slowest, begun = Counter(), Counter(), (0.0, ""), time.perf_counter()
    for seed in range(given.seed, given.seed + given.draws):
        start = time.perf_counter()
        state, reason, said = tried(seed)
        slowest = max(slowest, (time.perf_counter() - start, said))
        counts[state] += 1
        if state in ("wrong", "crashed"):
            print(f"{state.upper()} {said}\n    {reason}", flush=True)
        elif state != "right":
            reasons[state, re.sub(r"\b[A-Za-z0-9_]+\[[^\]]*\]|\d+|\b\w\b", "·", reason)[:90]] += 1
    print(f"{given.draws} definitions in {time.perf_counter() - begun:.0f} s: {dict(counts)}")
    for (state, reason), count in reasons.most_common(40):
        print(f"    {count:5} {state}: {reason}")
    print(f"slowest {slowest[0]:.1f} s: {slowest[1][:300]}")


if __name__ == "__main__":
    main()
