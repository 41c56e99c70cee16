"""Reads a file of Python, or the code cells of a notebook, into statements; nothing is run."""

import ast
import dis
import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from types import CodeType

LOOKED_UP = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
MAGICS = "%", "!", "?"


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a cell; a file of Python is one cell."""

    node: ast.stmt
    cell: int

    @cached_property
    def code(self) -> CodeType:
        with warnings.catch_warnings(action="ignore"):
            return compile(ast.Module([self.node], []), cell_name(self.cell), "exec")

    @cached_property
    def binds(self) -> set[str]:
        """The names that it gives to the file; "*" where it imports all there is."""
        star = isinstance(self.node, ast.ImportFrom) and self.node.names[0].name == "*"
        return {"*"} if star else looked_for(self.code, {"STORE_NAME"}, deep=False)

    @cached_property
    def uses(self) -> set[str]:
        """The names of the file that it looks up, in a function or a class as well."""
        return looked_for(self.code, LOOKED_UP, deep=True)


@dataclass(frozen=True)
class Source:
    """The cells of a file as text, and their statements in order; a cell that is no Python has none."""

    cells: tuple[str, ...]
    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, text: str, notebook: bool = False) -> "Source":
        """Read a file of Python or a notebook. Raises ValueError where a notebook is none."""
        cells = tuple(code_cells(text)) if notebook else (text,)
        read = [Statement(node, k) for k, cell in enumerate(cells) for node in statements_of(cell)]
        return cls(cells, tuple(read))

    def needed(self, names: Iterable[str]) -> list[Statement]:
        """The statements that these names need to be there, in their order; those that only do something are none."""
        wanted, todo = set(), set(names) | {"*"}
        seen: set[str] = set()
        while todo:
            name = todo.pop()
            seen.add(name)
            for k, statement in enumerate(self.statements):
                if name in statement.binds and k not in wanted:
                    wanted.add(k)
                    todo |= statement.uses - seen
        return [self.statements[k] for k in sorted(wanted)]


def looked_for(code: CodeType, operations: set[str], deep: bool) -> set[str]:
    """The names that some operations of compiled code are about."""
    todo, found = [code], set()
    while todo:
        here = todo.pop()
        found |= {step.argval for step in dis.get_instructions(here) if step.opname in operations}
        todo += [inner for inner in here.co_consts if isinstance(inner, CodeType)] if deep else []
    return found


def statements_of(cell: str) -> list[ast.stmt]:
    """The statements of a cell, without the magics of IPython; none where it is no Python."""
    lines = ["" if line.lstrip().startswith(MAGICS) else line for line in cell.splitlines()]
    try:
        with warnings.catch_warnings(action="ignore"):
            nodes = ast.parse("\n".join(lines)).body
            return [node for node in nodes if Statement(node, 0).code]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def code_cells(text: str) -> list[str]:
    """The text of each code cell of a notebook. Raises ValueError where it is none."""
    try:
        content = json.loads(text)
        cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
        sources = [cell.get("source", cell.get("input", "")) for cell in cells if cell["cell_type"] == "code"]
        return ["".join(source) for source in sources]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ValueError("is no notebook") from None


def cell_name(cell: int) -> str:
    """What a cell is called where an error names its line."""
    return f"<cell {cell + 1}>"
