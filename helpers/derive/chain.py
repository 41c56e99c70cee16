"""Chains of definitions: what is computed from what, and in which order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import sympy as sp
from sympy import Indexed

from helpers.derive.checks import check_letters
from helpers.derive.definition import Definition
from helpers.derive.names import name_of
from helpers.derive.notation import Held, L, Past, Tensor, Upstream
from helpers.derive.past import as_past, first_state, held_in_its_past, name_the_past
from helpers.derive.places import check_reach
from helpers.derive.recursion import Recursion, reached, recursions
from helpers.derive.some_entries import never_meet


def joined(definitions: Iterable[Definition]) -> list[Definition]:
    """The definitions, those of some entries of one tensor as one, where the last of them stands.

    Raises ValueError where two of them may speak of the same entry.
    """
    found: list[Definition] = []
    for d in definitions:
        before = next((e for e in found if e.tensor == d.tensor), None)
        if before is not None:
            found.remove(before)
            d = both(before, d)
        found.append(d)
    return found


def both(a: Definition, b: Definition) -> Definition:
    """Two definitions of one tensor, each of other entries, as one."""
    if not a.some or not b.some:
        raise ValueError(f"{name_of(a.tensor)} is defined twice: give one of them another letter")
    for p, q in ((p, q) for p in a.some for q in b.some):
        if not never_meet(p, q):
            raise ValueError(f"{name_of(a.tensor)} is defined twice: {p} and {q} may be the same entry")
    first = {d.first for d in (a, b)}
    if len(first) > 1:
        raise ValueError(f"{a.some[0]} and {b.some[0]} need one first state: say first=... in both")
    absent = [new for old, new in zip(a.indices, b.indices, strict=True) if old in a.broadcast]
    return replace(
        b, right=a.at(b.left) + b.right, broadcast=(*b.broadcast, *absent), some=(*a.some, *b.some)
    )


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
        self.definitions = name_the_past(tuple(joined(written)))
        self.given = (*getattr(definitions, "given", ()), *given)
        self.where = {**getattr(definitions, "where", {}), **(where or {})}
        for at, d in enumerate(self.definitions):
            for later in self.definitions[at:]:
                if later.tensor in d.depends_on and not isinstance(d.tensor, Past):
                    raise ValueError(
                        f"{name_of(later.tensor)} stands in {d}, before its own definition: write that one first"
                    )
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
