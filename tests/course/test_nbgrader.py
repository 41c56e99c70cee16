"""A course for nbgrader: solutions are right, blanks are not, and nbgrader's verdicts are those of `autograde`."""

import builtins
import json
import shutil
import sqlite3
import subprocess

import pytest

from helpers.course.autograde import autograde
from helpers.course.cells import names, without_magic
from helpers.course.nbgrader import graded, release_course, slug
from helpers.course.one_submission import EXERCISES, Limits
from helpers.course.release import NOTEBOOKS, assignment, notebook_named
from tests.corpus.submissions import LINEAR, SOFTMAX, submissions

NBGRADER = shutil.which("nbgrader")
WITH_EXERCISES = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.stem != "99_formulas"]


def roles(cell):
    return cell["metadata"]["nbgrader"]


@pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.stem)
def test_each_exercise_has_a_test_and_every_name_is_bound_above(path):
    cells = graded(assignment(path), 2)["cells"]
    assert len({roles(cell)["grade_id"] for cell in cells}) == len({c["id"] for c in cells}) == len(cells)
    of = int(path.stem[:2])
    numbers = [number for number in EXERCISES if int(number.split(".")[0]) == of]
    tests = [cell for cell in cells if roles(cell)["grade"]]
    assert {roles(cell)["grade_id"] for cell in tests} == {f"mark-{slug(number)}" for number in numbers}
    assert all(roles(cell)["points"] == 2 and roles(cell)["locked"] for cell in tests)
    bound = {*vars(builtins), "display"}
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        binds, reads = names(without_magic("".join(cell["source"])))
        assert reads <= bound, cell["source"]
        bound |= binds


@pytest.mark.parametrize("number", ["00", "05", "16"])
def test_each_solution_gets_its_point_and_each_blank_none(number):
    cells = graded(assignment(notebook_named(number)), 1)["cells"]
    assert points(cells, True) == [True] * 3
    assert points(cells, False) == [False] * 3


def points(cells: list[dict], with_solutions: bool) -> list[bool]:
    """Whether each test passes, where all cells run in one kernel from the top."""
    names, passed = {"display": repr}, []
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        source = without_magic("".join(cell["source"]))
        if roles(cell)["solution"] and not with_solutions:
            source = source.split("### BEGIN SOLUTION")[0]
        try:
            exec(source, names)
        except AssertionError:
            passed.append(False)
        else:
            passed += [True] * roles(cell)["grade"]
    return passed


def test_a_course_is_marked_by_what_was_handed_in(tmp_path):
    release_course(tmp_path, ["03"])
    with pytest.raises(ValueError, match=r"is a course of nbgrader's: mark .*submitted"):
        autograde(tmp_path)


def handed_in(notebook: dict, released: dict) -> dict:
    """What a student who wrote these answers hands in through nbgrader: the released cells with the answers in them."""
    of = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"] if "id" in cell}

    def answered(cell: dict) -> dict:
        if not roles(cell)["solution"] or cell["id"] not in of:
            return cell
        return {**cell, "source": of[cell["id"]].rsplit("\n", 1)[0]}

    return {**released, "cells": [answered(cell) for cell in released["cells"]]}


HONEST = {
    "right", "wrong", "wrong softmax", "blank", "half", "crash", "crash in call", "syntax", "hang",
    "sleep", "nested", "equal", "reads",
}  # fmt: skip


def run(course, *command):
    return subprocess.run([NBGRADER, *command], cwd=course, capture_output=True, text=True)


@pytest.mark.skipif(NBGRADER is None, reason="nbgrader is not installed")
def test_nbgrader_gives_the_verdicts_of_our_own_command(tmp_path):
    course = tmp_path / "course"
    release_course(course, ["03", "05"])
    with (course / "nbgrader_config.py").open("a") as settings:
        settings.write("c.Execute.timeout = 8\n")
    wanted = {name: nb for name, (nb, _) in submissions(tmp_path, 9).items() if name in HONEST}
    for path in (LINEAR, SOFTMAX):
        assert run(course, "generate_assignment", path.stem).returncode == 0
        released = json.loads((course / "release" / path.stem / path.name).read_text("utf8"))
        for name, notebook in wanted.items():
            if {c["id"] for c in notebook["cells"]} >= {c["id"] for c in assignment(path)["cells"][2:]}:
                target = course / "submitted" / name.replace(" ", "_") / path.stem / path.name
                target.parent.mkdir(parents=True)
                target.write_text(json.dumps(handed_in(notebook, released)), "utf8")
                (target.parent / "timestamp.txt").write_text("2026-09-01 12:00:00 UTC")
        run(course, "autograde", path.stem)
        assert run(course, "generate_feedback", path.stem).returncode == 0
    ours = autograde(course / "submitted", ["03", "05"], Limits(6))
    assert len(ours.submissions) == len(wanted) and not any(s.notes for s in ours.submissions)
    expected = {
        (submission.student, f"mark-{slug(number)}"): float(result.outcome == "right")
        for submission in ours.submissions
        for number, result in submission.results.items()
    }
    given = scores(course / "gradebook.db")
    assert given == {key: expected[key] for key in given} and len(given) > 4 * 11
    told = course / "feedback" / "wrong" / LINEAR.stem / LINEAR.with_suffix(".html").name
    assert "1/S = 1/5 times the right value" in told.read_text("utf8")


def scores(gradebook) -> dict[tuple[str, str], float]:
    """What nbgrader gave to each student for each test."""
    with sqlite3.connect(gradebook) as database:
        rows = database.execute(
            "select student.id, base_cell.name, coalesce(grade.manual_score, grade.auto_score) from grade "
            "join base_cell on grade.cell_id = base_cell.id "
            "join submitted_notebook on grade.notebook_id = submitted_notebook.id "
            "join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id "
            "join student on submitted_assignment.student_id = student.id"
        )
        return {(student, test): score for student, test, score in rows}
