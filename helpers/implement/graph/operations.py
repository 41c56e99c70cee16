"""The table of operations: beside z = f(x, y) stands, for g = ∂L/∂z, what it adds to ∂L/∂x and to ∂L/∂y."""

from collections.abc import Sequence

import numpy as np

from ..activations import sigmoid as logistic
from .node import OPERATIONS, Array, Node, Operand, Operation, apply, plain

Axis = int | tuple[int, ...] | None


def power_x(g, x, y):
    zero = plain(y) == 0
    slope = g * (y * x ** (y - 1))
    return where(zero, 0.0, slope) if zero.any() else slope


def power_y(g, x, y, z):
    return where((plain(x) == 0) & (plain(y) >= 0), 0.0, g * (z * log(x)))


def matmul_x(g, x, y):
    return lifted(g, x, y) @ (y.mT if y.ndim > 1 else y[None, :])


def matmul_y(g, x, y):
    product = (x.mT if x.ndim > 1 else x[:, None]) @ lifted(g, x, y)
    return product if y.ndim > 1 else product[..., 0]


def lifted(g, x, y):
    """The gradient of x @ y as that of a product of matrices: a vector x is a row, a vector y a column."""
    if x.ndim == 1:
        g = g[..., None, :] if y.ndim > 1 else g[..., None]
    return g[..., None] if y.ndim == 1 else g


def spread(g, shape, axis):
    """The gradient of a sum over axis: each summand has that of the sum."""
    return broadcast_to(g.reshape(kept(shape, axis)), shape)


def kept(shape, axis):
    """The shape of a sum over axis with keepdims."""
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis) % len(shape)
    return tuple(1 if i in axes else size for i, size in enumerate(shape))


def max_x(g, x, z, shape, axis):
    """Equal maxima share the gradient evenly, as in torch.amax."""
    largest = plain(x) == plain(z).reshape(kept(shape, axis))
    return spread(g, shape, axis) * largest / largest.sum(axis, keepdims=True)


def scattered(x, index, to):
    z = np.zeros(to, x.dtype)
    np.add.at(z, index, x)
    return z


def part(g, i, axis, cuts):
    along = [slice(None)] * g.ndim
    along[axis] = slice(cuts[i], cuts[i + 1])
    return g[tuple(along)]


# fmt: off
OPERATIONS |= {
    #                      z =                            ∂L/∂x += for g = ∂L/∂z             ∂L/∂y +=
    "+":         Operation(lambda x, y: x + y,            x=lambda g: g,                     y=lambda g: g),
    "-":         Operation(lambda x, y: x - y,            x=lambda g: g,                     y=lambda g: -g),
    "*":         Operation(lambda x, y: x * y,            x=lambda g, y: g * y,              y=lambda g, x: g * x),
    "/":         Operation(lambda x, y: x / y,            x=lambda g, y: g / y,              y=lambda g, y, z: -g * (z / y)),
    "**":        Operation(lambda x, y: x ** y,           x=power_x,                         y=power_y),
    "matmul":    Operation(lambda x, y: x @ y,            x=matmul_x,                        y=matmul_y),
    "neg":       Operation(lambda x: -x,                  x=lambda g: -g),
    "exp":       Operation(np.exp,                        x=lambda g, z: g * z),
    "log":       Operation(np.log,                        x=lambda g, x: g / x),
    "sqrt":      Operation(np.sqrt,                       x=lambda g, z: g / (2 * z)),
    "sin":       Operation(np.sin,                        x=lambda g, x: g * cos(x)),
    "cos":       Operation(np.cos,                        x=lambda g, x: -g * sin(x)),
    "tanh":      Operation(np.tanh,                       x=lambda g, z: g * (1 - z * z)),
    "sigmoid":   Operation(logistic,                      x=lambda g, z: g * z * (1 - z)),
    "relu":      Operation(lambda x: np.maximum(x, 0),    x=lambda g, z: where(z <= 0, 0.0, g)),
    "sum":       Operation(np.sum,                        x=lambda g, shape, axis: spread(g, shape, axis)),
    "mean":      Operation(np.mean,                       x=lambda g, x, z, shape, axis: spread(g / (x.size / z.size), shape, axis)),
    "max":       Operation(np.max,                        x=max_x),
    "reshape":   Operation(lambda x, to: x.reshape(to),   x=lambda g, shape: g.reshape(shape)),
    "transpose": Operation(np.transpose,                  x=lambda g, axes: g.transpose(np.argsort(axes).tolist())),
    "broadcast_to": Operation(np.broadcast_to,            x=lambda g: g),
    "[]":        Operation(lambda x, index: x[index],     x=lambda g, index, shape: apply("scatter", g, index=index, to=shape)),
    "scatter":   Operation(scattered,                     x=lambda g, index: g[index]),
    "where":     Operation(lambda x, y, c: np.where(c, x, y), x=lambda g, c: where(c, g, 0.0),  y=lambda g, c: where(c, 0.0, g)),
    "concatenate": Operation(lambda *xs, axis, cuts: np.concatenate(xs, axis), every=part),
}
# fmt: on


def exp(x: Operand) -> Operand:
    return apply("exp", x)


def log(x: Operand) -> Operand:
    """log x; −inf with gradient g/0 at 0, NaN below, as in PyTorch."""
    return apply("log", x)


def sqrt(x: Operand) -> Operand:
    return apply("sqrt", x)


def sin(x: Operand) -> Operand:
    return apply("sin", x)


def cos(x: Operand) -> Operand:
    return apply("cos", x)


def tanh(x: Operand) -> Operand:
    return apply("tanh", x)


def sigmoid(x: Operand) -> Operand:
    """1 / (1 + exp(−x))"""
    return apply("sigmoid", x)


def relu(x: Operand) -> Operand:
    """max(x, 0), with derivative 0 at 0, as in PyTorch."""
    return apply("relu", x)


def sum(x: Operand, axis: Axis = None, keepdims: bool = False) -> Operand:
    return apply("sum", x, axis=axis, keepdims=keepdims)


def mean(x: Operand, axis: Axis = None, keepdims: bool = False) -> Operand:
    return apply("mean", x, axis=axis, keepdims=keepdims)


def max(x: Operand, axis: Axis = None, keepdims: bool = False) -> Operand:
    """The largest; equal maxima share the gradient evenly, as in torch.amax (and not as in torch.max(dim))."""
    return apply("max", x, axis=axis, keepdims=keepdims)


def reshape(x: Operand, shape: tuple[int, ...]) -> Operand:
    return x.reshape(shape)


def transpose(x: Operand, axes: Sequence[int] | None = None) -> Operand:
    return x.transpose(axes) if axes is not None else x.transpose()


def broadcast_to(x: Operand, shape: tuple[int, ...]) -> Operand:
    return apply("broadcast_to", x, shape=shape)


def concatenate(xs: Sequence[Operand], axis: int = 0) -> Operand:
    sizes = [np.shape(plain(x))[axis] for x in xs]
    return apply("concatenate", *xs, axis=axis, cuts=[0, *np.cumsum(sizes).tolist()])


def where(condition: Array, x: Operand, y: Operand) -> Operand:
    """x where the condition holds, else y

    The gradient of the entry not taken is 0. If it is then multiplied by an infinite slope, as in
    where(x > 0, sqrt(x), 0) at 0, it is NaN, as in PyTorch: mask the argument of sqrt too.
    """
    if isinstance(condition, Node):
        raise TypeError(f"{condition.label} is a Node: the condition is an array of booleans, such as x > 0")
    c = np.array(condition)
    if c.dtype != bool:
        raise TypeError(f"the condition has dtype {c.dtype}, but where needs booleans, such as x > 0")
    return apply("where", x, y, c=c)
