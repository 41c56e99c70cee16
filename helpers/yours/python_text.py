"""Small pieces of Python as text."""

import ast
import textwrap
from collections.abc import Iterable, Sequence

from helpers.derive.notation import Tensor

VIEWS = (
    "broadcast_to",
    "reshape",
    "transpose",
    "moveaxis",
    "swapaxes",
    "expand_dims",
)  # share memory with what they are of
LIBRARIES = {
    "np": "import numpy as np",
    "erf": "from scipy.special import erf",
    "sliding_window_view": "from numpy.lib.stride_tricks import sliding_window_view",
    "torch": "import torch",
}
WIDTH = 110


def axes_of(t: Tensor) -> tuple:
    """The sizes of the array that a tensor is in code: a number has no axis."""
    return () if t.shape == (1,) else tuple(t.shape)


def shape(t: Tensor) -> str:
    axes = axes_of(t)
    return f"({', '.join(map(str, axes))}{',' * (len(axes) == 1)})"


def as_argument(t: Tensor) -> str:
    """The shape as NumPy takes it: N for a vector, (N, M), () for a number."""
    axes = axes_of(t)
    return str(axes[0]) if len(axes) == 1 else shape(t)


def together(names: Sequence[str], values: Sequence[str]) -> list[str]:
    """`X, r = ...` in one line; nothing where there are no names."""
    return [f"{', '.join(names)} = {', '.join(values)}"] if names else []


def function(name: str, arguments: Iterable[str], lines: Iterable[str]) -> str:
    """A method."""
    return f"def {name}({', '.join(['self', *arguments])}):\n" + textwrap.indent("\n".join(lines), "    ")


def new_array(line: str) -> str:
    """The assignment, with a copy where its right side shares the memory of an array that somebody else has."""
    (node,) = ast.parse(line).body
    return f"{line}.copy()" if isinstance(node, ast.Assign) and is_view(node.value) else line


def is_view(e: ast.expr) -> bool:
    match e:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in VIEWS
        case ast.Attribute() | ast.Subscript() | ast.Name():
            return True
    return False


def imports(text: str) -> str:
    """The imports of the libraries that a text names, in the order of ruff."""
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return "\n".join(line for name, line in LIBRARIES.items() if name in names)


def quoted(text: str) -> str:
    r"""Text that may stand between three quotes: nothing in it ends them, \ and " are left out."""
    return text.replace("\\", "").replace('"', "'")
