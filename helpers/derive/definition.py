"""Definitions, as a reader writes them, and chains of definitions.

    linear = Definition(Y[m, n], Sum(X[m, p] * W[n, p], p) + b[n])

A definition that cannot be meant is refused, with the letter and the place where it stands.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Product, Sum

from helpers.derive.bound import bound_by
from helpers.derive.functions import spelled_out
from helpers.derive.limits import whole_sums
from helpers.derive.names import name_of
from helpers.derive.notation import Cases, Held, L, Past, Tensor, Upstream, free_indices, in_cases, is_number
from helpers.derive.past import AfterStep, after_step, as_past, first_state, held_in_its_past, name_the_past
from helpers.derive.places import check_entry, check_reach, ranges
from helpers.derive.recursion import Recursion, reached, recursions
from helpers.derive.rewrite import parts, size_of, substitute, summed_indices
from helpers.derive.typeset import latex


def check_letters(*expressions: sp.Expr) -> None:
    """Each letter means one thing: a size, a tensor, a number, or an index over one range."""
    meaning: dict[str, tuple[str, object]] = {}

    def declare(letter: str, role: str, where: object) -> None:
        before, there = meaning.setdefault(letter, (role, where))
        if before != role:
            raise ValueError(f"{letter} stands for two things: {before} in {there}, {role} in {where}")

    for e in expressions:
        if bare := bare_tensors(e):
            letters = ", ".join("ijkl"[: len(bare[0].shape)])
            raise ValueError(f"{bare[0]} stands in {e} without indices: write its entry {bare[0]}[{letters}]")
        for entry in sorted(e.atoms(Indexed), key=str):
            declare(name_of(entry.base), f"a tensor of shape {tuple(entry.base.shape)}", entry)
            for axis, size in enumerate(entry.base.shape):
                for symbol in sorted(size.free_symbols, key=str):
                    declare(str(symbol), "a size", f"axis {axis} of {entry.base}")
            for k in entry.indices:
                if isinstance(k, Idx):
                    declare(str(k), f"an index over {size_of(k)}", entry)
        for t, size, where in ranges(e):
            declare(f"an entry of {name_of(t.base)}", f"an index over {size}", where)
        for k in sorted(e.atoms(Idx), key=str):
            declare(str(k), f"an index over {size_of(k)}", e)
    sizes = {s for e in expressions for x in e.atoms(Indexed) for n in x.base.shape for s in n.free_symbols}
    for e in expressions:
        for symbol in sorted(scalars(e) - sizes, key=str):
            declare(str(symbol), "a number", e)


def bare_tensors(e: sp.Expr) -> list[Tensor]:
    """The tensors in e that stand there whole, not by an entry."""
    if isinstance(e, Tensor):
        return [e]
    return [tensor for a in e.args if not isinstance(e, Indexed) for tensor in bare_tensors(a)]


def scalars(e: sp.Expr) -> set[sp.Symbol]:
    """The letters that stand as numbers in e, sizes among them."""
    if isinstance(e, sp.Symbol):
        return {e}
    return set().union(*(scalars(a) for a in parts(e) if isinstance(a, sp.Expr)))


def check_sums(e: sp.Expr, outside: tuple[Idx, ...] = ()) -> None:
    """No letter is summed where it already has a meaning."""
    if letters := bound_by(e):
        for k in letters:
            if k in outside:
                verb, what = ("summed", "sum") if isinstance(e, Sum) else ("bound", "operation")
                raise ValueError(f"index {k} is {verb} in {e}, but {k} has a meaning outside of that {what}")
        return check_sums(parts(e)[0], (*outside, *letters))
    for a in e.args:
        if isinstance(a, sp.Expr):
            check_sums(a, outside)


def check_products(e: sp.Expr) -> None:
    """A product runs over all values of its letter."""
    for product in sorted(e.atoms(Product), key=str):
        for k, first, last in product.limits:
            if not isinstance(k, Idx) or (first, last) != (k.lower, k.upper):
                raise ValueError(
                    f"{product} runs from {first} to {last}: write Product(..., {k}) over all values of "
                    f"an index {k}, with factors of 1 where it is to do nothing"
                )


def check_expression(e: sp.Expr) -> None:
    """Refuse an index on the wrong axis, a letter with two meanings, a sum over a letter that is taken."""
    for entry in sorted(e.atoms(Indexed), key=str):
        check_entry(entry)
    check_letters(e)
    check_sums(e, tuple(sorted(free_indices(e), key=str)))


def the_loss(e: sp.Expr) -> sp.Expr:
    """A reader's own Symbol("L") is the loss L."""
    return L if isinstance(e, sp.Symbol) and not isinstance(e, Idx) and e.name == "L" else e


def expression(right: object) -> sp.Expr:
    """The right side as an expression in entries of real numbers; what is none is refused by what to write instead."""
    if isinstance(right, str):
        raise TypeError(f"write the right side as an expression, not as text: {right!r}")
    try:
        e = sp.sympify(right)
    except sp.SympifyError as unread:
        raise TypeError(f"the right side is {right!r}: an expression is expected") from unread
    if foreign := sorted(e.atoms(sp.MatrixSymbol) if isinstance(e, sp.Basic) else (), key=str):
        A = foreign[0]
        raise TypeError(
            f"{A} is a MatrixSymbol: write {A} = tensor('{A}', {A.rows}, {A.cols}) and its entries {A}[i, j]; "
            f"det({A}), logdet({A}) and inverse({A})[i, j] are of the whole matrix"
        )
    if not isinstance(e, sp.Expr) or e.has(sp.matrices.MatrixExpr):
        raise TypeError(
            f"the right side is {e}: an expression in entries is expected, W[n, p] of tensor('W', N, M)"
        )
    if e.has(sp.I):
        raise ValueError(f"{e} is complex: every letter here is a real number")
    if e.has(sp.nan, sp.zoo):
        raise ValueError(f"{e} has no value: something is divided by 0")
    return e


@dataclass(frozen=True, repr=False)
class Definition:
    """Y_mn = an expression in the letters m, n, in tensors, sizes and numbers; or L = an expression.

    `broadcast` names the letters of the left side that are meant to be absent on the right: B_mn = b_n.
    Through time a quantity may depend on its own past, H_tn = an expression in H_{t-1,k}. What stands for it where no
    past exists is `first`, an expression in the other letters: the first state H0_n, or 0. Written H_{t+1,n} = an
    expression in H_{t,k}, with T + 1 entries on that axis, it is read as H_t of H_{t-1}, the state after step t.
    """

    left: Indexed | sp.Symbol
    right: sp.Expr
    broadcast: tuple[Idx, ...] = ()
    first: sp.Expr | None = None
    after: AfterStep | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "left", the_loss(self.left))
        object.__setattr__(self, "right", whole_sums(in_cases(spelled_out(expression(self.right)))))
        object.__setattr__(self, "first", None if self.first is None else sp.sympify(self.first))
        if step := after_step(self.left):
            object.__setattr__(self, "after", step)
            object.__setattr__(self, "left", step.read(self.left))
            object.__setattr__(self, "right", step.read(self.right))
        self.check_left()
        first = () if self.first is None else (self.first,)
        for entry in sorted(
            set().union(*(e.atoms(Indexed) for e in (self.left, self.right, *first))), key=str
        ):
            check_entry(entry)
        check_letters(self.left, self.right, *first)
        check_sums(self.right, self.indices)
        check_products(self.right)
        self.check_free_indices()
        recursions([self])

    def check_left(self) -> None:
        """The left side is an entry with a letter for each axis, a number, or the loss."""
        if isinstance(self.left, KroneckerDelta):
            raise TypeError(
                f"{self.left} on the left is the identity matrix: a B with A B = I is B[i, j] = inverse(A)[i, j]"
            )
        if isinstance(self.left, sp.Symbol) and self.left != L:
            raise TypeError(
                f"the left side is {self.left}: call the loss L, Definition(L, ...), or say that it is a number, "
                f"{self.left}, = numbers('{self.left}')"
            )
        if not isinstance(self.left, Indexed) and self.left != L:
            raise TypeError(
                f"the left side is {self.left}: an entry such as Y[m, n], or the loss L, is expected"
            )
        if self.left != L and self.left.is_integer:
            raise ValueError(f"{self.left} holds integers, which are given as data: they are not defined")
        for k in getattr(self.left, "indices", ()):
            if is_number(self.left) or (isinstance(k, Idx) and self.indices.count(k) == 1):
                continue
            way = (
                ""
                if isinstance(k, Idx | Indexed) or not free_indices(k)
                else (
                    f". Give {self.left.base} a further axis: Y[t, i, c] has the entries 2 i + c as pairs, "
                    f"or sum the right side with KroneckerDelta(y, {k})"
                )
            )
            raise ValueError(f"{k} in {self.left}: the left side needs a different letter for each axis{way}")

    def check_free_indices(self) -> None:
        """The same letters are free on both sides, but for those that are said to be broadcast."""
        letters = self.indices
        for k in sorted(free_indices(self.right) - set(letters), key=str):
            where = sorted((e for e in self.right.atoms(Indexed) if e.has(k)), key=str) or [self.right]
            if k in summed_indices(self.right) and self.right.has(Cases):
                raise ValueError(
                    f"SymPy has taken cases out of the sum over {k}, in {self.left}: define that sum by itself first"
                )
            raise ValueError(
                f"index {k} is free in {where[0]}, but {self.left} has no {k}: sum over it, or name it there"
            )
        for k in letters:
            if k not in free_indices(self.right) and k not in self.broadcast:
                raise ValueError(
                    f"index {k} of {self.left} does not occur on the right: say broadcast=({k},) if so meant"
                )

    @property
    def tensor(self) -> Tensor | sp.Symbol:
        return self.left.base if isinstance(self.left, Indexed) else self.left

    @property
    def indices(self) -> tuple[Idx, ...]:
        """The letters of the left side; none where it is a number."""
        return tuple(k for k in getattr(self.left, "indices", ()) if isinstance(k, Idx))

    @property
    def depends_on(self) -> set[Tensor]:
        """The tensors on the right side."""
        return {e.base for e in self.right.atoms(Indexed)}

    def at(self, entry: Indexed | sp.Symbol) -> sp.Expr:
        """The right side for another entry: Y_ij in place of Y_mn."""
        return substitute(self.right, self.indices, entry.indices) if self.indices else self.right

    def __repr__(self) -> str:
        return f"{self.left} = {self.right}"

    def _repr_latex_(self) -> str:
        return f"${latex(self.left)} = {latex(self.right)}$"


@dataclass(frozen=True)
class Fact:
    """Something known of the tensors that their letters do not say: Σ_n T_mn = 1."""

    name: str
    left: sp.Expr
    right: sp.Expr

    def __post_init__(self) -> None:
        object.__setattr__(self, "left", whole_sums(in_cases(self.left)))
        object.__setattr__(self, "right", whole_sums(in_cases(sp.sympify(self.right))))
        check_expression(self.left)

    @property
    def symmetric(self) -> bool:
        """Does it say that a matrix is symmetric, P_ij = P_ji?"""
        left, right = self.left, self.right
        return isinstance(left, Indexed) and len(left.indices) == 2 and right == left.base[left.indices[::-1]]


class Chain:
    """Definitions in the order in which they are computed; the last one is the output.

    `given` are tensors that no definition speaks of, as the V of a Hessian-vector product. `where` says what letters
    in it stand for: a size that follows from others, {U: H - K + 1}, a place that is written y_hu, {y[h, u]: h + u}.
    """

    def __init__(
        self,
        definitions: "Definitions" = (),
        given: Iterable[Tensor] = (),
        where: Mapping[sp.Expr, sp.Expr] | None = None,
    ) -> None:
        if isinstance(definitions, sp.Basic | str):
            raise TypeError(f"{definitions} is no definition: write Definition(Y[m, n], ...)")
        written = (definitions,) if isinstance(definitions, Definition) else tuple(definitions)
        if wrong := [d for d in written if not isinstance(d, Definition)]:
            raise TypeError(f"{wrong[0]} is no definition: write Definition(Y[m, n], ...)")
        self.definitions = name_the_past(written)
        self.given = (*getattr(definitions, "given", ()), *given)
        self.where = {**getattr(definitions, "where", {}), **(where or {})}
        for at, d in enumerate(self.definitions):
            for later in self.definitions[at:]:
                if later.tensor in d.depends_on and not isinstance(d.tensor, Past):
                    raise ValueError(f"{name_of(later.tensor)} stands in {d}, before its own definition")
            if d.tensor in {before.tensor for before in self.definitions[:at]}:
                raise ValueError(f"{name_of(d.tensor)} is defined twice")
            check_reach(d.right)
        check_letters(*(side for d in self.definitions for side in (d.left, d.right)))

    def __iter__(self) -> Iterator[Definition]:
        return iter(self.definitions)

    def __contains__(self, tensor: Tensor) -> bool:
        return tensor in self._of

    def __getitem__(self, tensor: Tensor) -> Definition:
        return self._of[tensor]

    def without(self, *tensors: Tensor) -> "Chain":
        """The same definitions but for those of some tensors, which are then given."""
        return self.only(d for d in self.definitions if d.tensor not in tensors)

    def only(self, definitions: Iterable[Definition]) -> "Chain":
        """A chain of these definitions, with what is said of this one."""
        chain = object.__new__(Chain)
        chain.definitions, chain.given, chain.where = tuple(definitions), self.given, self.where
        return chain

    def up_to(self, Y: Tensor | sp.Symbol, given: Iterable[Tensor]) -> "Chain":
        """What Y is computed from, and the names beside it; what stands among the given is not defined any more.

        The states of a recursion are always given, Y itself in its own past.
        """
        held = {*given, *self.states} - {Y}
        cut = self.only(held_in_its_past(d, Y) for d in self if d.tensor not in held)
        kept = [d for d in cut if d.tensor == Y or not cut.computed_from(d.tensor, Y)]
        return Chain(sorted(kept, key=lambda d: d.tensor == Y), self.given, self.where)

    @property
    def first_states(self) -> dict[Indexed, sp.Expr]:
        """What stands for the past where none exists: H_{0,n} = H0_n."""
        return dict(first_state(d) for d in self if isinstance(d.tensor, Past))

    def in_names(self, e: sp.Expr) -> sp.Expr:
        """e with the past of a state, where it is written H_{t-1}, by its name here."""
        pasts = sorted((t for t in self.tensors if isinstance(t, Past)), key=name_of)
        return e.xreplace({a: as_past(a, pasts) for a in e.atoms(Indexed)}) if pasts else e

    def held(self, x: Indexed) -> Indexed:
        """The entry as one that is given here, where it is of a state in its own past."""
        given = [t for t in self.tensors if isinstance(t, Held) and t.label == x.base.label]
        return given[0][x.indices] if given else x

    @property
    def places(self) -> dict[Indexed, sp.Expr]:
        """The places that are written short: y_hu for h r + u d − p."""
        return {left: right for left, right in self.where.items() if isinstance(left, Indexed)}

    @property
    def derived_sizes(self) -> dict[sp.Symbol, sp.Expr]:
        """The sizes that follow from others."""
        return {left: right for left, right in self.where.items() if not isinstance(left, Indexed)}

    @property
    def output(self) -> Definition:
        return self.definitions[-1]

    @cached_property
    def _of(self) -> dict[Tensor, Definition]:
        return {d.tensor: d for d in self.definitions}

    @cached_property
    def _sources(self) -> dict[Tensor, set[Tensor]]:
        """For each defined tensor all the tensors that it is computed from, directly or not."""
        return reached({d.tensor: d.depends_on for d in self.definitions})

    @cached_property
    def recursions(self) -> list[Recursion]:
        """What is computed in a loop over time, the past of each state included."""
        return recursions(self.definitions)

    @property
    def states(self) -> list[Tensor]:
        """The quantities of a recursion whose past is read."""
        return [
            d.tensor.of
            for d in self
            if isinstance(d.tensor, Past) and d.tensor.of in d.depends_on & set(self._of)
        ]

    @property
    def tensors(self) -> set[Tensor]:
        return {t for d in self.definitions for t in {d.tensor, *d.depends_on}}.union(self.given)

    @property
    def leaves(self) -> list[Tensor]:
        """The tensors that the definitions start from: data and weights."""
        return sorted(self.tensors - set(self._of) - set(self.given), key=name_of)

    def computed_from(self, tensor: Tensor | sp.Symbol, x: Tensor) -> bool:
        return tensor == x or x in self._sources.get(tensor, ())

    def depends(self, f: sp.Expr, x: Tensor) -> bool:
        """Does f change with x? An upstream gradient is left as it arrives: what it changes with is not known."""
        inside = {e.base for e in f.atoms(Indexed)} | ({L} & f.free_symbols)
        if arriving := sorted((t for t in inside if isinstance(t, Upstream)), key=str):
            raise NotImplementedError(
                f"{arriving[0]} stands under ∂/∂{x}: how the upstream gradient changes with {x} needs the loss"
            )
        return any(self.computed_from(t, x) for t in inside)


Definitions = Definition | Iterable[Definition] | Chain
"""What a reader may hand over: one definition, several, or a chain."""
