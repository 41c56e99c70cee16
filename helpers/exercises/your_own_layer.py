"""Notebook 18: cosine similarity by lines, a gated unit in NumPy, a refused definition mended."""

from typing import Any

import numpy as np
from sympy import Sum, sqrt

from helpers.derive import Chain, Definition, indices, sizes, tensor
from helpers.derive.names import name_of
from helpers.derive.program import forward_source
from helpers.exercises import Exercise, same_function, same_lines
from helpers.exercises.machine.checks import RIGHT, of_type, told
from helpers.read import define
from helpers.read.question import Question
from helpers.verdict import Kind, Verdict

__all__ = ["centred_rows", "cosine_similarity", "gated_unit"]

S, M = sizes("S M")
(m,), (p,) = indices("m", S), indices("p", M)
X, Y, c = tensor("X", S, M), tensor("Y", S, M), tensor("c", S)
a, b = tensor("a", S, positive=True), tensor("b", S, positive=True)
COSINE = Chain(
    [
        Definition(a[m], sqrt(Sum(X[m, p] ** 2, p))),
        Definition(b[m], sqrt(Sum(Y[m, p] ** 2, p))),
        Definition(c[m], Sum(X[m, p] * Y[m, p], p) / (a[m] * b[m])),
    ]
)

cosine_similarity = Exercise(
    "18.1",
    same_lines(Question("cosine similarity", COSINE), "dL/dX_ij"),
    hints=(
        "X<sub>ij</sub> stands in two places of row i: in the sum above the line, and in a<sub>i</sub> below it.",
        "With a<sub>i</sub> held, the first path gives dL/dc_i Y_ij / (a_i b_i). "
        "On the second, ∂a<sub>i</sub>/∂X<sub>ij</sub> is X<sub>ij</sub>/a<sub>i</sub>.",
        "∂c<sub>i</sub>/∂a<sub>i</sub> = −c<sub>i</sub>/a<sub>i</sub>. "
        "So the second path is −dL/dc_i c_i X_ij / a_i^2; add the two.",
    ),
    solution='line = "dL/dc_i (Y_ij/b_i - c_i X_ij/a_i) / a_i"',
    mistakes=(
        ('line = "dL/dc_i Y_ij/(a_i b_i)"', "path"),
        ('line = "dL/dc_i (Y_ij/b_i + c_i X_ij/a_i) / a_i"', "sign"),
        ('line = "dL/dc_i (Y_ij/b_i - c_i X_ij/a_i)"', "factor"),
        ('line = "dL/dc_i (Y_mj/b_m - c_m X_mj/a_m) / a_m"', "index m is still free"),
        ('line = "dL/dY_ij = dL/dc_i (X_ij/a_i - c_i Y_ij/b_i) / b_i"', "does not say what dL/dX_ij is"),
    ),
)


def gated(X: np.ndarray, W: np.ndarray, V: np.ndarray, dY: np.ndarray) -> tuple[np.ndarray, ...]:
    """dX, dW, dV of Y = A ∘ σ(B) with A = X Wᵀ and B = X Vᵀ."""
    A, G = X @ W.T, 1 / (1 + np.exp(-X @ V.T))
    dA, dB = dY * G, dY * A * G * (1 - G)
    return dA @ W + dB @ V, dA.T @ X, dB.T @ X


def gated_case(S: int, M: int, N: int) -> list[np.ndarray]:
    rng = np.random.default_rng(18)
    return [rng.normal(size=shape) for shape in ((S, M), (N, M), (N, M), (S, N))]


gated_unit = Exercise(
    "18.2",
    same_function(
        gated,
        [gated_case(5, 4, 3), gated_case(1, 2, 3), gated_case(4, 4, 4)],
        sizes=lambda X, W, V, dY: {"S": len(X), "M": X.shape[1], "N": len(W)},
        results="dX dW dV",
    ),
    hints=(
        "Name the two factors: A = X Wᵀ and B = X Vᵀ, so Y = A ∘ σ(B). Which of the three gradients go through both?",
        "dA = dY ∘ σ(B) and dB = dY ∘ A ∘ σ(B) ∘ (1 − σ(B)). From there on, each is a linear layer.",
        "dW = dAᵀ X, dV = dBᵀ X, and X feeds both factors: dX = dA W + dB V.",
    ),
    solution=(
        "def backward(X, W, V, dY):\n"
        "    A, G = X @ W.T, 1 / (1 + np.exp(-X @ V.T))\n"
        "    dA, dB = dY * G, dY * A * G * (1 - G)\n"
        "    return dA @ W + dB @ V, dA.T @ X, dB.T @ X"
    ),
    known={
        "dA @ W + dB @ V -> dA @ W": "dX has the path through A alone: X feeds the gate too.",
        "dA @ W + dB @ V -> dB @ V": "dX has the path through the gate alone: X feeds A too.",
        "dY * A * G * (1 - G) -> dY * A * G": "dB has σ(B) where σ'(B) = σ(B) (1 − σ(B)) belongs.",
        "dY * A * G * (1 - G) -> dY * G * (1 - G)": "dB lacks A, which the gate multiplies.",
        "dA, dB = dY * G -> dA, dB = dY": "dA lacks σ(B), which multiplies A.",
    },
    slips={
        "dA.T @ X, dB.T @ X -> dB.T @ X, dA.T @ X": "dW has the wrong value",
        "dA.T @ X, dB -> X.T @ dA, dB": "dW has shape (4, 3)",
        "return dA -> return -dA": "dX has the wrong value",
        "@ V, dA.T @ X, -> @ V, dA.T @ X / len(X),": "1/S",
    },
)


def centres_rows(answer: Any) -> Verdict:
    """Whether a text defines Y as X without the mean of each row."""
    if not isinstance(answer, str):
        return of_type("A text is", answer)
    try:
        chain = define(answer)
    except (ValueError, TypeError, NotImplementedError) as refusal:
        return told(f"Still refused. {refusal}", Kind.NOT_READABLE)
    if [name_of(t) for t in chain.leaves] != ["X"]:
        others = ", ".join(name_of(t) for t in chain.leaves if name_of(t) != "X")
        return told(
            f"Only X is given, and the text asks for {others} too." if others else "X does not occur."
        )
    if len(chain.leaves[0].shape) != 2:
        return told("X is a matrix: write its entries with two letters.")
    given = np.random.default_rng(18).normal(size=(4, 3))
    names = {"np": np, "X": given}
    exec(forward_source(chain), names)
    got = names[name_of(chain.output.tensor)]
    rows, columns = given - given.mean(1, keepdims=True), given - given.mean(0)
    if np.shape(got) == rows.shape and np.allclose(got, rows):
        return RIGHT
    if np.shape(got) == rows.shape and np.allclose(got, columns):
        return told(
            "This takes the mean over all samples from each column, as batch norm does. Centre each row."
        )
    return told("It is read now, and says something else: a row of Y has to sum to 0.")


centred_rows = Exercise(
    "18.3",
    centres_rows,
    hints=(
        "The sentence names a letter that is summed although it already has a meaning. Where does it get that meaning?",
        "The mean of a row is one number for each sample. Which letter counts samples: m or n?",
        "On the left of the first definition stands the letter that is summed on its right. Row m has the mean "
        "μ<sub>m</sub>.",
    ),
    solution='text = "mu_m = 1/N sum_n X_mn; Y_mn = X_mn - mu_m"',
    mistakes=(
        ('text = "mu_n = 1/N sum_n X_mn; Y_mn = X_mn - mu_m"', "Still refused"),
        ('text = "mu_n = 1/N sum_k X_mk; Y_mn = X_mn - mu_m"', "Still refused"),
        ('text = "mu_n = 1/S sum_m X_mn; Y_mn = X_mn - mu_n"', "as batch norm does"),
        ('text = "mu_m = sum_n X_mn; Y_mn = X_mn - mu_m"', "says something else"),
        ('text = "Y_mn = X_mn - mu_m"', "Only X is given"),
        ("text = 3", "text"),
    ),
)
