"""The functions of one entry that are known, in NumPy and in LaTeX; each has a twin in PyTorch."""

from typing import NamedTuple

import sympy as sp
from sympy.core.function import AppliedUndef


class Written(NamedTuple):
    """How a function is written: in NumPy, and in LaTeX. What NumPy lacks is the name in scipy.special."""

    numpy: str
    tex: str


def named(name: str, numpy: str = "") -> Written:
    return Written(numpy or f"np.{name}", rf"\operatorname{{{name}}}")


FUNCTIONS: dict[type[sp.Function], Written] = {
    **{
        f: Written(f"np.{f.__name__}", rf"\{f.__name__}") for f in (sp.exp, sp.log, sp.tanh, sp.sinh, sp.cosh)
    },
    **{f: Written(f"np.{f.__name__}", rf"\{f.__name__}") for f in (sp.sin, sp.cos, sp.tan)},
    **{f: Written(f"np.arc{f.__name__[1:]}", rf"\arc{f.__name__[1:]}") for f in (sp.asin, sp.acos, sp.atan)},
    **{f: named(f.__name__, f"np.arc{f.__name__[1:]}") for f in (sp.asinh, sp.acosh, sp.atanh)},
    sp.atan2: named("atan2", "np.arctan2"),
    sp.sign: named("sign"),
    sp.Abs: named("abs"),
    sp.floor: named("floor"),
    sp.ceiling: named("ceil"),
    sp.erf: named("erf", "erf"),
    sp.erfc: named("erfc", "erfc"),
    sp.loggamma: Written("gammaln", r"\log \Gamma"),
    sp.polygamma: Written("polygamma", r"\psi"),
}

SPELLED_OUT = {
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "relu": lambda x: sp.Max(0, x),
    "silu": lambda x: x / (1 + sp.exp(-x)),
    "logit": lambda x: sp.log(x / (1 - x)),
}
"""What is known by its name alone, as `sympy.Function("sigmoid")(x)`."""

BY_CASES = sp.Max, sp.Min, sp.Piecewise, sp.Heaviside, sp.KroneckerDelta, sp.floor, sp.ceiling


def spelled_out(e: sp.Expr) -> sp.Expr:
    """e with the formula of σ, softplus, ... where their name stands; refuses a function that is not known."""
    e = e.replace(
        lambda f: isinstance(f, AppliedUndef) and is_spelled(f), lambda f: SPELLED_OUT[f.name](*f.args)
    )
    for f in sorted(e.atoms(sp.Function), key=str):
        if isinstance(f, AppliedUndef):
            signature = f.name + f"({', '.join('yzuvw'[: len(f.args)])})" * (len(f.args) > 1)
            raise ValueError(
                f"{f.name} in {f} is not known: write {f.name} by its formula, or "
                f"{f.name} = elementwise('{signature}') for a function of which nothing but the name is known"
            )
        if type(f) not in FUNCTIONS and not isinstance(f, BY_CASES):
            raise NotImplementedError(
                f"{type(f).__name__} in {f} has no twin in NumPy and PyTorch here: write what it computes"
            )
    return e


def is_spelled(f: AppliedUndef) -> bool:
    return f.name in SPELLED_OUT and len(f.args) == 1
