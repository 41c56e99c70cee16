"""A claim of a text with its verdict, as a line of a report."""

from dataclasses import dataclass
from typing import Any

from helpers.compare.sentences import difference_said
from helpers.judge.texts.python_text import python
from helpers.judge.texts.typeset import latex
from helpers.read.claims.trees import Program
from helpers.read.definitions.syntax import Call
from helpers.read.passages import Place
from helpers.verdict import Kind, Verdict

AGAIN = "right again, though the line before it is wrong"
OWN = "by the text's own definitions"
EXPLAINED = {
    Kind.SIGN: "a sign",
    Kind.TRANSPOSED: "rows and columns exchanged",
    Kind.FACTOR: "a factor that is missing, or that does not belong there",
    Kind.WRONG_AXIS: "the order of two factors",
    Kind.WRONG_VALUE: "one thing that does not belong there",
    Kind.WRONG_ARRAY: "another letter belongs there",
    Kind.WRONG_INDEX: "another index, layer or time belongs there",
    Kind.FLIPPED: "a window that moves the other way",
    Kind.USELESS_INDEX: "a sum that does not belong there",
    Kind.NOT_SUMMED: "a sum is missing",
}
"""What one slip is, where the numbers do not name the difference."""


@dataclass(frozen=True)
class MarkedClaim:
    """One side of an equality of the text, where it stands, and what is said of it; None of a definition."""

    latex: str
    left: str
    place: Place
    verdict: Verdict | None
    statement: int = 0
    left_place: Place | None = None
    shown: tuple[str, str] = ("", "")
    """The left side and this one in LaTeX, as they were typed; "" of what could not be read."""
    near: str = ""
    """The piece of the formula that has the slip, as it was typed."""

    @property
    def word(self) -> str:
        """definition, right, wrong or not judged"""
        if self.verdict is None:
            return "definition"
        return "right" if self.verdict.right else self.verdict.state.value

    @property
    def taken(self) -> tuple[str, ...]:
        """The conventions under which it is right."""
        return self.verdict.pieces.get("taken", ()) if self.verdict is not None and self.verdict.right else ()

    @property
    def kind(self) -> Kind | str:
        return self.verdict.kind if self.verdict is not None and self.verdict.wrong else ""

    @property
    def reason(self) -> str:
        """Under which conventions it is right, what is wrong, or why it is not judged."""
        if self.verdict is None:
            return ""
        pieces = self.verdict.pieces
        if self.verdict.right:
            again = AGAIN if "again" in pieces.get("remark", ()) else ""
            taken = "taken as: " + "; ".join(self.taken) if self.taken else ""
            return "; ".join(filter(None, (again, taken)))
        if not self.verdict.wrong:
            return pieces.get("why", "")
        if "before" in pieces:
            return "follows from the wrong line before it"
        return self.mistake

    @property
    def mistake(self) -> str:
        """What is wrong, and near what; not what would be right."""
        pieces, kind = self.verdict.pieces, self.verdict.kind
        measured, slip = difference_said(self.verdict.difference), pieces.get("slip")
        measured = "" if measured == kind else measured
        if slip is None:
            return pieces.get("why", "") or measured or kind.meaning
        explained = kind.meaning if isinstance(slip.at, Call) else EXPLAINED.get(kind, kind.meaning)
        shown = pieces.get("why", "") or (measured if self.verdict.difference is not None else "")
        near = f", in {self.near}" if self.near and self.near != self.latex else ""
        return f"{explained}{near}" + (f" ({shown})" if shown else "")

    @property
    def said(self) -> str:
        """The kind of a mistake, and the reason."""
        return f"{self.kind}: {self.reason}" if self.kind else self.reason

    @property
    def repair(self) -> str:
        """The line made right, where one change does it; "" elsewhere."""
        slip = self.verdict.pieces.get("slip") if self.verdict is not None and self.verdict.wrong else None
        if slip is None:
            return ""
        return python(slip.line) if isinstance(slip.line, Program) else latex(slip.line)


@dataclass(frozen=True)
class TextLine:
    """A claim as a line of a report, or the left side that stands before it."""

    claim: MarkedClaim
    is_left: bool = False
    statement: int = 0
    declared = False
    question = ""
    asked = OWN
    rule = ""

    @property
    def verdict(self) -> Verdict | None:
        return None if self.is_left else self.claim.verdict

    @property
    def word(self) -> str:
        """right, wrong, not judged or given"""
        return "given" if self.is_left or self.claim.verdict is None else self.claim.word

    @property
    def right(self) -> bool:
        return self.word in ("right", "given")

    @property
    def wrong(self) -> bool:
        return self.word == "wrong"

    @property
    def kind(self) -> Kind | str:
        return "" if self.is_left else self.claim.kind

    @property
    def reason(self) -> str:
        return "" if self.is_left else self.claim.reason

    @property
    def said(self) -> str:
        return "" if self.is_left else self.claim.said

    @property
    def repair(self) -> str:
        return "" if self.is_left else self.claim.repair

    @property
    def text(self) -> str:
        return self.claim.left if self.is_left else self.claim.latex

    @property
    def mathematics(self) -> str:
        """LaTeX, "" where it could not be read."""
        return self.claim.shown[0 if self.is_left else 1]

    @property
    def place(self) -> Place:
        return self.claim.left_place or self.claim.place if self.is_left else self.claim.place

    @property
    def at(self) -> str:
        cell = "" if self.place.cell is None else f"{self.place.cell}:"
        return f"{cell}{self.place.line}"

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return {
            "question": "",
            "asked": OWN,
            "line": self.place.line,
            "column": self.place.column,
            "cell": self.place.cell,
            "latex": self.text,
            "verdict": self.word,
            "state": "given" if self.verdict is None else self.verdict.state.value,
            "kind": self.kind,
            "reason": self.reason,
            "rule": "",
            "taken": [] if self.is_left else list(self.claim.taken),
            "repair": self.repair,
        }


def lines_of(claims: list[MarkedClaim]) -> list[TextLine]:
    """The lines of a report: before the first claim of each chain its left side."""
    out: list[TextLine] = []
    for claim in claims:
        if claim.left and (not out or out[-1].statement != claim.statement):
            out.append(TextLine(claim, True, claim.statement))
        out.append(TextLine(claim, False, claim.statement))
    return out
