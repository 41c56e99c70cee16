"""Which path was left out? Each is cut in PyTorch, and what is left of the gradients is held against the wrong ones."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch

from helpers.compare.finite_differences import torch_gradients
from helpers.compare.reference import ancestor, twin
from helpers.compare.slipped import BLOCK
from helpers.compare.slipped.attention import attention, multihead
from helpers.compare.slipped.block import block
from helpers.compare.slipped.recurrent import recurrent

Function = Callable[..., Any]

SCORES = {
    "through the scores S": "cut-P",
    "through the sum in the softmax": "diagonal",
    "through the queries Q": "cut-Q",
    "through the keys K": "cut-K",
    "through the values V": "cut-V",
}
HEADS = SCORES | {
    "from Q to X": "cut-X-to-Q",
    "from K to X, or Z": "cut-X-to-K",
    "from V to X, or Z": "cut-X-to-V",
}
LAYERS = {"1": "attention", "2": "the MLP", "12": "attention and the MLP"}
NORMS = {"1": "norm1", "2": "norm2", "12": "norm1 and norm2"}
BLOCK_PATHS = (
    {f"the residual around {words}": f"cut-{k}" for k, words in LAYERS.items()}
    | {f"through {words}": f"into-{k}" for k, words in LAYERS.items()}
    | {
        f"through the {of} of {words}": f"{slip}-{k}"
        for slip, of in (("mean", "mean"), ("variance", "variance"), ("statistics", "mean and variance"))
        for k, words in NORMS.items()
    }
    | {f"{path} of attention": slip for path, slip in HEADS.items()}
)
STATE = {"from Hₜ to Hₜ₋₁ (dh_next)": "H-cut"}
CELL = {
    "from Cₜ to Cₜ₋₁ (dc_next)": "C-cut",
    "from Hₜ to Hₜ₋₁ and from Cₜ to Cₜ₋₁": "HC-cut",
    "from Hₜ to Cₜ": "H-to-C",
}
GATED = {"straight from Hₜ to Hₜ₋₁": "straight", "through the gate R": "R"}

PATHS: dict[str, tuple[dict[str, str], Callable[[Any, str], Function]]] = {
    "RNN": (STATE, lambda layer, slip: recurrent("RNN", layer.num_layers, layer.nonlinearity, slip)),
    "LSTM": (STATE | CELL, lambda layer, slip: recurrent("LSTM", layer.num_layers, "tanh", slip)),
    "GRU": (STATE | GATED, lambda layer, slip: recurrent("GRU", layer.num_layers, "tanh", slip)),
    "Attention": (SCORES, lambda layer, slip: partial(attention, causal=layer.causal, slip=slip)),
    "MultiheadAttention": (
        HEADS,
        lambda layer, slip: partial(multihead, causal=layer.causal, heads=layer.num_heads, slip=slip),
    ),
    "TransformerBlock": (
        BLOCK_PATHS,
        lambda layer, slip: partial(
            block, names=[*layer.params], slip=slip, **{name: getattr(layer, name) for name in BLOCK}
        ),
    ),
}
"""By the name of a family: its paths, each with the slip that cuts it, and the function of PyTorch with a slip."""


def missing_path(
    layer: Any,
    X: np.ndarray | tuple[np.ndarray | None, ...],
    dY: np.ndarray,
    gradients: Mapping[str, np.ndarray],
    tolerance: float = 1e-8,
) -> str | None:
    """The path that wrong gradients leave out, {"dX": ..., "dW": ...}, some of them or all; None if it is no one path.

    None also where nothing is wrong. Where these gradients cannot tell two paths apart, both are named, "... or ...".
    X is the first input of the layer, or a tuple of several. Raises TypeError for a layer whose paths are not known,
    and ValueError for a gradient that it has not.
    """
    family = ancestor(layer)
    turned = any(getattr(part, "rotary", None) for part in getattr(layer, "layers_within", list)())
    if family is None or family.name not in PATHS or turned:
        raise TypeError(f"the paths of {layer!r} are not known: {', '.join(PATHS)}, without rotary positions")
    given = X if isinstance(X, tuple) else (X,)
    inputs = dict(zip(layer.inputs, given + (None,) * (len(layer.inputs) - len(given)), strict=True))

    def fits(function: Function) -> bool:
        _, right = torch_gradients(lambda *A: first(function(*A)), inputs | layer.params, dY)
        if strange := gradients.keys() - right:
            raise ValueError(f"{', '.join(sorted(strange))}: the gradients here are {', '.join(right)}")
        error = tolerance * max(np.abs(B).max() for B in right.values())
        return all(close(A, right[name], error) for name, A in gradients.items())

    if fits(twin(family, layer)):
        return None
    paths, cut = PATHS[family.name]
    return " or ".join(path for path, slip in paths.items() if fits(cut(layer, slip))) or None


def first(Y: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
    return Y[0] if isinstance(Y, tuple) else Y


def close(A: np.ndarray, B: np.ndarray, error: float) -> bool:
    return np.shape(A) == B.shape and bool(np.allclose(A, B, rtol=0, atol=error))
