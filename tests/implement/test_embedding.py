"""The embedding: its rows, the gradient of ids that come twice, and ids that it has no row for."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.compare.reference import torch_function
from helpers.families import layers
from helpers.implement import Embedding, Linear, Sequential, fast
from helpers.judge.code import diagnose
from tests.implement.rows import made, normal

(FAMILY,) = (family for family in layers() if family.name == "Embedding")
CASES = [(example, shape) for example in FAMILY.examples for shape in example.shapes]
DTYPES = [pytest.param(dtype, id=dtype.__name__) for dtype in (np.float64, np.float32)]
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}


def drawn(layer, shape, seed=0):
    """Ids, some of them several times."""
    return np.random.default_rng(seed).integers(len(layer.params["E"]), size=shape)


def assert_as_torch(layer, ids, function):
    Y = layer.forward(ids)
    dY = normal(Y.shape, Y.dtype, seed=1)
    E_torch = torch.from_numpy(layer.params["E"].copy()).requires_grad_()
    Y_torch = function(torch.from_numpy(ids), E_torch)
    Y_torch.backward(torch.from_numpy(dY))
    assert layer.backward(dY) is None
    tolerance = TOLERANCE[Y.dtype.type]
    for A, B in ((Y, Y_torch.detach().numpy()), (layer.grads["E"], E_torch.grad.numpy())):
        assert (A.shape, A.dtype) == (B.shape, B.dtype)
        np.testing.assert_allclose(A, B, rtol=tolerance, atol=tolerance / 10)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("example", "shape"), CASES, ids=str)
def test_forward_and_backward_agree_with_pytorch(example, shape, dtype):
    layer = made(Embedding, example.arguments, example.options, dtype)
    module = torch.nn.Embedding(*example.arguments, **example.options)
    for reference in (torch_function(layer), torch_function(module)):
        assert_as_torch(layer, drawn(layer, shape), reference)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 4),
    st.lists(st.integers(0, 4), max_size=3),
    st.integers(0, 9),
    st.booleans(),
)
def test_any_sizes_agree_with_pytorch(V, M, shape, seed, padded):
    layer = made(Embedding, (V, M), {"padding_idx": seed % V if padded else None})
    assert_as_torch(layer, drawn(layer, tuple(shape), seed), torch_function(layer))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(4096,), (3, 500), (), (0,)])
@pytest.mark.parametrize("padding_idx", [None, 7])
def test_of_a_large_matrix_too(padding_idx, shape, dtype):
    """The sparse product gives what the sum over equal ids gives, and does not spread an inf."""
    layers_ = [made(Embedding, (1000, 3, padding_idx), {}, dtype) for _ in range(2)]
    layers_[1].tuned = None
    ids = np.random.default_rng(0).integers(20, size=shape)
    grads = []
    for layer in layers_:
        dY = normal(layer.forward(ids).shape, dtype)
        if ids.size:
            dY.flat[0] = np.inf
        assert layer.backward(dY) is None
        grads.append(layer.grads["E"])
    assert [(A.shape, A.dtype) for A in grads] == [((1000, 3), dtype)] * 2
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(*grads, rtol=tolerance, atol=10 * tolerance)
    assert layers_[0].tuned is fast.Embedding


def test_an_id_that_comes_twice_collects_both_gradients():
    layer = Embedding(3, 2, rng=0)
    layer.forward(np.array([2, 0, 2]))
    layer.backward(np.array([[1.0, 2], [3, 4], [10, 20]]))
    np.testing.assert_array_equal(layer.grads["E"], [[3, 4], [0, 0], [11, 22]])


def test_the_row_for_padding_starts_at_zero_and_stays():
    layer = Embedding(4, 2, padding_idx=-1, rng=0)
    assert layer.padding_idx == 3 and not layer.params["E"][3].any() and layer.params["E"][:3].all()
    layer.forward(np.array([[3, 0], [3, 3]]))
    layer.backward(np.ones((2, 2, 2)))
    np.testing.assert_array_equal(layer.grads["E"], [[1, 1], [0, 0], [0, 0], [0, 0]])
    np.testing.assert_array_equal(layer.params["E"][:3], Embedding(4, 2, rng=0).params["E"][:3])


def test_it_starts_with_the_spread_of_pytorch():
    E = Embedding(200, 100, rng=1).params["E"]
    assert abs(E.mean()) < 0.02 and E.std() == pytest.approx(1, rel=0.02)


def test_it_is_the_product_of_one_hot_rows():
    layer, ids = Embedding(5, 3, rng=0), np.array([4, 0, 4])
    Y, dY = layer.forward(ids), normal((3, 3))
    layer.backward(dY)
    np.testing.assert_array_equal(Y, np.eye(5)[ids] @ layer.params["E"])
    np.testing.assert_allclose(layer.grads["E"], np.eye(5)[ids].T @ dY, rtol=1e-15)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (np.ones(2), "ids has dtype float64, and should be made of integers"),
        (np.array([True]), "ids has dtype bool"),
        (np.array([0, 5]), r"ids\[1\] = 5, but the rows of E are 0 to 4"),
        (np.array([[0, 1], [-1, 9]]), r"ids\[1, 0\] = -1"),
        (np.array(7), r"ids = 7, but"),
        (np.array([0, 2**64 - 1], np.uint64), r"ids\[1\] = 18446744073709551615"),
    ],
)
def test_ids_that_have_no_row_are_refused(ids, said):
    with pytest.raises((TypeError, ValueError), match=said):
        Embedding(5, 3).forward(ids)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0, 3), r"E cannot have shape \(0, 3\)"),
        ((3, 0), r"E cannot have shape \(3, 0\)"),
        ((5, 3, 5), "padding_idx=5, but the rows of E are 0 to 4"),
        ((5, 3, -6), "padding_idx=-6, but the rows of E are 0 to 4"),
    ],
)
def test_sizes_that_cannot_be_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        Embedding(*arguments)


def test_nothing_is_changed_or_handed_back():
    layer, ids = Embedding(5, 3, rng=0), np.array([[4, 0], [1, 4]])
    for given_ids in (ids, np.array(2)):
        kept = given_ids.copy()
        Y = layer.forward(given_ids)
        dY = normal(Y.shape)
        layer.backward(dY)
        first = layer.grads["E"]
        layer.backward(dY)  # overwrites, does not add
        np.testing.assert_array_equal(layer.grads["E"], first)
        np.testing.assert_array_equal(given_ids, kept)
        assert not np.shares_memory(Y, layer.params["E"]) and not np.shares_memory(first, layer.grads["E"])


def test_nan_comes_through_in_its_own_row():
    layer = Embedding(3, 2, rng=0)
    layer.params["E"][1, 0] = np.nan
    assert np.isnan(layer.forward(np.array([1, 0]))).tolist() == [[True, False], [False, False]]
    layer.backward(np.array([[np.nan, 1], [1, 1]]))
    assert np.isnan(layer.grads["E"]).tolist() == [[False, False], [True, False], [False, False]]


def test_a_network_begins_with_it():
    network = Sequential(Embedding(5, 3, rng=0), Linear(3, 2, rng=0))
    Y = network.forward(np.array([[0, 4], [1, 1]]))
    network.parameter_gradients(np.ones_like(Y))
    np.testing.assert_allclose(network.grads["0.E"][1], 2 * network.layers[1].params["W"].sum(0), rtol=1e-15)


@pytest.mark.parametrize("like", ["embedding", Embedding(5, 3), torch.nn.Embedding(5, 3)])
def test_a_diagnosis_gives_ids(like):
    assert diagnose(Embedding(5, 3), like=like)
