"""Every operation of the graph engine against PyTorch, first and second order: a new one adds a row to CASES."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from helpers.implement import graph
from helpers.implement.graph import Node, gradient, hessian_vector_product
from helpers.implement.graph.apply import OPERATIONS, Operation, plain
from helpers.implement.graph.operations import broadcast_to, scatter

TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}
DTYPES = [pytest.param(dtype, id=dtype.__name__) for dtype in TOLERANCE]
F = torch.nn.functional


@dataclass
class Case:
    """An operation, the same in PyTorch, the operands' shapes and options to draw, the numbers to fill them."""

    graph: Callable
    torch: Callable
    draw: Callable
    numbers: Callable = lambda rng, shape: rng.standard_normal(shape)


def positive(rng, shape):
    return rng.uniform(0.5, 2, shape)


def nonzero(rng, shape):
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


def tied(rng, shape):
    return rng.integers(-1, 2, shape).astype(float)


# What is drawn: the shapes of the operands, and the options.


def one(draw):
    return [draw(shapes())], {}


def two(draw):
    return list(draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes), {}


def reduced(draw):
    (shape,), n = one(draw)[0], None
    n = len(shape)
    axes = st.sets(st.sampled_from(range(n)), min_size=1).map(
        lambda chosen: tuple(i - n if i % 2 else i for i in chosen)
    )
    axis = draw(st.none() | st.integers(-n, n - 1) | axes) if n else None
    return [shape], {"axis": axis, "keepdims": draw(st.booleans())}


def products(draw):
    S, M, N = (draw(st.integers(1, 4)) for _ in range(3))
    batch = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3)).input_shapes
    left = draw(st.sampled_from([(M,), (S, M), (*batch[0], S, M)]))
    right = draw(st.sampled_from([(M,), (M, N), (*batch[1], M, N)]))
    return [left, right], {}


def reshaped(draw):
    (shape,), _ = one(draw)
    size = int(np.prod(shape))
    return [shape], {"shape": draw(st.sampled_from([(-1,), (size, 1), (1, *shape), shape[::-1]]))}


def permuted(draw):
    (shape,), _ = one(draw)
    order = draw(st.permutations(range(len(shape))))
    return [shape], {"axes": tuple(i - len(shape) if i % 2 else i for i in order)}


def widened(draw):
    drawn = draw(
        mutually_broadcastable_shapes(num_shapes=1, base_shape=draw(shapes()), max_dims=4, max_side=3)
    )
    return [drawn.input_shapes[0]], {"shape": drawn.result_shape}


INDICES = {
    "repeated": np.array([2, 0, 2, -1]),
    "a list": [1, 1],
    "a number": 1,
    "a slice": slice(None, None, 2),
    "ellipsis": (..., 0),
    "a new axis": (None, slice(1, 3)),
    "pairs": (np.array([0, 2, 0]), np.array([1, 1, 1])),
    "a grid": (np.array([[0], [0], [2]]), [0, 0, 1]),
    "mixed": (slice(1, None), np.array([1, 1, 0])),
    "booleans": np.array([True, False, True]),
}


def indexed(draw):
    return [(3, 2, *draw(shapes(1)))], {"index": INDICES[draw(st.sampled_from(sorted(INDICES)))]}


def scattered(draw):
    ((shape,), options) = indexed(draw)
    return [np.zeros(shape)[options["index"]].shape], options | {"shape": shape}


def joined(draw):
    shape = draw(shapes(least=1))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    sizes = [draw(st.integers(1, 3)), *draw(st.lists(st.integers(0, 3), max_size=3))]
    alike = [list(shape) for _ in sizes]
    for one_shape, size in zip(alike, sizes, strict=True):
        one_shape[axis] = size
    return [tuple(one_shape) for one_shape in alike], {"axis": axis}


def chosen(draw):
    drawn = draw(mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3)).input_shapes
    bits = np.random.default_rng(draw(st.integers(0, 99))).random(drawn[2]) < 0.5
    return list(drawn[:2]), {"condition": bits}


@st.composite
def shapes(draw, most=3, least=0):
    return tuple(draw(st.lists(st.integers(1, 3), min_size=least, max_size=most)))


def tensor(index):
    """An index as PyTorch takes it."""
    if isinstance(index, tuple):
        return tuple(map(tensor, index))
    return torch.tensor(index) if isinstance(index, list | np.ndarray) else index


def put(x, index, shape):
    return torch.zeros(shape, dtype=x.dtype).index_put(
        tuple(map(tensor, places(index, shape))), x, accumulate=True
    )


def places(index, shape):
    """An index as integers only, which index_put needs."""
    return np.unravel_index(np.arange(np.prod(shape, dtype=int)).reshape(shape)[index], shape)


def axes_of(x, axis):
    return tuple(range(x.ndim)) if axis is None else axis


CASES = {
    "+": Case(lambda x, y: x + y, torch.add, two),
    "-": Case(lambda x, y: x - y, torch.sub, two),
    "*": Case(lambda x, y: x * y, torch.mul, two),
    "/": Case(lambda x, y: x / y, torch.div, two, nonzero),
    "**": Case(lambda x, y: x**y, torch.pow, two, positive),
    "matmul": Case(lambda x, y: x @ y, torch.matmul, products),
    "neg": Case(lambda x: -x, torch.neg, one),
    "exp": Case(graph.exp, torch.exp, one),
    "log": Case(graph.log, torch.log, one, positive),
    "sqrt": Case(graph.sqrt, torch.sqrt, one, positive),
    "sin": Case(graph.sin, torch.sin, one),
    "cos": Case(graph.cos, torch.cos, one),
    "tanh": Case(graph.tanh, torch.tanh, one),
    "sigmoid": Case(graph.sigmoid, torch.sigmoid, one),
    "relu": Case(graph.relu, torch.relu, one, tied),
    "sum": Case(graph.sum, lambda x, axis, keepdims: torch.sum(x, axes_of(x, axis), keepdims), reduced),
    "mean": Case(graph.mean, lambda x, axis, keepdims: torch.mean(x, axes_of(x, axis), keepdims), reduced),
    "max": Case(
        graph.max, lambda x, axis, keepdims: torch.amax(x, axes_of(x, axis), keepdims), reduced, tied
    ),
    "reshape": Case(lambda x, shape: graph.reshape(x, shape), torch.reshape, reshaped),
    "transpose": Case(lambda x, axes: graph.transpose(x, axes), lambda x, axes: x.permute(axes), permuted),
    "broadcast_to": Case(broadcast_to, lambda x, shape: x.expand(shape), widened),
    "[]": Case(lambda x, index: x[index], lambda x, index: x[tensor(index)], indexed),
    "scatter": Case(scatter, put, scattered),
    "where": Case(
        lambda x, y, condition: graph.where(condition, x, y),
        lambda x, y, condition: torch.where(torch.tensor(condition), x, y),
        chosen,
    ),
    "concatenate": Case(
        lambda *xs, axis: graph.concatenate(xs, axis), lambda *xs, axis: torch.cat(xs, axis), joined
    ),
}


def test_every_operation_has_its_case():
    assert set(CASES) == set(OPERATIONS)
    functions = {name for name in graph.__all__ if name.islower()}
    functions -= {"gradient", "hessian_vector_product", "local_derivative", "no_grad", "topological_order"}
    assert functions <= set(CASES)


def drawn(data, case, seed):
    shapes, options = case.draw(data.draw)
    rng = np.random.default_rng(seed)
    return [case.numbers(rng, shape) for shape in shapes], options, rng


def agree(ours, theirs, dtype=np.float64):
    for a, b in zip(ours, theirs, strict=True):
        b = b.detach().numpy()
        assert isinstance(a, np.ndarray) and a.dtype == dtype and a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def first_order(name, data, seed, dtype=np.float64):
    case = CASES[name]
    arrays, options, rng = drawn(data, case, seed)
    arrays = [A.astype(dtype) for A in arrays]
    xs, ts = [Node(A) for A in arrays], [torch.tensor(A, requires_grad=True) for A in arrays]
    z, t = case.graph(*xs, **options), case.torch(*ts, **options)
    agree([z.value], [t], dtype)
    g = rng.standard_normal(z.shape).astype(dtype)
    theirs = torch.autograd.grad(t, ts, torch.from_numpy(g))
    agree(gradient(z, xs, g), theirs, dtype)
    z.backward(g)
    agree([x.grad for x in xs], theirs, dtype)
    assert case.graph(*arrays, **options).dtype == dtype  # of plain arrays: an array


def second_order(name, data, seed):
    """∇ of Σ (∂L/∂x · v), by the operands and by the upstream gradient g: the backward pass as a graph."""
    case = CASES[name]
    arrays, options, rng = drawn(data, case, seed)
    vs = [rng.standard_normal(A.shape) for A in arrays]
    xs, ts = [Node(A) for A in arrays], [torch.tensor(A, requires_grad=True) for A in arrays]
    z, t = case.graph(*xs, **options), case.torch(*ts, **options)
    g = Node(rng.standard_normal(z.shape))
    dt = torch.tensor(g.value, requires_grad=True)

    dxs = gradient(z, xs, g, create_graph=True)
    slope = sum((dx * v).sum() for dx, v in zip(dxs, vs, strict=True))
    dts = torch.autograd.grad(t, ts, dt, create_graph=True)
    slope_torch = sum((d * torch.from_numpy(v)).sum() for d, v in zip(dts, vs, strict=True))
    theirs = torch.autograd.grad(slope_torch, [*ts, dt], materialize_grads=True)
    agree(gradient(slope, [*xs, g]), theirs)
    ours = hessian_vector_product(lambda *xs: (g.value * case.graph(*xs, **options)).sum(), arrays, vs)
    agree(ours, theirs[:-1])


drawings = given(data=st.data(), seed=st.integers(0, 10**6))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
@settings(max_examples=20, deadline=None, derandomize=True)
@drawings
def test_first_order(name, dtype, data, seed):
    first_order(name, data, seed, dtype)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=20, deadline=None, derandomize=True)
@drawings
def test_second_order(name, data, seed):
    second_order(name, data, seed)


# Operations broken on purpose: a comparison that cannot fail proves nothing.


def broken(operation, change):
    """The operation with ``change(product, g, ...)`` in the place of its last product."""
    copy = Operation(operation.forward)
    copy.every, copy.products = operation.every, list(operation.products)
    product, needs = operation.every or operation.products[-1]
    changed = (lambda *arguments: change(product, *arguments), needs)
    if operation.every:
        copy.every = changed
    else:
        copy.products[-1] = changed
    return copy


def slightly_off(product, *arguments):
    return product(*arguments) * (1 + 1e-9)


def cut(product, *arguments):
    """The right numbers, but nothing to differentiate again."""
    return Node(plain(product(*arguments)), requires_grad=False)


@pytest.mark.parametrize(
    ("comparison", "change"), [(first_order, slightly_off), (second_order, slightly_off), (second_order, cut)]
)
@pytest.mark.parametrize("name", CASES)
def test_a_broken_operation_is_seen(name, comparison, change, monkeypatch):
    @settings(
        max_examples=20, deadline=None, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False
    )
    @drawings
    def run(data, seed):
        comparison(name, data, seed)

    monkeypatch.setitem(OPERATIONS, name, broken(OPERATIONS[name], change))
    with pytest.raises((AssertionError, RuntimeError), match=r"tolerance|has no gradient"):
        run()
