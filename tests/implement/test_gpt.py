"""GPT: every gradient, the same from PyTorch, generation with and without a cache; what is refused."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from helpers.compare.sequences import transformer_block
from helpers.families import BLOCK
from helpers.implement import GPT, AdamW, SoftmaxCrossEntropy, TransformerBlock
from helpers.implement.cache import draw_next
from tests.implement.rows import made, normal

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
SIZES = (7, 6, 8, 2, 2)  # V, context, M, H, layers
IDS = np.array([[0, 3, 6, 3], [1, 1, 2, 5]])
NAMES = {key: names[0] for key, names in BLOCK.items()}


def small(dtype=np.float64, **options):
    return made(GPT, SIZES, options, dtype)


def by_torch(network, ids):
    """Y and every gradient from PyTorch, of the mean loss for the ids that follow."""
    params = {key: torch.tensor(W, requires_grad=True) for key, W in network.params.items()}
    block = network.blocks.layers[0]
    x = F.embedding(torch.tensor(ids), params["embedding.E"])
    if network.positions:
        P = params.get("positions.P", torch.tensor(getattr(network.positions, "P", 0)))
        x = x + P[: ids.shape[-1]]
    options = {
        name: getattr(block, name) for name in ("num_heads", "causal", "norm_first", "activation", "eps")
    }
    for i in range(len(network.blocks.layers)):
        start = f"blocks.{i}."
        own = {NAMES[k.removeprefix(start)]: W for k, W in params.items() if k.startswith(start)}
        x = transformer_block(x, **options, **own)
    x = F.layer_norm(x, x.shape[-1:], params["norm.gamma"], params.get("norm.beta"), block.eps)
    y = x @ params["embedding.E"].T
    F.cross_entropy(y.flatten(0, -2), torch.tensor(np.roll(ids, -1)).flatten()).backward()
    return {"Y": y.detach().numpy()} | {f"d{key}": W.grad.numpy() for key, W in params.items()}


def ran(network, ids):
    loss = SoftmaxCrossEntropy()
    Y = network.forward(ids)
    loss.forward(Y.reshape(-1, Y.shape[-1]), np.roll(ids, -1).ravel())
    assert network.backward(loss.backward().reshape(Y.shape)) is None
    return {"Y": Y} | {f"d{key}": A for key, A in network.grads.items()}


def assert_same(a, b, dtype=np.float64):
    assert a.keys() == b.keys()
    for name in a:
        assert (a[name].shape, a[name].dtype) == (b[name].shape, b[name].dtype), name
        scale = np.abs(b[name]).max(initial=1)
        np.testing.assert_allclose(a[name], b[name], 0, TOLERANCE[dtype] * scale, err_msg=name)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"activation": "gelu_tanh", "bias": False, "eps": 1e-3},
        {"activation": "swiglu", "hidden": 5},
        {"positions": "sinusoidal"},
    ],
    ids=str,
)
def test_every_gradient_is_that_of_pytorch(options, dtype):
    network = small(dtype, **options)
    for ids in (IDS, IDS[:1, :1], IDS[0]):
        assert_same(ran(network, ids), by_torch(network, ids), dtype)


def test_rotary_gradients_are_differences():
    network = small(positions="rotary")
    dY = normal((2, 4, 7), seed=1)
    network.forward(IDS)
    network.backward(dY)
    for key, A in network.grads.items():
        W, h = network.params[key], 1e-5
        for entry in (0, -1):
            kept, sums = W.flat[entry], []
            for sign in (1, -1):
                W.flat[entry] = kept + sign * h
                sums.append((network.forward(IDS) * dY).sum())
            W.flat[entry] = kept
            assert A.flat[entry] == pytest.approx((sums[0] - sums[1]) / (2 * h), rel=1e-6, abs=1e-8), key


def test_the_tied_matrix_has_two_terms():
    """Ids that do not occur learn by the head alone; at each that occurs the embedding adds its own."""
    network = small()
    results = ran(network, IDS)
    head = np.einsum("stv,stm->vm", by_head(network), network.H)
    np.testing.assert_allclose(results["dembedding.E"][4], head[4], rtol=1e-10)
    assert not np.allclose(results["dembedding.E"][3], head[3])


def by_head(network):
    loss = SoftmaxCrossEntropy()
    loss.forward(network.Y.reshape(-1, 7), np.roll(IDS, -1).ravel())
    return loss.backward().reshape(network.Y.shape)


def test_it_starts_as_gpt2():
    params = GPT(500, 300, 64, 4, 3, rng=0).params
    for key, W in params.items():
        if key.endswith("gamma"):
            assert (W == 1).all()
        elif W.ndim == 1:
            assert not W.any(), key
        else:
            std = 0.02 / 6**0.5 if key.endswith(("Wo", "mlp.2.W")) else 0.02
            assert W.std() == pytest.approx(std, rel=0.05), key


def test_it_learns_a_text_by_heart():
    text = np.array([0, 3, 1, 4, 1, 5, 2, 6, 5, 3])
    network = GPT(7, 10, 16, 2, 2, rng=0)
    optimizer, loss = AdamW(network, lr=1e-2, weight_decay=0), SoftmaxCrossEntropy()
    for _ in range(80):
        L = loss.forward(network.forward(text[:-1]), text[1:])
        network.parameter_gradients(loss.backward())
        optimizer.step()
    assert L < 0.05
    np.testing.assert_array_equal(network.generate(text[:1], 9, temperature=0), text)


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary"])
@pytest.mark.parametrize("start", [IDS, IDS[:, :1], IDS[0], np.tile(IDS, 3)], ids=lambda ids: str(ids.shape))
def test_generation_with_and_without_the_cache_is_the_same(positions, start):
    """Also beyond the context, where the window moves on and everything is computed again."""
    network = small(positions=positions)
    for options in ({"temperature": 0}, {"temperature": 0.7, "top_k": 3}, {}):
        with_, without = (
            network.generate(start, 9, cache=cache, rng=1, **options) for cache in (True, False)
        )
        np.testing.assert_array_equal(with_, without)
        assert with_.shape == (*start.shape[:-1], start.shape[-1] + 9)
        np.testing.assert_array_equal(with_[..., : start.shape[-1]], start)
    ids = start
    for _ in range(9):  # by the definition
        Y = network.forward(ids[..., -network.context :])
        ids = np.concatenate([ids, Y[..., -1:, :].argmax(-1)], axis=-1)
    np.testing.assert_array_equal(network.generate(start, 9, temperature=0), ids)
    assert_same(ran(network, IDS), ran(network, IDS))  # the caches are gone


def test_the_cache_computes_one_place_for_each_id():
    network, seen = small(), []
    features = network.features
    network.features = lambda ids: (seen.append(ids.shape[-1]), features(ids))[1]
    network.generate(IDS, 4, temperature=0)
    assert seen == [4, 1, 1, 6]
    seen.clear()
    network.generate(IDS, 4, temperature=0, cache=False)
    assert seen == [4, 5, 6, 6]


def test_after_an_error_the_caches_are_gone():
    network = small()
    network.forward(IDS)
    with pytest.raises(ValueError, match="temperature is at least 0"):
        network.generate(IDS, 2, temperature=-1)
    with pytest.raises(RuntimeError, match="before forward"):
        network.backward(np.ones((2, 4, 7)))
    assert network.positions.start == 0 and network.blocks.layers[0].attention.cache is None


def test_draws_follow_softmax_and_its_temperature():
    Y, rng = np.log(np.array([1.0, 2, 3, 4])), np.random.default_rng(0)
    for temperature, top_k, want in (
        (1.0, None, [0.1, 0.2, 0.3, 0.4]),
        (0.5, None, np.array([1, 4, 9, 16]) / 30),
        (1.0, 2, [0, 0, 3 / 7, 4 / 7]),
        (1.0, 1, [0, 0, 0, 1]),
        (1e-300, None, [0, 0, 0, 1]),
    ):
        drawn = draw_next(np.tile(Y, (20000, 1)), temperature, top_k, rng)
        np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 20000, want, atol=0.015)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda net: net.forward(np.zeros((2, 7), int)), ValueError, r"ids has shape \(2, 7\), .* T up to 6"),
        (lambda net: net.forward(np.array(3)), ValueError, r"ids has shape \(\), and should be \(\.\.\., T\)"),
        (lambda net: net.forward(np.ones((2, 3))), TypeError, "ids has dtype float64, and should be made of integers"),
        (lambda net: net.forward(np.array([0, 7])), ValueError, r"ids\[1\] = 7, but the rows of E are 0 to 6"),
        (lambda net: net.forward(np.array([-1])), ValueError, r"ids\[0\] = -1, but"),
        (lambda net: net.generate(IDS[:, :0], 2), ValueError, r"ids of shape \(2, 0\): there must be one id"),
        (lambda net: net.generate(IDS, -1), ValueError, "-1 steps behind ids"),
        (lambda net: net.generate(IDS, 2, top_k=8), ValueError, "top_k=8, but there are V = 7 ids"),
        (lambda net: net.generate(IDS, 2, top_k=0), ValueError, "top_k=0"),
        (lambda net: net.generate(IDS, 2, float("nan")), ValueError, "temperature is at least 0"),
        (lambda net: GPT(*SIZES, positions="relative"), ValueError, "positions='relative' is unknown: choose"),
        (lambda net: GPT(*SIZES, activation="elu"), ValueError, "activation='elu' is unknown: choose 'gelu'"),
        (lambda net: GPT(7, 6, 8, 3, 2), ValueError, "E = 8 entries cannot be cut into H = 3 heads"),
        (lambda net: GPT(7, 0, 8, 2, 2), ValueError, r"P cannot have shape \(0, 8\)"),
        (lambda net: GPT(7, 6, 8, 2, 0), ValueError, "num_layers is at least 1, not 0"),
        (lambda net: net.backward(np.ones((2, 4, 7))), RuntimeError, r"backward\(dY\) before forward\(ids\)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_letters(call, error, said):
    with pytest.raises(error, match=said):
        call(small())


# The block


def test_norms_first_leave_a_path_free():
    """With all that is beside the path at 0, dX is dY; norms behind change it."""
    for norm_first in (True, False):
        block = made(TransformerBlock, (6, 2), {"norm_first": norm_first})
        for key in ("attention.Wo", "attention.bo", "mlp.2.W", "mlp.2.b"):
            block.params[key][...] = 0
        Y, dY = block.forward(normal((2, 3, 6))), normal((2, 3, 6), seed=1)
        assert np.array_equal(block.backward(dY), dY) == norm_first == np.array_equal(Y, normal((2, 3, 6)))


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_block_does_not_look_at_padding(norm_first):
    block, X = made(TransformerBlock, (6, 2), {"norm_first": norm_first}), normal((2, 4, 6))
    padding = np.array([[False, False, True, True], [False] * 4])
    Y, other = block.forward(X, padding), X.copy()
    other[0, 2:] = 7
    np.testing.assert_allclose(block.forward(other, padding)[0, :2], Y[0, :2], rtol=1e-12)
    module = torch.nn.TransformerEncoderLayer(
        6, 2, 24, 0.0, F.gelu, batch_first=True, norm_first=norm_first, dtype=torch.float64
    )
    for W, ours in zip(module.parameters(), block.params.values(), strict=True):
        W.data = torch.tensor(ours)
    y = module(torch.tensor(X), src_key_padding_mask=torch.tensor(padding)).detach().numpy()
    np.testing.assert_allclose(Y, y, rtol=1e-10, atol=1e-12)
    with pytest.raises(ValueError, match=r"padding\[0\] is True at every key"):
        block.forward(X, np.array([[True] * 4, [False] * 4]))
    with pytest.raises(ValueError, match=r"X has shape \(2, 4\), but W of shape \(18, 6\)"):
        block.forward(np.ones((2, 4)))
