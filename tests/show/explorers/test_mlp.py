"""The nets with bugs against PyTorch, and what the roulette says of them."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.compare import torch_gradients
from helpers.exercises.mistakes.mlp import BUGS, LINES, Net, beside_the_right_one, learn
from helpers.show import blank_figure
from helpers.show.explorers.mlp import roulette_explorer, silent

S, M, K = 6, 4, 5
RNG = np.random.default_rng(7)
X, T = RNG.normal(size=(S, M)), np.eye(K)[RNG.integers(K, size=S)]


def by_torch(net):
    """L and the gradients of the net at its weights, by PyTorch."""

    def L(W1, b1, W2, b2):
        H = F.leaky_relu(F.linear(torch.tensor(X), W1, b1), 0.1)
        return F.cross_entropy(F.linear(H, W2, b2), torch.tensor(T))

    return torch_gradients(L, net.params)


def net_of(name=None, seed=7):
    net = Net(M, K, K, BUGS.get(name), rng=seed, std=0.7)
    net.params["b1"] += 0.3
    net.params["b2"] -= 0.2
    return net


def test_the_derived_lines_give_the_right_gradients():
    net = net_of()
    L, grads = by_torch(net)
    assert net.loss(X, T) == pytest.approx(float(L), rel=1e-12)
    for _ in range(2):
        for name, dW in net.gradients(X, T).items():
            np.testing.assert_allclose(dW, grads[name], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", BUGS)
def test_every_bug_is_one(name):
    assert BUGS[name].keys() <= LINES.keys()
    net, (_, grads) = net_of(name), by_torch(net_of(name))
    net.gradients(X, T)
    wrong = net.gradients(X, T)
    assert any(not np.allclose(wrong[d], grads[d], rtol=1e-3) for d in grads)
    assert all(wrong[d].shape == grads[d].shape for d in grads)


@pytest.mark.parametrize(
    "name, cosine, ratio", [(None, 1, 1), ("no 1/S", 1, S), ("W2 transposed", None, None)]
)
def test_beside_the_right_one(name, cosine, ratio):
    net = net_of(name)
    g, r = (
        np.concatenate([A.ravel() for A in grads.values()])
        for grads in (net.gradients(X, T), by_torch(net)[1])
    )
    found = beside_the_right_one(net, X, T)
    assert found == pytest.approx(
        (g @ r / np.sqrt(g @ g) / np.sqrt(r @ r), np.sqrt(g @ g / (r @ r))), rel=1e-9
    )
    if cosine:
        assert found == pytest.approx((cosine, ratio))
    else:
        assert found[0] < 0.99


def test_learning_is_gradient_descent():
    net, same = net_of(), net_of()
    run = learn(net, (X, T), (X, T), steps=7, lr=0.1, batch_size=4, rng=3)
    rng = np.random.default_rng(3)
    for step in range(7):
        batch = rng.integers(S, size=4)
        assert run.loss[step] == same.loss(X[batch], T[batch])
        for name, dW in same.gradients(X[batch], T[batch]).items():
            same.params[name[1:]] -= 0.1 * dW
    np.testing.assert_array_equal(net.params["W1"], same.params["W1"])
    assert run.accuracy == (same.forward(X)["P"].argmax(1) == T.argmax(1)).mean()
    assert (run.cosine, run.ratio) == pytest.approx((1, 1))


def test_a_lost_net_stops():
    run = learn(net_of("no 1/S"), (1e3 * X, T), (X, T), steps=50, lr=10)
    assert len(run.loss) < 50
    assert run.loss[-1] > 1e8


def run_of(accuracy, last=0.1):
    return SimpleNamespace(loss=list(np.linspace(2.3, last, 40)), accuracy=accuracy, cosine=-0.25, ratio=2.0)


@pytest.fixture
def explorer():
    runs = {"right 1": run_of(0.95), "right 2": run_of(0.93), "like": run_of(0.93), "above": run_of(0.99)}
    return roulette_explorer({**runs, "worse": run_of(0.9, 9.0)})


def texts(explorer, **votes):
    """The texts in the picture, by letter for the names."""
    figure = blank_figure(7.6, 4.9)
    explorer._draw(figure, **{**explorer.start, **votes})
    return [text.get_text() for text in figure.axes[0].texts]


def test_prediction(explorer):
    assert "✓" in explorer.commit(2)
    assert explorer.values == explorer.start


def test_silent_is_within_a_point_of_the_mean():
    runs = {"right 1": run_of(0.95), "right 2": run_of(0.93), "at": run_of(0.9301), "under": run_of(0.9299)}
    assert silent(runs) == ["at"]


def test_votes_against_the_truth(explorer):
    shown = texts(explorer, reveal=True)
    letters = {
        name: shown[shown.index(f"{mark} {name}") - 1]
        for mark, name in zip("✓✓✗✗✗", ("right 1", "right 2", "like", "above", "worse"), strict=True)
    }
    assert sorted(letters.values()) == list("ABCDE")
    assert shown.count("accuracy 0.930\ncosine −0.250\nratio 2.00") == 1
    votes = {letters["worse"]: True, letters["right 1"]: True}
    assert explorer.move(**votes) == f"You call 2 of 5 wrong ({', '.join(sorted(votes))})."
    said = explorer.move(reveal=True)
    quiet = sorted([letters["like"], letters["above"]])
    assert re.findall(r"\d+|\([A-E, ]+\)", said) == [
        "1", "3", "2", f"({', '.join(quiet)})", "1", f"({letters['right 1']})", "2",
        "2", f"({', '.join(quiet)})", "1",
    ]  # fmt: skip


def test_nothing_is_told_before_the_reveal(explorer):
    before = " ".join(texts(explorer, A=True))
    assert "you say: wrong" in before
    assert not any(word in before for word in ("accuracy", "right", "like", "above", "worse", "✗"))
