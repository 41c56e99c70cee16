"""Where each character of a text stands: lines and columns, also after parts were cut out or macros written out.

A source is a string whose every line end is "\\n" and whose every space is a space, character for character, so that
an offset in it is an offset in what the author wrote.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

LINE_ENDS = "\r\v\f\x85\u2028\u2029"
SPACES = "\u00a0\u00ad\u1680\u180e\u202f\u205f\u2060\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x2010)))
PLAIN = {ord(c): "\n" for c in LINE_ENDS} | {ord(c): " " for c in SPACES}
PLAIN |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width ＝ is =
PLAIN |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # half of a character


class Place(NamedTuple):
    """A line and a column, both from 1; in a notebook the cell as well, from 1."""

    line: int
    column: int
    cell: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}"
        return place if self.cell is None else f"cell {self.cell}, {place}"


class Source:
    """A text, or one cell of a notebook, with its lines."""

    def __init__(self, written: str, cell: int | None = None):
        self.string = written.replace("\r\n", " \n").translate(PLAIN)
        self.cell = cell
        self._lines = [0, *(found.end() for found in re.finditer("\n", self.string))]

    def place(self, offset: int) -> Place:
        line = bisect_right(self._lines, offset)
        return Place(line, offset - self._lines[line - 1] + 1, self.cell)


class Run(NamedTuple):
    """From position `at` of a text on, characters stand at `offset` of the source and behind it, one for one.

    With a width they all stand for the same characters of the source, as many as that.
    """

    at: int
    offset: int
    width: int = 0

    def on(self, position: int) -> int:
        """The offset of the character at a position of the text."""
        return self.offset if self.width else self.offset + position - self.at


class Text(str):
    """A string that knows where each of its characters stood: `text.at(3)` is the place of text[3]."""

    __slots__ = ("runs", "source")

    def __new__(cls, string: str, source: Source, runs: tuple[Run, ...]):
        text = super().__new__(cls, string)
        text.source, text.runs = source, runs
        return text

    def offset(self, position: int) -> int:
        """The offset in the source of the character at a position; at the end, one behind the last one."""
        run = self.runs[bisect_right(self.runs, position, key=lambda run: run.at) - 1]
        return run.on(position)

    def at(self, position: int) -> Place:
        """The line and column of the character at a position."""
        return self.source.place(self.offset(position))

    def cut(self, start: int, end: int) -> "Text":
        """The characters from start to end, with their places."""
        first = max(bisect_right(self.runs, start, key=lambda run: run.at) - 1, 0)
        last = bisect_right(self.runs, max(end - 1, start), key=lambda run: run.at)
        runs = [
            Run(max(run.at, start) - start, run.on(max(run.at, start)), run.width)
            for run in self.runs[first:last]
        ]
        return Text(self[start:end], self.source, tuple(runs))

    def trimmed(self) -> "Text":
        """Without the spaces at both ends."""
        start = len(self) - len(self.lstrip())
        return self if len(self.strip()) == len(self) else self.cut(start, max(start, len(self.rstrip())))

    @property
    def end(self) -> int:
        """The offset in the source behind its last character."""
        return max((end for _, end in self.spans()), default=self.offset(0))

    def spans(self) -> list[tuple[int, int]]:
        """The stretches of the source that its characters come from."""
        ends = [run.at for run in self.runs[1:]] + [len(self)]
        return [
            (run.offset, run.offset + (run.width or end - run.at))
            for run, end in zip(self.runs, ends, strict=True)
            if end > run.at
        ]


def text_of(source: Source, start: int, end: int, string: str | None = None) -> Text:
    """A stretch of the source; `string` is the source with some characters blanked."""
    return Text((source.string if string is None else string)[start:end], source, (Run(0, start),))


def fixed(string: str, source: Source, offset: int, width: int = 1) -> Text:
    """Characters that all stand for the same ones of the source: the body of a macro, an entity."""
    return Text(string, source, (Run(0, offset, max(width, 1)),))


def joined(parts: Iterable[Text]) -> Text:
    """The parts one behind the other; at least one."""
    parts = list(parts)
    filled = [part for part in parts if part] or parts[:1]
    runs, length = [], 0
    for part in filled:
        runs += [Run(run.at + length, run.offset, run.width) for run in part.runs]
        length += len(part)
    return Text("".join(filled), filled[0].source, tuple(runs))


def blanked(string: str, spans: Iterable[tuple[int, int]]) -> str:
    """The string with spaces in the place of each span; line ends stay."""
    pieces, at = [], 0
    for start, end in sorted(spans):
        start = max(start, at)
        if end > start:
            pieces += [string[at:start], re.sub(r"[^\n]", " ", string[start:end])]
            at = end
    return "".join([*pieces, string[at:]])
