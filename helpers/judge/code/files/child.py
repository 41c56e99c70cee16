"""The process in which the code of a file runs: loads what a layer needs, diagnoses it, and says what came of it."""

import builtins
import json
import linecache
import math
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from helpers.judge.code.diagnosis import Diagnosis
from helpers.judge.code.files.found import Found
from helpers.judge.code.files.kin import diagnosed, wrong_forward
from helpers.judge.code.files.source import Source, Statement, cell_name
from helpers.judge.code.sentences import sentence
from helpers.verdict import Kind, State

SHARED = builtins, math, np, np.random, np.linalg


class Unloaded(Exception):
    """What a layer needs is not to be had: `case` says why, with `pieces`."""

    def __init__(self, case: str, **pieces: Any) -> None:
        super().__init__(case)
        self.case, self.pieces = case, pieces


class Child:
    """Answers requests for one layer after the other, each a list in JSON: its place among those found, and like."""

    def __init__(
        self, connection: Connection, source: Source, found: list[Found], folder: Path | None
    ) -> None:
        self.connection, self.source, self.found = connection, source, found
        self.names: dict[str, Any] = {"__name__": "file", "__file__": ""}
        self.loaded: dict[int, Unloaded | None] = {}
        if folder is not None:  # what lies beside the file may be imported, from there or from a folder above
            above = [folder, *folder.parents][:3]
            sys.path[:0] = map(str, [*above, above[-1].parent])
            self.names["__package__"] = ".".join(part.name for part in reversed(above))
        for k, cell in enumerate(source.cells):
            linecache.cache[cell_name(k)] = len(cell), None, cell.splitlines(True), cell_name(k)
        self.before = shared()

    def serve(self) -> None:
        while True:
            k, like = json.loads(self.connection.recv_bytes())
            self.connection.send_bytes(json.dumps(self.answer(self.found[k], like)).encode())

    def answer(self, found: Found, like: str | None) -> dict[str, Any]:
        """What is said of a layer: the verdict of its diagnosis, or why there is none."""
        np.random.seed(0)
        try:
            for statement in self.source.needed(found.members):
                self.load(statement)
            name, diagnosis = diagnosed(self.work(found), found, like)
            answer = said(name, diagnosis) if name or not wrong_forward(diagnosis) else {"case": "draws"}
        except Unloaded as reason:
            answer = {"case": reason.case, **reason.pieces}
        except (Exception, SystemExit) as error:
            answer = {"case": "stopped", "error": words(error)}
        if changed := sorted(name for name, thing in shared().items() if self.before.get(name) is not thing):
            return {"case": "changed", "changed": changed[:3]}
        return answer

    def load(self, statement: Statement) -> None:
        """Run a statement of the file, once. Raises Unloaded where it stops, and whenever it is asked for again."""
        if id(statement) not in self.loaded:
            self.loaded[id(statement)] = None
            try:
                exec(statement.code, self.names)
            except ModuleNotFoundError as missing:
                self.loaded[id(statement)] = Unloaded("package", package=missing.name or str(missing))
            except (Exception, SystemExit, KeyboardInterrupt) as error:
                line = statement.node.lineno
                self.loaded[id(statement)] = Unloaded("load", line=line, error=words(error))
        if (reason := self.loaded[id(statement)]) is not None:
            raise reason

    def work(self, found: Found) -> Any:
        """What a diagnosis takes: a class, a pair of functions, or one function."""
        things = [self.names[name] for name in found.members]
        if found.form == "switch":
            return things[0], switched(things[0], found.switch)
        return tuple(things) if found.form == "pair" else things[0]


def switched(function: Callable, switch: str) -> Callable:
    """The function with its switch on."""

    def derivative(X: np.ndarray) -> np.ndarray:
        return function(X, **{switch: True})

    return derivative


def said(name: str, diagnosis: Diagnosis) -> dict[str, Any]:
    """A diagnosis as JSON has it."""
    remarks = [{"kind": str(remark.kind), "said": sentence(remark)} for remark in diagnosis.remarks]
    state, kind = diagnosis.state, str(diagnosis.kind)
    state = (State.NOT_JUDGED if diagnosis.kind is Kind.INTERFACE else state).value
    return {"like": name, "state": state, "kind": kind, "said": diagnosis.reason, "remarks": remarks}


def words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200] if str(error) else type(error).__name__


def shared() -> dict[str, Any]:
    """The functions that the code of a file shares with the judge, by their names."""
    return {
        f"{module.__name__}.{name}": thing
        for module in SHARED
        for name, thing in vars(module).items()
        if callable(thing)
    }
