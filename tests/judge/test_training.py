"""An optimizer is judged by its weights after several steps, in whichever form it is written."""

from functools import partial

import numpy as np
import pytest
import torch

from helpers import implement as ours
from helpers.verdict import Kind, State
from tests.judge.test_remarks import diagnose
from tests.judge.work import told, works


class Adam:
    """update(params, grads) on dicts, in place, with pieces that a test changes."""

    def __init__(self, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps, self.t = lr, beta1, beta2, eps, 0
        self.m, self.v = {}, {}

    def second(self):
        return self.beta2

    def square(self, g):
        return g * g

    def root(self, v, t):
        return np.sqrt(v / (1 - self.beta2**t)) + self.eps

    def corrected(self, m, t):
        return m / (1 - self.beta1**t)

    def update(self, params, grads):
        self.t += 1
        for key, g in grads.items():
            self.m[key] = self.beta1 * self.m.get(key, 0) + (1 - self.beta1) * g
            beta = self.second()
            self.v[key] = beta * self.v.get(key, 0) + (1 - beta) * self.square(g)
            params[key] -= self.lr * self.corrected(self.m[key], self.t) / self.root(self.v[key], self.t)


def sgd(w, dw, learning_rate=0.1):
    return w - learning_rate * dw


def momentum(w, dw, config=None):
    """A function that keeps its velocity in a dict."""
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.8)
    v = config["momentum"] * config.get("velocity", np.zeros_like(w)) - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config


class Nets:
    """Made with a layer, of which it changes params."""

    def __init__(self, network, lr=0.02):
        self.network, self.lr = network, lr

    def step(self):
        for key, W in self.network.params.items():
            W -= self.lr * self.network.grads[key]


class OfLayers:
    """update_params(layer), with weights and dweights."""

    def __init__(self, learning_rate=1.0):
        self.current_learning_rate = learning_rate

    def update_params(self, layer):
        layer.weights += -self.current_learning_rate * layer.dweights
        layer.biases += -self.current_learning_rate * layer.dbiases


class Tensors:
    """Made with a list of objects that have data and grad."""

    def __init__(self, params, lr=0.1):
        self.params, self.lr = params, lr

    def step(self):
        for p in self.params:
            p.data -= self.lr * p.grad


class Alone:
    """update(w, grad) returns the new w."""

    def __init__(self, learning_rate=0.01, rho=0.9):
        self.learning_rate, self.rho, self.eps, self.cache = learning_rate, rho, 1e-8, None

    def update(self, w, grad):
        self.cache = np.zeros_like(w) if self.cache is None else self.cache
        self.cache = self.rho * self.cache + (1 - self.rho) * grad**2
        return w - self.learning_rate * grad / (np.sqrt(self.cache) + self.eps)


class Coupled(Adam):
    """Weight decay as part of the gradient."""

    def __init__(self, weight_decay=0.1):
        super().__init__()
        self.weight_decay = weight_decay

    def update(self, params, grads):
        super().update(params, {key: g + self.weight_decay * params[key] for key, g in grads.items()})


def dampened(w, dw, state=None, lr=0.1, momentum=0.9):
    state["V"] = momentum * state.get("V", 0) + (1 - momentum) * dw
    return w - lr * state["V"]


class Shared(Adam):
    """One m for all weights of a shape: of W and of what came before it."""

    def update(self, params, grads):
        super().update(params, {key: g + 0.1 * self.t * g for key, g in grads.items()})


class Pairs:
    """Made with pairs of a weight and its gradient, which it changes in place."""

    def __init__(self, params, lr=0.1):
        self.params, self.lr = params, lr

    def step(self):
        for W, dW in self.params:
            W -= self.lr * dW


class Numbered:
    """update(layer, i), with an ε that no attribute tells."""

    def __init__(self, lr):
        self.lr, self.s = lr, {}

    def update(self, layer, i):
        for name in "Wb":
            dW = getattr(layer, f"grad_{name}")
            self.s[i, name] = self.s.get((i, name), 0) + dW**2
            W = getattr(layer, name)
            W -= self.lr * dW / (np.sqrt(self.s[i, name]) + 1e-4)


RIGHT = {
    "of pairs": (Pairs, "sgd"),
    "of layers by number": (Numbered, "adagrad"),
    "function": (sgd, "sgd"),
    "function with a dict": (momentum, "momentum"),
    "made with a network": (Nets, torch.optim.SGD),
    "of a layer": (OfLayers, "SGD"),
    "of tensors": (Tensors, "sgd"),
    "alone": (Alone, "rmsprop"),
    "dicts": (Adam, "adam"),
    "an object": (Adam(lr=0.3, beta1=0.5), "adam"),
    "ours": (ours.AdamW, torch.optim.AdamW),
    "ours with momentum": (partial(ours.SGD, momentum=0.9).func, "sgd"),
}
TOLD = {
    (Kind.SIGN, "step"): (lambda w, dw, lr=0.1: w + lr * dw, "sgd"),
    (Kind.FACTOR, "step"): (lambda w, dw, lr=0.1: w - lr * lr * dw, "sgd"),
    (Kind.WRONG_VALUE, "step"): (lambda w, dw, lr=0.1: w - lr * dw**2, "sgd"),
    (Kind.EARLIER_CALLS, "step"): (Shared, "adam"),
    (Kind.INTERFACE, "optimizer"): (lambda: 3, "sgd"),
    (Kind.WRONG_VALUE, "nothing kept"): (lambda w, dw, lr=0.1, momentum=0.9: w - lr * dw, "momentum"),
    (Kind.WRONG_VALUE, "no correction"): (
        works(Adam, corrected=lambda self, m, t: m, root=lambda self, v, t: np.sqrt(v) + self.eps),
        "adam",
    ),
    (Kind.WRONG_VALUE, "corrected once"): (
        works(Adam, root=lambda self, v, t: np.sqrt(v) + self.eps),
        "adam",
    ),
    (Kind.WRONG_VALUE, "t stays 1"): (
        works(
            Adam,
            corrected=lambda self, m, t: Adam.corrected(self, m, 1),
            root=lambda self, v, t: Adam.root(self, v, 1),
        ),
        "adam",
    ),
    (Kind.WRONG_VALUE, "not squared"): (works(Adam, square=lambda self, g: np.abs(g)), "adam"),
    (Kind.WRONG_VALUE, "no root"): (
        works(Adam, root=lambda self, v, t: v / (1 - self.beta2**t) + self.eps),
        "adam",
    ),
    (Kind.WRONG_VALUE, "dampened"): (dampened, "momentum"),
    (Kind.WRONG_VALUE, "decay in the gradient"): (Coupled, "adamw"),
    (Kind.WRONG_VALUE, "one beta"): (
        works(
            Adam,
            second=lambda self: self.beta1,
            root=lambda self, v, t: np.sqrt(v / (1 - self.beta1**t)) + self.eps,
        ),
        "adam",
    ),
    (Kind.WRONG_VALUE, "ε before the correction"): (
        works(Adam, root=lambda self, v, t: (np.sqrt(v) + self.eps) / np.sqrt(1 - self.beta2**t))(eps=1e-3),
        "adam",
    ),
    (Kind.WRONG_VALUE, "ε inside"): (
        works(Adam, root=lambda self, v, t: np.sqrt(v / (1 - self.beta2**t) + self.eps))(eps=1e-3),
        "adam",
    ),
}


def drawn(f):
    """An initialisation with f(M, N) for a standard deviation."""
    return lambda fan_in, fan_out: np.random.randn(fan_in, fan_out) * f(fan_in, fan_out)


class Layer:
    def __init__(self, M, N):
        self.b = np.zeros(N)
        self.W = np.random.default_rng(0).uniform(-1, 1, (N, M)) * np.sqrt(6 / (M + N))


RIGHT |= {
    "he": (drawn(lambda M, N: np.sqrt(2 / M)), "he"),
    "xavier of a layer": (Layer, torch.nn.init.xavier_uniform_),
    "lecun of a shape": (lambda shape: np.random.randn(*shape) / np.sqrt(shape[1]), "lecun"),
}
TOLD |= {
    (Kind.FORWARD, "spread that has a name"): (drawn(lambda M, N: np.sqrt(2 / N)), "kaiming normal"),
    (Kind.FORWARD, "spread"): (drawn(lambda M, N: 0.37), "xavier"),
    (Kind.WRONG_VALUE, "mean"): (lambda M, N: np.random.rand(M, N) * np.sqrt(12 * 2 / M), "he"),
    (Kind.ZERO, "initialisation"): (lambda M, N: np.zeros((M, N)), "he"),
    (Kind.TRANSPOSED, "fan"): (lambda shape: np.random.randn(*shape) * np.sqrt(2 / shape[0]), "he"),
    (Kind.WRONG_FUNCTION, "distribution"): (Layer, "xavier normal"),
    (Kind.INTERFACE, "initialisation"): (lambda: 3, "he"),
}


def l2(slope, scale=1.0):
    return lambda W, reg=0.1: scale * reg * (W**2).sum(), lambda W, reg=0.1: slope * reg * W


RIGHT |= {
    "a penalty": (l2(2), "l2 penalty"),
    "a penalty as one function": (
        lambda W, lam: (lam * np.abs(W).sum(), lam * np.sign(W)),
        "l1 regularization",
    ),
}
TOLD |= {
    (Kind.OTHER_MEAN, "half"): (l2(1, 0.5), "l2"),
    (Kind.INTERFACE, "penalty"): (lambda: 3, "l2"),
}


@pytest.mark.parametrize("work, like", RIGHT.values(), ids=RIGHT)
def test_every_form_is_run(work, like):
    found = diagnose(work, like)
    assert found.state is State.RIGHT, found


@pytest.mark.parametrize("key", TOLD, ids=map(str, TOLD))
def test_a_mistake_is_named(key):
    work, like = TOLD[key]
    found = diagnose(work, like)
    assert key in set().union(*map(told, found.verdicts)), found


def test_a_convention_is_a_remark():
    for root in (
        lambda self, v, t: np.sqrt(v / (1 - self.beta2**t) + self.eps),
        lambda self, v, t: (np.sqrt(v) + self.eps) / np.sqrt(1 - self.beta2**t),
    ):
        assert diagnose(works(Adam, root=root)(eps=1e-3), "adam").state is State.REMARK
        assert (
            diagnose(works(Adam, root=lambda *_, root=root: 2 * root(*_))(eps=1e-3), "adam").state
            is State.WRONG
        )


def test_the_gradient_of_a_penalty_belongs_to_it():
    for work, where, times in ((l2(1), "dW", 0.5), (l2(2, 0.5), "dW", 2), (l2(2, 3.0), "L", 3)):
        (found,) = diagnose(work, "l2").findings
        assert (found.kind, found.where) == (Kind.FACTOR, where)
        assert found.difference.factor.value == pytest.approx(times)
