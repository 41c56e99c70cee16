"""PyTorch: references, agreement tables, gradient checks, what a line means in numbers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import helpers.absent  # noqa: F401  before anything asks for torch

if TYPE_CHECKING:
    from helpers.compare.adapters import TorchLoss, TorchNetwork, TorchOptimizer, from_torch
    from helpers.compare.agreement_table import Agreement, agreement
    from helpers.compare.derivation_check import check, check_line
    from helpers.compare.difference import diagnose_difference
    from helpers.compare.finite_differences import (
        central_difference,
        gradient_check,
        step_sweep,
        torch_gradients,
    )
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

HOMES = {
    "Agreement": "helpers.compare.agreement_table",
    "Cnn2018": "helpers.compare.specimens.cnn",
    "CnnPreAct": "helpers.compare.specimens.cnn",
    "LeftSide": "helpers.compare.left_side",
    "Lockstep": "helpers.compare.same_steps",
    "TorchCNN": "helpers.compare.specimens.cnn",
    "TorchLoss": "helpers.compare.adapters",
    "TorchMLP": "helpers.compare.specimens.mlp",
    "TorchNetwork": "helpers.compare.adapters",
    "TorchOptimizer": "helpers.compare.adapters",
    "agreement": "helpers.compare.agreement_table",
    "central_difference": "helpers.compare.finite_differences",
    "check": "helpers.compare.derivation_check",
    "check_line": "helpers.compare.derivation_check",
    "copy_weights": "helpers.compare.specimens.mlp",
    "diagnose_difference": "helpers.compare.difference",
    "from_torch": "helpers.compare.adapters",
    "gradient_check": "helpers.compare.finite_differences",
    "lockstep": "helpers.compare.same_steps",
    "numpy_function": "helpers.compare.generated",
    "step_sweep": "helpers.compare.finite_differences",
    "torch_gradients": "helpers.compare.finite_differences",
}


def __getattr__(name: str) -> Any:
    """Load a module when a name of it is asked for: each costs time."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
