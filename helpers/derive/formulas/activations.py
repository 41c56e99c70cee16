"""Y = h(X), one entry at a time: an unknown h, and the ones with a name."""

from collections.abc import Callable

import sympy as sp
from sympy import Rational, exp, sqrt

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import elementwise, indices, sizes, tensor
from helpers.derive.strategy import gradient, jacobian

S, N = sizes("S N")
(m,), (n,) = indices("m", S), indices("n", N)
X, Y = tensor("X", S, N), tensor("Y", S, N)
a, alpha, c = sp.symbols("a alpha c", positive=True)


def entrywise(name: str, h: Callable, *before: Definition) -> Formula:
    """Y_mn = h(X_mn), where h may use quantities that are defined before."""
    definitions = (*before, Definition(Y[m, n], h(X[m, n])))
    J = jacobian(definitions, X)
    return Formula(name, definitions, {"dY/dX": J, "dX": gradient(definitions, X, lemmas=[J])})


def unknown() -> Formula:
    """dX = dY ∘ h'(X), whatever h is"""
    return entrywise("h", elementwise("h"))


def relu() -> Formula:
    """Y = max(0, X), dX = dY ∘ [X > 0]; at the kink 0, as PyTorch has it"""
    return entrywise("ReLU", lambda x: sp.Max(0, x))


def leaky_relu() -> Formula:
    """Y = X where X > 0, else a X; dX = dY ∘ (1 or a)"""
    return entrywise("LeakyReLU", lambda x: sp.Piecewise((x, x > 0), (a * x, True)))


def prelu() -> Formula:
    """Y = X where X > 0, else a_n X, with a slope for each feature; dX = dY ∘ (1 or a), da_n = Σ_m dY_mn (0 or X_mn)"""
    slope = tensor("a", N)
    definition = Definition(Y[m, n], sp.Piecewise((X[m, n], X[m, n] > 0), (slope[n] * X[m, n], True)))
    return Formula("PReLU", (definition,), {f"d{x}": gradient(definition, x) for x in (X, slope)})


def elu() -> Formula:
    """Y = X where X > 0, else α (e^X − 1); dX = dY ∘ (1 or α e^X)"""
    return entrywise("ELU", lambda x: sp.Piecewise((x, x > 0), (alpha * (exp(x) - 1), True)))


def sigmoid() -> Formula:
    """Y = 1/(1 + e^−X), dX = dY ∘ Y ∘ (1 − Y)"""
    return entrywise("sigmoid", lambda x: 1 / (1 + exp(-x)))


def tanh() -> Formula:
    """Y = tanh(X), dX = dY ∘ (1 − Y²)"""
    return entrywise("tanh", sp.tanh)


def softplus() -> Formula:
    """Y = log(1 + e^X), dX = dY ∘ σ(X), with σ = e^X / (1 + e^X)"""
    sigma = tensor(r"\sigma", S, N)
    return entrywise(
        "softplus", lambda x: sp.log(1 + exp(x)), Definition(sigma[m, n], exp(X[m, n]) / (1 + exp(X[m, n])))
    )


def gelu() -> Formula:
    """Y = X Φ(X), dX = dY ∘ (Φ + X ∘ φ): Φ the normal distribution, φ its density"""
    Phi, phi = tensor(r"\Phi", S, N), tensor(r"\phi", S, N)
    return entrywise(
        "GELU",
        lambda x: x * Phi[m, n],
        Definition(phi[m, n], exp(-(X[m, n] ** 2) / 2) / sqrt(2 * sp.pi)),
        Definition(Phi[m, n], (1 + sp.erf(X[m, n] / sqrt(2))) / 2),
    )


def gelu_tanh() -> Formula:
    """Y = X (1 + V)/2 with V = tanh(U), U = √(2/π) (X + c X³), c = 0.044715

    dX = dY ∘ ((1 + V) + X (1 − V²) √(2/π) (1 + 3 c X²)) / 2
    """
    U, V = tensor("U", S, N), tensor("V", S, N)
    return entrywise(
        "GELU, tanh",
        lambda x: x * (1 + V[m, n]) * Rational(1, 2),
        Definition(U[m, n], sqrt(2 / sp.pi) * (X[m, n] + c * X[m, n] ** 3)),
        Definition(V[m, n], sp.tanh(U[m, n])),
    )


def silu() -> Formula:
    """Y = X σ(X), dX = dY ∘ σ ∘ (1 + X ∘ (1 − σ))"""
    sigma = tensor(r"\sigma", S, N)
    return entrywise("SiLU", lambda x: x * sigma[m, n], Definition(sigma[m, n], 1 / (1 + exp(-X[m, n]))))
