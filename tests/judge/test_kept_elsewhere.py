"""Parameters, gradients and results that a work keeps twice, as one number or in an attribute, beside wrong ones."""

import numpy as np

from helpers.judge import diagnose
from helpers.verdict import Kind, State
from tests.judge.work import works


class Cell:
    """One step of an LSTM, gates in the order F G I O; the parameters are a list."""

    share = 1.0

    def __init__(self, Wx, Wh, b):
        self.params, self.grads = [Wx, Wh, b], [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]

    def forward(self, x, h_prev, c_prev):
        Wx, Wh, b = self.params
        f, g, i, o = np.split(x @ Wx + h_prev @ Wh + b, 4, axis=1)
        f, g, i, o = (np.tanh(A) if A is g else 1 / (1 + np.exp(-A)) for A in (f, g, i, o))
        c_next = f * c_prev + g * i
        self.cache = x, h_prev, c_prev, i, f, g, o, c_next
        return o * np.tanh(c_next), c_next

    def backward(self, dh, dc):
        Wx, Wh, _ = self.params
        x, h_prev, c_prev, i, f, g, o, c_next = self.cache
        t = np.tanh(c_next)
        dc = dc + dh * o * (1 - t**2)
        df, dg = dc * c_prev * f * (1 - f), dc * i * (1 - g**2)
        dA = np.hstack((df, dg, dc * g * i * (1 - i), dh * t * o * (1 - o) * self.share))
        for grad, A in zip(self.grads, (x.T @ dA, h_prev.T @ dA, dA.sum(0)), strict=True):
            grad[...] = A
        return dA @ Wx.T, dA @ Wh.T, dc * f


def test_a_step_of_an_lstm_made_with_its_arrays_is_judged():
    found = diagnose(Cell, like="lstm")
    assert found.state is State.REMARK and "F G I O" in repr(found)
    assert diagnose(works(Cell, share=2.0), like="lstm").state is State.WRONG


def test_what_stops_forward_is_not_called_again_for_backward():
    calls = []

    def forward(self, x, h_prev, c_prev):
        calls.append(x)
        raise ArithmeticError

    assert not diagnose(works(Cell, forward=forward), like="lstm").right
    assert (
        100 < len(calls) < 400
    )  # each layout with each packing of the gates; 684 with a second look for backward


class Kept:
    """An embedding whose W is params[0] too, and whose gradient is grads[0] alone."""

    times = 1

    def __init__(self, W):
        self.params, self.grads, self.W = [W], [np.zeros_like(W)], W

    def forward(self, ids):
        self.ids = ids
        return self.W[ids]

    def backward(self, dout):
        self.grads[0][...] = 0
        for _ in range(self.times):
            np.add.at(self.grads[0], self.ids, dout)


def test_the_gradient_of_what_is_in_a_list_too_is_found_in_the_other_list():
    assert diagnose(Kept, like="embedding").right
    (finding,) = diagnose(works(Kept, times=7), like="embedding").findings
    assert finding.kind is Kind.FACTOR


class Halved:
    """A loss that returns nothing, with the target first."""

    half = 2

    def forward(self, target, pred):
        self.diff = pred - target
        self.output = np.sum(self.diff**2) / (self.diff.size * 2)

    def backward(self):
        return 2 * self.diff / self.diff.size / self.half


def test_a_loss_in_an_attribute_is_found_in_float32_too():
    assert diagnose(Halved, like="mse").right
    assert diagnose(works(Halved, half=5), like="mse").state is State.WRONG


class Slope:
    """PReLU with its slope as one number, whose gradient is one number."""

    of = 1

    def __init__(self):
        self.leakiness = 0

    def forward(self, X):
        self.X_cache = X
        return np.where(X < 0, self.leakiness * X, X)

    def backward(self, top):
        self.d_leakiness = self.of * np.sum(top * np.minimum(self.X_cache, 0))
        return np.where(self.X_cache < 0, self.leakiness, 1) * top


def test_one_number_may_be_a_parameter_and_its_gradient():
    found = diagnose(Slope, like="prelu")
    assert found.right and "one number" in repr(found)
    (finding,) = diagnose(works(Slope, of=2), like="prelu").findings
    assert finding.kind is Kind.FACTOR
