"""All readings of a text, the likeliest first.

A reading is a set of choices; what it costs is how unusual they are. The text is evaluated under the cheapest reading
that is not yet tried; where it meets a choice that this reading has not made, each option becomes a reading of its own.
So a choice that no formula needs is never made, and what does not fit falls away.
"""

import heapq
from dataclasses import dataclass, field
from itertools import count

import sympy as sp

from helpers.derive.notation import Tensor, tensor
from helpers.read.definitions.axes import ONE, Axis, Choice, Fork, Misfit, join
from helpers.read.definitions.entries import rank_choice
from helpers.read.definitions.errors import Ambiguous, Place, Unreadable
from helpers.read.definitions.letters import POSITIVE, Definition, Text
from helpers.read.definitions.meaning import meaning
from helpers.read.definitions.scope import Scope
from helpers.read.definitions.syntax import Bound, Letter, Number
from helpers.read.definitions.values import Value

MOST_READINGS = 600


@dataclass
class Known:
    """A letter of which the axes are known; a row is a defined vector that lies."""

    axes: tuple[Axis, ...]
    row: bool | None = None


@dataclass
class Found:
    """A definition under a reading: the axes of its indices, and the array on the right."""

    of: Definition
    indices: tuple[tuple[str, Axis], ...]
    value: Value


@dataclass
class Run:
    """A text evaluated under one reading: which axes are one, and what it costs."""

    text: Text
    choices: dict[tuple[str, str], str]
    cost: int = 0
    arrays: bool = False
    letters: dict[str, Known] = field(default_factory=dict)
    indices: dict[str, Axis] = field(default_factory=dict)
    size_axes: dict[str, Axis] = field(default_factory=dict)
    suggested: dict[str, Axis] = field(default_factory=dict)
    integers: set[str] = field(default_factory=set)
    recursive: set[str] = field(default_factory=set)
    shifted: list[tuple[str, int]] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    scope: Scope | None = None

    def choose(self, choice: Choice) -> str:
        if len(choice.options) == 1:
            return choice.options[0][0]
        if choice.key not in self.choices:
            raise Fork(choice)
        return self.choices[choice.key]

    def pay(self, cost: int) -> None:
        """Something unusual, which another reading may not need."""
        self.cost += cost

    # letters and sizes

    def size_axis(self, name: str) -> Axis:
        return self.size_axes.setdefault(name, Axis(size=int(name) if name.isdigit() else name))

    def suggest_size(self, name: str, axis: Axis) -> None:
        """If the text has a number of this name below a bar, and no size, it is the size of this axis."""
        if name in self.text.below_bars and name not in self.text.sizes:
            self.suggested.setdefault(name, axis)

    def axis_of_bound(self, b: Bound) -> Axis:
        """The axis of an index that is bound: its size is what it runs up to, where that is a letter or a number."""
        for letter, upto in (*self.text.statements.ranges, (b.letter, b.upto)):
            if letter == b.letter and isinstance(upto, Letter) and upto.name not in self.text.indices:
                return self.size_axis(self.text.split(upto)[0])
            if letter == b.letter and isinstance(upto, Number):
                return self.size_axis(upto.text)
        return Axis()

    def letter(self, name: str, node: Letter) -> Known:
        """What is known of a letter; where nothing is, its number of axes is chosen."""
        if name not in self.letters:
            if name in self.text.definitions and name not in self.recursive:
                raise Unreadable(f"{name} is defined by itself: give one of the two a letter of its own", node.place, name)
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
        said = "are vectors columns or rows? write W x for columns, x W for rows, and say x in R^(N×1) or R^(1×N)"
        return self.choose(Choice(("vectors", ""), (("columns", 0), ("rows", 3)), place, said)) == "rows"

    # definitions

    def evaluate(self) -> None:
        """All definitions, in the order in which they are computed."""
        for d in in_order(self.text):
            self.definition(d)
        squares = sum(len(set(k.axes)) < len(k.axes) for k in self.letters.values())
        self.cost += 2 * squares

    def definition(self, d: Definition) -> None:
        self.arrays = d.source.arrays
        self.indices = {}
        for k in d.indices:
            if not isinstance(k, Letter) or k.below or k.name in self.indices:
                raise Unreadable("on the left stands a different letter for each axis: Y_{ij}", k.place, d.name)
            self.indices[k.name] = self.axis_of_bound(Bound(k.place, k.name))
        self.recursive = {d.name} if is_recursive(self.text, d) else set()
        indices = tuple(self.indices.items())
        value = meaning(self, d.right)
        self.suggested |= {k: a for k, a in ((i.upper(), a) for i, a in indices) if k in self.text.below_bars}
        proper = value.proper if not self.arrays else value.axes
        if ONE in proper:
            proper = tuple(a for a in proper if a is not ONE)
        axes = (*(a for _, a in indices), *proper)
        if d.indices and proper and not self.recursive and d.left.name.isupper():
            self.pay(2)
        if not d.indices and not self.arrays:
            if d.left.name[:1].islower() and value.is_matrix:
                self.pay(8)
            if d.left.name[:1].isupper() and not value.axes:
                self.pay(1)
        if d.name in self.recursive:
            self.join_state(d, axes)
        else:
            self.letters[d.name] = Known(axes, row=value.is_row if value.is_vector else None)
        self.check_said(d, axes)
        for axis in dict.fromkeys(axes):
            axis.root.owners.add(d.name)
        self.found.append(Found(d, indices, value))

    def join_state(self, d: Definition, axes: tuple[Axis, ...]) -> None:
        """h_t and the h_{t−1} on the right are one letter."""
        state = self.letters[d.name].axes
        if len(state) != len(axes):
            raise Misfit(f"{d.name} has {len(axes)} axes on the left and {len(state)} on the right", d.left.place, d.name)
        for a, b in zip(state, axes, strict=True):
            join(a, b, d.left.place)

    def check_said(self, d: Definition, axes: tuple[Axis, ...]) -> None:
        """A defined letter has the shape that is said of it."""
        for s in self.text.statements.said:
            if self.text.split(s.of)[0] == d.name and (known := self.said(d.name, s, len(self.text.split(s.of)[1]))):
                if len(known.axes) != len(axes):
                    said = f"{d.name} is said to have {len(known.axes)} axes, and is defined with {len(axes)}"
                    raise Misfit(said, d.left.place, d.name)
                for a, b in zip(known.axes, axes, strict=True):
                    join(a, b, d.left.place)

    # entries, once the sizes are known

    def entry(self, name: str, indices: tuple) -> sp.Expr:
        if name in POSITIVE and not indices:
            return sp.Symbol(name, positive=True)
        return self.tensor(name)[indices or (sp.S.Zero,)]

    def tensor(self, name: str) -> Tensor:
        if name not in self.tensors:
            shape = [self.scope.size(a) for a in self.letters[name].axes] or [sp.S.One]
            integer = {"integer": True} if name in self.integers else {}
            self.tensors[name] = tensor(name, *shape, **integer)
        return self.tensors[name]


def is_recursive(text: Text, d: Definition) -> bool:
    return any(name == d.name for name in used(text, d)) and bool(d.indices)


def used(text: Text, d: Definition) -> list[str]:
    from helpers.read.definitions.syntax import walk

    return [text.split(n)[0] for n in walk(d.right) if isinstance(n, Letter)]


def in_order(text: Text) -> list[Definition]:
    """Each definition behind those that it uses; the output last."""
    needs = {name: [n for n in used(text, d) if n in text.definitions and n != name] for name, d in text.definitions.items()}
    order: list[str] = []
    open_now: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in open_now:
            d = text.definitions[name]
            circle = ", ".join(open_now[open_now.index(name) :])
            raise Unreadable(f"{circle} are defined by each other: name one of them anew", d.left.place, name)
        open_now.append(name)
        for n in needs[name]:
            visit(n)
        open_now.pop()
        order.append(name)

    inner = {n for ns in needs.values() for n in ns}
    outputs = [name for name in text.definitions if name not in inner]
    for name in [*(n for n in text.definitions if n in inner), *outputs]:
        visit(name)
    return [text.definitions[name] for name in order]


def best_reading(text: Text) -> Run:
    """The cheapest reading that fits; where two are as cheap, the text is asked what it means."""
    number = count()
    heap: list = [(0, next(number), {}, None, None)]
    misfit: Misfit | None = None
    asked: dict[tuple[str, str], Choice] = {}
    best: Run | None = None
    for _ in range(MOST_READINGS):
        if not heap:
            break
        cost, _, choices, base, run = heapq.heappop(heap)
        if best and cost > best.cost:
            break
        if run is not None:
            if best is None:
                best = run
                continue
            ask(best, run, asked)
            continue
        run = Run(text, choices, cost=base or 0)
        try:
            run.evaluate()
        except Fork as fork:
            asked[fork.choice.key] = fork.choice
            spent = base or 0
            for option, price in fork.choice.options:
                made = {**choices, fork.choice.key: option}
                heapq.heappush(heap, (max(run.cost, cost) + price, next(number), made, spent + price, None))
        except Misfit as why:
            if misfit is None or (why.place and misfit.place and why.place.start > misfit.place.start):
                misfit = why
        else:
            heapq.heappush(heap, (run.cost, next(number), choices, base, run))
    if best:
        return best
    if misfit is None:
        raise Unreadable("this text has too many readings: say X in R^(S×N) of its letters")
    raise Unreadable(f"{misfit.message}: no reading of the letters fits", misfit.place, misfit.letter)


def ask(best: Run, other: Run, asked: dict[tuple[str, str], Choice]) -> None:
    """Two readings cost the same: ask about the first choice in which they differ."""
    for key, option in best.choices.items():
        if other.choices.get(key, option) != option:
            choice = asked[key]
            raise Ambiguous(choice.question, choice.place, key[1])
