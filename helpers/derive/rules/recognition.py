"""The rules that write a name, or a known value, where its formula stands."""

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import permutations, product

import sympy as sp
from sympy import Indexed, Mul, Pow, Sum

from helpers.derive.chain import Chain
from helpers.derive.definition import Definition, Fact
from helpers.derive.names import name_of
from helpers.derive.notation import L, Partial, Tensor, Upstream, free_indices, tensor
from helpers.derive.rewrite import everywhere, from_powers, outside, powers, same, size_of, substitute, total
from helpers.derive.rules.base import Rule, named
from helpers.derive.rules.one_sum import flat, letters_of, lone_sum
from helpers.derive.typeset import latex


def placements(letters, e):
    """Every way to read the letters of a formula as letters that are free in e, over the same sizes."""
    choices = [[k for k in sorted(free_indices(e), key=str) if size_of(k) == size_of(l)] for l in letters]
    return product(*choices)


placed = lru_cache(maxsize=4096)(substitute)
"""A formula in other letters; it is asked for often."""


def is_size(base: sp.Expr) -> bool:
    return bool(base.is_Symbol and base.is_integer)


def times_contained(node: sp.Expr, pattern: sp.Expr) -> int:
    """How often the product `pattern` is contained in the product `node`; 1/σ contains σ minus one times."""
    (_, there), (_, wanted) = powers(node), powers(pattern)
    counts = []
    for base, n in wanted.items():
        if is_size(base):  # Σ_m X_mn is S μ_n, also where no 1/S stands before it
            continue
        found = next((m for other, m in there.items() if same(other, base)), 0)
        counts.append(found / n)
    if len(counts) == 1 and counts[0] < 0:
        return int(sp.ceiling(counts[0]))
    return max(0, int(sp.floor(min(counts, default=0))))


def divided(node: sp.Expr, pattern: sp.Expr, times: int) -> sp.Expr:
    """node / pattern^times, factor by factor."""
    (number, there), (wanted_number, wanted) = powers(node), powers(pattern)
    for base, n in wanted.items():
        other = next((o for o in there if same(o, base)), base)
        there[other] = there.get(other, 0) - n * times
    return from_powers(number / wanted_number**times, there)


@lru_cache(maxsize=256)
def inverse(definition: Definition) -> tuple[sp.Expr, sp.Expr] | None:
    """(e^u, its value in Y) for a definition Y = 1/(a + b e^u): Y = 1/(1 + e^-x) has e^-x = 1/Y − 1."""
    exponentials = definition.right.atoms(sp.exp)
    t, e = sp.Dummy("t"), next(iter(exponentials), None)
    if len(exponentials) != 1 or definition.right.xreplace({e: t}).has(Sum):
        return None
    below = 1 / definition.right.xreplace({e: t})
    b = sp.diff(below, t)
    a = sp.expand(below - b * t)
    return None if b == 0 or b.has(t) or a.has(t) else (e, (1 / definition.left - a) / b)


def recognise(definition: Definition) -> Rule:
    """Write Y again where the formula of its definition stands: e^X_mn / Σ_k e^X_mk = Y_mn."""
    right, letters = definition.right, definition.indices
    needed = {type(base) for base in powers(right)[1] if not is_size(base)}
    tensors = {e.base for e in right.atoms(Indexed)}
    kinds = (Mul, Pow, *needed)
    solved = inverse(definition)
    left = root(definition.left) if isinstance(right, Pow) and right.exp == sp.S.Half else definition.left

    def fold(node: sp.Expr) -> sp.Expr:
        if not isinstance(node, kinds) or isinstance(node, Indexed | Partial):
            return node
        if not needed <= {type(base) for base in powers(node)[1]}:
            return node
        if not tensors <= {e.base for e in node.atoms(Indexed)}:
            return node
        for place in placements(letters, node):
            pattern = placed(right, letters, place)
            if times := times_contained(node, pattern):
                return fold(
                    divided(node, pattern, times)
                    * left.xreplace(dict(zip(letters, place, strict=True))) ** times
                )
        return node

    def unfold(node: sp.Expr) -> sp.Expr:
        """e^u beside Y is a function of Y too."""
        if not isinstance(node, Mul) or not node.has(definition.tensor) or not node.has(sp.exp):
            return node
        for place in placements(letters, node):
            e, value = (substitute(side, letters, place) for side in solved)
            if times := times_contained(node, e):
                return sp.expand(divided(node, e, times) * value**times)
        return node

    def apply(e: sp.Expr, chain) -> sp.Expr:
        e = outside(e, fold)
        e = e if left == definition.left else e.xreplace({getattr(left, "base", left): definition.tensor})
        return outside(e, unfold) if solved else e

    return Rule(**named("recognise", definition.tensor), apply=apply, doc=recognise.__doc__)


def root(name: Indexed | sp.Symbol) -> Indexed | sp.Symbol:
    """The name of a square root, known to be no negative number: √(r²) is r."""
    if not isinstance(name, Indexed):
        return sp.Dummy(str(name), nonnegative=True)
    return tensor(f"√{name.base}", *name.base.shape, nonnegative=True)[name.indices]


def recognise_sum(definition: Definition) -> Rule:
    """Write Y again in a product under sums, whichever sum comes first: Σ_k P_ik Σ_e V_ke G_ie = Σ_e Y_ie G_ie."""
    c, s = lone_sum(definition.right)
    letters, bound = definition.indices, letters_of(s)
    tensors = {e.base for e in s.atoms(Indexed)}

    def fold(node: sp.Expr) -> sp.Expr:
        if not isinstance(node, Sum) or not tensors <= {e.base for e in node.atoms(Indexed)}:
            return node
        whole = flat(node)
        for place in placements((*letters, *bound), whole.function):
            free, own = place[: len(letters)], place[len(letters) :]
            if len({*place}) < len({*free}) + len(bound) or not {*own} <= {*letters_of(whole)}:
                continue
            pattern = placed(s.function, (*letters, *bound), place)
            if times_contained(whole.function, pattern) < 1:
                continue
            rest = divided(whole.function, pattern, 1)
            if not free_indices(rest) & {*own}:
                name = definition.left.xreplace(dict(zip(letters, free, strict=True))) / c
                return fold(total(rest * name, [limit for limit in whole.limits if limit[0] not in own]))
        return node

    return Rule(
        **named("recognise", definition.tensor),
        apply=lambda e, chain: outside(e, fold),
        doc=recognise_sum.__doc__,
    )


def is_named_sum(definition: Definition) -> bool:
    """A sum of products, with numbers, sizes or parameters before it: y_j = Σ_t p_t X_tj / N."""
    c, s = lone_sum(definition.right)
    return s is not None and not free_indices(c) and not c.has(Indexed, Sum)


def write_out(definition: Definition) -> Rule:
    """Write the formula of Y's definition where Y stands: X̂_mn = (X_mn − μ_m) / σ_m."""

    def unfold(node: sp.Expr) -> sp.Expr:
        return definition.at(node) if isinstance(node, Indexed) and node.base == definition.tensor else node

    return Rule(
        **named("definition of", definition.tensor),
        apply=lambda e, chain: everywhere(e, unfold),
        doc=write_out.__doc__,
    )


def replacing(left: sp.Expr, right: sp.Expr) -> Callable[[sp.Expr, Chain], sp.Expr]:
    """right where left stands, whatever its letters are; a symmetry, P_ij = P_ji, puts them in alphabetical order."""
    letters = sorted(free_indices(left), key=str)
    is_symmetry = left in (substitute(right, letters, place) for place in permutations(letters))

    def use(node: sp.Expr) -> sp.Expr:
        if node.func == left.func:
            for place in placements(letters, node):
                if same(node, substitute(left, letters, place)):
                    there = substitute(right, letters, place)
                    return min(node, there, key=str) if is_symmetry else there
        return node

    return lambda e, chain: everywhere(e, use)


def given(fact: Fact) -> Rule:
    """Use a fact: Σ_n T_mn = 1. Of P_ij = P_ji the entry is written whose letters are in alphabetical order."""
    if fact.symmetric:
        use = partial(everywhere, identity=partial(in_alphabetical_order, fact.left.base))
        return Rule(f"given: {fact.name}", lambda e, chain: use(e), doc=given.__doc__)
    return Rule(f"given: {fact.name}", replacing(fact.left, fact.right), doc=given.__doc__)


def in_alphabetical_order(P: Tensor, node: sp.Expr) -> sp.Expr:
    return P[tuple(sorted(node.indices, key=str))] if isinstance(node, Indexed) and node.base == P else node


def known(identity) -> Rule:
    """Use an identity that is derived: Σ_m (X_mn − μ_n) = 0."""
    left, right = identity.left, identity.result
    tex = f"{latex(left)} = {latex(right)}"
    return Rule(identity.name, replacing(left, right), tex=tex, doc=known.__doc__)


def derivatives(e: sp.Expr) -> tuple[sp.Expr, list[Indexed]]:
    """The quantity and the variables of ∂L/∂x, ∂²L/∂x∂y, ..., in the order of differentiation."""
    if not isinstance(e, Partial):
        return e, []
    quantity, variables = derivatives(e.f)
    return quantity, [*variables, e.x]


def insert(lemma) -> Rule:
    """Put what a lemma derived where its left side stands: ∂Y/∂X for every Y_mn and X_ij, or dL/dY for dY.

    A gradient is put where ∂L/∂X_ij is differentiated again, a Hessian where ∂²L/∂X_ij∂X_kl stands.
    """
    if not isinstance(lemma.left, Partial):
        return known(lemma)
    f, x = lemma.left.f, lemma.left.x
    letters = (*getattr(f, "indices", ()), *x.indices)
    quantity, variables = derivatives(lemma.left)

    def put(node: sp.Expr) -> sp.Expr:
        if isinstance(node, Partial) and quantity == L:
            of, by = derivatives(node)
            if of == L and [v.base for v in by] == [v.base for v in variables]:
                old, new = ([k for v in vs for k in v.indices] for vs in (variables, by))
                return substitute(lemma.result, old, new)
            return node
        here = node.f if isinstance(node, Partial) else node
        if not isinstance(here, Indexed):
            return node
        if (
            isinstance(node, Partial)
            and isinstance(f, Indexed)
            and (here.base, node.x.base) == (f.base, x.base)
        ):
            return substitute(lemma.result, letters, (*here.indices, *node.x.indices))
        if here is node and f == L and isinstance(here.base, Upstream) and here.base.of == name_of(x.base):
            return substitute(lemma.result, letters, here.indices)
        return node

    return Rule(
        f"insert {lemma.name}",
        lambda e, chain: everywhere(e, put),
        tex=rf"\text{{insert }}{latex(lemma.left)}",
    )
