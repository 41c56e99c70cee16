"""The training loop: what it learns, what it measures, when it stops."""

import numpy as np
import pytest

from helpers.implement import MSE, SGD, Linear, ReLU, Sequential, SoftmaxCrossEntropy, evaluate, train
from helpers.implement.training import Minibatches


def blobs(S=120, seed=0):
    """Three classes of points around the corners of a triangle."""
    rng = np.random.default_rng(seed)
    T = rng.integers(0, 3, S)
    return np.array([[0.0, 2], [2, -1], [-2, -1]])[T] + 0.5 * rng.standard_normal((S, 2)), T


def run(seed=0, lr=0.1, steps=60, **options):
    network = Sequential(Linear(2, 8, rng=1), ReLU(), Linear(8, 3, rng=2))
    options = {"batch_size": 16, "eval_every": 25, "validation": blobs(40, seed=1)} | options
    history = train(
        network, SoftmaxCrossEntropy(), SGD(network, lr, 0.9), blobs(), steps=steps, rng=seed, **options
    )
    return network, history


def test_it_learns_and_the_history_says_so():
    network, history = run()
    assert history.steps == [0, 25, 50, 60]
    for name in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"):
        values = getattr(history, name)
        assert len(values) == 4
        assert all(isinstance(value, float) for value in values)
    assert history.validation_accuracy[-1] > 0.95
    loss, accuracy = evaluate(network, SoftmaxCrossEntropy(), blobs(40, seed=1))
    assert (loss, accuracy) == (history.validation_loss[-1], history.validation_accuracy[-1])


def test_the_same_seed_gives_the_same_curve_and_another_seed_another():
    curves = [run(seed)[1] for seed in (0, 0, 1)]
    assert curves[0] == curves[1] != curves[2]


def test_without_validation_data_the_training_data_are_measured_whole():
    network, history = run(validation=None)
    assert history.validation_loss == history.validation_accuracy == []
    assert history.train_loss[-1] == evaluate(network, SoftmaxCrossEntropy(), blobs())[0]


def test_measuring_does_not_change_the_path():
    often, seldom = run(eval_every=1)[0], run(eval_every=60)[0]
    for key, W in often.params.items():
        np.testing.assert_array_equal(W, seldom.params[key])


def test_an_epoch_sees_each_sample_once():
    X = np.arange(10.0)[:, None]
    batches = Minibatches((X, np.arange(10)), 5, np.random.default_rng(0))
    epochs = [np.concatenate([next(batches)[1], next(batches)[1]]) for _ in range(3)]
    for epoch in epochs:
        assert sorted(epoch) == list(range(10))
    assert not np.array_equal(epochs[0], epochs[1])
    X_batch, T_batch = next(batches)
    np.testing.assert_array_equal(X_batch[:, 0], T_batch)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_a_loss_that_is_no_number_stops_it_and_names_the_step():
    with pytest.raises(FloatingPointError, match=r"the loss is (nan|inf) at step \d+"):
        run(lr=1e200)


def test_a_schedule_gives_the_rate_of_each_step():
    asked = []
    scheduled = run(lr=7, schedule=lambda step: asked.append(step) or 0.1)
    assert scheduled[1] == run(lr=0.1)[1]
    assert asked[-60:] == list(range(1, 61))
    (still, _), (start, _) = run(schedule=lambda step: 0.0), run(steps=0)
    for key, W in still.params.items():
        np.testing.assert_array_equal(W, start.params[key])


def test_augment_changes_what_is_learned_from_and_not_what_is_measured():
    assert run(augment=lambda X, rng: X)[1] == run()[1]
    blind, _ = run(augment=lambda X, rng: 0 * X)
    np.testing.assert_array_equal(blind.params["0.W"], run(steps=0)[0].params["0.W"])
    noisy = [run(augment=lambda X, rng: X + rng.standard_normal(X.shape))[1] for _ in range(2)]
    assert noisy[0] == noisy[1] != run()[1]
    assert noisy[0].validation_loss[0] == run()[1].validation_loss[0]


def test_progress_wraps_the_steps_and_each_measurement_is_announced():
    wrapped, seen = [], []

    def progress(steps):
        for step in steps:
            wrapped.append(step)
            yield step

    run(progress=progress, on_evaluation=lambda history: seen.append(history.steps[-1]))
    assert wrapped == list(range(61))
    assert seen == [0, 25, 50, 60]


def test_a_regression_has_a_loss_and_no_accuracy():
    X = np.random.default_rng(0).standard_normal((50, 2))
    T = X @ [[1.0], [-2.0]] + 3
    layer = Linear(2, 1, rng=0)  # a single layer is a network too
    history = train(layer, MSE(), SGD(layer, 0.2), (X, T), steps=200, batch_size=50, rng=0)
    np.testing.assert_allclose(layer.params["W"], [[1, -2]], atol=1e-6)
    assert history.train_loss[-1] < 1e-12
    assert np.isnan(history.train_accuracy).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size lies between 1 and the 120 samples of X, not at 0"),
        ({"batch_size": 121}, "batch_size lies between 1 and the 120 samples"),
        ({"steps": -1}, "steps is at least 0"),
        ({"eval_every": 0}, "eval_every at least 1"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        run(**options)


def test_unequal_data_and_unreduced_losses_are_refused():
    layer, (X, T) = Linear(2, 3), blobs()
    with pytest.raises(ValueError, match="X has 120 samples, but T has 119"):
        train(layer, SoftmaxCrossEntropy(), SGD(layer), (X, T[1:]), steps=1, batch_size=1)
    with pytest.raises(ValueError, match='reduction "mean" or "sum", not "none"'):
        train(layer, SoftmaxCrossEntropy(reduction="none"), SGD(layer), (X, T), steps=1, batch_size=1)


def test_gradients_are_clipped_before_the_step():
    """With a norm that is tiny, no step moves the weights further than lr times it."""
    (still, _), (moved, _), (free, _) = run(steps=0), run(steps=5, max_norm=1e-3), run(steps=5)
    assert all(np.abs(W - still.params[key]).max() < 5 * 0.1 * 1e-3 * 5 for key, W in moved.params.items())
    assert any(np.abs(W - still.params[key]).max() > 0.01 for key, W in free.params.items())
    wide, _ = run(steps=5, max_norm=1e9)
    for key, W in wide.params.items():
        np.testing.assert_array_equal(W, free.params[key])
