"""Files that are whole at every moment, and belong to one training at a time."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def place(path: str | os.PathLike) -> Path:
    """Where the file itself is, behind any link."""
    return Path(path).expanduser().resolve()


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside its place, and move it there in one step: what is there is the old file or the new one.

    Raises OSError, with the reason, where it could not be written; the old file stays then, and nothing beside it.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(unfinished, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise OSError(f"{path} could not be written ({error}): what was there before is whole") from None


@contextlib.contextmanager
def held(path: str | os.PathLike | None) -> Iterator[None]:
    """Keep every other training from a file while this one is under way; the end of the process lets go of it.

    Raises ValueError where another one holds it, and OSError where nothing can be written beside it.
    """
    if path is None:
        yield
        return
    from filelock import FileLock, Timeout  # here, so that helpers.implement loads as fast as NumPy

    path = place(path)
    lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise ValueError(
            f"{path} belongs to a training that is under way: wait for its end, or give another path"
        ) from None
    except OSError as error:
        raise OSError(f"{path} could not be written ({error}): give another path") from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows deletes no file that is open
            os.unlink(lock.lock_file)
        lock.release()
