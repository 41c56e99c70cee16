"""The functions that need no declaration: exp, log, σ, max, ... of LaTeX, of plain text and of NumPy."""

from collections.abc import Callable

import sympy as sp

from helpers.derive.notation import Elementwise
from helpers.read.arrays import Array, Arrays
from helpers.read.tokens import Unreadable


def sigmoid(x: sp.Expr) -> sp.Expr:
    return 1 / (1 + sp.exp(-x))


def relu(x: sp.Expr) -> sp.Expr:
    return sp.Max(0, x)


ENTRYWISE: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "log": sp.log,
    "ln": sp.log,
    "sqrt": sp.sqrt,
    "tanh": sp.tanh,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "sin": sp.sin,
    "cos": sp.cos,
    "erf": sp.erf,
    "abs": sp.Abs,
    "sign": sp.sign,
    "sigmoid": sigmoid,
    "sigma": sigmoid,
    "relu": relu,
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "square": lambda x: x**2,
}
"""Functions of one entry."""

WHOLE: dict[str, Callable[[Arrays, Array], Array]] = {
    "softmax": Arrays.softmax,
    "diag": Arrays.diagonal,
    "diagflat": Arrays.diagonal,
    "tr": Arrays.trace,
    "trace": Arrays.trace,
    "transpose": lambda arrays, a: a.transposed,
}
"""Functions of a whole array."""

PAIRED: dict[str, Callable[..., sp.Basic]] = {
    "max": lambda *es: few(sp.Max, es),
    "maximum": lambda *es: few(sp.Max, es),
    "min": lambda *es: few(sp.Min, es),
    "minimum": lambda *es: few(sp.Min, es),
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
}
"""Functions of several arrays, entry by entry."""


def few(function: type[sp.Expr], arguments: tuple[sp.Expr, ...]) -> sp.Expr:
    """max or min: SymPy compares each argument with each other."""
    if len(arguments) > 8:
        raise Unreadable("max and min are read with at most 8 arguments")
    return function(*arguments)


def exponential(x: sp.Expr) -> sp.Expr:
    """e^x; a number as large as e^(e^9) is refused before SymPy computes it."""
    if x.is_number and not abs(complex(x)) < 100:
        raise Unreadable("the number in the exponent is too large")
    return sp.exp(x)


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """base^exponent, with numbers of a size that occurs in formulas."""
    if exponent.is_number and not abs(complex(exponent)) <= 100:
        raise Unreadable("the exponent is too large")
    if base.is_number and exponent.is_number and not abs(complex(base)) <= 1e6:
        raise Unreadable("the number is too large")
    if base == 0 and not exponent.is_positive:
        raise Unreadable("0 to a power that is not positive")
    return base**exponent


def slope(function: Callable[[sp.Expr], sp.Expr], order: int) -> Callable[[sp.Expr], sp.Expr]:
    """h', h'', ... of a function of one entry; ReLU'(0) is 0."""

    def derived(x: sp.Expr) -> sp.Expr:
        e = function(x)
        if isinstance(e, Elementwise):
            for _ in range(order):
                e = e.derivative()
            return e
        t = sp.Dummy("t", real=True)
        found = sp.diff(function(t), t, order)
        found = found.replace(sp.Heaviside, lambda u, at_zero=None: sp.Heaviside(u, 0))
        return found.xreplace({t: x})

    return derived if order else function


ENTRYWISE["exp"] = exponential
