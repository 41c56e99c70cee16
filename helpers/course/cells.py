"""The code cells of a submission, which of them an answer needs, and which exercises they answer."""

import ast
import importlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from symtable import SymbolTable, symtable
from types import ModuleType

from helpers import exercises
from helpers.exercises.machine.exercise import Exercise

LARGEST = 10_000_000  # bytes of a file
MARKS = re.compile(r"\b([A-Za-z_]\w*(?:\.\w+)*)\.mark\(")
PERCENT = re.compile(r"^# ?%%(.*)$", re.M)


class Unread(ValueError):
    """A file that holds no cells, and why."""


def cells_of(path: Path) -> list[str]:
    """The source of each code cell of a notebook or of a .py file, where `# %%` begins a cell. Raises Unread."""
    try:
        if path.stat().st_size > LARGEST:
            raise Unread(f"is larger than {LARGEST // 10**6} MB")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unread(f"cannot be read: {error}") from None
    if not text.strip():
        raise Unread("is empty")
    cells = notebook_cells(text) if path.suffix == ".ipynb" else script_cells(text)
    return [python for cell in cells if (python := without_magic(cell)).strip()]


def notebook_cells(text: str) -> list[str]:
    try:
        cells = [c for c in json.loads(text)["cells"] if c["cell_type"] == "code"]
        return ["".join(cell["source"]) for cell in cells]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Unread("is no notebook") from None


def script_cells(text: str) -> list[str]:
    first, *parts = PERCENT.split(text)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [first, *(code for title, code in pairs if not title.strip().startswith("[m"))]


def without_magic(cell: str) -> str:
    """The cell without lines for IPython; nothing of a cell that is no Python at all, such as %%mark."""
    if cell.lstrip().startswith("%%"):
        return ""
    return "".join(line for line in cell.splitlines(True) if not line.startswith(("%", "!")))


def answer_cells(cells: list[str]) -> list[int]:
    """Which cells have an answer marked."""
    return [k for k, cell in enumerate(cells) if MARKS.search(cell)]


def needed(cells: list[str], k: int) -> list[int]:
    """The cells that cell k needs, and it last: for each name that it reads, the last cell before it that binds it.

    Where none before it does, the first one behind it counts. Other cells, such as a training, need not run.
    """
    found: list[int] = []
    seen = {k}

    def take(at: int) -> None:
        order = [*reversed(range(at)), *range(at + 1, len(cells))]
        binds = (next((c for c in order if name in names(cells[c])[0]), None) for name in names(cells[at])[1])
        for source in sorted({c for c in binds if c is not None} - seen):
            if source not in seen:
                seen.add(source)
                take(source)
        found.append(at)

    take(k)
    return found


@cache
def names(cell: str) -> tuple[set[str], set[str]]:
    """The names that a cell binds, and those that it reads before it has bound them."""
    bound: set[str] = set()
    read: set[str] = set()
    try:
        for statement in ast.parse(cell).body:
            top = symtable(ast.unparse(statement), "cell", "exec")
            own = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
            used = {
                s.get_name()
                for table in tables(top)
                for s in table.get_symbols()
                if s.is_referenced() and (table is top or s.is_global())
            }
            if isinstance(statement, ast.AugAssign):
                used |= own
            elif not isinstance(statement, ast.Assign):  # a function may call itself, a loop reads its letter
                used -= own
            read |= used - bound
            bound |= own
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    return bound, read


def tables(table: SymbolTable) -> Iterator[SymbolTable]:
    yield table
    for child in table.get_children():
        yield from tables(child)


def exercises_marked(cell: str, cells: list[str]) -> list[Exercise]:
    """The exercises that a cell has marked, by what the cells import. The code is read, and not run."""
    known = {name: thing for other in cells for name, thing in imported(other)}
    found = []
    for dotted in MARKS.findall(cell):
        first, *rest = dotted.split(".")
        thing = known.get(first)
        for name in rest:
            thing = vars(thing).get(name) if isinstance(thing, ModuleType) else None
        if isinstance(thing, Exercise) and thing not in found:
            found.append(thing)
    return found


def imported(cell: str) -> Iterator[tuple[str, object]]:
    """Name and thing of each import from the exercises that stands in a cell."""
    try:
        statements = ast.parse(cell).body
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in statements:
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{exercises.__name__}."):
            for alias in node.names:
                thing = in_exercises(node.module, alias.name)
                if thing is not None:
                    yield alias.asname or alias.name, thing


def in_exercises(module: str, name: str) -> object:
    """What `from module import name` gives of our exercises, None where there is no such thing."""
    try:
        if module == exercises.__name__:
            return importlib.import_module(f"{module}.{name}")
        return vars(importlib.import_module(module)).get(name)
    except ImportError:
        return None
