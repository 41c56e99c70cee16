"""L = −1/S Σ t log p + (1 − t) log (1 − p) with p = sigmoid(X w): one weight vector, two classes."""

from sympy import Sum, exp, log

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import L, indices, sizes, tensor
from helpers.derive.strategy import gradient, hessian


def logistic_regression() -> Formula:
    """z = X w, p = 1/(1 + e^−z), L = −1/S Σ_s t_s log p_s + (1 − t_s) log (1 − p_s)

    dw_i        = 1/S Σ_s X_si (p_s − t_s)
    ∂²L/∂w_i∂w_j = 1/S Σ_s p_s (1 − p_s) X_si X_sj
    """
    S, M = sizes("S M")
    (s,), (k,) = indices("s", S), indices("k", M)
    X, w, t, z, p = tensor("X", S, M), tensor("w", M), tensor("t", S), tensor("z", S), tensor("p", S)
    definitions = (
        Definition(z[s], Sum(X[s, k] * w[k], k)),
        Definition(p[s], 1 / (1 + exp(-z[s]))),
        Definition(L, -Sum(t[s] * log(p[s]) + (1 - t[s]) * log(1 - p[s]), s) / S),
    )
    dw = gradient(definitions, w)
    return Formula(
        "logistic regression", definitions, {"dw": dw, "dw2": hessian(definitions, w, lemmas=[dw])}
    )
