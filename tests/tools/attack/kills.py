"""A training that is killed in the middle of a write, up to three times, goes on as if it had not been."""

import os
import random
import signal
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from helpers.implement import checkpoint, files
from tests.tools.attack.checkpoints import half_way, trained, whole
from tests.tools.attack.trial import FINE, LOST, WRONG, Allowed, Case

BUDGET, ALLOWED = 200, Allowed(seconds=20, memory=500 * 10**6)


def cases(seed: int, budget: int) -> Iterator[Case]:
    whole(), half_way()
    for k in range(budget):
        yield Case(f"{seed}/{k}", partial(tried, random.Random(f"{seed} {k}")))


def tried(drawn: random.Random) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "curve.npz")
        saved = -1
        for _ in range(drawn.randint(1, 3)):
            written = killed_training(path, drawn)
            began: list[int] = []
            saved = max(saved, written)
        history = trained(path, progress=lambda steps: began.extend(steps) or steps)
        left = sorted(entry.name for entry in path.parent.iterdir())
    if history != whole():
        return f"{WRONG}: another curve"
    if began and began[0] <= saved:
        return f"{LOST}: it was saved at step {saved} and went on at {began[0]}"
    return FINE if left == ["curve.npz"] else f"{LOST}: {left} stayed behind"


def killed_training(path: Path, drawn: random.Random) -> int:
    """The last step that was saved when a training, in a process of its own, was killed in the midst of a write."""
    saves, where = (
        drawn.randint(1, 3),
        drawn.choice(["a byte", "a byte", "a byte", "fsync", "replace", "behind it"]),
    )
    byte = drawn.randrange(len(half_way()))
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        deadly(saves, where, byte)
        done = partial(say_steps, writer=writer)
        trained(path, progress=done)
        os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as said:
        steps = [int(line) for line in said]
    # the measurement of a step is saved before the next step is asked for
    even = [step - 1 for step in steps if step % 2 and step > 0]
    return even[-1] if even else -1


def say_steps(steps: Any, writer: int) -> Iterator[int]:
    for step in steps:
        os.write(writer, f"{step}\n".encode())
        yield step


def deadly(saves: int, where: str, byte: int) -> None:
    """From here on this process is killed in one of its next saves."""
    savez, fsync, replace, left = np.savez, os.fsync, os.replace, saves

    def die(at: str) -> None:
        if left <= 0 and where == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(file: BinaryIO, **arrays: np.ndarray) -> None:
        nonlocal left
        left -= 1
        savez(Dying(file, byte) if left <= 0 and where == "a byte" else file, **arrays)

    class Os:
        """The module os, of which two functions kill."""

        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def fsync(self, file: int) -> None:
            die("fsync")
            fsync(file)

        def replace(self, a: Path, b: Path) -> None:
            die("replace")
            replace(a, b)
            die("behind it")

    files.os = Os()
    checkpoint.np = type(
        "Numpy", (), {"__getattr__": lambda self, name: getattr(np, name), "savez": staticmethod(write)}
    )()


class Dying:
    """A file whose writer is killed when so many bytes are written."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self.file, self.left = file, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, content: bytes) -> int:
        content = bytes(content)
        if self.left < len(content):
            self.file.write(content[: self.left])
            self.file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= len(content)
        return self.file.write(content)
