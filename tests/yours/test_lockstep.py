"""Exported layers beside PyTorch's autograd: a hundred steps from the same weights on the same batches."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.implement import MSE, SGD, Linear, Sequential
from tests.yours.definitions import made

STEPS, S = 100, 8
SIZES = {"M": 4, "N": 3, "D": 2}


def affine(w, X):
    return X @ w["W"].T + w["b"]


def gated(w, X):
    return (F.silu(X @ w["W"].T) * (X @ w["V"].T)) @ w["U"].T


def modulated(w, X, C):
    return (1 + C @ w["G"].T) * X + C @ w["K"].T


def cosine(w, X):
    return F.normalize(X) @ F.normalize(w["W"]).T / w["tau"]


TORCH = {  # what each computes, in PyTorch's own words, and the columns of its inputs and of its target
    "TanhLayer": (lambda w, X: torch.tanh(affine(w, X)), [4], 3),
    "Rectified": (lambda w, X: F.relu(affine(w, X)), [4], 3),
    "GatedUnit": (gated, [4], 4),
    "Modulation": (modulated, [4, 2], 4),
    "CosineLogits": (cosine, [4], 3),
}


def layer_of(name):
    """The exported layer, at the sizes of the test, with weights that are none of them 0."""
    rng, cls = np.random.default_rng(1), made(name).layer()
    sizes = [letter for letter in SIZES if letter in cls.__init__.__code__.co_varnames]
    layer = cls(**{letter: SIZES[letter] for letter in sizes}, **({"rng": 1} if sizes else {}))
    for W in layer.params.values():
        W += 0.1 * rng.normal(size=W.shape)
    return layer


def copies(params):
    return {key: torch.tensor(W, requires_grad=True) for key, W in params.items()}


def step(weights, loss, lr):
    """One step of gradient descent by autograd."""
    grads = torch.autograd.grad(loss, list(weights.values()))
    with torch.no_grad():
        for W, dW in zip(weights.values(), grads, strict=True):
            W -= lr * dW


def assert_equal(params, weights, start):
    for key, W in params.items():
        assert np.abs(W - weights[key].detach().numpy()).max() < 1e-10, key
        assert np.abs(W - start[key]).max() > 1e-3, f"{key} has not moved"


@pytest.mark.parametrize("name", TORCH)
def test_a_hundred_steps_beside_autograd(name):
    function, columns, out = TORCH[name]
    layer, loss, rng = layer_of(name), MSE(), np.random.default_rng(2)
    weights, start = copies(layer.params), {key: W.copy() for key, W in layer.params.items()}
    optimizer = SGD(layer, 0.1)
    for _ in range(STEPS):
        inputs = [rng.normal(size=(S, width)) for width in columns]
        target = rng.normal(size=(S, out))
        loss.forward(layer.forward(*inputs), target)
        layer.backward(loss.backward())
        optimizer.step()
        by_torch = function(weights, *map(torch.tensor, inputs))
        step(weights, F.mse_loss(by_torch, torch.tensor(target)), 0.1)
    assert_equal(layer.params, weights, start)


def test_a_classifier_of_two_exports_in_sequential():
    """The layer and the loss are both exported; between them stands a norm that is exported too."""
    affine_layer, norm, loss = (
        layer_of("Affine"),
        made("RootMeanSquare").layer()(3, epsilon=0.1),
        made("SoftmaxLoss").layer()(),
    )
    network, rng = Sequential(Linear(4, 4, rng=0), affine_layer, norm), np.random.default_rng(3)
    weights, start = copies(network.params), {key: W.copy() for key, W in network.params.items()}
    optimizer = SGD(network, 0.2)
    for _ in range(STEPS):
        X, T = rng.normal(size=(S, 4)), rng.integers(3, size=S)
        loss.forward(network.forward(X), np.eye(3)[T])
        network.backward(loss.backward())
        optimizer.step()
        Z = (torch.tensor(X) @ weights["0.W"].T + weights["0.b"]) @ weights["1.W"].T + weights["1.b"]
        Z = F.rms_norm(Z, (3,), weights["2.gamma"], eps=0.1)
        step(weights, F.cross_entropy(Z, torch.tensor(T)), 0.2)
    assert_equal(network.params, weights, start)


def test_a_loss_with_weights_of_its_own():
    """Softmax regression as one definition of L: a layer whose output is the number L."""
    layer, rng = layer_of("Classifier"), np.random.default_rng(4)
    weights, start = copies(layer.params), {key: W.copy() for key, W in layer.params.items()}
    optimizer = SGD(layer, 0.2)
    for _ in range(STEPS):
        X, T = rng.normal(size=(S, 4)), rng.integers(3, size=S)
        layer.forward(X, np.eye(3)[T])
        layer.backward(np.array(1.0))
        optimizer.step()
        step(weights, F.cross_entropy(affine(weights, torch.tensor(X)), torch.tensor(T)), 0.2)
    assert_equal(layer.params, weights, start)
