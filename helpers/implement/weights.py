"""Weights in a file of safetensors: names, shapes and numbers, and nothing that could run."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .checks import checked_like
from .files import place, written_whole
from .layer import Layer

KINDS = {"F64": np.float64, "F32": np.float32, "F16": np.float16}
KEY = "network"  # under which the metadata say what the weights are of


def save_weights(layer: Layer, path: str | os.PathLike) -> None:
    """Write the parameters and buffers of a layer or a network; at every moment the file is whole, old or new."""
    from safetensors.numpy import save  # here, so that helpers.implement loads as fast as NumPy

    with written_whole(place(path)) as file:
        file.write(save({key: A.copy() for key, A in layer.saved().items()}, {KEY: repr(layer)}))


def load_weights(layer: Layer, path: str | os.PathLike) -> None:
    """Read what ``save_weights`` wrote into a layer of the same make.

    Raises ValueError or TypeError, by the name of what does not fit, before anything is changed.
    """
    tensors, about = read_tensors(path)
    check_names(path, tensors, layer.saved(), about.get(KEY, ""))
    for key, A in layer.saved().items():
        checked_like(f"{key} of {path}", tensors[key], "it here", A)
    layer.restore(tensors)


def read_tensors(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """All arrays of a file of safetensors, and what its metadata say.

    Raises ValueError for a file that is broken, or of another kind: it is never unpickled.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            for name in file.keys():  # noqa: SIM118  it is no dict
                kind = file.get_slice(name).get_dtype()
                if kind not in KINDS:
                    raise ValueError(
                        f"{name} of {path} has dtype {kind}, and is read in {', '.join(KINDS)} alone"
                    )
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        why = str(error).rstrip(".")
        raise ValueError(f"{path} is broken, or no file of safetensors ({why})") from None


def check_names(path: str | os.PathLike, given: Mapping, asked: Mapping, made: str = "") -> None:
    """Raise ValueError, with the names, unless the same arrays are there as are asked for."""
    missing, strange = [k for k in asked if k not in given], sorted(given.keys() - asked.keys())
    if missing or strange:
        said = " and ".join(
            f"{what} {few(names)}" for what, names in (("lacks", missing), ("has", strange)) if names
        )
        raise ValueError(f"{path} holds the weights of another network{made and f', {made}'}: it {said}")


def few(names: list[str], most: int = 3) -> str:
    return ", ".join(names[:most]) + f", and {len(names) - most} more" * (len(names) > most)
