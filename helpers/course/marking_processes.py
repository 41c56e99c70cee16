"""Has submissions marked in other processes, which share one import of everything; none can stop another."""

import json
import multiprocessing
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.forkserver import ensure_running
from pathlib import Path

import helpers
from helpers.course.one_submission import OUTCOMES, Limits, Result, mark_submission
from helpers.sandbox import keep_of_environment

SUFFIXES = ".ipynb", ".py"


def prepared_context() -> BaseContext:
    """Processes that begin with all loaded that a notebook may import, and with no secret in their environment."""
    root = Path(helpers.__path__[0])
    files = (path.relative_to(root.parent).with_suffix("").parts for path in root.rglob("*.py"))
    modules = [".".join(parts) for parts in files if parts[-1] not in ("__main__", "__init__")]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sympy", "torch", *modules])
    before = dict(os.environ)
    keep_of_environment()
    try:
        ensure_running()
        first = context.Process(target=int)
        first.start()
        first.join()  # behind this all is loaded, and no submission pays for it
    finally:
        os.environ.update(before)
    return context


@dataclass
class Tally:
    """What processes say of one submission; where one falls silent in a cell, another goes on behind that cell."""

    limits: Limits
    notes: list[str] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    cells: int = 0
    ended: bool = False

    def run(self, context: BaseContext, files: list[Path]) -> "Tally":
        readable = [p for p in files if p.suffix in SUFFIXES and p.is_file() and not p.is_symlink()]
        self.notes += [f"{path.name} is no .ipynb or .py file" for path in files if path not in readable]
        self.notes += [] if files else ["no file"]
        end = time.monotonic() + 6 * self.limits.seconds
        while readable and not self.ended:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(
                target=mark_submission, args=(readable, self.limits, end, self.cells, theirs)
            )
            process.start()
            theirs.close()
            try:
                self.follow(ours, end)
            finally:
                ours.close()
                process.kill()
                process.join()
        return self

    def follow(self, process: Connection, end: float) -> None:
        """Takes in what a process says, until it ends or is lost; behind the end of all it has a few seconds more."""
        at, outcome = None, "crashed"
        try:
            while process.poll(min(2 * self.limits.seconds, max(end - time.monotonic(), 0)) + 5):
                match json.loads(process.recv_bytes()):
                    case ["note", text]:
                        self.notes.append(text)
                    case ["cell", numbers]:
                        at = numbers
                    case ["results", results]:
                        self.take(Result(**fields) for fields in results)
                        at = None
                        self.cells += 1
                    case ["end"]:
                        self.ended = True
                        return
            outcome = "timed out"
        except (EOFError, OSError):
            pass
        self.take(Result(number, outcome, "Marking this answer ended in the middle.") for number in at or ())
        self.cells += 1
        if at is None:
            self.notes.append("marking ended in the middle")
            self.ended = True

    def take(self, results: Iterable[Result]) -> None:
        """Of several results of one exercise the best counts."""
        for result in results:
            best = self.results.setdefault(result.number, result)
            if OUTCOMES.index(result.outcome) > OUTCOMES.index(best.outcome):
                self.results[result.number] = result
