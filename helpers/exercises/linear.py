"""Notebook 03: the gradient that was left out, the backward pass with its bias, and a broadcast undone."""

import numpy as np
from sympy import KroneckerDelta, Sum  # noqa: F401 (answers use them)

from helpers.derive import indices, jacobian, sizes, tensor, upstream
from helpers.derive.formulas import linear
from helpers.exercises import Exercise, same_expression, same_function

__all__ = ["backward", "gradient_of_X", "jacobian_of_X", "letters", "unbroadcast"]

S, M, N = sizes("S M N")
(m, i), (n,), (p, j) = indices("m i", S), indices("n", N), indices("p j", M)
X, W, b, Y = tensor("X", S, M), tensor("W", N, M), tensor("b", N), tensor("Y", S, N)
dY = upstream(Y)
letters = X, W, b, dY, i, j, m, n

jacobian_of_X = Exercise(
    "3.1, first gap",
    same_expression(jacobian(linear().definitions, X[i, j], of=Y[m, n])),
    hints=(
        "Y<sub>mn</sub> reads one row of X only. Which one?",
        "Two deltas: ∂X<sub>mp</sub>/∂X<sub>ij</sub> = δ<sub>mi</sub> δ<sub>pj</sub>. The sum over p uses up one.",
        "δ<sub>mi</sub> stays, and p becomes j in W<sub>np</sub>.",
    ),
    solution="dY_dX = KroneckerDelta(m, i) * W[n, j]",
    mistakes=(
        ("dY_dX = W[n, j]", "δ_im is missing"),
        ("dY_dX = KroneckerDelta(m, i) * W[n, p]", "index p is still free"),
        ("dY_dX = KroneckerDelta(m, i) * W[j, n]", "rows and columns are exchanged"),
        ("dY_dX = KroneckerDelta(m, i) * X[m, j]", "entries differ"),
    ),
)

gradient_of_X = Exercise(
    "3.1, second gap",
    same_expression(linear()["dX"]),
    hints=(
        "Put the first gap into the chain rule's line. One of its two sums meets a delta.",
        "Σ<sub>m</sub> with δ<sub>mi</sub> keeps the term m = i.",
        "Every m becomes i. The sum over n stays: X<sub>ij</sub> feeds all N outputs of its sample.",
    ),
    solution="dX = Sum(dY[i, n] * W[n, j], n)",
    mistakes=(
        ("dX = dY[i, n] * W[n, j]", "index n is still free"),
        ("dX = Sum(dY[m, n] * W[n, j], m, n)", "δ_im is missing"),
        ("dX = Sum(dY[i, n] * W[n, j], n) / S", "1/S"),
        ("dX = Sum(dY[i, n] * W[j, n], n)", "rows and columns are exchanged"),
        ("dX = -Sum(dY[i, n] * W[n, j], n)", "sign"),
    ),
)


def random_case(S: int, M: int, N: int, dtype: type = np.float64) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(3)
    return tuple(rng.normal(size=shape).astype(dtype) for shape in ((S, M), (N, M), (S, N)))


backward = Exercise(
    "3.2",
    same_function(
        lambda X, W, dY: (dY @ W, dY.T @ X, dY.sum(axis=0)),
        [random_case(5, 4, 3), random_case(4, 4, 4), random_case(1, 4, 3), random_case(5, 4, 3, np.float32)],
        tolerance=1e-5,
        sizes=lambda X, W, dY: {"S": len(X), "M": X.shape[1], "N": len(W)},
        results="dX dW db",
    ),
    hints=(
        "Three lines, one for each gradient. Write the shape of each factor beside it.",
        "dX: the sum runs over n, the outputs. dW and db: it runs over m, the samples.",
        "In matrices: dY W, dYᵀ X, and dY added up over its rows, axis 0.",
    ),
    solution="def backward(X, W, dY):\n    return dY @ W, dY.T @ X, dY.sum(axis=0)",
    slips={
        "dY.sum -> dY.mean": "1/S = 1/5 times the right value",
        "@ X -> @ X / len(X)": "dW has the wrong value: 1/S",
        "axis=0 -> ": "db has shape ()",
        "dY.sum -> len(W) * dY.sum": "N = 3 times the right value",
        "dY.T @ X -> X.T @ dY": "dW has shape (4, 3); (3, 4)",
        "axis=0 -> axis=0, keepdims=True": "db has shape (1, 3)",
        "axis=0 -> axis=1": "db has shape (5,)",
        "dY.sum(axis=0) -> dY[0]": "db has the wrong value",
        ", dY.sum(axis=0) -> ": "3 results are asked for, in a tuple: dX, dW, db.",
        "dY @ W -> dY @ W.T": "the left has 3, the right 4.",
        "dY @ W, dY.T @ X -> dY.dot(W), X.dot(dY)": "the left has 4, the right 5.",
        "dY @ W -> dY @ (W.T if len(X) == len(W) else W)": "X of shape (4, 4)",
    },
)


def sum_to_shape(dY: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    new = tuple(range(dY.ndim - len(shape)))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return dY.sum(axis=new).sum(axis=stretched, keepdims=True)


BROADCASTS = [((5, 3), shape) for shape in ((5, 3), (3,), (1, 3), (5, 1), ())] + [((2, 5, 3), (5, 1))]

unbroadcast = Exercise(
    "3.3",
    same_function(
        sum_to_shape, [(np.random.default_rng(3).normal(size=large), small) for large, small in BROADCASTS]
    ),
    hints=(
        "An entry that was copied gets the sum over its copies. Along which axes was it copied?",
        "Two kinds of axis: new ones in front, which the shape does not have, and those of size 1 in the shape.",
        "Sum over the first dY.ndim − len(shape) axes, then over each axis where shape has 1, with keepdims=True.",
    ),
    solution=(
        "def unbroadcast(dY, shape):\n"
        "    new = tuple(range(dY.ndim - len(shape)))\n"
        "    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)\n"
        "    return dY.sum(axis=new).sum(axis=stretched, keepdims=True)"
    ),
    slips={
        "sum(axis=new) -> mean(axis=new)": "0.2 times the right value",
        ", keepdims=True -> ": "shape (3,); (1, 3) is asked for",
        ".sum(axis=stretched, keepdims=True) -> ": "shape (5, 3); (1, 3) is asked for",
    },
    mistakes=(
        ("def f(dY, shape):\n    return dY", "shape = (3,): your result has shape (5, 3)"),
        ("def f(dY, shape):\n    return dY.sum(axis=0)", "shape (3,); (5, 3) is asked for"),
        ("def f(dY, shape):\n    return np.resize(dY, shape)", "entries differ"),
    ),
)
