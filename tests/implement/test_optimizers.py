"""Optimizers in step with PyTorch's."""

import itertools

import numpy as np
import pytest
import torch

from helpers.implement import SGD, Adam, AdamW, Linear, Sequential, SoftmaxCrossEntropy, Tanh

SGD_OPTIONS = [
    {"momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov}
    for momentum, dampening, weight_decay, nesterov in itertools.product(
        [0, 0.9], [0, 0.3], [0, 0.01], [False, True]
    )
    if not nesterov or (momentum and not dampening)
]
ADAM_OPTIONS = [
    {"betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
    for betas, eps, weight_decay, amsgrad in itertools.product(
        [(0.9, 0.999), (0.5, 0.9)], [1e-8, 1e-2], [0, 0.1], [False, True]
    )
]
CASES = [
    pytest.param(Optimizer, options, id=f"{Optimizer.__name__} {' '.join(map(str, options.values()))}")
    for Optimizer, all_options in [(SGD, SGD_OPTIONS), (Adam, ADAM_OPTIONS), (AdamW, ADAM_OPTIONS)]
    for options in [{}, *all_options]
]


def network(dtype=np.float64):
    return Sequential(Linear(3, 5, rng=0, dtype=dtype), Tanh(), Linear(5, 2, rng=1, dtype=dtype))


def step(network, optimizer, X, T):
    loss = SoftmaxCrossEntropy()
    loss.forward(network.forward(X), T)
    network.backward(loss.backward())
    optimizer.step()


@pytest.mark.parametrize(("Optimizer", "options"), CASES)
def test_fifty_steps_are_those_of_pytorch(Optimizer, options):
    ours = network()
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2)).double()
    with torch.no_grad():
        for W_torch, W in zip(theirs.parameters(), ours.params.values(), strict=True):
            W_torch.copy_(torch.from_numpy(W))
    optimizer = Optimizer(ours, lr=0.05, **options)
    optimizer_torch = getattr(torch.optim, Optimizer.__name__)(theirs.parameters(), lr=0.05, **options)
    rng = np.random.default_rng(0)
    for _ in range(50):
        X, T = rng.standard_normal((7, 3)), rng.integers(0, 2, 7)
        step(ours, optimizer, X, T)
        optimizer_torch.zero_grad()
        torch.nn.functional.cross_entropy(theirs(torch.from_numpy(X)), torch.from_numpy(T)).backward()
        optimizer_torch.step()
    for W_torch, W in zip(theirs.parameters(), ours.params.values(), strict=True):
        np.testing.assert_allclose(W, W_torch.detach().numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("Optimizer", [SGD, Adam, AdamW])
def test_defaults_are_those_of_pytorch(Optimizer):
    theirs = getattr(torch.optim, Optimizer.__name__)([torch.zeros(1, requires_grad=True)]).defaults
    optimizer = Optimizer(network())
    for name in ("lr", "momentum", "dampening", "weight_decay", "nesterov", "betas", "eps", "amsgrad"):
        assert getattr(optimizer, name, None) == theirs.get(name), name


@pytest.mark.parametrize("Optimizer", [SGD, Adam, AdamW])
def test_parameters_move_in_place_and_keep_their_dtype(Optimizer):
    net = network(np.float32)
    before = dict(net.params)
    values = {key: W.copy() for key, W in before.items()}
    step(net, optimizer := Optimizer(net, lr=0.1), np.ones((2, 3), np.float32), np.array([0, 1]))
    grads = {key: dW.copy() for key, dW in net.grads.items()}
    optimizer.step()
    for key, W in net.params.items():
        assert W is before[key]
        assert W.dtype == np.float32
        assert not np.array_equal(W, values[key])
        np.testing.assert_array_equal(net.grads[key], grads[key])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda net: SGD(net, lr=-1), "lr is at least 0"),
        (lambda net: SGD(net, lr=float("nan")), "lr is at least 0"),
        (lambda net: SGD(net, momentum=-1), "momentum is at least 0"),
        (lambda net: SGD(net, weight_decay=-1), "weight_decay is at least 0"),
        (lambda net: SGD(net, nesterov=True), "nesterov needs momentum > 0 and dampening = 0"),
        (lambda net: SGD(net, momentum=0.9, dampening=0.1, nesterov=True), "nesterov needs"),
        (lambda net: Adam(net, betas=(0.9, 1)), "betas lie in"),
        (lambda net: Adam(net, eps=-1), "eps is at least 0"),
        (lambda net: AdamW(net, weight_decay=-1), "weight_decay is at least 0"),
    ],
)
def test_bad_options_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(network())


def test_a_step_without_gradients_is_refused():
    with pytest.raises(RuntimeError, match=r"step\(\) before backward\(dY\): 0.W, 0.b, 2.W, 2.b has no"):
        SGD(network()).step()
