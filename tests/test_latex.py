"""How expressions of index notation are written."""

import pytest
import sympy as sp

from helpers.derive import latex


@pytest.mark.parametrize(
    "value, written",
    [
        (sp.sqrt(2), r"\sqrt{2}"),
        (sp.sqrt(8), r"\sqrt{8}"),
        (sp.sqrt(2 * sp.pi), r"\sqrt{2 \pi}"),
        (1 / sp.sqrt(2 * sp.pi), r"\frac{1}{\sqrt{2 \pi}}"),
        (sp.sqrt(2 / sp.pi), r"\sqrt{\frac{2}{\pi}}"),
        (2 * sp.pi, r"2 \pi"),
        (-sp.sqrt(2), r"-\sqrt{2}"),
    ],
)
def test_numbers(value, written):
    assert latex(value) == written
