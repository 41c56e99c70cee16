"""What came of a folder of submissions: as a table, as a gradebook, and for each student."""

import csv
import html
import io
import json
from collections.abc import Iterable
from dataclasses import asdict

from helpers.practise.course.autograde import Graded, Submission
from helpers.practise.course.judge import EXERCISES, Result

SIGNS = {"right": "✓", "wrong": "✗", "blank": "–", "missing": "·", "crashed": "!", "timed out": "⧖"}
LEGEND = "   ".join(f"{sign} {outcome}" for outcome, sign in SIGNS.items()) + "   * its own process's word"

ISOLATION = {
    True: "Each ran without network, on a read-only disk, within its limits.",
    False: "Each ran within its limits, but this system gives no namespaces: files and network were in reach.",
}


def sign_of(result: Result) -> str:
    return SIGNS[result.outcome] + "*" * result.own_word


def plain(text: str) -> str:
    """A submission's words on one line, without what a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def as_table(graded: Graded) -> str:
    """Who solved what, and below it why not."""
    submissions = graded.submissions
    numbers = list(submissions[0].results)
    headers = [number.split(",")[0] for number in numbers]
    names = [plain(s.student) for s in submissions]
    left = max(map(len, [*names, "student"]))
    rows = [f"{'student':{left}}  {'  '.join(f'{h:>4}' for h in headers)}  solved"]
    for name, s in zip(names, submissions, strict=True):
        signs = "  ".join(
            f"{sign_of(s.results[n]):^{max(4, len(h))}}" for n, h in zip(numbers, headers, strict=True)
        )
        rows.append(f"{name:{left}}  {signs}  {s.solved} of {len(numbers)}")
    return "\n".join([*rows, "", LEGEND, ISOLATION[graded.confined], "", *diagnoses(submissions)])


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
        writer.writerow([in_a_cell(s.student), *(r.outcome for r in s.results.values()), s.solved])
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
        f"# {html.escape(plain(submission.student))}",
        f"{submission.solved} of {total} exercises solved.",
    ]
    parts += [f"- {html.escape(plain(note))}" for note in submission.notes]
    for r in submission.results.values():
        parts.append(f"## Exercise {r.number}: {SIGNS[r.outcome]} {r.outcome}")
        if r.reason:
            parts.append(f"<p>{html.escape(plain(r.reason))}</p>")
        if r.outcome != "right":
            parts += [
                f"<details><summary>Hint {k}</summary>\n\n{hint}\n\n</details>"
                for k, hint in enumerate(EXERCISES[r.number].hints, 1)
            ]
    return "\n\n".join(parts) + "\n"
