"""A line of a derivation that was judged in a question, as a line of a report."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from helpers.derive import latex
from helpers.judge.lines import sentences
from helpers.judge.report import Report
from helpers.read import Written
from helpers.verdict import Kind, State, Verdict


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

    @property
    def text(self) -> str:
        """As it was written."""
        return self.written.text or self.written.latex

    @property
    def mathematics(self) -> str:
        """As it was read; "" where it could not be, or would get indices that nobody wrote."""
        latex = self.written.latex
        as_matrices = "_" in latex and not set("_[") & set(self.text)
        return "" if self.written.expression is None or as_matrices else latex

    @property
    def at(self) -> str:
        return str(self.written.line)

    @property
    def repair(self) -> str:
        """The line made right, where one change does it; "" elsewhere."""
        change = self.verdict.pieces.get("repair") if self.wrong else None
        return latex(change.line) if change is not None else ""

    @property
    def asked(self) -> str:
        """Which question it was taken to answer, and why that one."""
        return f"question: {self.question} ({self.how})"

    @property
    def declared(self) -> bool:
        return self.how == "declared"

    def as_dict(self) -> dict[str, Any]:
        """For a program: `verdict` is the word of MARKS, `state` tells a remark too."""
        return {
            "question": self.question,
            "asked": self.how,
            "line": self.written.line,
            "column": None,
            "cell": None,
            "latex": self.text,
            "verdict": self.word,
            "state": "given" if self.given else self.verdict.state.value,
            "kind": self.kind,
            "reason": self.reason,
            "rule": self.rule,
            "taken": [],
            "repair": self.repair,
        }


class MarkedDerivation(Report):
    """The lines of a text, each with its verdict in the question that it answers."""
