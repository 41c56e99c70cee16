"""Derivations: a left side and its lines, each equal to the one before, each with the rule that gave it.

linear = Definition(Y[m, n], Sum(X[m, p] * W[n, p], p) + b[n])
gradient(linear, W)                  ∂L/∂W_ij = Σ_mn ∂L/∂Y_mn ∂Y_mn/∂W_ij = ... = Σ_m ∂L/∂Y_mi X_mj
jacobian(linear, W)                  ∂Y_mn/∂W_ij = ... = δ_ni X_mj
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp
from sympy import Idx, Indexed, Sum

from helpers.derive.chain import Chain, Definitions
from helpers.derive.definition import Fact
from helpers.derive.matrix import as_matrices, as_slices, matrix_form
from helpers.derive.matrix_printer import MatrixPrinter
from helpers.derive.names import name_of
from helpers.derive.notation import L, Partial, Tensor, free_indices
from helpers.derive.pieces import bold
from helpers.derive.rewrite import letters_apart
from helpers.derive.rules import Rule
from helpers.derive.source import numpy_source
from helpers.derive.typeset import Equation, latex, partial, where_line, where_rows
from helpers.derive.writing import writing


@dataclass
class Line:
    """An expression, the rule that gave it, and its worst error against autograd once it is checked."""

    rule: Rule
    expression: sp.Expr
    error: float | None = None

    @property
    def checked(self) -> bool:
        return self.error is not None


class Derivation:
    """left = line = line = ...; add a line with `then`, read the last one in `result`."""

    def __init__(
        self,
        left: Partial,
        chain: Definitions,
        facts: Iterable[Fact] = (),
        lemmas: Iterable["Derivation"] = (),
    ) -> None:
        self.left = left
        self.chain = chain if isinstance(chain, Chain) else Chain(chain)
        self.facts = tuple(facts)
        self.lemmas = list(lemmas)
        self.paths: list[Derivation] = []
        self.lines: list[Line] = []

    @property
    def result(self) -> sp.Expr:
        return self.lines[-1].expression if self.lines else self.left

    @property
    def free(self) -> tuple[sp.Idx, ...]:
        """The free indices in their order: those of the quantity, then those of each variable."""
        f = self.left.f
        first = (
            (*getattr(f.f, "indices", ()), *f.x.indices)
            if isinstance(f, Partial)
            else getattr(f, "indices", ())
        )
        return tuple(k for k in (*first, *self.left.x.indices) if isinstance(k, Idx))

    @property
    def name(self) -> str:
        """dW for ∂L/∂W_ij, dY/dX for ∂Y_mn/∂X_ij, dX2 for ∂²L/∂X_ij∂X_kl, dX2 V for its product with V."""
        x = f"d{name_of(self.left.x.base)}"
        if isinstance(self.left.f, Partial):
            first = f"d{name_of(self.left.f.x.base)}"
            return f"{x}2" if first == x else first + x
        if isinstance(self.left.f, Sum):
            return f"{x}2 {', '.join(map(name_of, self.chain.given))}"
        return f"d{name_of(self.left.f.base)}/{x}" if isinstance(self.left.f, Indexed) else x

    def is_jacobian(self, y: Tensor | sp.Symbol, x: Tensor) -> bool:
        """Is it ∂Y/∂X for these two?"""
        return getattr(self.left.f, "base", None) == y and self.left.x.base == x

    @property
    def tensors(self) -> set[Tensor | sp.Symbol]:
        """What its left side speaks of, the loss included."""
        return {e.base for e in self.left.atoms(Indexed)} | ({L} & self.left.free_symbols)

    @property
    def last(self) -> tuple[Idx, ...]:
        """The letters that a delta writes last: those of X."""
        return self.left.x.indices

    @property
    def checked(self) -> bool:
        return bool(self.lines) and all(line.checked for line in self.lines)

    def write(self, rule: Rule, expression: sp.Expr) -> "Derivation":
        """A further line, unless it says the same as the last."""
        if expression != self.result and (said := letters_apart(expression, self.free)) != self.result:
            self.lines.append(Line(rule, said))
        return self

    def then(self, *rules: Rule) -> "Derivation":
        """Apply the rules in their order; one that changes nothing leaves no line."""
        for rule in rules:
            self.write(rule, rule(self.result, self.chain))
        return self

    def until_done(self, *rules: Rule) -> "Derivation":
        """Apply the rules again and again, until none of them changes anything."""
        lines = None
        while lines != len(self.lines):
            lines = len(self.lines)
            self.then(*rules)
        return self

    def try_out(self, *ways: tuple[Rule, ...]) -> "Derivation":
        """Follow each way, keep the one that leads to the simplest line; none of them if no line is simpler."""
        start, best, least = len(self.lines), [], complexity(self.result)
        for way in ways:
            self.then(*way)
            if complexity(self.result) < least:
                best, least = self.lines[start:], complexity(self.result)
            del self.lines[start:]
        self.lines += best
        return self

    @property
    def full(self) -> "Lines":
        """Every line."""
        return Lines(self)

    @property
    def terse(self) -> "Lines":
        """Bookkeeping merged with the step that it prepares."""
        return Lines(self, terse=True)

    def steps(self, count: int, terse: bool = False, rules: bool = True) -> "Lines":
        """The first `count` lines; without the rules, to ask which one it was."""
        return Lines(self, terse=terse, count=count, rules=rules)

    @property
    def matrix(self) -> Equation:
        """The last line in matrix notation, ∂L/∂W = (∂L/∂Y)ᵀ X; a Jacobian too where it has two axes, ∂y/∂x = W.

        What has more axes is a matrix for each value of some letters: ∂L/∂X_s = ∂L/∂Y_s W for each s.
        """
        try:
            fixed, right = (), as_matrices(self.result, self.free)
        except NotImplementedError:
            fixed, right = as_slices(self.result, self.free)
        f, x, named = self.left.f, self.left.x, MatrixPrinter(fixed).slice
        if not self.free:
            left = latex(self.left)
        elif isinstance(f, Partial):
            left = rf"\frac{{\partial^{{2}} L}}{{\partial {named(f.x)} \partial {named(x)}^T}}"
        elif isinstance(f, Sum):
            left = rf"\frac{{\partial^{{2}} L}}{{\partial {named(x)}^{{2}}}}[{bold(self.chain.given[0])}]"
        else:
            left = partial(named(f) if isinstance(f, Indexed) else "L", named(x))
        return Equation(left, right)

    @property
    def numpy(self) -> str:
        """The last line as NumPy: dY.T @ X."""
        return numpy_source(self.result, self.free, self.chain.derived_sizes)

    def _repr_latex_(self) -> str:
        return self.full._repr_latex_()

    def __repr__(self) -> str:
        return f"{self.left} = {self.result}"


class Path(Derivation):
    """What of ∂L/∂X arrives through one quantity: the last one of its chain, where all other stops are given."""

    @property
    def name(self) -> str:
        """dX through Y."""
        return f"{super().name} through {name_of(self.chain.output.tensor)}"

    @property
    def heading(self) -> str:
        return f"through ${latex(self.chain.output.tensor)}$"


class Identity(Derivation):
    """left = line = ... for any left side, with a name in words: Σ_m (X_mn − μ_n) = ... = 0."""

    last = ()

    def __init__(
        self, left: sp.Expr, chain: Definitions, name: str, lemmas: Iterable[Derivation] = ()
    ) -> None:
        super().__init__(left, chain, lemmas=lemmas)
        self.title = name

    @property
    def free(self) -> tuple[Idx, ...]:
        """The free indices of the left side, in alphabetical order."""
        return tuple(sorted(free_indices(self.left), key=str))

    @property
    def name(self) -> str:
        return self.title

    @property
    def matrix(self) -> Equation:
        """Both sides in matrix notation."""
        return Equation(matrix_form(self.left, self.free), matrix_form(self.result, self.free))

    def is_jacobian(self, y: Tensor | sp.Symbol, x: Tensor) -> bool:
        return False


def complexity(e: sp.Expr) -> tuple[int, int, int, int]:
    """Deltas under a sum, how much to write, to multiply, and to divide: the compact form has less of each."""
    deltas = sum(
        bool(free_indices(d) & {limit[0] for limit in s.limits})
        for s in e.atoms(sp.Sum)
        for d in s.function.atoms(sp.KroneckerDelta)
    )
    return deltas, writing(e), writing(e, powers=True), quotients(e)


def quotients(e: sp.Expr) -> int:
    """How many terms of sums have something below the line."""
    return sum(sp.fraction(t)[1] != 1 for a in e.atoms(sp.Add) for t in a.args)


class Lines:
    """What is shown of a derivation, an aligned block: all lines or the first ones, full or terse, rules or none."""

    def __init__(
        self, derivation: Derivation, terse: bool = False, count: int | None = None, rules: bool = True
    ) -> None:
        self.derivation, self.terse, self.count, self.rules = derivation, terse, count, rules

    @property
    def groups(self) -> list[list[Line]]:
        """The lines, those of one step together."""
        groups, waiting = [], []
        for line in self.derivation.lines:
            waiting.append(line)
            if not (self.terse and line.rule.bookkeeping):
                groups.append(waiting)
                waiting = []
        if waiting:
            groups = [*groups[:-1], [*groups[-1], *waiting]] if groups else [waiting]
        return groups[: self.count]

    def rules_of(self, group: list[Line]) -> list[Rule]:
        """The rules of one step, without the bookkeeping that prepares it."""
        rules = [line.rule for line in group]
        return [rule for rule in rules if not rule.bookkeeping] or rules

    def row(self, left: str, group: list[Line]) -> str:
        """left = expression, rule, mark: one row of the aligned block."""
        names = dict.fromkeys(rule.tex or rf"\text{{{rule.title}}}" for rule in self.rules_of(group))
        mark = r"\;✓" if all(line.checked for line in group) else r"\;\text{(not checked)}"
        last, places = self.derivation.last, self.derivation.chain.places
        rule = r"\text{, }".join(names) + mark if self.rules else r"\text{which rule?}"
        return rf"{left} &= {latex(group[-1].expression, last, places)} && {rule}"

    def _repr_latex_(self) -> str:
        """The lines as one block; a sum over paths after them, each under its heading."""
        paths = [f"{p.heading}\n\n{Lines(p, self.terse)._repr_latex_()}" for p in self.derivation.paths]
        whole = f"the sum over the paths\n\n{self.block}" if paths else self.block
        return "\n\n".join([*paths, whole])

    @property
    def block(self) -> str:
        left = latex(self.derivation.left, self.derivation.last)
        rows = [self.row("" if k else left, group) for k, group in enumerate(self.groups)]
        body = " \\\\\n".join(rows or [left])
        chain = self.derivation.chain
        used = {k: e for k, e in chain.places.items() if f"{name_of(k.base)}_{{" in body}
        said = [line.expression for line in self.derivation.lines]
        used |= {k: e for k, e in chain.first_states.items() if any(e.has(k.base) for e in said)}
        where = f"\n$$\n{where_line(where_rows(used, *(d.right for d in chain)))}\n$$" if used else ""
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$${where}"

    def __repr__(self) -> str:
        rows = [
            f"  = {group[-1].expression}    ({', '.join(rule.title for rule in self.rules_of(group))})"
            for group in self.groups
        ]
        paths = [f"{p.name}\n{Lines(p, self.terse)!r}\n" for p in self.derivation.paths]
        return "\n".join([*paths, str(self.derivation.left), *rows])
