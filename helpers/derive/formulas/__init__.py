"""The formulas of the course, one file a family."""

from helpers.derive.formulas import activations
from helpers.derive.formulas.cross_entropy import cross_entropy, softmax_cross_entropy
from helpers.derive.formulas.formula import Formula
from helpers.derive.formulas.linear import linear, linear_sample
from helpers.derive.formulas.logistic_regression import logistic_regression
from helpers.derive.formulas.mlp import mlp
from helpers.derive.formulas.mse import mse
from helpers.derive.formulas.softmax import log_softmax, logsumexp, softmax
from helpers.derive.formulas.two_paths import two_paths

__all__ = [
    "Formula",
    "activations",
    "cross_entropy",
    "linear",
    "linear_sample",
    "log_softmax",
    "logistic_regression",
    "logsumexp",
    "mlp",
    "mse",
    "softmax",
    "softmax_cross_entropy",
    "two_paths",
]
