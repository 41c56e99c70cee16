"""What came of a folder of submissions: as a table, as a gradebook, and for each student."""

import csv
import io
import json
import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from string import ascii_lowercase

from helpers.course.autograde import Graded, Submission
from helpers.course.one_submission import EXERCISES, Result

SIGNS = {"right": "✓", "wrong": "✗", "blank": "–", "missing": "·", "crashed": "!", "timed out": "⧖"}
LEGEND = "   ".join(f"{sign} {outcome}" for outcome, sign in SIGNS.items()) + "   * its own process's word"

CONFINED = "Each ran without network, on a read-only disk, within its limits."
NOT_CONFINED = "Each ran within its limits, but nothing on this system kept it from {}."


def isolation(graded: Graded) -> str:
    """What held the submissions, or did not."""
    return NOT_CONFINED.format(", ".join(graded.within_reach)) if graded.within_reach else CONFINED


def sign_of(result: Result) -> str:
    return SIGNS[result.outcome] + "*" * result.own_word


def plain(text: str) -> str:
    """A submission's words on one line, without what a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def as_table(graded: Graded) -> str:
    """Who solved what, and below it why not."""
    submissions = graded.submissions
    numbers = list(submissions[0].results)
    headers = heads(numbers)
    names = [plain(s.student) for s in submissions]
    left = max(map(len, [*names, "student"]))
    rows = [f"{'student':{left}}  {'  '.join(f'{h:>4}' for h in headers)}  solved"]
    for name, s in zip(names, submissions, strict=True):
        signs = "  ".join(
            f"{sign_of(s.results[n]):^{max(4, len(h))}}" for n, h in zip(numbers, headers, strict=True)
        )
        rows.append(f"{name:{left}}  {signs}  {s.solved} of {len(numbers)}")
    below = [LEGEND, isolation(graded), *left_out(graded)]
    return "\n".join([*rows, "", *below, "", *diagnoses(submissions)])


def heads(numbers: list[str]) -> list[str]:
    """The numbers as heads of columns: of "3.1, first gap" and "3.1, second gap" 3.1a and 3.1b."""
    short = [number.split(",")[0] for number in numbers]
    return [h + ascii_lowercase[short[:k].count(h)] if short.count(h) > 1 else h for k, h in enumerate(short)]


def left_out(graded: Graded) -> list[str]:
    """A line that names the files that are no submission, where there are any."""
    names = ", ".join(map(plain, graded.left_out))
    return [f"Left out, being no .ipynb or .py file of a student: {names}."] if names else []


def diagnoses(submissions: Iterable[Submission]) -> list[str]:
    """Of each submission the reasons, a line each."""
    lines = []
    for s in submissions:
        said = [f"  {r.number} {sign_of(r)} {plain(r.reason)}" for r in s.results.values() if r.reason]
        said = [f"  {plain(note)}" for note in s.notes] + said
        lines += [plain(s.student), *said] if said else []
    return lines


def as_csv(graded: Graded) -> str:
    """A gradebook: a row a student, a column an exercise."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["student", *graded.submissions[0].results, "solved"])
    for s in graded.submissions:
        writer.writerow([in_a_cell(plain(s.student)), *(r.outcome for r in s.results.values()), s.solved])
    return table.getvalue()


def in_a_cell(text: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def as_json(graded: Graded) -> str:
    """A list of objects, one a student and exercise; own_word as in `Result`."""
    rows = [{"student": s.student, **asdict(r)} for s in graded.submissions for r in s.results.values()]
    return json.dumps(rows, indent=1, ensure_ascii=False)


def feedback(submission: Submission) -> str:
    """What a student is told, in Markdown: each verdict with its reason, and the hints where one is of use."""
    total = len(submission.results)
    parts = [
        "# " + plain(submission.student).replace("<", r"\<"),
        f"{submission.solved} of {total} exercises solved.",
    ]
    parts += map(verbatim, submission.notes)
    for r in submission.results.values():
        parts.append(f"## Exercise {r.number}: {SIGNS[r.outcome]} {r.outcome}")
        if r.reason:
            parts.append(verbatim(r.reason))
        if r.outcome != "right":
            parts += [
                f"<details><summary>Hint {k}</summary>\n\n{hint}\n\n</details>"
                for k, hint in enumerate(EXERCISES[r.number].hints, 1)
            ]
    return "\n\n".join(parts) + "\n"


def verbatim(text: str) -> str:
    """Plain text, as a block of Markdown that is shown as it stands: no word in it can be a tag or a link."""
    return textwrap.indent(textwrap.fill(plain(text), 100, break_on_hyphens=False), 4 * " ")
