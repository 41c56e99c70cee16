"""Y = γ X̂ + β with X̂ = (X − μ)/σ: each column normalised by the mean and the variance of its batch."""

from sympy import Sum, Symbol, sqrt

from helpers.derive.definition import Definition
from helpers.derive.derivation import Identity
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import indices, sizes, tensor
from helpers.derive.strategy import gradient, identity, jacobian, jacobians

S, N = sizes("S N")
(m, k, l), (n,) = indices("m k l", S), indices("n", N)
X, Xhat, Y = tensor("X", S, N), tensor("Xhat", S, N), tensor("Y", S, N)
mu, v, sigma = tensor("mu", N), tensor("v", N, positive=True), tensor("sigma", N, positive=True)
gamma, beta, eps = tensor("gamma", N), tensor("beta", N), Symbol("epsilon", positive=True)

STATISTICS = (
    Definition(mu[n], Sum(X[m, n], m) / S),
    Definition(v[n], Sum((X[m, n] - mu[n]) ** 2, m) / S),
    Definition(sigma[n], sqrt(v[n] + eps)),
    Definition(Xhat[m, n], (X[m, n] - mu[n]) / sigma[n]),
)
DEFINITIONS = *STATISTICS, Definition(Y[m, n], gamma[n] * Xhat[m, n] + beta[n])


def zero_sum() -> Identity:
    """Σ_m (X_mn − μ_n) = 0"""
    return identity(STATISTICS, Sum(X[m, n] - mu[n], m), "deviations from the mean sum to 0")


def batch_norm() -> Formula:
    """μ = mean of X, v = mean of (X − μ)², σ = √(v + ε), X̂ = (X − μ)/σ, Y = γ X̂ + β, over the S samples

    ∂μ_n/∂X_ij  = δ_nj / S
    ∂v_n/∂X_ij  = 2/S (X_in − μ_n) δ_nj                the path through μ adds nothing: Σ_m (X_mn − μ_n) = 0
    ∂σ_n/∂X_ij  = 1/S X̂_in δ_nj
    ∂X̂_mn/∂X_ij = 1/(S σ_n) δ_nj (S δ_mi − 1 − X̂_in X̂_mn)

    dX_ij    = γ_j/(S σ_j) (S dY_ij − Σ_m dY_mj − X̂_ij Σ_m dY_mj X̂_mj)
    dgamma_i = Σ_m dY_mi X̂_mi
    dbeta_i  = Σ_m dY_mi
    """
    centred = zero_sum()
    lemmas = jacobians(DEFINITIONS, X, mu, v, sigma, Xhat, lemmas=[centred])
    derivations = {
        "sum X - mu": centred,
        "dv/dmu": jacobian(DEFINITIONS, mu, v, lemmas=[centred]),
        **lemmas,
        "dX": gradient(DEFINITIONS, X, lemmas=lemmas.values()),
        "dgamma": gradient(DEFINITIONS, gamma),
        "dbeta": gradient(DEFINITIONS, beta),
    }
    return Formula("batch norm", DEFINITIONS, derivations)


def batch_norm_inline() -> Formula:
    """Y = γ (X − mean of X) / √(mean of (X − mean of X)² + ε) + β, one expression; μ, v, σ, X̂ only name its parts

    ∂Y_mn/∂X_ij = γ_n/(S σ_n) δ_nj (S δ_mi − 1 − X̂_in X̂_mn)
    dX_ij       = γ_j/(S σ_j) (S dY_ij − Σ_m dY_mj − X̂_ij Σ_m dY_mj X̂_mj)
    """
    centred, other = X[m, n] - Sum(X[k, n], k) / S, X[k, n] - Sum(X[l, n], l) / S
    whole = gamma[n] * centred / sqrt(Sum(other**2, k) / S + eps) + beta[n]
    definitions = *STATISTICS, Definition(Y[m, n], whole)
    J = jacobian(definitions, X, lemmas=[zero_sum()])
    return Formula(
        "batch norm, inline", definitions, {"dY/dX": J, "dX": gradient(definitions, X, lemmas=[J])}
    )
