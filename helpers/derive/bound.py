"""What runs over an index and binds it, beside sums, products and maxima: the place of a maximum, the other factors."""

import sympy as sp
from sympy import Idx, Product, Sum

from helpers.derive.notation import Largest, OverIndex, Single


class Selection(OverIndex):
    """[e_i = max_k e_k]: 1 at the place i of the largest e, 0 elsewhere; of several largest ones the first counts."""

    at = property(lambda self: self.args[2])

    def _eval_power(self, exponent: sp.Expr) -> sp.Expr | None:
        return self if exponent.is_positive else None


class OtherFactors(OverIndex):
    """Π_{k ≠ i} e_k: the product over k without the factor at i, or without those at i, j, ..."""

    def _latex(self, printer) -> str:
        without = ", ".join(map(printer.place, self.beside))
        without = rf"\notin \{{{without}\}}" if len(self.beside) > 1 else rf"\ne {without}"
        return rf"\prod_{{{printer._print(self.letter)} {without}}} {printer.as_factor(self.of)}"


def largest(e: sp.Expr, *letters: Idx) -> Largest:
    """The largest of what e is for each value of the letters, `largest(X[m, n], n)`."""
    for k in letters:
        k = k[0] if isinstance(k, Single) else k
        if not isinstance(k, Idx) or k.lower is None:
            raise TypeError(
                f"max runs over an index with a range, and {k} has none: write indices('{k}', ...)"
            )
        e = Largest(sp.sympify(e), k)
    return e


def bound_by(e: sp.Basic) -> tuple[Idx, ...]:
    """The letters that this very node binds: k of Σ_k, Π_k and max_k."""
    if isinstance(e, Sum | Product):
        return tuple(limit[0] for limit in e.limits)
    return (e.letter,) if isinstance(e, OverIndex) else ()
