"""Two trainings that begin at once with one checkpoint: one has it, the other waits its turn or is refused by name."""

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.tools.attack.checkpoints import trained, whole
from tests.tools.attack.trial import CRASH, FINE, LOST, SENTENCE, WRONG, Allowed, Case

BUDGET, ALLOWED = 20, Allowed(seconds=20, memory=500 * 10**6)
REFUSED = "belongs to a training that is under way"


def cases(seed: int, budget: int) -> Iterator[Case]:
    whole()
    for k in range(budget):
        yield Case(f"{seed}/{k}", partial(tried, random.Random(f"{seed} {k}")))


def tried(drawn: random.Random) -> str:
    """In every third pair one of the two is killed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "curve.npz")
        both = [started(path, drawn.random() / 50) for _ in range(2)]
        dies = drawn.randrange(3) == 0
        if dies:
            time.sleep(drawn.random() / 5)
            os.kill(both[0][0], signal.SIGKILL)
        said = [
            connection.recv() if connection.poll(30) else "silent" for _, connection in both if connection
        ]
        for pid, _ in both:
            os.waitpid(pid, 0)
        history = trained(path)
        left = sorted(entry.name for entry in path.parent.iterdir())
    if history != whole() or "another curve" in said:
        return f"{WRONG}: {said}"
    if left != ["curve.npz"]:
        return f"{LOST}: {left}"
    if any(word not in ("done", "refused", "killed") for word in said):
        return f"{CRASH}: {said}"
    return SENTENCE if "refused" in said else FINE


def started(path: Path, wait: float) -> tuple[int, Connection]:
    """A training in a process of its own, which says what came of it."""
    ours, theirs = Pipe(duplex=False)
    if not (pid := os.fork()):
        ours.close()
        time.sleep(wait)
        theirs.send(came(path))
        os._exit(0)
    theirs.close()
    return pid, Ended(ours)


def came(path: Path) -> str:
    try:
        return "done" if trained(path, progress=slowly) == whole() else "another curve"
    except ValueError as error:
        return "refused" if str(path) in str(error) and REFUSED in str(error) else repr(error)
    except BaseException as error:
        return repr(error)


def slowly(steps: Any) -> Iterator[int]:
    for step in steps:
        time.sleep(0.005)
        yield step


class Ended:
    """The connection to a process that may be killed."""

    def __init__(self, connection: Connection) -> None:
        self.poll, self.connection = connection.poll, connection

    def recv(self) -> str:
        try:
            return self.connection.recv()
        except EOFError:
            return "killed"
