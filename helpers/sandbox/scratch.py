"""A folder for what a process leaves behind, which can be cleared of anything."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def scratch_folder(within: str | None) -> Iterator[str]:
    """A new folder that is gone after the block; its parent is made again where another process has removed it."""
    if within:
        os.makedirs(within, exist_ok=True)
    folder = tempfile.mkdtemp(dir=within)
    try:
        yield folder
    finally:
        clear(Path(folder))


def clear(folder: Path) -> None:
    """Remove a folder, however deep: what lies two levels down is moved up, so that no path grows long."""
    moved = 0
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        below = []
        with suppress(OSError):
            os.chmod(here, 0o700)
            for entry in list(os.scandir(here)):
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
                else:
                    os.unlink(entry.path)
        for path in below:
            with suppress(OSError):
                os.chmod(path, 0o700)
                moved += 1
                up = folder.with_name(f"{folder.name}-{moved}")
                os.rename(path, up)
                waiting.append(up)
        with suppress(OSError):
            os.rmdir(here)
