"""A chain as the NumPy program that a person would write: the definitions forward, the gradients back.

Each source is the body of a function, one line for each quantity: no `def` and no `return`.
"""

import ast
from collections.abc import Iterable, Mapping

import sympy as sp
from sympy import Indexed

from helpers.derive.definition import Chain
from helpers.derive.derivation import Derivation
from helpers.derive.names import code_name, name_of
from helpers.derive.notation import Tensor, Upstream
from helpers.derive.source import numpy_source


def forward_source(chain: Chain) -> str:
    """`Y = X @ W.T + b`, then `P = ...`: each definition in its order, the sizes that it needs before them."""
    lines = [f"{code_name(name_of(d.tensor))} = {numpy_source(d.right, d.indices)}" for d in chain]
    return "\n".join([*size_lines(chain, lines, chain.leaves), *lines])


def backward_source(chain: Chain, gradients: Mapping[str, Derivation]) -> str:
    """`dP = ...`, then `dY = ...`: each gradient after those it is computed from.

    What the definitions name is taken as computed before, and so are the upstream gradients that are not among
    `gradients`.
    """
    wanted = in_order(gradients)
    lines = [f"{name} = {numpy_source(d.result, d.free)}" for name, d in wanted.items()]
    known = {e.base for d in wanted.values() for e in d.result.atoms(Indexed)}
    return "\n".join([*size_lines(chain, lines, known), *lines])


def in_order(gradients: Mapping[str, Derivation]) -> dict[str, Derivation]:
    """The gradients, each after the upstream gradients in it; otherwise in the order given."""
    ordered: dict[str, Derivation] = {}

    def put(name: str) -> None:
        if name in gradients and name not in ordered:
            for arriving in arriving_in(gradients[name].result):
                put(arriving)
            ordered[name] = gradients[name]

    for name in gradients:
        put(name)
    return ordered


def arriving_in(e: sp.Expr) -> list[str]:
    """The names of the upstream gradients in e."""
    return sorted({name_of(entry.base) for entry in e.atoms(Indexed) if isinstance(entry.base, Upstream)})


def size_lines(chain: Chain, lines: Iterable[str], arrays: Iterable[Tensor]) -> list[str]:
    """`S, M = X.shape`: the sizes that these lines use, read from the arrays, or computed where none has them."""
    wanted = {node.id for line in lines for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name)}
    follow = {code_name(n): e for n, e in chain.derived_sizes.items()}
    arrays = sorted(arrays, key=lambda t: (isinstance(t, Upstream), -len(t.shape), name_of(t)))
    had = {code_name(n) for array in arrays for n in array.shape}
    computed = {n: e for n, e in follow.items() if n in wanted - had}
    wanted |= {code_name(s) for e in computed.values() for s in e.free_symbols}
    read: list[str] = []
    for array in arrays:
        axes = {code_name(n): axis for axis, n in enumerate(array.shape) if n.is_Symbol}
        new = [n for n in axes if n in wanted]
        wanted -= set(new)
        name = code_name(name_of(array))
        if len(new) == len(array.shape) > 1:
            read.append(f"{', '.join(new)} = {name}.shape")
        else:
            read += [f"{n} = {name}.shape[{axes[n]}]" if axes[n] else f"{n} = len({name})" for n in new]
    return [*read, *(f"{n} = {numpy_source(e, ())}" for n, e in computed.items())]
