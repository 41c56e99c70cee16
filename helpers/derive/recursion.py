"""Recursions through an index, H_t = f(H_{t−1}, X_t): which definitions belong together, and which way time runs.

H_{t−1} is a quantity of its own there, a `Past`: the first state where t = 0, and 0 where no first state is given.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import sympy as sp
from sympy import Idx, Indexed

from helpers.derive.names import name_of
from helpers.derive.notation import Tensor
from helpers.derive.rewrite import size_of

Node = TypeVar("Node", bound=Hashable)


class Defined(Protocol):
    """A definition: what recursions are made of."""

    left: Indexed | sp.Symbol
    right: sp.Expr
    tensor: Tensor | sp.Symbol
    depends_on: set[Tensor]


@dataclass(frozen=True)
class Recursion:
    """The quantities that depend on one another's past, with the axis of each that is time.

    `step` is −1 where H_t is computed from H_{t−1}, and 1 where it is computed from H_{t+1}.
    """

    axes: dict[Tensor, int]
    step: int

    def shift(self, entry: Indexed) -> int:
        """How far the entry of a state lies in its past: −1 for H_{t−1}; 0 for every other entry."""
        if entry.base not in self.axes:
            return 0
        shift, letter = entry.indices[self.axes[entry.base]].as_coeff_Add()
        return int(shift) if isinstance(letter, Idx) and shift * self.step > 0 else 0


def reached(needs: Mapping[Node, Iterable[Node]]) -> dict[Node, set[Node]]:
    """For each of these all that it needs, directly or not: in a circle itself too."""
    found = {node: set(wanted) for node, wanted in needs.items()}
    grown = True
    while grown:
        grown = False
        for node, known in found.items():
            more = known.union(*(found.get(other, ()) for other in known))
            grown = grown or len(more) > len(known)
            found[node] = more
    return found


def stages(needs: Mapping[Node, Iterable[Node]]) -> list[list[Node]]:
    """In which order to compute these: what needs one another together, after what it needs; else as they stand."""
    found, done = reached(needs), []

    def put(node: Node) -> None:
        if node not in needs or any(node in stage for stage in done):
            return
        circle = [other for other in needs if other in found[node] and node in found[other]] or [node]
        for wanted in (w for member in circle for w in needs[member] if w not in circle):
            put(wanted)
        done.append(circle)

    for node in needs:
        put(node)
    return done


def recursions(definitions: Sequence[Defined]) -> list[Recursion]:
    """The recursions among definitions. Raises ValueError for one that does not run through one index."""
    of = {d.tensor: d for d in definitions}
    if not any(d.depends_on & set(list(of)[at:]) for at, d in enumerate(of.values())):
        return []
    circles = stages({d.tensor: sorted(d.depends_on, key=name_of) for d in definitions})
    return [
        recursion_of([of[tensor] for tensor in circle])
        for circle in circles
        if circle[0] in of[circle[0]].depends_on or len(circle) > 1
    ]


def recursion_of(group: Sequence[Defined]) -> Recursion:
    """The way in which time runs through definitions that need one another."""
    for axes in time_axes(group):
        steps, defined = set(), set()
        for d in group:
            lags = [(e.base, lag(d, e, axes)) for e in entries(d, axes)]
            steps |= {sp.sign(n) for tensor, n in lags if n or tensor not in defined}
            defined.add(d.tensor)
        if steps in ({-1}, {1}):
            return Recursion(axes, int(*steps))
    raise ValueError(refusal(group))


def time_axes(group: Sequence[Defined]) -> Iterator[dict[Tensor, int]]:
    """Each choice of an axis as time: its letter stands on both sides of every definition, but for a number."""
    for axis in range(len(getattr(group[0].left, "indices", ()))):
        axes = {group[0].tensor: axis}
        if follow(group, axes):
            yield axes


def follow(group: Sequence[Defined], axes: dict[Tensor, int]) -> bool:
    """Find the axis of time for the whole group, from that of its first tensor; False where there is none."""
    known = None
    while known != len(axes):
        known = len(axes)
        for d in (d for d in group if d.tensor in axes):
            t = d.left.indices[axes[d.tensor]]
            for e in entries(d, [other.tensor for other in group]):
                at = [axis for axis, k in enumerate(e.indices) if runs_along(k, t, e.base.shape[axis])]
                if len(at) != 1 or axes.setdefault(e.base, at[0]) != at[0]:
                    return False
    return True


def runs_along(place: sp.Expr, t: sp.Expr, size: sp.Expr) -> bool:
    """Is it t − 1, t or t + 1, ..., on an axis that t runs over?"""
    return isinstance(t, Idx) and (place - t).is_Integer and size_of(t) == size


def entries(d: Defined, tensors: Iterable[Tensor]) -> list[Indexed]:
    """The entries of these tensors on the right side."""
    return sorted((e for e in d.right.atoms(Indexed) if e.base in tensors), key=str)


def lag(d: Defined, entry: Indexed, axes: dict[Tensor, int]) -> int:
    """−1 where H_t is defined by an entry at t − 1."""
    return int(entry.indices[axes[entry.base]] - d.left.indices[axes[d.tensor]])


def refusal(group: Sequence[Defined]) -> str:
    """Why a group of definitions that need one another is no recursion through time."""
    defined = set()
    for d in group:
        late = [e for e in entries(d, [other.tensor for other in group]) if e.base not in defined]
        defined.add(d.tensor)
        if late := sorted(late, key=lambda e: any(k.is_Add for k in e.indices)):
            break
    what = f"{name_of(d.tensor)} is defined in terms of itself"
    if late[0].base != d.tensor:
        what = f"{name_of(late[0].base)} stands in {d.left} = {d.right}, before its own definition"
    letter = next(iter(sorted(map(str, late[0].indices[0].free_symbols))), "t")
    place = ", ".join([f"{letter} - 1", *map(str, late[0].indices[1:])])
    return f"{what}: only an earlier place of one index may stand there, {name_of(late[0].base)}[{place}]"
