"""What cannot be read, and what can be read in two ways: each with its place, and what to write instead."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a piece of text stands: from and to which character, and its line and column, both from 1."""

    start: int
    end: int
    line: int
    column: int

    def to(self, other: "Place") -> "Place":
        """From the start of this place to the end of another."""
        return Place(self.start, max(self.end, other.end), self.line, self.column)


def place_in(text: str, start: int, end: int) -> Place:
    line_start = text.rfind("\n", 0, start) + 1
    return Place(start, end, text.count("\n", 0, start) + 1, start - line_start + 1)


class ReadingError(ValueError):
    """A text that gives no chain: `place` says where (line and column), `piece` which part, `letter` which letter."""

    def __init__(self, message: str, place: Place | None = None, letter: str = "", piece: str = "") -> None:
        super().__init__(message)
        self.message, self.place, self.letter, self.piece = message, place, letter, piece

    @property
    def line(self) -> int | None:
        return self.place and self.place.line

    @property
    def column(self) -> int | None:
        return self.place and self.place.column

    def within(self, text: str) -> "ReadingError":
        """The same error, which quotes the piece of the text at its place."""
        if self.place and not self.piece:
            self.piece = text[self.place.start : self.place.end]
        return self

    def __str__(self) -> str:
        if not self.place:
            return self.message
        quoted = f", at “{self.piece}”" if self.piece.strip() else ""
        return f"line {self.line}, column {self.column}{quoted}: {self.message}"


class Unreadable(ReadingError):
    """The text has no meaning here; the message says what to write instead."""


class Ambiguous(ReadingError):
    """The text has two meanings; the message asks, and says what to write for each."""
