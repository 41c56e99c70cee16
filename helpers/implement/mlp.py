"""A multilayer perceptron of any depth."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from .linear import Linear
from .network import Sequential

ACTIVATIONS = {
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "gelu": GELU,
    "silu": SiLU,
    "softplus": Softplus,
}
INITS = "normal", "kaiming", "torch"


class MLP(Sequential):
    """Y = linearₙ(h(... linear₁(h(linear₀(X)))))

    Forward    X (S, n_inputs) → a Linear and an activation h for each width in ``hidden`` → a Linear → Y (S, n_classes)
    Backward   that of Sequential

    ``hidden`` is any list of widths; with [] the network is one Linear. Each h is the ``activation`` of that name,
    with its own defaults. The weights start as

    "normal"     W ~ N(0, std²), b = 0
    "kaiming"    W ~ N(0, 2/M), b = 0, where M is the width of the layer below (He et al. 2015)
    "torch"      W and b uniform in ±1/√M, what torch.nn.Linear does by default

    Y are logits: the loss is SoftmaxCrossEntropy. Derived in notebooks/07_mlp.ipynb.
    """

    def __init__(
        self,
        n_inputs: int,
        hidden: Sequence[int],
        n_classes: int,
        activation: str = "relu",
        init: str = "normal",
        std: float = 1e-4,
        *,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        sizes = widths(n_inputs, hidden, n_classes)
        h = chosen("activation", activation, ACTIVATIONS)
        std = {"normal": not_negative(std), "kaiming": "kaiming", "torch": None}[chosen("init", init, INITS)]
        rng = np.random.default_rng(rng)
        layers = [Linear(M, N, std=std, rng=rng, dtype=dtype) for M, N in pairwise(sizes)]
        super().__init__(*between(layers, ACTIVATIONS[h]))


def widths(n_inputs: int, hidden: Sequence[int], n_classes: int) -> list[int]:
    """The width at each end of every linear layer, from the input to the classes."""
    if isinstance(hidden, str) or not isinstance(hidden, Sequence | np.ndarray):
        raise TypeError(f"hidden is {hidden!r}, and should be a list of widths: [100], [40, 50, 40] or []")
    sizes = [n_inputs, *hidden, n_classes]
    wrong = [
        size for size in sizes if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1
    ]
    if wrong:
        raise ValueError(f"a width is an integer from 1 on, and {wrong[0]!r} is none: {sizes}")
    return [int(size) for size in sizes]


def between(layers: Sequence, h: type) -> list:
    """The layers, with an activation of their own between each two."""
    return [part for layer in layers for part in (layer, h())][:-1]


def chosen(name: str, value: str, choices: Sequence[str]) -> str:
    """The value itself, if it is one of the choices."""
    if value not in tuple(choices):
        raise ValueError(f"{name}={value!r} is unknown: choose {', '.join(map(repr, choices))}")
    return value


def not_negative(std: float) -> float:
    if not std >= 0:
        raise ValueError(f"std is at least 0, not {std}")
    return float(std)
