"""Layers of this project with the options of a module of torch.nn, for tests/tools/torch_samples.py."""

from typing import Any

from helpers import implement as ours

SLIDE = ("kernel_size", "stride", "padding", "dilation")
CONVOLUTION = ("in_channels", "out_channels", *SLIDE, "groups")
AVERAGE = (*SLIDE[:3], "ceil_mode", "count_include_pad", "divisor_override")
BATCH = ("num_features", "eps", "momentum", "affine", "track_running_stats")
OPTIONS: dict[str, tuple[str, ...]] = {
    "Linear": ("in_features", "out_features"),
    "Conv1d": CONVOLUTION,
    "Conv2d": CONVOLUTION,
    "Conv3d": CONVOLUTION,
    "MaxPool2d": (*SLIDE, "ceil_mode"),
    "MaxPool3d": (*SLIDE, "ceil_mode"),
    "AvgPool2d": AVERAGE,
    "AvgPool3d": AVERAGE,
    "AdaptiveAvgPool2d": ("output_size",),
    "BatchNorm1d": BATCH,
    "BatchNorm2d": BATCH,
    "LayerNorm": ("normalized_shape", "eps", "elementwise_affine"),
    "GroupNorm": ("num_groups", "num_channels", "eps", "affine"),
    "Flatten": ("start_dim", "end_dim"),
    "PReLU": ("num_parameters",),
    "ReLU": (),
    "LeakyReLU": ("negative_slope",),
    "ELU": ("alpha",),
    "Sigmoid": (),
    "Tanh": (),
    "Softplus": ("beta", "threshold"),
    "SiLU": (),
    "Softmax": ("dim",),
    "LogSoftmax": ("dim",),
    "MSELoss": ("reduction",),
}
"""What each module is made with: its attributes, in the names of the arguments."""
OURS = {"MSELoss": "MSE"}


def same_layer(module: Any) -> Any:
    """The layer of this project made with the arguments of the module. Raises ValueError where it has none of them."""
    name = type(module).__name__
    if getattr(module, "padding_mode", "zeros") != "zeros":
        raise ValueError(f"padding_mode={module.padding_mode}: outside of X are zeros")
    if getattr(module, "return_indices", False):
        raise ValueError("return_indices: Y alone comes out")
    options = {option: getattr(module, option) for option in OPTIONS[name]}
    if name.startswith(("Linear", "Conv", "BatchNorm", "LayerNorm", "GroupNorm")):
        options["bias"] = module.bias is not None
    return getattr(ours, OURS.get(name, name))(**options)
