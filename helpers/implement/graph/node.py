"""A Node is an array that remembers the operation and the nodes that it was computed from."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Union

import numpy as np

Array = np.ndarray
Operand = Union["Node", Array, float]


class Node:
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
        self.name, self.requires_grad = name, requires_grad
        self._value = frozen(floating(name or "the value of a Node", np.array(value)))
        self.operation, self.parents, self.options = "", (), {}
        self.version, self.versions, self.freed = 0, (), False
        self.grad: Array | Node | None = None

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

    def assign(self, value: Operand) -> None:
        """Give a leaf another value of the same shape and dtype.

        A graph computed from the old value is out of date: backward through it, where it needs that value,
        refuses.
        """
        if self.operation or self.freed:
            raise RuntimeError(f"{self.label} was computed from its parents: only a leaf can be assigned")
        if not isinstance(value, Node):
            value = constant(value, self.dtype)
        if (value.shape, value.dtype) != (self.shape, self.dtype):
            raise ValueError(f"{described(value)} was assigned to {described(self)}")
        self._value = value.value
        self.version += 1

    def pull(
        self, g: Operand, wanted: Callable[["Node"], bool] | None = None
    ) -> list[tuple["Node", Operand]]:
        """[(x, what g = ∂L/∂z adds to ∂L/∂x), ...] for the parents x of z = self that require a gradient

        Arrays if g is an array; Nodes, and so a graph, if g is a Node.
        """
        if self.freed:
            raise RuntimeError(
                f"the graph behind {self.label} was freed by an earlier backward: "
                "keep it there with backward(retain_graph=True)"
            )
        if g.shape != self.shape:
            raise ValueError(f"{self.label} has shape {self.shape}, but its upstream gradient {g.shape}")
        contributions = []
        for i, x in enumerate(self.parents):
            if wanted(x) if wanted else x.requires_grad:
                product, needs = OPERATIONS[self.operation].product(i)
                arguments = [self.needed(name, i) for name in needs]
                if not isinstance(g, Node):
                    arguments = [plain(argument) for argument in arguments]
                contributions.append((x, unbroadcast(product(g, *arguments), x.shape)))
        return contributions

    def needed(self, name: str, i: int) -> Any:
        """What the product for the i-th parent asks for by this name."""
        if name == "z":
            return self
        if name in ("x", "y"):
            j = "xy".index(name)
            if self.parents[j].version != self.versions[j]:
                raise RuntimeError(
                    f"{self.parents[j].label} was assigned after {self.label} was computed from it, and "
                    "backward needs its old value: compute the graph anew"
                )
            return self.parents[j]
        return i if name == "i" else self.parents[0].shape if name == "shape" else self.options[name]

    def backward(
        self, upstream: Operand | None = None, create_graph: bool = False, retain_graph: bool = False
    ) -> None:
        """x.grad += ∂L/∂x for L = self and every node x behind it that requires a gradient

        Only a loss of one number needs no upstream gradient. The graph is freed, unless it is to be
        retained: to draw it, or to come again. With ``create_graph`` it stays, and the gradients are
        Nodes, to be differentiated in their turn.
        """
        from .backward import backward  # which needs Node

        backward(self, upstream, create_graph, retain_graph)

    def free(self) -> None:
        """Forget the parents, and with them the arrays that only they kept alive."""
        if self.parents:
            self.parents, self.options, self.freed = (), {}, True

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

    def __array__(self, *_: Any, **__: Any) -> Array:
        raise TypeError(f"{self.label} is a Node, not an array: take its .value")

    def __repr__(self) -> str:
        numbers = np.array2string(self.value, separator=", ", prefix="Node(")
        known = "".join(
            f", {key}={getattr(self, key)!r}" for key in ("name", "operation") if getattr(self, key)
        )
        return f"Node({numbers}{known})"


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

    def product(self, i: int) -> tuple[Callable, list[str]]:
        return self.every or self.products[i]


OPERATIONS: dict[str, Operation] = {}  # the table is in operations.py


def with_needs(product: Callable) -> tuple[Callable, list[str]]:
    return product, list(inspect.signature(product).parameters)[1:]


def apply(name: str, *operands: Operand, **options: Any) -> Operand:
    """An operation by its name: a Node where an operand is one, an array where none is."""
    operation = OPERATIONS[name]
    first = next((x for x in operands if isinstance(x, Node)), None)
    if first is None:
        return operation.forward(*operands, **options)
    parents = tuple(x if isinstance(x, Node) else constant(x, first.dtype) for x in operands)
    if any(x.dtype != first.dtype for x in parents):
        raise TypeError(f"{name}: {listed(parents)} differ in dtype; x.astype(np.float32) makes them alike")
    try:
        value = operation.forward(*[x.value for x in parents], **options)
    except (ValueError, IndexError) as error:
        raise (IndexError if name == "[]" else ValueError)(complaint(name, parents, error)) from None
    z = result(value)
    if recording.get() and any(x.requires_grad for x in parents):
        z.requires_grad, z.operation, z.parents, z.options = True, name, parents, options
        z.versions = tuple(x.version for x in parents)
    return z


def result(value: Array) -> Node:
    """A Node without history around an array that is the engine's own: no copy."""
    z = Node.__new__(Node)
    z._value, z.name, z.requires_grad, z.grad = frozen(value), "", False, None
    z.operation, z.parents, z.options = "", (), {}
    z.version, z.versions, z.freed = 0, (), False
    return z


def constant(x: Array | float, dtype: np.dtype) -> Node:
    """Numbers, integers and booleans take the dtype; an array of floats keeps its own."""
    A = np.asarray(x)
    like = A.dtype.kind in "biu" or (A.dtype.kind == "f" and (A.ndim == 0 or isinstance(x, list | tuple)))
    return result(floating("a constant", np.array(x, dtype if like else None)))


def unbroadcast(g: Operand, shape: tuple[int, ...]) -> Operand:
    """The gradient of an array of this shape that was repeated to the shape of g: the sum over its copies."""
    if g.shape == shape:
        return g
    new = g.ndim - len(shape)
    repeated = [i + new for i, size in enumerate(shape) if size == 1 != g.shape[i + new]]
    return g.sum((*range(new), *repeated)).reshape(shape)


def floating(name: str, A: Array) -> Array:
    if A.dtype not in (np.float32, np.float64):
        raise TypeError(
            f"{name} has dtype {A.dtype}, but only float32 and float64 carry gradients: 2.0, X.astype(float)"
        )
    return A


def frozen(A: Array) -> Array:
    A = np.asarray(A)
    A.flags.writeable = False
    return A


def plain(x: Any) -> Any:
    return x.value if isinstance(x, Node) else x


def described(x: Node) -> str:
    return f"{x.label} ({x.dtype}, shape {x.shape})"


def listed(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(described, nodes))


def complaint(name: str, parents: tuple[Node, ...], error: Exception) -> str:
    """Why an operation refused, with the names and shapes of its operands."""
    reason = str(error)
    if name == "matmul":
        reason = "the last axis of the first and the last but one of the second must have one size"
    elif "broadcast" in reason:
        reason = "these shapes do not broadcast"
    return f"{name}: {listed(parents)}: {reason}"


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
