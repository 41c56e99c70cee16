"""The files of CIFAR-10: pickles of Python 2, read without trusting them."""

import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

BYTES = ("u1", b"u1", "|u1", b"|u1", "uint8", b"uint8")  # how a pickle says that an array is made of bytes


def read_batch(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """X (S, 3072) uint8 and T (S,) int64 of one file, refused unless it is what its name says."""
    batch = read_pickle(path)
    X, T, label = (batch.get(key) for key in (b"data", b"labels", b"batch_label"))
    number = path.name.removeprefix("data_batch_")
    expected = (
        b"testing batch 1 of 1" if path.name == "test_batch" else f"training batch {number} of 5".encode()
    )
    if label != expected:
        said = repr(label[:60]) if isinstance(label, bytes) else f"of type {type(label).__name__}"
        raise refused(path, f"its label is {said}, not {expected!r}")
    X = X.array() if isinstance(X, Pickled) else None
    if X is None or X.ndim != 2 or X.shape[1] != 3072 or not len(X):
        raise refused(path, "its data is no array of bytes of shape (S, 3072)")
    if not isinstance(T, list) or not all(type(t) is int and 0 <= t < 10 for t in T):
        raise refused(path, "its labels are no list of class ids 0 to 9")
    if len(T) != len(X):
        raise refused(path, f"it has {len(X)} images and {len(T)} labels")
    return X, np.array(T, np.int64)


def read_classes(path: Path) -> tuple[str, ...]:
    names = read_pickle(path).get(b"label_names")
    if not isinstance(names, list) or len(names) != 10 or not all(isinstance(n, bytes) for n in names):
        raise refused(path, "it does not name ten classes")
    return tuple(n.decode("ascii", "replace") for n in names)


def read_pickle(path: Path) -> dict[bytes, Any]:
    """The dict in a file, of Python 2 or 3, read by an unpickler that knows arrays of bytes and plain containers."""
    try:
        with open(path, "rb") as file:
            content = BytesOnly(file, encoding="bytes").load()
    except Exception as error:  # a broken pickle raises nearly anything
        raise refused(path, str(error)[:200] or type(error).__name__) from error
    if not isinstance(content, dict):
        raise refused(path, f"it holds a {type(content).__name__}, not a dict")
    return {key.encode() if isinstance(key, str) else key: value for key, value in content.items()}


def refused(path: Path, why: str) -> ValueError:
    return ValueError(f"{path} is no file of CIFAR-10: {why}")


class Stub:
    """What a file may name: it can be called, and nothing can be set on it."""

    __slots__ = ("call",)

    def __init__(self, call: Callable) -> None:
        self.call = call

    def __call__(self, *arguments: Any) -> Any:
        return self.call(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("it changes what it has named, which is not read")


class Dtype:
    """The dtype of bytes; its state says no more."""

    __slots__ = ()

    def __init__(self, code: str | bytes, *options: Any) -> None:
        if code not in BYTES:
            said = code[:20] if isinstance(code, str | bytes) else type(code).__name__
            raise pickle.UnpicklingError(f"it has an array of dtype {said!r}, which is not read")

    def __setstate__(self, state: Any) -> None:
        pass


class Pickled:
    """Stands for an array until all of the file is read: nothing of it reaches NumPy but a shape and bytes."""

    __slots__ = ("content", "order", "shape")

    def __setstate__(self, state: tuple) -> None:
        _, self.shape, dtype, columns, self.content = state
        self.order = "F" if columns else "C"
        if not isinstance(dtype, Dtype) or not isinstance(self.content, bytes):
            raise pickle.UnpicklingError("it has an array of something else, which is not read")

    def array(self) -> np.ndarray | None:
        """The array, None where shape and bytes do not belong together."""
        shape, content = getattr(self, "shape", None), getattr(self, "content", b"")
        whole = isinstance(shape, tuple) and all(type(n) is int and 0 <= n < 2**31 for n in shape)
        if not whole or math.prod(shape) != len(content):
            return None
        return np.frombuffer(content, np.uint8).reshape(shape, order=self.order).copy()


def from_buffer(content: bytes | bytearray, dtype: Dtype, shape: tuple, order: str) -> Pickled:
    """How protocol 5 writes an array."""
    A = Pickled()
    A.__setstate__((1, shape, dtype, order == "F", bytes(content)))
    return A


def latin1(text: str, encoding: str | bytes) -> bytes:
    """How protocol 2 of Python 3 writes bytes."""
    return text.encode("latin1")


KNOWN = {
    ("numpy._core.multiarray", "_reconstruct"): lambda *arguments: Pickled(),
    ("numpy._core.numeric", "_frombuffer"): from_buffer,
    ("numpy", "ndarray"): lambda *arguments: Pickled(),
    ("numpy", "dtype"): Dtype,
    ("_codecs", "encode"): latin1,
}


class BytesOnly(pickle.Unpickler):
    """Unpickles arrays of bytes, lists, dicts, bytes, strings and numbers; refuses every other name.

    A pickle is a program that may call whatever it can name: what is not in this list cannot be named.
    """

    def find_class(self, module: str, name: str) -> Stub:
        module = module.replace("numpy.core.", "numpy._core.")  # the name of old
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}"[:200] + ", which is not read")
        return Stub(KNOWN[module, name])
