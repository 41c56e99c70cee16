"""What the text says of its letters in one section: their definitions, and what the claims ask of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from helpers.compare.readings.choices import CHOICES, OF_ANY, Sizes
from helpers.compare.readings.effort import Effort
from helpers.compare.readings.named_parts import with_named_parts
from helpers.compare.readings.steps import begin_at_zero, is_shifted
from helpers.read.claims.asking import names_in
from helpers.read.claims.letters import Letters
from helpers.read.claims.parts import Statement
from helpers.read.claims.samples import EACH, depend_on_the_sample, for_each, for_one, sums_over_samples
from helpers.read.claims.trees import Arguments, Derivative, Differential
from helpers.read.definitions.syntax import Letter, Node, Over, walk

OTHERS = {"star", "prime", "new", "old", "plus", "opt", "MLE", "ML", "OLS", "MAP", "ridge"}
"""Labels of a letter beside which the bare letter is another one."""


@dataclass
class Definition:
    """A letter with its indices, and what it is; `others` are further sides of the same equality."""

    left: Letter
    right: Node
    letters: Letters
    others: list[Node] = field(default_factory=list)
    begins_at_zero: bool = False
    """Does it hold from the time 0 on, and not only from 1?"""

    def __post_init__(self) -> None:
        slots = self.letters.slots(self.left)
        self.indices, self.key = slots.indices, slots.key
        self.derives = any(isinstance(n, Derivative) for n in walk(self.right))

    def changed(self, change: Callable[[Node], Node]) -> "Definition":
        return Definition(
            change(self.left), change(self.right), self.letters, [change(o) for o in self.others]
        )

    def with_letters(self, letters: Letters) -> "Definition":
        return Definition(self.left, self.right, letters, self.others)


def changed(n: Node) -> Node | None:
    """X of dX, X Y of d(X Y)."""
    if isinstance(n, Derivative) and n.short:
        return n.by
    return n.of if isinstance(n, Differential) else None


@dataclass
class Room:
    """The definitions that are visible in one section, and the sizes that its readings share."""

    letters: Letters
    definitions: dict[str, list[Definition]]
    functions: dict[str, tuple[Node, Node]]
    statements: list[Statement]
    broken: dict[str, str] = field(default_factory=dict)
    zero: list[Node] = field(default_factory=list)
    """What is 0 at the solutions of the text."""
    solutions: list[Definition] = field(default_factory=list)
    effort: Effort = field(default_factory=Effort)
    """What may yet be spent on it."""
    family: str = ""
    """What is taken from the words of the text, and has no definition there."""
    needed: int = 0
    """So many lines it must make right before another may be wrong with it."""

    def __post_init__(self) -> None:
        self.sizes: dict[frozenset, Sizes] = {}
        self.values: dict[str, Node] = {}
        """The letters that a function is defined with, where its own letter may stand for its value."""
        for name in self.functions:
            self.note_value(name)
        self.definitions.update(of_samples(self.definitions, self.letters))
        self.definitions = with_named_parts(self.definitions)
        begin_at_zero(self.definitions)
        self.within = {n.name for n in self.nodes_of_definitions() if isinstance(n, Letter)}
        self.worlds: dict = {}
        self.of_any = {name: next(iter(CHOICES[name])) for name in OF_ANY}
        """The choices met so far whose options are special cases of the first, with that."""
        self.known = set(self.within)
        self.labels: dict[str, set] = {}
        for n in self.nodes_of_definitions():
            if isinstance(n, Letter):
                self.labels.setdefault(n.name, set()).add(self.letters.slots(n).key[1])
        plain = [d.right for ds in self.definitions.values() for d in ds if not d.derives]
        within = [n for right in plain for n in walk(right) if isinstance(n, Letter)]
        self.used = {n.name for n in within}
        self.used_labels = {self.letters.slots(n).key for n in within}
        """The letters that another is made of."""
        self.used_now = {n.name for n in within if not is_shifted(self.letters.slots(n).key, self.letters)}
        """Those that another of the same layer or time is made of."""
        self.gradients = self.made_of_derivatives()
        self.recurs = any(is_shifted(self.letters.slots(n).key, self.letters) for n in within)
        self.derivatives = [n for n in self.nodes_of_claims() if isinstance(n, Derivative)]
        self.note_differentials()
        self.average = averaged(self.statements, self.letters)
        """m, where the text has dW = 1/m dZ Xᵀ."""
        self.loss = ""
        for n in self.derivatives:
            self.known |= {x.name for x in walk(n.by) if isinstance(x, Letter)}
            if n.of is not None:
                self.known |= {x.name for x in walk(n.of) if isinstance(x, Letter)}
                if self.letters.is_loss(n.of):
                    self.loss = self.loss or n.of.name
        defined = (x for x in self.definitions if x in self.letters.losses)
        self.loss = self.loss or next(defined, "loss")

    def note_differentials(self) -> None:
        """The letters without a definition that change: with a d of their own, or within d(...)."""
        self.varied: set[str] = set()
        self.varied_within: set[str] = set()
        for of in filter(None, map(changed, self.nodes_of_claims())):
            if isinstance(of, Letter):
                self.varied.add(of.name)
            else:
                self.varied_within |= {x.name for x in walk(of) if isinstance(x, Letter)}
        lefts = (changed(s.parts[0].node) for s in self.statements if s.parts[0].node and s.parts[1:])
        self.unsaid = {x.name for x in lefts if isinstance(x, Letter) and not self.letters.is_loss(x)}
        """What has a differential, and is not said to be made of anything."""
        self.unsaid -= {*self.definitions, *self.functions}
        self.varied -= self.unsaid
        self.known |= (self.varied | self.varied_within) - self.letters.losses

    def nodes_of_definitions(self) -> Iterator[Node]:
        for ds in self.definitions.values():
            for d in ds:
                yield from walk(d.left)
                yield from walk(d.right)
        for formal, body in self.functions.values():
            yield from walk(formal)
            yield from walk(body)

    def note_value(self, name: str) -> None:
        """h, or h_θ, for h_θ(x), where the function is defined of one letter; that of a sample is that of one."""
        formal, body = (for_one(tree, self.letters.bound) for tree in self.functions[name])
        letters = formal.items if isinstance(formal, Arguments) else (formal,)
        if name in self.definitions or any(not isinstance(x, Letter) or x.below for x in letters):
            return
        typed = {n for n in self.nodes_of_claims() if isinstance(n, Letter) and n.name == name}
        known = {self.letters.slots(n).key: n for n in typed if not self.letters.slots(n).indices}
        lefts = known.values() or [Letter(body.place, name)]
        self.definitions[name] = [Definition(x, body, self.letters) for x in lefts]
        self.values[name] = formal

    def nodes_of_claims(self) -> Iterator[Node]:
        for s in self.statements:
            for p in s.parts:
                if p.node is not None:
                    yield from walk(p.node)

    def made_of_derivatives(self) -> set[str]:
        """The letters that are gradients, or made of some."""
        found: set[str] = set()
        while more := {
            name
            for name, ds in self.definitions.items()
            if name not in found and any(d.derives or names_in(d.right) & found for d in ds)
        }:
            found |= more
        return found

    def forget(self, choices: dict[str, str]) -> None:
        """Two sizes became one in a reading: all is drawn again there."""
        chosen = frozenset(choices.items())
        self.worlds = {k: w for k, w in self.worlds.items() if k[0] != chosen}

    @property
    def merges(self) -> int:
        return sum(s.merges for s in self.sizes.values())


def averaged(statements: list[Statement], letters: Letters) -> Letter | None:
    """The size that a gradient is divided by where it is made of another, as in dW = 1/m dZ Xᵀ.

    None where the text says that dZ is ∂J/∂Z: then no gradient may be that of another loss.
    """
    if letters.explained:
        return None
    for s in statements:
        nodes = [p.node for p in s.parts if p.node is not None]
        short = [any(isinstance(n, Derivative) and n.short for n in walk(node)) for node in nodes]
        if not nodes or not (isinstance(nodes[0], Derivative) and short[0] and any(short[1:])):
            continue
        for n in (n for node in nodes[1:] for n in walk(node)):
            if isinstance(n, Over) and isinstance(n.bottom, Letter) and letters.is_size(n.bottom):
                return n.bottom
    return None


def of_samples(definitions: dict[str, list[Definition]], letters: Letters) -> dict[str, list[Definition]]:
    """What the definitions of one sample say of each, and those of each of one."""
    if not letters.per_sample:
        return {}
    plain = {name: [d for d in ds if not d.derives] for name, ds in definitions.items()}
    names = depend_on_the_sample(letters.per_sample, {n: [d.right for d in ds] for n, ds in plain.items()})
    found = {}
    for name in names:
        if name in plain and name + EACH not in definitions:
            found[name + EACH] = [d.changed(lambda tree: for_each(tree, names)) for d in plain[name]]
        elif name not in definitions and name + EACH in plain:
            own = [d for d in plain[name + EACH] if not sums_over_samples(d.right, d.indices)]
            found[name] = [d.changed(lambda tree: for_one(tree, letters.bound)) for d in own]
    return {name: ds for name, ds in found.items() if ds}
