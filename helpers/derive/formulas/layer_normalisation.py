"""Y = γ X̂ + β with X̂ = (X − μ)/σ: each row, or each group of channels, normalised by itself."""

from sympy import Sum, Symbol, sqrt

from helpers.derive.definition import Definition
from helpers.derive.derivation import Identity
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import L, Partial, indices, sizes, tensor
from helpers.derive.rules import insert, pull_out, recognise, write_out
from helpers.derive.strategy import gradient, identity, jacobians

S, N = sizes("S N")
(m,), (n,) = indices("m", S), indices("n", N)
X, Xhat, Y = tensor("X", S, N), tensor("Xhat", S, N), tensor("Y", S, N)
mu, v, sigma = tensor("mu", S), tensor("v", S, positive=True), tensor("sigma", S, positive=True)
gamma, beta, eps = tensor("gamma", N), tensor("beta", N), Symbol("epsilon", positive=True)

MU = Definition(mu[m], Sum(X[m, n], n) / N)
V = Definition(v[m], Sum((X[m, n] - mu[m]) ** 2, n) / N)
SIGMA = Definition(sigma[m], sqrt(v[m] + eps))
XHAT = Definition(Xhat[m, n], (X[m, n] - mu[m]) / sigma[m])
DEFINITIONS = MU, V, SIGMA, XHAT, Definition(Y[m, n], gamma[n] * Xhat[m, n] + beta[n])

rms = tensor("rms", S, positive=True)
RMS_DEFINITIONS = (
    Definition(rms[m], sqrt(Sum(X[m, n] ** 2, n) / N + eps)),
    Definition(Xhat[m, n], X[m, n] / rms[m]),
    Definition(Y[m, n], gamma[n] * Xhat[m, n]),
)


def layer_norm() -> Formula:
    """μ = mean of X, v = mean of (X − μ)², σ = √(v + ε), X̂ = (X − μ)/σ, Y = γ X̂ + β, over the N entries of a row

    ∂X̂_mn/∂X_ij = 1/(N σ_m) δ_mi (N δ_nj − 1 − X̂_mj X̂_mn)

    dXhat_ij = dY_ij γ_j
    dX_ij    = 1/(N σ_i) (N dX̂_ij − Σ_n dX̂_in − X̂_ij Σ_n dX̂_in X̂_in)
    dgamma_i = Σ_m dY_mi X̂_mi
    dbeta_i  = Σ_m dY_mi

    A row of dX is orthogonal to 𝟏, and to X̂ but for ε, since the squares of X̂ sum to N v/(v + ε):

    Σ_n dX_mn       = 0
    Σ_n dX_mn X̂_mn = ε/σ_m³ Σ_n dX̂_mn X̂_mn
    """
    definitions = DEFINITIONS
    centred = identity(definitions, Sum(X[m, n] - mu[m], n), "deviations from the mean sum to 0")
    row = Identity(Sum(Xhat[m, n], n), definitions, "a row of Xhat sums to 0", [centred])
    row.then(write_out(XHAT), pull_out, insert(centred))
    squares = Identity(Sum(Xhat[m, n] ** 2, n), definitions, "the squares of Xhat sum to N v/(v + ε)")
    squares.then(write_out(XHAT), pull_out, recognise(V), write_out(SIGMA))

    lemmas = jacobians(definitions, X, mu, v, sigma, Xhat, lemmas=[centred])
    dX = gradient(definitions, X, through=Xhat, lemmas=lemmas.values())
    orthogonal = [dX, row, squares]
    dX_mn = Partial(L, X[m, n])
    derivations = {
        "sum X - mu": centred,
        "sum Xhat": row,
        "sum Xhat**2": squares,
        **lemmas,
        "dXhat": gradient(definitions, Xhat),
        "dX": dX,
        "dX from dY": gradient(definitions, X, lemmas=lemmas.values()),
        "dgamma": gradient(definitions, gamma),
        "dbeta": gradient(definitions, beta),
        "sum dX": identity(definitions, Sum(dX_mn, n), "a row of dX sums to 0", orthogonal),
        "sum dX Xhat": identity(
            definitions, Sum(dX_mn * Xhat[m, n], n), "a row of dX times Xhat", orthogonal
        ),
    }
    return Formula("layer norm", definitions, derivations)


def layer_norm_sample() -> Formula:
    """One row as a column x: the Jacobian takes away the parts along 𝟏 and along x̂, and divides by σ

    ∂x̂/∂x = 1/σ (I − 𝟏𝟏ᵀ/N − x̂x̂ᵀ/N)

    ∂x̂/∂x 𝟏 = 0
    ∂x̂/∂x x̂ = ε/σ³ x̂                          0 only for ε = 0, since x̂ᵀx̂ = N v/(v + ε)
    σ² (∂x̂/∂x)² = I − 𝟏𝟏ᵀ/N − (2 − v/σ²) x̂x̂ᵀ/N    and σ ∂x̂/∂x again for ε = 0: then it is a projection
    """
    n, i, j = indices("n i j", N)
    x, xhat = tensor("x", N), tensor("xhat", N)
    mu, v, sigma = tensor("mu", 1)[0], tensor("v", 1, positive=True)[0], tensor("sigma", 1, positive=True)[0]
    deviation = Definition(sigma, sqrt(v + eps))
    variance = Definition(v, Sum((x[n] - mu) ** 2, n) / N)
    normalised = Definition(xhat[n], (x[n] - mu) / sigma)
    definitions = Definition(mu, Sum(x[n], n) / N), variance, deviation, normalised
    centred = identity(definitions, Sum(x[n] - mu, n), "deviations from the mean sum to 0")
    entries = Identity(Sum(xhat[n], n), definitions, "xhat sums to 0", [centred])
    entries.then(write_out(normalised), pull_out, insert(centred))
    squares = Identity(Sum(xhat[n] ** 2, n), definitions, "the squares of xhat sum to N v/(v + ε)")
    squares.then(write_out(normalised), pull_out, recognise(variance), write_out(deviation))
    lemmas = jacobians(definitions, x, mu.base, v.base, sigma.base, xhat, lemmas=[centred])
    known = [lemmas["dxhat/dx"], entries, squares]
    along_1 = Sum(Partial(xhat[i], x[n]), n)
    along_xhat = Sum(Partial(xhat[i], x[n]) * xhat[n], n)
    twice = sigma**2 * Sum(Partial(xhat[i], x[n]) * Partial(xhat[n], x[j]), n)
    derivations = {
        "sum xhat": entries,
        "sum xhat**2": squares,
        **lemmas,
        "J 1": identity(definitions, along_1, "the Jacobian times 1", known),
        "J xhat": identity(definitions, along_xhat, "the Jacobian times xhat", known),
        "J J": identity(definitions, twice, "the Jacobian times itself", known),
    }
    return Formula("layer norm, one sample", definitions, derivations)


def rms_norm() -> Formula:
    """r = √(mean of X² + ε), X̂ = X/r, Y = γ X̂: no mean is taken away

    ∂X̂_mn/∂X_ij = δ_mi/r_m (δ_nj − 1/N X̂_mj X̂_mn)

    dXhat_ij = dY_ij γ_j
    dX_ij    = 1/r_i (dX̂_ij − 1/N X̂_ij Σ_n dX̂_in X̂_in)
    dgamma_i = Σ_m dY_mi X̂_mi
    """
    definitions = RMS_DEFINITIONS
    lemmas = jacobians(definitions, X, rms, Xhat)
    derivations = {
        **lemmas,
        "dXhat": gradient(definitions, Xhat),
        "dX": gradient(definitions, X, through=Xhat, lemmas=lemmas.values()),
        "dX from dY": gradient(definitions, X, lemmas=lemmas.values()),
        "dgamma": gradient(definitions, gamma),
    }
    return Formula("RMS norm", definitions, derivations)


def group_norm() -> Formula:
    """Layer norm over each group: X of shape (S, G, C, P), G groups of C channels with P positions each

    dXhat = dY γ
    dX    = 1/(C P σ_sg) (C P dX̂ − Σ_cp dX̂ − X̂ Σ_cp dX̂ X̂)        at the entry s, g, c, p
    dgamma_gc = Σ_sp dY X̂
    dbeta_gc  = Σ_sp dY
    """
    S, G, C, P = sizes("S G C P")
    (s,), (g,), (c,), (p,) = indices("s", S), indices("g", G), indices("c", C), indices("p", P)
    X, Xhat, Y = tensor("X", S, G, C, P), tensor("Xhat", S, G, C, P), tensor("Y", S, G, C, P)
    mu, v, sigma = tensor("mu", S, G), tensor("v", S, G, positive=True), tensor("sigma", S, G, positive=True)
    gamma, beta = tensor("gamma", G, C), tensor("beta", G, C)
    centred = X[s, g, c, p] - mu[s, g]
    definitions = (
        Definition(mu[s, g], Sum(X[s, g, c, p], c, p) / (C * P)),
        Definition(v[s, g], Sum(centred**2, c, p) / (C * P)),
        Definition(sigma[s, g], sqrt(v[s, g] + eps)),
        Definition(Xhat[s, g, c, p], centred / sigma[s, g]),
        Definition(Y[s, g, c, p], gamma[g, c] * Xhat[s, g, c, p] + beta[g, c]),
    )
    zero = identity(definitions, Sum(centred, c, p), "deviations from the mean sum to 0")
    lemmas = jacobians(definitions, X, mu, v, sigma, Xhat, lemmas=[zero])
    derivations = {
        **lemmas,
        "dXhat": gradient(definitions, Xhat),
        "dX": gradient(definitions, X, through=Xhat, lemmas=lemmas.values()),
        "dgamma": gradient(definitions, gamma),
        "dbeta": gradient(definitions, beta),
    }
    return Formula("group norm", definitions, derivations)
