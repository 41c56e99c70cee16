"""The functions of one entry in PyTorch: the known ones, and one for each of which only the name is known."""

import math
from collections.abc import Callable

import sympy as sp
import torch

from helpers.derive.notation import Elementwise

torch_functions: dict[type, Callable] = {
    sp.exp: torch.exp,
    sp.log: torch.log,
    sp.erf: torch.erf,
    sp.tanh: torch.tanh,
    sp.sinh: torch.sinh,
    sp.cosh: torch.cosh,
    sp.sin: torch.sin,
    sp.cos: torch.cos,
    sp.tan: torch.tan,
    sp.asin: torch.asin,
    sp.acos: torch.acos,
    sp.atan: torch.atan,
    sp.asinh: torch.asinh,
    sp.acosh: torch.acosh,
    sp.atanh: torch.atanh,
    sp.erfc: torch.erfc,
    sp.loggamma: torch.lgamma,
    sp.Abs: torch.abs,
    sp.sign: torch.sign,
    sp.Heaviside: lambda u, at_zero: torch.where(u == 0, at_zero, (u > 0).double()),
    sp.floor: torch.floor,
    sp.ceiling: torch.ceil,
    sp.Eq: torch.eq,
    sp.Ne: torch.ne,
    sp.Not: torch.logical_not,
    sp.And: lambda *conditions: math.prod(conditions).bool(),
    sp.Or: lambda *conditions: sum(c.int() for c in conditions).bool(),
    sp.ITE: torch.where,
    sp.Gt: torch.gt,
    sp.Ge: torch.ge,
    sp.Lt: torch.lt,
    sp.Le: torch.le,
}


def unknown_function(e: Elementwise) -> Callable[..., torch.Tensor]:
    """h(t) = sin(a t + ½) + 0.3 t², or its derivative: smooth, and neither odd nor even.

    A function of several arguments is a sum of such h in different directions, h(a·t) + h(b·t) + h(c·t).
    """
    pitch, order, count = 1 + sum(map(ord, e.name)) % 7 / 5, e.order, len(e.arguments)
    directions = [[r * math.cos(1 + k * r) for k in range(count)] for r in (1, 2, 3)] if count > 1 else [[1]]

    def h(t: torch.Tensor) -> torch.Tensor:
        wave = torch.sin(pitch * t + 0.5 + order * torch.pi / 2) * pitch**order
        return wave + 0.3 * math.perm(2, order) * t ** max(2 - order, 0)

    def f(*ts: torch.Tensor) -> torch.Tensor:
        along = [h(sum(c * t for c, t in zip(a, ts, strict=True))) for a in directions]
        return sum(math.prod(a[k] for k in e.slots) * wave for a, wave in zip(directions, along, strict=True))

    return f
