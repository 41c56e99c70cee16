"""An assignment as nbgrader takes it: a course folder for its generate_assignment, autograde and generate_feedback.

nbgrader runs an answer and its test in one kernel, so that an answer can exchange the test: its points are for
practice, and those that count are `autograde`'s, which reads the same files.
"""

import ast
import json
import re
import sys
from pathlib import Path

from helpers import exercises
from helpers.course.cells import MARKS, exercises_marked, names
from helpers.course.release import assignment, notebook_named, write_new
from helpers.exercises.machine.exercise import Exercise

CONFIG = "nbgrader_config.py"
SETTINGS = """c = get_config()
c.CourseDirectory.course_id = "gradients"
c.ClearSolutions.code_stub = {"python": ""}  # the blank stands above the solution, and nothing must raise there
c.Execute.timeout = 30  # seconds a cell
c.Execute.iopub_timeout = 30  # seconds for its outputs: with 4, a busy machine loses the report
c.OverwriteCells.add_missing_cells = True  # a test that was deleted comes back
"""

# nbgrader gives no points where anything is on stderr, such as a warning, and all of them where the last line is an
# object that is no number, such as a Mark. So stderr is caught, and the last line asserts.
TEST = """\
import contextlib, io

with contextlib.redirect_stderr(io.StringIO()):
    mark = {call}
display(mark)
assert mark.right, str(mark)"""


def release_course(folder: Path, notebooks: list[str], points: int = 1) -> list[Path]:
    """Write a course: FOLDER/source/03_linear/03_linear.ipynb for each notebook, and its settings where there are none.

    Raises ValueError for a notebook without exercises, FileExistsError for an assignment that is there.
    """
    paths = [notebook_named(name) for name in notebooks]
    made = {path: graded(assignment(path), points) for path in paths}
    written = []
    for path, notebook in made.items():
        target = folder / "source" / path.stem / path.name
        write_new(target, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
        written.append(target)
    if not (folder / CONFIG).exists():
        write_new(folder / CONFIG, SETTINGS)
        written.append(folder / CONFIG)
    return written


def graded(notebook: dict, points: int) -> dict:
    """The assignment with nbgrader's metadata: an answer cell becomes one to answer in, and one that marks."""
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    cells = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and MARKS.search(source):
            cells += answer_and_test(cell, source, sources, points)
        else:
            cells.append(with_metadata(cell, source, f"given-{cell['id']}", locked=True))
    return {**notebook, "cells": cells}


def answer_and_test(cell: dict, source: str, sources: list[str], points: int) -> list[dict]:
    """The cell to answer in, its blank above its solution, and the locked cell that marks what it binds."""
    (exercise,) = exercises_marked(source, sources)
    blank, call = parted(source)
    solution = with_letters(exercise, bound_as(call.args[0], exercise.solution), sources)
    answer = f"{blank}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
    test = {**cell, "id": f"{cell['id']}-mark"[-64:]}
    return [
        with_metadata(cell, answer, f"answer-{slug(exercise.number)}", solution=True),
        with_metadata(
            test,
            TEST.format(call=ast.unparse(call)),
            f"mark-{slug(exercise.number)}",
            grade=True,
            locked=True,
            points=points,
        ),
    ]


def parted(source: str) -> tuple[str, ast.Call]:
    """What stands above the call that marks, and this call, which is the last statement of an answer cell."""
    last = ast.parse(source).body[-1]
    return "\n".join(source.split("\n")[: last.lineno - 1]).rstrip(), last.value


def bound_as(asked: ast.expr, solution: str) -> str:
    """The solution, which binds what is asked for: where it has another name there, with a line that renames it."""
    bound = {name.id for name in ast.walk(ast.parse(solution)) if isinstance(name, ast.Name)}
    last = ast.parse(solution).body[-1]
    name = last.name if isinstance(last, ast.FunctionDef | ast.ClassDef) else ast.unparse(last.targets[0])
    wanted = {part.id for part in ast.walk(asked) if isinstance(part, ast.Name)}
    return solution if wanted <= bound | {name} else f"{solution}\n{ast.unparse(asked)} = {name}"


def with_letters(exercise: Exercise, solution: str, sources: list[str]) -> str:
    """The solution, and above it an import of the letters that it has from its own module and not from a cell."""
    modules = (m for name, m in list(sys.modules.items()) if name.startswith(f"{exercises.__name__}."))
    home = next(m for m in modules if any(thing is exercise for thing in vars(m).values()))
    missing = names(solution)[1] - set().union(*(names(source)[0] for source in sources))
    letters = ", ".join(sorted(missing & set(vars(home))))
    return f"from {home.__name__} import {letters}\n\n{solution}" if letters else solution


def slug(number: str) -> str:
    """The number of an exercise in letters that nbgrader takes: "3-1-first-gap"."""
    return re.sub(r"[^A-Za-z0-9]+", "-", number)


def with_metadata(cell: dict, source: str, name: str, **nbgrader: object) -> dict:
    """A cell with what nbgrader has to know of it."""
    roles = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    metadata = {**cell["metadata"], "nbgrader": {**roles, "grade_id": name, **nbgrader}}
    return {**cell, "metadata": metadata, "source": source.splitlines(True)}
