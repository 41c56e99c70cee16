"""Y = E[ids]: a row of a matrix for each id."""

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import indices, sizes, tensor
from helpers.derive.strategy import gradient


def embedding() -> Formula:
    """Y_sm = E_{ids_s,m}, the row of E that the id of sample s names

    dE_ij = Σ_s dY_sj [ids_s = i]      the sum over all samples with the id i
    """
    S, M, V = sizes("S M V")
    (s,), (m,) = indices("s", S), indices("m", M)
    ids, E, Y = tensor("ids", S, integer=True), tensor("E", V, M), tensor("Y", S, M)
    definition = Definition(Y[s, m], E[ids[s], m])
    return Formula("embedding", (definition,), {"dE": gradient(definition, E)})
