"""What may stand as an index: a letter, a number, a shifted letter, an entry of an integer tensor."""

from collections.abc import Container

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul

from helpers.derive.bound import Selection
from helpers.derive.notation import Cases, Iverson, OfMatrix, free_indices
from helpers.derive.rewrite import size_of


def check_entry(entry: Indexed, brackets: Container[Iverson] = ()) -> None:
    """Each index stays on the axis it stands on, or a bracket says where it does."""
    if not entry.base.shape:
        raise ValueError(f"{entry.base} has no shape: write {entry.base} = tensor('{entry.base}', ...)")
    for axis, (k, size) in enumerate(zip(entry.indices, entry.base.shape, strict=True)):
        if Iverson(k, size) in brackets:
            continue
        if isinstance(k, Idx):
            check_letter(k, size, entry, axis)
        elif isinstance(k, Indexed):
            check_integer(k, entry)
        elif not free_indices(k):
            check_number(k, size, entry, axis)


def check_letter(k: Idx, size: sp.Expr, entry: Indexed, axis: int) -> None:
    """A letter runs over the size of its axis, or over one that is less: N − 1 on an axis of N."""
    if k.lower is None:
        raise ValueError(f"index {k} in {entry} has no size: write indices('{k}', {size})")
    if size_of(k) != size and (size.is_number or not (size - size_of(k)).is_nonnegative):
        raise ValueError(
            f"index {k} in {entry} runs over {size_of(k)}, but axis {axis} of {entry.base} has size {size}"
        )


def check_integer(t: Indexed, entry: Indexed) -> None:
    """An entry of a tensor is an index where the tensor holds integers."""
    if not t.is_integer:
        name, shape = t.base.label, ", ".join(map(str, t.base.shape))
        raise ValueError(
            f"{t} stands as an index in {entry}, but {name} holds real numbers: "
            f"write {name} = tensor('{name}', {shape}, integer=True)"
        )


def check_number(k: sp.Expr, size: sp.Expr, entry: Indexed, axis: int) -> None:
    """0 is the first entry, N − 1 the last; a number that may lie beside the axis is refused."""
    if (k.is_Symbol and k not in size.free_symbols) or not k.is_integer:
        raise ValueError(f"unknown index {k} in {entry}: write indices('{k}', {size})")
    if k.is_Integer and not size.is_number and k >= 0:
        return
    if not is_inside(k, size):
        last = f"; the last one is {entry.base}[{size - 1}]" if len(entry.indices) == 1 else ""
        raise ValueError(
            f"{entry} may not exist: axis {axis} of {entry.base} has entries 0 to {size - 1}{last}"
        )


def whole_axis(place: sp.Expr, size: sp.Expr) -> bool:
    """Is it a letter over all places of its axis?"""
    return isinstance(place, Idx) and size_of(place) == size


def is_letter(place: sp.Expr, size: sp.Expr) -> bool:
    """Is it a letter, and none that runs over a part of its axis? A wrong line may have it on another axis."""
    return isinstance(place, Idx) and not (size - size_of(place)).is_positive


def is_inside(place: sp.Expr, size: sp.Expr) -> bool:
    """Is 0 ≤ place < size, whatever the letters are? An integer tensor holds places of the axis it stands on."""
    if isinstance(place, Indexed) and place.is_integer:
        return True
    low, high = ends(place)
    return bool(low.is_nonnegative and (size - high).is_positive)


def shift(place: sp.Expr) -> tuple[Idx, sp.Expr] | None:
    """The letter and the step of a place such as n, n + 1, 2 n, N − 1 − n: one letter, a whole number of steps."""
    letters = free_indices(place)
    if len(letters) != 1 or place.atoms(Indexed):
        return None
    (k,) = letters
    step = sp.expand(place).coeff(k)
    return (k, step) if step.is_Integer and not (place - step * k).expand().has(k) else None


def slides(place: sp.Expr) -> bool:
    """Is it a sum of letters, h r + u − p, as the places of a window are?"""
    return not isinstance(place, Indexed) and len(free_indices(place)) > 1 and not place.atoms(Indexed)


def leaves(place: sp.Expr, size: sp.Expr) -> bool:
    """Is the place beside the axis for some value of its letters, for certain?"""
    low, high = ends(place)
    return bool(low.is_negative or (high - size).is_nonnegative)


def may_leave(e: sp.Expr) -> bool:
    """Does an entry in e lie beside its axis for some values of its letters, so that a bracket must guard it?"""
    entries = [place for a in e.atoms(Indexed, OfMatrix) for place in on_axes(a)]
    entries += [(a.at, size_of(a.letter)) for a in e.atoms(Selection)]
    return any(leaves(k, n) for k, n in entries if not isinstance(k, Indexed))


def on_axes(entry: Indexed | OfMatrix) -> list[tuple[sp.Expr, sp.Expr]]:
    """Each index of an entry, or of an entry of an inverse, with the size of its axis."""
    shape = entry.base.shape if isinstance(entry, Indexed) else entry.matrix.shape
    return list(zip(entry.indices, shape, strict=False))


def ends(place: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The least and the greatest value of a place such as n + 1, h r + u − p; NaN where they are not known."""
    place = low = high = sp.expand(place)
    for k in sorted(free_indices(place), key=str):
        step = place.coeff(k)
        known = step.is_nonnegative is not None or step.is_negative is not None
        if not known or free_indices(step) or sp.expand(place - step * k).has(k):
            return sp.nan, sp.nan
        first, last = (k.upper, sp.S.Zero) if step.is_negative else (sp.S.Zero, k.upper)
        low, high = low.xreplace({k: first}), high.xreplace({k: last})
    return sp.expand(low), sp.expand(high)


def check_reach(e: sp.Expr, brackets: frozenset[Iverson] = frozenset()) -> None:
    """Refuse b[n + 1] over all n: what lies beside the axis needs a bracket in the same product, or a case."""
    if isinstance(e, Cases):
        return
    if isinstance(e, Indexed | OfMatrix):
        base = e.base if isinstance(e, Indexed) else e.matrix
        for axis, (k, size) in enumerate(on_axes(e)):
            if not isinstance(k, Add | Mul) or Iverson(k, size) in brackets:
                continue
            if k.atoms(Indexed):
                raise ValueError(
                    f"{k} in {e} may leave axis {axis} of {base}: let an integer tensor hold {k} itself, "
                    f"or multiply it by Iverson({k}, {size})"
                )
            if free_indices(k) and leaves(k, size):
                raise ValueError(
                    f"{e} leaves axis {axis} of {base}, which has entries 0 to {size - 1}: "
                    f"multiply it by Iverson({k}, {size}), 1 where the entry exists and 0 elsewhere, "
                    f"or let its letter run over fewer values, indices('r', {size} - 1)"
                )
        return
    if isinstance(e, Mul):
        brackets |= {a for a in e.args if isinstance(a, Iverson)}
    for a in e.args:
        if isinstance(a, sp.Expr):
            check_reach(a, brackets)


def ranges(*expressions: sp.Expr) -> list[tuple[Indexed, sp.Expr, sp.Expr]]:
    """Each entry t_s that stands as an index, the size that it runs over, and where it stands: E[t_s, d], δ(v, t_s)."""
    found = []
    for e in expressions:
        for entry in sorted(e.atoms(Indexed), key=str):
            sizes = zip(entry.indices, entry.base.shape, strict=False)
            found += [(k, size, entry) for k, size in sizes if isinstance(k, Indexed)]
        for delta in sorted(e.atoms(KroneckerDelta), key=str):
            for t, k in (delta.args, delta.args[::-1]):
                if isinstance(t, Indexed) and isinstance(k, Idx):
                    found.append((t, size_of(k), delta))
    return found
