"""From a text to its statements."""

import re

import sympy as sp
from sympy import Idx, Sum

from helpers.derive import Partial, upstream
from helpers.practise.reading.statement import Statement, Written
from helpers.practise.setting import Setting


def read(text: str, setting: Setting) -> list[Statement]:
    """The chains of equalities in a text."""
    statements = []
    for number, line in enumerate(text.splitlines(), 1):
        if parts := [p.strip() for p in line.split("=") if p.strip()]:
            statements.append(Statement(tuple(simple(p, number, setting) for p in parts)))
    return statements


def simple(text: str, line: int, setting: Setting) -> Written:
    """[sum_m] dL/dY_mi X_mj, for a start."""
    m = re.fullmatch(r"(?:sum_(\w+) )?(?:dL/d(\w)_(\w+))? ?(?:(\w)_(\w+))?", text)
    if not m:
        return Written(text, line, unreadable="this cannot be read yet", text=text)
    summed, y, at_y, x, at_x = m.groups()
    size, e = {}, sp.S.One
    for name, letters in ((y, at_y), (x, at_x)):
        if name:
            t = setting.meaning[name]
            size |= {k: n for k, n in zip(letters, t.shape, strict=True) if k not in size}
            entry = tuple(Idx(k, size[k]) for k in letters)
            defined = t in setting.definitions
            e *= (
                t[entry]
                if name != y
                else upstream(t)[entry]
                if defined
                else Partial(sp.Symbol("L", real=True), t[entry])
            )
    bound = [Idx(k, size[k]) for k in summed or ""]
    free = tuple(Idx(k, n) for k, n in size.items() if k not in (summed or ""))
    return Written(text, line, Sum(e, *bound) if bound else e, free, text=text)
