"""PyTorch: references, agreement tables, gradient checks, what a line means in numbers."""

import helpers.absent  # noqa: F401  before anything asks for torch
from helpers.lazily import lazily

__all__, __getattr__ = lazily(
    __name__,
    {
        "ablation": ("missing_path",),
        "adapters": ("TorchLoss", "TorchNetwork", "TorchOptimizer", "from_torch"),
        "agreement_table": ("Agreement", "agreement"),
        "derivation_check": ("check", "check_line"),
        "difference": ("diagnose_difference",),
        "finite_differences": ("central_difference", "gradient_check", "step_sweep", "torch_gradients"),
        "generated": ("numpy_function",),
        "left_side": ("LeftSide",),
        "same_steps": ("Lockstep", "lockstep"),
        "specimens.cnn": ("Cnn2018", "CnnPreAct", "TorchCNN"),
        "specimens.mlp": ("TorchMLP", "copy_weights"),
        "times": ("ByTime", "by_time"),
    },
)
