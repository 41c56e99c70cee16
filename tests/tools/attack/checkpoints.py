"""Checkpoints that were changed: bytes, lengths, arrays, layouts. A training goes on as it would have, or refuses."""

import functools
import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from helpers.implement import MLP, Adam, History, SoftmaxCrossEntropy, train
from tests.tools.attack.trial import FINE, LOST, SENTENCE, WRONG, Allowed, Case

BUDGET, ALLOWED = 500, Allowed(seconds=5, memory=500 * 10**6)
STEPS = 12
Files = dict[str, bytes]


def trained(path: Path | None = None, steps: int = STEPS, progress: Callable | None = None) -> History:
    """The curve of a small training, which is always the same, measured and saved at each second step."""
    drawn = np.random.default_rng(0)
    X, T = drawn.standard_normal((60, 20)), drawn.integers(0, 4, 60)
    network = MLP(20, [16], 4, rng=1)
    loss, optimizer = SoftmaxCrossEntropy(), Adam(network, lr=0.01)
    options = {"steps": steps, "batch_size": 10, "eval_every": 2, "rng": 7, "progress": progress}
    return train(network, loss, optimizer, (X, T), checkpoint=path, **options)


@functools.cache
def whole() -> History:
    return trained()


@functools.cache
def half_way() -> bytes:
    """A checkpoint from the middle of the training."""

    def stops(steps: Any) -> Iterator[int]:
        for step in steps:
            if step == STEPS // 2 + 1:
                raise KeyboardInterrupt
            yield step

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "curve.npz")
        try:
            trained(path, progress=stops)
        except KeyboardInterrupt:
            return path.read_bytes()
    raise AssertionError


def cases(seed: int, budget: int) -> Iterator[Case]:
    whole(), half_way()
    for k in range(budget):
        how = list(CHANGES)[k % len(CHANGES)]
        yield Case(f"{how} {seed}/{k}", functools.partial(tried, how, f"{seed} {k}"))


def tried(how: str, seed: str) -> str:
    content = CHANGES[how](half_way(), random.Random(seed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "curve.npz")
        path.write_bytes(content)
        try:
            history = trained(path)
        except ValueError as error:
            if path.read_bytes() != content:
                return f"{LOST}: what was there"
            return f"{SENTENCE}: {error}"
    return FINE if history == whole() else f"{WRONG}: another curve"


# Changes of the file


def some_bytes(content: bytes, drawn: random.Random) -> bytes:
    A = bytearray(content)
    for _ in range(drawn.choice((1, 1, 3, 30))):
        A[drawn.randrange(len(A))] = drawn.randrange(256)
    return bytes(A)


def a_stretch(content: bytes, drawn: random.Random) -> bytes:
    at, length = drawn.randrange(len(content)), drawn.randrange(1, 2000)
    return content[:at] + bytes(drawn.randrange(256) for _ in range(length)) + content[at + length :]


def cut_out(content: bytes, drawn: random.Random) -> bytes:
    at = drawn.randrange(len(content))
    return content[:at] + content[at + drawn.randrange(1, 500) :]


def files_changed(change: Callable[[Files, random.Random], None]) -> Callable[[bytes, random.Random], bytes]:
    """A change of the arrays in a checkpoint: each is a file in a .zip."""

    def changed(content: bytes, drawn: random.Random) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        change(files, drawn)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, file in files.items():
                archive.writestr(name, file)
        return out.getvalue()

    return changed


def array(file: bytes) -> np.ndarray:
    return np.load(io.BytesIO(file))


def stored(A: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, A, allow_pickle=True)
    return out.getvalue()


def one_number(files: Files, drawn: random.Random) -> None:
    name = drawn.choice([name for name in files if array(files[name]).size and "about" not in name])
    A = array(files[name]).copy()
    if A.dtype.kind in "fiu":
        A.flat[drawn.randrange(A.size)] += 1
        files[name] = stored(A)
    else:
        del files[name]


def another_shape(files: Files, drawn: random.Random) -> None:
    name = drawn.choice(list(files))
    A = array(files[name])
    files[name] = stored(drawn.choice([A.ravel(), A[None], A.astype("O"), np.zeros(3), A.astype(str)]))


def two_exchanged(files: Files, drawn: random.Random) -> None:
    a, b = drawn.sample(list(files), 2)
    files[a], files[b] = files[b], files[a]


def one_missing(files: Files, drawn: random.Random) -> None:
    del files[drawn.choice(list(files))]


def one_more(files: Files, drawn: random.Random) -> None:
    files[drawn.choice(["network/9.W.npy", "../../up.npy", "/abs.npy", "x", ".npy", "about.npy.npy"])] = (
        stored(np.ones(2))
    )


def other_text(files: Files, drawn: random.Random) -> None:
    about = json.loads(str(array(files["about.npy"])))
    key = drawn.choice(list(about))
    about[key] = drawn.choice([None, [], {}, "", -1, 1e400, {"weights": None}, [[[]]] * 3])
    files["about.npy"] = stored(np.array(json.dumps(about)))


def other_history(files: Files, drawn: random.Random) -> None:
    about = json.loads(str(array(files["about.npy"])))
    steps = about["history"]["steps"]
    drawn.choice([steps.pop, lambda: steps.append(99), steps.clear, lambda: steps.insert(0, -5)])()
    files["about.npy"] = stored(np.array(json.dumps(about)))


def other_layout(files: Files, drawn: random.Random) -> None:
    about = str(array(files["about.npy"]))
    files["about.npy"] = stored(
        np.array(about.replace("checkpoint 3", f"checkpoint {drawn.choice((1, 2, 4))}"))
    )


def large(files: Files, drawn: random.Random) -> None:
    """A header that promises more than there is."""
    name = drawn.choice(list(files))
    shape = drawn.choice([b"(999999999999,)", b"(-5,)", b"(2, 3", b"('a',)", b"(1,)*9**9"])
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + b", }"
    header += b" " * (118 - len(header)) + b"\n"
    files[name] = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 64


def with_an_object(files: Files, drawn: random.Random) -> None:
    A = np.empty(1, object)
    A[0] = Explodes()
    files[drawn.choice(list(files))] = stored(A)


class Explodes:
    def __reduce__(self) -> tuple:
        return exec, ("raise SystemExit('code of a checkpoint has run')",)


def other_zip(content: bytes, drawn: random.Random) -> bytes:
    """Another file altogether."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("about.npy", b"\0" * drawn.randrange(3000))
    return drawn.choice(
        [out.getvalue(), b"", b"PK", stored(np.ones(3)), stored(np.array([{}])), b"{}", b"\x80\x04N."]
    )


def bomb(content: bytes, drawn: random.Random) -> bytes:
    """A gigabyte of zeros in a megabyte."""
    out = io.BytesIO()
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000,), }".ljust(117) + b"\n"
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("network/0.W.npy", "w") as file,
    ):
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        for _ in range(800):
            file.write(b"\0" * 10**6)
    return out.getvalue()


CHANGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bytes": some_bytes,
    "a stretch": a_stretch,
    "cut off": lambda content, drawn: content[: drawn.randrange(len(content))],
    "cut out": cut_out,
    "longer": lambda content, drawn: content + content[: drawn.randrange(3000)],
    "before it": lambda content, drawn: bytes(drawn.randrange(1, 3000)) + content,
    "one number": files_changed(one_number),
    "another shape": files_changed(another_shape),
    "two exchanged": files_changed(two_exchanged),
    "one missing": files_changed(one_missing),
    "one more": files_changed(one_more),
    "another text": files_changed(other_text),
    "another history": files_changed(other_history),
    "another layout": files_changed(other_layout),
    "a large header": files_changed(large),
    "an object": files_changed(with_an_object),
    "another file": other_zip,
    "a bomb": bomb,
}
