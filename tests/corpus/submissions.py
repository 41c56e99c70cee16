"""Thirty-odd submissions for notebooks 03 and 05, and what must come of each: right, wrong, blank, broken, hostile."""

import ast
import json
from pathlib import Path

from helpers.course.one_submission import EXERCISES
from helpers.course.release import NOTEBOOKS, as_script, assignment
from helpers.exercises import linear, softmax

LINEAR, SOFTMAX = NOTEBOOKS / "03_linear.ipynb", NOTEBOOKS / "05_softmax.ipynb"
BACKWARD = "def backward(X, W, dY):\n    {}return dY @ W, dY.T @ X, dY.sum(axis=0)"
WRONG = linear.backward.mistakes[0][0]  # db is a mean
WRONG_SOFTMAX = softmax.backward.mistakes[0][0]


def answered(path: Path, answers: dict[str, str], rest: str = "solution") -> dict:
    """The assignment of a notebook with answers by number; to the other exercises the solution, or nothing."""
    notebook = assignment(path)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        for number, exercise in EXERCISES.items():
            call = f"{name_of(exercise, path)}.mark("
            if cell["cell_type"] == "code" and call in source and (number in answers or rest == "solution"):
                answer = answers.get(number, exercise.solution)
                given = "\n".join(line for line in source.split("\n")[:-1] if "..." not in line)
                cell["source"] = f"{given}\n{answer}\n\n{call}{last_name(answer)})"
    return notebook


def name_of(exercise, path: Path) -> str:
    module = linear if path == LINEAR else softmax
    return f"exercises.{next((name for name, e in vars(module).items() if e is exercise), '?')}"


def last_name(source: str) -> str:
    """The last thing that a source binds, else a blank."""
    try:
        last = ast.parse(source).body[-1]
    except SyntaxError:
        return "backward"
    match last:
        case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return "..."


def code(notebook: dict) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def in_call(line: str) -> dict:
    """All right, but that a line runs where 3.2 is called."""
    return answered(LINEAR, {"3.2": BACKWARD.format(f"{line}\n    ")})


def in_cell(lines: str, answer: str = WRONG) -> dict:
    """All right but 3.2, whose cell runs some lines first."""
    return answered(LINEAR, {"3.2": f"{lines}\n{answer}"})


PATCHES = """\
import numpy as np
from helpers.exercises.machine import checks, exercise
exercise.SOLVED.update({number: True for number in exercise.SOLVED})
np.allclose = np.array_equal = lambda *a, **k: True
checks.compare_arrays = checks.wrong_on = lambda *a, **k: checks.RIGHT
object.__setattr__(exercises.backward, 'check', lambda answer: checks.RIGHT)"""
PATCHES_MARK = """\
from helpers.exercises import Exercise, Mark
from helpers.exercises.machine.checks import RIGHT
Exercise.mark = lambda e, a: Mark(e, RIGHT)"""
FORGED = """\
import json, os
verdict = json.dumps(['answer', True, '', []])
print('Exercise 3.2 · ✓ right · 4 of 4 solved', flush=True)
for name in ('results.json', 'verdict.json', 'feedback.md'):
    open(name, 'w').write(verdict)
for fd in range(3, 30):
    try: os.write(fd, len(verdict).to_bytes(4, 'big') + verdict.encode())
    except OSError: pass"""
OUTLIVES = """\
import os, time
try: first = os.fork()
except OSError: first = 1
if not first:
    os.setsid()
    time.sleep(2)
    open({path!r}, 'w').write('still here')
    os._exit(0)"""
WRITES = """\
import socket
try: open({path!r}, 'w').write('was here')
except OSError: pass
try: socket.create_connection(('127.0.0.1', {port}), 1).send(b'was here')
except OSError: pass"""
TOWER = """\
from sympy import Pow
dY_dX = 10
for _ in range(3): dY_dX = Pow(10, dY_dX, evaluate=False)
dY_dX = dY_dX"""
SECRET = """\
from pathlib import Path
environ = Path('/proc/self/environ')
found = environ.exists() and b'teacher' in environ.read_bytes()"""
EQUAL = "class Equal:\n    def __eq__(self, other): return True\n    shape, dtype = (5, 3), float\n"


def submissions(outside: Path, port: int) -> dict[str, tuple[object, str]]:
    """By name: what is handed in, and the signs of 3.1 (two), 3.2, 3.3, 5.1, 5.2 and 5.3.

    Handed in is a notebook, a text with its suffix, or a folder of them.
    """
    right, blank = answered(LINEAR, {}), assignment(LINEAR)
    cells = code(right)
    wrong = {number: e.mistakes[0][0] for number, e in EXERCISES.items() if number.startswith(("3.", "5."))}
    wrong |= {"5.1": "lines = (Y, Y)", "5.3": "answer = lambda X: np.exp(X)"}
    softmax_right = answered(SOFTMAX, {})
    return {
        "right": (right, "✓✓✓✓···"),
        "right both": ({"03.ipynb": right, "05.ipynb": softmax_right}, "✓✓✓✓✓✓*✓"),
        "right script": ((as_script(right), ".py"), "✓✓✓✓···"),
        "right one cell": ((as_script(right).replace("# %%", "#"), ".py"), "✓✓✓✓···"),
        "right lesson": ({"03.ipynb": json.loads(LINEAR.read_text("utf8")), "mine.ipynb": right}, "✓✓✓✓···"),
        "right elsewhere": ({**right, "cells": [*cells[1:], cells[0]]}, "✓✓✓✓···"),
        "right renamed": (
            json.loads(
                json.dumps(right).replace("exercises", "those").replace(".those import", ".exercises import")
            ),
            "✓✓✓✓···",
        ),
        "wrong": (answered(LINEAR, wrong), "✗✗✗✗···"),
        "wrong softmax": (answered(SOFTMAX, wrong), "····✗✗*✗"),
        "blank": (blank, "––––···"),
        "half": (answered(LINEAR, {"3.2": linear.backward.solution}, rest="blank"), "––✓–···"),
        "deleted": ({**right, "cells": [c for c in right["cells"] if "backward" not in str(c)]}, "✓✓·✓···"),
        "crash": (in_cell("1 / 0"), "✓✓!✓···"),
        "crash in call": (in_call("return X[99]"), "✓✓✗✓···"),
        "crash of all": (
            {
                **right,
                "cells": [
                    {**cell, "source": "import no_such\n" + source} if "helpers.exercises" in source else cell
                    for cell in cells
                    for source in ["".join(cell["source"])]
                ],
            },
            "!!!!···",
        ),
        "syntax": (answered(LINEAR, {"3.2": "def backward(X, W, dY:"}), "✓✓!✓···"),
        "exit": (in_cell("import sys; sys.exit()"), "✓✓!✓···"),
        "exit in call": (in_call("import os; os._exit(0)"), "✓✓!✓···"),
        "fault": (in_call("import ctypes; ctypes.string_at(0)"), "✓✓!✓···"),
        "hang": (in_call("while True: pass"), "✓✓⧖✓···"),
        "sleep": (in_cell("import time; time.sleep(1e6)"), "✓✓⧖✓···"),
        "hang in C": (in_call("sum(range(10**12))"), "✓✓⧖✓···"),
        "print": (in_call("while True: print('x' * 1000)"), "✓✓⧖✓···"),
        "memory": (in_call("return np.ones(10**11)"), "✓✓✗✓···"),
        "much": (in_call("return np.zeros((4000, 2500)), 0, 0"), "✓✓!✓···"),
        "nested": (in_call("a = []; a.append(a); return a"), "✓✓✗✓···"),
        "tower": (
            answered(
                LINEAR,
                {"3.1, first gap": TOWER},
            ),
            "⧖✓✓✓···",
        ),
        "empty": (("", ".ipynb"), "·······"),
        "garbage": (("{not json", ".ipynb"), "·······"),
        "no text": ((b"\x89PNG\xff\xfe", ".ipynb"), "·······"),
        "nothing": ({}, "·······"),
        "patches": (in_cell(PATCHES), "✓✓✗✓···"),
        "patches mark": (
            in_cell(PATCHES_MARK),
            "✓✓!✓···",
        ),
        "patches its own": (answered(SOFTMAX, {"5.2": f"{PATCHES}\n{WRONG_SOFTMAX}"}), "····✓!*✓"),
        "patches late": (
            answered(
                SOFTMAX,
                {"5.2": "def f(Y, dY):\n    np.allclose = lambda *a, **k: True\n    return Y * (1 - Y) * dY"},
            ),
            "····✓!*✓",
        ),
        "forges": (in_cell(FORGED), "✓✓!✓···"),
        "equal": (answered(LINEAR, {"3.2": f"{EQUAL}backward = lambda X, W, dY: (Equal(),) * 3"}), "✓✓✗✓···"),
        "outlives": (in_cell(OUTLIVES.format(path=str(outside / "outlived"))), "✓✓✗✓···"),
        "writes": (
            in_cell(WRITES.format(path=str(outside / "written"), port=port)),
            "✓✓✗✓···",
        ),
        "kills": (in_cell("import os\nif os.getppid() > 1: os.kill(os.getppid(), 9)"), "✓✓✗✓···"),
        "secret": (in_cell(SECRET, BACKWARD.format("if found: return X\n    ")), "✓✓✓✓···"),
        "reads": (in_cell("exec(exercises.backward.solution)", "backward = backward"), "✓✓✓✓···"),
    }


def write(folder: Path, name: str, handed_in: object) -> None:
    """Writes one submission as its student would hand it in."""
    match handed_in:
        case {"cells": _}:
            (folder / f"{name}.ipynb").write_text(json.dumps(handed_in), "utf8")
        case dict():
            (folder / name).mkdir()
            for file, notebook in handed_in.items():
                (folder / name / file).write_text(json.dumps(notebook), "utf8")
        case (bytes(content), suffix):
            (folder / f"{name}{suffix}").write_bytes(content)
        case (text, suffix):
            (folder / f"{name}{suffix}").write_text(text, "utf8")
