"""A Node is an array that remembers the operation and the arrays that it was computed from."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Union

import numpy as np

Array = np.ndarray
Operand = Union["Node", Array, float]

OPERATIONS: dict[str, "Operation"] = {}  # filled by operations.py


class Operation:
    """z = forward(x, y), and beside it a vector-Jacobian product for each operand

    A product says by the names of its arguments what it needs: g = ∂L/∂z, the operands x and y, the
    result z, the shape of x, and the options of the operation. ``every`` serves any number of operands,
    the i-th of them at each call. A product is written once, for arrays and for Nodes.
    """

    def __init__(self, forward: Callable, every: Callable | None = None, **products: Callable) -> None:
        self.forward = forward
        self.products = {"xy".index(letter): reading(product) for letter, product in products.items()}
        self.every = every and reading(every)

    def product(self, i: int) -> tuple[Callable, list[str]]:
        return self.every or self.products[i]


def reading(product: Callable) -> tuple[Callable, list[str]]:
    """A product, and the names of what it needs beside g."""
    return product, list(inspect.signature(product).parameters)[1:]


recording = ContextVar("recording", default=True)  # a thread has its own


@contextmanager
def record(on: bool) -> Iterator[None]:
    """Whether results remember where they came from, until the end of the block, however it ends."""
    token = recording.set(on)
    try:
        yield
    finally:
        recording.reset(token)


def no_grad() -> Any:
    """``with no_grad():`` what is computed inside remembers nothing: its nodes are constants."""
    return record(False)


class Node:
    """An array in a graph: a leaf, or the result z of an operation on its parents

    ``value`` is an array of float32 or float64 that nobody can write: Node(X) takes a copy of X, so that
    a later change of X reaches no gradient. ``assign`` gives a leaf another value.
    ``grad`` is None until a backward pass has reached the node; passes add to it.

    Plain numbers and arrays beside a Node are constants, and take its dtype if they are numbers, integers or
    booleans. A comparison, as in x > 0, gives a plain array of booleans.
    """

    __slots__ = (
        "__weakref__",
        "_value",
        "freed",
        "grad",
        "name",
        "operation",
        "options",
        "parents",
        "requires_grad",
        "seen",
        "version",
    )
    __array_ufunc__ = None  # array + node is node.__radd__(array)

    def __init__(self, value: Array | float, name: str = "", requires_grad: bool = True) -> None:
        if isinstance(value, Node):
            raise TypeError(f"{value.label} is a Node already: Node(x.value) makes a new leaf of its numbers")
        self._value = frozen(floating(np.array(value), name or "the value of a Node"))
        self.name, self.requires_grad = name, requires_grad
        self.operation, self.parents, self.options, self.seen = "", (), {}, ()
        self.grad: Array | Node | None = None
        self.version, self.freed = 0, False

    @property
    def value(self) -> Array:
        return self._value

    @value.setter
    def value(self, value: Array) -> None:
        raise AttributeError(f"the value of {self.label} is not changed in place: x.assign(value) for a leaf")

    @property
    def shape(self) -> tuple[int, ...]:
        return self._value.shape

    @property
    def ndim(self) -> int:
        return self._value.ndim

    @property
    def size(self) -> int:
        return self._value.size

    @property
    def dtype(self) -> np.dtype:
        return self._value.dtype

    @property
    def label(self) -> str:
        """How an error calls this node."""
        kind = f"a result of {self.operation}" if self.operation else "a leaf"
        return self.name or (kind if self.requires_grad or self.operation else "a constant")

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        operation = f", operation={self.operation!r}" if self.operation else ""
        return f"Node({np.array2string(self.value, separator=', ', prefix='Node(')}{name}{operation})"

    def assign(self, value: Operand) -> None:
        """Give a leaf another value, of the same shape and dtype.

        A graph made before still holds on to the old one: a backward pass through it that needs
        the old value refuses.
        """
        if self.operation:
            raise ValueError(f"{self.label} is computed from its parents: only a leaf can be assigned")
        if isinstance(value, Node):
            value = value.value  # nobody can write it: no copy
        else:
            value = frozen(np.array(value, self.dtype if np.ndim(value) == 0 else None))
        if value.shape != self.shape or value.dtype != self.dtype:
            raise ValueError(
                f"{self.label} is {self.dtype} of shape {self.shape}, but was assigned {value.dtype} "
                f"of shape {value.shape}"
            )
        self._value = value
        self.version += 1

    def pull(
        self, g: Operand, wanted: Callable[["Node"], bool] | None = None
    ) -> list[tuple["Node", Operand]]:
        """From g = ∂L/∂z to [(x, its contribution to ∂L/∂x), ...], for the parents x that require a gradient

        Arrays if g is an array, Nodes (and so a graph) if g is a Node.
        """
        if np.shape(g) != self.shape if not isinstance(g, Node) else g.shape != self.shape:
            raise ValueError(f"{self.label} has shape {self.shape}, but its upstream has {np.shape(g)}")
        if self.freed:
            raise RuntimeError(
                f"the graph behind {self.label} was freed by a backward pass: "
                "the first one keeps it with backward(retain_graph=True)"
            )
        given = {"z": self, "shape": self.parents[0].shape if self.parents else (), **self.options}
        given |= zip("xy", self.parents, strict=False)
        contributions = []
        for i, parent in enumerate(self.parents):
            if not (wanted(parent) if wanted else parent.requires_grad):
                continue
            product, names = OPERATIONS[self.operation].product(i)
            arguments = [i if name == "i" else given[name] for name in names]
            for name, argument in zip(names, arguments, strict=True):
                if name in "xy" and argument.version != self.seen["xy".index(name)]:
                    raise RuntimeError(
                        f"{argument.label} was assigned after {self.label} was computed from it, and the "
                        f"backward pass needs the old value: compute {self.label} again"
                    )
            if not isinstance(g, Node):
                arguments = [a.value if isinstance(a, Node) else a for a in arguments]
            contributions.append((parent, unbroadcast(product(g, *arguments), parent.shape)))
        return contributions

    def backward(
        self, upstream: Operand | None = None, create_graph: bool = False, retain_graph: bool = False
    ) -> None:
        """x.grad += ∂L/∂x for L = self and every node x behind it that requires a gradient

        A loss of one number needs no upstream; anything else needs the upstream gradient, of its own
        shape. The graph is freed, unless it is to be retained, say to draw it or to go back again.
        With ``create_graph`` the gradients are Nodes and can be differentiated too.
        """
        from .backward import backward

        backward(self, upstream, create_graph, retain_graph)

    def __add__(self, y):
        return apply("+", self, y)

    def __radd__(self, x):
        return apply("+", x, self)

    def __sub__(self, y):
        return apply("-", self, y)

    def __rsub__(self, x):
        return apply("-", x, self)

    def __mul__(self, y):
        return apply("*", self, y)

    def __rmul__(self, x):
        return apply("*", x, self)

    def __truediv__(self, y):
        return apply("/", self, y)

    def __rtruediv__(self, x):
        return apply("/", x, self)

    def __pow__(self, y):
        return apply("**", self, y)

    def __rpow__(self, x):
        return apply("**", x, self)

    def __matmul__(self, y):
        return apply("matmul", self, y)

    def __rmatmul__(self, x):
        return apply("matmul", x, self)

    def __neg__(self):
        return apply("neg", self)

    def __getitem__(self, index):
        return apply("[]", self, index=owned(index))

    def __lt__(self, y):
        return self.value < plain(y)

    def __le__(self, y):
        return self.value <= plain(y)

    def __gt__(self, y):
        return self.value > plain(y)

    def __ge__(self, y):
        return self.value >= plain(y)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator["Node"]:
        return (self[i] for i in range(len(self)))

    def __float__(self) -> float:
        return float(self.value)

    def __array__(self, *_: Any, **__: Any) -> Array:
        raise TypeError(f"{self.label} is a Node, not an array: take its .value")

    @property
    def T(self) -> "Node":
        return self.transpose()

    @property
    def mT(self) -> "Node":
        """The transpose of each matrix in a stack of matrices."""
        return self.transpose(*range(self.ndim - 2), -1, -2)

    def transpose(self, *axes: int) -> "Node":
        axes = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        axes = axes or range(self.ndim)[::-1]
        return apply("transpose", self, axes=tuple(axis % self.ndim for axis in axes))

    def reshape(self, *shape: int) -> "Node":
        shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return apply("reshape", self, to=tuple(shape))

    def sum(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> "Node":
        return apply("sum", self, axis=axis, keepdims=keepdims)

    def mean(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> "Node":
        return apply("mean", self, axis=axis, keepdims=keepdims)

    def max(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> "Node":
        return apply("max", self, axis=axis, keepdims=keepdims)

    def exp(self) -> "Node":
        return apply("exp", self)

    def log(self) -> "Node":
        return apply("log", self)

    def sqrt(self) -> "Node":
        return apply("sqrt", self)

    def sin(self) -> "Node":
        return apply("sin", self)

    def cos(self) -> "Node":
        return apply("cos", self)

    def tanh(self) -> "Node":
        return apply("tanh", self)

    def sigmoid(self) -> "Node":
        return apply("sigmoid", self)

    def relu(self) -> "Node":
        return apply("relu", self)


def apply(name: str, *operands: Operand, **options: Any) -> Operand:
    """The operation of this name: a Node if an operand is one, else an array."""
    operation = OPERATIONS[name]
    nodes = [x for x in operands if isinstance(x, Node)]
    if not nodes:
        return operation.forward(*operands, **options)
    parents = tuple(x if isinstance(x, Node) else constant(x, nodes[0].dtype) for x in operands)
    for x in parents:
        if x.dtype != nodes[0].dtype:
            raise TypeError(
                f"{name} of {shapes(parents)}: {x.label} is {x.dtype}, {nodes[0].label} is {nodes[0].dtype}"
            )
    try:
        value = operation.forward(*[x._value for x in parents], **options)
    except (ValueError, IndexError) as error:
        raise type(error)(f"{name} of {shapes(parents)}: {error}") from None
    z = Node.__new__(Node)
    z._value = frozen(value)
    z.name, z.grad, z.version, z.freed = "", None, 0, False
    z.requires_grad = recording.get() and any(x.requires_grad for x in parents)
    z.operation, z.parents, z.options, z.seen = "", (), {}, ()
    if z.requires_grad:
        z.operation, z.parents, z.options = name, parents, options
        z.seen = tuple(x.version for x in parents)
    return z


def unbroadcast(g: Operand, shape: tuple[int, ...]) -> Operand:
    """g, summed over the axes along which an array of this shape was repeated: its gradient."""
    if g.shape == shape:
        return g
    new = g.ndim - len(shape)
    repeated = [axis + new for axis, size in enumerate(shape) if size == 1 != g.shape[axis + new]]
    return g.sum((*range(new), *repeated)).reshape(shape)


def constant(x: Array | float, dtype: np.dtype) -> Node:
    """A Node without gradient: numbers, integers and booleans take the dtype of the Node beside them."""
    A = np.asarray(x)
    if A.dtype.kind in "iub" or A.ndim == 0 and A.dtype.kind == "f" or isinstance(x, list | tuple):
        A = A.astype(dtype)
    return Node(A, requires_grad=False)


def floating(A: Array, name: str) -> Array:
    if A.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} has dtype {A.dtype}, but a gradient needs float32 or float64")
    return A


def frozen(A: Array) -> Array:
    """A itself, and nobody can write it."""
    A = np.asarray(A)
    A.flags.writeable = False
    return A


def plain(x: Operand) -> Array | float:
    return x.value if isinstance(x, Node) else x


def owned(index: Any) -> Any:
    """An index that its caller can no longer change."""
    if isinstance(index, tuple):
        return tuple(map(owned, index))
    if isinstance(index, Node):
        raise TypeError(f"{index.label} is a Node: an index is of plain integers or booleans")
    return np.array(index) if isinstance(index, list | np.ndarray) else index


def shapes(nodes: tuple[Node, ...]) -> str:
    return " and ".join(f"{x.label} {x.shape}" for x in nodes)
