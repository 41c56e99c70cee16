"""In which order one writes: factors, the terms of a sum, what stands above the line and what below."""

from collections.abc import Iterable

import sympy as sp
from sympy import Add, Idx, Indexed, Mul, Pow, Sum

from helpers.derive.notation import Elementwise, Upstream, free_indices
from helpers.derive.rewrite import factors, terms


def alphabet(name: object) -> tuple[bool, str]:
    """S, the samples, before all other letters: S N, S C H W."""
    return str(name) != "S", str(name)


def in_order(fs: Iterable[sp.Expr]) -> list[sp.Expr]:
    """Factors as one writes them: numbers, sizes, then most axes first and dY before X before h(X) before X + Y."""

    def key(f: sp.Expr) -> tuple:
        if not (axes := free_indices(f)):
            return 0 if f.is_number else 1, 0, 0, alphabet(f)
        upstream = any(isinstance(a.base, Upstream) for a in f.atoms(Indexed))
        kind = 3 if isinstance(f, Add) else 0 if upstream else 1 if isinstance(f, Indexed) else 2
        return 2, -len(axes), kind, alphabet(f)

    return sorted(fs, key=key)


def signed_terms(e: Add) -> list[tuple[bool, sp.Expr]]:
    """Terms as one writes them, (is it subtracted, its value): positive, numbers, most axes, fewest factors first.

    The derivatives of an f of several arguments lead: f_yy, f_yz, f_zz, f_y, f_z. Of c Σ only the axes of Σ count.
    """
    signed = [(is_negative(t), -t if is_negative(t) else t) for t in terms(e)]
    rank = {t: n for n, t in enumerate(in_order(t for _, t in signed))}

    def key(item: tuple[bool, sp.Expr]) -> tuple:
        negative, t = item
        fs = [f for f in Mul.make_args(t) if isinstance(f, Elementwise) and len(f.arguments) > 1]
        leading = min(((-f.order, f.slots) for f in fs), default=(0, ()))
        sums = Mul(*[f for f in Mul.make_args(t) if isinstance(f, Sum) or hasattr(f, "bound")])
        axes = len(free_indices(t if sums == 1 else sums))
        return negative, not t.is_number, -axes, leading, len(Mul.make_args(t)), rank[t]

    return sorted(signed, key=key)


def fraction(e: sp.Expr) -> tuple[bool, list[sp.Expr], list[sp.Expr]]:
    """Whether a product is negative, its numerators and its denominators, each in order."""
    number, above, below = sp.S.One, [], []
    for f in Mul.make_args(e):
        if f.is_number:
            number *= f
        elif isinstance(f, Pow) and is_negative(f.exp):
            below.append(Pow(f.base, -f.exp))
        else:
            content, f = f.primitive() if isinstance(f, Add) else (sp.S.One, f)  # SymPy spreads 2 (Y − T)
            number, above = number * content, above + factors(f)
    over, under = roots(-number if is_negative(number) else number)
    return is_negative(number), in_order(over + above), in_order(under + below)


def roots(number: sp.Expr) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """What a positive number writes above and below the line: √2/(2√π) is 1/√(2π)."""
    above, below = sp.fraction(number)
    if any(f.is_Pow and abs(f.exp) == sp.S.Half for f in Mul.make_args(number)):
        n, d = sp.fraction(number**2)
        above, below = (root(n), root(d)) if 1 in (n, d) else (root(n / d), sp.S.One)
    return tuple([f for f in Mul.make_args(side) if f != 1] for side in (above, below))


def root(number: sp.Expr) -> sp.Expr:
    """√number as one root: SymPy would make √2 √π of √(2π)."""
    return sp.sqrt(number, evaluate=number == 1)


def place_terms(e: sp.Expr) -> list[tuple[bool, list[sp.Expr]]]:
    """The terms of an index, (is it subtracted, its factors): h r + u d − p, y + p − u d; u, v in the kernel last."""

    def key(t: sp.Expr) -> tuple:
        letters = sorted(map(str, free_indices(t)))
        return is_negative(t), not letters, [(k[0] in "uv", k) for k in letters]

    def letters_first(t: sp.Expr) -> list[sp.Expr]:
        return sorted(Mul.make_args(t), key=lambda f: (not f.is_number, not isinstance(f, Idx), str(f)))

    return [(is_negative(t), letters_first(-t if is_negative(t) else t)) for t in sorted(terms(e), key=key)]


def is_negative(e: sp.Expr) -> bool:
    return bool(e.as_coeff_Mul()[0].is_negative)
