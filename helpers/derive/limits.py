"""A sum with limits of its own, as a sum over the whole range of its letter: Σ_{k ≤ t} f_k = Σ_k [k ≤ t] f_k.

Every rule takes a sum for one over all values of its letters; so a definition is rewritten before any rule sees it.
"""

import sympy as sp
from sympy import Idx, Sum

from helpers.derive.notation import Iverson, free_indices
from helpers.derive.rewrite import size_of


def whole_sums(e: sp.Expr) -> sp.Expr:
    """e with each sum over the whole range of its letters, and a bracket for each limit that is narrower.

    Raises ValueError where a sum leaves the range of its letter, or where its letter is no index.
    """
    return e.replace(Sum, lambda *args: with_brackets(Sum(*args))) if e.has(Sum) else e


def with_brackets(s: sp.Expr) -> sp.Expr:
    """Σ_{a ≤ k ≤ b} f_k = Σ_k [0 ≤ k − a < n − min a] [0 ≤ b − k < max b + 1] f_k"""
    if not isinstance(s, Sum):
        return s
    f, letters = s.function, []
    for limit in s.limits:
        k = limit[0]
        if not isinstance(k, Idx) or k.lower is None:
            raise ValueError(f"{k} in {s} is no index: write {k}, = indices('{k}', size)")
        n = size_of(k)
        lower, upper = limit[1:] if len(limit) == 3 else (sp.S.Zero, n - 1)
        least, most = extreme(lower, k, s, largest=False), extreme(upper, k, s, largest=True)
        if not least.is_nonnegative:
            raise ValueError(beyond(s, k, f"from {lower}", "0"))
        if not (most.is_Integer or sp.expand(n - 1 - most).is_nonnegative):
            raise ValueError(beyond(s, k, f"up to {upper}", f"{n - 1}"))
        f *= 1 if lower == 0 else Iverson(k - lower, sp.expand(n - least))
        f *= 1 if sp.expand(upper - n + 1) == 0 else Iverson(upper - k, sp.expand(most + 1))
        letters.append(k)
    whole = Sum(f, *letters)
    return s if whole == s else whole


def beyond(s: Sum, k: Idx, taken: str, end: str) -> str:
    return (
        f"{s} takes {k} {taken}, but {k} ends at {end}: sum over all {k} and multiply by a bracket, "
        f"Iverson(t - {k}, T) for {k} <= t"
    )


def extreme(limit: sp.Expr, k: Idx, s: Sum, largest: bool) -> sp.Expr:
    """The largest, or least, value of a limit that is linear in its letters."""
    limit, value = sp.expand(limit), sp.expand(limit)
    for t in sorted(free_indices(limit), key=str):
        slope = limit.coeff(t)
        if t == k or not slope.is_Integer or limit.diff(t) != slope:
            raise ValueError(
                f"the limit {limit} of {k} in {s} is none that can be read: write t, t - 1, N - 2, ..."
            )
        value = value.xreplace({t: size_of(t) - 1 if (slope > 0) == largest else sp.S.Zero})
    return sp.expand(value)
