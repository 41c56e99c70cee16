"""The rules that write a name, or a known value, where its formula stands."""

from itertools import product

import sympy as sp
from sympy import Indexed, Mul, Pow, Sum

from helpers.derive.definition import Definition, Fact
from helpers.derive.notation import Partial, Tensor, free_indices
from helpers.derive.rules.rule import Rule, named
from helpers.derive.walk import everywhere, from_powers, powers, same, size_of, substitute


def placements(letters, e):
    """Every way to read the letters of a formula as letters that are free in e, over the same sizes."""
    choices = [[k for k in sorted(free_indices(e), key=str) if size_of(k) == size_of(l)] for l in letters]
    return product(*choices)


def times_contained(node: sp.Expr, pattern: sp.Expr) -> int:
    """How often the product `pattern` is contained in the product `node`."""
    (_, there), (_, wanted) = powers(node), powers(pattern)
    counts = []
    for base, n in wanted.items():
        found = next((m for other, m in there.items() if same(other, base)), 0)
        counts.append(sp.floor(found / n) if n else 0)
    return max(0, min(counts, default=0))


def divided(node: sp.Expr, pattern: sp.Expr, times: int) -> sp.Expr:
    """node / pattern^times, factor by factor."""
    (number, there), (wanted_number, wanted) = powers(node), powers(pattern)
    for base, n in wanted.items():
        other = next(o for o in there if same(o, base))
        there[other] -= n * times
    return from_powers(number / wanted_number**times, there)


def inverse(definition: Definition) -> tuple[sp.Expr, sp.Expr] | None:
    """(e^u, g(Y)) for a definition Y = f(e^u) that has just one exponential: Y = 1/(1 + e^-x), e^-x = 1/Y − 1."""
    exponentials = definition.right.atoms(sp.exp)
    if len(exponentials) != 1 or definition.right.has(Sum):
        return None
    t, (e,) = sp.Dummy("t"), exponentials
    right = definition.right.xreplace({e: t})
    solutions = sp.solve(right - definition.left, t) if not right.atoms(Indexed) else []
    return (e, solutions[0]) if len(solutions) == 1 else None


def recognise(definition: Definition) -> Rule:
    """Write Y again where the formula of its definition stands: e^X_mn / Σ_k e^X_mk = Y_mn."""
    right, letters = definition.right, definition.indices
    kinds = (Mul, Pow, *(type(base) for base in powers(right)[1]))
    solved = inverse(definition)

    def fold(node: sp.Expr) -> sp.Expr:
        if not isinstance(node, kinds) or isinstance(node, Indexed | Partial):
            return node
        for place in placements(letters, node):
            pattern = substitute(right, letters, place)
            if times := times_contained(node, pattern):
                return fold(
                    divided(node, pattern, times)
                    * definition.left.xreplace(dict(zip(letters, place))) ** times
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
        e = everywhere(e, fold)
        return everywhere(e, unfold) if solved else e

    return Rule(**named("recognise", definition.tensor), apply=apply, doc=recognise.__doc__)


def given(fact: Fact) -> Rule:
    """Use a fact: Σ_n T_mn = 1."""
    letters = sorted(free_indices(fact.left), key=str)

    def use(node: sp.Expr) -> sp.Expr:
        if node.func == fact.left.func:
            for place in placements(letters, node):
                if same(node, substitute(fact.left, letters, place)):
                    return substitute(fact.right, letters, place)
        return node

    return Rule(f"given: {fact.name}", lambda e, chain: everywhere(e, use), doc=given.__doc__)


def insert(lemma) -> Rule:
    """Put what a lemma derived where its left side stands: ∂Y/∂X for every Y_mn and X_ij, or dL/dY for dY."""
    from helpers.derive.latex import latex
    from helpers.derive.notation import Upstream

    f, x = lemma.left.f, lemma.left.x
    letters = (*getattr(f, "indices", ()), *x.indices)

    def put(node: sp.Expr) -> sp.Expr:
        if isinstance(node, Partial) and isinstance(f, Indexed) and isinstance(node.f, Indexed):
            if node.f.base == f.base and node.x.base == x.base:
                return substitute(lemma.result, letters, (*node.f.indices, *node.x.indices))
        if isinstance(node, Indexed) and isinstance(node.base, Upstream) and not isinstance(f, Indexed):
            if node.base.of == str(x.base.label):
                return substitute(lemma.result, letters, node.indices)
        return node

    return Rule(
        f"insert {lemma.name}",
        lambda e, chain: everywhere(e, put),
        tex=rf"\text{{insert }}{latex(lemma.left)}",
    )
