"""What the kernel of Linux refuses a process for good, though it be root: two lists of rules that need no rights.

Landlock says which files are open to it, and which processes it may signal; a filter of system calls takes from it what
makes processes, memory that no limit counts, and connections.
"""

import ctypes
import os
import platform
import signal
from collections.abc import Iterator
from errno import ENOSYS, EPERM

from .system_calls import NUMBERS, Architecture

NO_NEW_PRIVILEGES, SECCOMP, FILTER, DEATH_SIGNAL = 38, 22, 2, 1


def system(name: str, *arguments: object) -> int:
    """A function of the C library. Raises OSError where there is none, and where it fails."""
    libc = ctypes.CDLL(None, use_errno=True)
    result = getattr(libc, name)(*arguments) if hasattr(libc, name) else -1
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return result


def give_up_privileges() -> None:
    """No program that it starts has more rights than it; the kernel asks for this before it takes rules."""
    system("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Killed when the parent dies, where that can be asked for: on Linux."""
    if hasattr(ctypes.CDLL(None), "prctl"):
        system("prctl", DEATH_SIGNAL, signal.SIGKILL)


# Landlock

CREATE, RULE, RESTRICT = 444, 445, 446  # system calls of every architecture
VERSION, BENEATH = 1, 1
EXECUTE, WRITE, READ, LIST, ALL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 2**16 - 1
TCP, SCOPES = 0b11, 0b11  # no connections; no signal and no socket beyond its own processes
DEVICES = "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"
CLOSED = "proc", "dev"


class Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = ("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)


def restrict_files(folder: str) -> None:
    """Read everything but processes and devices, write in the folder alone. Raises OSError where there is no Landlock.

    Before its sixth version, of Linux 6.12, Landlock knows nothing of signals, and is not taken.
    """
    version = system("syscall", CREATE, None, 0, VERSION)
    if version < 6:
        raise OSError(ENOSYS, f"Landlock is of version {version}, without signals")
    rules = (ctypes.c_uint64 * 3)(ALL, TCP, SCOPES)
    ruleset = system("syscall", CREATE, rules, ctypes.sizeof(rules), 0)
    try:
        allow(ruleset, folder, ALL)
        for entry in os.scandir("/"):
            if entry.name not in CLOSED and not entry.is_symlink():
                allow(ruleset, entry.path, READ | LIST | EXECUTE if entry.is_dir() else READ)
        for device in filter(os.path.exists, DEVICES):
            allow(ruleset, device, READ | WRITE)
        give_up_privileges()
        system("syscall", RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def allow(ruleset: int, path: str, what: int) -> None:
    place = os.open(path, os.O_PATH)
    try:
        system("syscall", RULE, ruleset, BENEATH, ctypes.byref(Beneath(what, place)), 0)
    finally:
        os.close(place)


# The filter of system calls

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # where they stand in what the filter is given
ALLOWED, REFUSED, UNKNOWN = 0x7FFF0000, 0x00050000 | EPERM, 0x00050000 | ENOSYS
A_THREAD = 0x10000  # the flag of clone that asks for a thread, and no process
OTHER_NUMBERS = 0x40000000  # from here on the numbers of x32


class Step(ctypes.Structure):
    """One step of the program: what to do, how many steps to leap where it holds and where not, and a number."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class Program(ctypes.Structure):
    _fields_ = ("length", ctypes.c_uint16), ("steps", ctypes.POINTER(Step))


def restrict_calls() -> None:
    """No new process, no memory beside its own, no connection, no signal to another.

    Raises OSError where the numbers of the system calls are not known, or the kernel filters none.
    """
    known = NUMBERS.get(platform.machine())
    if known is None:
        raise OSError(ENOSYS, f"the system calls of {platform.machine()} are not known")
    steps = [Step(*step) for step in program(known, os.getpid())]
    give_up_privileges()
    given = Program(len(steps), (Step * len(steps))(*steps))
    system("prctl", SECCOMP, FILTER, ctypes.byref(given), 0, 0)


def program(known: Architecture, own: int) -> Iterator[tuple[int, int, int, int]]:
    """The steps of the filter for a process of this number."""
    yield LOAD, 0, 0, ARCHITECTURE
    yield EQUAL, 1, 0, known.audit
    yield RETURN, 0, 0, REFUSED
    yield LOAD, 0, 0, NUMBER
    yield AT_LEAST, 0, 1, OTHER_NUMBERS
    yield RETURN, 0, 0, REFUSED
    for number in known.refused:
        yield EQUAL, 0, 1, number
        yield RETURN, 0, 0, REFUSED
    yield EQUAL, 0, 1, known.clone3  # whoever finds it missing takes clone
    yield RETURN, 0, 0, UNKNOWN
    yield from only(known.clone, ANY_BIT, A_THREAD)
    for number in known.signals:
        yield from only(number, EQUAL, own)
    yield RETURN, 0, 0, ALLOWED


def only(number: int, test: int, value: int) -> Iterator[tuple[int, int, int, int]]:
    """The system call of this number passes only where its first argument does."""
    yield EQUAL, 0, 4, number
    yield LOAD, 0, 0, FIRST_ARGUMENT
    yield test, 0, 1, value
    yield RETURN, 0, 0, ALLOWED
    yield RETURN, 0, 0, REFUSED
