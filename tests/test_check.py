"""Every line of every formula is checked, and lines that are wrong are refused and named."""

import pytest

from helpers.compare import check
from helpers.derive import formulas
from helpers.derive.formulas import activations

FORMULAS = [
    formulas.linear,
    formulas.linear_sample,
    activations.unknown,
    activations.relu,
    activations.leaky_relu,
    activations.elu,
    activations.sigmoid,
    activations.tanh,
    activations.softplus,
    activations.gelu,
    activations.gelu_tanh,
    activations.silu,
    formulas.softmax,
    formulas.log_softmax,
    formulas.logsumexp,
    formulas.cross_entropy,
    formulas.softmax_cross_entropy,
    formulas.mse,
    formulas.mlp,
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: f.__name__)
def test_every_line_agrees_with_autograd(formula):
    made = formula()
    report = check(made)
    assert report.worst < 1e-12
    assert all(line.checked for derivation in made.derivations.values() for line in derivation.lines)
