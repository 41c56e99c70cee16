"""A Node is an array that remembers the operation and the nodes that it was computed from."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import operations
from .apply import AbstractNode, Array, Operand, apply, frozen, plain
from .backward import backward, pull


def both(name: str) -> tuple[Callable, Callable]:
    """An operation as an operator: x + y, and y + x where y is no Node."""
    return lambda x, y: apply(name, x, y), lambda y, x: apply(name, x, y)


class Node(AbstractNode):
    """An array in a graph: a leaf, or z = operation(x, y, ...) of its parents x, y, ...

    ``value``    an array of float32 or float64 that nobody can write. Node(X) takes a copy, so that a later
                 change of X reaches no gradient; ``assign`` gives a leaf another value.
    ``grad``     None until a backward pass reaches the node, then the sum of what the passes brought.
    ``parents``  the nodes it was computed from; empty for a leaf, for what was computed from constants or
                 under no_grad, and once backward has freed the graph.

    Numbers and plain arrays beside a Node are constants. Numbers, integers and booleans take its dtype;
    float32 and float64 do not mix. x > 0 is a plain array of booleans.
    """

    __slots__ = (
        *("_value", "name", "requires_grad", "grad", "operation", "parents", "options"),
        *("version", "versions", "freed", "__weakref__"),
    )
    __array_ufunc__ = None  # array + node asks node.__radd__

    def __init__(self, value: Array | float, name: str = "", requires_grad: bool = True) -> None:
        if isinstance(value, Node):
            raise TypeError(f"{value.label} is a Node already: a new leaf of its numbers is Node(x.value)")
        self._begin(checked_floating(name or "the value of a Node", np.array(value)), name, requires_grad)

    def _begin(self, value: Array, name: str = "", requires_grad: bool = False) -> "Node":
        self._value, self.name, self.requires_grad = frozen(value), name, requires_grad
        self.grad: Array | Node | None = None
        self.operation, self.parents, self.options = "", (), {}
        self.version, self.versions, self.freed = 0, (), False  # versions: of the parents, when used
        return self

    @property
    def value(self) -> Array:
        return self._value

    @value.setter
    def value(self, value: Array) -> None:
        raise AttributeError(
            f"{self.label} has a value that others may need: x.assign(value) replaces a leaf's"
        )

    shape = property(lambda self: self._value.shape)
    ndim = property(lambda self: self._value.ndim)
    size = property(lambda self: self._value.size)
    dtype = property(lambda self: self._value.dtype)
    T = property(lambda self: self.transpose())
    mT = property(lambda self: self.transpose(*range(self.ndim - 2), -1, -2), doc="Matrices transposed.")

    @property
    def label(self) -> str:
        """What an error calls this node."""
        if self.name or self.operation:
            return self.name or f"a result of {self.operation}"
        return "an unnamed leaf" if self.requires_grad else "a constant"

    @property
    def described(self) -> str:
        return f"{self.label} ({self.dtype}, shape {self.shape})"

    @staticmethod
    def result(value: Array) -> "Node":
        """A Node without history, around an array that is the engine's own: no copy."""
        return Node.__new__(Node)._begin(value)

    def constant(self, x: Array | float) -> "Node":
        """Numbers, integers and booleans take the dtype of this Node; an array of floats keeps its own."""
        A = np.asarray(x)
        like = A.dtype.kind in "biu" or (A.dtype.kind == "f" and (A.ndim == 0 or isinstance(x, list | tuple)))
        return self.result(checked_floating("a constant", np.array(x, self.dtype if like else None)))

    def assign(self, value: Operand) -> None:
        """Give a leaf another value of the same shape and dtype.

        A graph computed from the old value is out of date: backward through it, where it needs that value,
        refuses.
        """
        if self.operation or self.freed:
            raise RuntimeError(f"{self.label} was computed from its parents: only a leaf can be assigned")
        if not isinstance(value, Node):
            value = self.constant(value)
        if (value.shape, value.dtype) != (self.shape, self.dtype):
            raise ValueError(f"{value.described} was assigned to {self.described}")
        self._value = value.value
        self.version += 1

    def free(self) -> None:
        """Forget the parents, and with them the arrays that only they kept alive."""
        if self.parents:
            self.parents, self.options, self.freed = (), {}, True

    pull, backward = pull, backward

    __add__, __radd__ = both("+")
    __sub__, __rsub__ = both("-")
    __mul__, __rmul__ = both("*")
    __truediv__, __rtruediv__ = both("/")
    __pow__, __rpow__ = both("**")
    __matmul__, __rmatmul__ = both("matmul")
    __getitem__ = operations.item
    __neg__ = operations.negative
    exp, log, sqrt, sin, cos = operations.exp, operations.log, operations.sqrt, operations.sin, operations.cos
    tanh, sigmoid, relu = operations.tanh, operations.sigmoid, operations.relu
    sum, mean, max = operations.sum, operations.mean, operations.max
    reshape, transpose = operations.reshape, operations.transpose

    def __lt__(self, y: Operand) -> Array:
        return self.value < plain(y)

    def __le__(self, y: Operand) -> Array:
        return self.value <= plain(y)

    def __gt__(self, y: Operand) -> Array:
        return self.value > plain(y)

    def __ge__(self, y: Operand) -> Array:
        return self.value >= plain(y)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator["Node"]:
        return (self[i] for i in range(len(self)))

    def __float__(self) -> float:
        return float(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __array__(self, *_: Any, **__: Any) -> Array:
        raise TypeError(
            f"{self.label} is a Node, not an array: take its .value, or helpers.implement.graph.exp, sum, ..."
        )

    def __repr__(self) -> str:
        numbers = np.array2string(self.value, separator=", ", prefix="Node(")
        known = "".join(
            f", {key}={getattr(self, key)!r}" for key in ("name", "operation") if getattr(self, key)
        )
        return f"Node({numbers}{known})"


def checked_floating(name: str, A: Array) -> Array:
    if A.dtype not in (np.float32, np.float64):
        raise TypeError(
            f"{name} has dtype {A.dtype}, but only float32 and float64 carry gradients: 2.0, X.astype(float)"
        )
    return A
