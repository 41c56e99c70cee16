"""Holds a diagnosis: what is wrong with a work, the worst first, and what was tried."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from helpers.judge.code.sentences import MARKS, checked_said, headline_said, sentence
from helpers.verdict import Kind, State, Verdict


class Trouble(Exception):
    """Carries a verdict that ends the run."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


def as_guessed(stop: Verdict, known: bool) -> Verdict:
    """Return that forward stops as not judged, where nothing says that it takes this X, or where it asserts another."""
    says = known and not stop.pieces.get("asserts")
    if stop.kind is not Kind.RAISES or says or not stop.where.startswith("forward"):
        return stop
    return replace(stop, state=State.NOT_JUDGED, pieces={**stop.pieces, "guessed": True})


@dataclass(frozen=True)
class Diagnosis:
    """Holds the verdicts on a work, and the stages that it went through; true where nothing is wrong.

    Prints, and renders in a notebook. Its sentences are those of its verdicts.
    """

    name: str
    verdicts: tuple[Verdict, ...]
    stages: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    @property
    def findings(self) -> tuple[Verdict, ...]:
        """What is wrong, or could not be judged."""
        return tuple(verdict for verdict in self.verdicts if not verdict)

    @property
    def remarks(self) -> tuple[Verdict, ...]:
        """What is worth saying, though nothing is wrong with it."""
        return tuple(verdict for verdict in self.verdicts if verdict)

    @property
    def checked(self) -> tuple[str, ...]:
        """What was tried."""
        return tuple(checked_said(stage, pieces) for stage, pieces in self.stages)

    @property
    def state(self) -> State:
        if not self.findings:
            return State.REMARK if self.remarks else State.RIGHT
        return State.WRONG if any(finding.wrong for finding in self.findings) else State.NOT_JUDGED

    @property
    def right(self) -> bool:
        return not self.findings

    def __bool__(self) -> bool:
        return self.right

    @property
    def kind(self) -> Kind | str:
        """The kind of the first finding, "" where there is none."""
        return self.findings[0].kind if self.findings else ""

    @property
    def reason(self) -> str:
        """All that is wrong, in sentences; "" where nothing is."""
        return " ".join(map(sentence, self.findings))

    @property
    def headline(self) -> str:
        passed_over = any(remark.kind is Kind.UNLOOKED for remark in self.remarks)
        return headline_said(self.name, self.state, self.kind, passed_over and self.right)

    def __repr__(self) -> str:
        said = [f"  {MARKS[v.state]} {v.kind}: {sentence(v)}" for v in self.findings + self.remarks]
        checked = f"checked: {'; '.join(self.checked)}" if self.checked else "nothing could be checked"
        return "\n".join([self.headline, *said, f"  {checked}"])

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li>{MARKS[v.state]} <strong>{escape(v.kind)}</strong>: {escape(sentence(v))}</li>"
            for v in self.findings + self.remarks
        )
        checked = "".join(f"<li>{escape(what)}</li>" for what in self.checked)
        return (
            f"<p><strong>{escape(self.headline)}</strong></p>"
            + (f"<ul style='list-style: none'>{items}</ul>" if items else "")
            + f"<details><summary>What was checked</summary><ul>{checked}</ul></details>"
        )
