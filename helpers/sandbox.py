"""What holds code of strangers: limits on every POSIX system; on Linux, where the kernel lets us, namespaces as well.

In namespaces of its own a process has no network, sees no process but its own, finds the whole disk read-only but for a
scratch folder in memory, and all that it started ends with it. Not given: it may read what you may read, and a hole in
the kernel is a hole here.
"""

import ctypes
import os
import resource
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

NAMESPACES = 0x10000000 | 0x40000000 | 0x20000000 | 0x00020000 | 0x08000000
"""User, network, processes, mounts, shared memory."""

NOBODY = 65534
REC, PRIVATE, AT_FDCWD, AT_RECURSIVE, READ_ONLY, MOUNT_SETATTR = 0x4000, 0x40000, -100, 0x8000, 1, 442
NOSUID_NODEV, SCRATCH = 2 | 4, b"size=64m,nr_inodes=4096"
PR_SET_PDEATHSIG, CAPABILITIES = 1, 0x20080522
KEPT = (
    "PATH",
    "HOME",
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
    namespaces: bool | None = True,
    scratch: str | None = None,
    threads: bool = False,
) -> Iterator[Connection]:
    """A fork of this process, confined, that serves on a connection; with all that it started it ends with the block.

    All that it writes is in a folder of its own, which ends with it too; `scratch` is where that folder is made.
    """
    ours, theirs = Pipe()
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            pid = os.fork()  # the library's other threads are idle
        if not pid:
            try:
                enter(folder, theirs.fileno(), memory, seconds, namespaces, threads)
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
    namespaces: bool | None = True,
    threads: bool = False,
) -> None:
    """Confines this process, which has just been forked, to a folder and its limits; of its files `keep` stays open.

    memory is in bytes of address space, seconds are of processor time. With None for namespaces they are had where they
    are to be had. `threads` lets it start threads of its own. Raises OSError where namespaces are asked for and are not
    to be had.
    """
    os.setsid()
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    die_with_parent()
    if namespaces or (namespaces is None and can_unshare()):
        unshare()
        become_first()
        mount_all_read_only()
        system(
            "mount", b"tmpfs", b"/proc", b"tmpfs", READ_ONLY, None
        )  # the other processes, their environments
        system("mount", b"tmpfs", folder.encode(), b"tmpfs", NOSUID_NODEV, SCRATCH)
        drop_capabilities()
    os.chdir(folder)
    keep_of_environment()
    os.environ.update(HOME=folder, TMPDIR=folder)
    limit(AS=memory, CPU=int(seconds) + 1, FSIZE=2**24, NOFILE=64, CORE=0)
    if not threads:
        limit(NPROC=0)  # a fork fails, but for root, whom only a namespace holds


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


def system(name: str, *arguments: object) -> None:
    """A function of the C library. Raises OSError where there is none, and where it fails."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, name) or getattr(libc, name)(*arguments):
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def die_with_parent() -> None:
    """Killed when the parent dies, where that can be asked for: on Linux."""
    if hasattr(ctypes.CDLL(None), "prctl"):
        system("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)


def unshare() -> None:
    """Namespaces of its own, in which this user is nobody."""
    user, group = os.getuid(), os.getgid()
    system("unshare", NAMESPACES)
    maps = {"setgroups": "deny", "uid_map": f"{NOBODY} {user} 1", "gid_map": f"{NOBODY} {group} 1"}
    for name, content in maps.items():
        Path("/proc/self", name).write_text(content)


def can_unshare() -> bool:
    """Tried in a process, which then ends."""
    if not (pid := os.fork()):
        with suppress(OSError):
            unshare()
            os._exit(0)
        os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def become_first() -> None:
    """Forks: the child is process 1 of its namespace, with which all others in it end; the parent waits for it."""
    if child := os.fork():
        os.waitpid(child, 0)
        os._exit(0)
    die_with_parent()


def mount_all_read_only() -> None:
    """Every mount of this namespace, with those below it."""
    attributes = (ctypes.c_uint64 * 4)(READ_ONLY)
    system("mount", None, b"/", None, REC | PRIVATE, None)
    system("syscall", MOUNT_SETATTR, AT_FDCWD, b"/", AT_RECURSIVE, attributes, ctypes.sizeof(attributes))


def drop_capabilities() -> None:
    """Without this, the namespace's own rights would undo its mounts."""
    system("capset", (ctypes.c_uint32 * 2)(CAPABILITIES), (ctypes.c_uint32 * 6)())
