"""PyTorch: references, agreement tables, gradient checks, what a line means in numbers."""

from helpers.compare.agreement import Agreement, agreement
from helpers.compare.check import Judge, Verdict, check, check_line
from helpers.compare.diagnosis import diagnose_difference
from helpers.compare.function import numpy_function
from helpers.compare.gradient_check import central_difference, gradient_check, step_sweep, torch_gradients

__all__ = [
    "Agreement",
    "Judge",
    "Verdict",
    "agreement",
    "central_difference",
    "check",
    "check_line",
    "diagnose_difference",
    "gradient_check",
    "numpy_function",
    "step_sweep",
    "torch_gradients",
]
