"""A chain as the NumPy program that a person would write: the definitions forward, the gradients back.

    A = X @ W.T + b            dA = dH * (1 - H**2)
    H = np.tanh(A)             dW = dA.T @ X

A recursion is a loop over its times, `for t in range(T):`, and backward from the last to the first. Each source is the
body of a function: no `def` and no `return`.
"""

import ast
from collections.abc import Iterable, Mapping

from sympy import Indexed

from helpers.derive.chain import Chain
from helpers.derive.derivation import Derivation
from helpers.derive.loops import backward_loop, forward_loop
from helpers.derive.names import code_name, name_of
from helpers.derive.notation import Past, Tensor, Upstream, upstream
from helpers.derive.recursion import stages
from helpers.derive.source import numpy_source


def forward_source(chain: Chain) -> str:
    """`A = X @ W.T + b`, then `H = np.tanh(A)`: each definition in its order, the sizes that it needs before them."""
    lines: list[str] = []
    arrays = sorted(chain.leaves, key=first_read)
    needs = {d.tensor: sorted(d.depends_on, key=name_of) for d in chain}
    for stage in stages(needs):
        recursion = next((r for r in chain.recursions if stage[0] in r.axes), None)
        if recursion:
            lines += forward_loop([chain[tensor] for tensor in stage], recursion, arrays)
        else:
            (Y,) = stage
            lines.append(
                f"{code_name(name_of(Y))} = {numpy_source(chain[Y].right, chain[Y].indices, chain.derived_sizes)}"
            )
    return "\n".join([*size_lines(chain, lines, arrays), *lines])


def backward_source(chain: Chain, gradients: Mapping[str, Derivation]) -> str:
    """`dA = dH * (1 - H**2)`, then `dW = dA.T @ X`: each gradient after those that it is computed from.

    What the definitions name is taken as computed before, and so is an upstream gradient that is not among
    `gradients`.
    """
    lines: list[str] = []
    gradients = {arriving(chain, d, name): d for name, d in gradients.items()}
    entries = {name: d.result.atoms(Indexed) for name, d in gradients.items()}
    needs = {name: sorted({name_of(e.base) for e in es}) for name, es in entries.items()}
    given = {e.base for es in entries.values() for e in es if name_of(e.base) not in gradients}
    arrays = [*sorted(given, key=first_read), *sorted({*chain.leaves} - given, key=first_read)]
    for stage in stages(needs):
        if stage[0] in needs[stage[0]] or len(stage) > 1:
            lines += backward_loop({name: gradients[name] for name in stage}, chain, arrays)
        else:
            (name,) = stage
            lines.append(f"{name} = {gradients[name].numpy}")
    return "\n".join([*size_lines(chain, lines, arrays), *lines])


def arriving(chain: Chain, derivation: Derivation, name: str) -> str:
    """The name of a gradient where others read it: dY, and grad_Y beside a tensor that is called dY."""
    x = derivation.left.x.base
    return code_name(name_of(upstream(x, beside=chain.tensors))) if name == f"d{name_of(x)}" else name


def first_read(array: Tensor) -> tuple:
    """The arrays that sizes are read from, in their order: what is given first, the most axes first."""
    return isinstance(array, Upstream | Past), -len(array.shape), name_of(array)


def size_lines(chain: Chain, lines: Iterable[str], arrays: Iterable[Tensor]) -> list[str]:
    """`S, M = X.shape`: the sizes that these lines use, read from the first array that has each, or computed."""
    names = {node.id for node in ast.walk(ast.parse("\n".join(lines))) if isinstance(node, ast.Name)}
    had = {code_name(n) for array in arrays for n in array.shape}
    computed = {code_name(n): e for n, e in chain.derived_sizes.items() if code_name(n) in names - had}
    wanted = names | {code_name(s) for e in computed.values() for s in e.free_symbols}
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
