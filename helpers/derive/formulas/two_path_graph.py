"""L = f(g(x), h(x)): a number reached on two paths, and what its second derivative is made of.

A formula proposed for it is held against the derived one: term by term while f, g, h are unknown, and in exact
numbers once they are known, where a wrong formula may well be right.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

import sympy as sp

from helpers.derive.definition import Definition
from helpers.derive.formulas.formula import Formula
from helpers.derive.notation import Elementwise, L, elementwise, numbers
from helpers.derive.print_order import signed_terms
from helpers.derive.rewrite import everywhere, terms
from helpers.derive.rules import symmetry
from helpers.derive.strategy import gradient, hessian

x, y, z = numbers("x y z")
f, g, h = elementwise("f(y, z)"), elementwise("g"), elementwise("h")
VARIABLES = {"f": (y, z), "g": (x,), "h": (x,)}


def two_paths() -> Formula:
    """L = f(y, z) with y = g(x) and z = h(x), all unknown

    ∂L/∂x   = f_y g' + f_z h'
    ∂²L/∂x² = f_yy g'² + 2 f_yz g' h' + f_zz h'² + f_y g'' + f_z h''
    """
    definitions = Definition(y, g(x)), Definition(z, h(x)), Definition(L, f(y, z))
    dx = gradient(definitions, x)
    return Formula("two paths", definitions, {"dx": dx, "dx2": hessian(definitions, x, lemmas=[dx])})


@cache
def second_derivative(mixed: bool = True) -> sp.Expr:
    """The derived ∂²L/∂x², or what is left of it without its mixed term."""
    right = two_paths()["dx2"].result
    return right if mixed else sp.Add(*[t for t in terms(right) if not t.has(f(y, z).at(0, 1))])


def applied_twice() -> sp.Expr:
    """f_yy g'' + f_zz h'': the backward pass run twice, as if each ∂²/∂² were a ∂/∂."""
    return f(y, z).at(0, 0) * g(x).at(0, 0) + f(y, z).at(1, 1) * h(x).at(0, 0)


def missing_terms(proposed: sp.Expr) -> list[sp.Expr]:
    """What a proposed ∂²L/∂x² lacks: the terms that it left out, and with a minus those that it has too much."""
    missing = sp.expand(second_derivative() - symmetry(sp.sympify(proposed)))
    return [-t if negative else t for negative, t in signed_terms(missing) if t != 0]


def known(e: sp.Expr, functions: Mapping[str, sp.Expr]) -> sp.Expr:
    """e as an expression in x, once f, g, h are known: f in y and z, g and h in x."""

    def put(node: sp.Expr) -> sp.Expr:
        if not isinstance(node, Elementwise):
            return node
        value = functions[node.name]
        for slot in node.slots:
            value = value.diff(VARIABLES[node.name][slot])
        return value

    return everywhere(e, put).xreplace({y: functions["g"], z: functions["h"]})


@dataclass(frozen=True)
class Trial:
    """f, g, h known, at one place: the true ∂²L/∂x² and what a proposed formula says, both exact."""

    functions: Mapping[str, sp.Expr]
    place: sp.Expr
    true: sp.Expr
    proposed: sp.Expr

    @property
    def differs(self) -> bool:
        """Rational numbers are compared as they are, others to 30 digits."""
        difference = sp.expand(self.true - self.proposed)
        return bool(
            difference != 0 if difference.is_Rational else abs(difference.evalf(50)) > sp.Float("1e-30")
        )

    def __repr__(self) -> str:
        known = ", ".join(f"{name} = {str(e).replace('[0]', '')}" for name, e in self.functions.items())
        numbers = [str(e if e.is_Integer else e.evalf(4)) for e in (self.place, self.true, self.proposed)]
        return "{}, x = {}: true {}, proposed {}".format(known, *numbers)


def trial(proposed: sp.Expr, f: sp.Expr, g: sp.Expr, h: sp.Expr, place: sp.Expr) -> Trial:
    """A proposed formula beside the second derivative of f(g(x), h(x)), which is taken directly."""
    functions = {"f": sp.sympify(f), "g": sp.sympify(g), "h": sp.sympify(h)}
    place = sp.Rational(str(place))
    true = functions["f"].xreplace({y: functions["g"], z: functions["h"]}).diff(x, 2)
    return Trial(functions, place, *(e.xreplace({x: place}) for e in (true, known(proposed, functions))))


def trials(proposed: sp.Expr) -> Iterator[Trial]:
    """The formula tried on polynomials, the simplest first: f linear, separable, then with y and z together."""
    fs = y + z, y**2 + z**2, y**3 - z**2 + y, y * z, y**2 * z, y**2 * z**2
    paths = x, 2 * x + 1, x**2, x**3
    for f, g, h in product(fs, paths, paths):
        yield trial(proposed, f, g, h, sp.Integer(2))


def counterexample(proposed: sp.Expr) -> Trial | None:
    """The simplest f, g, h for which a proposed formula is wrong; None where it is right for all that are tried."""
    return next((t for t in trials(proposed) if t.differs), None)
