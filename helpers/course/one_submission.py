"""Marks one submission: each answer cell in a process of its own, its answers here, where no line of a reader's runs.

The exercises are imported once, before the first submission; every process is a fork of that.
"""

import importlib
import json
import pkgutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from helpers import exercises, sandbox
from helpers.course.cells import Unread, answer_cells, cells_of, exercises_marked, needed
from helpers.course.child import Child
from helpers.course.wire import Ended, Garbled, Peer, TimedOut
from helpers.exercises.machine.exercise import Exercise

EXERCISES = {
    exercise.number: exercise
    for module in pkgutil.iter_modules(exercises.__path__)
    for exercise in vars(importlib.import_module(f"{exercises.__name__}.{module.name}")).values()
    if isinstance(exercise, Exercise)
}
OUTCOMES = "missing", "blank", "crashed", "timed out", "wrong", "right"
"""From the least to the best: of several answers to one exercise the best counts."""


@dataclass(frozen=True)
class Limits:
    """For one answer, in seconds and bytes; a submission gets six times the seconds. All is written in scratch."""

    seconds: float = 10
    memory: int = 2 * 10**9
    barriers: tuple[str, ...] = sandbox.BARRIERS
    scratch: str | None = None


@dataclass(frozen=True)
class Result:
    """What came of one exercise in one submission; whether its own process had to be taken at its word."""

    number: str
    outcome: str
    reason: str = ""
    own_word: bool = False


def mark_submission(
    paths: list[Path], limits: Limits, end: float, first: int, connection: Connection
) -> None:
    """Marks the answer cells of a submission from number `first` on, until the moment `end`.

    Says so in JSON: ["note", text]; before a cell ["cell", numbers], after it ["results", [...]]; ["end"].
    """
    sandbox.limit(AS=limits.memory, CPU=int(7 * limits.seconds) + 1)

    def say(*message: object) -> None:
        connection.send_bytes(json.dumps(message).encode())

    tasks = []
    for path in paths:
        try:
            cells = cells_of(path)
        except Unread as reason:
            if not first:
                say("note", f"{path.name} {reason}")
            continue
        tasks += [(cells, k) for k in answer_cells(cells)]
    for cells, k in tasks[first:]:
        expected = [exercise.number for exercise in exercises_marked(cells[k], cells)]
        say("cell", expected)
        say("results", [asdict(result) for result in results_of(cells, k, expected, limits, end)])
    say("end")


def results_of(cells: list[str], k: int, expected: list[str], limits: Limits, end: float) -> list[Result]:
    """The results of one answer cell, whatever it does."""
    if time.monotonic() > end:
        return [
            Result(number, "timed out", "The time of the whole submission was up.") for number in expected
        ]
    expected = list(expected)
    found: dict[str, Result] = {}
    outcome, said = "crashed", "The cell marked nothing."
    try:
        with process(limits) as peer:
            peer.deadline = min(time.monotonic() + limits.seconds, end)
            error, answers = peer.ask("run", [cells[n] for n in needed(cells, k)])
            said = f"The cell stopped with {error}" if error else said
            for place, (number, blank, answer) in enumerate(answers):
                if number in EXERCISES:
                    found.pop(number, None)
                    expected.append(number)
                    found[number] = result_of(peer, place, EXERCISES[number], blank, answer)
    except TimedOut:
        outcome, said = "timed out", f"There was no answer within {limits.seconds:g} seconds."
    except Ended:
        said = "The process ended in the middle: by an exit, for want of memory, or by a fault."
    except (Garbled, ValueError, TypeError):
        said = "The process did not keep to the form of an answer."
    return [found.get(number, Result(number, outcome, said)) for number in dict.fromkeys(expected)]


def result_of(peer: Peer, place: int, exercise: Exercise, blank: bool, answer: object) -> Result:
    """The result of one answer: by asking for values and comparing them here, where the check can be run from here."""
    if blank:
        return Result(exercise.number, "blank")
    if not exercise.in_its_process:
        mark = exercise.mark_here(peer.decode(answer))
        return Result(exercise.number, "right" if mark.right else "wrong", mark.reason)
    right, reason, changed = peer.ask("mark", place)
    if changed:
        reason = f"Not marked: the submission changed {', '.join(map(str, changed[:3]))}."
        return Result(exercise.number, "crashed", reason, True)
    return Result(exercise.number, "right" if right is True else "wrong", str(reason), True)


@contextmanager
def process(limits: Limits) -> Iterator[Peer]:
    """A fork of this process, confined, that serves requests; with all that it started it ends with the block."""
    held = limits.memory, limits.seconds, limits.barriers, limits.scratch
    with sandbox.forked(lambda connection: Child(connection).serve(), *held) as connection:
        yield Peer(connection)
