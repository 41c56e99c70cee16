"""What other hands write is judged as it stands: a right work of each kind is right, its wrong neighbour wrong."""

import numpy as np
import pytest
import torch

from helpers import implement as ours
from helpers.verdict import Kind, State
from tests.judge.test_adapters import diagnose, sigmoid, with_


class Listed:
    """params and grads are lists, made with its arrays."""

    def __init__(self, W, b):
        self.params, self.grads = [W, b], [np.zeros_like(W), np.zeros_like(b)]

    def forward(self, x):
        self.x = x
        return x @ self.params[0] + self.params[1]

    def backward(self, dout):
        self.grads[0][...], self.grads[1][...] = self.x.T @ dout, dout.sum(0)
        return dout @ self.params[0].T


def listed_wrong(self, dout):
    self.grads[0][...], self.grads[1][...] = self.x.T @ dout, dout.mean(0)
    return dout @ self.params[0].T


class Product:
    """W alone, made with it."""

    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, d):
        self.dW = self.x.T @ d
        return d @ self.W.T


class MadeLater:
    """γ and β are made by a method, when the width is known."""

    gamma = beta = None

    def init_params(self, width):
        self.gamma, self.beta = np.ones((1, width)), np.zeros((1, width))

    def forward(self, x, training=True):
        self.s = np.sqrt(x.var(0) + 1e-8)
        self.H = (x - x.mean(0)) / self.s
        return self.gamma * self.H + self.beta

    def backward(self, d):
        self.d_gamma, self.d_beta = (d * self.H).sum(0, keepdims=True), d.sum(0, keepdims=True)
        return self.gamma / self.s * self.centred(d - self.H * (d * self.H).mean(0))

    def centred(self, d):
        return d - d.mean(0)


class Classic:
    """Dropout that scales in evaluation, of which each call tells it."""

    def __init__(self, ratio=0.5):
        self.ratio = ratio

    def forward(self, x, train_flg=True):
        if not train_flg:
            return x * self.kept()
        self.mask = np.random.rand(*x.shape) > self.ratio
        return x * self.mask

    def kept(self):
        return 1 - self.ratio

    def backward(self, dout):
        return dout * self.mask


class Switched(Classic):
    """The same, which an attribute tells."""

    train_mode = True

    def forward(self, x):
        return super().forward(x, self.train_mode)


class OneColumn:
    """One sample as a column, though forward takes many; it steps at the rate that it is handed."""

    def __init__(self, M, N):
        self.weights, self.bias = np.zeros((N, M)), np.zeros((N, 1))

    def forward(self, x):
        self.x = x
        return self.weights @ x + self.bias

    def backward(self, dY, learning_rate):
        dX = self.weights.T @ dY
        self.step(dY, learning_rate)
        return dX

    def step(self, dY, rate):
        self.weights -= rate * dY @ self.x.T
        self.bias -= rate * dY


def step_first(self, dY, learning_rate):
    self.step(dY, learning_rate)
    return self.weights.T @ dY


class Called:
    """__call__ keeps what backward needs, and calls forward."""

    def __call__(self, x):
        self.inputs = x
        return self.forward(x)

    def forward(self, x):
        return np.tanh(x)

    def backward(self, grad):
        return grad * (1 - np.tanh(self.inputs) ** 2)


class TwoSteps:
    """The gradient of the parameters and that of X are two methods, which are handed the input again."""

    def __init__(self, M, N):
        self._parameters, self._gradient = np.ones((M, N)), np.zeros((M, N))

    def forward(self, X):
        return X @ self._parameters

    def backward_update_gradient(self, input, delta):
        self._gradient = input.T @ delta

    def backward_delta(self, input, delta):
        return delta @ self._parameters.T


class Shares:
    """Softmax and cross-entropy, which returns the shares beside L and takes them back."""

    def forward(self, logits, labels):
        E = np.exp(logits - logits.max(1, keepdims=True))
        probs = E / E.sum(1, keepdims=True)
        log_probs = logits - logits.max(1, keepdims=True) - np.log(E.sum(1, keepdims=True))
        return -log_probs[range(len(labels)), labels].mean(), probs

    def backward(self, probs, labels):
        return (probs - np.eye(probs.shape[1])[labels]) / len(labels)


class OneHot:
    """An embedding by a product, which returns what would be the gradient of the one-hot ids."""

    def __init__(self, V, M):
        self.weights = np.random.randn(V, M)

    def forward(self, ids):
        self.P = np.eye(len(self.weights))[ids]
        return self.P @ self.weights

    def backward(self, d):
        self.dweights = self.P.reshape(-1, self.P.shape[-1]).T @ d.reshape(-1, d.shape[-1])
        return d @ self.weights.T


def last_only(self, d):
    self.dweights = np.zeros_like(self.weights)
    self.dweights[self.P.argmax(-1)] = d
    return d @ self.weights.T


class Fed:
    """forward() takes X from where it is kept."""

    def __init__(self, x=None):
        self.x = x

    def forward(self):
        self.y = np.tanh(self.x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class Handed:
    """Called with what it keeps, then forward(X)."""

    def __call__(self, X, labels):
        self.T = labels
        return self.forward(X)

    def forward(self, X):
        self.D = X - self.T
        return (self.D**2).mean()

    def backward(self):
        return 2 * self.D / self.D.size


class GradientFirst:
    """(dX, L) is what comes out."""

    def __call__(self, preds, labels):
        D = preds - labels
        return 2 * D / D.size, (D**2).mean()


class Image:
    """A pooling of one image (H, W, C), whose gradient adds up until it is cleared."""

    def __init__(self):
        self.zero_grad()

    def zero_grad(self):
        self.grad_x = np.zeros((4, 6, 2))

    def forward(self, x):
        assert x.shape == self.grad_x.shape
        windows = x.reshape(2, 2, 3, 2, 2).swapaxes(1, 2)
        self.first = np.eye(4)[windows.reshape(2, 3, 4, 2).argmax(2)].swapaxes(2, 3)
        return windows.max((2, 3))

    def backward(self, d):
        back = (self.first * d[:, :, None]).reshape(2, 3, 2, 2, 2)
        self.grad_x += back.swapaxes(1, 2).reshape(4, 6, 2)
        return self.grad_x


class Cached:
    """Keeps what backward needs where it is asked to."""

    def forward(self, x, save_cache=False):
        if save_cache:
            self.cache = x
        return np.maximum(x, 0)

    def backward(self, d):
        return d * (self.cache > 0)


class Leaky:
    """Its slope is its own."""

    def __init__(self, alpha=0.2):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, d):
        return d * np.where(self.x > 0, 1, self.alpha)


def hinge(x, y):
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    dx = (margins > 0) / len(x)
    dx[rows, y] -= dx.sum(1)
    return margins.sum() / len(x), dx


def hinge_summed(x, y):
    loss, dx = hinge(x, y)
    return loss, dx * len(x)


def step_forward(x, prev_h, Wx, Wh, b):
    h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return h, (x, prev_h, Wx, Wh, h)


def step_backward(dh, cache):
    x, prev_h, Wx, Wh, h = cache
    da = dh * (1 - h**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(0)


def rnn_forward(x, h0, Wx, Wh, b):
    """Matrices by the right, states (S, N), one bias."""
    hs, caches = [h0], []
    for t in range(x.shape[1]):
        h, cache = step_forward(x[:, t], hs[-1], Wx, Wh, b)
        hs, caches = [*hs, h], [*caches, cache]
    return np.stack(hs[1:], 1), caches


def rnn_backward(dh, caches):
    back, grads, dx = 0, None, []
    for t in reversed(range(dh.shape[1])):
        dx_t, back, *more = step_backward(dh[:, t] + back, caches[t])
        dx, grads = [dx_t, *dx], more if grads is None else [a + b for a, b in zip(grads, more, strict=True)]
    return np.stack(dx, 1), back, *grads


def rnn_not_handed_on(dh, caches):
    each = [step_backward(dh[:, t], caches[t]) for t in range(dh.shape[1])]
    dx, back, *grads = zip(*each, strict=True)
    return np.stack(dx, 1), back[0], *map(sum, grads)


class NoBiasIsC:
    """One bias, and a c that is a state."""

    back = staticmethod(rnn_backward)

    def __init__(self, M=4, N=3):
        self.W, self.U, self.b = np.random.randn(N, M), np.random.randn(N, N), np.zeros(N)

    def forward(self, x):
        self.c = np.zeros((len(x), len(self.b)))
        Y, self.caches = rnn_forward(x, self.c, self.W.T, self.U.T, self.b)
        return Y

    def backward(self, dY):
        dx, _, dW, dU, self.db = self.back(dY, self.caches)
        self.dW, self.dU = dW.T, dU.T
        return dx


def step_without_slope(dh, cache):
    x, prev_h, Wx, Wh, _ = cache
    return dh @ Wx.T, dh @ Wh.T, x.T @ dh, prev_h.T @ dh, dh.sum(0)


class Sgd:
    """An optimizer with its own learning rate."""

    lr = 0.5

    def step(self, W, dW):
        return W - self.lr * dW


class Optimised:
    """backward puts other arrays in the place of its parameters, by an optimizer, and keeps no gradient."""

    def __init__(self):
        self.weight, self.b, self.optimizer = np.random.randn(4, 3), np.zeros(3), Sgd()

    def forward(self, x):
        self.cache = x, self.weight
        return x @ self.weight + self.b

    def backward(self, dout):
        x, w = self.cache
        self.weight = self.optimizer.step(self.weight, x.T @ dout)
        self.b = self.optimizer.step(self.b, dout.sum(0))
        return dout @ w.T


def unsummed(self, dout):
    x, w = self.cache
    self.weight = self.optimizer.step(self.weight, x.T @ dout)
    self.b = self.optimizer.step(self.b, dout.mean(0))
    return dout @ w.T


class Net:
    """A network with its loss: forward(X, T) is L, and backward() keeps the gradient of each parameter."""

    def __init__(self, M=4, H=5, N=3):
        rng = np.random.default_rng(0)
        self.W1, self.b1 = rng.standard_normal((M, H)), np.zeros(H)
        self.W2, self.b2 = rng.standard_normal((H, N)), np.zeros(N)

    def forward(self, X, T):
        self.X, self.T, self.H = X, T, np.tanh(X @ self.W1 + self.b1)
        E = np.exp(self.H @ self.W2 + self.b2)
        self.P = E / E.sum(1, keepdims=True)
        return -(T * np.log(self.P)).sum() / len(X)

    def backward(self):
        dZ = (self.P - self.T) / len(self.X)
        self.dA = self.slope(dZ @ self.W2.T)
        self.dW2, self.db2 = self.H.T @ dZ, dZ.sum(0)
        self.dW1, self.db1 = self.X.T @ self.dA, self.dA.sum(0)

    def slope(self, dH):
        return dH * (1 - self.H**2)


class YesOrNo:
    """A sigmoid and its cross-entropy of one score a sample: x is (S,), and t of 0 and 1 picks a column."""

    def forward(self, x, t):
        self.t, self.y = t, sigmoid(x)
        return -np.log(np.c_[1 - self.y, self.y][np.arange(len(t)), t] + 1e-7).mean()

    def backward(self, dout=1):
        return dout * self.slope()

    def slope(self):
        return (self.y - self.t) / len(self.t)


class YesOrNoInColumns(YesOrNo):
    """The same, where x and t are (S, 1)."""

    def forward(self, x, t):
        assert x.shape == t.shape == (len(t), 1)
        return super().forward(x[:, 0], t[:, 0])

    def backward(self, dout=1):
        return super().backward(dout)[:, None]


class LossOfNet:
    """loss(X, y) is (L, grads) of parameters in a dict, and the scores where no y is given."""

    over = 1

    def __init__(self):
        self.net = Net()
        self.params = {name: getattr(self.net, name) for name in ("W1", "b1", "W2", "b2")}

    def loss(self, X, y=None):
        L = self.net.forward(X, np.eye(3)[y])
        self.net.backward()
        return L, {name: getattr(self.net, f"d{name}") * self.over for name in self.params}


MSE, W, b = "mse", np.random.randn(4, 3), np.zeros(3)
POOL, IMAGES = ours.MaxPool2d(2), {"X": np.zeros((1, 2, 4, 6))}
WRONG_SLOPES = {
    "the sign": lambda self: (self.t - self.y) / len(self.t),
    "no 1/S": lambda self: self.y - self.t,
    "without t": lambda self: self.y / len(self.t),
}
BOTH = {  # a right work, a wrong one like it, what both should be like, and an X
    "lists of parameters": (Listed(W, b), with_(Listed, backward=listed_wrong)(W, b), "linear", {}),
    "a class made with arrays": (Listed, with_(Listed, backward=listed_wrong), "linear", {}),
    "no bias": (
        Product,
        with_(Product, backward=lambda self, d: 2 * Product.backward(self, d)),
        "linear",
        {},
    ),
    "parameters made later": (MadeLater(), with_(MadeLater, centred=lambda self, d: d)(), "batchnorm1d", {}),
    "told at each call": (Classic(0.3), with_(Classic, kept=lambda self: 1)(0.3), ours.Dropout(0.3), {}),
    "told by an attribute": (Switched, with_(Switched, kept=lambda self: 1), "dropout", {}),
    "one column, though forward takes many": (OneColumn, with_(OneColumn, backward=step_first), "linear", {}),
    "called, not run forward": (
        Called,
        with_(Called, backward=lambda self, d: d * (1 - self.inputs**2)),
        "tanh",
        {},
    ),
    "two steps back": (
        TwoSteps,
        with_(TwoSteps, backward_delta=lambda self, x, d: -d @ self._parameters.T),
        "linear",
        {},
    ),
    "shares beside L": (
        Shares,
        with_(Shares, backward=lambda self, probs, labels: probs / len(labels)),
        "softmax cross entropy",
        {},
    ),
    "a loss of each entry": (
        lambda Y, T: ((Y - T) ** 2 / 2, (Y - T) / len(Y)),
        lambda Y, T: ((Y - T) ** 2 / 2, (Y - T) / 2),
        MSE,
        {},
    ),
    "ids as one-hot": (OneHot(7, 4), with_(OneHot, backward=last_only)(7, 4), "embedding", {}),
    "X is kept": (Fed(), with_(Fed, backward=lambda self, dy: dy * (1 - self.x**2))(), "tanh", {}),
    "handed over": (Handed, with_(Handed, backward=lambda self: self.D / self.D.size), MSE, {}),
    "the gradient first": (
        GradientFirst,
        with_(GradientFirst, __call__=lambda self, X, T: ((X - T) / X.size, ((X - T) ** 2).mean())),
        MSE,
        {},
    ),
    "updates by an optimizer": (Optimised(), with_(Optimised, backward=unsummed)(), "linear", {}),
    "dY without a name of its own": (
        (np.tanh, lambda outputs, gradients: gradients * (1 - outputs**2)),
        (np.tanh, lambda outputs, gradients: gradients * (1 - outputs)),
        "tanh",
        {},
    ),
    "one image": (
        Image(),
        with_(Image, backward=lambda self, d: 2 * Image.backward(self, d))(),
        POOL,
        IMAGES,
    ),
    "a cache that is asked for": (Cached, with_(Cached, backward=lambda self, d: d), "relu", {}),
    "a slope of its own": (Leaky, with_(Leaky, backward=lambda self, d: d * (self.x > 0)), "leaky relu", {}),
    "h′ in Y": ((sigmoid, lambda y: y * (1 - y)), (sigmoid, lambda y: y * (1 + y)), "sigmoid", {}),
    "h′ in what has no name": ((np.tanh, lambda v: 1 - v**2), (np.tanh, lambda v: 1 + v**2), "tanh", {}),
    "a loss and its gradient": (hinge, hinge_summed, None, {}),
    "matrices by the right": ((rnn_forward, rnn_backward), (rnn_forward, rnn_not_handed_on), "rnn", {}),
    "a state called c": (
        NoBiasIsC(),
        with_(NoBiasIsC, back=staticmethod(rnn_not_handed_on))(),
        "rnn",
        {},
    ),
    "one step": (
        (step_forward, step_backward),
        (step_forward, step_without_slope),
        torch.nn.RNNCell(4, 3),
        {},
    ),
    "a network": (Net(), with_(Net, slope=lambda self, dH: dH)(), None, {}),
    "a network that hands dX out": (
        with_(Net, backward=lambda self: [Net.backward(self), self.dA @ self.W1.T][1])(),
        with_(Net, backward=lambda self: [Net.backward(self), self.dA @ self.W1.T * 2][1])(),
        None,
        {},
    ),
    "a loss of a network": (LossOfNet(), with_(LossOfNet, over=2)(), None, {}),
    **{
        f"one score a sample, {said}": (one, with_(one, slope=slope), "bce with logits", {})
        for one in (YesOrNo, YesOrNoInColumns)
        for said, slope in WRONG_SLOPES.items()
    },
    "one step of a layer": ((step_forward, step_backward), (step_forward, step_without_slope), "rnn", {}),
}


@pytest.mark.parametrize("name", BOTH)
def test_a_right_one_is_right_as_it_stands(name):
    right, _, like, options = BOTH[name]
    found = diagnose(right, like, **options)
    assert found.right, found


@pytest.mark.parametrize("name", BOTH)
def test_its_neighbour_is_wrong(name):
    _, wrong, like, options = BOTH[name]
    found = diagnose(wrong, like, **options)
    assert found.state is State.WRONG, found


def test_a_step_backward_alone_is_of_something():
    found = diagnose(lambda dout, cache: dout * cache)
    assert found.state is State.NOT_JUDGED


def test_targets_are_found_where_nothing_says_what_they_are():
    assert diagnose(YesOrNo).right and diagnose(YesOrNoInColumns).right


class OneOrTwo(YesOrNo):
    """The same, where t is 1 for no and 2 for yes: what fits forward is no right guess."""

    def forward(self, x, t):
        return super().forward(x, t - 1)


def test_what_differs_under_a_guess_at_the_targets_is_not_called_wrong():
    found = diagnose(OneOrTwo)
    assert (found.state, found.kind) == (State.NOT_JUDGED, Kind.TARGETS)
