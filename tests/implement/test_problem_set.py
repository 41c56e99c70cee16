"""The problem set's framework against PyTorch, for one sample and for a batch; and the code it had, caught."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from helpers.implement.broadcasting import unbroadcast
from helpers.implement.graph import Node, exp, gradient, log, tanh
from helpers.implement.graph.problem_set import (
    Accuracy,
    Add,
    Aref,
    Log,
    Mul,
    Param,
    Program,
    ReLU,
    Sigmoid,
    SoftMax,
    Tanh,
    Value,
    VDot,
)

ONE_ARRAY = {
    Sigmoid: torch.sigmoid,
    Tanh: torch.tanh,
    ReLU: torch.relu,
    SoftMax: lambda a: torch.softmax(a, -1),
    Log: torch.log,
}
TWO_ARRAYS = {Add: torch.add, Mul: torch.mul, VDot: torch.matmul}


def run(component, arrays, dY=None):
    """The value, and the grads of the parents, by the framework; the upstream gradient comes through a Mul."""
    leaves = [Value(array) for array in arrays]
    made = component(*leaves)
    program = Program(made if dY is None else Mul(made, Value(dY)))
    program.forward()
    program.backward()
    return made.value, [leaf.grad for leaf in leaves]


def by_torch(function, arrays, dY):
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    Y = function(*tensors)
    return Y.detach().numpy(), [g.numpy() for g in torch.autograd.grad(Y, tensors, torch.tensor(dY))]


def assert_same(got, want, tolerance):
    np.testing.assert_allclose(got[0], want[0], rtol=tolerance, atol=tolerance)
    for g, w in zip(got[1], want[1], strict=True):
        assert g.dtype == w.dtype
        np.testing.assert_allclose(g, w, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("shape", [(4,), (3, 4), (4, 4), (1, 4), (3, 1)])
@pytest.mark.parametrize("component", ONE_ARRAY)
def test_functions_of_one_array(component, shape, dtype, tolerance):
    rng = np.random.default_rng(1)
    a, dY = rng.normal(size=shape).astype(dtype), rng.normal(size=shape).astype(dtype)
    a = abs(a) if component is Log else a
    assert_same(run(component, [a], dY), by_torch(ONE_ARRAY[component], [a], dY), tolerance)


@pytest.mark.parametrize("component", ONE_ARRAY)
@pytest.mark.parametrize("number", [1e4, 100.0, 1e-30])
def test_extreme_numbers(component, number):
    a = np.array([number, 0.5, 2.0] if component is Log else [number, -number, 0.0])
    dY = np.array([1.0, -2.0, 3.0])
    assert_same(run(component, [a], dY), by_torch(ONE_ARRAY[component], [a], dY), 1e-12)


@pytest.mark.parametrize("component, shapes", [
    (Add, [(3, 4), (4,)]),
    (Add, [(), (3, 4)]),
    (Mul, [(3, 1), (1, 4)]),
    (Mul, [(2, 3, 4), (3, 1)]),
    (VDot, [(4,), (4, 5)]),
    (VDot, [(3, 4), (4, 5)]),
    (VDot, [(1, 4), (4, 1)]),
])  # fmt: skip
def test_functions_of_two_arrays(component, shapes):
    rng = np.random.default_rng(2)
    arrays = [rng.normal(size=shape) for shape in shapes]
    dY = rng.normal(size=TWO_ARRAYS[component](*map(torch.tensor, arrays)).shape)
    assert_same(run(component, arrays, dY), by_torch(TWO_ARRAYS[component], arrays, dY), 1e-12)


@given(st.data())
def test_unbroadcast_is_the_transpose_of_broadcasting(data):
    """⟨broadcast(a), G⟩ = ⟨a, unbroadcast(G)⟩ for every a and G."""
    large = data.draw(st.lists(st.integers(0, 3), max_size=3).map(tuple))
    small = tuple(data.draw(st.sampled_from([1, n])) for n in large[data.draw(st.integers(0, len(large))) :])
    rng = np.random.default_rng(3)
    a, G = rng.normal(size=small), rng.normal(size=large)
    back = unbroadcast(G, small)
    assert back.shape == small
    assert np.isclose((np.broadcast_to(a, large) * G).sum(), (a * back).sum())


@pytest.mark.parametrize("shape, label", [((4,), 2), ((3, 4), [2, 0, 2])])
def test_aref(shape, label):
    rng = np.random.default_rng(4)
    a, dY = rng.normal(size=shape), rng.normal(size=shape[:-1])
    A = torch.tensor(a, requires_grad=True)
    Y = A[label] if len(shape) == 1 else A[torch.arange(3), label]
    value, (da, _) = run(Aref, [a, label], dY)
    np.testing.assert_array_equal(value, Y.detach().numpy())
    np.testing.assert_array_equal(da, torch.autograd.grad(Y, A, torch.tensor(dY))[0].numpy())


def test_what_is_read_twice_adds_up():
    """l = p[1] p[1] + Σ p ∘ p: three children of one node, two of them Aref."""
    p = Param(np.array([2.0, 3.0, 5.0]))
    square = Mul(Aref(p, Value(1)), Aref(p, Value(1)))
    program = Program(Add(square, Mul(p, p)))  # the scalar is added to each of three entries
    program.forward()
    program.backward()
    np.testing.assert_array_equal(p.grad, [4.0, 3 * 6.0 + 6.0, 10.0])
    before = p.grad
    program.backward()
    np.testing.assert_array_equal(p.grad, before)  # each backward starts at 0


def classifier(X, label, W1, b1, W2, b2):
    """The problem set's net, on components or on tensors."""
    P = SoftMax(Add(VDot(Tanh(Add(VDot(X, W1), b1)), W2), b2))
    return Mul(Value(-1.0), Log(Aref(P, label))), P


@pytest.mark.parametrize("S", [None, 1, 5])
def test_classifier(S):
    rng = np.random.default_rng(5)
    sizes = [(4, 6), (6,), (6, 3), (3,)]
    params, X = [rng.normal(size=size) for size in sizes], rng.normal(size=(S or 1, 4))
    label = rng.integers(3, size=S or 1)
    tensors = [torch.tensor(A, requires_grad=True) for A in (X, *params)]
    x, W1, b1, W2, b2 = tensors
    logits = torch.tanh(x @ W1 + b1) @ W2 + b2
    L = torch.nn.functional.cross_entropy(logits, torch.tensor(label), reduction="sum")

    leaves = [Param(A) for A in params]
    images = Value(X if S else X[0])
    loss, P = classifier(images, Value(label if S else label[0]), *leaves)
    program = Program(loss, accuracy := Accuracy(P, loss.parents[1].parents[0].parents[1]))
    assert np.sum(program.forward()) == pytest.approx(L.item(), rel=1e-12)
    program.backward()
    wanted = [g.numpy() for g in torch.autograd.grad(L, tensors)]
    for got, want in zip([images, *leaves], wanted, strict=True):
        np.testing.assert_allclose(got.grad.reshape(want.shape), want, rtol=1e-10, atol=1e-12)
    assert accuracy.value == (logits.argmax(1).numpy() == label).mean()
    before, grads = [leaf.value for leaf in leaves], [leaf.grad.copy() for leaf in leaves]
    program.step(lr=0.5)
    for leaf, value, grad in zip(leaves, before, grads, strict=True):
        np.testing.assert_array_equal(leaf.value, value - 0.5 * grad)
    for A, param in zip(params, before, strict=True):
        np.testing.assert_array_equal(A, param)  # the arrays handed over are not touched


def test_classifier_on_the_graph_engine():
    """The same net written as formulas on Nodes: the two engines share no derivative."""
    rng = np.random.default_rng(7)
    arrays = [rng.normal(size=size) for size in ((5, 4), (4, 6), (6,), (6, 3), (3,))]
    label = rng.integers(3, size=5)
    leaves = [Param(A) for A in arrays]
    program = Program(classifier(leaves[0], Value(label), *leaves[1:])[0])
    program.forward()
    program.backward()

    nodes = X, W1, b1, W2, b2 = [Node(A) for A in arrays]
    e = exp(tanh(X @ W1 + b1) @ W2 + b2)
    L = -log((e / e.sum(axis=1, keepdims=True))[np.arange(5), label]).sum()
    for leaf, dA in zip(leaves, gradient(L, nodes), strict=True):
        np.testing.assert_allclose(leaf.grad, dA, rtol=1e-12, atol=1e-12)


def as_written_in_the_problem_set(S, N):
    """SoftMax's backward with gvdot = np.dot(grad, value)."""

    class Written(SoftMax):
        def backward(self):
            (a,) = self.parents
            a.add(self.value * (self.grad - np.dot(self.grad, self.value)))

    rng = np.random.default_rng(6)
    shape = (S, N) if S else (N,)
    a, dY = rng.normal(size=shape), rng.normal(size=shape)
    return run(Written, [a], dY), by_torch(ONE_ARRAY[SoftMax], [a], dY)


def test_the_softmax_node_as_written_is_right_for_one_vector_only():
    got, want = as_written_in_the_problem_set(None, 4)
    assert_same(got, want, 1e-12)
    with pytest.raises(ValueError, match="not aligned"):
        as_written_in_the_problem_set(3, 4)
    (Y, (da,)), (Y_torch, (da_torch,)) = as_written_in_the_problem_set(4, 4)
    np.testing.assert_allclose(Y, Y_torch)
    assert da.shape == da_torch.shape
    assert abs(da - da_torch).max() > 0.01


@pytest.mark.parametrize("component", ONE_ARRAY)
def test_nan_goes_where_pytorch_lets_it(component):
    a, dY = np.array([np.nan, 1.0]), np.array([2.0, 3.0])
    assert_same(run(component, [a], dY), by_torch(ONE_ARRAY[component], [a], dY), 1e-12)


@pytest.mark.parametrize("make, said", [
    (lambda: Program(VDot(Value(np.ones(3)), Param(np.ones((4, 5))))), r"needs X of shape \(4,\) or \(S, 4\)"),
    (lambda: Program(Aref(Value(np.ones(3)), Value(-1))), "label -1 is no class"),
    (lambda: Program(Aref(Value(np.ones(3)), Value(3))), "label 3 is no class"),
    (lambda: Program(Aref(Value(np.ones(3)), Value(1.0))), "needs integers"),
    (lambda: Program(Aref(Value(np.ones((2, 3))), Value(1))), r"needs integers of shape \(2,\)"),
    (lambda: Program(Tanh(Value())), "holds nothing yet"),
    (lambda: Param(np.array([1, 2])), "a Param has dtype int64"),
])  # fmt: skip
def test_bad_input_is_named(make, said):
    with pytest.raises((ValueError, TypeError, RuntimeError), match=said):
        make().forward()


def test_backward_needs_forward():
    with pytest.raises(RuntimeError, match=r"before forward\(\)"):
        Program(Tanh(Value(1.0))).backward()
