"""The README's plan for a course says of each notebook what the notebook itself says, and no week needs a later one."""

import json
import re
from pathlib import Path

import pytest

from helpers.course.autograde import exercises_of
from helpers.course.one_submission import EXERCISES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf8")
HEADERS = {
    path.name[:2]: "".join(json.loads(path.read_text("utf8"))["cells"][0]["source"])
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    if path.stem != "99_formulas"  # a sheet to look things up in
}
SECTION = README.split("## For an instructor")[1].split("\n## ")[0]
PLAN = {
    row[1]: dict(zip(("week", "notebook", "needs", "minutes", "exercises", "short"), row, strict=True))
    for row in ([cell.strip() for cell in line.split("|")[1:-1]] for line in SECTION.splitlines())
    if len(row) == 6 and row[0].isdigit()
}


def numbers(text: str) -> list[str]:
    """Numbers of notebooks in "03, 05", links, or "03 to 06", which stands for all four."""
    text = re.sub(r"\[[^]]*\]\((\d\d)_\w+\.ipynb\)", r"\1", text)
    for first, last in re.findall(r"(\d\d) to (\d\d)", text):
        text = text.replace(
            f"{first} to {last}", " ".join(f"{n:02}" for n in range(int(first), int(last) + 1))
        )
    return re.findall(r"\b\d\d\b", text)


def header(name: str, field: str) -> str:
    return re.search(rf"\*\*{field}\*\*(.*?)(?: · \*\*|$)", HEADERS[name], re.S)[1].strip()


@pytest.mark.parametrize("name", HEADERS)
def test_the_plan_says_what_the_notebook_says(name):
    row = PLAN[name]
    assert numbers(row["needs"]) == numbers(header(name, "Needs"))
    assert header(name, "Gives")
    assert row["minutes"] == header(name, "Minutes")
    assert re.search(rf"notebooks/{name}_\w+\.ipynb\).*\| {row['minutes']} \|", README), "the sequence"
    assert int(row["exercises"]) == len(exercises_of([name]))


def test_what_is_needed_comes_first():
    for short in (False, True):
        done: set[str] = set()
        for name, row in PLAN.items():
            if row["short"] or not short:
                assert set(numbers(row["needs"])) <= done, name
                done.add(name)
    weeks = [int(row["week"]) for row in PLAN.values()]
    assert weeks == sorted(weeks) and set(weeks) == set(range(1, 11)) and PLAN.keys() == HEADERS.keys()
    assert max(sum(int(r["minutes"]) for r in PLAN.values() if r["week"] == str(w)) for w in weeks) <= 120


def test_the_sums_are_right():
    for rows, said in (
        (list(PLAN.values()), "The whole takes"),
        ([r for r in PLAN.values() if r["short"]], "path takes"),
    ):
        hours, minutes = divmod(sum(int(row["minutes"]) for row in rows), 60)
        assert f"{said} {hours} h {minutes} min" in SECTION


def test_the_exercises_that_run_in_their_own_process_are_named():
    own = sorted((e.number for e in EXERCISES.values() if e.in_its_process), key=lambda n: float(n))
    assert f"{', '.join(own[:-1])} and {own[-1]}" in SECTION and len(own) == 6
