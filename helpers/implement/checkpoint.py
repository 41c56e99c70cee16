"""A training that was interrupted goes on where it stood."""

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = "gradients-line-by-line checkpoint 1"
Arrays = dict[str, np.ndarray]


class Checkpoint:
    """A file that holds all that the rest of a training depends on, and the settings that it was written with.

    The file is a .npz of plain arrays, one of them a text in JSON: nothing in it can run. It is written beside its
    place and moved there in one step, so that at every moment the file is whole: the old one or the new one.
    """

    def __init__(self, path: str | os.PathLike, settings: Mapping[str, Any]) -> None:
        self.path = Path(path).expanduser()
        self.settings = json.loads(json.dumps(settings))  # as they come back from a file: lists for tuples

    def write(self, about: Mapping[str, Any], arrays: Arrays) -> None:
        text = json.dumps({"format": FORMAT, "settings": self.settings, **about}, default=np.ndarray.tolist)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(self.path.name + ".unfinished")
        with open(unfinished, "wb") as file:
            np.savez(file, about=np.array(text), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self.path)

    def read(self) -> tuple[dict[str, Any], Arrays] | None:
        """What was written, or None where there is no file. Raises ValueError for a file of anything else."""
        if not self.path.exists():
            return None
        try:
            with np.load(self.path, allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}
            about = json.loads(str(arrays.pop("about")))
            if about["format"] != FORMAT:
                raise ValueError(f"its format is {about['format']!r}")
            settings = about["settings"]
        except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{self.path} is broken, or no checkpoint ({error or type(error).__name__}): "
                "delete it to start again, or give another path"
            ) from None
        self.refuse_other(settings)
        return about, arrays

    def refuse_other(self, settings: Mapping[str, Any]) -> None:
        """Raise ValueError, with what differs, unless the settings are ours."""
        for name in [*self.settings, *settings]:
            then, now = settings.get(name), self.settings.get(name)
            if then != now:
                raise ValueError(
                    f"{self.path} is the checkpoint of another training: its {name} is {excerpt(then, now)}, and "
                    f"here it is {excerpt(now, then)}. Delete it to start again, or give another path"
                )


def excerpt(value: Any, other: Any, length: int = 60) -> str:
    """The value as text, and of a long one the part where it begins to differ from the other."""
    text = str(value)
    if len(text) <= length:
        return text
    differs = next((k for k, (a, b) in enumerate(zip(text, str(other), strict=False)) if a != b), len(text))
    start = max(differs - length // 2, 0)
    return f"{'...' if start else ''}{text[start : start + length]}..."


def fingerprint(*arrays: np.ndarray) -> str:
    """A short text that is the same for equal arrays, and for no others."""
    digest = hashlib.sha256()
    for A in arrays:
        digest.update(f"{A.dtype} {A.shape}".encode())
        digest.update(np.ascontiguousarray(A).data)
    return digest.hexdigest()[:16]


def prefixed(prefix: str, arrays: Arrays) -> Arrays:
    return {f"{prefix}/{key}": A for key, A in arrays.items()}


def without(prefix: str, arrays: Arrays) -> Arrays:
    """The arrays that ``prefixed`` named, under their own names again."""
    return {key.removeprefix(f"{prefix}/"): A for key, A in arrays.items() if key.startswith(f"{prefix}/")}
