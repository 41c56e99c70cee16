"""The multilayer perceptron in NumPy and in PyTorch: the same network, the same path."""

import numpy as np
import pytest
import torch

from helpers.compare import TorchMLP, copy_weights, lockstep
from helpers.implement import MLP

ACTIVATIONS = ["relu", "leaky_relu", "elu", "tanh", "sigmoid", "gelu", "silu", "softplus"]


def points(S=200, M=6, N=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((S, M)), rng.integers(0, N, S)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [[], [7], [5, 8, 3]], ids=str)
def test_with_the_weights_copied_both_give_the_same(activation, hidden):
    network = MLP(6, hidden, 4, activation, init="kaiming", rng=1)
    module = TorchMLP(6, hidden, 4, activation, init="torch", rng=2)
    X = points()[0]
    copy_weights(module, network)
    np.testing.assert_allclose(
        network.forward(X), module(torch.tensor(X)).detach().numpy(), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        ("SGD", {}),
        ("SGD", {"momentum": 0.9}),
        ("SGD", {"momentum": 0.9, "nesterov": True}),
        ("Adam", {}),
        ("AdamW", {}),
    ],
    ids=str,
)
def test_in_lockstep_a_hundred_steps_stay_together(optimizer, options):
    network, module = MLP(6, [9, 8], 4, "elu", init="kaiming", rng=1), TorchMLP(6, [9, 8], 4, "elu")
    run = lockstep(
        network, module, points(), steps=100, lr=0.02, batch_size=16, optimizer=optimizer, **options
    )
    assert run.difference.max() < 1e-10
    assert run.loss[-10:].mean() < run.loss[:10].mean()
