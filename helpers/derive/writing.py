"""How much there is to write of an expression."""

import sympy as sp

from helpers.derive.rewrite import parts


def writing(e: sp.Expr, powers: bool = False) -> int:
    """How many letters, numbers, sums and functions an expression has; signs are free, `powers` count if asked."""
    if e == -1:
        return 0
    if isinstance(e, sp.Pow):
        times = abs(e.exp) if powers and e.exp.is_Integer else 1
        return int(times) * writing(e.base, powers)
    own = 0 if isinstance(e, sp.Add | sp.Mul) else 1
    return own + sum(writing(a, powers) for a in parts(e) if isinstance(a, sp.Expr))
