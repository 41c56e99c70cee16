"""Definitions that the tests of this room share, each derived once."""

from functools import cache

import sympy as sp
from sympy import Max, Sum, exp, log, sqrt, tanh

from helpers.derive import Chain, Definition, L, indices, sizes, tensor
from helpers.derive.formulas.layer_normalisation import RMS_DEFINITIONS
from helpers.yours import YourLayer, your_layer

S, M, N, D = sizes("S M N D")
(s,), (n, k), (p,), (d,) = indices("s", S), indices("n k", N), indices("p", M), indices("d", D)
X, W, V, b = tensor("X", S, M), tensor("W", N, M), tensor("V", N, M), tensor("b", N)
Y, Z, T = tensor("Y", S, N), tensor("Z", S, N), tensor("T", S, N)
A, B, H, U, C = tensor("A", S, N), tensor("B", S, N), tensor("H", S, N), tensor("U", M, N), tensor("C", S, D)
G, K = tensor("G", M, D), tensor("K", M, D)
tau = tensor("tau", sp.S.One, positive=True)[0]
r, c = tensor("r", S, positive=True), tensor("c", N, positive=True)
Q, O, E = tensor("Q", S, M), tensor("O", S, M), tensor("E", S, M)
j = indices("j", M)[0]

AFFINE = Definition(Z[s, n], Sum(X[s, p] * W[n, p], p) + b[n])
SOFTMAX = Definition(Y[s, n], exp(Z[s, n]) / Sum(exp(Z[s, k]), k))

CHAINS = {
    "Affine": [AFFINE],
    "TanhLayer": [AFFINE, Definition(Y[s, n], tanh(Z[s, n]))],
    "SoftmaxLoss": [SOFTMAX, Definition(L, -Sum(T[s, n] * log(Y[s, n]), s, n) / S)],
    "Classifier": [AFFINE, SOFTMAX, Definition(L, -Sum(T[s, n] * log(Y[s, n]), s, n) / S)],
    "RootMeanSquare": list(RMS_DEFINITIONS),
    "GatedUnit": [
        Definition(A[s, n], Sum(X[s, p] * W[n, p], p)),
        Definition(B[s, n], Sum(X[s, p] * V[n, p], p)),
        Definition(H[s, n], A[s, n] / (1 + exp(-A[s, n])) * B[s, n]),
        Definition(Q[s, j], Sum(H[s, n] * U[j, n], n)),
    ],
    "Modulation": [
        Definition(O[s, p], Sum(C[s, d] * G[p, d], d)),
        Definition(E[s, p], Sum(C[s, d] * K[p, d], d)),
        Definition(Q[s, p], (1 + O[s, p]) * X[s, p] + E[s, p]),
    ],
    "CosineLogits": [
        Definition(r[s], sqrt(Sum(X[s, p] ** 2, p))),
        Definition(c[n], sqrt(Sum(W[n, p] ** 2, p))),
        Definition(Y[s, n], Sum(X[s, p] * W[n, p], p) / (r[s] * c[n] * tau)),
    ],
    "Rectified": [AFFINE, Definition(Y[s, n], Max(0, Z[s, n]))],
    "Shifted": [Definition(Y[s, n], Z[s, n] + b[n])],
}


@cache
def made(name: str) -> YourLayer:
    """The layer of that name, derived once for all tests."""
    inputs = ["X", "C"] if name == "Modulation" else None
    return your_layer(Chain(CHAINS[name]), name=name, inputs=inputs)
