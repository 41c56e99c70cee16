"""Convolution and pooling at any question: PyTorch's numbers, bounded memory, and errors in letters."""

import math
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helpers.compare.reference import torch_function
from helpers.implement import (
    AvgPool2d,
    AvgPool3d,
    Conv1d,
    Conv2d,
    Conv3d,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    MaxPool3d,
)
from helpers.implement.windows import Columns, windows

nn = torch.nn
SEEDS = st.integers(0, 2**32 - 1)


def normal(shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def agrees_with_pytorch(layer, X, tolerance=1e-12):
    """Y, dX and all gradients; entries far below the largest are judged on its scale."""
    right, results = both(layer, X)
    for got, want in zip(results, right, strict=True):
        assert got.dtype == X.dtype
        scale = np.abs(want[np.isfinite(want)]).max(initial=0)
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * scale)


def both(layer, X):
    """Y, dX and all gradients from PyTorch, and from the layer."""
    x = torch.from_numpy(X.copy()).requires_grad_()
    parameters = [torch.from_numpy(W.copy()).requires_grad_() for W in layer.params.values()]
    y = torch_function(layer)(x, *parameters)
    Y = layer.forward(X)
    dY = normal(Y.shape, 1, X.dtype)
    right = torch.autograd.grad(y, [x, *parameters], torch.from_numpy(dY))
    results = [Y, layer.backward(dY), *layer.grads.values()]
    return [y.detach().numpy(), *(g.numpy() for g in right)], results


@st.composite
def geometry(draw, axes=2, pooling=False):
    """Sizes, kernel, stride, padding and dilation of an output that is not empty."""

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel, stride, dilation, inputs = each(1, 4), each(1, 3), each(1, 3), each(1, 9 if axes < 3 else 5)
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel) if pooling else each(0, 3)
    fits = zip(inputs, kernel, padding, dilation, strict=True)
    assume(all(H + 2 * p > d * (k - 1) for H, k, p, d in fits))
    return inputs, kernel, stride, padding, dilation


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from([Conv1d, Conv2d, Conv3d]), st.integers(0, 3), SEEDS)
def test_convolution_agrees_with_pytorch(data, layer, S, seed):
    inputs, kernel, stride, padding, dilation = data.draw(geometry(layer.spatial_axes))
    groups, C, O, bias = (data.draw(st.integers(low, 3)) for low in (1, 1, 1, 0))
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "bias": bias > 0}
    convolution = layer(groups * C, groups * O, kernel, **options, rng=seed)
    shape = (S, groups * C, *inputs)
    agrees_with_pytorch(convolution, normal(shape[1:] if data.draw(st.booleans()) else shape, seed))


@pytest.mark.parametrize("padding", [((1, 2), (0, 3)), [[2, 0], [1, 1]]])
def test_each_side_may_have_its_own_padding(padding):
    X, layer = normal((2, 2, 6, 5)), Conv2d(2, 3, 3, padding=padding, rng=0)
    agrees_with_pytorch(layer, X)
    plain = Conv2d(2, 3, 3, rng=0)
    wide = np.pad(X, [(0, 0), (0, 0), *padding])
    np.testing.assert_allclose(layer.forward(X), plain.forward(wide), rtol=1e-12)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("dilation", [1, 2, (3, 1)])
@pytest.mark.parametrize("kernel", [1, 2, 3, (4, 3)])
def test_same_and_valid_are_those_of_pytorch(kernel, dilation, padding):
    X, layer = normal((2, 2, 11, 10)), Conv2d(2, 3, kernel, padding=padding, dilation=dilation, rng=0)
    agrees_with_pytorch(layer, X)  # with the padding that we found
    W, b = map(torch.from_numpy, layer.params.values())
    y = nn.functional.conv2d(torch.from_numpy(X), W, b, padding=padding, dilation=dilation)
    np.testing.assert_allclose(layer.forward(X), y.numpy(), rtol=1e-12, atol=1e-14)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from([MaxPool2d, MaxPool3d]), st.booleans(), SEEDS)
def test_max_pooling_agrees_with_pytorch_and_breaks_ties_as_it_does(data, made, ceil_mode, seed):
    """Among few distinct numbers most windows have ties; −∞ is a number like any other; of NaN the last counts.

    A window that meets X nowhere has the maximum −∞; PyTorch sends its gradient to an entry of another image.
    """
    inputs, kernel, stride, padding, dilation = data.draw(geometry(made.spatial_axes, pooling=True))
    layer = made(kernel, stride, padding, dilation, ceil_mode=ceil_mode)
    rng, shape = np.random.default_rng(seed), (2, 3, *inputs)
    assume(np.isfinite(layer.forward(np.zeros(shape))).all())
    agrees_with_pytorch(layer, rng.standard_normal(shape))
    agrees_with_pytorch(layer, rng.choice([-np.inf, -1.0, 0.0], size=shape))
    agrees_with_pytorch(layer, rng.choice([-1.0, 0.0, np.nan, np.inf], size=shape))


def test_a_window_that_meets_no_pixel_gives_its_gradient_to_none():
    layer, X = MaxPool2d(2, stride=1, padding=2, dilation=3), normal((2, 3, 1, 1))
    assert np.array_equal(layer.forward(X), np.full((2, 3, 2, 2), -np.inf))
    assert not layer.backward(np.ones((2, 3, 2, 2))).any()


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from([AvgPool2d, AvgPool3d]), st.booleans(), st.booleans(), SEEDS)
def test_average_pooling_agrees_with_pytorch(data, made, ceil_mode, count_include_pad, seed):
    inputs, kernel, stride, padding, _ = data.draw(geometry(made.spatial_axes, pooling=True))
    divisor = data.draw(st.sampled_from([None, 1, 5]))
    two = (
        made.spatial_axes == 2
    )  # PyTorch refuses a volume that is smaller than a window, whatever its padding
    assume(all(H + two * 2 * p >= k for H, p, k in zip(inputs, padding, kernel, strict=True)))
    layer = made(kernel, stride, padding, ceil_mode, count_include_pad, divisor)
    agrees_with_pytorch(layer, normal((2, 3, *inputs), seed))


@pytest.mark.parametrize("shape", [(2, 3, 5, 4), (3, 5, 4), (0, 3, 2, 2), (2, 1, 1, 1)])
def test_global_average_pooling_agrees_with_pytorch(shape):
    agrees_with_pytorch(GlobalAvgPool2d(), normal(shape))


# How it is done


def test_windows_are_a_view_and_not_a_copy():
    X = np.arange(20.0).reshape(4, 5)
    V = windows(X, (2, 3), (2, 1), (1, 2))
    assert V.shape == (2, 3, 2, 1)
    assert V[1, 2, 1, 0] == X[3, 4]
    V[1, 2, 1, 0] = -1
    assert X[3, 4] == -1


@settings(max_examples=50, deadline=None)
@given(geometry(), SEEDS)
def test_scatter_is_the_adjoint_of_gather(geometry, seed):
    """⟨gather(x), A⟩ = ⟨x, scatter(A)⟩ for every A: what reads many times adds up as many times."""
    inputs, kernel, stride, padding, dilation = geometry
    layer = Conv2d(2, 1, kernel, stride, padding, dilation)
    x, columns = normal((2, *inputs), seed), Columns(layer, np.empty((2, *inputs)))
    A = normal(columns.matrix.shape, seed + 1)
    left = np.sum(columns.gather(x) * A)
    assert left == pytest.approx(np.sum(x * columns.scatter(A)), rel=1e-12, abs=1e-12)


def traced(f) -> int:
    """The peak of the memory that NumPy asks for during f()."""
    tracemalloc.start()
    f()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("S", [1, 8, 64])
def test_memory_beside_the_results_is_that_of_one_sample(S):
    C, O, H, K = 8, 4, 16, 3
    layer, X = Conv2d(C, O, K, padding=1, rng=0), normal((S, C, H, H))
    Y = layer.forward(X)
    dY, layer.Y = np.ones_like(Y), None
    beside = 8 * (C * (H + 2) ** 2 + C * K**2 * H**2) + 30_000  # what Columns says, and small change
    assert traced(lambda: layer.forward(X)) < Y.nbytes + beside
    assert traced(lambda: layer.backward(dY)) < X.nbytes + 2 * beside
    assert traced(lambda: layer.parameter_gradients(dY)) < beside
    assert S < 8 or 4 * beside < 8 * S * C * K**2 * H**2  # im2col of the whole batch would not pass


def test_the_first_layer_saves_itself_dX(monkeypatch):
    layer, X = Conv2d(2, 3, 3, rng=0), normal((4, 2, 6, 6))
    dY = np.ones_like(layer.forward(X))
    layer.backward(dY)
    with_dX = {key: dW.copy() for key, dW in layer.grads.items()}
    monkeypatch.setattr(Columns, "scatter", None)  # a call would raise
    layer.parameter_gradients(dY)
    for key, dW in with_dX.items():
        np.testing.assert_array_equal(layer.grads[key], dW)


# What it starts from, and what it refuses


def test_a_convolution_starts_as_that_of_pytorch():
    layer, module = Conv2d(20, 60, 5, groups=2, rng=1), nn.Conv2d(20, 60, 5, groups=2)
    for ours, theirs in zip(layer.params.values(), module.parameters(), strict=True):
        assert ours.shape == tuple(theirs.shape)
        assert ours.std() == pytest.approx(theirs.std().item(), rel=0.3)
        assert 0.9 < math.sqrt(10 * 25) * np.abs(ours).max() <= 1  # uniform in ±1/√M


@pytest.mark.parametrize(("std", "spread"), [(1e-4, 1e-4), ("kaiming", math.sqrt(2 / (10 * 25)))])
def test_a_convolution_starts_as_asked(std, spread):
    layer = Conv2d(10, 60, 5, std=std, rng=1, dtype=np.float32)
    assert layer.params["W"].dtype == layer.params["b"].dtype == np.float32
    assert layer.params["W"].std() == pytest.approx(spread, rel=0.02)
    assert not layer.params["b"].any()
    np.testing.assert_array_equal(
        layer.params["W"], Conv2d(10, 60, 5, std=std, rng=1, dtype=np.float32).params["W"]
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Conv2d(0, 3, 3), "in_channels is 0, and should be an integer, from 1 on"),
        (lambda: Conv2d(2, 3, 0), "kernel_size is 0, and should be an integer or 2 of them, from 1 on"),
        (lambda: Conv2d(2, 3, (3, 3, 3)), r"kernel_size is \(3, 3, 3\)"),
        (lambda: Conv1d(2, 3, 2.5), "kernel_size is 2.5, and should be an integer, from 1 on"),
        (lambda: Conv2d(2, 3, 3, stride=True), "stride is True"),
        (
            lambda: Conv2d(2, 3, 3, padding=-1),
            "padding is -1, and should be an integer or 2 of them, from 0 on",
        ),
        (lambda: Conv2d(2, 3, 3, padding="full"), "padding is 'full'"),
        (lambda: Conv2d(2, 3, 3, padding=((1, 2),)), "should have a pair for each of 2 axes"),
        (lambda: Conv2d(2, 3, 3, 2, "same"), r'padding="same" needs stride 1, and stride is \(2, 2\)'),
        (
            lambda: Conv2d(4, 3, 3, groups=2),
            "groups = 2 does not divide in_channels = 4 and out_channels = 3",
        ),
        (lambda: MaxPool2d(2, padding=2), r"padding is 2, and may be half of the window \(2, 2\) at most"),
        (lambda: AvgPool2d(2, divisor_override=0), "divisor_override is 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "said"),
    [
        (
            Conv2d(2, 3, 3),
            (4, 5, 6, 6),
            r"X has shape \(4, 5, 6, 6\), but W of shape \(3, 2, 3, 3\) needs X of shape",
        ),
        (Conv2d(2, 3, 3), (6, 6), r"needs X of shape \(S, 2, H, W\) or \(2, H, W\)"),
        (
            Conv2d(4, 2, 3, groups=2),
            (1, 2, 6, 6),
            r"W of shape \(2, 2, 3, 3\) in 2 groups needs X of shape \(S, 4, H, W\)",
        ),
        (Conv1d(2, 3, 3), (4, 2, 6, 6), r"needs X of shape \(S, 2, H\) or \(2, H\)"),
        (Conv3d(2, 3, 3), (6, 6), r"needs X of shape \(S, 2, D, H, W\) or \(2, D, H, W\)"),
        (MaxPool3d(3), (5, 5), r"should have shape \(S, C, D, H, W\) or \(C, D, H, W\)"),
        (
            Conv2d(2, 3, 3, 1, 1, 2),
            (4, 2, 6, 2),
            r"would leave Y empty: H \+ 2p = 2 \+ 2 is less than d \(K − 1\) \+ 1 = 5",
        ),
        (
            MaxPool2d(3),
            (4, 2, 2, 6),
            r"would leave Y empty: H \+ 2p = 2 \+ 0 is less than d \(K − 1\) \+ 1 = 3",
        ),
        (AvgPool2d(3), (5, 5), r"X has shape \(5, 5\), and should have shape \(S, C, H, W\) or \(C, H, W\)"),
        (GlobalAvgPool2d(), (4, 2, 0, 6), "an image without pixels has no mean"),
    ],
    ids=str,
)
def test_images_that_do_not_fit_are_refused_in_letters(layer, shape, said):
    with pytest.raises(ValueError, match=said):
        layer.forward(np.ones(shape))


def test_a_dtype_that_does_not_fit_is_refused():
    with pytest.raises(
        TypeError, match=r"X has dtype float32, but W has dtype float64: .* Conv2d\(..., dtype=np.float32\)"
    ):
        Conv2d(2, 3, 3).forward(np.ones((1, 2, 4, 4), np.float32))


def test_a_kernel_of_one_place_is_a_linear_layer_at_every_pixel():
    layer, linear, X = Conv2d(3, 5, 1, rng=0), Linear(3, 5), normal((2, 3, 4, 6))
    linear.params["W"][...] = layer.params["W"][:, :, 0, 0]
    linear.params["b"][...] = layer.params["b"]
    np.testing.assert_allclose(
        layer.forward(X), np.moveaxis(linear.forward(np.moveaxis(X, 1, -1)), -1, 1), rtol=1e-12, atol=1e-14
    )


def test_a_layer_says_its_settings():
    said = "Conv2d(groups=1, kernel_size=(3, 3), stride=(2, 2), dilation=(1, 1), padding=((1, 1), (1, 1)), "
    assert repr(Conv2d(2, 3, 3, 2, 1)) == said + "W=(3, 2, 3, 3), b=(3,))"
    for layer in (MaxPool2d(2), AvgPool2d(2), Conv2d(1, 1, 2)):
        said = repr(layer)
        assert "kernel_size=(2, 2), stride=" in said
        layer.forward(normal((1, 1, 4, 4)))
        assert repr(layer) == said  # the same before and after use
