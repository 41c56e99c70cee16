"""Tries one case after another in a process that may hang, run out of memory or die, and says what came of each."""

import io
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

FINE, SENTENCE, HANG, CRASH, WRONG, LOST = "fine", "sentence", "hang", "crash", "wrong", "lost"
OUTCOMES = FINE, SENTENCE, HANG, CRASH, WRONG, LOST
"""As it should be; refused in words; too much time; an error that nobody wrote, or too much memory; taken for right,
or another value than the right one; something that was there before is not there now."""
BAD = OUTCOMES[2:]


@dataclass(frozen=True)
class Case:
    """What is tried: `run` returns an outcome, and behind a colon what it saw. Those of one group share a process."""

    name: str
    run: Callable[[], str]
    group: str = ""


@dataclass(frozen=True)
class Allowed:
    """What a case may take: seconds of processor time, seconds in all, bytes beyond those of the process before it."""

    seconds: int = 5
    waiting: float = 60
    memory: int = 500 * 10**6


def tried(cases: Iterable[Case], allowed: Allowed) -> Iterator[tuple[str, str]]:
    """The name of each case with what came of it."""
    for _, group in groupby(cases, key=lambda case: case.group):
        yield from tried_in_turn(list(group), allowed)


def tried_in_turn(waiting: list[Case], allowed: Allowed) -> Iterator[tuple[str, str]]:
    """A process tries them; behind a case that ends it a new one does."""
    while waiting:
        ours, theirs = Pipe(duplex=False)
        if not (pid := os.fork()):
            with suppress(BaseException):
                serve(waiting, allowed, theirs)
            os._exit(0)
        theirs.close()
        try:
            while waiting:
                said = ours.recv() if ours.poll(allowed.waiting) else f"{HANG}: {allowed.waiting:g} s"
                yield waiting.pop(0).name, said
                if said.startswith(HANG):
                    break
        except EOFError:
            yield waiting.pop(0).name, end_of(pid)
            pid = 0
        finally:
            ours.close()
            if pid:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def end_of(pid: int) -> str:
    """What came of a case with which its process ended."""
    status = os.waitpid(pid, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status)
    return f"{HANG}: processor time" if killed == signal.SIGXCPU else f"{CRASH}: the process ended ({status})"


def serve(cases: list[Case], allowed: Allowed, connection: Connection) -> None:
    sys.stdout = sys.stderr = io.StringIO()
    for case in cases:
        used = resource.getrusage(resource.RUSAGE_SELF)
        end = int(used.ru_utime + used.ru_stime) + 1 + allowed.seconds
        resource.setrlimit(resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))
        before = memory("VmRSS")
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        said = outcome(case)
        taken = memory("VmHWM") - before
        connection.send(f"{CRASH}: {taken // 10**6} MB" if taken > allowed.memory else said)


def outcome(case: Case) -> str:
    try:
        return case.run()
    except BaseException as error:
        with suppress(BaseException):
            return f"{CRASH}: {type(error).__name__}: {str(error)[:200]}"
        return f"{CRASH}: {type(error).__name__}"


def memory(what: str) -> int:
    """In bytes, 0 where the system does not say."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(what):
                return int(line.split()[1]) * 1024
    return 0
