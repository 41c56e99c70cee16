"""Normalisation and dropout beyond the battery: modes, running statistics, offsets, what is refused."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import implement as ours

nn = torch.nn
NORMS = {  # ours by its dtype, the same in PyTorch, the shape of a sample
    "BatchNorm1d": (lambda **o: ours.BatchNorm1d(3, **o), lambda: nn.BatchNorm1d(3), (3,)),
    "BatchNorm1d over T": (lambda **o: ours.BatchNorm1d(3, **o), lambda: nn.BatchNorm1d(3), (3, 4)),
    "BatchNorm1d, average": (
        lambda **o: ours.BatchNorm1d(3, momentum=None, **o),
        lambda: nn.BatchNorm1d(3, momentum=None),
        (3,),
    ),
    "BatchNorm1d, options": (
        lambda **o: ours.BatchNorm1d(3, 1e-2, 0.4, False, **o),
        lambda: nn.BatchNorm1d(3, 1e-2, 0.4, False),
        (3,),
    ),
    "BatchNorm1d, untracked": (
        lambda **o: ours.BatchNorm1d(3, track_running_stats=False, **o),
        lambda: nn.BatchNorm1d(3, track_running_stats=False),
        (3,),
    ),
    "BatchNorm2d": (lambda **o: ours.BatchNorm2d(2, **o), lambda: nn.BatchNorm2d(2), (2, 4, 3)),
    "BatchNorm2d, one channel": (lambda **o: ours.BatchNorm2d(1, **o), lambda: nn.BatchNorm2d(1), (1, 4, 3)),
    "LayerNorm": (lambda **o: ours.LayerNorm(40, **o), lambda: nn.LayerNorm(40), (40,)),
    "LayerNorm of matrices": (
        lambda **o: ours.LayerNorm((5, 8), **o),
        lambda: nn.LayerNorm((5, 8)),
        (2, 5, 8),
    ),
    "GroupNorm": (lambda **o: ours.GroupNorm(2, 6, **o), lambda: nn.GroupNorm(2, 6), (6, 4, 3)),
    "RMSNorm": (lambda **o: ours.RMSNorm(40, **o), lambda: nn.RMSNorm(40), (40,)),
}
DTYPES = {np.float64: 1e-12, np.float32: 2e-5}


def normal(shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def pair(name, dtype=np.float64):
    """Ours and PyTorch's with the same random γ and β."""
    make, module, shape = NORMS[name]
    layer, module = make(dtype=dtype), module().to(torch.float64 if dtype == np.float64 else torch.float32)
    for k, (key, W) in enumerate(zip(layer.params, module.parameters(), strict=True)):
        layer.params[key][...] = normal(W.shape, dtype, seed=10 + k)
        W.data.copy_(torch.from_numpy(layer.params[key]))
    return layer, module, shape


def results(layer, X, dY):
    """Everything that comes out, the state too."""
    Y, dX = layer.forward(X), layer.backward(dY)
    return {"Y": Y, "dX": dX, **{f"d{key}": dW for key, dW in layer.grads.items()}, **layer.buffers}


def torch_results(module, layer, X, dY):
    module.zero_grad()
    x = torch.tensor(X, requires_grad=True)
    y = module(x)
    y.backward(torch.tensor(dY))
    gradients = [W.grad.numpy() for W in module.parameters()]
    state = {key: b.numpy() for key, b in module.named_buffers()}
    return (
        {"Y": y.detach().numpy(), "dX": x.grad.numpy()}
        | dict(zip([f"d{key}" for key in layer.params], gradients, strict=True))
        | state
    )


def assert_same(got, want, tolerance):
    assert set(got) == set(want)
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NORMS)
def test_training_evaluation_and_state_are_those_of_pytorch(name, dtype):
    layer, module, shape = pair(name, dtype)
    for k, (S, mode) in enumerate([(5, True), (4, True), (5, False), (7, True), (6, False)]):
        X, dY = 2 * normal((S, *shape), dtype, seed=k) + k, normal((S, *shape), dtype, seed=20 + k)
        layer.train(mode), module.train(mode)
        got = results(layer, X, dY)
        assert {A.dtype for A in got.values()} == {np.dtype(dtype)}
        assert_same(got, torch_results(module, layer, X, dY), DTYPES[dtype])


@pytest.mark.parametrize("name", NORMS)
def test_a_huge_offset_costs_no_more_than_in_pytorch(name):
    """Mean 1e4 in float32, held against float64; so many samples that a plain sum would round."""
    S = 3000 if name.startswith("Batch") else 30
    layer, module, shape = pair(name, np.float32)
    X, dY = 1e4 + normal((S, *shape), np.float32), normal((S, *shape), np.float32, seed=1)
    truth = torch_results(pair(name)[1], layer, X.astype(float), dY.astype(float))
    theirs, got = torch_results(module, layer, X, dY), results(layer, X, dY)
    for of, want in truth.items():
        error, error_torch = (np.abs(A[of] - want).max() for A in (got, theirs))
        assert error <= max(error_torch, 1e-5 * np.abs(want).max()), of


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [0.1, 1e4 / 3])
@pytest.mark.parametrize("name", [name for name in NORMS if name != "RMSNorm"])
def test_of_a_constant_nothing_is_left(name, value, dtype):
    layer, _, shape = pair(name, dtype)
    X = np.full((6, *shape), value, dtype)
    layer.forward(X)
    assert not layer.Xhat.any()
    assert np.isfinite(layer.backward(normal(X.shape, dtype))).all()


@pytest.mark.parametrize("name", [name for name in NORMS if name.startswith("Batch")])
def test_backward_belongs_to_the_forward_before_it(name):
    layer, module, shape = pair(name)
    X, dY = normal((5, *shape)), normal((5, *shape), seed=1)
    for mode in (True, False):
        layer.train(mode), module.train(mode)
        Y = layer.forward(X)
        layer.train(not mode)
        got = {"Y": Y, "dX": layer.backward(dY)}
        want = torch_results(module, layer, X, dY)
        assert_same(got, {of: want[of] for of in got}, 1e-12)


def test_one_sample_is_enough_in_evaluation_and_none_is_not_in_training():
    layer = ours.BatchNorm1d(3)
    for X, what in ((np.ones((1, 3)), "more than one value"), (np.ones((0, 3)), "empty batch")):
        with pytest.raises(ValueError, match=what):
            layer.forward(X)
        assert layer.eval().forward(X).shape == X.shape
        assert layer.backward(X).shape == X.shape
        layer.train()
    with pytest.raises(ValueError, match="empty batch"):
        ours.BatchNorm2d(3).forward(np.ones((2, 3, 0, 4)))
    assert ours.BatchNorm1d(3).forward(np.ones((1, 3, 2))).shape == (1, 3, 2)


@pytest.mark.parametrize(
    "make, X, said",
    [
        (
            lambda: ours.BatchNorm1d(3),
            np.ones((5, 2)),
            r"shape \(5, 2\), but γ of shape \(3,\) needs .*\(S, 3\) or",
        ),
        (lambda: ours.BatchNorm1d(3), np.ones(3), r"needs X of shape \(S, 3\) or \(S, 3, T\)"),
        (lambda: ours.BatchNorm2d(3), np.ones((5, 3)), r"needs X of shape \(S, 3, H, W\)"),
        (
            lambda: ours.LayerNorm((2, 3)),
            np.ones((5, 3)),
            r"γ of shape \(2, 3\) needs X of shape \(\.\.\., 2, 3\)",
        ),
        (lambda: ours.RMSNorm(4), np.ones(()), r"needs X of shape \(\.\.\., 4\)"),
        (lambda: ours.GroupNorm(2, 6), np.ones((5, 4)), r"needs X of shape \(S, 6, \.\.\.\)"),
        (lambda: ours.GroupNorm(4, 6), None, "6 channels cannot be cut into 4 groups"),
        (lambda: ours.BatchNorm1d(0), None, "num_features is the number of channels"),
        (lambda: ours.LayerNorm(()), None, "normalized_shape is a number"),
        (lambda: ours.Dropout(1.5), None, "p is the probability to drop"),
        (lambda: ours.PReLU(0), None, "num_parameters is 1 or the number of channels, and not 0"),
        (lambda: ours.PReLU(3), np.ones(3), r"a of shape \(3,\) needs X of shape \(S, 3, \.\.\.\)"),
        (lambda: ours.Flatten(), np.ones(3), "there are no axes from 1 to -1"),
        (lambda: ours.Residual(ours.Linear(3, 2)), np.ones((5, 3)), r"F\(X\) has shape \(5, 2\), but X has"),
    ],
)
def test_what_does_not_fit_is_refused_in_letters(make, X, said):
    with pytest.raises(ValueError, match=said):
        make().forward(X)


@pytest.mark.parametrize("name", NORMS)
def test_another_dtype_is_refused(name):
    layer, _, shape = pair(name)
    if layer.params or layer.buffers:
        with pytest.raises(TypeError, match=r"X has dtype float32, but .* has dtype float64"):
            layer.forward(np.ones((5, *shape), np.float32))


@pytest.mark.parametrize("shape", [(2, 1), (3, 4), (1, 4, 3)])
def test_a_mask_that_does_not_fit_is_refused_in_letters(shape):
    with pytest.raises(ValueError, match=r"R has shape .*, but X of shape \(4, 3\) needs R to broadcast"):
        ours.Dropout().forward(np.ones((4, 3)), np.ones(shape, bool))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 6),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from([1e-3, 1.0, 1e4]),
    st.integers(0, 99),
)
def test_dX_is_orthogonal_to_what_normalisation_removes(S, C, T, scale, seed):
    """Σ dX = 0 and, but for ε, Σ dX X̂ = 0 in each channel: neither a shift nor a scale of X changes Y."""
    X = scale * normal((S, C, T), seed=seed)
    layer = ours.BatchNorm1d(C, eps=1e-30)
    layer.forward(X)
    dX = scale * layer.backward(normal(X.shape, seed=seed + 1))
    np.testing.assert_allclose(dX.sum((0, 2)), 0, atol=1e-9)
    np.testing.assert_allclose((dX * layer.Xhat).sum((0, 2)), 0, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_group_norm_lies_between_layer_norm_and_instance_norm(S, G, n, T):
    X = normal((S, G * n, T))
    one, all_ = ours.GroupNorm(1, G * n).forward(X), ours.GroupNorm(G * n, G * n).forward(X)
    np.testing.assert_allclose(one, ours.LayerNorm((G * n, T)).forward(X), rtol=1e-12, atol=1e-12)
    instances = X.reshape(S * G * n, T)
    np.testing.assert_allclose(
        all_, ours.LayerNorm(T).forward(instances).reshape(X.shape), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 1.0])
def test_dropout_drops_with_probability_p_and_keeps_the_mean(p, dtype):
    X, dY = 1 + np.abs(normal((300, 100), dtype)), normal((300, 100), dtype, seed=1)
    layer = ours.Dropout(p, rng=0)
    Y, dX = layer.forward(X), layer.backward(dY)
    dropped = Y == 0
    assert dropped.mean() == pytest.approx(p, abs=0.01)
    M = np.where(dropped, 0, 1 / (1 - p) if p < 1 else 0).astype(dtype)
    assert_same({"Y": Y, "dX": dX}, {"Y": M * X, "dX": M * dY}, DTYPES[dtype] / 10)
    assert (Y.dtype, dX.dtype) == (dtype, dtype)
    assert 0 < p < 1 or np.array_equal(layer.forward(X), Y)
    assert p in (0, 1) or not np.array_equal(layer.forward(X), Y)
    again = ours.Dropout(p, rng=0)
    np.testing.assert_array_equal(again.forward(X), Y)
    np.testing.assert_array_equal(again.eval().forward(X), X)
    np.testing.assert_array_equal(again.backward(dY), dY)
    np.testing.assert_array_equal(layer.predict(X), X)


@pytest.mark.parametrize("shape", [(4, 3), (3,), (4, 1), ()])
@pytest.mark.parametrize("p", [0.25, 1.0])
def test_dropout_takes_a_mask_that_is_given(p, shape):
    layer, X, dY = ours.Dropout(p), normal((4, 3)), normal((4, 3), seed=1)
    R = np.random.default_rng(2).random(shape) < 0.5
    factor = 1 / (1 - p) if p < 1 else 0
    for _ in range(2):
        np.testing.assert_allclose(layer.forward(X, R=R), X * R * factor, 1e-12)
        np.testing.assert_allclose(layer.backward(dY), dY * R * factor, 1e-12)
    np.testing.assert_array_equal(layer.eval().forward(X, R), X)


@pytest.mark.parametrize("tuned", [True, False])
@pytest.mark.parametrize("unbiased", [True, False])
def test_the_running_variance_may_be_the_biased_one(unbiased, tuned):
    layer, X = ours.BatchNorm1d(3, unbiased=unbiased), normal((5, 3, 2))
    layer.tuned = layer.tuned if tuned else None
    layer.forward(X)
    want = 0.9 + 0.1 * X.var(axis=(0, 2), ddof=int(unbiased))
    np.testing.assert_allclose(layer.buffers["running_var"], want, 1e-12)


def test_flatten_is_that_of_pytorch():
    X = normal((2, 3, 4, 5))
    for start, end in ((1, -1), (0, -1), (1, 2), (-2, -1), (2, 2)):
        layer = ours.Flatten(start, end)
        Y = nn.Flatten(start, end)(torch.tensor(X)).numpy()
        np.testing.assert_array_equal(layer.forward(X), Y)
        np.testing.assert_array_equal(layer.backward(2 * Y), 2 * X)


def test_a_network_passes_its_mode_and_its_buffers_on():
    norm = ours.BatchNorm1d(3)
    network = ours.Sequential(ours.Residual(norm, ours.Dropout(0.5)), ours.Linear(3, 2))
    assert set(network.buffers) == {f"0.0.{key}" for key in norm.buffers}
    assert list(network.params) == ["0.0.gamma", "0.0.beta", "1.W", "1.b"]
    X = normal((5, 3))
    before = norm.buffers["running_mean"].copy()
    np.testing.assert_array_equal(network.predict(X), network.predict(X))
    np.testing.assert_array_equal(norm.buffers["running_mean"], before)
    assert norm.training
    network.forward(X)
    assert (norm.buffers["running_mean"] != before).all()


def test_several_blocks_of_rows_are_as_one():
    layer, module = ours.LayerNorm(400), nn.LayerNorm(400).double()
    X, dY = normal((700, 400)), normal((700, 400), seed=1)  # more than two blocks, the last of them shorter
    assert_same(results(layer, X, dY), torch_results(module, layer, X, dY), 1e-12)
