"""Y = X Wᵀ + b"""

from sympy import Sum

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import indices, sizes, tensor
from helpers.derive.strategy import gradient, jacobian


def linear() -> Formula:
    """Y_mn = Σ_p X_mp W_np + b_n, a batch with one sample in each row.

    dX_ij = Σ_n dY_in W_nj
    dW_ij = Σ_m dY_mi X_mj
    db_i  = Σ_m dY_mi
    """
    S, M, N = sizes("S M N")
    (m,), (n,), (p,) = indices("m", S), indices("n", N), indices("p", M)
    X, W, b, Y = tensor("X", S, M), tensor("W", N, M), tensor("b", N), tensor("Y", S, N)
    definition = Definition(Y[m, n], Sum(X[m, p] * W[n, p], p) + b[n])
    derivations = {f"d{x}": gradient(definition, x) for x in (X, W, b)}
    return Formula("linear", (definition,), derivations)


def linear_sample() -> Formula:
    """y_n = Σ_p W_np x_p + b_n, one sample, a column.

    ∂y_i/∂W_jk = δ_ij x_k has three indices; the gradients have the shapes of their variables:

    dx_i  = Σ_n dy_n W_ni
    dW_ij = dy_i x_j
    db_i  = dy_i
    """
    M, N = sizes("M N")
    (n, i, j), (p, k) = indices("n i j", N), indices("p k", M)
    x, W, b, y = tensor("x", M), tensor("W", N, M), tensor("b", N), tensor("y", N)
    definition = Definition(y[n], Sum(W[n, p] * x[p], p) + b[n])
    derivations = {
        "dy/dW": jacobian(definition, W[j, k], of=y[i]),
        "dy/db": jacobian(definition, b[j], of=y[i]),
        "dy/dx": jacobian(definition, x[k], of=y[i]),
    }
    derivations |= {f"d{v}": gradient(definition, v) for v in (x, W, b)}
    return Formula("linear, one sample", (definition,), derivations)
