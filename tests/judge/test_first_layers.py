"""First layers that return no dX, modes that a call says, numbers for arrays, beside neighbours that are wrong."""

import numpy as np
import pytest

from helpers import implement as ours
from helpers.judge import diagnose
from helpers.verdict import Kind, State
from tests.judge.work import works


class FirstConv:
    """One image (H, W) at a time, W (H, W, O), Y (H, W, O); backward updates and returns nothing."""

    def __init__(self, num_filters, size, learning_rate):
        self.filters = np.random.default_rng(0).normal(size=(size, size, num_filters))
        self.bias, self.learning_rate = np.zeros(num_filters), learning_rate

    def windows(self, image):
        size = len(self.filters)
        for i, j in np.ndindex(image.shape[0] - size + 1, image.shape[1] - size + 1):
            yield i, j, image[i : i + size, j : j + size]

    def forward(self, image):
        self.image, size = image, len(self.filters)
        Y = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1, self.filters.shape[2]))
        for i, j, window in self.windows(image):
            Y[i, j] = np.tensordot(window, self.filters, 2) + self.bias
        return Y

    def backward(self, dout):
        dW = np.zeros(self.filters.shape)
        for i, j, window in self.windows(self.image):
            dW += window[:, :, None] * dout[i, j]
        self.filters -= self.learning_rate * self.scale * dW
        self.bias -= self.learning_rate * dout.sum((0, 1))

    scale = 1.0


def test_a_first_layer_that_updates_and_returns_nothing_is_right_as_far_as_looked():
    like = ours.Conv2d(1, 4, 3)
    found = diagnose(FirstConv(4, 3, 0.1), like=like)
    assert found.state is State.REMARK and Kind.UNLOOKED in {r.kind for r in found.remarks}
    assert "W (H, W, O)" in repr(found)
    assert diagnose(works(FirstConv, scale=0.5)(4, 3, 0.1), like=like).state is State.WRONG


class Norm:
    """Training or evaluation by an argument; the running statistics begin with the first batch; γ and β are numbers."""

    gamma, beta, lr, eps, momentum = 1, 0, 0.1, 1e-5, 0.9
    mean = None
    keeps = staticmethod(lambda training: training)

    def __init__(self, n):
        self.running_mean = self.running_var = None

    def forward(self, x, for_training):
        if self.keeps(for_training):
            m = 0.0 if self.running_mean is None else self.momentum
            before = (0, 0) if self.running_mean is None else (self.running_mean, self.running_var)
            self.running_mean = m * before[0] + (1 - m) * x.mean(0)
            self.running_var = m * before[1] + (1 - m) * x.var(0)
        mean, var = (x.mean(0), x.var(0)) if for_training else (self.running_mean, self.running_var)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, dout):
        d = dout * self.gamma
        dx = (d - d.mean(0) - self.x_hat * (d * self.x_hat).mean(0)) / self.std
        self.gamma = self.gamma - self.lr * (dout * self.x_hat).sum(0)
        self.beta = self.beta - self.lr * dout.sum(0)
        return dx


@pytest.mark.parametrize(
    ("keeps", "state"), [(lambda training: training, State.RIGHT), (lambda training: True, State.WRONG)]
)
def test_evaluation_is_looked_at_where_an_argument_asks_for_it(keeps, state):
    found = diagnose(works(Norm, keeps=staticmethod(keeps)), like="batch norm")
    assert found.state in ((state, State.REMARK) if state is State.RIGHT else (state,))
    assert "evaluation" in repr(found) and "one number" in repr(found)


class Tanh:
    """GELU by tanh, with the slope of its inner function."""

    c, slope = 0.044715, 3

    def forward(self, x):
        self.x, self.t = x, np.tanh(np.sqrt(2 / np.pi) * (x + self.c * x**3))
        return 0.5 * x * (1 + self.t)

    def backward(self, dout):
        inner = np.sqrt(2 / np.pi) * (1 + self.slope * self.c * self.x**2)
        return dout * 0.5 * (1 + self.t + self.x * (1 - self.t**2) * inner)


def test_gelu_by_tanh_is_gelu_and_a_remark():
    found = diagnose(Tanh, like="gelu")
    assert found.state is not State.WRONG and "GELU by tanh" in repr(found)
    assert diagnose(works(Tanh, slope=1), like="gelu").state is State.WRONG


class Layered:
    """Layer norm with √v + ε forward, and (v + ε)^(3/2) below the path through the variance."""

    power = -1.5

    def __init__(self, n):
        self.gamma, self.beta, self.eps = np.ones(n), np.zeros(n), 1e-3

    def forward(self, x):
        self.d, self.std = x - x.mean(-1, keepdims=True), x.std(-1, keepdims=True)
        return self.gamma * self.d / (self.std + self.eps) + self.beta

    def backward(self, dout):
        x_hat = self.d / (self.std + self.eps)
        self.dgamma, self.dbeta = (dout * x_hat).sum(0), dout.sum(0)
        g, n = dout * self.gamma, dout.shape[-1]
        dvar = -0.5 * (g * self.d).sum(-1, keepdims=True) * (self.std**2 + self.eps) ** self.power
        first = g / (self.std + self.eps)
        return first - first.mean(-1, keepdims=True) + dvar * 2 * self.d / n


def test_an_epsilon_that_stands_elsewhere_in_the_slope_is_a_remark():
    found = diagnose(Layered, like="layer norm")
    assert found.state is not State.WRONG and Kind.EPSILON_OUTSIDE in {r.kind for r in found.remarks}
    assert diagnose(works(Layered, power=-0.5), like="layer norm").state is State.WRONG


class Step:
    """One step of an RNN, whose backward has a slip of the pen."""

    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        return np.tanh(h_prev @ Wh + x @ Wx + b)

    def backward(self, dh_next):
        return dh_next.Wx


def test_of_two_ways_to_take_a_work_the_one_that_runs_is_told():
    (finding,) = diagnose(Step, like="rnn").findings
    assert finding.kind is Kind.RAISES and "Wx" in finding.pieces["error"]


class EvenPool:
    """Max pooling 2×2 of images (S, C, H, W) with sides that are even."""

    share = 1.0

    def forward(self, x):
        s, c, h, w = x.shape
        self.x, self.windows = x, x.reshape(s, c, h // 2, 2, w // 2, 2)
        return self.windows.max((3, 5))

    def backward(self, dout):
        first = np.zeros_like(self.windows)
        for s, c, i, j in np.ndindex(dout.shape):
            at = np.unravel_index(self.windows[s, c, i, :, j].argmax(), (2, 2))
            first[s, c, i, at[0], j, at[1]] = self.share * dout[s, c, i, j]
        return first.reshape(self.x.shape)


def test_a_pooling_that_stops_at_a_row_over_is_tried_on_images_that_its_windows_fill():
    found = diagnose(EvenPool, like=ours.MaxPool2d(2))
    assert found.state is not State.WRONG and "its windows fill" in repr(found)
    assert diagnose(works(EvenPool, share=0.5), like=ours.MaxPool2d(2)).state is State.WRONG
