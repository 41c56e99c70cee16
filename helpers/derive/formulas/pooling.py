"""Pooling: the largest entry of each window, or the mean of its entries."""

import sympy as sp
from sympy import Mul, Sum

from helpers.derive.chain import Chain
from helpers.derive.definition import Definition, Fact
from helpers.derive.formulas.convolution import DILATION, PADDING, STRIDE, Slides, through_outputs
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import indices, sizes, tensor
from helpers.derive.strategy import gradient

S, C = sizes("S C")
(s,), (c,) = indices("s", S), indices("c", C)


def max_pool2d(stride: sp.Expr = STRIDE, padding: sp.Expr = PADDING, dilation: sp.Expr = DILATION) -> Formula:
    """Y_schw = Σ_uv A_schwuv X_{s,c,y_hu,x_wv} [0 ≤ y_hu < H1] [0 ≤ x_wv < H2] with y_hu = h r + u d − p

    A is the selection, 1 at the place of the largest entry of a window and 0 elsewhere, and is taken as given: close to
    X it does not change, as long as the maximum is unique. Among equal entries A says which one is taken (PyTorch takes
    the first); there max has no derivative, and this is a convention.

    dX_scyx = Σ_hwuv dY_schw A_schwuv [y = y_hu] [x = x_wv]
    """
    return max_pooling("max pooling", Slides(2, stride, padding, dilation))


def max_pooling(name: str, at: Slides) -> Formula:
    X, Y, A = tensor("X", S, C, *at.H), tensor("Y", S, C, *at.N), tensor("A", S, C, *at.N, *at.K)
    taken = A[s, c, *at.h, *at.u]
    chain = Chain(
        Definition(Y[s, c, *at.h], Sum(taken * X[s, c, *at.met] * at.inside, *at.u)), where=at.where
    )
    fact = Fact("A takes one entry of each window", Sum(taken, *at.u), 1)
    dX = through_outputs(chain, X[s, c, *at.y], at.u, (fact,))
    return Formula(name, chain.definitions, {"dX": dX}, (fact,))


def avg_pool2d(stride: sp.Expr = STRIDE, padding: sp.Expr = PADDING) -> Formula:
    """Y_schw = 1/(K1 K2) Σ_uv X_{s,c,y_hu,x_wv} [0 ≤ y_hu < H1] [0 ≤ x_wv < H2] with y_hu = h r + u − p

    Padded zeros count as entries of a window, as in torch.nn.AvgPool2d.

    dX_scyx = 1/(K1 K2) Σ_hwuv dY_schw [y = y_hu] [x = x_wv]
    """
    return avg_pooling("average pooling", Slides(2, stride, padding, 1))


def avg_pooling(name: str, at: Slides) -> Formula:
    X, Y = tensor("X", S, C, *at.H), tensor("Y", S, C, *at.N)
    mean = Sum(X[s, c, *at.met] * at.inside, *at.u) / Mul(*at.K)
    chain = Chain(Definition(Y[s, c, *at.h], mean), where=at.where)
    dX = through_outputs(chain, X[s, c, *at.y], at.u)
    return Formula(name, chain.definitions, {"dX": dX})


def global_avg_pool2d() -> Formula:
    """Y_sc = 1/(H1 H2) Σ_yx X_scyx

    dX_scyx = dY_sc / (H1 H2)
    """
    H1, H2 = sizes("H1 H2")
    (y,), (x,) = indices("y", H1), indices("x", H2)
    X, Y = tensor("X", S, C, H1, H2), tensor("Y", S, C)
    definition = Definition(Y[s, c], Sum(X[s, c, y, x], y, x) / (H1 * H2))
    return Formula("global average pooling", (definition,), {"dX": gradient(definition, X[s, c, y, x])})
