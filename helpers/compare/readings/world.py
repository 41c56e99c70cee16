"""The letters of a text as tensors, under one reading: each a node of the graph that its definition builds."""

from typing import Any

from torch import Tensor

from helpers.compare.readings import extents, outputs
from helpers.compare.readings.choices import CHOICES, Misfit, NoReading, NotJudged, Reading
from helpers.compare.readings.derivatives import ManyAxes
from helpers.compare.readings.drawing import drawn, twin
from helpers.compare.readings.einstein import summed
from helpers.compare.readings.evaluate import Evaluator
from helpers.compare.readings.room import OTHERS, Definition, Room
from helpers.compare.readings.steps import HIGHEST, Steps
from helpers.compare.readings.values import Value, number
from helpers.read.claims.letters import Key
from helpers.read.claims.spoken import spoken
from helpers.read.claims.trees import Derivative
from helpers.read.claims.windows import letters_in
from helpers.read.definitions.syntax import Letter, Node, walk


class World:
    """Tensors by key; what is not defined is drawn."""

    def __init__(self, room: Room, reading: Reading) -> None:
        self.room, self.letters, self.reading = room, room.letters, reading
        self.tensors: dict[Key, Tensor] = {}
        self.kept: dict[tuple, Any] = {}  # gradients and Jacobians that were found
        self.open: list[Key] = []
        self.steps = Steps(self.letters, reading.draw, reading.choices.get("times") == "step")
        self.losses: dict[int | None, Tensor] = {}
        self.settled = self.keeps = False
        self.again = 0
        """Of how many derivatives one is taken just now."""
        self.asked_open, self.of_open_loss = 0, set[Key]()
        """How often the loss was asked for that the text leaves open."""
        self.unclear = False
        """Did two vectors stand behind a matrix, A u v, without a sign that says what comes first?"""
        self.common: set[str] = set()
        """Letters that no definition has, and both sides of the claim."""
        self.whole_axes = False
        """May a derivative by a matrix have its axes for indices that nobody writes?"""
        self.given: set[Key] = set()
        """Letters that are here what they are, and no others of another label."""
        self.evaluator = Evaluator(self)

    def solved(self, solution: Definition) -> "World":
        """The same at a solution of the text, and at those of other letters; each may need the one behind it."""
        known: dict[Key, Tensor] = {}
        others = [d for d in self.room.solutions if d.key != solution.key]
        for d in [*others, solution] * (1 + bool(others)):
            key = self.concrete(d.key)
            other = self.beside({k: t for k, t in known.items() if k != key})
            known[key] = other.defined(key, d, self.steps.here).detach().requires_grad_(True)
        return self.beside(known)

    def beside(self, tensors: dict[Key, Tensor]) -> "World":
        """Another of the same reading, in which some letters have other numbers."""
        other = World(self.room, self.reading)
        other.steps.here, other.tensors = self.steps.here, tensors
        return other

    def settle(self) -> bool:
        """Evaluate the definitions, which say what sizes are equal; was that not done before?"""
        if self.settled:
            return False
        self.settled = True
        for d in (d for ds in self.room.definitions.values() for d in ds):
            try:
                self.tensor(self.concrete(d.key))
            except (NotJudged, Misfit, RuntimeError, IndexError, ValueError, KeyError, TypeError):
                continue
        return True

    def choose(self, name: str, *options: str) -> str:
        return self.reading.choose(name, options)

    def concrete(self, key: Key) -> Key:
        """The key with numbers for layers and times."""
        return twin(self, key[0]) or key[0], self.steps.concrete(key[1])

    def tensor(self, key: Key) -> Tensor:
        """All of a letter: its definition evaluated, or numbers at random."""
        if key in self.tensors:
            self.asked_open += key in self.of_open_loss
            return self.tensors[key]
        if key in self.open:
            if self.room.recurs:  # but not where one step is meant
                self.choose("times", *CHOICES["times"])
            raise NotJudged(f"{spoken(key[0])} is defined by itself")
        if any(isinstance(s, int) and s > HIGHEST for _, s in key[1]):
            raise NotJudged(
                f"the definition of {spoken(key[0])} goes on from one layer to the next without an end"
            )
        found, asked = self.definition_of(key), self.asked_open
        name = key[0]
        if found is None and not name.endswith("²") and self.definition_of((name + "²", key[1])):
            t = self.tensor((name + "²", key[1])) ** 0.5
        elif found is not None:
            t = self.defined(key, *found)
        elif name in self.room.broken:
            raise NotJudged(f"the definition of {spoken(name)} was not read: {self.room.broken[name]}")
        else:
            t = drawn(self, key)
        if not t.requires_grad:
            t = t.clone().requires_grad_(True)
        self.tensors[key] = t
        if self.asked_open > asked:
            self.of_open_loss.add(key)
        return t

    def defined(self, key: Key, d: Definition, steps: dict[str, int]) -> Tensor:
        self.open.append(key)
        keeps, self.keeps = self.keeps, self.keeps or d.derives
        self.reading.defining += 1
        before, self.steps.here = self.steps.here, dict(steps)
        ev, frame = self.evaluator, self.evaluator.frame
        ev.frame = {}, frozenset(d.indices)
        try:
            ev.scan(d.right)
            self.note_windows(d)
            v = self.first_side(d)
            return self.in_order(d, v)
        except ManyAxes as whole:
            if d.indices or whole.names or not isinstance(d.right, Derivative):
                raise
            return whole.j.squeeze(0).squeeze(0)
        except Misfit as why:
            raise NoReading(f"the definition of {spoken(key[0])} does not fit: {why}") from None
        finally:
            self.open.pop()
            self.keeps = keeps
            self.reading.defining -= 1
            self.steps.here, ev.frame = before, frame

    def note_windows(self, d: Definition) -> None:
        """How far i runs in Y_i = Σ_m W_m X_{i+m}, where nothing else on the right has it."""
        moving = {i for slots in self.letters.indexed(d.right) for x in slots.indices for i in letters_in(x)}
        sizes = self.evaluator.frame[0]
        for k, i in enumerate(d.indices):
            if i in moving and i not in sizes:
                sizes[i] = self.reading.sizes.of((*d.key, k), self.reading.draw)

    def first_side(self, d: Definition) -> Value:
        """The first side of a definition that can be evaluated."""
        sides = [d.right, *d.others]
        for k, side in enumerate(sides):
            try:
                v = self.evaluator.value(side)
            except NotJudged:
                if k == len(sides) - 1:
                    raise
                continue
            if not isinstance(v, Value):
                raise NotJudged("the identity as a definition")
            return summed(self.evaluator, v, side)
        raise NotJudged("nothing is defined")

    def in_order(self, d: Definition, v: Value) -> Tensor:
        """The axes of a value in the order of the definition's indices, then its rows and columns."""
        extra = [n for n in v.names if n not in d.indices]
        if extra and d.indices:
            raise Misfit(f"{extra[0]} is not among the indices on the left")
        order = d.indices or tuple(extra)
        if missing := [n for n in order if n not in v.names]:
            return self.in_order(d, self.with_axes(d, v, missing))
        if d.indices and not v.is_number and self.is_of_entries(d.right):
            raise Misfit("one entry stands on the left, and more than one on the right")
        if d.indices and not v.is_number and not v.is_vector:
            raise NotJudged("a matrix for each index")
        t = v.t.permute(*[v.names.index(n) for n in order], -2, -1)
        return t.reshape([*t.shape[:-2], *[n for n in t.shape[-2:] if n != 1]])

    def is_of_entries(self, right: Node) -> bool:
        """Are γ and β no numbers, but all letters with an index are, in y_i = γ x_i + β?"""
        letters = [x for x in walk(right) if isinstance(x, Letter)]
        indexed = [x for x in letters if self.letters.slots(x).indices]
        small = [
            x
            for x in letters
            if x not in indexed and x.name.islower() and not self.definition_of(self.key_of(x))
        ]
        asked = self.reading.choices.get("small letters", "numbers") != "numbers"
        return asked and bool(indexed and small) and all(self.value(x).is_number for x in indexed)

    def key_of(self, x: Letter) -> Key:
        return self.concrete(self.letters.slots(x).key)

    def with_axes(self, d: Definition, v: Value, missing: list[str]) -> Value:
        """y_i = W x, entry by entry; or B_{si} = b_i, the same for each s."""
        rest = [n for n in v.shape if n != 1]
        if len(missing) == len(rest):
            return Value((*v.names, *missing), v.t.reshape(*v.t.shape[:-2], *rest, 1, 1))
        n = missing[0]
        axis = (d.key[0], d.key[1], d.indices.index(n))
        size = self.evaluator.frame[0].get(n) or self.reading.sizes.of(axis, self.reading.draw)
        return Value((n, *v.names), v.t.unsqueeze(0).expand(size, *v.t.shape))

    def value(self, x: Letter) -> Value:
        """A letter at its indices."""
        slots = self.letters.slots(x)
        key = self.concrete(slots.key)
        if x.name in self.letters.text.notation.functions and self.definition_of(key) is None:
            raise NotJudged(f"the function {spoken(x.name)} without its argument: write {spoken(x.name)}(z)")
        if not slots.indices and x.name not in self.room.definitions and self.letters.is_size(x):
            return number(extents.size(self, x))
        if self.letters.is_loss(x) and self.definition_of(key) is None:
            return self.open_loss(x, key)
        t = self.tensor(key if key[1] else self.with_layer(key))
        if self.is_square_too(x, key):
            t = self.tensor((x.name[:-1], key[1])) ** 2
        if len(slots.indices) == 1 and x.name in self.letters.stacks and t.dim() == 2:
            t = t if self.choose("samples", "rows", "columns") == "rows" else t.transpose(0, 1)
        if len(slots.indices) > t.dim():
            raise NotJudged(f"{spoken(x.name)} has {t.dim()} axes, and here {len(slots.indices)} indices")
        return self.evaluator.entries(t, slots.indices)

    def open_loss(self, x: Letter, key: Key) -> Value:
        """The loss that a text leaves open."""
        time = self.steps.time_of(key[1])
        if x.name in self.room.definitions and time is None:
            raise NotJudged(f"nothing says what this {spoken(x.name)} is: the text defines another")
        return Value((), self.upstream(time).reshape(1, 1))

    def is_square_too(self, x: Letter, key: Key) -> bool:
        """Is σ² the square of σ here, where σ = √(σ² + ε) has a definition of its own?"""
        if self.reading.defining or not x.name.endswith("²") or not self.definition_of((x.name[:-1], key[1])):
            return False
        return self.choose("square", *CHOICES["square"]) == "squared"

    def layered(self, key: Key) -> Key:
        """a for a^{(L)} in ∇_a C, where the loss is made of that, and nothing defines an a without a layer."""
        if key[1] or key[0] not in self.room.labels or self.definition_of(key) is not None:
            return key
        losses = [d for name in self.letters.losses for d in self.room.definitions.get(name, [])]
        made = {
            self.concrete(self.letters.slots(n).key)
            for d in losses
            for n in walk(d.right)
            if isinstance(n, Letter)
        }
        own = [k for k in made if k[0] == key[0]]
        return own[0] if len(own) == 1 else key

    def with_layer(self, key: Key) -> Key:
        """W for W^{(l)}, where the text has W only with a layer; where it has others, which is meant is not known."""
        name = key[0]
        labels = self.room.labels.get(name, set())
        if key in self.given or not labels or () in labels or self.definition_of(key) is not None:
            return key
        if self.reading.defining or any(len(label) != 1 for label in labels):
            return key
        ((kind, s), *_), *_ = sorted(labels, key=str)
        base = s[0] if isinstance(s, tuple) else s
        if base in OTHERS:
            return key
        number = self.steps.number(base)
        if number is None or any((x[0] if isinstance(x, tuple) else x) != base for ((_, x),) in labels):
            raise NotJudged(f"which {spoken(name)} is meant? it has another label elsewhere")
        return name, ((kind, number),)

    def definition_of(self, key: Key) -> tuple[Definition, dict[str, int]] | None:
        return self.steps.definition_of(self.room.definitions.get(key[0], []), key[1])

    def name_size(self, x: Letter, size: int) -> None:
        extents.name_size(self, x, size)

    def upstream(self, time: int | None = None) -> Tensor:
        """A loss that the text leaves open, perhaps that of one time."""
        self.asked_open += 1
        if time not in self.losses:
            self.losses[time] = outputs.upstream(self, time)
        return self.losses[time]
