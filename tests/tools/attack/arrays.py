"""Arrays of every shape and type to every layer, loss and optimizer: PyTorch's value, or a sentence of this project."""

import itertools
import random
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

import helpers
from helpers import implement as ours
from helpers.compare.reference import torch_function
from tests.implement.rows import CLASSES as LAYERS
from tests.implement.rows import LOSSES, ROWS, Row, made, normal
from tests.tools.attack.bad_arrays import ARRAYS
from tests.tools.attack.trial import FINE, SENTENCE, WRONG, Allowed, Case

BUDGET, ALLOWED = 5000, Allowed(seconds=5, memory=500 * 10**6)
OPTIMIZERS = {
    ours.SGD: ({}, {"momentum": 0.9, "nesterov": True}),
    ours.Adam: ({}, {"amsgrad": True}),
    ours.AdamW: ({"weight_decay": 0.1},),
    ours.RMSprop: ({"momentum": 0.9},),
    ours.Adagrad: ({},),
}
OVERFLOWS = dict.fromkeys(("1e300", "inf", "-inf"), lambda A, B: ~np.isfinite(B))
MAY_DIFFER = {"NaN": lambda A, B: np.isnan(A), **OVERFLOWS}
"""NaN hides nothing, and it is no mistake to go on where PyTorch overflows."""


def cases(seed: int, budget: int) -> Iterator[Case]:
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    where = [*layer_cases(), *loss_cases(), *optimizer_cases()]
    every = list(itertools.product(where, ARRAYS))
    random.Random(seed).shuffle(every)
    for k in range(budget):
        (name, letter, run), how = every[k % len(every)]
        drawn = f"{seed} {k}"
        yield Case(f"{name}, {letter}: {how}", partial(tried, run, letter, how, drawn))


def tried(run: Callable, letter: str, how: str, seed: str) -> str:
    drawn = np.random.default_rng(list(seed.encode()))
    given: list[tuple[Any, bytes]] = []

    def bad(A: np.ndarray) -> Any:
        B = ARRAYS[how](A, drawn)
        if isinstance(B, np.ndarray) and B.dtype.kind in "fiub":
            given.append((B, B.tobytes()))
        return B

    mine, theirs = run(bad)
    try:
        got = mine()
    except Exception as error:
        if written(error):
            return f"{SENTENCE}: {error}"
        raise
    if any(B.tobytes() != before for B, before in given):
        return f"{WRONG}: {letter} was changed"
    try:
        wanted = theirs()
    except Exception as error:
        try:
            wanted = theirs(np.float64)
        except Exception:
            return f"{WRONG}: PyTorch says {type(error).__name__}: {str(error)[:90]}"
    return compared(got, wanted, how)


def written(error: Exception) -> bool:
    """Was the error raised by a line of this project that raises, and not within what it calls?"""
    last = traceback.extract_tb(error.__traceback__)[-1]
    own = Path(last.filename).is_relative_to(helpers.__path__[0])
    return own and last.line.startswith("raise ") and isinstance(error, ValueError | TypeError | RuntimeError)


def compared(got: dict[str, np.ndarray], wanted: dict[str, np.ndarray], how: str) -> str:
    scale = max(float(np.max(np.abs(B[np.isfinite(B)]), initial=1.0)) for B in wanted.values())
    for name, B in wanted.items():
        A = np.asarray(got[name])
        if A.shape != B.shape:
            return f"{WRONG}: {name} has shape {A.shape}, PyTorch's {B.shape}"
        tolerance = 5e-3 if how == "float16" else 1e-4 if "float32" in (how, A.dtype, B.dtype) else 1e-10
        near = np.isclose(A, B, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
        near |= MAY_DIFFER.get(how, lambda A, B: ~np.isfinite(B) & np.isnan(A))(A, B)
        if not near.all():
            return f"{WRONG}: {name} is {A[~near][:3]}, PyTorch's {B[~near][:3]}"
    return FINE


def tensor(A: Any, dtype: type | None = None) -> torch.Tensor | None:
    """As PyTorch takes it: what NumPy makes of it, cast where that loses nothing but digits."""
    if A is None:
        return None
    A = np.asarray(A.detach() if isinstance(A, torch.Tensor) else A)
    A = np.array(A, A.dtype.newbyteorder("="), order="C")
    A = A.astype(dtype) if dtype and A.dtype.kind in "fiub" else A
    return torch.from_numpy(A).requires_grad_(A.dtype.kind == "f")


def gradients(tensors: dict[str, torch.Tensor | None]) -> dict[str, np.ndarray]:
    with_one = {k: t for k, t in tensors.items() if t is not None and t.requires_grad}
    return {f"d{k}": (torch.zeros_like(t) if t.grad is None else t.grad).numpy() for k, t in with_one.items()}


# Layers


def layer_cases() -> Iterator[tuple[str, str, Callable]]:
    for row in ROWS:
        if not row.layer().random:
            for letter in ("X", "dY"):
                yield row.name, letter, partial(of_row, row, letter)
    for name, (arguments, inputs) in SEVERAL.items():
        for letter in (*inputs, "dY"):
            yield name, letter, partial(of_several, name, arguments, inputs, letter)


SEVERAL = {
    "Embedding": ((5, 3), {"ids": np.array([[0, 4, 2], [1, 1, 0]])}),
    "Attention": ((), {"Q": normal((2, 3, 4)), "K": normal((2, 5, 4)), "V": normal((2, 5, 3))}),
    "RNN": ((3, 4), {"X": normal((2, 5, 3)), "H0": normal((1, 2, 4))}),
    "LSTM": ((3, 4), {"X": normal((2, 5, 3)), "H0": normal((1, 2, 4)), "C0": normal((1, 2, 4))}),
    "GRU": ((3, 4), {"X": normal((2, 5, 3)), "H0": normal((1, 2, 4))}),
    "MultiheadAttention": ((4, 2), {"X": normal((2, 3, 4)), "Z": normal((2, 5, 4))}),
}
"""Layers of several inputs, or of ids: how they are made, and what they take."""


def of_row(row: Row, letter: str, bad: Callable) -> tuple[Callable, Callable]:
    layer = row.layer()
    return of_layer(layer, lambda: row.reference(layer), {"X": normal(row.shapes[0])}, letter, bad)


def of_several(
    name: str, arguments: tuple, inputs: dict, letter: str, bad: Callable
) -> tuple[Callable, Callable]:
    layer = made(LAYERS[name], arguments, {})

    def reference() -> tuple:
        return torch_function(layer), [tensor(W) for W in layer.params.values()]

    return of_layer(layer, reference, inputs, letter, bad)


def of_layer(
    layer: Any, reference: Callable, inputs: dict, letter: str, bad: Callable
) -> tuple[Callable, Callable]:
    """What the layer makes of its inputs, one of which is bad, and what PyTorch does."""
    inputs = {key: bad(A) if key == letter else np.array(A) for key, A in inputs.items()}
    Y = forward(layer, inputs) if letter == "dY" else None
    upstream = bad(normal(Y.shape, seed=1)) if letter == "dY" else None
    function, parameters = reference()

    def dY_of(Y: np.ndarray) -> Any:
        return normal(np.shape(Y), np.asarray(Y).dtype, seed=1) if letter != "dY" else upstream

    def mine() -> dict[str, np.ndarray]:
        Y = forward(layer, inputs)
        back = layer.backward(dY_of(Y))
        back = back if isinstance(back, tuple) else (back,)
        grads = {f"d{k}": A for k, A in zip(layer.inputs, back, strict=False) if A is not None}
        return {"Y": Y} | grads | {f"d{k}": W for k, W in layer.grads.items()}

    def theirs(dtype: type | None = None) -> dict[str, np.ndarray]:
        tensors = {
            key: tensor(inputs.get(key), None if key in layer.integers else dtype) for key in layer.inputs
        }
        alone = len(layer.inputs) == 1 or set(inputs) == {"X"}
        Y = function(*([tensors["X"]] if alone and "X" in tensors else tensors.values()), *parameters)
        dY = tensor(dY_of(Y.detach().numpy()), dtype)
        Y.backward(dY.detach())
        own = dict(zip(layer.params, parameters, strict=True))
        return {"Y": Y.detach().numpy()} | gradients(tensors) | gradients(own)

    return mine, theirs


def forward(layer: Any, inputs: dict) -> np.ndarray:
    first, *more = inputs.values()
    return layer.forward(first, **dict(zip(list(inputs)[1:], more, strict=True)))


# Losses


def loss_cases() -> Iterator[tuple[str, str, Callable]]:
    for family, example in LOSSES:
        for reduction in ("mean", "none"):
            for ids in (False, True):
                if not ids or LAYERS[family.name].classes:
                    for letter in ("X", "T", "dL"):
                        name = f"{family.name} {example.options or ''} {reduction}{' ids' * ids}"
                        yield name, letter, partial(of_loss, family, example, reduction, ids, letter)


def of_loss(
    family: Any, example: Any, reduction: str, ids: bool, letter: str, bad: Callable
) -> tuple[Callable, Callable]:
    loss = made(LAYERS[family.name], example.arguments, {**example.options, "reduction": reduction})
    rows = np.abs(normal((5, 3), seed=3)) + 0.1
    X = rows / rows.sum(1, keepdims=True) if loss.probabilities else normal((5, 3))
    T = np.eye(3)[[0, 1, 2, 1, 0]]
    T = np.array([0, 1, 2, 1, 0]) if ids else T
    dL = normal(5 if loss.classes else (5, 3), seed=2) if reduction == "none" else np.array(0.7)
    X, T, dL = (bad(A) if key == letter else A for key, A in (("X", X), ("T", T), ("dL", dL)))

    def mine() -> dict[str, np.ndarray]:
        L = loss.forward(X, T)
        return {"L": L, "dX": loss.backward(dL)}

    def theirs(dtype: type | None = None) -> dict[str, np.ndarray]:
        x, t = tensor(X, dtype), tensor(T, None if ids else dtype).detach()
        L = torch_function(loss)(x, t)
        L.backward(None if dL is None else tensor(dL, dtype).detach())
        return {"L": L.detach().numpy(), "dX": x.grad.numpy()}

    return mine, theirs


# Optimizers


def optimizer_cases() -> Iterator[tuple[str, str, Callable]]:
    for kind, all_options in OPTIMIZERS.items():
        for options in all_options:
            yield f"{kind.__name__} {options or ''}", "dW", partial(of_optimizer, kind, options)


def of_optimizer(kind: type, options: dict, bad: Callable) -> tuple[Callable, Callable]:
    layer = made(ours.Linear, (3, 2), {})
    dW = bad(normal((2, 3), seed=4))
    db = normal(2, seed=6)
    start = {key: W.copy() for key, W in layer.params.items()}

    def mine() -> dict[str, np.ndarray]:
        optimizer = kind(layer, lr=0.1, **options)
        layer.grads = {"W": dW, "b": db}
        try:
            optimizer.step()
            optimizer.step()
        except Exception:
            if any(not np.array_equal(W, start[key]) for key, W in layer.params.items()) or optimizer.steps:
                raise AssertionError("something has changed before it was refused") from None
            raise
        return layer.params

    def theirs(dtype: type | None = None) -> dict[str, np.ndarray]:
        parameters = {key: torch.tensor(W, requires_grad=True) for key, W in start.items()}
        optimizer = getattr(torch.optim, kind.__name__)(parameters.values(), lr=0.1, **options)
        for _ in range(2):
            for key, G in (("W", dW), ("b", db)):
                parameters[key].grad = tensor(G, dtype).detach()
            optimizer.step()
        return {key: W.detach().numpy() for key, W in parameters.items()}

    return mine, theirs
