"""Attention alone: beside PyTorch, plain and in blocks, with masks; what is refused."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.compare import numpy_function
from helpers.derive import formulas
from helpers.derive.names import code_name
from helpers.implement import Attention, fast
from tests.implement.rows import normal

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
DTYPES = [pytest.param(dtype, id=dtype.__name__) for dtype in TOLERANCE]
F = torch.nn.functional
nan = np.nan


def drawn(lead, T, U, D, E, dtype=np.float64, seed=0):
    """Q, K, V."""
    shapes = (*lead, T, D), (*lead, U, D), (*lead, U, E)
    return [normal(shape, dtype, seed + k) for k, shape in enumerate(shapes)]


def ran(layer, inputs, dY=None):
    Y = layer.forward(*inputs)
    dY = normal(Y.shape, Y.dtype.type, seed=9) if dY is None else dY
    dX = layer.backward(dY)
    results = dict(zip(("Y", "d0", "d1", "d2"), (Y, *(dX if isinstance(dX, tuple) else [dX])), strict=False))
    return dY, results | {f"d{key}": A for key, A in layer.grads.items()}


def assert_same(a, b, dtype=np.float64, factor=1):
    """On the scale of the largest entry."""
    assert a.keys() == b.keys()
    for name in a:
        assert (a[name].shape, a[name].dtype) == (b[name].shape, b[name].dtype), name
        scale = np.abs(b[name][np.isfinite(b[name])]).max(initial=1)
        np.testing.assert_allclose(a[name], b[name], 0, factor * TOLERANCE[dtype] * scale, err_msg=name)


def by_torch(inputs, dY, causal=False, padding=None):
    """The same from scaled_dot_product_attention; its causal mask counts from the first place, ours from the last."""
    q, k, v = (torch.tensor(A, requires_grad=True) for A in inputs[:3])
    T, U = q.shape[-2], k.shape[-2]
    seen = torch.ones(T, U, dtype=torch.bool).tril(U - T) if causal else torch.ones(T, U, dtype=torch.bool)
    if padding is not None:
        seen = seen & ~torch.tensor(padding)[..., None, :]
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
    y.backward(torch.tensor(dY))
    return {"Y": y.detach().numpy(), "d0": q.grad.numpy(), "d1": k.grad.numpy(), "d2": v.grad.numpy()}


def plain(layer):
    """The layer as its formula reads."""
    layer.tuned = getattr(layer, "attention", layer).tuned = None
    return layer


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    ("lead", "T", "U", "D", "E"),
    [
        ((), 3, 4, 2, 5),
        ((), 1, 1, 1, 1),
        ((2,), 4, 4, 4, 4),
        ((2, 3), 1, 5, 2, 2),
        ((0, 3), 2, 2, 2, 2),
        ((2, 1, 2), 3, 3, 2, 1),
        ((2,), 0, 3, 2, 2),
        ((2, 2), 140, 150, 4, 3),
    ],
    ids=str,
)
def test_it_is_attention_of_pytorch_plain_and_in_blocks(lead, T, U, D, E, causal, dtype):
    inputs = drawn(lead, T, U, D, E, dtype)
    for layer in (Attention(causal), plain(Attention(causal))):
        dY, results = ran(layer, inputs)
        assert_same(results, by_torch(inputs, dY, causal), dtype)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.integers(1, 9),
    st.integers(0, 4),
    st.integers(1, 4),
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1e-3, 1.0, 30.0]),
    st.integers(0, 99),
)
def test_any_sizes_in_blocks_of_few_rows(lead, T, more, D, E, causal, padded, scale, seed):
    """Small blocks, so that queries, heads and samples all are cut; scores that are safe, and scores of hundreds."""
    Q, K, V = drawn(lead, T, T + more, D, E, seed=seed)
    padding = np.random.default_rng(seed).random((*lead, T + more)) < 0.4
    padding[..., 0] = False
    inputs = [scale * Q, K, V, padding if padded else None]
    dY, results = ran(plain(Attention(causal)), inputs)
    assert_same(results, by_torch(inputs, dY, causal, inputs[3]), factor=10)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("KEPT", 0), ("ROWS", 3), ("ENTRIES", 3 * 2 * (T + more))):
            patch.setattr(fast.attention, name, value)
        _, tuned = ran(Attention(causal), inputs, dY)
    assert_same(tuned, results, factor=10)


def test_padding_is_that_of_its_derivation():
    formula, layer = formulas.padded_attention(), Attention()
    values = dict(zip("QKV", drawn((), 5, 5, 3, 2), strict=True)) | {"T": 5, "D": 3, "E": 2}
    padding = np.array([True, False, False, True, False])
    values["R"] = 1.0 - padding
    dY, results = ran(layer, [*(values[name] for name in "QKV"), padding])
    for d in formula.definitions:
        values[code_name(d.tensor.label)] = numpy_function(d.right, d.indices)(**values)
    values["dY"] = dY
    for name in ("dV", "dP", "dS", "dQ", "dK"):
        values[name] = numpy_function(formula[name])(**values)
    assert_same(
        results, {name: values[of] for name, of in zip(results, ("Y", "dQ", "dK", "dV"), strict=True)}
    )


def test_memory_grows_as_T():
    """Of 32 times as many entries of S, no more is alive at once than a block."""
    peaks = []
    for T in (1024, 4096):
        inputs, layer = drawn((1, 1), T, T, 4, 4, np.float32), Attention(causal=True)
        dY = np.ones((1, 1, T, 4), np.float32)
        tracemalloc.start()
        layer.forward(*inputs)
        layer.backward(dY)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 4.5 * peaks[0] < 0.2 * 4 * 4096**2


def test_each_row_of_P_sums_to_1_and_of_dS_to_0():
    layer = plain(Attention(causal=True))
    inputs = drawn((2,), 5, 5, 3, 3)
    dY, results = ran(layer, inputs)
    np.testing.assert_allclose(layer.P.sum(-1), 1, rtol=1e-15)
    assert not np.triu(layer.P, 1).any()
    shifted = [inputs[0], inputs[1] + 7.0, inputs[2]]  # Q Kᵀ + a number for each row: softmax does not see it
    assert_same(ran(layer, shifted, dY)[1] | {"d0": results["d0"]}, results, factor=100)


def test_what_is_not_seen_has_no_gradient():
    padding = np.array([[False, True, False, True]])
    for layer in (Attention(), plain(Attention())):
        _, results = ran(layer, [*drawn((1,), 2, 4, 3, 3), padding])
        assert not results["d1"][0, [1, 3]].any() and not results["d2"][0, [1, 3]].any()
        assert results["d1"][0, [0, 2]].all()


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:overflow")
@pytest.mark.parametrize("dtype", DTYPES)
def test_extremes_infinity_and_nan_go_the_same_way_in_blocks(dtype):
    for value in (nan, np.inf, -np.inf, 1e4, -1e4, 1e-8):
        for which in range(3):
            inputs = drawn((1, 2), 6, 6, 3, 3, dtype)
            inputs[which][0, 1, 3, 1] = value
            dY, results = ran(plain(Attention(causal=True)), inputs)
            for kept in (0, fast.attention.KEPT):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(fast.attention, "KEPT", kept)
                    patch.setattr(fast.attention, "ROWS", 4)
                    _, tuned = ran(Attention(causal=True), inputs, dY)
                assert np.isnan(tuned["Y"]).any() == np.isnan(results["Y"]).any()
                np.testing.assert_array_equal(np.isnan(tuned["Y"]), np.isnan(results["Y"]))
                np.testing.assert_allclose(tuned["Y"], results["Y"], 1e-4, 1e-4)


@pytest.mark.parametrize(
    ("causal", "shapes", "padding", "said"),
    [
        (False, [(3, 2), (4, 3), (4, 3)], None, r"Q has shape \(3, 2\) and K has shape \(4, 3\): .* \(\.\.\., T, D\)"),
        (False, [(2, 3, 2), (3, 3, 2), (3, 3, 2)], None, r"Q has shape \(2, 3, 2\) and K has"),
        (False, [(3,), (3,), (3,)], None, r"should be \(\.\.\., T, D\) and \(\.\.\., U, D\)"),
        (False, [(3, 2), (4, 2), (3, 2)], None, r"V has shape \(3, 2\), but K of shape \(4, 2\) needs V of shape"),
        (True, [(4, 2), (3, 2), (3, 2)], None, "the 4 queries are the last of the places that K has, but it has 3"),
        (False, [(2, 2), (0, 2), (0, 2)], None, r"K has shape \(0, 2\): there is no key"),
        (False, [(2, 2), (3, 2), (3, 2)], np.zeros(2, bool), r"padding has shape \(2,\), but K needs .* \(3,\)"),
        (False, [(2, 2), (3, 2), (3, 2)], np.ones(3, bool), "padding is True at every key: there is a query that sees"),
        (True, [(3, 2)] * 3, np.array([True, False, False]), "padding is True at the first 1 of 3 keys"),
        (False, [(2, 1, 2), (2, 2, 2), (2, 2, 2)], np.array([[False, True], [True, True]]), r"padding\[1\] is True"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_letters(causal, shapes, padding, said):
    with pytest.raises(ValueError, match=said):
        Attention(causal).forward(*map(np.ones, shapes), padding)


def test_of_another_kind_is_refused():
    X = np.ones((3, 2))
    with pytest.raises(TypeError, match="padding has dtype float64, and should be made of booleans"):
        Attention().forward(X, X, X, np.zeros(3))
    with pytest.raises(TypeError, match="K is missing"):
        Attention().forward(X)
    with pytest.raises(TypeError, match="K has dtype float32, but Q has dtype float64"):
        Attention().forward(X, X.astype(np.float32), X)


def test_the_twin_is_what_runs():
    assert Attention.tuned is fast.Attention
    layer = Attention()
    layer.forward(*drawn((2,), 3, 3, 2, 2))
    assert hasattr(layer, "blocks") and not hasattr(plain(Attention()), "blocks")


@pytest.mark.parametrize("shape", [(4, 5), (1, 1, 4, 5), (2, 1, 4, 5), (3, 4, 5), (2, 3, 4, 5)], ids=str)
def test_a_mask_and_a_bias_of_the_scores_are_those_of_pytorch(shape):
    """Of all samples and heads, or of some; a key that B hides with −∞ among them, and dB where it is finite."""
    rng = np.random.default_rng(1)
    Q, K, V = drawn((2, 3), 4, 5, 2, 3)
    mask, B = rng.random(shape) < 0.3, rng.normal(size=shape)
    mask[..., 0], B[..., 0, 3] = False, -np.inf
    layer = Attention()
    Y = layer.forward(Q, K, V, mask=mask, B=B)
    dY = normal(Y.shape, seed=4)
    q, k, v, b = tensors = [torch.tensor(A, requires_grad=True) for A in (Q, K, V, B)]
    y = F.scaled_dot_product_attention(q, k, v, torch.where(torch.tensor(mask), -torch.inf, b))
    y.backward(torch.tensor(dY))
    for got, want in zip((Y, *layer.backward(dY)), (y.detach(), *(A.grad for A in tensors)), strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mask": np.ones((3, 4), bool)}, "no key is left for query 0"),
        ({"B": np.full((2, 3, 4), -np.inf)}, r"no key is left for query \[0, 0\]"),
        ({"mask": np.zeros((4, 3), bool)}, r"mask has shape \(4, 3\), but S of shape \(2, 3, 4\)"),
        ({"B": np.zeros((5, 3, 4))}, r"B has shape \(5, 3, 4\), but S of shape \(2, 3, 4\)"),
    ],
)
def test_a_mask_that_hides_all_or_does_not_fit_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        Attention().forward(*drawn((2,), 3, 4, 2, 2), **given)


@pytest.mark.parametrize("tuned", [True, False])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("value", [np.inf, -np.inf, nan])
@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_infinity_and_nan_go_where_pytorch_sends_them(at, value, causal, tuned):
    """One entry of Q, K or V, at a place that every query sees."""
    inputs = drawn((2,), 4, 5, 3, 2)
    inputs[at][1, 1, 1] = value
    layer = Attention(causal)
    if not tuned:
        plain(layer)
    dY, results = ran(layer, inputs)
    for name, want in by_torch(inputs, dY, causal).items():
        np.testing.assert_allclose(results[name], want, 1e-12, 1e-12, err_msg=name)


@pytest.mark.parametrize("tuned", [True, False])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_hidden_key_that_is_nan_does_not_reach_the_scores(tuned):
    """S = −∞ stands in its place. PyTorch adds −∞ to it, and NaN − ∞ is NaN."""
    Q, K, V = drawn((), 4, 5, 3, 2)
    layer = Attention(causal=True)
    if not tuned:
        plain(layer)
    want = layer.forward(Q, K, V)[:1]
    K[2] = nan
    Y = layer.forward(Q, K, V)
    np.testing.assert_allclose(Y[:1], want, 1e-12)
    assert np.isnan(Y[1:]).all()
