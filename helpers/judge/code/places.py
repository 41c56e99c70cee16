"""Finds the arrays inside of a stranger's object: parameters and gradients, by names, by shapes, by what changes."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from helpers.judge.code.letters import spellings

Path = tuple[str | int, ...]
"""The attributes and keys on the way to an array: ("layers", 0, "W")."""

DEPTH, MANY = 5, 400  # how deep, and among how many things, is searched
BEFORE = (
    "d",
    "dl",
    "dld",
    "dlossd",
    "dj",
    "djd",
    "dcd",
    "ded",
    "grad",
    "grads",
    "gradient",
    "gradients",
    "delta",
    "nabla",
    "g",
)
PARAMS, GRADS = ("params", "parameters", "weights"), ("grads", "gradients", "dparams", "dweights")
"""Lists in which the k-th array of one is the gradient of the k-th of the other."""
BEHIND = ("grad", "grads", "gradient", "gradients", "delta", "d", "g")
IDLE = re.compile(r"(current|values?|val|data|params?|array|matrix|s)$")
"""Ends of names that say nothing: _grad_W_current, W["val"], weight.data, weights."""


def inside(thing: Any) -> list[tuple[str | int, Any]]:
    """Return what a dict, a list or an object of a reader's class holds, by its keys."""
    if isinstance(thing, Mapping):
        return [(key, inner) for key, inner in thing.items() if isinstance(key, str | int)]
    if isinstance(thing, list | tuple):
        return list(enumerate(thing))
    return (
        []
        if isinstance(thing, type) or (callable(thing) and hasattr(thing, "__code__"))
        else [*vars_of(thing).items()]
    )


def vars_of(thing: Any) -> dict[str, Any]:
    slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
    return getattr(thing, "__dict__", {}) | {
        name: getattr(thing, name, None) for name in slots if isinstance(name, str)
    }


def walked(thing: Any, path: Path, seen: set[int]) -> Iterator[tuple[Path, np.ndarray]]:
    for name, inner in inside(thing):
        if isinstance(inner, np.ndarray):
            yield (*path, name), inner
        elif len(path) < DEPTH and len(seen) < MANY and id(inner) not in seen:
            seen.add(id(inner))
            yield from walked(inner, (*path, name), seen)


def arrays_in(thing: Any) -> dict[Path, np.ndarray]:
    """Return the arrays of floats inside of an object; one that is there twice counts once."""
    found = {path: A for path, A in walked(thing, (), {id(thing)}) if A.dtype.kind == "f" and A.ndim}
    once = {id(A): path for path, A in reversed(found.items())}
    return {path: A for path, A in found.items() if once[id(A)] == path}


def at(thing: Any, path: Path) -> Any:
    """Return what is at the end of a path; None where it leads nowhere."""
    for name in path:
        if isinstance(thing, Mapping):
            thing = thing.get(name)
        elif isinstance(name, int):
            thing = thing[name] if isinstance(thing, list | tuple) and name < len(thing) else None
        else:
            thing = getattr(thing, name, None)
    return thing


def put(thing: Any, path: Path, value: np.ndarray) -> None:
    """Put the numbers into the array where a path ends; one of another dtype is replaced, where a dict holds it."""
    there, holder = at(thing, path), at(thing, path[:-1])
    if there.dtype == value.dtype:
        there[...] = value
    elif isinstance(holder, dict):
        holder[path[-1]] = value.copy()


def shown(path: Path) -> str:
    """Write a path as code: layers[0].W"""
    parts = (f".{name}" if isinstance(name, str) and name.isidentifier() else f"[{name!r}]" for name in path)
    return "".join(parts).removeprefix(".")


def listing(found: Mapping[Path, np.ndarray]) -> list[str]:
    """Name the arrays that were found, with their shapes."""
    return [f"{shown(path)} {A.shape}" for path, A in found.items()]


# names


def plain(name: str | int) -> str:
    return IDLE.sub("", re.sub(r"[\W_]", "", str(name)).lower())


def bare(path: Path) -> str:
    """Return the name of an array without what says nothing: w of _W, of W["val"] and of weights.data."""
    return next((word for name in reversed(path) if not isinstance(name, int) and (word := plain(name))), "")


def names_of_parameter(key: str, path: Path = ()) -> set[str]:
    return {plain(name) for name in spellings(key)} | ({bare(path)} if path else set())


def is_gradient(path: Path, names: Collection[str]) -> bool:
    """Tell whether a path ends in the name of a gradient of these: dLdW, grad_W, W_grad, grads["W"], W["grad"]."""
    if isinstance(path[-1], int):
        return False
    words = [plain(name) for name in path[-2:]]
    marked = {f"{mark}{name}" for name in names for mark in BEFORE} | {
        f"{name}{mark}" for name in names for mark in BEHIND
    }
    return words[-1] in marked or (len(words) > 1 and "".join(words) in {plain(one) for one in marked})


def stored(layer: Any, key: str, shape: tuple[int, ...], taken: Collection[Path] = ()) -> Path | None:
    """Find where a parameter is kept: in params or the layer by its name, deeper by its name, or by its shape.

    With the shape () any that has the name.
    """
    table = getattr(layer, "params", None)
    for name in spellings(key):
        if isinstance(table, dict) and table.get(name) is not None:
            return "params", name
        if isinstance(getattr(layer, name, None), np.ndarray):
            return (name,)
    there = {path: A for path, A in arrays_in(layer).items() if path not in taken and not in_grads(path)}
    named = [path for path in there if bare(path) in names_of_parameter(key)]
    fitting = [path for path in named or there if same_entries(there[path].shape, shape)] if shape else named
    fitting = [
        path
        for path in fitting
        if not any(is_gradient(path, [bare(other)]) for other in there if other != path)
    ]
    fitting = [path for path in fitting if plain(path[-1]) not in BEHIND] or fitting
    listed = [path for path in fitting if path[0] in PARAMS]
    return next(iter(listed or fitting), None) if len(fitting) == 1 or named or listed else None


def in_grads(path: Path) -> bool:
    """Tell whether a path leads into a list of gradients: grads[0]"""
    return len(path) > 1 and path[-2] in GRADS and isinstance(path[-1], int)


def same_entries(there: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Tell whether an array may be laid out as another: in its order or the reverse, with axes of 1 or without."""
    bare_there, bare_shape = ([n for n in one if n > 1] for one in (there, shape))
    return sorted(bare_there) == sorted(bare_shape)


def named_gradient(holder: Any, key: str, path: Path = ()) -> Any:
    """Find a gradient by its name: grads["W"], grads["dW"], dW, grad_W, anywhere inside; None where it is not."""
    table = getattr(holder, "grads", None)
    if len(path) > 1 and path[-2] in PARAMS and isinstance(path[-1], int):
        return of_list(holder, path)
    for name in spellings(key):
        for spelling in (name, f"d{name}"):
            if isinstance(table, dict) and table.get(spelling) is not None:
                return table[spelling]
        for spelling in (f"d{name}", f"d_{name}", f"grad_{name}", f"{name}_grad"):
            if getattr(holder, spelling, None) is not None:
                return getattr(holder, spelling)
    names = names_of_parameter(key, path)
    found = {p: A for p, A in arrays_in(holder).items() if p != path and is_gradient(p, names)}
    nearest = sorted(found, key=lambda p: -common(p, path))
    return found[nearest[0]] if nearest else of_list(holder, listed(holder, path))


def of_list(holder: Any, path: Path) -> Any:
    """Return grads[k] for params[k]; None where there is none."""
    twins = (at(holder, (*path[:-2], name, path[-1])) for name in GRADS if len(path) > 1)
    return next((A for A in twins if A is not None), None)


def listed(holder: Any, path: Path) -> Path:
    """Return where an array stands in a list of parameters too: params[0] of what is W; () where it does not."""
    lists = ((name, at(holder, (name,))) for name in PARAMS)
    there = ((name, k) for name, one in lists if isinstance(one, list | tuple) for k in range(len(one)))
    return next((twin for twin in there if path and at(holder, twin) is at(holder, path)), ())


def common(one: Path, other: Path) -> int:
    """Return how many steps two paths share."""
    return next(
        (k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def changed(before: Mapping[Path, np.ndarray], after: Mapping[Path, np.ndarray]) -> list[Path]:
    """Return the places of arrays that are new, or other than they were."""
    return [
        p for p, A in after.items() if p not in before or not np.array_equal(A, before[p], equal_nan=True)
    ]
