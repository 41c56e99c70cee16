"""From the assigned network to the tuned one: each rung, and what it does to the images."""

from dataclasses import asdict, fields

import numpy as np
import pytest

from helpers.compare.specimens.ladder import (
    LADDER,
    Settings,
    augmentation,
    cosine,
    fit,
    flip,
    rungs,
    shift,
    tuned,
)
from helpers.data import load

SHAPE = 2, 8, 6


def images(S=200, seed=0):
    return np.random.default_rng(seed).standard_normal((S, np.prod(SHAPE))).astype(np.float32)


def test_each_rung_adds_its_change_to_those_before():
    climbed = rungs(steps=7, std=0.5)
    assert list(climbed) == list(LADDER)
    before = Settings(steps=7, std=0.5)
    for name, settings in climbed.items():
        assert asdict(settings) == asdict(before) | LADDER[name]
        before = settings
    assert before.steps == 7
    assert asdict(tuned(steps=7, std=0.5)) == asdict(before) | {"steps": 21}
    names = {field.name for field in fields(Settings)}
    assert all(set(change) <= names for change in LADDER.values())


def test_flip_turns_half_of_the_images_round_and_no_row():
    X = images()
    before, Y = X.copy(), flip(X, np.random.default_rng(1), SHAPE)
    np.testing.assert_array_equal(X, before)
    turned = X.reshape(-1, *SHAPE)[..., ::-1].reshape(X.shape)
    is_turned, is_same = (turned == Y).all(1), (X == Y).all(1)
    assert (is_turned ^ is_same).all()
    assert 70 < is_turned.sum() < 130
    assert Y.dtype == X.dtype


def test_shift_moves_all_channels_alike_and_fills_with_0():
    X = images()
    before, Y = X.copy(), shift(X, np.random.default_rng(1), SHAPE)
    np.testing.assert_array_equal(X, before)
    moves = set()
    for x, y in zip(X.reshape(-1, *SHAPE), Y.reshape(-1, *SHAPE), strict=True):
        wide = np.pad(x, ((0, 0), (1, 1), (1, 1)))
        found = [(i, j) for i in range(3) for j in range(3) if (wide[:, i : i + 8, j : j + 6] == y).all()]
        assert len(found) == 1
        moves |= set(found)
    assert len(moves) == 9
    assert Y.dtype == X.dtype


def test_one_change_follows_the_other_with_one_generator():
    both = augmentation(("flip", "shift"), SHAPE)(images(), np.random.default_rng(1))
    rng = np.random.default_rng(1)
    np.testing.assert_array_equal(both, shift(flip(images(), rng, SHAPE), rng, SHAPE))
    with pytest.raises(ValueError, match="augment='turn' is unknown: choose 'flip', 'shift'"):
        augmentation(("turn",), SHAPE)


def test_the_rate_falls_from_lr_to_0_with_its_half_in_the_middle():
    rate = cosine(0.2, 100)
    rates = np.array([rate(step) for step in range(1, 101)])
    assert rates[0] == 0.2
    assert rates[50] == pytest.approx(0.1)
    assert 0 < rates[-1] < 1e-3
    assert (np.diff(rates) < 0).all()


@pytest.mark.parametrize("library", ["NumPy", "PyTorch"])
def test_from_bottom_to_top_digits_are_learned_better(library):
    climbed = list(rungs(steps=100, batch_size=50, std=1e-2).values())
    ends = []
    for settings in (climbed[0], climbed[-1]):
        data = load("digits", validation=360, normalise=settings.normalise)
        network, history = fit(settings, data, library, rng=1)
        assert history == fit(settings, data, library, rng=1)[1]
        assert {W.dtype for W in network.params.values()} == {np.dtype(np.float32)}
        ends.append(history.validation_accuracy[-1])
    assert ends[0] < 0.7 < 0.9 < ends[1]


def test_another_library_is_refused():
    with pytest.raises(ValueError, match="library='JAX' is unknown: choose 'NumPy', 'PyTorch'"):
        fit(Settings(), load("digits", validation=360), "JAX")
