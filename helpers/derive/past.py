"""The past of a state as a quantity of its own: H_{t−1} is H_prev, the first state where t = 0.

With it, no definition stands in a circle but that of the past, and a gradient is derived as everywhere else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta

from helpers.derive.names import name_of
from helpers.derive.notation import Held, Iverson, Past, Tensor
from helpers.derive.recursion import Defined, recursions
from helpers.derive.rewrite import everywhere, size_of


class AfterStep(NamedTuple):
    """A state that is written H_{t+1}, with T + 1 entries of which the first is given: the same with T entries, H_t."""

    written: Tensor
    state: Tensor
    axis: int

    def read(self, e: sp.Expr) -> sp.Expr:
        """e with H_{t+1} as H_t, and H_t as H_{t−1}. Raises ValueError for an entry that is neither."""
        entries = sorted((a for a in e.atoms(Indexed) if a.base == self.written), key=str)
        return e.xreplace({a: self.entry(a) for a in entries})

    def entry(self, a: Indexed) -> Indexed:
        shift, letter = a.indices[self.axis].as_coeff_Add()
        if not isinstance(letter, Idx) or size_of(letter) != self.state.shape[self.axis]:
            steps = self.state.shape[self.axis]
            raise ValueError(
                f"{a} reads {name_of(self.written)} at a place that no step defines: let it run over {steps}"
            )
        return self.state[
            tuple(letter + shift - 1 if at == self.axis else k for at, k in enumerate(a.indices))
        ]


def after_step(left: Indexed | sp.Symbol) -> AfterStep | None:
    """How H_{t+1,n} on the left is read; None for what is no such entry."""
    for axis, k in enumerate(getattr(left, "indices", ())):
        letter = k - 1
        if (
            isinstance(letter, Idx)
            and letter.upper is not None
            and left.base.shape[axis] == size_of(letter) + 1
        ):
            shape = [size_of(letter) if at == axis else n for at, n in enumerate(left.base.shape)]
            return AfterStep(left.base, Tensor(left.base.label, shape=shape, real=True), axis)
    return None


def name_the_past(definitions: tuple[Defined, ...]) -> tuple[Defined, ...]:
    """The definitions with a name for each H_{t−1} of a recursion, defined before its first use."""
    for step in [d.after for d in definitions if d.after]:
        definitions = tuple(replace(d, right=step.read(d.right), after=d.after) for d in definitions)
    found = recursions(definitions)
    state = {d.tensor: d for d in definitions}
    letters = {name_of(t) for d in definitions for t in (d.tensor, *d.depends_on) if not isinstance(t, Past)}
    named: list[Defined] = []
    read = {d.tensor for d in definitions if isinstance(d.tensor, Past)}
    for d in definitions:
        past: dict[Indexed, Indexed] = {}
        for e in [] if d.tensor in read else sorted(d.right.atoms(Indexed), key=str):
            for r, shift in ((r, r.shift(e)) for r in found if r.shift(e)):
                past[e] = earlier(e, r.axes[e.base], shift, letters)
        for H in dict.fromkeys(e.base for e in past.values() if e.base not in read):
            named.append(definition_of_past(H, state[H.of]))
            read.add(H)
        named.append(
            replace(d, right=d.right.xreplace(past), first=None) if past or d.first is not None else d
        )
    for d in definitions:
        if d.first is not None and d.tensor not in {H.of for H in read}:
            raise ValueError(f"first={d.first}: no definition reads {name_of(d.tensor)} at an earlier place")
    return tuple(named)


def earlier(entry: Indexed, axis: int, shift: int, letters: set[str]) -> Indexed:
    """H_{t−1,k} as the entry of a quantity of its own, whose name is none of the letters."""
    past, mark = Past(entry.base, axis, shift), ""
    while name_of(past) in letters:
        past, mark = Past(entry.base, axis, shift, mark + "_"), mark + "_"
    return past[tuple(k - shift if at == axis else k for at, k in enumerate(entry.indices))]


def definition_of_past(past: Past, state: Defined) -> Defined:
    """H_prev_tn = H_{t−1,n} where that exists, else the first state."""
    t, size = state.indices[past.axis], past.shape[past.axis]
    right = past.of[past.meant(state.indices)] * Iverson(t + past.shift, size)
    if state.first is not None:
        edge = sp.S.Zero if past.shift < 0 else size - 1
        right += KroneckerDelta(t, edge) * state.first
        if abs(past.shift) > 1 or state.first.has(t):
            wanted = f"one first state, without {t}, for the place before the first"
            raise ValueError(f"first={state.first} of {name_of(past.of)}: {wanted}; {past} reaches further")
    return replace(state, left=past[state.indices], right=right, broadcast=(), first=None)


def held_in_its_past(d: Defined, Y: Tensor | sp.Symbol) -> Defined:
    """The definition of Y's past, if it is one, by a Y that is given."""
    if isinstance(d.tensor, Past) and d.tensor.of == Y:
        return replace(d, right=d.right.xreplace({Y: Held(Y.label, shape=Y.shape, real=True)}))
    return d


def first_state(d: Defined) -> tuple[Indexed, sp.Expr]:
    """Of a definition of a past: its entry where no past exists, and what stands there, H0_n or 0."""
    edge = sp.S.Zero if d.tensor.shift < 0 else d.tensor.shape[d.tensor.axis] - 1
    t = d.left.indices[d.tensor.axis]
    return d.left.xreplace({t: edge}), d.right.coeff(KroneckerDelta(t, edge))


def as_past(e: Indexed, pasts: Iterable[Past]) -> Indexed:
    """H_{t−1,k} as the entry of H's past, if that is one of these; any other entry as it is."""
    for past in pasts:
        if past.of == e.base and isinstance(e.indices[past.axis] - past.shift, Idx):
            return past[tuple(k - past.shift if at == past.axis else k for at, k in enumerate(e.indices))]
    return e


def as_present(e: sp.Expr, first_states: Mapping[Indexed, sp.Expr]) -> sp.Expr:
    """e with H_t for the past of H at t + 1, and the first state for its past at the first t."""

    def now(a: sp.Expr) -> sp.Expr:
        if not isinstance(a, Indexed) or not isinstance(a.base, Past):
            return a
        for entry, first in first_states.items():
            if entry.base == a.base and entry.indices[a.base.axis] == a.indices[a.base.axis]:
                return first.xreplace(dict(zip(entry.indices, a.indices, strict=True)))
        meant = a.base.meant(a.indices)
        return a.base.of[meant] if all(isinstance(k, Idx) for k in meant) else a

    return everywhere(e, now)
