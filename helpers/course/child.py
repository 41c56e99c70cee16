"""The process of a submission: runs its cells and keeps its answers, for another process to mark."""

import builtins
import re
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from helpers.course.wire import Peer, short
from helpers.exercises.machine.exercise import SOLVED, Exercise, Mark, is_blank

LIBRARIES = re.compile(r"(numpy|helpers)(\..*)?|copy|dis|inspect|tracemalloc|torch(\.autograd\.gradcheck)?")


class Child:
    """Answers the requests of the process that marks: run cells, call an answer, mark one here."""

    def __init__(self, connection: Connection) -> None:
        self.peer = Peer(connection)
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.answers: list[tuple[Exercise, Any]] = []
        self.mark = Exercise.mark_here
        Exercise.mark = lambda exercise, answer: self.keep(exercise, answer)
        self.before = library()

    def keep(self, exercise: Exercise, answer: Any) -> Mark:
        """In place of marking: that is done elsewhere."""
        self.answers.append((exercise, answer))
        return Mark(exercise, None)

    def serve(self) -> None:
        requests: dict[str, Callable] = {"run": self.run, "call": self.peer.called, "mark": self.mark_here}
        while True:
            kind, *content = self.peer.receive()
            requests[kind](*content)

    def run(self, cells: list[str]) -> None:
        """Runs cells one after the other, until one stops with an error; tells the answers that the last one gave."""
        said = ""
        try:
            for cell in cells:
                self.answers.clear()
                exec(compile(cell, "cell", "exec"), self.names)
        except BaseException as error:
            said = f"{type(error).__name__[:100]}: {short(error)}"
            if cell is not cells[-1]:
                self.answers.clear()
        answers = [[e.number, is_blank(a), self.peer.encode(a)] for e, a in self.answers]
        self.peer.send("answer", said, answers)

    def mark_here(self, k: int) -> None:
        """Marks answer k in this process; a library with a function exchanged has marked nothing."""
        exercise, answer = self.answers[k]
        mark = self.mark(exercise, answer)
        after = library()
        changed = sorted(name for name, thing in self.before.items() if after.get(name) is not thing)
        right, reason = (None, "") if changed else (mark.right, mark.reason)
        self.peer.send("answer", right, reason, changed)


def library() -> dict[str, Any]:
    """Everything in the libraries that a check relies on, by its name: functions, classes, methods, and constants."""
    found = {f"builtins.{name}": thing for name, thing in vars(builtins).items() if callable(thing)}
    for module_name, module in list(sys.modules.items()):
        for key, thing in list(vars(module).items()) if LIBRARIES.fullmatch(module_name) else ():
            name = f"{module_name}.{key}"
            if callable(thing) or key.isupper():
                found[name] = thing
            ours = module_name.startswith("helpers.") and thing is not SOLVED
            if ours and isinstance(thing, type):
                found |= {f"{name}.{method}": f for method, f in vars(thing).items() if callable(f)}
            if ours and key.isupper() and isinstance(thing, dict):
                found |= {f"{name}[{k!r}]": v for k, v in thing.items()}
    return found
