"""Y = X ∗ W + b: a kernel that slides over a signal or over an image."""

from dataclasses import dataclass

import sympy as sp
from sympy import Idx, Indexed, Mul, Sum, floor

from helpers.derive.chain import Chain, Definitions
from helpers.derive.definition import Definition, Fact
from helpers.derive.derivation import Derivation, Identity
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import Iverson, L, Partial, indices, sizes, tensor
from helpers.derive.rules import contract, contract_over, implied, merge, pull_out, spell_out
from helpers.derive.start import start_gradient
from helpers.derive.strategy import differentiate, gradient

STRIDE, DILATION = sizes("r d")
PADDING = sp.Symbol("p", integer=True, nonnegative=True)


@dataclass(frozen=True)
class Slide:
    """One axis of H places, over which a kernel of K places slides to N outputs.

    Output h with place u of the kernel meets y_hu = h r + u d − p, as long as 0 ≤ y_hu < H.
    """

    h: Idx
    u: Idx
    y: Idx
    stride: sp.Expr
    padding: sp.Expr
    dilation: sp.Expr

    H = property(lambda self: self.y.upper + 1)
    K = property(lambda self: self.u.upper + 1)
    N = property(lambda self: self.h.upper + 1)

    @property
    def met(self) -> sp.Expr:
        return self.h * self.stride + self.u * self.dilation - self.padding

    @property
    def where(self) -> dict[sp.Expr, sp.Expr]:
        """What y_hu stands for, and how many outputs there are."""
        last = self.H + 2 * self.padding - self.dilation * (self.K - 1) - 1
        return {
            tensor(str(self.y), self.N, self.K)[self.h, self.u]: self.met,
            self.N: floor(last / self.stride) + 1,
        }


class Slides:
    """The axes of a signal, an image or a volume: h, w, k and u, v, t and y, x, z, and what they meet."""

    def __init__(self, axes: int, stride: sp.Expr, padding: sp.Expr, dilation: sp.Expr) -> None:
        letters = ("h u y", "w v x", "k t z")
        names = ["N K H"] if axes == 1 else [f"N{a} K{a} H{a}" for a in range(1, axes + 1)]
        steps = map(sp.sympify, (stride, padding, dilation))
        steps = tuple(steps)
        self.axes = [
            Slide(*(Idx(k, n) for k, n in zip(ks.split(), sizes(ns), strict=True)), *steps)
            for ks, ns in zip(letters[:axes], names, strict=True)
        ]
        self.h, self.u, self.y = ([getattr(axis, name) for axis in self.axes] for name in "huy")
        self.H, self.K, self.N = ([getattr(axis, name) for axis in self.axes] for name in "HKN")
        self.met = [axis.met for axis in self.axes]
        self.inside = Mul(*[Iverson(axis.met, axis.H) for axis in self.axes])
        self.where = {left: right for axis in self.axes for left, right in axis.where.items()}


def conv1d(stride: sp.Expr = STRIDE, padding: sp.Expr = PADDING, dilation: sp.Expr = DILATION) -> Formula:
    """Y_soh = Σ_cu X_{s,c,y_hu} W_ocu [0 ≤ y_hu < H] + b_o with y_hu = h r + u d − p

    Stride r, padding p and dilation d are letters, or numbers.

    dW_ocu = Σ_sh dY_soh X_{s,c,y_hu} [0 ≤ y_hu < H]
    db_o   = Σ_sh dY_soh
    dX_scy = Σ_ohu dY_soh W_ocu [y = y_hu]
           = Σ_ou dY_{s,o,y+p−ud} W_ocu [0 ≤ y + p − u d < N]    where the stride is 1
    """
    return convolution("convolution of a signal", Slides(1, stride, padding, dilation))


def conv2d(stride: sp.Expr = STRIDE, padding: sp.Expr = PADDING, dilation: sp.Expr = DILATION) -> Formula:
    """Y_sohw = Σ_cuv X_{s,c,y_hu,x_wv} W_ocuv [0 ≤ y_hu < H1] [0 ≤ x_wv < H2] + b_o, with y_hu = h r + u d − p

    and x_wv = w r + v d − p. Stride r, padding p and dilation d are letters, or numbers.

    dW_ocuv = Σ_shw dY_sohw X_{s,c,y_hu,x_wv} [0 ≤ y_hu < H1] [0 ≤ x_wv < H2]
    db_o    = Σ_shw dY_sohw
    dX_scyx = Σ_ohwuv dY_sohw W_ocuv [y = y_hu] [x = x_wv]
            = Σ_ouv dY_{s,o,y+p−ud,x+p−vd} W_ocuv [0 ≤ y + p − u d < N1] [0 ≤ x + p − v d < N2]    where the stride is 1
    """
    return convolution("convolution of an image", Slides(2, stride, padding, dilation))


def convolution(name: str, at: Slides) -> Formula:
    S, C, O = sizes("S C O")
    (s,), (c,), (o,) = indices("s", S), indices("c", C), indices("o", O)
    X, W, b, Y = tensor("X", S, C, *at.H), tensor("W", O, C, *at.K), tensor("b", O), tensor("Y", S, O, *at.N)
    met = Sum(X[s, c, *at.met] * W[o, c, *at.u] * at.inside, c, *at.u)
    chain = Chain(Definition(Y[s, o, *at.h], met + b[o]), where=at.where)
    derivations = {
        "dW": gradient(chain, W[o, c, *at.u]),
        "db": gradient(chain, b[o]),
        "dX": through_outputs(chain, X[s, c, *at.y], at.u),
    }
    return Formula(name, chain.definitions, derivations)


def through_outputs(
    definitions: Definitions, x: Indexed, kernel: list[Idx], facts: tuple[Fact, ...] = ()
) -> Derivation:
    """∂L/∂X: where an entry of X feeds one output for each place of the kernel, the sum runs over these places."""
    dX = differentiate(start_gradient(Chain(definitions), x, facts=facts)).then(merge, implied)
    others = [limit[0] for s in dX.result.atoms(Sum) for limit in s.limits if limit[0] not in kernel]
    return dX.then(contract_over(*others), contract, pull_out)


def conv2d_bonus() -> Formula:
    """A 3×3 image X, a 2×2 kernel K: Y_hw = Σ_uv X_{h+u,w+v} K_uv, written out and counted from 1.

    Y_21  = X_21 K_11 + X_22 K_12 + X_31 K_21 + X_32 K_22
    dK_11 = dY_11 X_11 + dY_12 X_12 + dY_21 X_21 + dY_22 X_22
    dX_12 = dY_11 K_12 + dY_12 K_11
    """
    (h, w, u, v), (y, x) = indices("h w u v", 2), indices("y x", 3)
    X, K, Y = tensor("X", 3, 3), tensor("K", 2, 2), tensor("Y", 2, 2)
    chain = Chain(Definition(Y[h, w], Sum(X[h + u, w + v] * K[u, v], u, v)))
    dK = gradient(chain, K[u, v])
    dX = through_outputs(chain, X[y, x], [u, v])
    derivations = {
        "dK": dK,
        "dX": dX,
        "Y21": output(chain, 2, 1),
        "dK11": entry(dK, 1, 1),
        "dX12": entry(dX, 1, 2),
    }
    return Formula("bonus question", chain.definitions, derivations)


def entry(gradient: Derivation, *at: int) -> Derivation:
    """One entry of a gradient over axes of known sizes, written out; places count from 1."""
    x = gradient.left.x
    numbers = dict(zip(x.indices, (sp.Integer(k - 1) for k in at), strict=True))
    one = Derivation(Partial(L, x.base[tuple(numbers.values())]), gradient.chain, lemmas=[gradient])
    return one.write(spell_out, spell_out(gradient.result.xreplace(numbers)))


def output(chain: Chain, *at: int) -> Identity:
    """One entry of the output, written out; places count from 1."""
    left = chain.output.tensor[tuple(sp.Integer(k - 1) for k in at)]
    one = Identity(left, chain, str(chain.output.tensor) + "".join(map(str, at)))
    return one.write(spell_out, spell_out(chain.output.at(left)))
