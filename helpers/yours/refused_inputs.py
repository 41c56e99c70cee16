"""The lines of a layer that refuse inputs, in the letters of its formula."""

from collections.abc import Iterable, Mapping, Sequence

import sympy as sp

from helpers.derive.notation import Tensor
from helpers.yours.body import code
from helpers.yours.labels import ranges
from helpers.yours.python_text import axes_of, shape
from helpers.yours.roles import Roles

Known = dict[sp.Expr, str]


def refusals(roles: Roles, inputs: Sequence[Tensor]) -> list[str]:
    """The lines that refuse inputs whose shapes do not fit, and whole numbers that choose what is not there."""
    known = {
        n: f'self.params["{code(t)}"].shape[{a}]' for t in roles.parameters for a, n in enumerate(t.shape)
    }
    lines: list[str] = []
    for t in inputs:
        lines += wrong_shape(t, known, lines)
        own = {n: f"{code(t)}.shape[{a}]" for a, n in enumerate(axes_of(t)) if n.is_Symbol}
        known |= {n: source for n, source in own.items() if n not in known}
    for t in (t for t in inputs if t.label.is_integer):
        for n in (n for n in ranges(roles.chain, t) if n.free_symbols <= known.keys()):
            lines += [*sizes_known([n], known, lines), *out_of_range(code(t), n)]
    return lines


def wrong_shape(t: Tensor, known: Known, lines: Sequence[str]) -> list[str]:
    """The refusal of an input by its axes, those whose sizes are known and those that are alike."""
    x, axes = code(t), axes_of(t)
    fixed = {a: n for a, n in enumerate(axes) if n.free_symbols <= known.keys()}
    again = {a: f"{x}.shape[{axes.index(n)}]" for a, n in enumerate(axes) if n in axes[:a]}
    wrong = [f"{x}.shape[{a}] != {n}" for a, n in sorted({**again, **fixed}.items())]
    values = ", ".join(f"{n} = {{{n}}}" for n in dict.fromkeys(fixed.values()) if n.is_Symbol)
    return [
        *sizes_known(fixed.values(), known, lines),
        f"if {' or '.join([f'{x}.ndim != {len(axes)}', *wrong])}:",
        f'    raise ValueError(f"{x} has shape {{{x}.shape}}, and needs {shape(t)}{" with " * bool(values)}{values}")',
    ]


def sizes_known(sizes: Iterable[sp.Expr], known: Mapping[sp.Expr, str], lines: Sequence[str]) -> list[str]:
    """`M = self.params["W"].shape[1]` for each of these sizes, if no line says so already."""
    said = [f"{code(n)} = {known[n]}" for n in dict.fromkeys(sizes) if n.is_Symbol]
    return [line for line in said if line not in lines]


def out_of_range(t: str, n: sp.Expr) -> list[str]:
    """The refusal of whole numbers that are negative, or n and more."""
    return [
        f"if {t}.size and not 0 <= {t}.min() <= {t}.max() < {n}:",
        f'    raise ValueError(f"{t} runs from {{{t}.min()}} to {{{t}.max()}}, and needs 0 to {{{n} - 1}}")',
    ]
