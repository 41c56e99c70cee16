"""L = 1/(S N) Σ (Y − T)²"""

from sympy import Sum

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import L, indices, sizes, tensor
from helpers.derive.strategy import gradient


def mse() -> Formula:
    """L = 1/(S N) Σ_mn (Y_mn − T_mn)², the mean over all entries as in torch.nn.MSELoss

    dY_ij = 2 (Y_ij − T_ij) / (S N)
    """
    S, N = sizes("S N")
    (m,), (n,) = indices("m", S), indices("n", N)
    Y, T = tensor("Y", S, N), tensor("T", S, N)
    definition = Definition(L, Sum((Y[m, n] - T[m, n]) ** 2, m, n) / (S * N))
    return Formula("mean squared error", (definition,), {"dY": gradient(definition, Y)})
