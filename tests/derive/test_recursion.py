"""Definitions through time: what is accepted, the gradients of a textbook, and a loop of PyTorch beside them."""

import pytest
from sympy import Sum, tanh

from helpers.compare import check
from helpers.derive import (
    Chain,
    Definition,
    L,
    backpropagate,
    indices,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.notation import Iverson
from helpers.derive.rewrite import same

S, T, M, N, K = sizes("S T M N K")
(s,), (t, r), (n, k), (p,), (o,) = (
    indices("s", S),
    indices("t r", T),
    indices("n k", N),
    indices("p", M),
    indices("o", K),
)
X, A, H, W, U, b = (
    tensor("X", T, M),
    tensor("A", T, N),
    tensor("H", T, N),
    tensor("W", N, N),
    tensor("U", N, M),
    tensor("b", N),
)
H0, V, O, G = tensor("H0", N), tensor("V", K, N), tensor("O", T, K), tensor("G", T, K)
dA, dH, dO = map(upstream, (A, H, O))
DRIVE = Sum(U[n, p] * X[t, p], p) + b[n]
PRE = Definition(A[t, n], Sum(W[n, k] * H[t - 1, k], k) + DRIVE)
READ = Definition(O[t, o], Sum(V[o, n] * H[t, n], n))
LOSS = Definition(L, Sum((O[t, o] - G[t, o]) ** 2, t, o) / 2)
NET = PRE, Definition(H[t, n], tanh(A[t, n]), first=H0[n]), READ, LOSS
BACK = backpropagate(NET)


def past(j):
    """H_{t−1,j}"""
    return BACK["dW"].chain.in_names(H[t - 1, j])


TEXTBOOK = {
    "dO": lambda i, j: O[i, j] - G[i, j],
    "dH": lambda i, j: Sum(dO[i, o] * V[o, j], o) + Sum(dA[i + 1, n] * W[n, j], n) * Iverson(i + 1, T),
    "dA": lambda i, j: dH[i, j] * (1 - H[i, j] ** 2),
    "dW": lambda i, j: Sum(dA[t, i] * past(j), t),
    "dU": lambda i, j: Sum(dA[t, i] * X[t, j], t),
    "db": lambda i: Sum(dA[t, i], t),
    "dX": lambda i, j: Sum(dA[i, n] * U[n, j], n),
    "dH0": lambda i: Sum(dA[0, n] * W[n, i], n),
    "dV": lambda i, j: Sum(dO[t, i] * H[t, j], t),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_backpropagation_through_time_is_the_textbook_s(name):
    derivation = BACK[name]
    want = TEXTBOOK[name](*derivation.free)
    assert (
        all(any(same(a, b) for b in want.args) for a in derivation.result.args)
        if want.is_Add
        else same(derivation.result, want)
    )
    assert check(derivation).worst < 1e-11
    assert all(line.checked for path in derivation.paths for line in path.lines)


VARIANTS = {
    "all in one line": [Definition(H[t, n], tanh(Sum(W[n, k] * H[t - 1, k], k) + DRIVE), first=H0[n]), READ],
    "no first state": [PRE, Definition(H[t, n], tanh(A[t, n])), READ],
    "backward in time": [
        Definition(A[t, n], Sum(W[n, k] * H[t + 1, k], k) + DRIVE),
        Definition(H[t, n], tanh(A[t, n]), first=H0[n]),
        READ,
    ],
    "two steps back": [
        Definition(H[t, n], tanh(Sum(W[n, k] * H[t - 2, k], k) + b[n] * H[t - 1, n] + DRIVE)),
        READ,
    ],
    "nonlinear in its past": [Definition(H[t, n], tanh(b[n] * H[t - 1, n] ** 2 + DRIVE), first=H0[n]), READ],
    "the loss reads differences": [
        PRE,
        Definition(H[t, n], tanh(A[t, n]), first=H0[n]),
        Definition(L, Sum((H[t, n] - H[t - 1, n]) ** 2, t, n)),
    ],
    "the last quantity is a state": [PRE, Definition(H[t, n], tanh(A[t, n]), first=H0[n])],
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_recursion_agrees_with_autograd_over_all_times(name):
    chain = Chain(VARIANTS[name])
    gradients = backpropagate(chain)
    assert {"dW", "dU", "db"} <= set(gradients) or name == "nonlinear in its past"
    for derivation in gradients.values():
        assert check(derivation).worst < 1e-10
