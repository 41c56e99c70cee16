"""Which subscripts are indices, and which are part of a name; what is known of each letter before any formula is."""

from dataclasses import dataclass, field

from helpers.read.definitions.names import GREEK
from helpers.read.definitions.statements import Defined, Statements
from helpers.read.definitions.syntax import (
    Letter,
    Node,
    Number,
    Plus,
    Whole,
    labelled,
    parts,
    spelt,
    walk,
)

USUAL_INDICES = set("ijklmnpqst")
PICKED = set("ytc")  # a class: its entry is picked, p_y
LAYERS = {"l", "ell", "L"}
SCALARS = set("acdefkr")  # small letters that are numbers sooner than vectors
POSITIVE = {"epsilon", "eps", "tau", "temperature", "varepsilon"}


@dataclass(frozen=True)
class Definition:
    """A definition whose left side is a name with its indices."""

    name: str
    indices: tuple[Node, ...]
    right: Node
    source: Defined
    left: Node


@dataclass
class Text:
    """What a text says as a whole, found before any formula is evaluated."""

    statements: Statements
    indices: set[str] = field(default_factory=set)
    definitions: dict[str, Definition] = field(default_factory=dict)
    uses: dict[str, list[tuple[Letter, int]]] = field(default_factory=dict)
    squares: set[str] = field(default_factory=set)
    sizes: set[str] = field(default_factory=set)
    functions: dict[str, tuple[tuple[str, ...], Node]] = field(default_factory=dict)
    firsts: dict[str, Node] = field(default_factory=dict)
    below_bars: set[str] = field(default_factory=set)

    @property
    def of_matrices(self) -> bool:
        """Does a capital letter stand without an index, as a matrix?"""
        return any(
            n == 0 and x.name[:1].isupper() and x.name not in self.sizes and name not in self.below_bars
            for name, uses in self.uses.items()
            for x, n in uses
        )

    def split(self, x: Letter) -> tuple[str, tuple[Node, ...]]:
        """The name of a letter and its indices: W1 and (i, j) of W^{(1)}_{ij}."""
        name, indices = x.name, []
        if x.above:
            if any(self.is_index(k) for k in x.above):
                indices += x.above
            else:
                name += labelled(x.above, "^", name)
        if x.below:
            if any(self.is_index(k) for k in x.below) or self.picks_entry(name, x.below):
                indices += x.below
            else:
                name += labelled(x.below, "_", name)
        return name, tuple(indices)

    def is_said(self, name: str, kind: str = "") -> bool:
        """Does the text say something of this letter, or that it is of this kind?"""
        said = [s for s in self.statements.said if kind in ("", s.kind)]
        return any(s.of.name + "".join(f"_{spelt(k)}" for k in s.of.below) == name for s in said)

    def letters_in(self, node: Node) -> list[Letter]:
        """The letters of a tree, those in indices too, and no label: W of W_i where i is part of the name."""
        if isinstance(node, Letter):
            return [node, *(x for k in self.split(node)[1] for x in self.letters_in(k))]
        return [x for part in parts(node) for x in self.letters_in(part)]

    def picks_entry(self, name: str, below: tuple[Node, ...]) -> bool:
        """p_y of a vector p: the entry of a class; x_1 beside x_i: the first entry."""
        if name + labelled(below, "_", name) in self.left:
            return False
        if len(below) > 1:
            return name in self.indexed and all(isinstance(k, Number) for k in below)
        k = below[0]
        if isinstance(k, Letter) and not k.below and self.is_said(k.name, "integer"):
            return True
        if isinstance(k, Number):
            return name in self.indexed and name[:1].islower()
        return (
            isinstance(k, Letter)
            and name in self.left
            and k.name in PICKED
            and name[:1].islower()
            and not k.below
        )

    def is_index(self, k: Node) -> bool:
        if isinstance(k, Letter):
            return (k.name in self.indices and not k.above) or any(self.is_index(q) for q in k.below)
        return isinstance(k, Whole) or (
            isinstance(k, Plus) and any(self.is_index(t) for t in walk(k) if t != k)
        )

    labels: set[str] = field(default_factory=set)
    first_names: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    indexed: set[str] = field(default_factory=set)
    under: set = field(default_factory=set)


def is_greek(name: str) -> bool:
    return any(name.startswith(g) for g in GREEK)
