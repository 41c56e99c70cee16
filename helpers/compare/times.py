"""Gradients by position in time: back to which time do a recurrent layer and autograd agree, and where do they part?"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch

from helpers.absent import NO_ARRAY
from helpers.compare.agreement_table import Agreement, agreement
from helpers.compare.finite_differences import torch_gradients
from helpers.compare.reference import ancestor, twin
from helpers.implement.recurrent import Recurrent


@dataclass(frozen=True)
class ByTime:
    """A table from t = T down to 1, with a row for each gradient, and the norms by time, norms["dX"]["NumPy"] (T,).

    `parts` has the first time from the end at which the two part, None where they do not.
    """

    table: Agreement
    norms: dict[str, dict[str, np.ndarray]]
    parts: dict[str, int | None]

    def __bool__(self) -> bool:
        return bool(self.table)

    def said(self, name: str) -> str:
        """Back to which time it agrees."""
        T, t = len(self.norms[name]["NumPy"]), self.parts[name]
        if t is None:
            return f"{name}: agree at all times" if "PyTorch" in self.norms[name] else f"{name}: not compared"
        return (
            f"{name}: part at t = {t}, the last"
            if t == T
            else f"{name}: agree back to t = {t + 1}, part at t = {t}"
        )

    def __str__(self) -> str:
        return "\n".join([*map(self.said, self.norms), str(self.table)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{'<br>'.join(map(self.said, self.norms))}</p>\n{self.table._repr_html_()}"


def by_time(layer: Recurrent, X: np.ndarray, dY: np.ndarray, tolerance: float = 1e-10) -> ByTime:
    """dX and dH at each time t = 1 ... T, those of the layer beside autograd's, from X (S, T, M) and dY (S, T, N).

    dHₜ is all that reaches the Hₜ of the uppermost layer, dYₜ and what later times send; it is left out where backward
    does not go through `step_gradient`. The layer is RNN, LSTM or GRU, or of a subclass, and stays as it is.
    Raises TypeError for another.
    """
    family = ancestor(layer)
    if not isinstance(layer, Recurrent) or family is None:
        raise TypeError(f"{type(layer).__name__} is no recurrent layer of this project: RNN, LSTM or GRU")
    ours = {"dX": walked_back(deepcopy(layer), X, dY), "dH": reaching(deepcopy(layer), X, dY)}
    theirs = autograd(layer, twin(family, layer, whole=True), X, dY)
    pairs = {name: {"NumPy": A, "PyTorch": theirs[name]} for name, A in ours.items() if A is not None}
    times = range(X.shape[-2], 0, -1)
    rows = {
        f"{name}_{t}": {of: A if A is NO_ARRAY else A[t - 1] for of, A in pair.items()}
        for t in times
        for name, pair in pairs.items()
    }
    table = agreement(rows, tolerance)
    wrong = {name for name, row in table.rows.items() if any(c and not c.agrees for c in row.values())}
    parts = {name: next((t for t in times if f"{name}_{t}" in wrong), None) for name in pairs}
    norms = {
        name: {
            of: np.linalg.norm(A.reshape(len(A), -1), axis=1) for of, A in pair.items() if A is not NO_ARRAY
        }
        for name, pair in pairs.items()
    }
    return ByTime(table, norms, parts)


def autograd(
    layer: Recurrent, step: Callable[..., tuple], X: np.ndarray, dY: np.ndarray
) -> dict[str, np.ndarray]:
    """dX (T, S, M) and dH (T, S, N) by PyTorch: a 0 that is added to Hₜ gets all that reaches it."""
    zeros = np.zeros((X.shape[-2], layer.num_layers, *X.shape[:-2], dY.shape[-1]), X.dtype)

    def f(X: torch.Tensor, zeros: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        last, Y = (None,) * len(layer.outputs), []
        for t, zero in enumerate(zeros):
            _, H, *more = step(X[..., t : t + 1, :], *last, None, *parameters)
            last = H + zero, *more
            Y.append(last[0][-1])
        return torch.stack(Y, -2)

    _, right = torch_gradients(f, {"X": X, "H": zeros, **layer.params}, dY)
    if right["dX"] is NO_ARRAY:
        return right
    return {"dX": np.moveaxis(right["dX"], -2, 0), "dH": right["dH"][:, -1]}


def walked_back(layer: Recurrent, X: np.ndarray, dY: np.ndarray) -> np.ndarray:
    """dX of the layer, times first (T, S, M)."""
    layer.forward(X)
    if np.shape(dX := layer.backward(dY)) != X.shape:
        raise ValueError(f"dX has shape {np.shape(dX)}, but X has shape {X.shape}")
    return np.moveaxis(dX, -2, 0)


def reaching(layer: Recurrent, X: np.ndarray, dY: np.ndarray) -> np.ndarray | None:
    """dH (T, S, N) of the uppermost layer, as each `step_gradient` on the way back is handed it."""
    step_gradient, dH = layer.step_gradient, []

    def listening(kept: tuple, *dstates: np.ndarray) -> tuple:
        dH.append(dstates[0])
        return step_gradient(kept, *dstates)

    layer.tuned, layer.step_gradient = None, listening  # the tuned twin asks no step
    T = len(walked_back(layer, X, dY))
    return np.stack(dH[T - 1 :: -1]) if len(dH) == T * layer.num_layers else None
