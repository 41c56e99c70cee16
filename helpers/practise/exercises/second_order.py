"""Notebook 16: a counterexample, the product of a Hessian and a vector, a double backward mended or refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from sympy.parsing.sympy_parser import (
    convert_xor,
    implicit_multiplication_application,
    parse_expr,
    standard_transformations,
)

from helpers.compare.double_backward import check_orders, unit_rows, unit_rows_with
from helpers.practise import Exercise, same_function

__all__ = ["counterexample", "double_backward", "hessian_vector", "x", "y", "z"]

x, y, z = sp.symbols("x y z", real=True)
PLACES = [sp.Rational(*fraction) for fraction in ((7, 10), (-2, 5), (13, 10), (-9, 5))]
DIGITS = 30
KINKED = sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.floor, sp.ceiling, sp.Piecewise


def expression_of(answer: Any) -> sp.Expr | str:
    """The answer in our letters y and z, or what is wrong with it."""
    if isinstance(answer, str):
        how = (*standard_transformations, convert_xor, implicit_multiplication_application)
        try:
            answer = parse_expr(answer, {"y": y, "z": z, "e": sp.E}, how)
        except Exception:  # text may hold anything
            return f"{answer} cannot be read. Write it as SymPy does: y**2 + sin(z)."
    try:
        f = sp.sympify(answer)
    except sp.SympifyError:
        f = None
    if not isinstance(f, sp.Expr):
        return f"An expression in y and z is asked for, and this is of type {type(answer).__name__}."
    f = f.xreplace({e: sp.Symbol(str(e.base.label)) for e in f.atoms(sp.Indexed)})  # the derivation's letters
    f = f.subs({s: {"y": y, "z": z}.get(s.name, s) for s in f.free_symbols})
    if others := sorted(map(str, f.free_symbols - {y, z})):
        return f"f is a function of y and z alone, and {', '.join(others)} stands in it."
    return f


def numbers(e: sp.Expr, values: list[dict]) -> list[sp.Expr]:
    """The expression at these values, exactly to 30 digits, where it is a real number there."""
    found = (e.subs(at).evalf(DIGITS, chop=True) for at in values)
    return [number for number in found if number.is_real and number.is_finite]


def report(f: sp.Expr, g: sp.Expr, h: sp.Expr) -> sp.Expr:
    """f_yy g′² + f_y g″ + f_zz h′² + f_z h″, the sum of report D's (1-3)."""
    at = {y: g, z: h}
    terms = (
        f.diff(u, 2).subs(at) * k.diff(x) ** 2 + f.diff(u).subs(at) * k.diff(x, 2) for u, k in at.items()
    )
    return sp.Add(*terms)


def is_counterexample(answer: Any) -> str:
    """What keeps f from refuting the report's sum at g = sin, h = exp, "" where it does."""
    f = expression_of(answer)
    if isinstance(f, str):
        return f
    if f.has(*KINKED):
        return "f has a kink or a jump. Second derivatives are asked for, so take a smooth f."
    mixed = f.diff(y, z)
    grid = [{y: a, z: b} for a in PLACES for b in PLACES]
    if not any(number != 0 for number in numbers(mixed, grid)):
        return (
            f"f = {f} is separable, a(y) + b(z): f_yz is 0, and the report's sum is right for every g and h."
        )
    if not (sp.diff(mixed, y) or sp.diff(mixed, z)):
        return f"f_yz is the constant {mixed}: this is the notebook's y z again, with separable terms. Find another."
    g, h = sp.sin(x), sp.exp(x)
    l = f.subs({y: g, z: h})
    places = [{x: place} for place in PLACES if numbers(l, [{x: place}])]
    errors = numbers(l.diff(x, 2) - report(f, g, h), places)
    if not errors:
        return f"f = {f} has no real value at y = sin x, z = exp x."
    return (
        ""
        if any(error != 0 for error in errors)
        else "f_yz is not 0, but it is wherever y = sin x and z = exp x."
    )


counterexample = Exercise(
    "16.1",
    is_counterexample,
    hints=(
        "The report's sum lacks $2 f_{yz}\\, g' h'$. For which $f$ does that matter?",
        "$f_{yz}$ must not be 0: somewhere in $f$, $y$ and $z$ have to meet. A sum of a part with $y$ and a part "
        "with $z$ lets them pass each other.",
        "$y z$ has $f_{yz} = 1$. What does $y^2 z$ have, or $\\sin(y z)$?",
    ),
    solution="f = y**2 * z",
    mistakes=(
        ("f = y + z", "is separable"),
        ("f = 'y^2 + sin(z)'", "is separable"),
        ("f = sp.log(sp.exp(y) * sp.exp(z))", "is separable"),
        ("f = sp.log((1 + y**2) * (1 + z**2))", "is separable"),
        ("f = y * z", "y z again"),
        ("f = 'y^3 - 2yz'", "y z again"),
        ("f = x * y**2 * z", "x stands in it"),
        ("f = 'sin(y z'", "cannot be read"),
        ("f = sp.log(-1 - y**2 * z**2)", "no real value"),
        ("f = sp.Max(y, z)", "a kink or a jump"),
        ("from helpers.derive.formulas.two_paths import y, z\nf = 3 * y * z", "y z again"),
        ("f = (y, z)", "An expression in y and z"),
        ("f = 3", "is separable"),
    ),
)


def quartic(x: np.ndarray) -> np.ndarray:
    """Gradient of Σ x⁴/4 + 20 Σ x."""
    return x**3 + 20


def ridge(x: np.ndarray) -> np.ndarray:
    """Gradient of exp of the mean of sin x: every entry acts on every other."""
    return np.exp(np.sin(x).mean()) * np.cos(x) / x.size


def ridge_product(x: np.ndarray, v: np.ndarray) -> np.ndarray:
    c, e = np.cos(x), np.exp(np.sin(x).mean())
    return e * (c * (c * v).sum() / x.size - np.sin(x) * v) / x.size


PRODUCTS = {quartic: lambda x, v: 3 * x**2 * v, ridge: ridge_product}


def right_product(gradient: Callable, x: np.ndarray, v: np.ndarray) -> np.ndarray:
    return PRODUCTS[gradient](x, v)


rng = np.random.default_rng(16)
vectors = [
    (gradient, *rng.normal(size=(2, *shape))) for gradient in PRODUCTS for shape in ((5,), (2, 3), (1,))
]
same_product = same_function(right_product, vectors, tolerance=1e-6)


def is_product(answer: Any) -> str:
    """What is wrong with Hv: where it asks for gradients first, its value then."""
    reason = same_product(answer)
    if not callable(answer) or "your function" in reason or "argument" in reason:
        return reason
    for gradient, x, v in vectors:
        places = []
        answer(lambda at, g=gradient, seen=places: (seen.append(np.array(at)), g(at))[1], x.copy(), v.copy())
        steps = [np.abs(at - x).max() / np.abs(v).max() for at in places if np.shape(at) == x.shape]
        if said := about_steps(steps, x.size):
            return said
    return reason


def about_steps(steps: list[float], size: int) -> str:
    """What is wrong with the places at which a gradient was asked for, given as steps along v."""
    if not steps:
        return "The gradient was never asked for at another x."
    if min(steps) == 0:
        return (
            "That is a one-sided difference, from x itself: its error is of order h. Step to both sides of x."
        )
    if len(steps) > 2:
        return f"The gradient was asked for {len(steps)} times, for {size} entries. Two are enough: step along v."
    if max(steps) < 3e-8:
        return (
            f"h = {max(steps):.0e} is too small: the rounding of the gradients, over 2h, is larger than 1e-6."
        )
    if max(steps) > 2e-3:
        return f"A step of {max(steps):.0e} v is too large: the error is of order h². Near 1e-5 it is least."
    return ""


hessian_vector = Exercise(
    "16.2",
    is_product,
    hints=(
        "$Hv$ is the rate at which the gradient changes when $x$ moves along $v$.",
        "Ask for the gradient at $x + hv$ and at $x - hv$. How far apart are the two places, in units of $v$?",
        "The difference of the two gradients over $2h$, with $h$ near $10^{-5}$.",
    ),
    solution="""\
def hessian_vector(gradient, x, v):
    h = 1e-5
    return (gradient(x + h * v) - gradient(x - h * v)) / (2 * h)""",
    mistakes=(
        (
            "def hessian_vector(gradient, x, v):\n    h = 1e-5\n"
            "    return (gradient(x + h * v) - gradient(x - h * v)) / h",
            "2 times",
        ),
        (
            "def hessian_vector(gradient, x, v):\n    h = 1e-5\n"
            "    return (gradient(x - h * v) - gradient(x + h * v)) / (2 * h)",
            "sign",
        ),
        (
            "def hessian_vector(gradient, x, v):\n    h = 1e-6\n"
            "    return (gradient(x + h * v) - gradient(x)) / h",
            "one-sided",
        ),
        (
            "def hessian_vector(gradient, x, v):\n    h = 1e-12\n"
            "    return (gradient(x + h * v) - gradient(x - h * v)) / (2 * h)",
            "too small",
        ),
        (
            "def hessian_vector(gradient, x, v):\n    h = 0.1\n"
            "    return (gradient(x + h * v) - gradient(x - h * v)) / (2 * h)",
            "too large",
        ),
        (
            "def hessian_vector(gradient, x, v):\n    h = 1e-5\n    x += h * v\n    ahead = gradient(x)\n"
            "    x -= 2 * h * v\n    return (ahead - gradient(x)) / (2 * h)",
            "changed its argument x",
        ),
        (
            "def hessian_vector(gradient, x, v):\n    h, product = 1e-5, np.zeros_like(x)\n"
            "    for k in np.ndindex(x.shape):\n        e = np.zeros_like(x)\n        e[k] = h\n"
            "        product[k] = ((gradient(x + e) - gradient(x - e)) * v).sum() / (2 * h)\n    return product",
            "Two are enough",
        ),
        (
            "def hessian_vector(gradient, x, v):\n    h = 1e-5\n"
            "    return (gradient(x + h) - gradient(x - h)) / (2 * h) * v",
            "differ",
        ),
        ("def hessian_vector(gradient, x, v):\n    return gradient(x) * v", "one-sided"),
        (
            "def hessian_vector(gradient, x, v):\n    h = 1e-5\n"
            "    (gradient(x + h * v) - gradient(x - h * v)) / (2 * h)",
            "return missing",
        ),
    ),
)

SAVED = """\
def backward(ctx, dY):
    X, Y, r = ctx.saved_tensors
    return (dY - Y * (dY * Y).sum(1, keepdim=True)) / r"""
"""Right once. r was computed within forward, and carries no graph."""

ROWS = rng.normal(size=(3, 4))


def is_mended(backward: Any) -> str:
    """What is wrong with a backward of Y = X / r, once or twice; "" where it is right twice, or refuses."""
    if not callable(backward):
        return f"A function is asked for, and this is of type {type(backward).__name__}."
    orders = check_orders(unit_rows_with(backward), unit_rows, ROWS)
    if not orders.first:
        return "gradcheck fails: the first derivative must stay right."
    if orders.second or orders.refused:
        return ""
    if orders.refuses:
        return (
            f"once_differentiable raises under .backward() alone. torch.autograd.grad passes it by, and the Hessian is "
            f"{orders.error:.0%} off. Ask torch.is_grad_enabled(), and raise yourself."
        )
    return f"gradcheck passes, and gradgradcheck fails: the Hessian is {orders.error:.0%} off, and nothing said so."


double_backward = Exercise(
    "16.3",
    is_mended,
    hints=(
        "Which of <code>X</code>, <code>Y</code> and <code>r</code> reached you with the graph that made it? "
        "Inputs and outputs do. What was computed within forward does not.",
        "To mend it, compute $r$ again in backward, from <code>X</code>. To refuse, find out whether a graph of the "
        "backward pass is wanted.",
        "Mended: <code>r = X.norm(dim=1, keepdim=True)</code> in the place of the saved one. Refused: "
        "<code>if torch.is_grad_enabled(): raise RuntimeError(...)</code>, as it is with "
        "<code>create_graph=True</code> alone.",
    ),
    solution="""\
def backward(ctx, dY):
    X, Y, r = ctx.saved_tensors
    r = X.norm(dim=1, keepdim=True)
    return (dY - Y * (dY * Y).sum(1, keepdim=True)) / r""",
    mistakes=(
        (SAVED, "gradgradcheck fails: the Hessian is "),
        (SAVED.replace("return", "Y = X / r\n    return"), "gradgradcheck fails"),
        (SAVED.replace("return", "r = X.detach().norm(dim=1, keepdim=True)\n    return"), "nothing said so"),
        (SAVED.replace("dY - Y", "dY - X"), "gradcheck fails: the first"),
        (
            f"import torch\n\n@torch.autograd.function.once_differentiable\n{SAVED}",
            "once_differentiable raises under .backward() alone",
        ),
        (
            "import torch\n\n@torch.no_grad()\n" + SAVED,
            "nothing said so",
        ),
        (
            "def backward(ctx, dY):\n    raise RuntimeError('once only')",
            "stopped with RuntimeError: once only",
        ),
    ),
)
