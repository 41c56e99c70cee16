"""Derivations: a left side and its lines, each equal to the one before, each with the rule that gave it.

linear = Definition(Y[m, n], Sum(X[m, p] * W[n, p], p) + b[n])
gradient(linear, W)                  ∂L/∂W_ij = Σ_mn ∂L/∂Y_mn ∂Y_mn/∂W_ij = ... = Σ_m ∂L/∂Y_mi X_mj
jacobian(linear, W)                  ∂Y_mn/∂W_ij = ... = δ_ni X_mj
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp
from sympy import Indexed, Sum

from helpers.derive.definition import Chain, Definition, Fact, check_entry, name_of
from helpers.derive.latex import Equation, Lines
from helpers.derive.matrix import bold, matrix_form
from helpers.derive.notation import L, Partial, Tensor, free_indices, upstream
from helpers.derive.rules import Rule
from helpers.derive.source import numpy_source
from helpers.derive.walk import fresh, parts, substitute, summed_indices

Definitions = Definition | Iterable[Definition] | Chain
Output = Tensor | Indexed | None


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
        self.lines: list[Line] = []

    @property
    def result(self) -> sp.Expr:
        return self.lines[-1].expression if self.lines else self.left

    @property
    def free(self) -> tuple:
        """The free indices in their order: those of the quantity, then those of the variable."""
        return (*getattr(self.left.f, "indices", ()), *self.left.x.indices)

    @property
    def name(self) -> str:
        """dW for ∂L/∂W_ij, dY/dX for ∂Y_mn/∂X_ij."""
        x = f"d{name_of(self.left.x.base)}"
        return f"d{name_of(self.left.f.base)}/{x}" if isinstance(self.left.f, Indexed) else x

    @property
    def checked(self) -> bool:
        return bool(self.lines) and all(line.checked for line in self.lines)

    def write(self, rule: Rule, expression: sp.Expr) -> "Derivation":
        """A further line, unless it says the same as the last."""
        if expression != self.result:
            self.lines.append(Line(rule, expression))
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
    def full(self) -> Lines:
        """Every line."""
        return Lines(self)

    @property
    def terse(self) -> Lines:
        """Bookkeeping merged with the step that it prepares."""
        return Lines(self, terse=True)

    def steps(self, count: int, terse: bool = False, rules: bool = True) -> Lines:
        """The first `count` lines; without the rules, to ask which one it was."""
        return Lines(self, terse=terse, count=count, rules=rules)

    @property
    def matrix(self) -> Equation:
        """The last line in matrix notation: ∂L/∂W = (∂L/∂Y)ᵀ X."""
        return Equation(bold(upstream(self.left.x.base)), matrix_form(self.result, self.free))

    @property
    def numpy(self) -> str:
        """The last line as NumPy: dY.T @ X."""
        return numpy_source(self.result, self.free)

    def _repr_latex_(self) -> str:
        return self.full._repr_latex_()

    def __repr__(self) -> str:
        return f"{self.left} = {self.result}"


def complexity(e: sp.Expr) -> tuple[int, int]:
    """Deltas that stand under a sum of theirs, then how much there is to write: the compact form has less of both."""
    deltas = sum(
        bool(free_indices(d) & {limit[0] for limit in s.limits})
        for s in e.atoms(Sum)
        for d in s.function.atoms(sp.KroneckerDelta)
    )
    return deltas, writing(e)


def writing(e: sp.Expr) -> int:
    """How many letters, numbers, sums and functions an expression has; signs and exponents are free."""
    if e == -1:
        return 0
    inside = [e.base] if isinstance(e, sp.Pow) else parts(e)
    own = 0 if isinstance(e, sp.Add | sp.Mul | sp.Pow) else 1
    return own + sum(writing(a) for a in inside if isinstance(a, sp.Expr))


def entry_of(x: Tensor | Indexed, taken: set, letters: str = "ijkl") -> Indexed:
    """X_ij for a bare X, with letters that are not taken; an entry stays what it is."""
    if isinstance(x, Indexed):
        check_entry(x)
        return x
    chosen: list[sp.Idx] = []
    for size in x.shape:
        chosen.append(fresh(sp.Idx("i", size), {*taken, *chosen}, letters))
    return x[tuple(chosen)]


def letters_of(chain: Chain) -> set:
    """Every letter that a definition uses."""
    return set().union(*(free_indices(d.right) | summed_indices(d.right) | set(d.indices) for d in chain))


def variable(x: Tensor | Indexed, chain: Chain) -> Indexed:
    """The entry that is differentiated by; it must occur."""
    base = x.base if isinstance(x, Indexed) else x
    if base not in chain.tensors:
        known = ", ".join(sorted(map(name_of, chain.tensors)))
        raise ValueError(f"{name_of(base)} is not defined: the definitions speak of {known}")
    if len({str(k) for k in getattr(x, "indices", ())}) < len(getattr(x, "indices", ())):
        raise ValueError(f"{x} repeats a letter: an entry in general position needs different ones")
    return entry_of(x, letters_of(chain))


def start_jacobian(
    chain: Chain, x: Tensor | Indexed, output: Output = None, facts=(), lemmas=()
) -> Derivation:
    """∂Y_mn/∂X_ij, no line yet."""
    x = variable(x, chain)
    y = output if output is not None else chain.output.left
    y = y if isinstance(y, Indexed) else chain[y].left
    if y == L:
        raise ValueError("the loss has a gradient: use gradient(...)")
    used = set(x.indices)
    y = substitute(
        y, y.indices, [fresh(k, {*used, *y.indices}, "klpqrs") if k in used else k for k in y.indices]
    )
    return Derivation(Partial(y, x), chain, facts, lemmas)


def start_gradient(chain: Chain, x: Tensor | Indexed, through=None, facts=(), lemmas=()) -> Derivation:
    """∂L/∂X_ij, and its first line Σ_mn ∂L/∂Y_mn ∂Y_mn/∂X_ij where Y has an upstream gradient."""
    x = variable(x, chain)
    derivation = Derivation(Partial(L, x), chain, facts, lemmas)
    through = chain.output.tensor if through is None else through
    paths = [through] if isinstance(through, sp.Basic) else list(through)
    check_paths(chain, x.base, paths)
    if paths == [L]:
        return derivation
    taken, start = letters_of(chain) | set(x.indices), 0
    for Y in paths:
        old = chain[Y].indices
        new = [fresh(k, taken | set(old), "klpqrs") if str(k) in map(str, x.indices) else k for k in old]
        start += Sum(upstream(Y)[tuple(new)] * Partial(Y[tuple(new)], x), *new)
    return derivation.write(Rule("chain rule", lambda e, chain: e), start)


def check_paths(chain: Chain, x: Tensor, paths: list) -> None:
    """The loss must change with x through the given quantities, through all that it can, and through each one once."""
    for Y in paths:
        if Y not in chain:
            raise ValueError(f"{name_of(Y)} has no definition here")
        for Z in paths:
            if Z != Y and chain.computed_from(Z, Y):
                raise ValueError(
                    f"{name_of(Z)} is computed from {name_of(Y)}: to add both would count a path twice"
                )
    cut, reached = set(paths), {x}
    for d in chain:
        if d.tensor not in cut and d.depends_on & reached:
            reached.add(d.tensor)
    if chain.output.tensor in reached and chain.output.tensor != x:
        raise ValueError(
            f"{name_of(x)} reaches {name_of(chain.output.tensor)} also past {', '.join(map(name_of, paths))}"
        )


def jacobian(
    definitions: Definitions,
    x: Tensor | Indexed,
    of: Output = None,
    facts: Iterable[Fact] = (),
    lemmas: Iterable[Derivation] = (),
) -> Derivation:
    """∂Y/∂X, one entry for each entry of Y and of X: Y is `of`, or the output of the definitions."""
    from helpers.derive.strategy import solve

    return solve(start_jacobian(Chain(definitions), x, of, facts, lemmas))


def gradient(
    definitions: Definitions,
    x: Tensor | Indexed,
    through: Tensor | Iterable[Tensor] | None = None,
    facts: Iterable[Fact] = (),
    lemmas: Iterable[Derivation] = (),
) -> Derivation:
    """∂L/∂X, in the shape of X.

    Where the last definition is the loss L, it is differentiated. Where it is a tensor Y, the derivation starts from
    its upstream gradient: ∂L/∂X = Σ ∂L/∂Y ∂Y/∂X. In a net, `through` names the quantity, or all the quantities,
    whose upstream gradient is already known: gradient(net, W1, through=Y1). Lemmas are inserted where they fit.
    """
    from helpers.derive.strategy import solve

    return solve(start_gradient(Chain(definitions), x, through, facts, lemmas))


def backpropagate(definitions: Definitions, *xs: Tensor, facts: Iterable[Fact] = ()) -> dict[str, Derivation]:
    """The gradients of a net from the back to the front, each through the upstream gradients before it: {"dW2": ...}.

    A quantity that is not among `xs` is differentiated through: without P, softmax and cross-entropy are one step.
    """
    chain = Chain(definitions)
    stops = {x for x in xs if x in chain} | {chain.output.tensor}
    return {f"d{name_of(x)}": gradient(chain, x, consumers(chain, x, stops), facts) for x in xs}


def consumers(chain: Chain, x: Tensor, stops: set[Tensor]) -> list[Tensor]:
    """The first of the stops that are computed from x, on every path."""
    reached, found = {x}, []
    for d in chain:
        if d.depends_on & reached and d.tensor != x:
            (found.append if d.tensor in stops else reached.add)(d.tensor)
    return found
