"""Notebook 06: report C's line, the fused gradient with each reduction, and targets with class weights."""

import numpy as np
from sympy import KroneckerDelta as δ  # noqa: F401
from sympy import Sum, exp, log

from helpers.derive import Definition, Fact, L, gradient, indices, sizes, tensor
from helpers.exercises import Exercise, same_expression, same_function, same_number

__all__ = ["reductions", "repair", "simplify", "weights"]

S, N = sizes("S N")
(m, i), (n, k, j) = indices("m i", S), indices("n k j", N)
X, Y, T = tensor("X", S, N), tensor("Y", S, N), tensor("T", S, N)
softmax_layer = Definition(Y[m, n], exp(X[m, n]) / Sum(exp(X[m, k]), k))
loss = Definition(L, -Sum(T[m, n] * log(Y[m, n]), m, n) / S)
rows_of_T = Fact("rows of T sum to 1", Sum(T[m, k], k), 1)

simplify = Exercise(
    "6.1a",
    same_number(
        0,
        0,
        "Its sum has t_i/x_i σ_i in every term: pull that out. What is left is the sum of all σ_j but σ_i.",
    ),
    hints=(
        "x<sub>i</sub> is σ<sub>i</sub>, by definition of the softmax layer.",
        "In the second sum nothing depends on j but σ<sub>j</sub>. The others pull out.",
        "All σ<sub>j</sub> together are 1, so all but σ<sub>i</sub> are 1 − σ<sub>i</sub>.",
    ),
    solution="# −t_i (1 − σ_i) + t_i (1 − σ_i)\nnumber = 0",
    mistakes=(
        ("number = 1", "pull that out"),
        ("number = -1", "pull that out"),
        ("number = Y[i, j] - T[i, j]", "type Add"),
        ("number = False", "type bool"),
    ),
)

repair = Exercise(
    "6.1b",
    same_expression(gradient([softmax_layer, loss], X[i, j], facts=[rows_of_T])),
    hints=(
        "Every output j answers to the logit i, each with the upstream gradient of its own.",
        "The line above keeps −t<sub>i</sub>/x<sub>i</sub> outside of the sum. Which letter should its t/x carry?",
        "In our letters the sum is Σ<sub>n</sub> (1 − δ<sub>nj</sub>) T<sub>in</sub>/Y<sub>in</sub> "
        "Y<sub>ij</sub> Y<sub>in</sub>: n runs over the outputs other than j.",
    ),
    solution="others = Sum((1 - δ(n, j)) * T[i, n] / Y[i, n] * Y[i, j] * Y[i, n], n)\n"
    "repaired = (-T[i, j] / Y[i, j] * Y[i, j] * (1 - Y[i, j]) + others) / S",
    slips={
        "T[i, n] / Y[i, n] -> T[i, j] / Y[i, j]": "zero everywhere",
        "(1 - δ(n, j)) *  -> ": "the factor 1 - Y_ij is too much",
    },
    mistakes=(
        ("repaired = Y[i, j] - T[i, j]", "S = "),
        ("repaired = (T[i, j] - Y[i, j]) / S", "sign"),
        ("repaired = (Y[i, n] - T[i, n]) / S", "index n is still free"),
        ("repaired = (Y[m, j] - T[m, j]) / S", "index m is still free"),
    ),
)


def samples(first, *others):
    return dict(zip("SN", first.shape, strict=True))


def softmax(X):
    E = np.exp(X - X.max(1, keepdims=True))
    return E / E.sum(1, keepdims=True)


def times_jacobian(Y, dY):
    return Y * (dY - (dY * Y).sum(1, keepdims=True))


def fused_backward(Y, T, dL, reduction):
    if reduction == "mean":
        dL = dL / len(Y)
    if reduction == "none":
        dL = dL[:, None]
    return dL * (Y - T)


def cases(shapes=((5, 3), (4, 4), (1, 3)), dtype=float):
    """Y, T, dL and a reduction: targets that are one-hot, and soft ones."""
    rng = np.random.default_rng(6)
    for S, N in shapes:
        Y, soft = softmax(rng.normal(size=(S, N))), softmax(rng.normal(size=(S, N)))
        for T in (np.eye(N)[rng.integers(N, size=S)], soft):
            for reduction in ("sum", "mean", "none"):
                dL = rng.normal(size=S) if reduction == "none" else np.array(1.7)
                yield Y.astype(dtype), T.astype(dtype), dL.astype(dtype), reduction


reductions = Exercise(
    "6.2",
    same_function(fused_backward, [*cases(), *cases(dtype=np.float32)], 1e-5, samples),
    known={
        "dL * (Y - T) -> times_jacobian(Y, dL * (Y - T))": (
            "The softmax Jacobian is in there twice. Y − T has passed through softmax already."
        ),
        "return dL * (Y - T) -> return (Y - T) / len(Y) if reduction == 'mean' else Y - T": (
            "The upstream gradient dL is missing: the loss may be a part of a larger one."
        ),
        "dL * (Y - T) -> -dL * T / Y": (
            "−T ⊘ Y is the gradient at the probabilities. The one at the logits is asked for."
        ),
    },
    hints=(
        "With reduction sum, L is Σ<sub>s</sub> L<sub>s</sub>: each sample's gradient Y − T arrives whole.",
        "The mean divides the sum by S, so it divides the gradient by S too. Then the chain rule: times dL.",
        "With none, dL has the shape (S,): sample s has an upstream gradient of its own, for its whole row. "
        "<code>dL[:, None]</code> is that column.",
    ),
    solution="""\
def backward(Y, T, dL, reduction):
    if reduction == "mean":
        dL = dL / len(Y)
    if reduction == "none":
        dL = dL[:, None]
    return dL * (Y - T)""",
    slips={
        "dL / len(Y) -> dL": "S = 5 times",
        'reduction == "mean" -> True': "1/S",
        "Y - T -> T - Y": "sign",
        "dL[:, None] -> dL": "ValueError",
        "len(Y) -> Y.size": "1/N = 1/3",
        "return dL * (Y - T) -> Y -= T\n    return dL * Y": "changed its argument Y",
    },
)


def weighted(X, T, w):
    Q = w * T
    return (Q.sum(1, keepdims=True) * softmax(X) - Q) / len(X)


def weighted_cases():
    """X, T, w: soft targets, one-hot ones, and rows of logits that are far apart."""
    rng = np.random.default_rng(63)
    for S, N in ((5, 3), (4, 4), (1, 3)):
        X, T, w = rng.normal(size=(S, N)), softmax(rng.normal(size=(S, N))), 1 + rng.random(N)
        yield X, T, w
        yield X, np.eye(N)[rng.integers(N, size=S)], w
    yield np.array([[800.0, 0, 0], [0, -800, 0]]), np.array([[0.0, 1, 0], [1, 0, 0]]), np.array([1.0, 2, 3])


weights = Exercise(
    "6.3",
    same_function(weighted, weighted_cases(), sizes=samples),
    known={
        "answer = lambda X, T, w: (softmax(X) - w * T) / len(X)": (
            "This holds where the rows of w ∘ T sum to 1. Here they do not."
        ),
        "answer = lambda X, T, w: w * (softmax(X) - T) / len(X)": (
            "w weighs the terms of the loss. A logit feels all terms of its row."
        ),
        "answer = lambda X, T, w: (T @ w)[:, None] * (softmax(X) - T) / len(X)": (
            "Right where T has a single 1 in each row. A soft row has several weights in it."
        ),
        "answer = lambda X, T, w: weighted(X, T, w) * len(X) / (w * T).sum()": (
            "This divides by the sum of the weights. The loss above divides by S."
        ),
        "answer = lambda X, T, w: (softmax(X) - T) / len(X)": "The weights w are missing.",
    },
    hints=(
        "Call the product w ∘ T by one name, Q. Then L is a cross-entropy that you know, with Q for T.",
        "The rows of Q do not sum to 1. Which line of the derivation still holds, and which came after the fact?",
        "dX<sub>ij</sub> = ((Σ<sub>k</sub> Q<sub>ik</sub>) Y<sub>ij</sub> − Q<sub>ij</sub>)/S, with "
        "<code>Q.sum(1, keepdims=True)</code> and a softmax that subtracts each row's largest logit first.",
    ),
    solution="""def backward_weighted(X, T, w):
    E = np.exp(X - X.max(1, keepdims=True))
    Y = E / E.sum(1, keepdims=True)
    Q = w * T
    return (Q.sum(1, keepdims=True) * Y - Q) / len(X)""",
    slips={
        "Q.sum(1, keepdims=True) * Y -> Q.sum() * Y": "differ",
        " / len(X) -> ": "S = 5 times",
        " - X.max(1, keepdims=True) -> ": "NaN",
    },
    mistakes=(),
)
