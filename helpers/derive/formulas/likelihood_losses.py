"""Losses of class ids, with a weight for each class and samples that do not count; and of yes or no, by logits."""

from sympy import Expr, Sum, exp, log

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.formulas.softmax_layer import N, S, X, m, n, softmax_of
from helpers.derive.notation import L, tensor
from helpers.derive.strategy import gradient

T, w, c = tensor("T", S, integer=True), tensor("w", N, positive=True), tensor("c", S, positive=True)
p = tensor("p", N, positive=True)


def mean_over_ids(log_p: Expr) -> Definition:
    """L = −Σ_m c_m w_{T_m} log p_m / Σ_m c_m w_{T_m}; c_m is 1 where sample m counts and 0 where it is ignored"""
    weight = c[m] * w[T[m]]
    return Definition(L, -Sum(weight * log_p, m) / Sum(weight, m))


def nll() -> Formula:
    """L = −Σ_m c_m w_{T_m} X_{m,T_m} / Σ_m c_m w_{T_m}, X log-probabilities, T class ids

    dX_ij = −c_i w_{T_i} [j = T_i] / Σ_m c_m w_{T_m}
    """
    definition = mean_over_ids(X[m, T[m]])
    return Formula("negative log-likelihood", (definition,), {"dX": gradient(definition, X)})


def cross_entropy_of_ids() -> Formula:
    """P = softmax(X), L = −Σ_m c_m w_{T_m} log P_{m,T_m} / Σ_m c_m w_{T_m}, T class ids

    dX_ij = c_i w_{T_i} (P_ij − [j = T_i]) / Σ_m c_m w_{T_m}
    """
    P = tensor("P", S, N)
    definitions = softmax_of(X, P), mean_over_ids(log(P[m, T[m]]))
    return Formula("cross-entropy of class ids", definitions, {"dX": gradient(definitions, X)})


def bce_with_logits() -> Formula:
    """P = σ(X), L = −1/(S N) Σ_mn p_n T_mn log P_mn + (1 − T_mn) log (1 − P_mn), p the weight of a yes

    dX_ij = (P_ij (1 − T_ij + p_j T_ij) − p_j T_ij) / (S N)
    """
    T, P = tensor("T", S, N), tensor("P", S, N)
    yes, no = p[n] * T[m, n] * log(P[m, n]), (1 - T[m, n]) * log(1 - P[m, n])
    definitions = Definition(P[m, n], 1 / (1 + exp(-X[m, n]))), Definition(L, -Sum(yes + no, m, n) / (S * N))
    return Formula("binary cross-entropy of logits", definitions, {"dX": gradient(definitions, X)})
