"""The numbers that the explorer of depth says and draws, against one stack at a time in PyTorch."""

import re

import numpy as np
import pytest
import torch

from helpers.compare.sequences import transformer_block
from helpers.compare.specimens import half_tied
from helpers.compare.specimens.block import in_letters
from helpers.exercises import transformer as exercises
from helpers.families import BLOCK
from helpers.implement import TransformerBlock
from helpers.show import blank_figure
from helpers.show.explorers import transformer as explorers
from helpers.show.explorers.transformer import DEEPEST, DRAWS, HEADS, PLACES, WIDTH, WIRINGS, depth_explorer


class Cut(TransformerBlock):
    """A block without its links."""

    def formula(self, X, *masks):
        R = self.attention.forward(self.norm1.forward(X), None, *masks)
        return self.mlp.forward(self.norm2.forward(R))

    def gradient(self, dY):
        dR = self.norm2.backward(self.mlp.backward(dY))
        return self.norm1.backward(self.attention.backward(dR))


@pytest.fixture(scope="module")
def explorer():
    return depth_explorer(TransformerBlock, Cut)


def drawn(kind, wiring, size, seed):
    """The blocks, X and dY of one draw."""
    rng = np.random.default_rng(seed)
    blocks = [
        kind(WIDTH, HEADS, causal=True, norm_first=wiring != "norms last", rng=rng) for _ in range(DEEPEST)
    ]
    for W in (W for block in blocks for W in block.params.values() if W.ndim == 2):
        W *= size
    return blocks, *rng.normal(size=(2, PLACES, WIDTH))


def by_torch(wiring, size, seed, depth):
    """‖dX‖ of one stack by autograd, and its Y."""
    blocks, X, dY = drawn(TransformerBlock, wiring, size, seed)
    x = y = torch.tensor(X, requires_grad=True)
    for block in blocks[:depth]:
        own = {BLOCK[key][0]: torch.tensor(W) for key, W in block.params.items()}
        options = {"num_heads": HEADS, "causal": True, "activation": "gelu", "eps": block.eps}
        y = transformer_block(y[None], norm_first=block.norm_first, **options, **own)[0]
    (dX,) = torch.autograd.grad(y, x, torch.tensor(dY / np.linalg.norm(dY)))
    return dX.norm().item(), y.detach()


@pytest.mark.parametrize("size", [1.0, 4.0])
@pytest.mark.parametrize("wiring", ["norms first", "norms last"])
def test_one_pass_finds_what_each_stack_has(wiring, size):
    arrived, alike = explorers.one_draw(TransformerBlock, wiring, size, 3)
    for depth in (1, 7, DEEPEST):
        norm, y = by_torch(wiring, size, 3, depth)
        assert arrived[depth - 1] == pytest.approx(norm, rel=1e-8)
        cosines = torch.nn.functional.cosine_similarity(y[:, None], y[None], dim=-1)
        assert alike[depth - 1] == pytest.approx((cosines.sum() - PLACES).item() / (PLACES**2 - PLACES))


def test_without_links_too():
    arrived, _ = explorers.one_draw(Cut, "no links", 1.0, 1)
    blocks, X, dY = drawn(Cut, "no links", 1.0, 1)
    for block in blocks[:5]:
        X = block.forward(X)
    for block in reversed(blocks[:5]):
        dY = block.backward(dY)
    assert arrived[4] == pytest.approx(np.linalg.norm(dY) / np.linalg.norm(drawn(Cut, "no links", 1.0, 1)[2]))


def test_prediction_is_what_happens(explorer):
    assert explorer.commit("about 2").startswith("✓")
    assert explorer.values == {"depth": 24, "wiring": "norms first", "weights": "as PyTorch draws them"}
    norms = [by_torch("norms first", 1.0, k, DEEPEST)[0] for k in range(DRAWS)]
    assert 1.5 < np.exp(np.mean(np.log(norms))) < 2.5


@pytest.mark.parametrize("weights", explorers.SIZES)
@pytest.mark.parametrize("wiring", ["norms first", "norms last"])
def test_sentence(explorer, wiring, weights):
    said = explorer.move(depth=9, wiring=wiring, weights=weights)
    norms = [by_torch(wiring, explorers.SIZES[weights], k, 9)[0] for k in range(DRAWS)]
    numbers = [
        float(n) for n in re.search(r"norm 1, (\S+) reaches .* block, (\S+) to (\S+) in", said).groups()
    ]
    want = [np.exp(np.mean(np.log(norms))), min(norms), max(norms)]
    np.testing.assert_allclose(numbers, want, rtol=0.051)
    other = next(w for w in WIRINGS[:2] if w != wiring)
    others = [by_torch(other, explorers.SIZES[weights], k, 9)[0] for k in range(DRAWS)]
    assert float(re.search(rf"with {other} (\d+\.?\d*)", said)[1]) == pytest.approx(
        np.exp(np.mean(np.log(others))), rel=0.051
    )
    assert said.startswith(f"9 blocks, {wiring}: ")


def test_a_block_that_forgets_its_links_is_seen():
    """With Cut in the place of the block, nothing is left of the difference."""
    forgetful = depth_explorer(Cut, Cut)
    said = forgetful.move(depth=24)
    first, cut = re.search(r"norm 1, (\S+) reaches .* with no links (\S+)\.", said).groups()
    assert first == cut and float(first) < 0.05


@pytest.mark.parametrize("depth", [1, 24])
def test_picture(explorer, depth):
    """Each curve ends at the depth, and the chosen one runs between its draws."""
    explorer.move(depth=depth, wiring="no links", weights="as PyTorch draws them")
    figure = blank_figure()
    explorer._draw(figure, **explorer.values)
    arrived, alike = figure.axes
    lines = {line.get_label(): line for line in (*arrived.lines, *alike.lines) if line.get_label() in WIRINGS}
    assert lines.keys() == set(WIRINGS)
    assert all(len(line.get_xdata()) == depth for line in lines.values())
    draws = np.array([line.get_ydata() for line in arrived.lines[:DRAWS]])
    (middle,) = (line.get_ydata() for line in arrived.lines if line.get_label() == "no links")
    assert (draws.min(0) <= middle).all() and (middle <= draws.max(0)).all()
    places = sorted(text.get_position()[1] for text in alike.texts)
    assert np.diff(places).min() > 0.08 and places[-1] < 1.1


def test_step_by_step_the_cache_says_what_the_whole_text_says():
    ids = (3, 0, 3, 6, 1)
    steps = exercises.steps(ids)
    _, *arrays, _, _ = steps[0]
    logits = [exercises.right_step(*step)[0] for step in steps]
    np.testing.assert_allclose(logits, exercises.without_cache(np.array(ids), *arrays), rtol=1e-12)


@pytest.mark.parametrize("name", half_tied.LACKS)
def test_a_net_lacks_the_half_that_is_said(name):
    net = half_tied.nets(7, 6)[name]
    seen = half_tied.evidence(net, np.array([0, 3, 1, 3]), np.array([3, 1, 3, 0]))
    dE = seen.pop("dE")
    halves = dict(zip(("reading", "writing"), exercises.right_halves(**seen), strict=True))
    left = [half for there, half in halves.items() if there != net.lacks]
    np.testing.assert_allclose(dE, sum(left), rtol=1e-4, atol=1e-6)
    assert all(abs(half).max() > 1e-3 for half in halves.values())


def test_the_arrays_of_a_block_under_their_letters():
    found = in_letters(TransformerBlock(6, 2, rng=0).params, 2)
    assert found["Wk"].shape == (2, 3, 6) and found["Wo"].shape == (6, 2, 3) and found["bv"].shape == (2, 3)
    W = TransformerBlock(6, 2, rng=0).params["attention.W"]
    np.testing.assert_array_equal(found["Wk"][1, 2], W[6 + 5])
    assert found.keys() >= {"W1", "b2", "gamma1", "beta2", "Wq"}
