"""A recursion as a loop over time: each line is a definition, or a gradient, at one t."""

import re
from collections.abc import Mapping, Sequence

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Mul

from helpers.derive.chain import Chain
from helpers.derive.definition import Definition
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
    lines = zeros({code_name(name_of(d.tensor)): d.tensor.shape for d in group}, moving(arrays, t))
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


def backward_loop(group: Mapping[str, Derivation], chain: Chain, arrays: Sequence[Tensor]) -> list[str]:
    """`for t in reversed(range(T)):` around the gradients of a recursion, each after those it needs at the same t."""
    xs = {name: d.left.x.base for name, d in group.items()}
    first = next(iter(xs.values()))
    recursion = next(r for r in chain.recursions if first in r.axes)
    t = chain[first].indices[recursion.axes[first]]
    times = {name: d.free[recursion.axes[xs[name]]] for name, d in group.items()}
    now = {name: substitute(d.result, [times[name]], [t]) for name, d in group.items()}
    needs = {
        name: sorted({name_of(a.base) for a in e.atoms(Indexed) if t in a.indices} & set(group))
        for name, e in now.items()
    }
    lines = zeros({name: x.shape for name, x in xs.items()}, moving(arrays, t))
    lines.append(over(t, backward=recursion.step == -1))
    for (name,) in stages(needs):
        letters = tuple(k for k in group[name].free if k != times[name])
        row = f"{name}[{':, ' * recursion.axes[xs[name]]}{t}]"
        lines += [f"    {line}" for line in rows(row, now[name], t, letters)]
    return lines


def rows(row: str, e: sp.Expr, t: Idx, letters: Sequence[Idx]) -> list[str]:
    """`dH[t] = dY[t]`, then `if t + 1 < T: dH[t] += ...`: what holds at each t first, then under its condition."""
    under: dict[str, sp.Expr] = {}
    for term in terms(bracketed_terms(e)):
        factors = Mul.make_args(term)
        conditions = {f: said for f in factors if (said := condition(f, t))}
        when = " and ".join(conditions.values())
        under[when] = under.get(when, sp.S.Zero) + Mul(*[f for f in factors if f not in conditions])
    lines = [f"{row} = {source_at(under.pop(''), t, letters)}"] if "" in under else []
    for when, rest in sorted(under.items()):
        lines += [f"if {when}:", f"    {row} += {source_at(rest, t, letters)}"]
    return lines


def condition(f: sp.Expr, t: Idx) -> str:
    """`t + 1 < T` for [t + 1 < T], `t == 0` for δ_t0; nothing for what is no condition on t alone."""
    if isinstance(f, Iverson) and (f.entry - t).is_Integer and f.size == size_of(t):
        return exists(t, f.entry - t)
    if isinstance(f, KroneckerDelta) and t in f.args and free_indices(f) == {t}:
        (other,) = set(f.args) - {t}
        return f"{t} == {numpy_source(other, ())}"
    return ""


def bracketed_terms(e: sp.Expr) -> sp.Expr:
    """e with each bracket in front of the term that it belongs to."""
    factors = [f for term in terms(e) for f in Mul.make_args(term)]
    if not any(
        f.has(Iverson, KroneckerDelta) for f in factors if not isinstance(f, Iverson | KroneckerDelta)
    ):
        return e
    return sp.expand_mul(everywhere(e, lambda node: pull_out(node)))


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
        kept = [k for k in range(len(node.indices)) if k != axis]
        label = f"{code_name(name_of(node.base))}_at_row{len(arrays)}"
        part = Tensor(label, shape=[node.base.shape[k] for k in kept] or [sp.S.One], real=True)
        arrays[name_of(part)] = at_time(node, axis)
        return part[tuple(node.indices[k] for k in kept) or (sp.S.Zero,)]

    text = numpy_source(everywhere(e, row), letters)
    return re.sub(r"\w+_at_row\d+", lambda found: arrays[found[0]], text)


def at_time(entry: Indexed, axis: int) -> str:
    """`X[:, t]`: the array of an entry at its place in time, along one axis."""
    return f"{code_name(name_of(entry.base))}[{':, ' * axis}{entry.indices[axis]}]"


def over(t: Idx, backward: bool) -> str:
    steps = f"range({code_name(t.upper + 1)})"
    return f"for {t} in {f'reversed({steps})' if backward else steps}:"


def moving(arrays: Sequence[Tensor], t: Idx) -> Tensor:
    """The first of these arrays of floats that has an axis for time: the numbers of a loop are of its type."""
    floats = [a for a in arrays if not a.label.is_integer] or arrays
    return next((a for a in floats if size_of(t) in a.shape), floats[0])


def zeros(shapes: Mapping[str, Sequence[sp.Expr]], like: Tensor) -> list[str]:
    """`A, H = np.zeros((2, T, N), X.dtype)`: one line for those of one shape."""
    names: dict[str, list[str]] = {}
    for name, shape in shapes.items():
        names.setdefault(", ".join(map(str, shape)), []).append(name)
    lines = []
    for shape, together in names.items():
        shape = f"{len(together)}, {shape}" if len(together) > 1 else shape
        shape = f"({shape})" if ", " in shape else shape
        lines.append(f"{', '.join(together)} = np.zeros({shape}, {code_name(name_of(like))}.dtype)")
    return lines
