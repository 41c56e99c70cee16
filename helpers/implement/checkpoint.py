"""A training that was interrupted goes on where it stood."""

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from .files import place, written_whole

FORMAT = "gradients-line-by-line checkpoint 3"
Arrays = dict[str, np.ndarray]


class Checkpoint:
    """A file that holds all that the rest of a training depends on, and the settings that it was written with.

    The file is a .npz of plain arrays, one of them a text in JSON: nothing in it can run. It is written beside its
    place and moved there in one step, so that at every moment the file is whole: the old one or the new one. A
    checksum of all that it holds is in it too, so that what was changed by hand is not taken for a training.
    """

    def __init__(self, path: str | os.PathLike, settings: Mapping[str, Any]) -> None:
        self.path = place(path)
        self.settings = json.loads(to_json(settings))  # as they come back from a file: lists for tuples

    def write(self, about: Mapping[str, Any], arrays: Arrays) -> None:
        text = to_json({"format": FORMAT, "settings": self.settings, "arrays": sorted(arrays), **about})
        with written_whole(self.path) as file:
            np.savez(file, about=np.array(text), checksum=np.array(checksum(text, arrays)), **arrays)

    def read(self) -> tuple[dict[str, Any], Arrays] | None:
        """What was written, or None where there is no file. Raises ValueError for a file of anything else."""
        if not self.path.exists():
            return None
        with open(self.path, "rb") as file:
            try:
                about, arrays = unpack(file)
                settings, reached = about.pop("settings"), about.pop("reached")
            except Exception as error:  # a broken zip raises nearly anything
                why = (str(error) or type(error).__name__).rstrip(".")
                raise ValueError(
                    f"{self.path} is broken, or no checkpoint ({why}): delete it to start again, or give another path"
                ) from None
        self.refuse_another(settings, reached)
        return about, arrays

    def refuse_another(self, settings: dict[str, Any], reached: dict[str, Any]) -> None:
        """Raise ValueError, with what differs, unless the settings are ours.

        What is None is not known. What has ``reached`` a value that the file has saved is a part of its own training.
        """
        for name in self.settings | settings:
            then, now = settings.get(name), self.settings.get(name)
            if now not in (then, reached.get(name)) and None not in (then, now):
                raise ValueError(
                    f"{self.path} is the checkpoint of another training: its {name} is {excerpt(then, now)}, and "
                    f"here it is {excerpt(now, then)}. Delete it to start again, or give another path"
                )
        self.settings = settings


def to_json(thing: Any) -> str:
    return json.dumps(thing, default=lambda A: A.tolist())


def unpack(file: BinaryIO) -> tuple[dict[str, Any], Arrays]:
    """The text and the arrays of a file, all of them read, and so held against their checksums."""
    with np.load(file, allow_pickle=False) as content:
        if sum(entry.file_size for entry in content.zip.infolist()) > os.fstat(file.fileno()).st_size:
            raise ValueError("it would unfold to more than it is long")
        arrays = {key: content[key] for key in content.files}
    text, written = str(arrays.pop("about")), str(arrays.pop("checksum", ""))
    about = json.loads(text)
    if about["format"] != FORMAT or about["arrays"] != sorted(arrays):
        raise ValueError(f"it does not hold what {FORMAT!r} holds")
    if written != checksum(text, arrays):
        raise ValueError("what it holds was changed after it was written")
    return about, arrays


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


def checksum(text: str, arrays: Arrays) -> str:
    """That of all that a checkpoint holds."""
    named = [A for key in sorted(arrays) for A in (np.frombuffer(key.encode(), np.uint8), arrays[key])]
    return fingerprint(np.frombuffer(text.encode(), np.uint8), *named)


def prefixed(prefix: str, arrays: Arrays) -> Arrays:
    return {f"{prefix}/{key}": A for key, A in arrays.items()}


def without(prefix: str, arrays: Arrays) -> Arrays:
    """The arrays that ``prefixed`` named, under their own names again."""
    return {key.removeprefix(f"{prefix}/"): A for key, A in arrays.items() if key.startswith(f"{prefix}/")}
