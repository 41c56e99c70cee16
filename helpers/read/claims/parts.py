"""What a text says: chains of equalities, their sides, and where each stands."""

from dataclasses import dataclass, field

from helpers.read.claims.notation import Notation
from helpers.read.definitions.syntax import Letter, Node
from helpers.read.passages import Place


@dataclass
class Part:
    """One side of an equality: its tree, or why there is none; the words that limit it."""

    text: str
    place: Place
    node: Node | None = None
    error: str = ""
    conditions: tuple[str, ...] = ()
    indices: tuple[str, str, str] | None = None
    """i = j or i ≠ j, where the claim is made only there: (sign, i, j)."""
    names: bool = False
    """Is it a new name for the sides before it?"""
    where: Node | None = None
    """x > 0, where the claim is made only there."""
    limited: str = ""
    """A condition that is not understood."""
    begin: int = 0
    """Where its first token stands in its row."""
    typed: bool = False
    """Is it as a keyboard gives it, and no LaTeX?"""

    def cut(self, node: Node) -> str:
        """What was typed of a part of the tree."""
        return self.text[max(node.place.start - self.begin, 0) : max(node.place.end - self.begin, 0)].strip()


@dataclass
class Statement:
    """a = b = c, in one section of the text."""

    parts: list[Part] = field(default_factory=list)
    section: int = 0
    defines: bool = False
    equation: bool = False
    """Does it hold at the solution alone?"""
    solves: object = None
    """The solution of an equation that it gives."""


@dataclass
class Text:
    """All that a text says: its statements, its words, the signs of its notation, and how many axes a letter has."""

    statements: list[Statement]
    words: str
    headings: str
    notation: Notation
    axes: list[tuple[Letter, int]]
    """What stands before \\in \\mathbb{R}^{...}, and the axes that it has there."""
