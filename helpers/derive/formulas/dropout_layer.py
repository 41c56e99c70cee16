"""Y = X R / (1 − p): the entries that a given mask keeps, made larger by what is dropped."""

from sympy import Symbol

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import indices, sizes, tensor
from helpers.derive.strategy import gradient


def dropout() -> Formula:
    """Y_mn = X_mn R_mn / (1 − p), R_mn is 1 where an entry is kept and 0 where it is dropped, with probability p

    dX_ij = dY_ij R_ij / (1 − p), with the same mask
    """
    S, N = sizes("S N")
    (m,), (n,) = indices("m", S), indices("n", N)
    X, R, Y, p = tensor("X", S, N), tensor("R", S, N), tensor("Y", S, N), Symbol("p", positive=True)
    definition = Definition(Y[m, n], X[m, n] * R[m, n] / (1 - p))
    return Formula("dropout", (definition,), {"dX": gradient(definition, X)})
