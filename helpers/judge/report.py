"""Shows what is said of the lines of a derivation: as text, as JSON, as mathematics with ✓ or ✗ and the reason beside.

Both judges of lines report in this form, whether the project's formulas are the question or the text's own definitions.
"""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from helpers.derive.plain_text import with_subscripts
from helpers.read.passages.commands import only_draws
from helpers.verdict import TELLING, Kind, State, Verdict

MARKS = {"right": "✓", "wrong": "✗", "not judged": "?", "given": "·"}
COLOURS = {"right": "#009E73", "wrong": "#D55E00", "not judged": "#767676", "given": "#767676"}


class Line(Protocol):
    """One side of a chain a = b = c: the verdict is None where nothing is claimed."""

    verdict: Verdict | None
    statement: int
    """The number of its chain in the text."""

    @property
    def word(self) -> str:
        """right, wrong, not judged or given"""

    @property
    def kind(self) -> Kind | str: ...
    @property
    def reason(self) -> str: ...
    @property
    def said(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def mathematics(self) -> str:
        """LaTeX, or "" where there is none."""

    @property
    def at(self) -> str:
        """The line it stands in."""

    @property
    def asked(self) -> str:
        """By what it was judged, in a few words."""

    @property
    def declared(self) -> bool:
        """Did somebody say by what it is to be judged?"""

    @property
    def repair(self) -> str:
        """The line made right, where one change does it; "" elsewhere."""

    def as_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Report:
    """The lines of a text, each with its verdict; prints, and renders in a notebook.

    `passed_over` are the lines of the text with an equality that states a condition or a size, as i = j or S = 5;
    `notes` say what was found out about the text as a whole.
    """

    lines: tuple[Line, ...]
    passed_over: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __bool__(self) -> bool:
        """All that was read is right, and something was."""
        words = {line.word for line in self.lines}
        return "right" in words and words <= {"right", "given"}

    @property
    def wrong(self) -> list[Line]:
        return [line for line in self.lines if line.word == "wrong"]

    @property
    def not_judged(self) -> list[Line]:
        return [line for line in self.lines if line.word == State.NOT_JUDGED.value]

    @property
    def summary(self) -> str:
        """How many lines are right, wrong, not judged, given."""
        counts = {word: sum(line.word == word for line in self.lines) for word in MARKS}
        said = [f"{n} {word}" for word, n in counts.items() if n]
        found = ", ".join(said) or "no equation found"
        if not self.passed_over:
            return found
        where = ", ".join(map(str, dict.fromkeys(self.passed_over)))
        return f"{found}; not read: {len(self.passed_over)} with an equals sign but no claim (line {where})"

    @property
    def statements(self) -> list[list[Line]]:
        """The lines, those of one chain together."""
        return [list(lines) for _, lines in groupby(self.lines, key=lambda line: line.statement)]

    def __repr__(self) -> str:
        return self.shown()

    def shown(self, repair: bool = False) -> str:
        """As text; with the wrong lines made right too, if that is asked."""
        rows, before = [], None
        for chain in self.statements:
            if chain[0].asked != before:
                rows.append(before := chain[0].asked)
            for k, line in enumerate(chain):
                equals = "= " if k else ""
                rows.append(f"{line.at:>4} {MARKS[line.word]} {equals}{' '.join(line.text.split())}")
                if line.said:
                    rows.append(f"       {line.said}")
                if repair and line.repair:
                    rows.append(f"       right: {line.repair}")
        return "\n".join([*rows, *self.notes, self.summary])

    def _repr_html_(self) -> str:
        rows, before = [], None
        for chain in self.statements:
            if not chain[0].declared and chain[0].asked != before:
                before = chain[0].asked
                rows.append(caption(before))
            rows += [row(line, k) for k, line in enumerate(chain)]
        body = "\n".join(rows)
        said = "<br>".join(html.escape(note) for note in (*self.notes, self.summary))
        return (
            f"<table style='border-collapse: collapse; margin: 0'>\n{body}\n</table>\n"
            f"<p style='margin: 0.4em 0'>{said}</p>"
        )


CELL = "text-align: left; vertical-align: middle; padding: 0.25em 0.6em"


def caption(asked: str) -> str:
    """By what the chains below were judged."""
    return f"<tr style='background: none'><td colspan='3' style='{CELL}; opacity: 0.75'>{html.escape(asked)}</td></tr>"


def row(line: Line, place: int) -> str:
    """One line of the table: mark, mathematics, rule or reason."""
    colour, cell = COLOURS[line.word], CELL if place else f"{CELL}; padding-top: 0.8em"
    mark = (
        f"<td style='{cell}; color: {colour}; font-weight: bold' title='{line.word}'>{MARKS[line.word]}</td>"
    )
    said, faint = with_subscripts(line.said), "; opacity: 0.75"
    if line.word == "wrong":
        said, faint = f"<strong style='color: {colour}'>{line.kind}</strong>: {of_mistake(line)}", ""
    shown = f"<td style='{cell}'>{mathematics(line, place)}</td>"
    return f"<tr style='background: none'>{mark}{shown}<td style='{cell}{faint}; max-width: 32em'>{said}</td></tr>"


def of_mistake(line: Line) -> str:
    """What the kind of a mistake means, and folded where it is; all at once where the kind alone tells little."""
    reason = with_subscripts(line.reason)
    if line.kind not in TELLING:
        return reason
    return f"{line.kind.meaning}<details><summary>Where?</summary>{reason}</details>"


def mathematics(line: Line, place: int) -> str:
    """The line as mathematics; as plain text where it could not be read, or would do more than draw."""
    equals = "= " if place else ""
    if not line.mathematics or not only_draws(line.mathematics):
        return f"<code>{html.escape(equals + ' '.join(line.text.split()))}</code>"
    return html.escape(rf"$\displaystyle {'{}' * bool(place)}{equals}{line.mathematics}$")
