"""What stops on an input that is only guessed, or does not fit sizes that are, is not judged, and not called wrong."""

import numpy as np
import pytest

from helpers import implement as ours
from helpers.judge import diagnose
from helpers.verdict import Kind, State
from tests.judge.work import Linear, works


class Columns:
    """A network whose samples are columns and whose loss is elsewhere."""

    def __init__(self):
        self.W = np.ones((5, 4))

    def forward(self, X):
        self.X = X
        return self.W @ X

    def backward(self, dY):
        self.dW = dY @ self.X.T
        return self.W.T @ dY


def test_without_like_an_x_on_which_forward_stops_is_a_guess():
    (finding,) = diagnose(Columns()).findings
    assert (finding.state, finding.kind) == (State.NOT_JUDGED, Kind.RAISES)


def asserts(self, X):
    assert X.shape == (2, 2)
    return X @ self.W.T + self.b


@pytest.mark.parametrize(
    ("forward", "state"),
    [(asserts, State.NOT_JUDGED), (lambda self, X: X @ self.w, State.WRONG)],
)
def test_a_work_may_assert_what_it_takes_but_an_error_is_wrong(forward, state):
    (finding,) = diagnose(works(Linear, forward=forward), like="linear").findings
    assert (finding.state, finding.kind) == (state, Kind.RAISES)


class Network:
    """A recurrent network with its output layer, of 5 inputs, 6 hidden and 7 outputs."""

    def __init__(self):
        self.Wx, self.Wh, self.Wy, self.b = np.ones((5, 5)), np.ones((6, 6)), np.ones((7, 6)), np.ones(6)

    def forward(self, X, h):
        return X

    def backward(self, dY):
        return dY


@pytest.mark.parametrize(("like", "state"), [("rnn", State.NOT_JUDGED), (ours.RNN(3, 6), State.WRONG)])
def test_a_shape_is_wrong_where_like_has_its_sizes_and_not_where_they_are_guessed(like, state):
    shapes = [one for one in diagnose(Network(), like=like).findings if one.kind is Kind.SHAPE]
    assert [one.state for one in shapes] == [state]
