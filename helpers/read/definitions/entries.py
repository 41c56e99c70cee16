"""Letters as arrays: which axes an index stands on, which are left, and which number of axes a letter has."""

from collections.abc import Callable

import sympy as sp

from helpers.read.definitions.axes import ONE, Axis, Misfit, join
from helpers.read.definitions.errors import Ambiguous, Place, Unreadable
from helpers.read.definitions.ranks import is_usual_number
from helpers.read.definitions.syntax import Entry, Letter, Minus, Node, Number, Plus, Whole, walk
from helpers.read.definitions.values import Value, constant

Index = tuple[Axis | None, Callable[[], sp.Expr]]


def index_of(run, node: Node) -> Index:
    """The axis that an index runs over, if it is one of the text's own, and what it is in the end."""
    match node:
        case Letter(name=name) if name in run.indices and not node.below:
            return run.indices[name], lambda: run.scope.indices[name]
        case Letter(name=name) if name in run.text.indices and not node.below:
            said = f"{name} is free here: sum over it, \\sum_{name}, or write it on the left too"
            raise Unreadable(said, node.place, name)
        case Letter() if not run.may_pick(node):
            said = f"nothing says what {node.name} runs over: write \\sum_{node.name}, or {node.name} on the left too"
            raise Unreadable(said, node.place, node.name)
        case Letter():
            run.integers.add(run.text.split(node)[0])
            value = letter_value(run, node)
            if not value.is_number:
                raise Misfit(f"the index {node.name} is no number", node.place, node.name)
            return None, lambda: value.at(())
        case Number(text=text) if text.isdigit():
            from_0 = run.arrays or 0 in run.text.statements.firsts.values()
            n = int(text) - (0 if from_0 else 1)
            if n < 0:
                raise Unreadable("entries count from 1 here, as on paper", node.place, text)
            return None, lambda: sp.Integer(n)
        case Plus():
            return sum_of_indices(run, node)
    raise Unreadable("an index is a letter, or a letter and a number, as in h_{t-1}", node.place)


def sum_of_indices(run, node: Plus) -> Index:
    letters = [n for n in walk(node) if isinstance(n, Letter) and n.name in run.indices]
    if len(letters) != 1 or len(node.terms) != 2 or not any(isinstance(n, Number) for n in walk(node)):
        raise Unreadable("an index is a letter, or a letter and a number, as in h_{t-1}", node.place)
    t, shift = letters[0], 0
    for term in node.terms:
        inner = term.of if isinstance(term, Minus) else term
        if isinstance(inner, Number):
            shift = -int(inner.text) if isinstance(term, Minus) else int(inner.text)
    run.shifted.append((t.name, shift))
    return run.indices[t.name], lambda: run.scope.indices[t.name] + shift


def letter_value(run, node: Letter, more: tuple = ()) -> Value:
    """A letter with its indices: what is left of its axes is a number, a column, a row or a matrix."""
    name, indices = run.text.split(node)
    if special := special_letter(run, node, name, indices):
        return special
    if not indices and name in run.text.sizes:
        axis = run.size_axis(name)
        return Value((), lambda _: run.scope.size(axis), letter=name)
    known = run.letter(name, node)
    return viewed(run, node, name, known, indices)


def special_letter(run, node: Letter, name: str, indices: tuple[Node, ...]) -> Value | None:
    """An index as a number, π, a vector of ones, the identity, the Kronecker delta."""
    if not node.below and not node.above and node.name in run.indices:
        first = run.first_of(node.name, node)
        return Value((), lambda _: run.scope.indices[node.name] + first)
    if name == "𝟙":
        axis = Axis()
        return Value((axis,) if run.arrays else (axis, ONE), lambda _: sp.S.One)
    if name in run.text.definitions or any(run.text.split(s.of)[0] == name for s in run.text.statements.said):
        return None
    if name == "pi" and not indices:
        return constant(sp.pi)
    if name == "I" and not indices and not run.arrays:
        axis = Axis()
        return Value((axis, axis), lambda at: sp.KroneckerDelta(*at))
    if name == "delta" and len(indices) == 2:
        (a, at_a), (b, at_b) = (index_of(run, k) for k in indices)
        if a is not None and b is not None:
            join(a, b, node.place)
        return Value((), lambda _: sp.KroneckerDelta(at_a(), at_b()))
    return None


def viewed(run, node: Node, name: str, known, indices: tuple[Node | None, ...]) -> Value:
    """The entries of a known letter at some indices; a None is a new axis, a Whole all of one."""
    if known.spread and not indices:
        axes = known.spread
        own = [p for p, a in enumerate(axes) if a is not ONE]
        return Value(axes, lambda at: run.entry(name, tuple(at[p] for p in own)), letter=name, factor=name)
    given = sum(k is not None for k in indices)
    if given > len(known.axes):
        raise Misfit(f"{name} has {len(known.axes)} axes, and {given} indices here", node.place, name)
    slots: list[Callable[[], sp.Expr] | None] = []
    left: list[Axis] = []
    at_axis = 0
    order: list[int | None] = []
    run.shifted.clear()
    for k in indices:
        if k is None:
            left.append(ONE)
            order.append(None)
            continue
        axis = known.axes[at_axis]
        at_axis += 1
        if isinstance(k, Whole):
            left.append(axis)
            order.append(len(slots))
            slots.append(None)
            continue
        own, build = index_of(run, k)
        if own is not None:
            join(axis, own, k.place)
        slots.append(build)
    check_shift(run, name, node)
    for axis in known.axes[at_axis:]:
        left.append(axis)
        order.append(len(slots))
        slots.append(None)

    def entry(given_indices: tuple) -> sp.Expr:
        full = [build() if build else None for build in slots]
        for position, k in zip(order, given_indices, strict=True):
            if position is not None:
                full[position] = k
        return run.entry(name, tuple(full))

    return shaped(run, tuple(left), entry, node.place, name, known)


def check_shift(run, name: str, node: Node) -> None:
    """Only a state that is being defined is taken at an earlier step."""
    shifted, run.shifted = list(run.shifted), []
    for t, shift in shifted:
        if name not in run.recursive or shift != -1:
            said = f"{name} at {t}{shift:+d}: only the letter that is defined may stand at {t}-1"
            raise Unreadable(f"{said}; give the shifted one a letter of its own", node.place, name)


def shaped(run, left: tuple[Axis, ...], entry, place: Place, name: str, known) -> Value:
    """In matrix notation one axis is a column, or a row; in NumPy an array stays what it is."""
    latin = not left and not is_usual_number(name) and name not in run.text.definitions
    if run.arrays or not left:
        return Value(left, entry, letter=name, factor=name, latin=latin)
    if len(left) == 1:
        if run.is_row(name, known, place):
            return Value((ONE, left[0]), lambda at: entry((at[1],)), letter=name, factor=name)
        return Value((left[0], ONE), lambda at: entry((at[0],)), letter=name, factor=name)
    if len(left) == 2:
        hint = "row" if name.startswith(("X", "H", "Z", "Y")) else ""
        return Value(left, entry, letter=name, factor=name, hint=hint)
    raise Misfit(f"{name} has {len(left)} axes left here: write its indices", place, name)


def entry_value(run, node: Entry) -> Value:
    """X[s, :] and (A B)_ij: of a letter, or of what is computed."""
    if isinstance(node.of, Letter):
        name, indices = run.text.split(node.of)
        if not run.arrays and (numbers := [k for k in node.at if isinstance(k, Number)]):
            said = f"does {name}[...] count from 0 or from 1? write {name}_{{...}}, which counts from 1 as on paper"
            raise Ambiguous(said, numbers[0].place, name)
        if not (name in run.text.sizes and not indices):
            return viewed(run, node, name, run.letter(name, node.of), (*indices, *node.at))
    value = run.meaning(node.of)
    proper = (
        [p for p, a in enumerate(value.axes) if a is not ONE] if not run.arrays else [*range(len(value.axes))]
    )
    if len([k for k in node.at if k is not None]) > len(proper):
        raise Misfit("more indices than axes", node.place, value.letter)
    fixed: dict[int, Callable[[], sp.Expr]] = {}
    left: list[Axis] = []
    order: list[int | None] = []
    remaining = list(proper)
    for k in node.at:
        if k is None:
            left.append(ONE)
            order.append(None)
            continue
        p = remaining.pop(0)
        if isinstance(k, Whole):
            left.append(value.axes[p])
            order.append(p)
            continue
        own, build = index_of(run, k)
        if own is not None:
            join(value.axes[p], own, node.place)
        fixed[p] = build
    for p in remaining:
        left.append(value.axes[p])
        order.append(p)

    def entry(indices: tuple) -> sp.Expr:
        full: list = [None] * len(value.axes)
        for p, build in fixed.items():
            full[p] = build()
        for p, k in zip(order, indices, strict=True):
            if p is not None:
                full[p] = k
        return value.at(tuple(full))

    axes = tuple(left)
    if run.arrays or not axes:
        return Value(axes, entry)
    if len(axes) == 1:
        return Value((axes[0], ONE), lambda at: entry((at[0],)))
    return Value(axes, entry)
