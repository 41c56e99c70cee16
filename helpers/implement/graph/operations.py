"""The operations in one table: beside z = f(x, y), what g = ∂L/∂z adds to ∂L/∂x and to ∂L/∂y.

Every product is written once, for arrays and for Nodes: on arrays it is the backward pass, on Nodes it
is the graph of the backward pass, which can be differentiated again. Where an operand was broadcast, the
sum over its copies is taken afterwards, for all operations in one place (``unbroadcast``).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..activations import sigmoid as logistic
from .apply import OPERATIONS, AbstractNode, Array, Operand, Operation, apply, plain

Axis = int | tuple[int, ...] | None
Shape = tuple[int, ...]


def power(x: Array, y: Array) -> Array:
    return x ** (y.item() if y.ndim == 0 else y)  # NumPy squares where it is told a number


def power_x(g: Operand, x: Operand, y: Operand) -> Operand:
    """g y xʸ⁻¹, and 0 where y = 0, also at x = 0"""
    zero = plain(y) == 0
    if zero.all():
        return where(zero, 0.0, g)
    slope = g * (y * x ** (y - 1))
    return where(zero, 0.0, slope) if zero.any() else slope


def power_y(g: Operand, x: Operand, y: Operand, z: Operand) -> Operand:
    """g xʸ log x, and 0 where x = 0 ≤ y"""
    return g * where((plain(x) == 0) & (plain(y) >= 0), 0.0, z * log(x))


def matmul_x(g: Operand, x: Operand, y: Operand) -> Operand:
    """G Yᵀ"""
    return matrix(g, x, y) @ (y.mT if y.ndim > 1 else y[None, :])


def matmul_y(g: Operand, x: Operand, y: Operand) -> Operand:
    """Xᵀ G"""
    X, G = x if x.ndim > 1 else x[None, :], matrix(g, x, y)
    # (Gᵀ X)ᵀ lies in memory as a transposed Y does: in X Wᵀ the gradient of W as W
    product = X.mT @ G if plain(y).flags.c_contiguous else (G.mT @ X).mT
    return product if y.ndim > 1 else product[..., 0]


def matrix(g: Operand, x: Operand, y: Operand) -> Operand:
    """G: g with the axes that x @ y drops, where a vector x stands for a row, a vector y for a column."""
    if x.ndim == 1:
        g = g[..., None, :] if y.ndim > 1 else g[..., None]
    return g[..., None] if y.ndim == 1 else g


def max_x(g: Operand, x: Operand, z: Operand, shape: Shape, axis: Axis) -> Operand:
    """g in equal shares to all that are largest"""
    largest = plain(x) == plain(z).reshape(kept(shape, axis))
    ties = largest.sum(axis, keepdims=True).astype(x.dtype)
    return spread(g, shape, axis) * largest / ties


def spread(g: Operand, shape: Shape, axis: Axis) -> Operand:
    """g along the axes that a sum has folded: each summand has the gradient of the sum"""
    return broadcast_to(g.reshape(kept(shape, axis)), shape)


def average(x: Array, axis: Axis, keepdims: bool) -> Array:
    return x.sum(axis, keepdims=keepdims) / count(x.shape, axis)  # np.mean takes longer


def shared(g: Operand, shape: Shape, axis: Axis) -> Operand:
    """g / n along the axes that a mean of n has folded"""
    return spread(g / count(shape, axis), shape, axis)


def count(shape: Shape, axis: Axis) -> int:
    return math.prod(shape[i] for i in axes(shape, axis))


def kept(shape: Shape, axis: Axis) -> Shape:
    """The shape of a sum over the axes, with keepdims."""
    folded = axes(shape, axis)
    return tuple(1 if i in folded else size for i, size in enumerate(shape))


def axes(shape: Shape, axis: Axis) -> list[int]:
    if axis is None or shape == ():  # one number has no axes to fold
        return list(range(len(shape)))
    return [i % len(shape) for i in (axis if isinstance(axis, tuple) else (axis,))]


def inverse(axes: Sequence[int]) -> list[int]:
    """The permutation that undoes a permutation of axes."""
    return sorted(range(len(axes)), key=lambda i: axes[i] % len(axes))


def part(g: Operand, axis: int, ends: list[int]) -> Operand:
    """What lies between the two ends along an axis"""
    return g[(*[slice(None)] * (axis % g.ndim), slice(*ends))]


def rectify(x: Array) -> Array:
    return np.clip(x, 0, math.inf)  # twice as fast as np.maximum(x, 0)


def choose(x: Array, y: Array, c: Array) -> Array:
    return np.where(c, x, y)


def take(x: Array, index: Any) -> Array:
    return x[index]


def put(x: Array, index: tuple, shape: Shape) -> Array:
    z = np.zeros(shape, x.dtype)
    if any(isinstance(i, Array) and i.dtype != bool for i in index):
        np.add.at(z, index, x)  # an entry may stand there twice
    else:
        z[index] = x
    return z


def join(*xs: Array, axis: int, cuts: list[int]) -> Array:
    return np.concatenate(xs, axis)


# fmt: off
OPERATIONS |= {
    #                         z =                    ∂L/∂x +=                         ∂L/∂y +=
    "+":            Operation(lambda x, y: x + y,    x=lambda g: g,                   y=lambda g: g),
    "-":            Operation(lambda x, y: x - y,    x=lambda g: g,                   y=lambda g: -g),
    "*":            Operation(lambda x, y: x * y,    x=lambda g, y: g * y,            y=lambda g, x: g * x),
    "/":            Operation(lambda x, y: x / y,    x=lambda g, y: g / y,            y=lambda g, y, z: -g * (z / y)),
    "**":           Operation(power,                 x=power_x,                       y=power_y),
    "matmul":       Operation(np.matmul,             x=matmul_x,                      y=matmul_y),
    "where":        Operation(choose,                x=lambda g, c: where(c, g, 0.0), y=lambda g, c: where(c, 0.0, g)),

    "neg":          Operation(lambda x: -x,          x=lambda g: -g),
    "exp":          Operation(np.exp,                x=lambda g, z: g * z),
    "log":          Operation(np.log,                x=lambda g, x: g / x),
    "sqrt":         Operation(np.sqrt,               x=lambda g, z: g / (2 * z)),
    "sin":          Operation(np.sin,                x=lambda g, x: g * cos(x)),
    "cos":          Operation(np.cos,                x=lambda g, x: -g * sin(x)),
    "tanh":         Operation(np.tanh,               x=lambda g, z: g * (1 - z * z)),
    "sigmoid":      Operation(logistic,              x=lambda g, z: g * (z * (1 - z))),
    "relu":         Operation(rectify,               x=lambda g, z: where(z <= 0, 0.0, g)),

    "sum":          Operation(np.sum,                x=lambda g, shape, axis: spread(g, shape, axis)),
    "mean":         Operation(average,               x=lambda g, shape, axis: shared(g, shape, axis)),
    "max":          Operation(np.max,                x=max_x),

    "reshape":      Operation(np.reshape,            x=lambda g, shape: g.reshape(shape)),
    "transpose":    Operation(np.transpose,          x=lambda g, axes: g.transpose(inverse(axes))),
    "broadcast_to": Operation(np.broadcast_to,       x=lambda g: g),
    "[]":           Operation(take,                  x=lambda g, shape, index: scatter(g, index, shape)),
    "scatter":      Operation(put,                   x=lambda g, index: g[index]),
    "concatenate":  Operation(join,                  every=lambda g, i, axis, cuts: part(g, axis, cuts[i : i + 2])),
}
# fmt: on


def negative(x: Operand) -> Operand:
    return apply("neg", x)


def exp(x: Operand) -> Operand:
    return apply("exp", x)


def log(x: Operand) -> Operand:
    """log x: −inf at 0 with the gradient g/0, NaN below."""
    return apply("log", x)


def sqrt(x: Operand) -> Operand:
    """√x: its gradient is infinite at 0."""
    return apply("sqrt", x)


def sin(x: Operand) -> Operand:
    return apply("sin", x)


def cos(x: Operand) -> Operand:
    return apply("cos", x)


def tanh(x: Operand) -> Operand:
    return apply("tanh", x)


def sigmoid(x: Operand) -> Operand:
    """σ(x) = 1 / (1 + exp(−x))"""
    return apply("sigmoid", x)


def relu(x: Operand) -> Operand:
    """max(x, 0), with derivative 0 at the kink, as in PyTorch."""
    return apply("relu", x)


def sum(x: Operand, axis: Axis = None, keepdims: bool = False) -> Operand:
    return apply("sum", x, axis=axis, keepdims=keepdims)


def mean(x: Operand, axis: Axis = None, keepdims: bool = False) -> Operand:
    return apply("mean", x, axis=axis, keepdims=keepdims)


def max(x: Operand, axis: Axis = None, keepdims: bool = False) -> Operand:
    """The largest. Ties share the gradient evenly, as in torch.amax; torch.max(dim) gives it to the first."""
    return apply("max", x, axis=axis, keepdims=keepdims)


def reshape(x: Operand, *shape: int | Shape) -> Operand:
    """reshape(x, 2, -1) or reshape(x, (2, -1))"""
    return apply("reshape", x, shape=unpacked(shape))


def transpose(x: Operand, *axes: int | Sequence[int]) -> Operand:
    """The axes in another order; in the reverse order where none are named."""
    return apply("transpose", x, axes=unpacked(axes) or tuple(range(x.ndim))[::-1])


def broadcast_to(x: Operand, shape: Shape) -> Operand:
    """x repeated to a larger shape; operators do it by themselves."""
    return apply("broadcast_to", x, shape=tuple(shape))


def concatenate(xs: Sequence[Operand], axis: int = 0) -> Operand:
    """Arrays joined along an axis that they have."""
    xs = list(xs)
    shapes = [np.shape(plain(x)) for x in xs]
    sizes = [shape[axis] if -len(shape) <= axis < len(shape) else 0 for shape in shapes]
    return apply("concatenate", *xs, axis=axis, cuts=np.cumsum([0, *sizes]).tolist())


def where(condition: Array, x: Operand, y: Operand) -> Operand:
    """x where the condition holds, y elsewhere

    The entry that is not taken has the gradient 0. Backward through an infinite or missing slope makes
    NaN of it, 0 · inf: where(x > 0, sqrt(x), 0) has the gradient NaN at 0, as in PyTorch. To mask what is
    not a number, mask what goes in: sqrt(where(x > 0, x, 1)).
    """
    c = np.array(no_node(condition))
    if c.dtype != bool:
        raise TypeError(f"the condition of where has dtype {c.dtype}, not bool: write a comparison, as x > 0")
    return apply("where", x, y, c=c)


def item(x: Operand, index: Any) -> Operand:
    """x[index], where an entry may be taken many times."""
    return apply("[]", x, index=owned(index))


def scatter(x: Operand, index: Any, shape: Shape) -> Operand:
    """Zeros of a shape, with x added at the index: the way back of x[index]."""
    return apply("scatter", x, index=owned(index), shape=shape)


def owned(index: Any) -> tuple:
    """An index that nobody else can change."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(np.array(no_node(i)) if isinstance(i, list | Array) else no_node(i) for i in parts)


def no_node(x: Any) -> Any:
    """A condition or an index: booleans or whole numbers, which have no gradient."""
    if isinstance(x, AbstractNode):
        raise TypeError(f"{x.label} is a Node: conditions and indices are plain arrays, such as x > 0")
    if isinstance(x, bool):
        raise TypeError(f"one {x} for all entries: == asks whether two Nodes are one, x.value == 0 compares")
    return x


def unpacked(numbers: tuple) -> tuple:
    """(2, 3) from f(x, 2, 3) and from f(x, (2, 3))."""
    return tuple(numbers[0]) if len(numbers) == 1 and np.ndim(numbers[0]) else numbers
