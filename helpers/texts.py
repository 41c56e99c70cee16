"""Texts by character: given names, which are a part of the project, tiny Shakespeare, and any file."""

import hashlib
import logging
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

URL = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
MD5 = "6fb458f1232090904fb40fe944165e91"
SHAKESPEARE = "tinyshakespeare.txt"
NAMES = Path(__file__).with_name("given_names.txt")
END = "\n"
NOTHING = -100  # the target that the losses ignore


@dataclass(frozen=True)
class Text:
    """A text as ids of its characters, in two parts.

    train, validation    (T,) int64, the first nine tenths and the rest; of lines, whole lines
    characters           what the ids stand for, in their order; END, which ends a line, is the first where it occurs
    """

    train: np.ndarray
    validation: np.ndarray
    characters: str

    def encode(self, text: str) -> np.ndarray:
        """The ids of a text. Raises ValueError for a character that this one does not have."""
        ids = {c: k for k, c in enumerate(self.characters)}
        for at, c in enumerate(text):
            if c not in ids:
                raise ValueError(f"{c!r} at place {at} is none of the {len(ids)} characters of this text")
        return np.array([ids[c] for c in text], np.int64)

    def decode(self, ids: np.ndarray) -> str:
        """The text of ids (T,). Raises ValueError for an id that stands for no character."""
        ids = np.asarray(ids)
        if ids.size and not 0 <= ids.min() <= ids.max() < len(self.characters):
            raise ValueError(
                f"the ids are 0 to {len(self.characters) - 1}, and {ids.min()} to {ids.max()} came"
            )
        return "".join(self.characters[k] for k in ids)

    def lines(self, part: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The lines of a part as sequences: ids (S, T), targets (S, T) and lengths (S,).

        Sequence s begins with END and goes on with line s; its target at each place is the character that follows, END
        after the last. Behind its length the ids are those of END, and the targets -100, which the losses ignore.
        Empty lines are left out. Raises ValueError where no line ends.
        """
        rows = [self.encode(f"{END}{line}{END}") for line in self.decode(part).split(END) if line]
        lengths = np.array([len(row) - 1 for row in rows], np.int64)
        here = np.arange(lengths.max(initial=0)) < lengths[:, None]
        ids, targets = np.zeros(here.shape, np.int64), np.full(here.shape, NOTHING)
        ids[here] = np.concatenate([row[:-1] for row in rows] or [lengths])
        targets[here] = np.concatenate([row[1:] for row in rows] or [lengths])
        return ids, targets, lengths

    def windows(
        self, part: np.ndarray, size: int, length: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """As many places of a part as asked for, drawn at random: ids (S, T), and the T characters after each (S, T).

        Raises ValueError where the part is not longer than a window.
        """
        if len(part) <= length:
            raise ValueError(
                f"a window of {length} needs {length + 1} characters, and this part has {len(part)}"
            )
        at = rng.integers(len(part) - length, size=(size, 1)) + np.arange(length)
        return part[at], part[at + 1]


def load_names() -> Text:
    """The given names in a fixed order that mixes the alphabet, a name a line."""
    names = NAMES.read_text("utf8").split()
    order = np.random.default_rng(0).permutation(len(names))
    return of_lines([names[k] for k in order])


def load_shakespeare() -> Text:
    """Tiny Shakespeare from the folder in SHAKESPEARE_DIR, else from the cache, else from a download."""
    if given := os.environ.get("SHAKESPEARE_DIR"):
        path = Path(given).expanduser() / SHAKESPEARE
        if not path.is_file():
            raise ValueError(f"SHAKESPEARE_DIR is {given}, and {SHAKESPEARE} is not there")
        say_if_not_official(path)
        return read(path)
    return read(download())


def load_text() -> Text:
    """The file in TEXT, without one the names."""
    if not (given := os.environ.get("TEXT")):
        return load_names()
    path = Path(given).expanduser()
    if not path.is_file():
        raise ValueError(f"TEXT is {given}, and there is no such file")
    return read(path)


def read(path: Path) -> Text:
    """The text in a file. Raises ValueError where it is none, or too short to be parted."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is no text in UTF-8: byte {error.start} is {error.object[error.start]:#04x}"
        ) from None
    if len(text) < 20:
        raise ValueError(f"{path} has {len(text)} characters, and two parts of it need 20")
    return parted(text, len(text) * 9 // 10)


def of_lines(lines: list[str]) -> Text:
    """A text of these lines, of which no part begins within one."""
    at = len(lines) * 9 // 10
    first, rest = (END.join([*part, ""]) for part in (lines[:at], lines[at:]))
    return parted(first + rest, len(first))


def parted(text: str, at: int) -> Text:
    """A text whose validation part begins at a place."""
    characters = "".join(sorted(set(text), key=lambda c: (c != END, c)))
    whole = Text(np.arange(0), np.arange(0), characters)
    ids = whole.encode(text)
    return Text(ids[:at], ids[at:], characters)


@cache
def say_if_not_official(path: Path) -> None:
    """Log, in one sentence and once, that a file is not the published one; it is read all the same."""
    if hashlib.md5(path.read_bytes()).hexdigest() != MD5:
        logging.getLogger(__name__).warning("%s is not byte for byte the published tiny Shakespeare", path)


def download() -> Path:
    """The published file, in the cache only when its md5 is right."""
    import pooch  # here, so that names need no pooch

    cache = pooch.os_cache("gradients-line-by-line")
    try:
        return Path(pooch.retrieve(URL, f"md5:{MD5}", SHAKESPEARE, cache, progressbar=True))
    except (OSError, ValueError) as error:  # no network; a download cut short
        raise ConnectionError(
            f"tiny Shakespeare could not be downloaded ({type(error).__name__}): connect to the network and try again, "
            f"or put the file {SHAKESPEARE} into {cache}, or set SHAKESPEARE_DIR to a folder that holds it"
        ) from None
