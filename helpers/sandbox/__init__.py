"""What holds code of strangers: limits on every POSIX system, and on Linux the barriers that its kernel gives."""

from .barriers import BARRIERS, PROCESSES, available, within_reach
from .process import forked, keep_of_environment, limit
from .scratch import scratch_folder

__all__ = [
    "BARRIERS",
    "PROCESSES",
    "available",
    "forked",
    "keep_of_environment",
    "limit",
    "scratch_folder",
    "within_reach",
]
