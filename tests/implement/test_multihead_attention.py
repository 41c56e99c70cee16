"""Attention in heads: beside PyTorch, with masks, across two sequences, with turned queries; what is refused."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.compare import gradient_check
from helpers.implement import MultiheadAttention
from tests.implement.rows import made, normal
from tests.implement.test_attention import DTYPES, assert_same, ran


def module_of(layer, E, H, bias, dtype):
    """torch.nn.MultiheadAttention with the parameters of a layer."""
    module = torch.nn.MultiheadAttention(E, H, bias=bias, batch_first=True).to(
        torch.from_numpy(np.ones(1, dtype)).dtype
    )
    for W, ours in zip(module.parameters(), layer.params.values(), strict=True):
        W.data = torch.from_numpy(ours.copy())
    return module


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_heads_are_those_of_pytorch(bias, across, padded, causal, dtype):
    if across and causal:
        pytest.skip("refused")
    S, T, U, E, H = 3, 4, 5 if across else 4, 6, 2
    layer = made(MultiheadAttention, (E, H, bias), {"causal": causal}, dtype)
    module = module_of(layer, E, H, bias, dtype)
    X, Z = normal((S, T, E), dtype), normal((S, U, E), dtype, 1) if across else None
    padding = np.zeros((S, U), bool)
    padding[0, 3:] = padding[1, 1] = True
    dY, results = ran(layer, [X, Z, padding if padded else None])
    x = torch.tensor(X, requires_grad=True)
    z = torch.tensor(Z, requires_grad=True) if across else x
    given_ = {"key_padding_mask": torch.tensor(padding)} if padded else {}
    given_ |= {"attn_mask": torch.ones(T, T, dtype=torch.bool).triu(1)} if causal else {}
    y, _ = module(x, z, z, **given_)
    y.backward(torch.tensor(dY))
    theirs = {"Y": y.detach().numpy(), "d0": x.grad.numpy()} | ({"d1": z.grad.numpy()} if across else {})
    theirs |= {f"d{key}": W.grad.numpy() for key, W in zip(layer.params, module.parameters(), strict=True)}
    assert_same(results, theirs, dtype)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 3),
    st.integers(1, 6),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
    st.integers(0, 99),
)
def test_any_sizes_agree_with_pytorch(S, T, H, D, causal, seed):
    layer = made(MultiheadAttention, (H * D, H), {"causal": causal})
    module = module_of(layer, H * D, H, True, np.float64)
    X = normal((S, T, H * D), seed=seed)
    dY, results = ran(layer, [X])
    x = torch.tensor(X, requires_grad=True)
    later = torch.ones(T, T, dtype=torch.bool).triu(1) if causal else None
    y, _ = module(x, x, x, attn_mask=later)
    y.backward(torch.tensor(dY))
    theirs = {"Y": y.detach().numpy(), "d0": x.grad.numpy()}
    theirs |= {f"d{key}": W.grad.numpy() for key, W in zip(layer.params, module.parameters(), strict=True)}
    assert_same(results, theirs)


def test_it_starts_as_in_pytorch():
    params, module = MultiheadAttention(64, 4, rng=0).params, torch.nn.MultiheadAttention(64, 4)
    for (key, W), theirs in zip(params.items(), module.parameters(), strict=True):
        theirs = theirs.detach().numpy()
        assert W.shape == theirs.shape
        np.testing.assert_allclose(np.abs(W).max(), np.abs(theirs).max(), rtol=0.02, err_msg=key)
        np.testing.assert_allclose(W.std(), theirs.std(), rtol=0.05, err_msg=key)


def test_rotary_heads_know_distances_alone():
    """Moved by some places, the same rows have the same Y; and the gradient is right."""
    layer = made(MultiheadAttention, (8, 2), {"rotary": True})
    assert gradient_check(layer, normal((2, 4, 8)), rng=1, tolerance=1e-8).agrees
    X = normal((1, 5, 8))
    Y = layer.forward(X)
    assert not np.allclose(Y, made(MultiheadAttention, (8, 2), {}).forward(X))
    turned = layer.rotary.turned
    layer.rotary.turned = lambda A, start, back: turned(A, start + 3, back)
    np.testing.assert_allclose(layer.forward(X), Y, rtol=1e-12)


def test_the_order_is_unseen_without_positions():
    layer, X = made(MultiheadAttention, (6, 3), {}), normal((2, 5, 6))
    order = [3, 0, 4, 1, 2]
    np.testing.assert_allclose(layer.forward(X[:, order]), layer.forward(X)[:, order], rtol=1e-12)


def test_a_causal_place_does_not_see_what_comes():
    layer, X = made(MultiheadAttention, (6, 3), {"causal": True}), normal((2, 5, 6))
    Y, other = layer.forward(X), X.copy()
    other[:, 3:] = 9
    np.testing.assert_allclose(layer.forward(other)[:, :3], Y[:, :3], rtol=1e-12)
    dY = np.zeros_like(Y)
    dY[:, 2] = 1
    assert not layer.backward(dY)[:, 3:].any()


@pytest.mark.parametrize(
    ("make", "inputs", "said"),
    [
        (lambda: MultiheadAttention(6, 4), (), "E = 6 entries cannot be cut into H = 4 heads of equal width"),
        (lambda: MultiheadAttention(0, 1), (), "E = 0 entries cannot be cut"),
        (lambda: MultiheadAttention(6, 2, rotary=True), (), "D = 3 entries are no pairs"),
        (lambda: MultiheadAttention(6, 2), (np.ones((2, 4)),), r"X has shape \(2, 4\), but W of shape \(18, 6\)"),
        (lambda: MultiheadAttention(6, 2), (np.ones(6),), r"needs X of shape \(\.\.\., T, 6\)"),
        (lambda: MultiheadAttention(6, 2), (np.ones((2, 3, 6)), np.ones((2, 3, 5))), r"Z has shape \(2, 3, 5\), but W"),
        (lambda: MultiheadAttention(6, 2), (np.ones((2, 3, 6)), np.ones((1, 3, 6))), "all but T and E must be equal"),
        (lambda: MultiheadAttention(6, 2, causal=True), (np.ones((3, 6)), np.ones((3, 6))), "Z has places of its own"),
        (
            lambda: MultiheadAttention(6, 2),
            (np.ones((2, 3, 6)), None, np.ones((2, 3), bool)),
            r"padding\[0\] is True at every key",
        ),
        (
            lambda: MultiheadAttention(6, 2),
            (np.ones((2, 3, 6)), None, np.ones((2, 4), bool)),
            r"padding has shape \(2, 4\), but K needs padding of shape \(2, 3\)",
        ),
    ],
)  # fmt: skip
def test_heads_that_do_not_fit_are_refused_in_letters(make, inputs, said):
    with pytest.raises(ValueError, match=said):
        make().forward(*inputs)
