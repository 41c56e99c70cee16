"""What the letters of a text stand for: the question that a derivation answers.

A `Question` has definitions, as derive/ has them, and the names by which a person writes their tensors, sizes
and functions. The same line means different things in different questions: `h(z)` is a function of z, or the
vector h times z.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache, cached_property, partial
from itertools import product

import sympy as sp
from sympy import Idx, Indexed, Sum

from helpers.derive import (
    Chain,
    Definition,
    Fact,
    L,
    Partial,
    elementwise,
    formulas,
    indices,
    numbers,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.card import formula_of
from helpers.derive.formulas import Formula, activations
from helpers.derive.formulas.batch_normalisation import DEFINITIONS as BATCH_NORM
from helpers.derive.formulas.batch_normalisation import eps
from helpers.derive.formulas.layer_normalisation import DEFINITIONS as LAYER_NORM
from helpers.derive.formulas.layer_normalisation import RMS_DEFINITIONS as RMS_NORM
from helpers.derive.names import name_of
from helpers.derive.notation import Tensor
from helpers.derive.rewrite import size_of
from helpers.families import FAMILIES, found

Function = Callable[..., sp.Expr]
"""What a name such as h stands for: from expressions to an expression, one entry at a time."""


@dataclass(frozen=True, eq=False)
class Question:
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
            known |= {f"hat {m[1]}{m[2]}": t for m in [re.fullmatch(r"(\w)hat(\d*)", plain(t.label))] if m}
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


def of_formula(make: Callable[[], Formula], name: str, **further: object) -> Question:
    """The question of a formula file."""
    formula = formula_of(make)
    given = dict.fromkeys(t for d in formula.derivations.values() for t in d.chain.given)
    return Question(name, Chain(formula.definitions, given, formula.chain.where), formula.facts, **further)


def linear() -> Question:
    """Y = X Wᵀ + B with B_mn = b_n, a batch."""
    S, M, N = sizes("S M N")
    (m,), (n,), (p,) = indices("m", S), indices("n", N), indices("p", M)
    X, W, b = tensor("X", S, M), tensor("W", N, M), tensor("b", N)
    B, Y = tensor("B", S, N), tensor("Y", S, N)
    bias = Definition(B[m, n], b[n], broadcast=(m,))
    layer = Definition(Y[m, n], Sum(X[m, p] * W[n, p], p) + B[m, n])
    return Question("linear", Chain((bias, layer)), names={"G": upstream(Y)})


def network() -> Question:
    r"""One sample through N layers: \tilde x^{(l)} = W^{(l)} x^{(l-1)} + b^{(l)}, x^{(l)} = ReLU(\tilde x^{(l)}).

    The last one is a softmax, L = −Σ t log x^{(N)}. The letters l and N stand for 1 and 4: the sizes of all layers
    differ, so what holds for these holds for all. y has the slopes of the ReLU of layer l.
    """
    d = sizes("d0 d1 d2 d3 d4")
    l, N = 1, len(d) - 1
    x = [tensor(f"x{k}", d[k]) for k in range(N + 1)]
    net = []
    for k in range(1, N + 1):
        (i, j), (p,) = indices(f"i{k} j{k}", d[k]), indices(f"p{k}", d[k - 1])
        W, b = tensor(f"W{k}", d[k], d[k - 1]), tensor(f"b{k}", d[k])
        z = tensor(rf"\tilde{{x}}{k}", d[k])
        net.append(Definition(z[i], Sum(W[i, p] * x[k - 1][p], p) + b[i]))
        if k == l:
            y = tensor("y", d[k])
            net.append(Definition(y[i], sp.Heaviside(z[i], 0)))
        last = sp.exp(z[i]) / Sum(sp.exp(z[j]), j)
        net.append(Definition(x[k][i], last if k == N else sp.Max(0, z[i])))
    t = tensor("t", d[N])
    net.append(Definition(L, -Sum(t[i] * sp.log(x[N][i]), i)))
    return Question(
        "network",
        Chain(net),
        facts=(Fact("t sums to 1", Sum(t[i], i), 1),),
        names={"x": x[N]},
        rowwise=("sigma", "softmax", "s", "S"),
        sample=True,
        layout="numerator",
        layers={"l": l, "N": N},
    )


def softmax_sample() -> Question:
    """h = softmax(z), one sample; the loss is l, and * multiplies two vectors to a number."""
    (N,) = sizes("N")
    i, k = indices("i k", N)
    z, h = tensor("z", N), tensor("h", N)
    definition = Definition(h[i], sp.exp(z[i]) / Sum(sp.exp(z[k]), k))
    return Question("softmax_sample", Chain(definition), loss=("l", "L", "ell"), sample=True, dot=True)


def conv2d_bonus() -> Question:
    """Y_hw = Σ_uv X_{h+u,w+v} K_uv of a 3×3 image and a 2×2 kernel; X11 is the first entry of X."""
    question = of_formula(formulas.conv2d_bonus, "conv2d_bonus", sample=True)
    tensors = question.definitions.tensors
    entries = {
        f"{t}{''.join(str(k + 1) for k in at)}": t[at]
        for t in tensors
        for at in product(*map(range, t.shape))
    }
    return replace(question, names=entries)


def two_paths() -> Question:
    """L = f(y, z) with y = g(x) and z = h(x), all numbers; yl is ∂L/∂y, yl' is ∂²L/∂y², g' is g'(x)."""
    x, y, z = numbers("x y z")
    f, g, h = elementwise("f(y, z)"), elementwise("g"), elementwise("h")
    first = {"xl": Partial(L, x), "yl": upstream(y.base)[0], "zl": upstream(z.base)[0]}
    second = {f"{v.base}l'": Partial(Partial(L, v), v) for v in (x, y, z)}
    slopes = (f(y, z).at(*slots) for slots in ((0,), (1,), (0, 0), (0, 1), (1, 0), (1, 1)))
    primes = {e.name + "'" * order: e.at(*[0] * order) for e in (g(x), h(x)) for order in (1, 2)}
    quantities = {"x": x, "y": y, "z": z, "f": L, "g": y, "h": z, **{str(e): e for e in slopes}, **primes}
    return Question(
        "two_paths",
        Chain((Definition(y, g(x)), Definition(z, h(x)), Definition(L, f(y, z)))),
        names={**quantities, **first, **second},
        functions={"f": f, "g": g, "h": h},
        loss=("l", "L", "ell"),
        sample=True,
        variable=x,
    )


SPELLINGS = {"x": "X", "y": "Y", "xhat": "Xhat", "hat x": "Xhat", "hat X": "Xhat"}
SPELLINGS |= {"var": "v", "sigma^2": "v", "std": "sigma"}
"""What else the arrays of a norm are called."""


def normalisation(definitions: tuple[Definition, ...], name: str) -> Question:
    """The question of a norm, with all the names that its arrays have."""
    chain = Chain(definitions)
    own = {name_of(t): t for t in chain.tensors}
    letters = {new: own[old] for new, old in SPELLINGS.items() if old in own}
    return Question(name, chain, names={**letters, "eps": eps})


def with_variance(definitions: tuple[Definition, ...]) -> tuple[Definition, ...]:
    """The same norm with σ² for the variance, X̂ = (X − μ)/√(σ² + ε)."""
    mean, variance, deviation, normalised, affine = definitions
    root = Definition(deviation.left, sp.sqrt(variance.left))
    whole = Definition(normalised.left, normalised.right * deviation.left / deviation.right)
    return mean, variance, root, whole, affine


def batch_norm() -> Question:
    """μ_n, v_n = mean and variance over m, σ = √(v + ε), X̂_mn = (X_mn − μ_n)/σ_n, Y = γ_n X̂ + β_n"""
    return normalisation(BATCH_NORM, "batch_norm")


def batch_norm_paper() -> Question:
    """batch_norm with σ² for the variance, X̂_mn = (X_mn − μ_n)/√(σ²_n + ε), as in arXiv:1502.03167"""
    return normalisation(with_variance(BATCH_NORM), "batch_norm_paper")


def layer_norm() -> Question:
    """μ_m, v_m = mean and variance over n, σ = √(v + ε), X̂_mn = (X_mn − μ_m)/σ_m, Y = γ_n X̂ + β_n"""
    return normalisation(LAYER_NORM, "layer_norm")


def layer_norm_paper() -> Question:
    """layer_norm with σ² for the variance, X̂_mn = (X_mn − μ_m)/√(σ²_m + ε)"""
    return normalisation(with_variance(LAYER_NORM), "layer_norm_paper")


def rms_norm() -> Question:
    """rms_m = √(1/N Σ_n X²_mn + ε), X̂_mn = X_mn/rms_m, Y = γ_n X̂"""
    return normalisation(RMS_NORM, "rms_norm")


UNKNOWN = {"h": elementwise("h")}
NORMAL: dict[str, Function] = {
    "Phi": lambda x: (1 + sp.erf(x / sp.sqrt(2))) / 2,
    "phi": lambda x: sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi),
}  # the distribution and the density of the normal law
PROBABILITIES = {"P": tensor("Y", *sizes("S N"))}  # what most people call softmax(X) where a loss follows


def linear_formula() -> Question:
    """Y_mn = Σ_p X_mp W_np + b_n, a batch with one sample in each row."""
    return of_formula(formulas.linear, "linear_formula")


def linear_sample() -> Question:
    """y_n = Σ_p W_np x_p + b_n, one sample, a column."""
    return of_formula(formulas.linear_sample, "linear_sample", sample=True, layout="numerator")


def activation() -> Question:
    """dX = dY ∘ h'(X), whatever h is"""
    return of_formula(activations.unknown, "activation", functions=UNKNOWN)


def gelu() -> Question:
    """Y = X Φ(X), dX = dY ∘ (Φ + X ∘ φ): Φ the normal distribution, φ its density"""
    return of_formula(activations.gelu, "gelu", functions=NORMAL)


def softmax_cross_entropy() -> Question:
    """Y = softmax(X), L = −1/S Σ_mn T_mn log Y_mn"""
    return of_formula(formulas.softmax_cross_entropy, "softmax_cross_entropy", names=PROBABILITIES)


def mlp() -> Question:
    """X → Y1 = X W1ᵀ + b1 → H = h(Y1) → Y2 = H W2ᵀ + b2 → P = softmax(Y2) → L"""
    return of_formula(formulas.mlp, "mlp", functions=UNKNOWN)


def made(question: Callable[[], Formula] | str) -> Callable[[], Question]:
    """What returns a question of a family, that of a formula or by its dotted name; made once."""
    if isinstance(question, str):
        return cache(found(question))
    return cache(partial(of_formula, question, question.__name__))


QUESTIONS: dict[str, Callable[[], Question]] = {
    name: made(question)
    for family in FAMILIES
    for name, question in zip(family.question_names, family.questions, strict=True)
}
"""Every question that is known so far, by its name; made when it is first asked for."""


def question_named(name: str) -> str:
    """softmax_cross_entropy for "Softmax cross-entropy"."""
    if not isinstance(name, str):
        raise TypeError(
            f'a question is a name such as "linear", or a Question; this is of type {type(name).__name__}'
        )
    plain = re.sub(r"[\s_-]+", "_", name.strip().lower())
    if plain in QUESTIONS:
        return plain
    near = get_close_matches(plain, QUESTIONS, cutoff=0.5)
    there = f"there are {', '.join(near)} near it, and " if near else ""
    raise ValueError(f"no question is named {name!r}: {there}python -m helpers.judge --questions lists all")
