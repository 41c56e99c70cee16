"""What a kernel adds to our notebooks: a name that is not defined yet leads to its cell, and a cell that needs PyTorch
is left out where there is none.

An extension of IPython. Installing the project puts ipython_config.json where every kernel of the environment reads it.
"""

import ast
import dis
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

ABOVE = "Run › Run All Above Selected Cell runs it, and all that come before this one."


def load_ipython_extension(shell: InteractiveShell) -> None:
    guide = Guide(shell)
    shell.events.register("pre_run_cell", guide.before)
    shell.events.register("post_run_cell", guide.after)
    shell.set_custom_exc((NameError,), guide.stopped)


class Guide:
    """Follows the cells of one kernel. `waiting` are the names of the cells that were left out."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell, self.source, self.left_out, self.waiting = shell, "", False, set()

    def before(self, info: ExecutionInfo) -> None:
        self.source, self.left_out = info.raw_cell, False
        if "helpers" in self.source:  # a notebook of ours: no other one meets the stand-in for torch
            from helpers.absent import PyTorchMissing

            self.shell.set_custom_exc((NameError, PyTorchMissing), self.stopped)

    def stopped(
        self,
        shell: InteractiveShell,
        kind: type,
        error: Any,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        """Leave the cell out; or show the error as ever, and under it what to run first."""
        if not issubclass(kind, NameError) or error.name in self.waiting:
            self.left_out = True
            self.forget(trace)
            of_another = f"{error.name} is of a cell that was left out" if kind is NameError else error
            print(f"This cell is left out. {of_another}")
            return
        if error.name and (sentence := self.where(error.name)):
            error.add_note(sentence)
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    def after(self, result: ExecutionResult) -> None:
        if self.left_out:
            result.error_in_exec = None  # what is run with it goes on

    def forget(self, trace: TracebackType | None) -> None:
        """Take away the names that the rest of the cell would have given: what they hold is of before, and wrong."""
        while trace and trace.tb_frame.f_globals is not self.shell.user_global_ns:
            trace = trace.tb_next
        reached = trace.tb_lineno if trace else 0
        rest = [s for s in self.statements(self.source) if (s.end_lineno or 0) >= reached]
        names = set().union(*map(bound, rest))
        self.waiting |= names
        for name in names:
            self.shell.user_ns.pop(name, None)

    def where(self, name: str) -> str:
        """The cell of this notebook that defines the name: the last one before the cell that ran, else the first."""
        cells = notebook_of(self.source)
        here = cells.index(self.source) if self.source in cells else 0
        for at in (*reversed(range(here)), *range(here, len(cells))):
            if any(name in bound(statement) for statement in self.statements(cells[at])):
                begins = cells[at].split("\n")[0]
                return f"{name} is defined in code cell {at + 1}, which begins with `{begins}`. {ABOVE}"
        return ""

    def statements(self, source: str) -> list[ast.stmt]:
        try:
            return ast.parse(self.shell.transform_cell(source)).body
        except SyntaxError:  # a reader writes there
            return []


def bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives to a notebook, by what Python compiles it to."""
    code = compile(ast.Module([statement], []), "<cell>", "exec")
    return {step.argval for step in dis.get_instructions(code) if step.opname == "STORE_NAME"}


def notebook_of(source: str) -> list[str]:
    """The code cells of the notebook that runs: the one that the server names, else one here with such a cell."""
    named = Path(os.environ.get("JPY_SESSION_NAME", ""))
    for path in [named] if named.is_file() else sorted(Path().glob("*.ipynb")):
        try:
            cells = json.loads(path.read_text("utf8"))["cells"]
            code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        except (OSError, ValueError, LookupError, TypeError):  # what else lies there
            continue
        if path == named or source in code:
            return code
    return []
