"""The lockstep explorer's numbers against those it was given, and the conventions of momentum against PyTorch."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers.compare.specimens.optimizer import torch_sgd
from helpers.exercises.machine.checks import answer_in
from helpers.exercises.mlp_torch import CONVENTIONS, MU, RATES, START, apart, gradient, trajectory
from helpers.show import GRADIENT, REFERENCE, VALUE, blank_figure
from helpers.show.explorers.mlp_torch import MOST, lockstep_explorer, parted


def run_of(*difference, loss=(2.5, 2.0, 1.5, 1.25), loss_torch=(2.5, 2.0, 1.0, 0.75)):
    return SimpleNamespace(loss=loss, loss_torch=loss_torch, difference=difference)


RUNS = {
    "no fault": run_of(0, 1e-17, 2e-17, 3e-16, loss_torch=(2.5, 2.0, 1.5, 1.25)),
    "no zero_grad": run_of(1e-17, 2e-6, 0.25, 31.0),
    "lost": run_of(2e-5, 1.0, np.inf, np.nan, loss_torch=(2.5, 8e5, np.inf, np.nan)),
}


@pytest.fixture
def explorer():
    return lockstep_explorer(RUNS)


@pytest.mark.parametrize(
    "difference, first",
    [
        ([0, 1e-6, 1e-6], None),
        ([0, 1e-6, 1.1e-6], 3),
        ([1.0, 0, 0], 1),
        ([0, np.nan], 2),
        ([1e-9, 1e-5, 1e-9, 1e-5], 2),
    ],
)
def test_parted(difference, first):
    assert parted(run_of(*difference)) == first


def test_prediction(explorer):
    assert explorer.commit(2).startswith("✓")
    assert explorer.values == {"fault": "no zero_grad", "step": 2}
    assert lockstep_explorer(RUNS).commit(3).startswith("✗ You predicted: 3. The answer: 2.")


@pytest.mark.parametrize(
    "fault, step, numbers",
    [
        (
            "no fault",
            4,
            "1.250 in NumPy and 1.250 in PyTorch. The weights differ by less than 1e-10, never apart.",
        ),
        (
            "no zero_grad",
            1,
            "2.500 in NumPy and 2.500 in PyTorch. The weights differ by less than 1e-10, not apart",
        ),
        ("no zero_grad", 2, "The weights differ by 2e-6, apart since step 2."),
        (
            "no zero_grad",
            4,
            "1.250 in NumPy and 0.750 in PyTorch. The weights differ by 31, apart since step 2.",
        ),
        ("lost", 2, "2.000 in NumPy and 8e+05 in PyTorch. The weights differ by 1, apart since step 1."),
        ("lost", 4, "nan in PyTorch. The weights differ by nan, apart since step 1."),
    ],
)
def test_sentence(explorer, fault, step, numbers):
    said = explorer.move(fault=fault, step=step)
    assert said.startswith(f"{fault.capitalize()}, step {step}: the loss is ")
    assert numbers in said


def drawn(explorer, **values):
    """The points of each colour, up to the step, off their axes of log₁₀: losses left, differences right."""
    figure = blank_figure(7.6, 3.3)
    explorer._draw(figure, **{**explorer.start, **values})
    left, right = figure.axes
    losses = {
        line.get_color(): 10 ** line.get_ydata() for line in left.lines[:4]
    }  # the last of a colour is in full
    points = {line.get_color(): (line.get_xdata(), 10 ** np.array(line.get_ydata())) for line in right.lines}
    return losses, points


def test_picture_shows_what_it_was_given(explorer):
    losses, points = drawn(explorer, fault="no zero_grad", step=3)
    np.testing.assert_allclose(losses[VALUE], [2.5, 2.0, 1.5])
    np.testing.assert_allclose(losses[REFERENCE], [2.5, 2.0, 1.0])
    np.testing.assert_array_equal(points[REFERENCE][0], [1])
    np.testing.assert_array_equal(points[GRADIENT][0], [2, 3])
    np.testing.assert_allclose(points[GRADIENT][1], [2e-6, 0.25])


def test_what_is_not_finite_stays_in_the_picture(explorer):
    losses, points = drawn(explorer, fault="lost", step=4)
    np.testing.assert_allclose(losses[REFERENCE], [2.5, MOST, MOST, MOST])
    assert np.isfinite(points[GRADIENT][1]).all()
    assert len(points[GRADIENT][0]) == 4


def test_a_nesterov_of_our_own_is_pytorchs():
    nesterov, average = (
        next(answer_in(source, {}) for source, name in CONVENTIONS.items() if word in name)
        for word in ("Nesterov", "moving average")
    )
    theirs = torch_sgd(START, gradient, RATES, momentum=MU, nesterov=True)
    assert max(map(apart, trajectory(nesterov), theirs)) < 1e-12
    # PyTorch's first V is dW itself, without the dampening: started from there both are one.
    W, V, ours = START.copy(), None, []
    for lr in RATES:
        dW = gradient(W)
        W, V = (W - lr * dW, dW) if V is None else average(W, V, dW, lr, MU)
        ours.append(W)
    theirs = torch_sgd(START, gradient, RATES, momentum=MU, dampening=MU)
    assert max(map(apart, ours, theirs[1:])) < 1e-12


def test_torch_sgd_takes_the_rates_in_their_order():
    theirs = torch_sgd(START, gradient, [0.1, 0.3])
    W = START - 0.1 * gradient(START)
    np.testing.assert_allclose(theirs[1], W, rtol=1e-15)
    np.testing.assert_allclose(theirs[2], W - 0.3 * gradient(W), rtol=1e-15)
