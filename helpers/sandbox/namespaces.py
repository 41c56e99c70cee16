"""Namespaces of Linux: a process that has no network, and sees no process but its own and a disk that is read-only."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

from .kernel_rules import die_with_parent, system

NAMESPACES = 0x10000000 | 0x40000000 | 0x20000000 | 0x00020000 | 0x08000000
"""User, network, processes, mounts, shared memory."""

NOBODY = 65534
REC, PRIVATE, AT_FDCWD, AT_RECURSIVE, READ_ONLY, MOUNT_SETATTR = 0x4000, 0x40000, -100, 0x8000, 1, 442
NOSUID_NODEV, SCRATCH = 2 | 4, b"size=64m,nr_inodes=4096"
CAPABILITIES = 0x20080522


def enter_namespaces(folder: str) -> None:
    """Nothing but the folder, which is in memory then, can be written; all that it starts ends with the process.

    Raises OSError where the kernel gives this user no namespaces.
    """
    unshare()
    without_shared_memory()
    become_first()
    mount_all_read_only()
    system("mount", b"tmpfs", b"/proc", b"tmpfs", READ_ONLY, None)  # the other processes, their environments
    system("mount", b"tmpfs", folder.encode(), b"tmpfs", NOSUID_NODEV, SCRATCH)
    drop_capabilities()


def unshare() -> None:
    """Namespaces of its own, in which this user is nobody."""
    user, group = os.getuid(), os.getgid()
    system("unshare", NAMESPACES)
    maps = {"setgroups": "deny", "uid_map": f"{NOBODY} {user} 1", "gid_map": f"{NOBODY} {group} 1"}
    for name, content in maps.items():
        Path("/proc/self", name).write_text(content)


def without_shared_memory() -> None:
    """None of System V in this namespace: no limit counts it."""
    with suppress(OSError):  # an older kernel lets root alone say so
        Path("/proc/sys/kernel/shmmni").write_text("0")


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
