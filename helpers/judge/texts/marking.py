"""The door: a text to its marked claims, by its own definitions."""

from collections.abc import Iterator
from dataclasses import dataclass

from helpers.compare.readings.room import Room
from helpers.compare.sentences import difference_said
from helpers.judge.texts.comparing import Claim, claims_of
from helpers.judge.texts.families import families_of
from helpers.judge.texts.judging import is_judged, judge
from helpers.judge.texts.sections import Section, sections_of
from helpers.judge.texts.witness import testified
from helpers.read.claims.letters import Letters, names_in
from helpers.read.claims.statements import Statement, statements_of
from helpers.read.claims.units import tells_layers_apart
from helpers.read.passages import Place, read_passages
from helpers.verdict import Verdict


@dataclass(frozen=True)
class MarkedClaim:
    """One side of an equality of the text, where it stands, and what is said of it; None of a definition."""

    latex: str
    left: str
    place: Place
    verdict: Verdict | None

    @property
    def word(self) -> str:
        """definition, right, wrong or not judged"""
        if self.verdict is None:
            return "definition"
        return "right" if self.verdict.right else self.verdict.state.value

    @property
    def said(self) -> str:
        """Under which conventions it is right, what is wrong, or why it is not judged."""
        if self.verdict is None:
            return ""
        if self.verdict.right:
            taken = self.verdict.pieces.get("taken", ())
            return "taken as: " + "; ".join(taken) if taken else ""
        why = self.verdict.pieces.get("why", "")
        if self.verdict.wrong:
            measured = difference_said(self.verdict.difference)
            return f"{self.verdict.kind}: {why or measured or self.verdict.kind.meaning}"
        return why

    def as_dict(self) -> dict[str, str | int]:
        """For a program."""
        return {
            "line": self.place.line,
            "column": self.place.column,
            "left": self.left,
            "latex": self.latex,
            "verdict": self.word,
            "kind": self.verdict.kind if self.verdict is not None and self.verdict.wrong else "",
            "reason": self.said,
        }


MARKS = {"right": "✓", "wrong": "✗", "not judged": "?", "definition": "·"}


def shown(claims: list[MarkedClaim]) -> str:
    """The claims line by line, and how many are right, wrong, not judged."""
    rows = []
    for c in claims:
        text = " ".join(f"{c.left} = {c.latex}".split())
        rows.append(f"{c.place.line:4} {MARKS[c.word]} {text}")
        if c.said:
            rows.append(f"       {c.said}")
    counts = {word: sum(c.word == word for c in claims) for word in MARKS}
    found = ", ".join(f"{n} {word}" for word, n in counts.items() if n)
    return "\n".join([*rows, found or "no equation found"])


def mark_text_by_its_own(text: str, kind: str | None = None) -> list[MarkedClaim]:
    """Every equality of a text, held against the definitions of that text; nothing is raised.

    The kind is "markdown", "latex", "notebook" or "plain"; without one, the content tells.
    """
    read = statements_of(read_passages(text, kind))
    letters = Letters(read)
    score, found = judged_text(letters, read.statements, text)
    if tells_layers_apart(read.statements):
        by_units = judged_text(letters.by_units(), read.statements, text)
        found = (
            by_units[1] if by_units[0] > min(score, 0 if contradict(found, by_units[1]) else score) else found
        )
    return [marked(c) for c in found]


def contradict(found: list[Claim], others: list[Claim]) -> bool:
    """Is a line that may be a definition none, and not right either, if index letters are no layers?"""
    named = {id(c.part) for c in others if c.verdict is None}
    return any(id(c.part) in named and c.verdict is not None and not c.verdict.right for c in found)


def judged_text(letters: Letters, statements: list[Statement], text: str) -> tuple[int, list[Claim]]:
    """The claims of a text section by section, and how well they fit what its letters are taken for."""
    for s in statements:
        s.defines, s.equation, s.solves = False, False, None
        for p in s.parts:
            p.names = False
    total, found = 0, []
    for section in sections_of(letters, statements):
        score, claims = judged_section(letters, section, text)
        total += score
        found += claims
    return total, found


def marked(c: Claim) -> MarkedClaim:
    return MarkedClaim(c.part.text, c.left.text if c.left else "", c.part.place, c.verdict)


def judged_section(letters: Letters, section: Section, text: str) -> tuple[int, list[Claim]]:
    """The claims of a section, under the family that makes most of them right; none is asked first."""
    best: tuple[int, Room, list[Claim]] | None = None
    for room in candidates(letters, section, text):
        claims = [c for s in section.statements for c in claims_of(s)]
        score = judge(room, claims)
        if best is None or score > best[0]:
            best = (score, room, claims)
        if all(c.verdict is None or c.verdict.right for c in claims):
            break
    score, room, claims = best
    testified(room, [c for c in claims if is_judged(c)])
    return score, claims


def candidates(letters: Letters, section: Section, text: str) -> Iterator[Room]:
    """The rooms that a section may be judged in: its own definitions alone, and those of each family besides."""
    used = {x for s in section.statements for p in s.parts if p.node is not None for x in names_in(p.node)}
    defined = {*section.definitions, *section.functions}
    for added, known in families_of(letters, letters.named(text), defined, used):
        zero = section.equations.zero
        solutions = [d.with_letters(known) for d in section.equations.solutions]
        own = {name: [d.with_letters(known) for d in ds] for name, ds in section.definitions.items()}
        yield Room(
            known, {**added, **own}, section.functions, section.statements, section.broken, zero, solutions
        )
