"""Notebook 16: a counterexample, the product of a Hessian and a vector, a double backward mended or refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from helpers.compare import diagnose_difference, torch_gradients
from helpers.compare.sentences import difference_said
from helpers.compare.specimens.double_backward import check_orders, described, silu, silu_with
from helpers.derive.formulas.two_path_graph import x, y, z
from helpers.exercises import Exercise, same_function
from helpers.exercises.counterexample import function_of, judge_counterexample

__all__ = ["counterexample", "double_backward", "hessian_vector", "x", "y", "z"]


def is_counterexample(answer: Any) -> str:
    """What keeps f from refuting the report's sum at g = sin, h = exp, "" where it does."""
    try:
        mixed = sp.expand(function_of("f", answer).diff(y, z))
    except ValueError as wrong:
        return f"{wrong}."
    if mixed.is_number and mixed != 0:
        return f"f_yz is the constant {mixed}: this is the notebook's y z again, with separable terms. Find another."
    return judge_counterexample(answer, sp.sin(x), sp.exp(x))


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
        ("f = 3", "is separable"),
        ("f = y * z", "y z again"),
        ("f = 'y^3 - 2yz'", "y z again"),
        ("Y, Z = sp.symbols('y z')\nf = 3 * Y * Z + Y", "y z again"),
        ("f = x * y**2 * z", "x stands in it"),
        ("f = 'sin(y z'", "cannot be read"),
        ("f = sp.Max(y, z)", "a kink or a jump"),
        ("f = (y, z)", "is to be an expression"),
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
    for gradient, start, v in vectors:
        seen = []

        def watched(x: np.ndarray, gradient: Callable = gradient, seen: list = seen) -> np.ndarray:
            seen.append(np.array(x))
            return gradient(x)

        got = answer(watched, start.copy(), v.copy())
        steps = [np.abs(x - start).max() / np.abs(v).max() for x in seen if x.shape == start.shape]
        far_off = about_error(got, gradient, start, v, steps) if "wrong value" in reason else ""
        if said := far_off or about_steps(steps, start.size):
            return said
    return reason


def about_steps(steps: list[float], size: int) -> str:
    """What is wrong with the places at which a gradient was asked for, given as steps along v."""
    if not steps:
        return "The gradient was never asked for at another x."
    if max(steps) == 0:
        return "The gradient was asked for at x alone: how does it change along v? Step to both sides of x."
    if min(steps) == 0 and len(steps) == 2:
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


def about_error(got: np.ndarray, gradient: Callable, x: np.ndarray, v: np.ndarray, steps: list[float]) -> str:
    """How far a difference to both sides of x is off by its step alone, "" where it is near or something else."""
    h, right = max(steps, default=0), right_product(gradient, x, v)
    if h < 1e-4:
        return ""
    error, difference = np.abs(got - right).max(), (gradient(x + h * v) - gradient(x - h * v)) / (2 * h)
    if error < 1e-6 or np.abs(got - difference).max() > 1e-3 * error:
        return ""
    return (
        f"Your result is {error:.0e} off, and less than 1e-6 is asked for. A step of {h:.0e} v is too large: the error "
        "is of order h². Near 1e-5 it is least."
    )


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
        (
            "def hessian_vector(gradient, x, v):\n    h = 1e-3\n"
            "    return (gradient(x + h * v) - gradient(x - h * v)) / (2 * h)",
            "A step of 1e-03 v is too large",
        ),
        ("def hessian_vector(gradient, x, v):\n    return gradient(x) * v", "at x alone"),
        (
            "def hessian_vector(gradient, x, v):\n    h = 1e-5\n"
            "    (gradient(x + h * v) - gradient(x - h * v)) / (2 * h)",
            "return missing",
        ),
    ),
)

SAVED = """\
def backward(ctx, dY):
    X, s = ctx.saved_tensors
    return dY * s * (1 + X * (1 - s))"""
"""Right once. s was computed within forward, and carries no graph."""

BY_UPSTREAM = SAVED.replace("    return", "    if dY.requires_grad:\n        {}\n    return")
"""Mended or refused only where dY has a graph, which it has not where L is linear in Y."""

PLACES, UPSTREAM = rng.normal(size=(2, 3, 4))


def is_mended(backward: Any) -> str:
    """What is wrong with a backward of Y = X σ(X), once or twice; "" where it is right twice, or refuses."""
    if not callable(backward):
        return f"A function is asked for, and this is of type {type(backward).__name__}."
    orders = check_orders(silu_with(backward), silu, PLACES)
    if not orders.first:
        rights = (torch_gradients(f, {"X": PLACES}, UPSTREAM)[1]["dX"] for f in (silu_with(backward), silu))
        said = difference_said(diagnose_difference(*rights))
        return f"gradcheck fails: the first derivative must be right. dX: {said}"
    if orders.right or orders.refused:
        return ""
    if orders.second or len(orders.refuses) == 2:
        return (
            f"dY requires no gradient where L is linear in Y: the Hessian is {described(orders.linear)} there, and "
            f"{described(orders.error)} elsewhere. Mend, or refuse, for every L; torch.is_grad_enabled() tells."
        )
    if orders.refuses:
        return (
            f"once_differentiable raises under .backward() alone. torch.autograd.grad passes it by, and the Hessian is "
            f"{orders.error:.0%} off. Ask torch.is_grad_enabled(), and raise yourself."
        )
    return f"gradcheck passes, and gradgradcheck fails: the Hessian is {orders.error:.0%} off, and nothing said so."


double_backward = Exercise(
    "16.3",
    is_mended,
    in_its_process=True,
    hints=(
        "First the derivative of $X\\,\\sigma(X)$, with $\\sigma' = \\sigma(1 - \\sigma)$. Then: which of "
        "<code>X</code> and <code>s</code> reaches you with the graph that made it?",
        "To mend, compute $\\sigma(X)$ again in backward, from <code>X</code>. To refuse, find out whether a graph of "
        "the backward pass is wanted.",
        "Mended: <code>s = X.sigmoid()</code>, and <code>dY * s * (1 + X * (1 - s))</code>. Refused: "
        "<code>if torch.is_grad_enabled(): raise RuntimeError(...)</code>, as it is with "
        "<code>create_graph=True</code> alone.",
    ),
    solution="""\
def backward(ctx, dY):
    X, s = ctx.saved_tensors
    s = X.sigmoid()
    return dY * s * (1 + X * (1 - s))""",
    mistakes=(
        (SAVED, "gradgradcheck fails: the Hessian is "),
        (SAVED.replace("return", "s = X.detach().sigmoid()\n    return"), "nothing said so"),
        (SAVED.replace("return dY * s", "return dY * X.sigmoid()"), "gradgradcheck fails"),
        (
            SAVED.replace("1 + X * (1 - s)", "1 - s"),
            "the first derivative must be right. dX: 12 of 12 entries differ",
        ),
        (SAVED.replace("return", "return -"), "dX: the sign is wrong"),
        (SAVED.replace("return dY *", "return"), "the first derivative must be right. dX: "),
        (
            f"import torch\n\n@torch.autograd.function.once_differentiable\n{SAVED}",
            "once_differentiable raises under .backward() alone",
        ),
        (f"import torch\n\n@torch.no_grad()\n{SAVED}", "nothing said so"),
        (
            BY_UPSTREAM.replace("{}", "raise RuntimeError('no')"),
            "dY requires no gradient where L is linear in Y",
        ),
        (BY_UPSTREAM.replace("{}", "s = X.sigmoid()"), "dY requires no gradient where L is linear in Y"),
        (
            "def backward(ctx, dY):\n    raise RuntimeError('once only')",
            "stopped with RuntimeError: once only",
        ),
    ),
)
