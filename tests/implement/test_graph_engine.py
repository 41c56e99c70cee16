"""The graph itself: deep, shared, freed, retained, refused; and a whole network on it."""

import gc
import subprocess
import sys
import threading
import warnings
import weakref

import numpy as np
import pytest
import torch

from helpers import implement
from helpers.implement import graph
from helpers.implement.graph import (
    Node,
    gradient,
    hessian_vector_product,
    local_derivative,
    no_grad,
    topological_order,
)
from helpers.implement.graph.operations import broadcast_to

DEEP = 10_000
rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape)


# --- the order, and depth


def test_parents_stand_before_children():
    x, y = Node(2.0, "x"), Node(3.0, "y")
    a = x * y
    L = a * (a + x) + y
    order = topological_order(L)
    place = {node: i for i, node in enumerate(order)}
    assert len(order) == len(place) == 6 and order[-1] is L
    assert all(place[p] < place[node] for node in order for p in node.parents)


@pytest.mark.parametrize("shared", [False, True])
def test_a_deep_chain(shared):
    """Forward, backward, second order and garbage collection: nothing recurses."""
    x = Node(0.5, "x")
    y = x
    for _ in range(DEEP // 3 if shared else DEEP):
        y = y * 0.25 + y * 0.75 if shared else y * 1.0
    L = y * y
    (dx,) = gradient(L, [x], create_graph=True)
    (ddx,) = gradient(dx, [x])
    L.backward()
    assert (x.grad, ddx) == (1.0, 2.0)
    gone = weakref.ref(y)
    del y, L, dx
    assert gone() is None  # by counting references: no cycle holds it
    gc.collect()


def test_a_deep_chain_dies_without_backward():
    y = Node(0.5)
    gone = weakref.ref(y)
    for _ in range(10 * DEEP):
        y = -y
    del y
    assert gone() is None


# --- what adds up, and what does not


def test_every_path_adds():
    x = Node([1.0, 2.0, 3.0], "x")
    (x * x + x.exp() * x + x).sum().backward()
    assert np.allclose(x.grad, 2 * x.value + np.exp(x.value) * (1 + x.value) + 1, rtol=1e-15)


def test_passes_add_to_grad_and_none_is_counted_twice():
    x = Node(3.0, "x")
    y = x * x
    L = y * 2
    L.backward(retain_graph=True)
    L.backward(retain_graph=True)
    assert (x.grad, y.grad, L.grad) == (24.0, 4.0, 2.0)


def test_gradient_touches_no_grad_and_frees_nothing():
    x, W = Node(normal(3), "x"), Node(normal(2, 3), "W")
    h = W @ x
    L = (h * h).sum()
    first, second = gradient(L, [x, h]), gradient(L, [x, h])
    assert np.array_equal(first[0], second[0]) and np.array_equal(first[1], 2 * h.value)
    assert all(node.grad is None for node in topological_order(L))


def test_what_a_loss_does_not_depend_on_has_gradient_zero():
    x, y = Node(2.0, "x"), Node([1.0, 2.0], "y")
    dx, dy = gradient(x * x, [x, y])
    assert dx == 4 and np.array_equal(dy, [0, 0])
    (d,) = gradient(x * x, [y], create_graph=True)
    assert isinstance(d, Node) and not d.requires_grad


def test_grad_of_create_graph_is_a_graph():
    x = Node(2.0, "x")
    (x**3).backward(create_graph=True)
    assert isinstance(x.grad, Node) and x.grad.value == 12
    dx, x.grad = x.grad, None
    assert gradient(dx, [x])[0] == 12


def test_only_what_is_asked_for_is_computed():
    """The data need no gradient: its product, a third of a step's work, is not taken."""
    X, W = Node(normal(5, 4), "X", requires_grad=False), Node(normal(4, 2), "W")
    Z = X @ W
    assert [parent for parent, _ in Z.pull(np.ones((5, 2)))] == [W]
    assert X.grad is None and gradient(Z, [W], np.ones((5, 2)))[0].shape == (4, 2)


def test_pull_gives_arrays_for_arrays_and_nodes_for_nodes():
    x, y = Node(normal(2, 3), "x"), Node(normal(3), "y")
    z = x * y
    g = normal(2, 3)
    (px, dx), (py, dy) = z.pull(g)
    assert px is x and py is y and isinstance(dx, np.ndarray)
    assert np.array_equal(dx, g * y.value) and np.array_equal(dy, (g * x.value).sum(0))
    assert all(isinstance(d, Node) and d.requires_grad for _, d in z.pull(Node(g)))


def test_local_derivatives_multiply_along_a_path():
    x = Node(0.7, "x")
    y = x.exp()
    l = 3 * y.sin()
    assert local_derivative(y, x) == pytest.approx(np.exp(0.7))
    path = local_derivative(l, l.parents[1]) * local_derivative(l.parents[1], y) * local_derivative(y, x)
    assert path == pytest.approx(gradient(l, [x])[0], rel=1e-14)
    assert local_derivative(l, l.parents[0]) == pytest.approx(np.sin(y.value))  # by the constant 3
    assert local_derivative(x * x, x) == pytest.approx(1.4)
    with pytest.raises(ValueError, match="no number"):
        x2 = Node([1.0, 2.0], "x2")
        local_derivative(x2 * 2, x2)
    with pytest.raises(ValueError, match="x is no parent of"):
        local_derivative(l, x)


# --- no_grad


def test_no_grad_remembers_nothing_and_ends_however_the_block_ends():
    x = Node(2.0, "x")
    with pytest.raises(ZeroDivisionError), no_grad():
        y = x * x
        with no_grad():
            pass
        assert not (x + 1).requires_grad
        raise ZeroDivisionError
    assert y.value == 4 and not y.requires_grad and y.parents == ()
    assert (x * x).requires_grad


def test_no_grad_is_of_its_thread():
    x, seen = Node(2.0, "x"), []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * x).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_an_ordinary_backward_builds_no_graph():
    x = Node(normal(3), "x")
    (x.exp() * x).sum().backward()
    assert isinstance(x.grad, np.ndarray)


# --- dtypes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_are_kept(dtype):
    x = Node(np.ones((2, 3), dtype), "x")
    others = [2, 2.5, True, np.float64(2.5), np.arange(3), np.array(2.5), [1.0, 2.0, 3.0], np.ones(3, bool)]
    for other in others:
        for y in (x * other, other / (x + 1), x**other, x - other):
            assert y.dtype == dtype
            assert gradient(y.mean(), [x])[0].dtype == dtype
    assert x.max(axis=0).dtype == x.sum().dtype == dtype


@pytest.mark.parametrize(
    "value", [np.arange(3), 1, True, 1j, np.ones(2, np.float16), np.array(["a"]), [None], np.ones(2, complex)]
)
def test_only_floats_carry_gradients(value):
    with pytest.raises(TypeError, match=r"W has dtype .*, but only float32 and float64 carry gradients"):
        Node(value, "W")


@pytest.mark.parametrize("other", [1j, np.ones(2, complex), None, "a", np.ones(2, object)])
def test_constants_are_numbers(other):
    with pytest.raises(TypeError, match="dtype"):
        Node([1.0, 2.0]) + other


def test_float32_and_float64_do_not_mix_unseen():
    x, y = Node(np.ones(2, np.float32), "x"), Node(np.ones(2), "y")
    for other in (y, np.ones(2)):
        with pytest.raises(TypeError, match=r"x \(float32, shape \(2,\)\).*float64.*astype"):
            x * other


# --- what is refused, in words


def W_and(shape):
    return Node(np.ones((3, 4)), "W"), Node(np.ones(shape), "b")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda W, b: W + b, r"\+: W \(float64, shape \(3, 4\)\), b .*shape \(3,\).*do not broadcast"),
        (lambda W, b: W @ b, r"matmul: W .*\(3, 4\).*, b .*\(3,\).*one size"),
        (lambda W, b: W.exp() @ b, r"matmul: a result of exp .*one size"),
        (lambda W, b: W @ 2.0, "matmul: W .*one size"),
        (lambda W, b: W.reshape(5), r"reshape: W .*cannot reshape array of size 12 into shape \(5,\)"),
        (lambda W, b: W.sum(axis=2), r"sum: W .*axis 2 is out of bounds"),
        (lambda W, b: W.T.transpose(0, 2), "transpose: a result of transpose .*axis 2"),
        (lambda W, b: graph.concatenate([W, b]), "concatenate: W .*, b .*dimensions"),
        (lambda W, b: graph.where(W > 0, W, b), "where: W .*, b .*do not broadcast"),
        (lambda W, b: graph.where(np.ones(5, bool), b, 0.0), "where: b .*do not broadcast"),
        (lambda W, b: broadcast_to(W, (2, 2)), "broadcast_to: W .*do not broadcast"),
        (lambda W, b: W.backward(), r"W .*\(3, 4\)\) is not one number.*upstream"),
        (lambda W, b: (W * 2).backward(np.ones(4)), r"upstream .*shape \(4,\)\) must be like a result of \*"),
        (lambda W, b: (W * 2).backward(np.ones((3, 4), np.float32)), r"float32.* must be like .*float64"),
        (lambda W, b: (W * 2).pull(np.ones(4)), r"\(3, 4\), but its upstream gradient \(4,\)"),
        (lambda W, b: b.assign(np.ones(5)), r"\(5,\)\) was assigned to b .*\(3,\)"),
        (lambda W, b: b.assign(np.ones(3, np.float32)), "float32.*was assigned to b .*float64"),
        (lambda W, b: hessian_vector_product(lambda x: x.sum(), [b], [np.ones(2)]), "v has shape"),
    ],
)
def test_shapes_that_do_not_fit(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong(*W_and(3))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda x: Node(x), "x is a Node already"),
        (lambda x: np.exp(x), "__array_ufunc__"),
        (lambda x: np.asarray(x), "x is a Node, not an array"),
        (lambda x: x[x], "x is a Node: conditions and indices"),
        (lambda x: graph.where(x, x, x), "x is a Node: conditions and indices"),
        (lambda x: graph.where([1, 0], x, x), "not bool"),
        (lambda x: graph.where(x == 0, x, x), "== asks whether two Nodes are one"),
        (lambda x: x[x == 0], "== asks whether two Nodes are one"),
        (lambda x: gradient(x.sum(), x), "list of Nodes"),
        (lambda x: gradient(x.sum(), [np.ones(2)]), "list of Nodes"),
        (lambda x: gradient(1.0, [x]), "L is 1.0"),
        (lambda x: hessian_vector_product(lambda x: x.sum(), x, x), "lists"),
        (lambda x: hessian_vector_product(lambda x: 1.0, [x], [np.ones(2)]), "L is 1.0"),
    ],
)
def test_what_is_no_node_or_should_be_one(wrong, words):
    with pytest.raises(TypeError, match=words):
        wrong(Node([1.0, 2.0], "x"))


def test_an_index_out_of_range_is_an_index_error():
    with pytest.raises(IndexError, match=r"\[\]: x .*index 5 is out of bounds"):
        Node([1.0, 2.0], "x")[5]


def test_backward_of_constants_is_refused():
    x = Node(2.0, "x")
    with no_grad():
        L = x * x
    for constant in (L, Node(1.0, requires_grad=False)):
        with pytest.raises(RuntimeError, match="no_grad"):
            constant.backward()
        with pytest.raises(RuntimeError, match="no_grad"):
            gradient(constant, [x])


# --- freed


def test_a_freed_graph_is_refused_and_nothing_is_added():
    x, y = Node(2.0, "x"), Node(3.0, "y")
    h = x * x
    h.name = "h"
    L, other = h * 2, h + y
    L.backward()
    for again in (L.backward, other.backward, lambda: gradient(L, [x]), lambda: gradient(other, [y])):
        with pytest.raises(RuntimeError, match=r"freed .*retain_graph=True"):
            again()
    assert x.grad == 8 and y.grad is None


def test_backward_frees_the_arrays():
    x = Node(normal(3), "x")
    h = x.exp()
    L = (h * h).sum()
    gone = [weakref.ref(node) for node in topological_order(L) if node.operation and node is not L]
    del h
    assert None not in [node() for node in gone]
    L.backward()
    assert {node() for node in gone} == {None} and L.parents == ()


def test_retain_graph_keeps_it():
    x = Node(2.0, "x")
    L = x * x
    L.backward(retain_graph=True)
    assert L.parents == (x, x)
    L.backward()
    assert x.grad == 8


def test_create_graph_leaves_no_cycle_by_gradient():
    x = Node(normal(3), "x")
    gc.collect()
    gc.disable()
    try:
        L = (x.exp() * x).sum()
        (dx,) = gradient(L, [x], create_graph=True)
        gone = weakref.ref(dx)
        del L, dx
        assert gone() is None
    finally:
        gc.enable()


# --- changes in place


def test_nobody_can_write_what_a_backward_pass_needs():
    x = Node(normal(3), "x")
    y = x.exp()
    y.sum().backward(retain_graph=True)
    for array in (
        x.value,
        y.value,
        x.grad,
        y.grad,
        gradient(y.sum(), [x])[0],
        x.reshape(3, 1).value,
        x[:2].value,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array += 1
    with pytest.raises(AttributeError, match=r"x\.assign"):
        x.value = np.ones(3)
    with pytest.raises(TypeError):
        x[0] = 1.0


def test_what_the_caller_changes_afterwards_reaches_no_gradient():
    A, B, g = normal(3), normal(3), normal(3)
    index, c = np.array([0, 1, 1]), np.array([True, False, True])
    x = Node(A, "x")
    y = graph.where(c, (x * x * B)[index], x)
    expected = gradient(y, [x], g)[0]
    value, upstream = x.value.copy(), g.copy()
    A[:], B[:], index[:], c[:] = 7, 7, 2, False
    x.backward(g)
    g[:] = 7
    assert np.array_equal(x.value, value) and np.array_equal(x.grad, upstream)
    assert np.array_equal(gradient(y, [x], upstream)[0], expected)


def test_assign_after_use_is_refused_where_the_old_value_is_needed():
    x, y = Node(2.0, "x"), Node(3.0, "y")
    needs, does_not = x * y, x + y
    viewed = x.reshape(1) * 5
    x.assign(7.0)
    assert x.value == 7 and needs.value == 6
    with pytest.raises(RuntimeError, match=r"x was assigned after a result of \* .* old value"):
        needs.backward()
    assert y.grad is None
    assert gradient(needs, [x])[0] == 3  # which needs y only
    does_not.backward()
    assert x.grad == 1 and gradient(viewed, [x], np.ones(1))[0] == 5
    with pytest.raises(RuntimeError, match="only a leaf"):
        needs.assign(1.0)


def test_assign_takes_nodes_and_arrays():
    W = Node(normal(2, 2), "W")
    A = normal(2, 2)
    W.assign(A)
    A[:] = 0
    assert W.value.all()
    with no_grad():
        W.assign(W - W)
    assert not W.value.any() and W.requires_grad and W.parents == ()


# --- not a number, infinity, ties: as PyTorch

EXTREMES = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 2.0, -2.5, 1e200, -1e200, 1e-320, 800.0, -800.0]
ENTRY_BY_ENTRY = ["exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu"]


def same(ours, theirs):
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=0, equal_nan=True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("upstream", [1.0, 0.0, np.inf])
@pytest.mark.parametrize("name", ENTRY_BY_ENTRY)
def test_extremes_of_one_operand(name, upstream):
    x, t = Node(EXTREMES, "x"), torch.tensor(EXTREMES, dtype=torch.float64, requires_grad=True)
    y, u = getattr(x, name)(), getattr(t, name)()
    same(y.value, u)
    g = np.full(len(EXTREMES), upstream)
    same(gradient(y, [x], g)[0], torch.autograd.grad(u, t, torch.from_numpy(g))[0])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("upstream", [1.0, 0.0, np.inf])
@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow"])
def test_extremes_of_two_operands(name, upstream):
    A, B = (M.ravel() for M in np.meshgrid(EXTREMES, EXTREMES))
    xs = [Node(A, "x"), Node(B, "y")]
    ts = [torch.tensor(M, requires_grad=True) for M in (A, B)]
    z, t = (getattr(a, f"__{name}__")(b) for a, b in (xs, ts))
    same(z.value, t)
    g = np.full(len(A), upstream)
    theirs = torch.autograd.grad(t, ts, torch.from_numpy(g))
    for dx, dt in zip(gradient(z, xs, g), theirs, strict=True):
        same(dx, dt)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 0.5, -1, 0.0, -0.5])
def test_powers_with_a_number_to_the_third_order(exponent):
    x, t = (
        Node([0.0, 1.5, -2.0], "x"),
        torch.tensor([0.0, 1.5, -2.0], dtype=torch.float64, requires_grad=True),
    )
    y, u = x**exponent, t**exponent
    for _ in range(3):
        (y,) = gradient(y.sum(), [x], create_graph=True)
        (u,) = torch.autograd.grad(u.sum(), [t], create_graph=True, materialize_grads=True)
        same(y.value, u)
        if not (u.requires_grad and y.requires_grad):
            break


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("mask", ["the result", "the argument"])
def test_a_masked_nan_is_nan_unless_the_argument_is_masked(mask):
    A = np.array([-1.0, 0.0, 4.0])
    x, t = Node(A, "x"), torch.tensor(A, requires_grad=True)
    if mask == "the result":
        y, u = graph.where(x > 0, x.sqrt(), 0.0), torch.where(t > 0, t.sqrt(), 0.0)
    else:
        y, u = graph.where(x > 0, x, 1.0).sqrt(), torch.where(t > 0, t, 1.0).sqrt()
    (dx,), (dt,) = gradient(y.sum(), [x]), torch.autograd.grad(u.sum(), t)
    same(dx, dt)
    assert np.isnan(dx[:2]).all() == (mask == "the result")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_largest_of_rows_with_nan_and_ties():
    A = [[1.0, 3.0, 3.0], [np.nan, 1.0, 2.0], [np.inf, np.inf, 0.0], [-np.inf] * 3]
    x, t = Node(A, "x"), torch.tensor(A, dtype=torch.float64, requires_grad=True)
    y, u = x.max(axis=1), t.amax(1)
    same(y.value, u)
    g = normal(4)
    same(gradient(y, [x], g)[0], torch.autograd.grad(u, t, torch.from_numpy(g))[0])


def test_empty_arrays():
    x = Node(np.zeros((0, 3)), "x")
    y = (x.exp() @ np.ones((3, 2))).sum(axis=0)
    assert gradient(y, [x], np.ones(2))[0].shape == (0, 3) and np.array_equal(y.value, [0, 0])
    assert gradient(x.mean(axis=1), [x], np.ones(0))[0].shape == (0, 3)
    with pytest.raises(ValueError, match="max: x"):
        x.max()


# --- a network

SIZES = S, M, H, N = 7, 5, 6, 4


def cross_entropy(X, T):
    """−(1/S) Σₛ log P, P = softmax(X), class ids T."""
    X = X - X.max(axis=1, keepdims=True)
    log_P = X - graph.log(graph.exp(X).sum(axis=1, keepdims=True))
    return -log_P[np.arange(len(T)), T].mean()


def mlp(X, T):
    return lambda W, b, V, c: cross_entropy((X @ W.T + b).tanh() @ V.T + c, T)


def network():
    X, T = normal(S, M), rng.integers(0, N, S)
    return X, T, [normal(H, M), normal(H), normal(N, H), normal(N)]


def test_the_gradients_of_the_layers():
    X, T, (W, b, V, c) = network()
    layers = implement.Sequential(implement.Linear(M, H), implement.Tanh(), implement.Linear(H, N))
    for key, A in zip(("0.W", "0.b", "2.W", "2.b"), (W, b, V, c), strict=True):
        layers.params[key][:] = A
    loss = implement.SoftmaxCrossEntropy()
    L = loss.forward(layers.forward(X), T)
    dX = layers.backward(loss.backward())
    xs = [Node(A) for A in (X, W, b, V, c)]
    ours = mlp(xs[0], T)(*xs[1:])
    assert float(ours) == pytest.approx(L, rel=1e-14)
    for dx, theirs in zip(gradient(ours, xs), [dX, *layers.grads.values()], strict=True):
        np.testing.assert_allclose(dx, theirs, rtol=1e-12, atol=1e-15)


LAYERS = {
    "ReLU": (implement.ReLU, graph.relu),
    "Sigmoid": (implement.Sigmoid, graph.sigmoid),
    "Tanh": (implement.Tanh, graph.tanh),
    "SiLU": (implement.SiLU, lambda X: X * X.sigmoid()),
    "Softplus": (implement.Softplus, lambda X: (1 + X.exp()).log()),
    "Softmax": (
        lambda: implement.Softmax(dim=1),
        lambda X: (
            (X - X.max(axis=1, keepdims=True)).exp()
            / (X - X.max(axis=1, keepdims=True)).exp().sum(axis=1, keepdims=True)
        ),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_gradients_of_a_layer(name):
    layer, f = LAYERS[name]
    layer, X, dY = layer(), normal(S, N), normal(S, N)
    x = Node(X, "X")
    np.testing.assert_allclose(f(x).value, layer.forward(X), rtol=1e-12)
    np.testing.assert_allclose(gradient(f(x), [x], dY)[0], layer.backward(dY), rtol=1e-11, atol=1e-14)


def test_mean_squared_error():
    X, T = normal(S, N), normal(S, N)
    x, loss = Node(X, "X"), implement.MSE()
    assert float(((x - T) ** 2).mean()) == pytest.approx(loss.forward(X, T))
    np.testing.assert_allclose(gradient(((x - T) ** 2).mean(), [x])[0], loss.backward(), rtol=1e-13)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # inside torch.func.jvp
def test_hessian_vector_product_of_the_mlp_against_torch_func():
    X, T, weights = network()
    vs = [normal(*A.shape) for A in weights]

    def f(W, b, V, c):
        hidden = torch.tanh(torch.from_numpy(X) @ W.T + b)
        return torch.nn.functional.cross_entropy(hidden @ V.T + c, torch.from_numpy(T))

    at, along = (tuple(map(torch.from_numpy, arrays)) for arrays in (weights, vs))
    _, theirs = torch.func.jvp(torch.func.grad(f, argnums=(0, 1, 2, 3)), at, along)
    for ours, their in zip(hessian_vector_product(mlp(X, T), weights, vs), theirs, strict=True):
        np.testing.assert_allclose(ours, their.numpy(), rtol=1e-12, atol=1e-14)


def test_hessian_vector_product_of_what_bends_nowhere():
    x, v = normal(3), normal(3)
    assert not hessian_vector_product(lambda x: (x * 2).sum(), [x], [v])[0].any()
    with no_grad():
        (Hv,) = hessian_vector_product(lambda x: (x * x * x).sum(), [x], [v])
    np.testing.assert_allclose(Hv, 6 * x * v, rtol=1e-14)


def test_a_step_of_gradient_descent_by_assign():
    X, T, weights = network()
    params = [Node(A) for A in weights]
    losses = []
    for _ in range(30):
        L = mlp(X, T)(*params)
        losses.append(float(L))
        L.backward()
        with no_grad():
            for W in params:
                W.assign(W - 0.5 * W.grad)
                W.grad = None
    assert losses[-1] < 0.5 * losses[0]


def test_import_loads_numpy_alone():
    code = (
        "import sys, helpers.implement; assert 'helpers.implement.graph' not in sys.modules\n"
        "import helpers.implement.graph; assert not {'torch', 'sympy', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_warning_where_every_number_is_ordinary():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = Node([-1000.0, 0.0, 1000.0], "x")
        gradient((x.sigmoid() + x.tanh() + x.relu()).sum(), [x])


@pytest.mark.parametrize("fold", [graph.sum, graph.mean, graph.max])
def test_one_number_is_folded_along_its_only_axis_as_in_numpy(fold):
    x = graph.Node(np.array(3.0))
    y = fold(x, axis=0)
    y.backward()
    assert (y.value, x.grad) == (3.0, 1.0)
