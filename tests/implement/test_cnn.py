"""The convolutional networks: their layers counted, NumPy and PyTorch on the same path, digits learned."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers import data
from helpers.compare import Cnn2018, CnnPreAct, TorchCNN, copy_weights, from_torch, lockstep
from helpers.compare.specimens.cnn import shapes
from helpers.implement import CNN, Adam, SoftmaxCrossEntropy, train
from helpers.implement.cnn import ASSIGNMENT

nn = torch.nn


@pytest.fixture(scope="module")
def digits():
    loaded = data.load("digits", normalise="channel")
    return [A.reshape(-1, *loaded.shape) for A in (loaded.X_train, loaded.X_test)], (
        loaded.T_train,
        loaded.T_test,
    )


def images(S=40, shape=(1, 8, 8), seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((S, *shape)), rng.integers(0, 10, S)


def count(module):
    return sum(W.numel() for W in module.parameters())


@pytest.mark.parametrize(("network", "parameters"), [(Cnn2018, 9_231_114), (CnnPreAct, 11_138_122)])
def test_the_networks_of_the_course_have_their_parameters_and_shapes(network, parameters):
    module = network(rng=0)
    ledger = shapes(module, torch.zeros(1, 3, 32, 32))
    assert count(module) == sum(row[2] for row in ledger) == parameters
    assert [shape[2:] for name, shape, _ in ledger if name == "MaxPool2d"] == [
        (n, n) for n in (16, 8, 4, 2, 1)
    ]
    assert ledger[-1][1] == (1, 10)
    assert module.training
    assert not any(norm.num_batches_tracked for norm in module.modules() if isinstance(norm, nn.BatchNorm2d))


def test_the_layers_of_2018_are_those_of_the_assignment():
    layers = [layer for layer in Cnn2018(rng=0) if isinstance(layer, nn.Conv2d | nn.MaxPool2d)]
    said = " ".join(
        "pool" if isinstance(a, nn.MaxPool2d) else f"{a.in_channels}-{a.out_channels}" for a in layers
    )
    assert said == "3-64 pool 64-128 pool 128-256 256-256 pool 256-512 512-512 pool 512-512 512-512 pool"
    for layer in layers:
        expected = (2, 1) if isinstance(layer, nn.MaxPool2d) else ((1, 1), (1, 1))
        assert (layer.stride, layer.padding) == expected
        assert layer.kernel_size in (3, (3, 3))


def test_a_block_adds_to_its_input():
    torch.manual_seed(0)
    module, X = CnnPreAct(2, rng=0), torch.randn(2, 2, 8, 8)
    block = module[1]
    Y = X + block.conv(torch.relu(block.norm(X)))
    assert torch.equal(block(X), Y)
    nn.init.zeros_(block.conv.weight)
    nn.init.zeros_(block.conv.bias)
    assert torch.equal(block(X), X)


@pytest.mark.parametrize("network", [Cnn2018, CnnPreAct])
@pytest.mark.parametrize("width", [1, 4])
def test_the_width_is_a_switch_and_the_seed_a_seed(network, width):
    module, again, other = (network(width, rng=seed) for seed in (1, 1, 2))
    assert module[-1].in_features == 8 * width
    for W, W_again in zip(module.parameters(), again.parameters(), strict=True):
        assert torch.equal(W, W_again)
    assert not torch.equal(module[0].weight, other[0].weight)
    module(torch.zeros(2, 3, 32, 32)).sum().backward()
    assert all(W.grad is not None for W in module.parameters())


@pytest.mark.parametrize(
    ("shape", "plan"),
    [((1, 8, 8), (1, "pool", 2, "pool")), ((3, 7, 5), (2, 1)), ((3, 32, 32), ASSIGNMENT), ((2, 5, 6), ())],
    ids=str,
)
def test_all_gradients_are_those_of_pytorch(shape, plan):
    network, module = CNN(shape, 10, 2, plan, rng=1), TorchCNN(shape, 10, 2, plan)
    copy_weights(network, module)
    (X, T), loss = images(6, shape), SoftmaxCrossEntropy()
    L = loss.forward(network.forward(X), T)
    dX = network.backward(loss.backward())
    x = torch.from_numpy(X).requires_grad_()
    L_torch = F.cross_entropy(module(x), torch.from_numpy(T))
    L_torch.backward()
    assert pytest.approx(L_torch.item(), rel=1e-10) == L
    pairs = [(dX, x.grad), *zip(network.grads.values(), (W.grad for W in module.parameters()), strict=True)]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("optimizer", "apart"), [("SGD", 1e-10), ("Adam", 1e-7)])
def test_in_lockstep_both_stay_together(optimizer, apart):
    """The b of a convolution has gradient 0 before batch norm: Adam divides the rounding of that by its own size."""
    run = lockstep(CNN(width=3, rng=1), TorchCNN(width=3), images(), 30, 0.01, 16, optimizer=optimizer)
    assert run.first_step_above(apart) is None
    np.testing.assert_allclose(run.loss, run.loss_torch, rtol=1e-10)
    assert run.loss[-5:].mean() < run.loss[:5].mean()


def test_both_give_the_same_curve_in_evaluation_too():
    network, module = CNN(width=3, rng=1), TorchCNN(width=3)
    copy_weights(network, module)
    how = {"steps": 20, "batch_size": 16, "eval_every": 5, "validation": images(seed=1), "rng": 3}
    ours = train(network, SoftmaxCrossEntropy(), Adam(network, 0.01), images(), **how)
    parts = from_torch(module, F.cross_entropy, torch.optim.Adam(module.parameters(), 0.01))
    theirs = train(*parts, images(), **how)
    assert ours.validation_accuracy == theirs.validation_accuracy
    np.testing.assert_allclose(ours.train_loss, theirs.train_loss, rtol=1e-9)
    np.testing.assert_allclose(ours.validation_loss, theirs.validation_loss, rtol=1e-9)


def test_digits_are_learned(digits):
    (X, X_test), (T, T_test) = digits
    network = CNN(rng=0, dtype=np.float32)
    train(
        network,
        SoftmaxCrossEntropy(),
        Adam(network, 0.01),
        (X, T),
        steps=150,
        batch_size=64,
        eval_every=150,
        rng=0,
    )
    assert (network.predict(X_test).argmax(axis=1) == T_test).mean() >= 0.95


@pytest.mark.parametrize("stage", ["Pool", 0, 1.5, -1])
def test_a_plan_is_made_of_numbers_and_pools(stage):
    for make in (CNN, TorchCNN):
        with pytest.raises(ValueError, match="in the plan is neither"):
            make(plan=(1, stage))
