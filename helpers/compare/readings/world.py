"""The letters of a text as tensors, under one reading: each a node of the graph that its definition builds."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from helpers.compare.readings.choices import CHOICES, Misfit, NotJudged, Reading, Sizes
from helpers.compare.readings.evaluate import Evaluator
from helpers.compare.readings.values import Value, number
from helpers.read.claims.grammar import Derivative
from helpers.read.claims.letters import NUMBERS, TOPS, Key, Letters, size_name
from helpers.read.claims.statements import Statement
from helpers.read.definitions.syntax import Letter, Node, Total, walk

NO_SIZE = "a number"
"""What a letter is that might be a size, and is none."""
TOP, LAYER, EARLIER = 3, 2, 1
"""The layers that letters stand for: L, l, and l in the second draw."""


@dataclass
class Definition:
    """A letter with its indices, and what it is; `others` are further sides of the same equality."""

    left: Letter
    right: Node
    letters: Letters
    others: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        slots = self.letters.slots(self.left)
        self.indices, self.key = slots.indices, slots.key
        self.derives = any(isinstance(n, Derivative) for n in walk(self.right))

    def with_letters(self, letters: Letters) -> "Definition":
        return Definition(self.left, self.right, letters, self.others)


@dataclass
class Room:
    """The definitions that are visible in one section, and the sizes that its readings share."""

    letters: Letters
    definitions: dict[str, list[Definition]]
    functions: dict[str, tuple[Node, Node]]
    statements: list[Statement]
    broken: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sizes: dict[tuple, Sizes] = {}
        for name, (formal, body) in self.functions.items():
            if name not in self.definitions and isinstance(formal, Letter) and not formal.below:
                self.definitions[name] = [Definition(Letter(body.place, name), body, self.letters)]
        self.within = {n.name for n in self.nodes_of_definitions() if isinstance(n, Letter)}
        self.worlds: dict = {}
        self.known = set(self.within)
        self.labels: dict[str, set] = {}
        for n in self.nodes_of_definitions():
            if isinstance(n, Letter):
                self.labels.setdefault(n.name, set()).add(self.letters.slots(n).key[1])
        self.loss = ""
        for n in self.nodes_of_claims():
            if isinstance(n, Derivative):
                self.known |= {x.name for x in walk(n.by) if isinstance(x, Letter)}
                if isinstance(n.of, Letter):
                    self.known.add(n.of.name)
                    if self.letters.is_loss(n.of):
                        self.loss = self.loss or n.of.name
        defined = (x for x in self.definitions if x in self.letters.losses)
        self.loss = self.loss or next(defined, "loss")

    def nodes_of_definitions(self) -> Iterator[Node]:
        for ds in self.definitions.values():
            for d in ds:
                yield from walk(d.left)
                yield from walk(d.right)
        for formal, body in self.functions.values():
            yield from walk(formal)
            yield from walk(body)

    def nodes_of_claims(self) -> Iterator[Node]:
        for s in self.statements:
            for p in s.parts:
                if p.node is not None:
                    yield from walk(p.node)

    def world(self, choices: dict[str, str], draw: int) -> "World":
        """The world of a reading; those that were made are kept until two sizes become one."""
        key = tuple(sorted(choices.items()))
        if (key, draw) not in self.worlds:
            sizes = self.sizes.setdefault(key, Sizes(self.within))
            self.worlds[key, draw] = World(self, Reading(choices, sizes, draw, self.letters.stated))
        return self.worlds[key, draw]

    def forget(self, choices: dict[str, str]) -> None:
        """Two sizes became one in a reading: all is drawn again there."""
        key = tuple(sorted(choices.items()))
        self.worlds = {k: w for k, w in self.worlds.items() if k[0] != key}

    @property
    def merges(self) -> int:
        return sum(s.merges for s in self.sizes.values())


class World:
    """Tensors by key; what is not defined is drawn."""

    def __init__(self, room: Room, reading: Reading) -> None:
        self.room, self.letters, self.reading = room, room.letters, reading
        self.tensors: dict[Key, Tensor] = {}
        self.open: list[Key] = []
        self.steps: dict[str, int] = {}
        self.loss: Tensor | None = None
        self.evaluator = Evaluator(self)

    def start(self) -> None:
        """Before a claim: the layers and times that letters stand for."""
        steps, draw = self.letters.steps, self.reading.draw
        here = LAYER if draw == 0 else EARLIER
        self.steps = {s: here for s in ("l", "ell") if s in steps}
        if not self.steps:
            self.steps = {s: LAYER for s in steps if s not in TOPS}

    def choose(self, name: str, *options: str) -> str:
        return self.reading.choose(name, options)

    def concrete(self, key: Key) -> Key:
        """The key with numbers for layers and times."""
        out = []
        for kind, s in key[1]:
            base, shift = s if isinstance(s, tuple) else (s, 0)
            if base in self.steps:
                out.append((kind, self.steps[base] + shift))
            elif base in TOPS and base in self.letters.steps:
                out.append((kind, TOP + shift))
            elif base in self.letters.steps:
                out.append((kind, LAYER + shift))
            elif base.isdigit() and self.letters.steps and self.letters.steps & {"l", "ell", "t"}:
                out.append((kind, int(base)))
            else:
                out.append((kind, s))
        return self.twin(key[0]) or key[0], tuple(out)

    def definition_of(self, key: Key) -> tuple[Definition, dict[str, int]] | None:
        """The definition that fits a key best, and what its layers and times stand for."""
        best, best_rank = None, -1
        for d in self.room.definitions.get(key[0], []):
            steps, rank = {}, 2
            if len(d.key[1]) != len(key[1]):
                continue
            for (kind, pattern), (kind_of_key, value) in zip(d.key[1], key[1], strict=True):
                fit = self.fits(d, kind == kind_of_key, pattern, value, steps)
                if fit is None:
                    break
                rank = fit if fit != 2 else rank
            else:
                if rank > best_rank:
                    best, best_rank = (d, steps), rank
        return best

    def fits(self, d: Definition, same_kind: bool, pattern, value, steps: dict[str, int]) -> int | None:
        """How well a script of a definition fits one of a key: 4 its number, 3 the top, 2 alike, 1 any."""
        if not same_kind:
            return None
        if isinstance(pattern, str) and pattern in self.letters.steps and isinstance(value, int):
            if value < 1:
                return None
            top = pattern in TOPS
            if top and value == TOP:
                return 3
            if top and not d.derives and self.is_general(d):
                return None
            steps[pattern] = value
            return 0 if top else 1
        if isinstance(pattern, tuple):
            base, shift = pattern
            if (
                base in self.letters.steps
                and isinstance(value, int)
                and base not in TOPS
                and value - shift >= 1
            ):
                steps[base] = value - shift
                return 1
            return None
        if isinstance(value, int) and pattern.isdigit():
            return 4 if int(pattern) == value else None
        return 2 if pattern == value else None

    def is_general(self, d: Definition) -> bool:
        """Is there another definition of the letter, for any layer?"""
        return any(
            o is not d and any(s in ("l", "ell") for _, s in o.key[1])
            for o in self.room.definitions[d.key[0]]
        )

    def tensor(self, key: Key) -> Tensor:
        """All of a letter: its definition evaluated, or numbers at random."""
        if key in self.tensors:
            return self.tensors[key]
        if key in self.open:
            raise NotJudged(f"{key[0]} is defined by itself")
        found = self.definition_of(key)
        name = key[0]
        if found is None and not name.endswith("²") and self.definition_of((name + "²", key[1])):
            t = self.tensor((name + "²", key[1])) ** 0.5
        elif found is not None:
            t = self.defined(key, *found)
        elif name in self.room.broken:
            raise NotJudged(f"the definition of {name} was not read: {self.room.broken[name]}")
        else:
            t = self.drawn(key)
        if not t.requires_grad:
            t = t.clone().requires_grad_(True)
        self.tensors[key] = t
        return t

    def defined(self, key: Key, d: Definition, steps: dict[str, int]) -> Tensor:
        self.open.append(key)
        self.reading.defining += 1
        before, self.steps = self.steps, dict(steps)
        ev, frame = self.evaluator, self.evaluator.frame
        ev.frame = {}, frozenset(d.indices)
        try:
            ev.scan(d.right)
            v = self.first_side(d)
            return self.in_order(d, v)
        except Misfit as why:
            raise NotJudged(f"the definition of {key[0]} does not fit: {why}") from None
        finally:
            self.open.pop()
            self.reading.defining -= 1
            self.steps, ev.frame = before, frame

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
            return self.evaluator.einstein(v)
        raise NotJudged("nothing is defined")

    def in_order(self, d: Definition, v: Value) -> Tensor:
        """The axes of a value in the order of the definition's indices, then its rows and columns."""
        extra = [n for n in v.names if n not in d.indices]
        if extra and d.indices:
            raise Misfit(f"{extra[0]} is not among the indices on the left")
        order = d.indices or tuple(extra)
        if any(n not in v.names for n in order):
            n = next(n for n in order if n not in v.names)
            size = self.evaluator.frame[0].get(n)
            if size is None:
                raise NotJudged(f"{n} does not occur on the right of the definition")
            t = v.t.unsqueeze(0).expand(size, *v.t.shape)
            return self.in_order(d, Value((n, *v.names), t))
        if d.indices and not v.is_number and not v.is_vector:
            raise NotJudged("a matrix for each index")
        t = v.t.permute(*[v.names.index(n) for n in order], -2, -1)
        return t.reshape([*t.shape[:-2], *[n for n in t.shape[-2:] if n != 1]])

    def drawn(self, key: Key) -> Tensor:
        """Numbers at random for a letter without a definition."""
        name, label = key
        if name.lower() not in {x.lower() for x in self.room.known}:
            raise NotJudged(f"nothing says what {name} is")
        rank = self.rank(name)
        other = self.stack_of(name, rank, label)
        if other is not None:
            return other
        shape = [self.reading.sizes.of((name, label, k), self.reading.draw) for k in range(rank)]
        random = torch.Generator().manual_seed(seed_of(str(key)) + 7919 * self.reading.draw)
        draw = torch.rand if self.is_positive(name) else torch.randn
        if name in self.letters.targets and rank:
            return self.target(shape, random)
        t = draw(shape, generator=random, dtype=torch.float64)
        return t * 0.7 + 0.15 if self.is_positive(name) else t

    def twin(self, name: str) -> str | None:
        """X for x, where the definitions have the one and only the claims the other."""
        other = name.swapcase()
        if len(name) > 1 or name in self.room.within or other not in self.room.within or other == name:
            return None
        rank, others = (self.letters.rank.get(x, 0) for x in (name, other))
        if rank not in (others, 2) and other not in self.letters.text.axes:
            return None
        return other

    def is_positive(self, name: str) -> bool:
        return name in self.letters.positive or name in ("epsilon", "varepsilon") or name.endswith("²")

    def stack_of(self, name: str, rank: int, label: tuple) -> Tensor | None:
        """X where the text has x_{ij}, or x_i with a transpose: the same numbers; B beside b_j: b in each row."""
        small = name.lower()
        known = small != name and small in self.letters.rank and small not in self.room.definitions
        if rank != 2 or not known or len(name) > 1:
            return None
        if self.letters.rank.get(small) == 2:
            return self.tensor((small, label)) * 1
        if self.letters.rank.get(small) == 1:
            if (small, 1) in self.letters.transposed:
                own = self.choose(f"{name} stacks {small}", "rows", "own")
                return None if own == "own" else self.tensor((small, label)) * 1
            if self.choose(f"{name} beside {small}", "own", "the same in each row") != "own":
                size = self.reading.sizes.of((name, label, 0), self.reading.draw)
                return self.tensor((small, label)).unsqueeze(0).expand(size, -1)
        return None

    def target(self, shape: list[int], random: torch.Generator) -> Tensor:
        t = torch.rand(shape, generator=random, dtype=torch.float64) + 0.1
        any_, whole, one_hot = CHOICES["targets"]
        kind = self.choose("targets", any_, whole, one_hot)
        if kind == whole:
            return t / t.sum(-1, keepdim=True)
        if kind == one_hot:
            chosen = torch.randint(shape[-1], shape[:-1], generator=random)
            return torch.nn.functional.one_hot(chosen, shape[-1]).to(torch.float64)
        return t

    def rank(self, name: str) -> int:
        """How many axes a letter without a definition has."""
        r = self.letters.rank.get(name, 0)
        if self.letters.text.axes.get(name, -1) >= r:
            return self.letters.text.axes[name]
        if r:
            return r + ((name, r) in self.letters.transposed)
        if name in NUMBERS:
            return 0
        if (len(name) == 1 and name.isupper()) or name in ("Theta", "Phi"):
            return 2
        return {"vectors": 1, "numbers": 0, "matrices": 2}[
            self.choose("small letters", "vectors", "numbers", "matrices")
        ]

    def value(self, x: Letter) -> Value:
        """A letter at its indices."""
        slots = self.letters.slots(x)
        key = self.concrete(slots.key)
        if x.name in self.letters.text.notation.functions and self.definition_of(key) is None:
            raise NotJudged(f"the function {x.name} without its argument")
        if not slots.indices and x.name not in self.room.definitions and self.letters.is_size(x):
            return number(self.size(x))
        if self.letters.is_loss(x) and self.definition_of(key) is None:
            if x.name in self.room.definitions:
                raise NotJudged(f"nothing says what this {x.name} is: the text defines another")
            return Value((), self.upstream().reshape(1, 1))
        t = self.tensor(key if key[1] else self.with_layer(key))
        if len(slots.indices) > t.dim():
            raise Misfit(f"{x.name} has {t.dim()} axes, and here {len(slots.indices)} indices")
        return self.evaluator.entries(t, slots.indices)

    def with_layer(self, key: Key) -> Key:
        """W for W^{(l)}, where the text has W only with a layer; where it has others, which is meant is not known."""
        name = key[0]
        labels = self.room.labels.get(name, set())
        if not labels or () in labels or self.definition_of(key) is not None:
            return key
        if self.reading.defining or any(len(label) != 1 for label in labels):
            return key
        ((kind, s), *_), *_ = sorted(labels, key=str)
        base = s[0] if isinstance(s, tuple) else s
        if base not in self.steps or any(
            (x[0] if isinstance(x, tuple) else x) != base for ((_, x),) in labels
        ):
            raise NotJudged(f"which {name} is meant? it has another label elsewhere")
        return name, ((kind, self.steps[base]),)

    def size(self, x: Letter) -> float:
        """The number that a size's letter stands for."""
        sizes, name = self.reading.sizes, size_name(x)
        if name not in sizes.letters:
            self.look_for(name)
        if name in sizes.letters:
            return sizes.of(sizes.letters[name], self.reading.draw)
        axes = sorted({sizes.root(a) for a in sizes.parent}, key=str)[:4]
        options = [f"the size of {a[0]}'s axis {a[2] + 1}" for a in axes] + [NO_SIZE]
        chosen = self.choose(f"size {name}", *options)
        if chosen == NO_SIZE:
            return 0.6 + seed_of(name) % 5 + self.reading.draw
        return sizes.of(axes[options.index(chosen)], self.reading.draw)

    def look_for(self, name: str) -> None:
        """Name the size that a sum of the text runs to: that of its index, at a letter under it."""
        trees = [d.right for ds in self.room.definitions.values() for d in ds]
        trees += [p.node for s in self.room.statements for p in s.parts if p.node is not None]
        frame = self.evaluator.frame
        for n in (n for tree in trees for n in walk(tree)):
            for b in n.bound if isinstance(n, Total) else ():
                if isinstance(b.upto, Letter) and size_name(b.upto) == name:
                    self.evaluator.frame = ({}, frozenset())
                    try:
                        self.evaluator.scan(n.body)
                        size = self.evaluator.frame[0].get(b.letter)
                    finally:
                        self.evaluator.frame = frame
                    if size is not None:
                        self.name_size(b.upto, size)
                        return

    def name_size(self, x: Letter, size: int) -> None:
        """A bound of a sum names the size of the axis that is summed."""
        sizes, name = self.reading.sizes, size_name(x)
        axis = sizes.axis_of(size, self.reading.draw)
        if axis is None:
            return
        if name not in sizes.letters:
            sizes.letters[name] = axis
        elif sizes.root(sizes.letters[name]) != axis:
            sizes.merge(
                sizes.of(sizes.letters[name], self.reading.draw),
                size,
                self.reading.draw,
                self.reading.defining > 0,
            )

    def upstream(self) -> Tensor:
        """A loss that the text leaves open: a random smooth function of what nothing else is made of."""
        if self.loss is not None:
            return self.loss
        if self.room.loss in self.room.broken:
            raise NotJudged(
                f"the definition of {self.room.loss} was not read: {self.room.broken[self.room.loss]}"
            )
        total: Tensor | None = None
        for key, defined in self.outputs():
            t = self.tensor(key)
            if not defined and total is not None and depends(total, t):
                continue
            random = torch.Generator().manual_seed(seed_of("loss" + str(key)) + self.reading.draw)
            a, b = (torch.randn(t.shape, generator=random, dtype=torch.float64) for _ in range(2))
            part = (a * t + 0.3 * b * t * t).sum()
            total = part if total is None else total + part
        if total is None:
            raise NotJudged("nothing says what the loss is made of")
        self.loss = total
        return total

    def outputs(self) -> list[tuple[Key, bool]]:
        """The letters that no definition uses, of which the loss is made; and whether each is defined."""
        room, letters = self.room, self.letters
        plain = [d.right for ds in room.definitions.values() for d in ds if not d.derives]
        used = {n.name for tree in plain for n in walk(tree) if isinstance(n, Letter)}
        keys: dict[Key, bool] = {}
        for name, ds in room.definitions.items():
            d = ds[-1]
            if name in letters.losses or any(o.derives for o in ds):
                continue
            stepped = any((s[0] if isinstance(s, tuple) else s) in letters.steps for _, s in d.key[1])
            if name not in used or stepped:
                keys[self.at_the_top(d.key)] = True
        for n in room.nodes_of_claims():
            if isinstance(n, Derivative) and isinstance(n.by, Letter):
                name = self.twin(n.by.name) or n.by.name
                if name not in {*room.definitions, *used, *letters.losses, *room.functions}:
                    keys.setdefault(self.concrete(letters.slots(n.by).key), False)
        top = [k for k in keys if any(v == TOP for _, v in k[1])]
        if letters.steps & {"l", "ell"} and top:
            last = [k for k in top if k[0] not in used] or top
            return [(k, keys[k]) for k in last]
        return list(keys.items())

    def at_the_top(self, key: Key) -> Key:
        """The key at the last layer or time."""
        label = []
        for kind, s in key[1]:
            base = s[0] if isinstance(s, tuple) else s
            label.append(
                (kind, TOP if base in (*TOPS, "l", "ell") else LAYER)
                if base in self.letters.steps
                else (kind, s)
            )
        return key[0], tuple(label)


def depends(y: Tensor, x: Tensor) -> bool:
    """Is a number made of a tensor, among others?"""
    if not y.requires_grad:
        return False
    return torch.autograd.grad(y, x, retain_graph=True, allow_unused=True)[0] is not None


def seed_of(text: str) -> int:
    """The same number for the same text, in every process."""
    h = 0
    for c in text:
        h = (h * 131 + ord(c)) % 1_000_003
    return h
