"""Exercises that a machine marks: the reader's answer in, a verdict with its reason out.

The statement stands in the notebook as prose. What stands here is what the prose should not give away: three
hints, from a nudge to nearly the answer, and a solution that unfolds after a try. An answer may be a
function, a line of SymPy, a number or a list; `...` means that nobody has tried yet, and is never an error.
"""

import dis
import html
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from helpers.absent import PyTorchMissing
from helpers.exercises.machine.sentences import answer_said, error_said
from helpers.judge.code.guard import Endless, Raised, within
from helpers.verdict import TELLING, Kind, State, Verdict, not_judged, wrong

Check = Callable[[Any], Verdict]

SECONDS = 20
"""How long an answer may take."""

SOLVED: dict[str, bool] = {}  # of each exercise by its number, in this session
WRONG: Counter[str] = Counter()  # how many wrong answers each exercise and problem was given


@dataclass(frozen=True)
class Mark:
    """The verdict on one answer, None where nobody tried; `right` is True, False, or None where nothing is judged.

    The exercise, or a problem of a drill, says its title, its hints and, unfolded, its solution.
    """

    exercise: Any
    verdict: Verdict | None
    progress: str = ""
    again: bool = False  # not the first wrong answer: one is told where

    @property
    def attempted(self) -> bool:
        return self.verdict is not None

    @property
    def right(self) -> bool | None:
        if self.verdict is None or self.verdict.state is State.NOT_JUDGED:
            return None
        return self.verdict.right

    @property
    def reason(self) -> str:
        return answer_said(self.verdict)

    @property
    def headline(self) -> str:
        said = {
            True: "✓ right",
            False: "✗ not yet",
            None: "not judged" if self.attempted else "not attempted",
        }[self.right]
        return f"{self.exercise.title} · {said} · {self.progress}"

    def __repr__(self) -> str:
        return f"{self.headline}: {self.reason}" if self.reason else self.headline

    def _repr_html_(self) -> str:
        reason, where = html.escape(self.reason), ""
        kind = self.verdict.kind if self.right is False else None
        if kind in TELLING:
            opened = " open" * self.again
            where = f"<details{opened}><summary>Where?</summary><p>{reason}</p></details>"
            reason = f"{kind.capitalize()}: {kind.meaning}."
        parts = [f"<p style='white-space: pre-wrap'><strong>{self.headline}.</strong> {reason}</p>", where]
        if not self.right:
            for k, hint in enumerate(self.exercise.hints, 1):
                parts.append(f"<details><summary>Hint {k}</summary><p>{hint}</p></details>")
        if self.attempted:
            parts.append(f"<details><summary>One way to write it</summary>{self.exercise.unfolded}</details>")
        return "\n".join(filter(None, parts))


@dataclass(frozen=True)
class Exercise:
    """One exercise: number "3.2", check, three hints (HTML with $mathematics$), the source of a solution.

    known: wrong answers that readers give, each with why it is wrong, written as in `changed`. An answer that does the
    same is told so. The check compares the two; where it is no same_function, `seen_by` is one.
    slips, mistakes: more of them, each with a phrase that the reason must contain, as changes and as pairs. The tests
    mark every solution, every blank and every mistake; `mistakes` holds all of them.
    in_its_process: the check hands over what cannot leave a process (a layer, a ctx), or measures the process.
    """

    number: str
    check: Check
    hints: tuple[str, str, str]
    solution: str
    mistakes: tuple[tuple[str, str], ...] = ()
    in_its_process: bool = False
    known: Mapping[str, str] = field(default_factory=dict)
    seen_by: Any = None
    slips: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("known", "slips"):
            object.__setattr__(self, name, changed(self.solution, getattr(self, name)))
        object.__setattr__(self, "mistakes", (*self.known.items(), *self.slips.items(), *self.mistakes))
        SOLVED.setdefault(self.number, False)

    @property
    def title(self) -> str:
        return f"Exercise {self.number}"

    @property
    def unfolded(self) -> str:
        """The solution as it is shown after a try."""
        return f"<pre><code>{html.escape(self.solution)}</code></pre>"

    @property
    def progress(self) -> str:
        """How many exercises of this one's notebook are solved."""
        notebook = [
            done for number, done in SOLVED.items() if number.split(".")[0] == self.number.split(".")[0]
        ]
        return f"{sum(notebook)} of {len(notebook)} solved"

    def mark(self, answer: Any) -> Mark:
        """Marks an answer. Whatever the answer does, this returns a verdict and raises nothing."""
        return self.marked(guarded(self.verdict, answer))

    def mark_here(self, answer: Any) -> Mark:
        """Marks an answer in a process that somebody else has confined, and can end."""
        return self.marked(self.verdict(answer))

    def marked(self, verdict: Verdict | None) -> Mark:
        SOLVED[self.number] |= bool(verdict)
        return Mark(self, verdict, self.progress, wrong_again(self.title, verdict))

    def verdict(self, answer: Any) -> Verdict | None:
        """The verdict on an answer, None where nobody tried."""
        try:
            if is_blank(answer):
                return None
            verdict = self.check(answer)
            return verdict or self.recognised(answer, verdict)
        except PyTorchMissing as missing:
            return not_judged(refusal=str(missing))
        except Exception as error:
            return wrong(Kind.RAISES, error=error_said(error))

    def recognised(self, answer: Any, verdict: Verdict) -> Verdict:
        """The verdict on a wrong answer, or that it is a known mistake, where it does the same as one."""
        seen_by = self.seen_by or self.check
        for source, why in self.known.items():
            if callable(answer) and seen_by.does(answer, source):
                part = {name: piece for name, piece in verdict.pieces.items() if name == "part"}
                return wrong(Kind.KNOWN_MISTAKE, why=why, **part)
        return verdict


def wrong_again(title: str, verdict: Verdict | None) -> bool:
    """Whether an answer is wrong, and not the first one that is."""
    wrong = verdict is not None and not verdict
    WRONG[title] += wrong
    return wrong and WRONG[title] > 1


def guarded(judge: Callable[[Any], Verdict | None], answer: Any) -> Verdict | None:
    """What is judged of an answer, or that it took too long, or how it ended the marking itself."""
    try:
        return within(SECONDS, judge, answer)
    except Endless:
        return wrong(Kind.LOOPS, seconds=SECONDS)
    except Raised as raised:
        return wrong(Kind.RAISES, error=error_said(raised.error))


def changed(solution: str, wrong: Mapping[str, str]) -> dict[str, str]:
    """Wrong answers by their sources, each with what is said of it.

    One that differs from a right one in a piece is written "what stands in the solution -> what stands there instead".
    Raises ValueError where no such piece does.
    """
    found = {}
    for answer, said in wrong.items():
        old, arrow, new = answer.partition(" -> ")
        if arrow and old not in solution:
            raise ValueError(f"{old!r} does not stand in the solution")
        found[solution.replace(old, new) if arrow else answer] = said
    return found


def is_blank(answer: Any) -> bool:
    """Whether nothing was filled in: `...`, None, no text, a function of which the body is `...`, several of these."""
    if isinstance(answer, str):
        return answer.strip() in ("", "...", "…")
    if isinstance(answer, tuple | list):
        return len(answer) > 0 and all(map(is_blank, answer))
    code = getattr(answer, "__code__", None)
    if code is None:
        return answer is None or answer is ...
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP")]
    returned = {step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")}
    return returned == {None} and all(
        step.opname in ("LOAD_CONST", "RETURN_CONST", "RETURN_VALUE") for step in steps
    )
