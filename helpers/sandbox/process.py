"""A process for code of strangers: forked, confined, and gone with all that it started.

Not given: it may read what you may read, and a hole in the kernel is a hole here.
"""

import os
import resource
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from .barriers import BARRIERS, raise_barriers
from .kernel_rules import die_with_parent
from .scratch import scratch_folder

KEPT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "PYTHONPATH",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)


@contextmanager
def forked(
    serve: Callable[[Connection], None],
    memory: int,
    seconds: float,
    barriers: Iterable[str] = BARRIERS,
    scratch: str | None = None,
    threads: bool = False,
) -> Iterator[Connection]:
    """A fork of this process, confined, that serves on a connection; with all that it started it ends with the block.

    All that it writes is in a folder of its own, which ends with it too; `scratch` is where that folder is made.
    """
    ours, theirs = Pipe()
    with scratch_folder(scratch) as folder:
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            pid = os.fork()  # the library's other threads are idle
        if not pid:
            try:
                enter(folder, theirs.fileno(), memory, seconds, barriers, threads)
                serve(theirs)
            finally:
                os._exit(1)
        theirs.close()
        try:
            yield ours
        finally:
            ours.close()
            end_group(pid)


def end_group(pid: int) -> None:
    """Kills a process and its group, and waits for it."""
    for kill, target in ((os.killpg, pid), (os.kill, pid)):
        with suppress(ProcessLookupError):
            kill(target, signal.SIGKILL)
    os.waitpid(pid, 0)


def enter(
    folder: str,
    keep: int,
    memory: int,
    seconds: float,
    barriers: Iterable[str] = BARRIERS,
    threads: bool = False,
) -> None:
    """Confines this process, which has just been forked, to a folder and its limits; of its files `keep` stays open.

    memory is in bytes of address space, seconds are of processor time. `threads` lets it start threads of its own.
    Raises OSError where a barrier is asked for and is not to be had.
    """
    os.setsid()
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    die_with_parent()
    raise_barriers(barriers, folder)
    os.chdir(folder)
    keep_of_environment()
    os.environ.update(HOME=folder, TMPDIR=folder)
    limit(AS=memory, CPU=int(seconds) + 1, FSIZE=2**24, NOFILE=64, CORE=0)
    if not threads:
        limit(NPROC=0)  # a fork fails, but for root, whom only the filter holds


def keep_of_environment() -> None:
    """Leaves of the environment what a Python needs to run."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept)


def limit(**limits: int) -> None:
    """Sets limits by their names, such as AS for RLIMIT_AS, for good. Of one that is lower already, that one stays."""
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
