"""The barriers of Linux between code of strangers and what it has nothing to do with."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from functools import cache

from .kernel_rules import restrict_calls, restrict_files
from .namespaces import enter_namespaces

BARRIERS = "namespaces", "Landlock", "filter"
PROCESSES = "other processes"
HELD_BY = {
    "the network": {"namespaces", "filter"},
    "files outside of its folder": {"namespaces", "Landlock"},
    PROCESSES: {"namespaces", "Landlock"},
    "devices and the terminal": {"Landlock"},
    "new processes and memory beside its own": {"filter"},
}
"""What each of these barriers keeps away."""


def raise_barriers(barriers: Iterable[str], folder: str) -> None:
    """Put these barriers around this process, for good. Raises OSError where one is not to be had."""
    if "namespaces" in barriers:
        enter_namespaces(folder)
    if "Landlock" in barriers:
        restrict_files(folder)
    if "filter" in barriers:
        restrict_calls()


def within_reach(barriers: Iterable[str]) -> list[str]:
    """What none of these barriers keeps away."""
    return [what for what, each in HELD_BY.items() if not each & set(barriers)]


@cache
def available() -> tuple[str, ...]:
    """Those that the kernel gives this user: each is tried in a process, which then ends."""
    return tuple(filter(works, BARRIERS))


def works(barrier: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        if not (pid := os.fork()):
            with suppress(OSError):
                raise_barriers((barrier,), folder)
                os._exit(0)
            os._exit(1)
        return os.waitpid(pid, 0)[1] == 0
