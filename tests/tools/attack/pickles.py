"""Files of CIFAR-10 that are none, and archives: read as images or refused; nothing runs or lands elsewhere."""

import io
import os
import pickle
import random
import signal
import struct
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from helpers.cifar10_files import read_batch
from helpers.data import FOLDER, MD5, extract
from tests.house.test_data import batch, write_layout
from tests.tools.attack.trial import CRASH, FINE, LOST, SENTENCE, WRONG, Allowed, Case

BUDGET, ALLOWED = 600, Allowed(seconds=5, memory=500 * 10**6)
NAME = "data_batch_1"


def cases(seed: int, budget: int) -> Iterator[Case]:
    every = [*((f"a pickle, {how}", partial(read, how)) for how in PICKLES),
             *((f"an archive, {how}", partial(unpacked, how)) for how in ARCHIVES),
             ("an archive, two at once", two_at_once), ("an archive, killed", killed)]  # fmt: skip
    for k in range(budget):
        name, run = every[k % len(every)]
        yield Case(f"{name} {seed}/{k}", partial(run, random.Random(f"{seed} {k}")))


# Pickles


def read(how: str, drawn: random.Random) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path, canary = Path(folder, NAME), Path(folder, "canary")
        path.write_bytes(PICKLES[how](drawn, f"open({str(canary)!r}, 'w')"))
        try:
            X, T = read_batch(path)
        except ValueError as error:
            return f"{WRONG}: it has run" if canary.exists() else f"{SENTENCE}: {error}"
        if canary.exists():
            return f"{WRONG}: it has run"
    images = type(X) is np.ndarray and X.dtype == np.uint8 and X.shape == (len(X), 3072)
    classes = type(T) is np.ndarray and T.dtype == np.int64 and T.shape == (len(X),)
    good = images and classes and T.size and 0 <= T.min() <= T.max() < 10
    return FINE if good else f"{WRONG}: {type(X)} {getattr(X, 'shape', '')} {getattr(X, 'dtype', '')}"


def dumped(drawn: random.Random, **changes: Any) -> bytes:
    return pickle.dumps(batch(NAME, 20, **changes), protocol=drawn.randrange(6))


def bytes_changed(drawn: random.Random, code: str) -> bytes:
    """Mostly in the opcodes, before and behind the pixels."""
    A = bytearray(dumped(drawn))
    for _ in range(drawn.choice((1, 1, 2, 8))):
        at = drawn.choice([drawn.randrange(len(A)), drawn.randrange(400), len(A) - 1 - drawn.randrange(400)])
        A[at] = drawn.randrange(256)
    return bytes(A)


class Calls:
    """Pickled as a call."""

    def __init__(self, function: Callable, *arguments: Any, state: Any = None) -> None:
        self.reduced = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self) -> tuple:
        return self.reduced


def calls(drawn: random.Random, code: str) -> bytes:
    touch = code.split("'")[1]
    thing = drawn.choice([
        Calls(exec, code), Calls(eval, code), Calls(os.system, f"touch {touch}"), Calls(os.mkdir, touch),
        Calls(open, touch, "w"), Calls(getattr, "x", "upper"), Calls(np.fromfile, touch), Calls(np.load, touch),
        Calls(np.memmap, touch, "u1", "w+", 0, (1,)), Calls(signal.raise_signal, 9), Calls(Path, touch),
        Calls(np.ndarray, (2, 3072), "u1"), Calls(np.dtype, "O"), Calls(np.dtype, [("x", "O")]),
        Calls(bytearray, 10**10), Calls(__import__, "antigravity"), Calls(compile, code, "", "exec"),
    ])  # fmt: skip
    return dumped(drawn, **{drawn.choice(["data", "labels", "batch_label", "more"]): thing})


def opcodes(drawn: random.Random, code: str) -> bytes:
    """Programs for the machine that reads pickles."""
    text = code.encode()
    return drawn.choice([
        b"cbuiltins\nexec\n(V" + text + b"\ntR.",
        b"(cbuiltins\nexec\nV" + text + b"\no.",
        b"(V" + text + b"\nibuiltins\nexec\n.",
        b"cnumpy\ndtype\n(U\x02u1tR}(X\x04\x00\x00\x00calltK\x01ub.",
        b"cnumpy\ndtype\n(X\x02\x00\x00\x00u1I0\nI1\ntR(I3\nX\x01\x00\x00\x00|NNNI-1\nI-1\nI63\ntb.",
        b"c__main__\n__builtins__\n.",
        b"cnumpy.core.multiarray\n_reconstruct\n.",
        b"cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(S'O8'\ntRS'x'\ntR.",
        b"c_codecs\nencode\n(V" + b"x" * 99 + b"\nVrot13\ntR.",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
        b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.",
        b"\x8b\xff\xff\xff\x7f" + b"\xff" * 1000 + b".",
        b"I" + b"9" * 5000 + b"\n.", b"L" + b"9" * 100_000 + b"L\n.", b"F1e999\n.",
        b"(" * 100_000 + b".", b"]" * 100_000 + b"a" * 99_999 + b".", b"}" * 9 + b"s" * 9 + b".",
        b"](" + b"h\x00" * 50 + b"e.", b"P0\n.", b"\x82\x01.", b"N" * 1000 + b"t.", b"0.", b"1.", b"2" * 99, b"b.",
        b"]q\x00" + b"(" + b"h\x00" * 9 + b"e.", b"}q\x00(K\x01h\x00u.", b".", b"",
        b"\x80\xff.", b"p" + b"9" * 30 + b"\n.", b"r" + struct.pack("<I", 2**31 - 1) + b".", b"Nr\xff\xff\xff\x7f.",
    ])  # fmt: skip


def doubled(drawn: random.Random, code: str) -> bytes:
    """Lists of lists of lists: small in a file, and more than the world as text."""
    A: Any = []
    for _ in range(60):
        A = [A, A]
    return dumped(drawn, **{drawn.choice(["data", "labels", "batch_label", "filenames"]): A})


def shapes(drawn: random.Random, code: str) -> bytes:
    size = drawn.choice([0, 1, 19, 20, 21])
    A = drawn.choice([
        np.zeros((size, 3072)), np.zeros((size, 3072), "O"), np.zeros((size, 3071), "u1"), np.zeros((size, 3072), "i1"),
        np.zeros(3072 * size, "u1"), np.zeros((size, 3, 32, 32), "u1"), np.zeros((size, 3072), "u1,u1"), np.uint8(3),
        np.asfortranarray(np.zeros((size, 3072), "u1")), np.zeros((size, 3072), ">u2"), np.zeros((size, 3072), "S1"),
    ])  # fmt: skip
    return dumped(drawn, data=A)


def labels(drawn: random.Random, code: str) -> bytes:
    T = [drawn.randrange(10) for _ in range(20)]
    T[3] = drawn.choice([10, -1, 2**70, 1.5, "3", None, True, [], np.int64(3), b"4", 1e400, 1j])
    return dumped(
        drawn, labels=drawn.choice([T, tuple(T), dict(enumerate(T)), T[:5], T * 2, np.zeros(20, int), set()])
    )


def words(drawn: random.Random, code: str) -> bytes:
    return dumped(
        drawn,
        batch_label=drawn.choice(
            [b"", "x" * 10**6, None, b"training batch 2 of 5", 7, [b"training batch 1 of 5"], "\x1b[2J"]
        ),
    )


PICKLES: dict[str, Callable[[random.Random, str], bytes]] = {
    "as it is": lambda drawn, code: dumped(drawn),
    "bytes": bytes_changed,
    "more bytes": bytes_changed,
    "cut off": lambda drawn, code: (whole := dumped(drawn))[: drawn.randrange(len(whole))],
    "opcodes": opcodes,
    "calls": calls,
    "doubled": doubled,
    "shapes": shapes,
    "labels": labels,
    "words": words,
    "noise": lambda drawn, code: drawn.randbytes(drawn.randrange(300)),
}


# Archives


def archive_of(folder: Path, how: str, drawn: random.Random) -> Path:
    path = folder / "cifar-10-python.tar.gz"
    layout = write_layout(folder / "made" / FOLDER)
    with tarfile.open(path, drawn.choice(["w:gz", "w"])) as tar:
        for name in MD5:
            tar.add(layout / name, f"{FOLDER}/{name}")
        ARCHIVES[how](tar, drawn)
    if how == "bytes":
        A = bytearray(path.read_bytes())
        for _ in range(drawn.choice((1, 5))):
            A[drawn.randrange(len(A))] = drawn.randrange(256)
        path.write_bytes(A)
    if how == "cut off":
        os.truncate(path, drawn.randrange(path.stat().st_size))
    return path


def unpacked(how: str, drawn: random.Random) -> str:
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        archive, cache = archive_of(folder, how, drawn), folder / "cache"
        cache.mkdir()
        try:
            extract(archive, cache)
        except (ValueError, OSError) as error:
            left = [p.name for p in cache.iterdir() if not p.name.endswith(".lock")]
            return f"{LOST}: {left}" if left else f"{SENTENCE}: {error}"
        return complete(folder, cache)


def complete(folder: Path, cache: Path) -> str:
    """Is there what there should be, and nothing beside it?"""
    there = {p.name: p for p in (cache / FOLDER).iterdir()}
    if set(there) != set(MD5) or any(p.is_symlink() or not p.is_file() for p in there.values()):
        return f"{WRONG}: {sorted(there)}"
    beside = {p.name for p in (*cache.iterdir(), *folder.iterdir())} - {
        FOLDER,
        "cache",
        "made",
        f"{FOLDER}.lock",
    }
    beside -= {"cifar-10-python.tar.gz"}
    return f"{LOST}: {beside}" if beside or Path("/tmp/up").exists() else FINE


def member(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", content: bytes = b"x", size: int | None = None
) -> Callable:
    """One more entry, which comes last and so counts."""

    def add(tar: tarfile.TarFile, drawn: random.Random) -> None:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.size = kind, link, len(content) if size is None else size
        tar.addfile(entry, io.BytesIO(content) if kind == tarfile.REGTYPE else None)

    return add


ARCHIVES: dict[str, Callable[[tarfile.TarFile, random.Random], None]] = {
    "as it is": lambda tar, drawn: None,
    "bytes": lambda tar, drawn: None,
    "cut off": lambda tar, drawn: None,
    "above": member("../up"),
    "far above": member("../../../../../../../../tmp/up"),
    "an absolute path": member("/tmp/up"),
    "a link": member(f"{FOLDER}/{NAME}", tarfile.SYMTYPE, "/etc/passwd"),
    "a hard link": member(f"{FOLDER}/{NAME}", tarfile.LNKTYPE, "/etc/passwd"),
    "a link to itself": member(f"{FOLDER}/{NAME}", tarfile.SYMTYPE, NAME),
    "a folder that is a link": member(FOLDER, tarfile.SYMTYPE, "/tmp"),
    "a device": member(f"{FOLDER}/{NAME}", tarfile.CHRTYPE),
    "a pipe": member(f"{FOLDER}/{NAME}", tarfile.FIFOTYPE),
    "a folder for a file": member(f"{FOLDER}/{NAME}", tarfile.DIRTYPE),
    "one twice": member(f"{FOLDER}/{NAME}"),
    "one more": member(f"{FOLDER}/more"),
}


def two_at_once(drawn: random.Random) -> str:
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        archive, cache = archive_of(folder, "as it is", drawn), folder / "cache"
        cache.mkdir()
        both = [in_a_process(archive, cache) for _ in range(2)]
        if any(os.waitpid(pid, 0)[1] for pid in both):
            return f"{CRASH}: one of two stopped"
        return complete(folder, cache)


def killed(drawn: random.Random) -> str:
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        archive, cache = archive_of(folder, "as it is", drawn), folder / "cache"
        cache.mkdir()
        pid = in_a_process(archive, cache)
        time.sleep(drawn.random() / 30)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        extract(archive, cache)
        return complete(folder, cache)


def in_a_process(archive: Path, cache: Path) -> int:
    if not (pid := os.fork()):
        try:
            extract(archive, cache)
            os._exit(0)
        finally:
            os._exit(1)
    return pid
