"""The generated NumPy source as a function, so that what runs is what the last line says."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp
from numpy.lib.stride_tricks import sliding_window_view
from sympy import Idx, Indexed

from helpers.derive import Derivation, numpy_source
from helpers.derive.functions import FUNCTIONS
from helpers.derive.names import code_name
from helpers.derive.notation import is_number

KNOWN = {"np": np, "sliding_window_view": sliding_window_view}
SPECIAL = {"digamma"} | {f.numpy for f in FUNCTIONS.values() if not f.numpy.startswith("np.")}


def numpy_function(
    e: Derivation | sp.Expr,
    free: Sequence[Idx] = (),
    source: Callable[..., str] = numpy_source,
) -> Callable[..., np.ndarray]:
    """What a derivation's last line says, as a function of named arrays; its `source` is what it runs.

        dW = numpy_function(derivation)
        dW(dY=dY, X=X)

    In place of a derivation any expression may stand, with its free indices in their order. Sizes are read from
    the arrays. Numbers such as alpha and functions such as `h_prime` are arguments too, and so is a size that no
    array has. `source=einsum_source` runs the other source. The function raises TypeError for what it is not
    given, ValueError for an array whose shape does not fit.
    """
    where = None
    if isinstance(e, Derivation):
        e, free, where = e.result, e.free, e.chain.derived_sizes
    text = source(e, free, where)
    code = compile(text, "<generated source>", "eval")
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    functions = KNOWN | special_functions(names & SPECIAL)
    names -= set(functions)
    entries = [a for a in sorted(sp.sympify(e).atoms(Indexed), key=str) if not is_number(a)]
    tensors = {code_name(a.base.label): a.base.shape for a in entries}

    def function(**values: Any) -> np.ndarray:
        if missing := sorted((names & set(tensors)) - set(values)):
            raise TypeError(f"{text} needs {', '.join(missing)}")
        arrays = {name: np.asarray(values[name]) for name in tensors if name in values}
        known = read_sizes(arrays, tensors, values) | values | arrays
        if missing := sorted(names - set(known)):
            raise TypeError(f"{text} needs {', '.join(missing)}")
        return eval(code, {**functions, **known})

    function.source = text
    return function


def special_functions(names: set[str]) -> dict[str, Callable[..., np.ndarray]]:
    """Those of scipy.special with these names."""
    if not names:
        return {}
    from scipy import special  # here: it loads as slowly as all of NumPy, and few lines need it

    return {name: getattr(special, name) for name in names}


def read_sizes(
    arrays: Mapping[str, np.ndarray], tensors: Mapping[str, tuple[sp.Expr, ...]], values: Mapping[str, Any]
) -> dict[str, int]:
    """The number for each size symbol; ValueError where an array does not fit what is known already."""
    sizes, said = {}, {}
    for name, a in arrays.items():
        shape = tensors[name]
        letters = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
        if a.ndim != len(shape):
            raise ValueError(f"{name} has shape {a.shape}; it needs {len(shape)} axes, {letters}")
        for letter, n in zip(map(str, shape), a.shape, strict=True):
            if letter in values and letter not in sizes:
                sizes[letter], said[letter] = int(values[letter]), "as given"
            if sizes.setdefault(letter, n) != n:
                was = f"{letter} is {sizes[letter]} {said[letter]}"
                raise ValueError(f"{name} has shape {a.shape}; it needs {letters}, where {was}")
            said.setdefault(letter, f"in {name}")
    return sizes
