"""A text evaluated under one reading: what is known of its letters, and what the reading costs."""

from dataclasses import dataclass, field

import sympy as sp

from helpers.derive.notation import Tensor, tensor
from helpers.read.definitions.axes import ONE, Axis, Choice, Fork, Misfit, join
from helpers.read.definitions.bounds import last_value
from helpers.read.definitions.errors import Ambiguous, Place, Unreadable
from helpers.read.definitions.letters import PICKED, POSITIVE, Definition, Text
from helpers.read.definitions.meaning import meaning
from helpers.read.definitions.names import LOSSES
from helpers.read.definitions.order import in_order, used
from helpers.read.definitions.ranks import rank_choice
from helpers.read.definitions.scope import Scope
from helpers.read.definitions.syntax import Bound, Letter, Node, Number, walk
from helpers.read.definitions.values import Value


@dataclass
class Known:
    """A letter of which the axes are known; a row is a defined vector that lies, `spread` the axes with keepdims."""

    axes: tuple[Axis, ...]
    row: bool | None = None
    spread: tuple[Axis, ...] = ()


@dataclass
class Found:
    """A definition under a reading: the axes of its indices, and the array on the right."""

    of: Definition
    indices: tuple[tuple[str, Axis], ...]
    value: Value
    first: Value | None = None


@dataclass
class Run:
    """A text evaluated under one reading: which axes are one, and what it costs."""

    text: Text
    choices: dict[tuple[str, str], str]
    cost: float = 0
    arrays: bool = False
    letters: dict[str, Known] = field(default_factory=dict)
    indices: dict[str, Axis] = field(default_factory=dict)
    size_axes: dict[str, Axis] = field(default_factory=dict)
    suggested: dict[str, Axis] = field(default_factory=dict)
    integers: set[str] = field(default_factory=set)
    recursive: set[str] = field(default_factory=set)
    averages: dict[tuple[int, str], str] = field(default_factory=dict)
    relative: bool = False  # only how far two indices are apart counts
    shifted: list[tuple[str, int]] = field(default_factory=list)
    bound: list[tuple[str, Axis]] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    scope: Scope | None = None

    def choose(self, choice: Choice) -> str:
        if len(choice.options) == 1:
            return choice.options[0][0]
        if choice.key not in self.choices:
            raise Fork(choice)
        return self.choices[choice.key]

    def meaning(self, node: Node) -> Value:
        """What a tree is as an array under this reading."""
        return meaning(self, node)

    def pay(self, cost: float) -> None:
        """Something unusual, which another reading may not need."""
        self.cost += cost

    def meaning_apart(self, node: Node) -> Value:
        """The same where it does not matter whether indices count from 0 or from 1: i < j, or (i - j) m."""
        before, self.relative = self.relative, True
        value = meaning(self, node)
        self.relative = before
        return value

    def first_of(self, name: str, node: Letter) -> int:
        """Where an index starts to count, which matters where it is a number."""
        first = self.text.statements.firsts.get(name)
        if first is None and not self.relative:
            said = (
                f"does {name} count from 0 or from 1? write {name} = 1, ..., N, or \\sum_{{{name}=1}}^{{N}}"
            )
            raise Ambiguous(said, node.place, name)
        return 0 if self.relative else min(first, 1)

    def has_index(self, node: Node) -> bool:
        """Does a letter that is an index here stand in it?"""
        return any(isinstance(n, Letter) and n.name in self.indices for n in walk(node))

    def may_pick(self, k: Letter) -> bool:
        """May a letter that is no index stand as one? An integer that the text says, a t_s, a class y."""
        said = any(s.kind == "integer" and s.of.name == k.name for s in self.text.statements.said)
        return said or bool(k.below) or k.name in PICKED or self.arrays

    def is_said(self, name: str) -> bool:
        return any(self.text.split(s.of)[0] == name for s in self.text.statements.said)

    def said_to_stand(self, name: str) -> bool:
        """Does the text say that this vector is a column, b in R^(N×1)?"""
        for s in self.text.statements.said:
            if name and self.text.split(s.of)[0] == name:
                n = s.sizes or ()
                return s.kind == "column" or (len(n) == 2 and isinstance(n[1], Number) and n[1].text == "1")
        return False

    # letters and sizes

    def size_axis(self, name: str) -> Axis:
        return self.size_axes.setdefault(name, Axis(size=int(name) if name.isdigit() else name))

    def suggest_size(self, name: str, axis: Axis) -> None:
        """If the text has a number of this name below a bar, and no size, it is the size of this axis."""
        if name in self.text.below_bars and name not in self.text.sizes:
            self.suggested.setdefault(name, axis)

    def axis_of_bound(self, b: Bound) -> Axis:
        """The axis of an index that is bound: its size is what it runs up to, where that is a letter or a number."""
        axis = self.said_range(b)
        self.bound.append((b.letter, axis))
        return axis

    def said_range(self, b: Bound) -> Axis:
        for letter, upto in (*self.text.statements.ranges, (b.letter, last_value(b, self.text.indices))):
            if letter == b.letter and isinstance(upto, Letter) and upto.name not in self.text.indices:
                return self.size_axis(self.text.split(upto)[0])
            if letter == b.letter and isinstance(upto, Number):
                return self.size_axis(upto.text)
        return Axis()

    def letter(self, name: str, node: Letter) -> Known:
        """What is known of a letter; where nothing is, its number of axes is chosen."""
        if name not in self.letters:
            if name in self.text.definitions and name not in self.recursive:
                raise Unreadable(
                    f"{name} is defined by itself: give one of the two a letter of its own", node.place, name
                )
            self.letters[name] = self.leaf(name, node)
        return self.letters[name]

    def leaf(self, name: str, node: Letter) -> Known:
        for s in self.text.statements.said:
            said_name, indices = self.text.split(s.of)
            if said_name == name:
                if s.kind == "integer":
                    self.integers.add(name)
                if known := self.said(name, s, len(indices)):
                    return known
        rank = int(self.choose(rank_choice(self, name, node)))
        return Known(tuple(Axis(name) for _ in range(rank)))

    def said(self, name: str, s, given: int) -> Known | None:
        if s.sizes is not None:
            proper = [n for n in s.sizes if not (isinstance(n, Number) and n.text == "1")]
            axes = [Axis(name) for _ in range(given + len(proper))]
            for axis, n in zip(axes[given:], proper, strict=True):
                join(self.size_axis(n.text if isinstance(n, Number) else self.text.split(n)[0]), axis)
            lies = len(s.sizes) == 2 and len(proper) == 1
            return Known(tuple(axes), row=proper[0] is s.sizes[1] if lies else None)
        if s.kind in ("number", "vector", "column", "row", "matrix"):
            uses = max((n for _, n in self.text.uses.get(name, [(None, 0)])), default=0)
            rank = {"number": 0, "matrix": 2}.get(s.kind, 1)
            row = {"row": True, "column": False}.get(s.kind)
            return Known(tuple(Axis(name) for _ in range(max(rank, uses))), row)
        return None

    def is_row(self, name: str, known: Known, place: Place) -> bool:
        """Does a vector lie? As it is defined or said; else vectors are columns, or all of them are rows."""
        if known.row is not None:
            return known.row
        lies = any(
            s.sizes and len(s.sizes) == 2 and s.sizes[0] == Number(place, "1")
            for s in self.text.statements.said
        )
        costs = (3, 0) if lies else (0, 3)
        said = "are vectors columns or rows? write W x for columns, x W for rows, and say x in R^(N×1) or R^(1×N)"
        return (
            self.choose(Choice(("vectors", ""), (("columns", costs[0]), ("rows", costs[1])), place, said))
            == "rows"
        )

    # definitions

    def evaluate(self) -> None:
        """All definitions, in the order in which they are computed."""
        self.recursive = {n for d in self.text.definitions.values() for n in used(self.text, d, earlier=True)}
        self.recursive &= set(self.text.definitions)
        for d in in_order(self.text):
            self.definition(d)
        squares = sum(len(set(k.axes)) < len(k.axes) for k in self.letters.values())
        self.cost += squares / 10  # decides where nothing else does

    def definition(self, d: Definition) -> None:
        self.arrays = d.source.arrays
        self.indices = {}
        for k in d.indices:
            if not isinstance(k, Letter) or k.below or k.name in self.indices:
                raise Unreadable(
                    "on the left stands a different letter for each axis: Y_{ij}", k.place, d.name
                )
            self.indices[k.name] = self.axis_of_bound(Bound(k.place, k.name))
        indices = tuple(self.indices.items())
        value = meaning(self, d.right)
        for i, axis in indices:
            self.suggest_size(i.upper(), axis)
        proper = value.proper if not self.arrays else value.axes
        if ONE in proper:
            proper = tuple(a for a in proper if a is not ONE)
        axes = (*(a for _, a in indices), *proper)
        if d.indices and proper and d.name not in self.recursive and d.left.name.isupper():
            self.pay(2)
        if not self.arrays and d.left.name[:1].islower() and value.is_matrix:
            self.pay(5)
        if d.left.bold and d.left.name[:1].islower() and not value.axes and not d.indices:
            self.pay(8)
        if not d.indices and not self.arrays:
            capital = len(d.left.name) == 1 and d.left.name.isupper()
            if capital and not value.axes and d.left.name not in LOSSES:
                self.pay(0.5)
        if d.left.name in LOSSES and axes and not d.indices:
            self.pay(8)
        if d.name in self.letters:
            self.join_state(d, axes)
        else:
            spread = value.axes if self.arrays and ONE in value.axes else ()
            self.letters[d.name] = Known(axes, value.is_row if value.is_vector else None, spread)
        self.check_said(d, axes)
        for axis in dict.fromkeys(axes):
            axis.root.owners.add(d.name)
        self.found.append(Found(d, indices, value, self.first_state(d, axes[len(indices) :])))

    def join_state(self, d: Definition, axes: tuple[Axis, ...]) -> None:
        """h_t and the h_{t−1} on the right are one letter."""
        state = self.letters[d.name].axes
        if len(state) != len(axes):
            raise Misfit(
                f"{d.name} has {len(axes)} axes on the left and {len(state)} on the right",
                d.left.place,
                d.name,
            )
        for a, b in zip(state, axes, strict=True):
            join(a, b, d.left.place)

    def first_state(self, d: Definition, axes: tuple[Axis, ...]) -> Value | None:
        """What stands for h_{t−1} before the first step: as the text says, or 0."""
        if d.name not in self.recursive or d.name not in self.text.firsts:
            return None
        self.indices = {}
        value = meaning(self, self.text.firsts[d.name])
        if value.axes:
            if len(value.proper) != len(axes):
                raise Misfit(f"the first {d.name} has another shape than the others", d.left.place, d.name)
            for a, b in zip(value.proper, axes, strict=True):
                join(a, b, d.left.place)
        return value

    def check_said(self, d: Definition, axes: tuple[Axis, ...]) -> None:
        """A defined letter has the shape that is said of it."""
        for s in self.text.statements.said:
            if self.text.split(s.of)[0] == d.name and (
                known := self.said(d.name, s, len(self.text.split(s.of)[1]))
            ):
                if len(known.axes) != len(axes):
                    said = f"{d.name} is said to have {len(known.axes)} axes, and is defined with {len(axes)}"
                    raise Misfit(said, d.left.place, d.name)
                for a, b in zip(known.axes, axes, strict=True):
                    join(a, b, d.left.place)

    # entries, once the sizes are known

    def entry(self, name: str, indices: tuple) -> sp.Expr:
        if name in self.suggested and not indices and not self.letters[name].axes:
            return self.scope.size(self.suggested[name])
        if name in POSITIVE and not indices:
            return sp.Symbol(name, positive=True)
        return self.tensor(name)[indices or (sp.S.Zero,)]

    def tensor(self, name: str) -> Tensor:
        if name not in self.tensors:
            shape = [self.scope.size(a) for a in self.letters[name].axes] or [sp.S.One]
            integer = {"integer": True} if name in self.integers else {}
            self.tensors[name] = tensor(name, *shape, **integer)
        return self.tensors[name]
