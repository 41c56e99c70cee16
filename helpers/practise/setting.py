"""What the letters of a text stand for: the question that a derivation answers.

A `Setting` has definitions, as derive/ has them, and the names by which a person writes their tensors, sizes
and functions. The same line means different things in different settings: `h(z)` is a function of z, or the
vector h times z.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial

import sympy as sp
from sympy import Idx, Indexed, Sum

from helpers.derive import Chain, Definition, Fact, L, elementwise, formulas, indices, sizes, tensor
from helpers.derive.formulas import Formula, activations
from helpers.derive.notation import Tensor
from helpers.derive.walk import size_of

Function = Callable[..., sp.Expr]
"""What a name such as h stands for: from expressions to an expression, one entry at a time."""


@dataclass(frozen=True, eq=False)
class Setting:
    """Definitions, facts, and what each name stands for.

    `names` are further spellings: of a tensor, a number, or an expression such as yl for ∂l/∂y. The names of the
    definitions are known without. `functions` are those beyond exp, log, ...; a name in `rowwise` is a softmax.
    `layout` orders the axes of ∂y/∂x in matrix notation: "numerator" puts those of y first. `layers` are numbers
    for the letters in x^{(l-1)}. `variable` is what a prime differentiates by, `dot` says that * multiplies two
    vectors to a number.
    """

    name: str
    definitions: Chain
    facts: tuple[Fact, ...] = ()
    names: Mapping[str, Tensor | sp.Expr] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    rowwise: tuple[str, ...] = ()
    loss: tuple[str, ...] = ("L", "J", "ell", "loss")
    sample: bool = False
    layout: str = "denominator"
    layers: Mapping[str, int] = field(default_factory=dict)
    variable: Indexed | None = None
    dot: bool = False

    @cached_property
    def meaning(self) -> dict[str, Tensor | sp.Expr]:
        """Every name, without its backslash: tensors, sizes, parameters, the loss."""
        known: dict[str, Tensor | sp.Expr] = {}
        for t in self.definitions.tensors - {L}:
            known[plain(t.label)] = t
            known |= {plain(n): n for size in t.shape for n in size.free_symbols}
        for d in self.definitions:
            symbols = {s for s in d.right.free_symbols if isinstance(s, sp.Symbol) and s != L}
            known |= {plain(s): s for s in symbols if plain(s) not in known}
        return {**known, **dict.fromkeys(self.loss, L), **self.names}

    @cached_property
    def letters(self) -> dict[str, sp.Expr]:
        """The size that an index letter runs over in the definitions: for an index that stands on no tensor."""
        sides = [side for d in self.definitions for side in (d.left, d.right)]
        return {str(k): size_of(k) for side in sides for k in side.atoms(Idx)}


def plain(name: object) -> str:
    r"""A label without LaTeX: sigma for \sigma, `tilde x1` for \tilde{x}1."""
    return str(name).replace("\\", "").replace("{", " ").replace("}", "").strip()


def of_formula(make: Callable[[], Formula], name: str, **further: object) -> Setting:
    """The setting of a formula file."""
    formula = make()
    return Setting(name, Chain(formula.definitions), formula.facts, **further)


def linear() -> Setting:
    """Y = X Wᵀ + B with B_mn = b_n, a batch."""
    S, M, N = sizes("S M N")
    (m,), (n,), (p,) = indices("m", S), indices("n", N), indices("p", M)
    X, W, b = tensor("X", S, M), tensor("W", N, M), tensor("b", N)
    B, Y = tensor("B", S, N), tensor("Y", S, N)
    bias = Definition(B[m, n], b[n], broadcast=(m,))
    return Setting("linear", Chain((bias, Definition(Y[m, n], Sum(X[m, p] * W[n, p], p) + B[m, n]))))


def unknown() -> Setting:
    """Y = h(X), whatever h is."""
    return of_formula(activations.unknown, "unknown", functions={"h": elementwise("h")})


SETTINGS: dict[str, Callable[[], Setting]] = {
    "linear": cache(linear),
    "unknown": cache(unknown),
    "softmax": cache(partial(of_formula, formulas.softmax, "softmax")),
    "cross_entropy": cache(partial(of_formula, formulas.cross_entropy, "cross_entropy")),
}
