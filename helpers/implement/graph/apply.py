"""How an operation is applied: its value is computed, and its operands are remembered."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Union

import numpy as np

Array = np.ndarray
Operand = Union["AbstractNode", Array, float]


class AbstractNode:
    """A node of the graph, as far as operations know it; Node is the one that there is, and made of the operations."""

    __slots__ = ()


class Operation:
    """z = forward(x, y), and beside it for each operand the product with g = ∂L/∂z that backward needs

    A product says by the names of its arguments what it needs after g: the operands x and y, the
    result z, the shape of x, an option of the operation. ``every`` serves any number of operands, and is
    told the i of its own. Products are written once, for arrays and for Nodes.
    """

    def __init__(self, forward: Callable, every: Callable | None = None, **products: Callable) -> None:
        self.forward = forward
        self.every = every and with_needs(every)
        self.products = [with_needs(products[letter]) for letter in "xy" if letter in products]

    @property
    def broadcasts(self) -> bool:
        """Whether it goes entry by entry, and repeats what is smaller."""
        return self.forward is np.broadcast_to or (len(self.products) == 2 and self.forward is not np.matmul)

    def product(self, i: int) -> tuple[Callable, list[str]]:
        return self.every or self.products[i]


OPERATIONS: dict[str, Operation] = {}  # the table is in operations.py


def with_needs(product: Callable) -> tuple[Callable, list[str]]:
    return product, list(inspect.signature(product).parameters)[1:]


def apply(name: str, *operands: Operand, **options: Any) -> Operand:
    """An operation by its name: a Node where an operand is one, an array where none is."""
    operation = OPERATIONS[name]
    first = next((x for x in operands if isinstance(x, AbstractNode)), None)
    if first is None:
        return operation.forward(*operands, **options)
    parents = tuple(x if isinstance(x, AbstractNode) else first.constant(x) for x in operands)
    if any(x.dtype != first.dtype for x in parents):
        raise TypeError(f"{name}: {listed(parents)}: give all of them one dtype, X.astype(np.float32)")
    try:
        value = operation.forward(*[x.value for x in parents], **options)
    except (ValueError, IndexError) as error:
        raise (IndexError if name == "[]" else ValueError)(complaint(name, parents, options, error)) from None
    z = first.result(value)
    if recording.get() and any(x.requires_grad for x in parents):
        z.requires_grad, z.operation, z.parents, z.options = True, name, parents, options
        z.versions = tuple(x.version for x in parents)
    return z


def complaint(name: str, parents: tuple[AbstractNode, ...], options: dict[str, Any], error: Exception) -> str:
    """Why an operation refused, with the names and shapes of its operands."""
    reason = str(error)
    if name == "matmul":
        reason = "the last axis of the first and the last but one of the second must have one size"
    elif OPERATIONS[name].broadcasts and not fit([*parents, *options.values()]):
        reason = "these shapes do not broadcast"
    return f"{name}: {listed(parents)}: {reason}"


def fit(arrays: list[Operand | tuple[int, ...]]) -> bool:
    """Whether the arrays, or shapes, broadcast to one shape."""
    try:
        np.broadcast_shapes(*(getattr(A, "shape", A) for A in arrays))
    except ValueError:
        return False
    return True


def listed(nodes: tuple[AbstractNode, ...]) -> str:
    return ", ".join(x.described for x in nodes)


def plain(x: Any) -> Any:
    return x.value if isinstance(x, AbstractNode) else x


def frozen(A: Array) -> Array:
    A = np.asarray(A)
    A.flags.writeable = False
    return A


recording = ContextVar("recording", default=True)  # each thread has its own


@contextmanager
def record(on: bool) -> Iterator[None]:
    """Whether results remember their parents, until the block ends, in whatever way it ends."""
    token = recording.set(on)
    try:
        yield
    finally:
        recording.reset(token)


def no_grad() -> AbstractContextManager[None]:
    """``with no_grad():`` results remember no parents and require no gradient."""
    return record(False)
