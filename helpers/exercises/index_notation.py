"""Notebook 02: a line with a letter left over, a Jacobian in deltas, and three layouts."""

import numpy as np

from helpers.exercises import Exercise, same_function, same_lines

__all__ = ["jacobian_of_X", "layouts", "repair"]

repair = Exercise(
    "2.1",
    same_lines("linear", "dL/dW_ij"),
    hints=(
        "List the letters of both sides. Which one is free on the right, and not on the left?",
        "The letter n lost its sum, and its delta is still there. One of the two has to go with the other.",
        "Σ<sub>n</sub> with δ<sub>ni</sub> keeps the term n = i. Sum and δ go together, and n becomes i.",
    ),
    solution='line = "sum_m dL/dY_mi X_mj"',
    mistakes=(
        ('line = "sum_m dL/dY_mn X_mj delta_ni"', "index n is still free"),
        ('line = "sum_m dL/dY_mn X_mj"', "index n is still free"),
        ('line = "sum_{m,n} dL/dY_mi X_mj"', "useless index"),
        ('line = "sum_{m,n} dL/dY_mn X_mj"', "δ_in is missing"),
        ('line = "dL/dY_mi X_mj"', "index m is still free"),
        ('line = "sum_m dL/dY_mi X_jm"', "rows and columns are exchanged"),
        ('line = "1/S sum_m dL/dY_mi X_mj"', "factor: 1/S"),
        ('line = "dL/db_i = sum_m dL/dY_mi"', "does not say what dL/dW_ij is"),
    ),
)

jacobian_of_X = Exercise(
    "2.2",
    same_lines("linear", "dY_mn/dX_ij"),
    hints=(
        "First the sum: Y<sub>mn</sub> = Σ<sub>p</sub> X<sub>mp</sub> W<sub>np</sub>. Only X is differentiated.",
        "∂X<sub>mp</sub>/∂X<sub>ij</sub> = δ<sub>mi</sub> δ<sub>pj</sub>: both letters must agree.",
        "The sum over p uses up δ<sub>pj</sub> and p becomes j. Nothing sums over m, so δ<sub>mi</sub> stays.",
    ),
    solution='line = "delta_mi W_nj"',
    mistakes=(
        ('line = "W_nj"', "δ_im is missing"),
        ('line = "delta_mi W_jn"', "rows and columns are exchanged"),
        ('line = "delta_mi W_np"', "index p is still free"),
        ('line = "delta_mi delta_pj W_np"', "index p is still free"),
        ('line = "-delta_mi W_nj"', "sign"),
    ),
)


def in_denominator_layout(J: np.ndarray, D: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, ...]:
    return J.T, D.T, J.T @ dy


def random_case(N: int, M: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(2)
    return tuple(rng.normal(size=shape) for shape in ((N, M), (M, N), (N,)))


layouts = Exercise(
    "2.3",
    same_function(in_denominator_layout, [random_case(3, 4), random_case(1, 5), random_case(4, 4)]),
    hints=(
        "Write the two letters of each array with their ranges, in the order of its axes. Which order is asked for?",
        "Denominator layout puts the axes of what one differentiates by first. dx has the shape of x.",
        "dx<sub>p</sub> = Σ<sub>n</sub> dy<sub>n</sub> J<sub>np</sub>: n has to stand last in the left factor.",
    ),
    solution="def translate(J, D, dy):\n    return J.T, D.T, J.T @ dy",
    slips={
        "return J.T -> return J": "result 1 has shape (3, 4); (4, 3)",
        "D.T -> D": "result 2 has shape (4, 3); (3, 4)",
        "J.T @ dy -> dy[None] @ J": "result 3 has shape (1, 4); (4,)",
        "J.T @ dy -> J @ dy": "ValueError",
        "J.T @ dy -> J.sum(axis=0)": "result 3 has the wrong value",
        ", J.T @ dy -> ": "3 results",
        "J.T @ dy -> (J if J.shape[1] == len(dy) else J.T) @ dy": "J of shape (4, 4)",
        "return J.T -> return J.reshape(J.T.shape)": "result 1 has the wrong value",
    },
)
