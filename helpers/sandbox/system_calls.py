"""The numbers of the system calls that a submission is refused, on the machines that most people have."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Architecture:
    """What the kernel calls the machine, and its numbers.

    refused    new processes and programs; memory that is no address space of a process; sockets; a look into others
    clone      makes threads, which may be, and processes
    signals    those whose first argument is the process that is meant
    """

    audit: int
    clone: int
    refused: tuple[int, ...]
    signals: tuple[int, ...]
    clone3: int = 435


NEW = 425, 427, 434, 438, 424, 447  # io_uring, pidfd and memfd_secret: the same on all machines

NUMBERS = {
    "x86_64": Architecture(
        0xC000003E,
        clone=56,
        refused=(
            57, 58, 59, 322,  # fork, vfork, execve, execveat
            29, 64, 68, 240, 319,  # shmget, semget, msgget, mq_open, memfd_create
            41, 42, 49, 50,  # socket, connect, bind, listen
            101, 310, 311, 200,  # ptrace, process_vm_readv, process_vm_writev, tkill
            165, 272, 308, 321, 323, 298, 248, 249, 250,  # mount, unshare, setns, bpf, userfaultfd, perf, keys
            *NEW,
        ),
        signals=(62, 234, 129, 297),  # kill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo
    ),
    "aarch64": Architecture(
        0xC00000B7,
        clone=220,
        refused=(
            221, 281,
            194, 190, 186, 180, 279,
            198, 203, 200, 201,
            117, 270, 271, 130,
            40, 97, 268, 280, 282, 241, 217, 218, 219,
            *NEW,
        ),
        signals=(129, 131, 138, 240),
    ),
}  # fmt: skip
