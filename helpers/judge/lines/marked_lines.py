"""Shows marked lines: as text, as JSON, as mathematics with ✓ or ✗ and the reason beside."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from helpers.derive.plain_text import with_subscripts
from helpers.judge.lines import sentences
from helpers.read import Written
from helpers.verdict import Kind, State, Verdict

MARKS = {"right": "✓", "wrong": "✗", "not judged": "?", "given": "·"}
COLOURS = {"right": "#009E73", "wrong": "#D55E00", "not judged": "#767676", "given": "#767676"}


@dataclass(frozen=True)
class MarkedLine:
    """One part of a chain a = b = c: what was written, the verdict in which question, and how that was found.

    The verdict is None where nothing is claimed: of a left side, of a name of the writer's own.
    """

    written: Written
    verdict: Verdict | None
    question: str = ""
    how: str = "declared"
    statement: int = 0

    @property
    def given(self) -> bool:
        """Is nothing claimed, or is it a definition of the question that is written down again?"""
        return self.verdict is None or "restated" in self.verdict.pieces

    @property
    def right(self) -> bool:
        return self.verdict is None or self.verdict.right

    @property
    def wrong(self) -> bool:
        return self.verdict is not None and self.verdict.wrong

    @property
    def word(self) -> str:
        """right, wrong, not judged or given"""
        if self.given:
            return "given"
        return State.RIGHT.value if self.right else self.verdict.state.value

    @property
    def kind(self) -> Kind | str:
        """The kind of the mistake, "" where there is none."""
        return "" if self.right else self.verdict.kind

    @cached_property
    def reason(self) -> str:
        """Why it is wrong or not judged; of a right line, what is remarkable."""
        return sentences.reason(self.verdict, self.written, self.question)

    @property
    def rule(self) -> str:
        """The rule behind a right step."""
        return self.verdict.pieces.get("rule", "") if self.verdict is not None else ""

    @property
    def said(self) -> str:
        """Rule or mistake, in a line."""
        if self.wrong:
            return f"{self.kind}: {self.reason}"
        return self.reason or self.rule

    def as_dict(self) -> dict[str, str | int]:
        """For a program: `verdict` is the word of MARKS, `state` tells a remark too."""
        return {
            "question": self.question,
            "asked": self.how,
            "line": self.written.line,
            "latex": self.written.text or self.written.latex,
            "verdict": self.word,
            "state": "given" if self.given else self.verdict.state.value,
            "kind": self.kind,
            "reason": self.reason,
            "rule": self.rule,
        }


@dataclass(frozen=True)
class MarkedDerivation:
    """The lines of a text, each with its verdict; prints, and renders in a notebook.

    `passed_over` are the lines of the text with an equality that states a condition or a size, as i = j or S = 5.
    """

    lines: tuple[MarkedLine, ...]
    passed_over: tuple[int, ...] = ()

    def __iter__(self) -> Iterator[MarkedLine]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __bool__(self) -> bool:
        """All that was read is right, and something was."""
        return any(not line.given for line in self.lines) and all(line.right for line in self.lines)

    @property
    def wrong(self) -> list[MarkedLine]:
        return [line for line in self.lines if line.wrong]

    @property
    def not_judged(self) -> list[MarkedLine]:
        return [line for line in self.lines if not line.right and not line.wrong]

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
    def statements(self) -> list[list[MarkedLine]]:
        """The lines, those of one chain together."""
        return [list(lines) for _, lines in groupby(self.lines, key=lambda line: line.statement)]

    def __repr__(self) -> str:
        rows, question = [], None
        for chain in self.statements:
            asked = f"question: {chain[0].question} ({chain[0].how})"
            if asked != question:
                rows.append(question := asked)
            for k, line in enumerate(chain):
                text = " ".join((line.written.text or line.written.latex).split())
                equals = "= " if k else ""
                rows.append(f"{line.written.line:4} {MARKS[line.word]} {equals}{text}")
                if line.said:
                    rows.append(f"       {line.said}")
        return "\n".join([*rows, self.summary])

    def _repr_html_(self) -> str:
        rows, question = [], None
        for chain in self.statements:
            asked = chain[0].question, chain[0].how
            if chain[0].how != "declared" and asked != question:
                question = asked
                rows.append(caption(*asked))
            rows += [row(line, k) for k, line in enumerate(chain)]
        body = "\n".join(rows)
        return (
            f"<table style='border-collapse: collapse; margin: 0'>\n{body}\n</table>\n"
            f"<p style='margin: 0.4em 0'>{self.summary}</p>"
        )


CELL = "text-align: left; vertical-align: middle; padding: 0.25em 0.6em"


def caption(question: str, how: str) -> str:
    """Which question the chains below were taken to answer."""
    said = f"taken as an answer to <em>{html.escape(question)}</em> ({how})"
    return f"<tr style='background: none'><td colspan='3' style='{CELL}; opacity: 0.75'>{said}</td></tr>"


def row(line: MarkedLine, place: int) -> str:
    """One line of the table: mark, mathematics, rule or reason."""
    colour, cell = COLOURS[line.word], CELL if place else f"{CELL}; padding-top: 0.8em"
    mark = (
        f"<td style='{cell}; color: {colour}; font-weight: bold' title='{line.word}'>{MARKS[line.word]}</td>"
    )
    said, faint = with_subscripts(line.said), "; opacity: 0.75"
    if line.wrong:
        said, faint = (
            f"<strong style='color: {colour}'>{line.kind}</strong>: {with_subscripts(line.reason)}",
            "",
        )
    shown = f"<td style='{cell}'>{mathematics(line, place)}</td>"
    return f"<tr style='background: none'>{mark}{shown}<td style='{cell}{faint}; max-width: 32em'>{said}</td></tr>"


def mathematics(line: MarkedLine, place: int) -> str:
    """The line as mathematics; as plain text where it could not be read, or would get indices that nobody wrote."""
    equals = "= " if place else ""
    written = line.written
    typed = written.text or written.latex
    as_matrices = "_" in written.latex and not set("_[") & set(typed)
    if written.expression is None or as_matrices:
        return f"<code>{html.escape(equals + ' '.join(typed.split()))}</code>"
    return html.escape(rf"$\displaystyle {'{}' * bool(place)}{equals}{written.latex}$")
