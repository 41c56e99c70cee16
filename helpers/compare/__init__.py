"""PyTorch: references, agreement tables, gradient checks, what a line means in numbers."""

import helpers.absent  # noqa: F401  before anything asks for torch
from helpers.compare.adapters import TorchLoss, TorchNetwork, TorchOptimizer, from_torch
from helpers.compare.agreement_table import Agreement, agreement
from helpers.compare.derivation_check import check, check_line
from helpers.compare.difference import diagnose_difference
from helpers.compare.finite_differences import central_difference, gradient_check, step_sweep, torch_gradients
from helpers.compare.generated import numpy_function
from helpers.compare.left_side import LeftSide
from helpers.compare.same_steps import Lockstep, lockstep
from helpers.compare.specimens.cnn import Cnn2018, CnnPreAct, TorchCNN
from helpers.compare.specimens.mlp import TorchMLP, copy_weights

__all__ = [
    "Agreement",
    "Cnn2018",
    "CnnPreAct",
    "LeftSide",
    "Lockstep",
    "TorchCNN",
    "TorchLoss",
    "TorchMLP",
    "TorchNetwork",
    "TorchOptimizer",
    "agreement",
    "central_difference",
    "check",
    "check_line",
    "copy_weights",
    "diagnose_difference",
    "from_torch",
    "gradient_check",
    "lockstep",
    "numpy_function",
    "step_sweep",
    "torch_gradients",
]
