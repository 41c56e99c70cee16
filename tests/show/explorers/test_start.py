"""The step explorer says the error that a central difference really has."""

import numpy as np
import pytest

from helpers.compare import central_difference
from helpers.show.explorers.start import step_explorer


@pytest.mark.parametrize("exponent, low, high", [(-2, 1.6e-5, 1.7e-5), (-5, 0, 1e-9), (-10, 1e-9, 1e-5)])
def test_error_falls_then_rises(exponent, low, high):
    explorer = step_explorer(central_difference)
    h = 10.0**exponent
    error = abs(
        (np.exp(1 + h) - np.exp(1 - h)) / (2 * h) / np.e - 1
    )  # h²/6 from the curve, 1e-16/h from rounding
    assert low <= error <= high
    said = float(explorer.move(exponent=exponent).split()[-1].rstrip("."))
    assert said == pytest.approx(error, rel=0.6, abs=1e-10)
    assert explorer.commit("it falls, then rises").startswith("✓")
