"""Makes a layer of a class, with the sizes of a work or with usual ones."""

import inspect
from collections.abc import Mapping
from typing import Any

USUAL = {  # arguments of the layers of this project and of torch.nn that have no default
    "in_channels": 2,
    "out_channels": 3,
    "kernel_size": 3,
    "output_size": (3, 2),
    "num_groups": 2,
    "num_channels": 4,
    "num_parameters": 1,
    "num_heads": 2,
    "embed_dim": 4,
    "upscale_factor": 2,
    "downscale_factor": 2,
    "scale_factor": 2,
    "size": 2,
    "padding": 1,
    "min_val": -1.0,
    "max_val": 1.0,
    "threshold": 0.5,
    "value": 0.25,
    "norm_type": 2,
    "groups": 2,
    "in1_features": 4,
    "in2_features": 4,
}
SIZES = {
    "in_features": 0,
    "out_features": 1,
    "num_features": 1,
    "normalized_shape": 1,
    "input_size": 0,
    "hidden_size": 1,
    "hidden_features": 1,
    "dim": 1,
}
"""Which of M and N an argument is."""


def made(like: type, sizes: tuple[int, int], kernel: tuple[int, ...], options: Mapping[str, Any]) -> Any:
    """Make a layer of this class. `sizes` are M and N, `kernel` the shape of a W (O, C, ...) that there is already.

    Raises TypeError where it asks for what nothing says.
    """
    if inspect.isabstract(like):
        raise TypeError(f"like={like.__name__} cannot be made")
    known = dict(USUAL) | {name: sizes[k] for name, k in SIZES.items()}
    if "Pool" in like.__name__:
        known["kernel_size"] = 2
    if kernel:
        O, C = kernel[:2] if "Transpose" not in like.__name__ else kernel[1::-1]
        known |= {"in_channels": C, "out_channels": O, "kernel_size": kernel[2:]}
    if like.__name__.endswith(("1d", "3d")):
        known["output_size"] = 3
    asked = [p for p in inspect.signature(like).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    needed = [p.name for p in asked if p.default is p.empty]
    chosen = {p.name: options[p.name] for p in asked if p.name in options}
    if unknown := [name for name in needed if name not in known | chosen]:
        if len(needed) <= len(sizes):
            return like(*sizes[2 - len(needed) :], **chosen)
        raise TypeError(f"like={like.__name__} needs {', '.join(unknown)}: make it, and hand the object over")
    return like(**{name: known[name] for name in needed if name in known} | chosen)
