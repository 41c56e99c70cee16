"""A recursion as a loop over time: each line is a definition, or a gradient, at one t."""

import re
from collections.abc import Sequence

import sympy as sp
from sympy import Idx, Indexed, Mul

from helpers.derive.definition import Chain, Definition
from helpers.derive.derivation import Derivation
from helpers.derive.names import code_name, name_of
from helpers.derive.notation import Iverson, Past, Tensor, free_indices
from helpers.derive.past import first_state
from helpers.derive.recursion import Recursion, stages
from helpers.derive.rewrite import everywhere, size_of, substitute, terms
from helpers.derive.rules import pull_out
from helpers.derive.source import numpy_source


def forward_loop(group: Sequence[Definition], recursion: Recursion, arrays: Sequence[Tensor]) -> list[str]:
    """`for t in range(T):` around the definitions of a recursion, in their order."""
    t = group[0].indices[recursion.axes[group[0].tensor]]
    lines = zeros([d.tensor for d in group], moving(arrays, t))
    lines.append(over(t, backward=recursion.step == 1))
    for d in group:
        axis = recursion.axes[d.tensor]
        row = at_time(d.left, axis)
        if isinstance(d.tensor, Past):
            lines.append(f"    {row} = {past_source(d)}")
        else:
            letters = tuple(k for k in d.indices if k != d.indices[axis])
            lines.append(f"    {row} = {source_at(d.right, d.indices[axis], letters)}")
    return lines


def past_source(d: Definition) -> str:
    """`H[t - 1] if t > 0 else H0`"""
    t = d.indices[d.tensor.axis]
    state = next(e for e in d.right.atoms(Indexed) if e.base == d.tensor.of)
    first = first_state(d)[1]
    letters = tuple(k for k in d.indices if k != t)
    own = tuple(k for k in letters if k in free_indices(first))
    otherwise = numpy_source(first, own if letters[len(letters) - len(own) :] == own else letters)
    return f"{at_time(state, d.tensor.axis)} if {exists(t, d.tensor.shift)} else {otherwise}"


def backward_loop(group: Sequence[Derivation], chain: Chain, arrays: Sequence[Tensor]) -> list[str]:
    """`for t in reversed(range(T)):` around the gradients of a recursion, each after those it needs at the same t."""
    first = group[0].left.x.base
    recursion = next(r for r in chain.recursions if first in r.axes)
    t = chain[first].indices[recursion.axes[first]]
    axes = {d.name: recursion.axes[d.left.x.base] for d in group}
    now = {d.name: substitute(d.result, [d.free[axes[d.name]]], [t]) for d in group}
    of = {d.name: d for d in group}
    needs = {
        name: sorted(
            {name_of(a.base) for a in e.atoms(Indexed) if name_of(a.base) in axes and stands_at(a, t)}
        )
        for name, e in now.items()
    }
    lines = zeros([of[name].left.x.base for name in axes], moving(arrays, t), "d")
    lines.append(over(t, backward=recursion.step == -1))
    for (name,) in stages(needs):
        letters = tuple(k for k in of[name].free if k != of[name].free[axes[name]])
        row = f"{code_name(name)}[{':, ' * axes[name]}{t}]"
        lines += [f"    {line}" for line in rows(row, now[name], t, letters)]
    return lines


def rows(row: str, e: sp.Expr, t: Idx, letters: Sequence[Idx]) -> list[str]:
    """`dH[t] = dY[t]`, then `if t + 1 < T: dH[t] += ...`: what holds at each t first, then under its condition."""
    whole, under = sp.S.Zero, {}
    for term in terms(bracketed_terms(e)):
        brackets = [f for f in Mul.make_args(term) if isinstance(f, Iverson) and f.has(t)]
        rest = Mul(*[f for f in Mul.make_args(term) if f not in brackets])
        if len(brackets) == 1:
            shift = brackets[0].entry - t
            under[shift] = under.get(shift, sp.S.Zero) + rest
        else:
            whole += term
    lines = [f"{row} = {source_at(whole, t, letters)}"] if whole or not under else []
    for shift, rest in sorted(under.items(), key=str):
        lines += [f"if {exists(t, shift)}:", f"    {row} += {source_at(rest, t, letters)}"]
    return lines


def bracketed_terms(e: sp.Expr) -> sp.Expr:
    """e with each bracket in front of the term that it belongs to."""
    if all(f.has(Iverson) is False or isinstance(f, Iverson) for t in terms(e) for f in Mul.make_args(t)):
        return e
    return sp.expand_mul(everywhere(e, lambda node: pull_out(node)))


def stands_at(entry: Indexed, t: Idx) -> bool:
    return t in entry.indices


def exists(t: Idx, shift: int) -> str:
    """`t > 0`, `t + 1 < T`: whether the place t + shift exists."""
    if shift < 0:
        return f"{t} > {-shift - 1}"
    return f"{t} + {shift} < {code_name(t.upper + 1)}"


def source_at(e: sp.Expr, t: Idx, letters: Sequence[Idx]) -> str:
    """NumPy for e at one t over the other letters: X[t, p] is an array X[t] over p."""
    arrays: dict[str, str] = {}

    def row(node: sp.Expr) -> sp.Expr:
        if not isinstance(node, Indexed) or t not in free_indices(node):
            return node
        (axis,) = [k for k, place in enumerate(node.indices) if t in free_indices(place)]
        name = f"row{len(arrays)}"
        kept = [k for k in range(len(node.indices)) if k != axis]
        part = Tensor(
            f"{code_name(name_of(node.base))}_at_{name}", shape=[node.base.shape[k] for k in kept], real=True
        )
        arrays[name_of(part)] = at_time(node, axis)
        return part[tuple(node.indices[k] for k in kept)]

    text = numpy_source(everywhere(e, row), letters)
    return re.sub(r"\w+_at_row\d+", lambda found: arrays[found[0]], text)


def at_time(entry: Indexed, axis: int) -> str:
    """`X[:, t]`: the array of an entry at its place in time, along one axis."""
    return f"{code_name(name_of(entry.base))}[{':, ' * axis}{entry.indices[axis]}]"


def over(t: Idx, backward: bool) -> str:
    steps = f"range({code_name(t.upper + 1)})"
    return f"for {t} in {f'reversed({steps})' if backward else steps}:"


def moving(arrays: Sequence[Tensor], t: Idx) -> Tensor:
    """The first of these arrays that has an axis for time: the numbers of a loop are of its type."""
    return next((a for a in arrays if size_of(t) in a.shape), arrays[0])


def zeros(tensors: Sequence[Tensor], like: Tensor, d: str = "") -> list[str]:
    """`A, H = np.zeros((2, T, N), X.dtype)`: one line for those of one shape."""
    names: dict[str, list[str]] = {}
    for tensor in tensors:
        names.setdefault(", ".join(map(str, tensor.shape)), []).append(d + code_name(name_of(tensor)))
    lines = []
    for shape, together in names.items():
        shape = f"{len(together)}, {shape}" if len(together) > 1 else shape if ", " in shape else f"{shape},"
        lines.append(f"{', '.join(together)} = np.zeros(({shape}), {code_name(name_of(like))}.dtype)")
    return lines
