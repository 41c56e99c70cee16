"""What a text consists of: prose, headings, mathematics and code, in its order, and what was left out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from helpers.read.passages.macros import Macros
from helpers.read.passages.places import Place, Source, Text, text_of

LONGEST = 500_000  # characters of a text
Span = tuple[int, int]


@dataclass(slots=True, kw_only=True)
class Passage:
    """A stretch of the source. Passages of one paragraph, item or table row have the same block."""

    span: Span
    place: Place
    block: int = 0
    column: int | None = None  # in a table


@dataclass(slots=True)
class Prose(Passage):
    """Words between formulas."""

    text: Text


@dataclass(slots=True)
class Heading(Passage):
    """A heading: level 1 is the highest; a line in bold is one of level 7."""

    text: Text
    level: int


@dataclass(slots=True)
class Code(Passage):
    """A block of code; the language as the text names it, or ""."""

    text: Text
    language: str


@dataclass(slots=True)
class Row:
    r"""One row of a display, or a formula within a line.

    `text` is what the author wrote, without alignment, labels and conditions, with the author's macros written out.
    `conditions` are the words that limit it, outermost first: of the prose, of the table, beside it.
    `continues` is the row whose chain it goes on with: a = b, then "= c".
    `governs` says that it states a condition of another row ("if $i = j$, then") and claims nothing.
    """

    text: Text
    conditions: tuple[Text, ...] = ()
    continues: "Row | None" = field(default=None, repr=False, compare=False)
    number: str = ""
    governs: bool = False

    @property
    def place(self) -> Place:
        return self.text.at(0)

    @property
    def condition(self) -> str:
        return "; ".join(self.conditions)

    def at(self, position: int) -> Place:
        """The line and column of a character of the text."""
        return self.text.at(position)


@dataclass(slots=True)
class Mathematics(Passage):
    """Formulas between two fences: "$", "$$", "align", "```math", ...; "plain" where there is none."""

    rows: list[Row]
    display: bool
    fence: str


class Noise(NamedTuple):
    """What belongs to no passage: a fence, a comment, a label, ..."""

    kind: str
    span: Span
    place: Place


class Unread(NamedTuple):
    """Where something was expected that is not there."""

    place: Place
    expected: str


@dataclass
class Document:
    """The passages of a text in their order, and all that is in none of them."""

    passages: list[Passage] = field(default_factory=list)
    noise: list[Noise] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    macros: Macros = field(default_factory=Macros)

    @property
    def unknown_macros(self) -> dict[str, Place]:
        """Commands that neither the text nor LaTeX defines, and where each is first used."""
        return self.macros.unknown

    @property
    def rows(self) -> Iterator[Row]:
        """The rows of all formulas."""
        return (row for passage in self.passages if isinstance(passage, Mathematics) for row in passage.rows)


class Page:
    """One source while it is read: what is masked of it, and the document that grows."""

    def __init__(self, source: Source, document: Document):
        self.source, self.document = source, document
        self.string = source.string  # as long as the source, blank where something is noise or done
        self.block, self.column = 0, None

    def ignore(self, kind: str, start: int, end: int) -> Span:
        self.document.noise.append(Noise(kind, (start, end), self.source.place(start)))
        return start, end

    def miss(self, offset: int, expected: str) -> None:
        self.document.unread.append(Unread(self.source.place(offset), expected))

    def text(self, start: int, end: int) -> Text:
        return text_of(self.source, start, end, self.string)

    def add(self, kind: type[Passage], start: int, end: int, *content) -> None:
        where = {"span": (start, end), "place": self.source.place(start)}
        self.document.passages.append(kind(*content, **where, block=self.block, column=self.column))
