"""Index notation in LaTeX: ∂L/∂Y_mn for an upstream gradient, δ_ij, sums without their limits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Product, Sum
from sympy.printing.latex import LatexPrinter

from helpers.derive.bound import OtherFactors, Selection, bound_by
from helpers.derive.matrices import LogDeterminant
from helpers.derive.names import name_of, symbol
from helpers.derive.notation import (
    Cases,
    Elementwise,
    Iverson,
    Largest,
    Partial,
    Past,
    Upstream,
    free_indices,
    is_number,
)
from helpers.derive.print_order import alphabet, fraction, place_terms, signed_terms
from helpers.derive.rewrite import factors, substitute

LONG = Sum | Product | OtherFactors | Largest
"""What reaches as far as the product that it stands in, and is written last."""


def partial(f: str, x: str) -> str:
    """∂f/∂x, of two written letters."""
    return rf"\frac{{\partial {f}}}{{\partial {x}}}"


def indexed(letter: str, subscript: str) -> str:
    r"""X_{mn}; a letter that has a label below takes both there, W_{\mathrm{in},nm}: LaTeX knows no second index."""
    if label := re.fullmatch(r"(.+)_(?:\{(.+)\}|(\w))", letter):
        return f"{label[1]}_{{{label[2] or label[3]},{subscript}}}"
    return f"{letter}_{{{subscript}}}"


def braced(text: str) -> str:
    return rf"\left({text}\right)"


class IndexPrinter(LatexPrinter):
    """SymPy's printer, with the habits of index notation.

    `last` are the letters that a delta writes last, `places` the indices with a short name: y_hu for h r + u d − p.
    """

    def __init__(self, last=(), places=None):
        super().__init__()
        self.last = {str(k) for k in last}
        self.places = places or {}

    def subscript(self, letters) -> str:
        """Indices side by side, longer ones with commas; a number counts from 1, as on paper."""
        written = [self.place(k) for k in letters]
        return ("" if all(len(k.rstrip("'")) == 1 for k in written) else ",").join(written)

    def short(self, e) -> str | None:
        """The short name of an index: y_hu for h r + u d - p."""
        for short, meaning in self.places.items():
            if letters := matching(meaning, short.indices, e):
                return f"{name_of(short.base)}_{{{''.join(map(self._print, letters))}}}"
        return None

    def place(self, e) -> str:
        """An index as it is written, h r + u d - p; a number counts from 1, and N - 1 is the N-th."""
        return self.written(e) if free_indices(e) else self._print(e + 1)

    def written(self, e) -> str:
        """A sum of letters and sizes, in the order in which one writes an index."""
        if not isinstance(e, Add | Mul):
            return self._print(e)
        if short := self.short(e):
            return short
        written = ""
        for negative, fs in place_terms(e):
            sign = ("-" if negative else "+") if written else "-" * negative
            written += f" {sign} ".lstrip("" if written else " ") + " ".join(map(self._print, fs))
        return written

    def _print_Idx(self, k):
        return str(k.label)

    def _print_IndexedBase(self, tensor):
        return symbol(name_of(tensor))

    _print_Tensor = _print_Past = _print_Held = _print_IndexedBase

    def _print_Upstream(self, dY):
        return partial("L", symbol(dY.of))

    def _print_Indexed(self, entry):
        if is_number(entry):
            return self._print(entry.base)
        if isinstance(entry.base, Past):
            return self._print(entry.base.of[entry.base.meant(entry.indices)])
        subscript = self.subscript(entry.indices)
        if isinstance(entry.base, Upstream):
            return partial("L", indexed(symbol(entry.base.of), subscript))
        return indexed(symbol(name_of(entry.base)), subscript)

    def _print_KroneckerDelta(self, delta, exp=None):
        if not all(isinstance(k, Idx) for k in delta.args):
            left, right = sorted(delta.args, key=lambda k: not isinstance(k, Idx))
            return f"[{self.place(left)} = {self.place(right)}]"
        letters = sorted(delta.args, key=lambda k: (str(k) in self.last, str(k)))
        return rf"\delta_{{{self.subscript(letters)}}}"

    def _print_Iverson(self, bracket, exp=None):
        if self.short(bracket.entry):
            return f"[{self.place(bracket.entry)}]"
        shift, letter = bracket.entry.as_coeff_Add()
        if isinstance(letter, Idx) and shift and letter.upper + 1 == bracket.size:  # counted from 1
            later = rf"{self.place(bracket.entry)} \le {self._print(bracket.size)}"
            return f"[{later if shift > 0 else f'{self._print(letter)} > {-shift}'}]"
        return rf"[0 \le {self.place(bracket.entry)} < {self._print(bracket.size)}]"

    def _print_Heaviside(self, step, exp=None):
        sign = r"\ge" if step.args[1] == 1 else ">"
        return f"[{self._print(step.args[0])} {sign} 0]"

    def _print_Elementwise(self, h, exp=None):
        arguments = [self._print(a) for a in h.arguments]
        if len(arguments) == 1:
            derivative, own = chr(39) * h.order, False
        else:  # f_yz without the arguments that its letters are
            derivative, own = f"_{{{h.by}}}" * bool(h.order), arguments == list(h.letters) and h.order > 0
        written = f"{symbol(h.name)}{derivative}{'' if own else braced(', '.join(arguments))}"
        return written if exp is None else f"{braced(written)}^{{{exp}}}"

    def _print_Partial(self, e):
        if isinstance(e.f, Partial):
            return self.second(e)
        f, x = self._print(e.f), self._print(e.x)
        if isinstance(e.f, Indexed | sp.Symbol):
            return partial(f, x)
        f = braced(f) if isinstance(e.f, Add) or f.startswith("-") else f
        return rf"\frac{{\partial}}{{\partial {x}}} {f}"

    def second(self, e):
        """∂²L/∂x∂y"""
        below = [rf"\partial {self._print(x)}" for x in (e.f.x, e.x)]
        below = f"{below[0]}^{{2}}" if e.f.x == e.x else " ".join(below)
        quantity = isinstance(e.f.f, Indexed | sp.Symbol)
        above, behind = (self._print(e.f.f), "") if quantity else ("", f" {braced(self._print(e.f.f))}")
        return rf"\frac{{\partial^{{2}} {above}}}{{{below}}}{behind}"

    def _print_Sum(self, s):
        letters = ",".join(self._print(limit[0]) for limit in s.limits)
        body = self._print(s.function)
        return rf"\sum_{{{letters}}} {braced(body) if isinstance(s.function, Add) else body}"

    def _print_polygamma(self, e, exp=None):
        order, x = e.args
        written = rf"\psi{chr(39) * order}{braced(self._print(x))}"
        return written if exp is None else f"{braced(written)}^{{{exp}}}"

    def _print_Selection(self, e, exp=None):
        return f"[{self._print(there(e))} = {self._print(Largest(e.of, e.letter))}]"

    def _print_Product(self, e):
        return rf"\prod_{{{','.join(map(self._print, bound_by(e)))}}} {self.as_factor(e.function)}"

    def _print_Pow(self, e):
        if e.exp.is_Rational and e.exp.is_negative:
            return rf"\frac{{1}}{{{self._print(1 / e)}}}"
        if isinstance(e.base, Indexed | Sum | Elementwise | Partial) and e.exp.is_Integer:
            base = self._print(e.base)
            return f"{base if self.plain(e.base) else braced(base)}^{{{e.exp}}}"
        return super()._print_Pow(e)

    def _print_Add(self, e, order=None):
        written = ""
        for negative, t in signed_terms(e):
            text = self._print(t)
            written += (" - " if negative else " + ") if written else "-" * negative
            written += braced(text) if isinstance(t, Add) else text
        return written

    def _print_Cases(self, cases):
        fs = factors(cases)
        if len(fs) > 1:
            return self.row(fs)
        conditions = [*(self._print(piece.cond) for piece in cases.args[:-1]), r"\text{else}"]
        rows = [f"{self._print(f.expr)} & {c}" for f, c in zip(cases.args, conditions, strict=True)]
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"

    _print_Piecewise = _print_Cases

    def _print_Mul(self, e):
        negative, above, below = fraction(e)
        minus = "-" if negative else ""
        if not below:
            return minus + self.row(above, bool(minus))
        behind = [f for f in above if isinstance(f, Partial | KroneckerDelta | Cases)]
        if all(f.is_number or f.is_Symbol for f in below):  # 1/S Σ ..., not a fraction as long as the line
            numbers = [f for f in above if f.is_number or f.is_Symbol]
            if len(above) > 1 or any(f.has(Sum, Upstream) for f in above):
                behind = [f for f in above if f not in numbers]
        above = [f for f in above if f not in behind]
        long = [f for f in above if isinstance(f, Add) and f.has(Sum, KroneckerDelta)]
        if len(long) < len(above) or any(
            f.has(Upstream) for f in long
        ):  # γ/σ (...), brackets behind the fraction
            behind, above = behind + long, [f for f in above if f not in long]
        quotient = rf"\frac{{{self.row(above) if above else '1'}}}{{{self.row(below)}}}"
        return f"{minus}{quotient} {self.row(behind, True) if behind else ''}".strip()

    def plain(self, f) -> bool:
        """Needs no brackets as the base of a power."""
        if isinstance(f, Elementwise):
            return f.order == 0 or len(f.arguments) == 1
        return isinstance(f, Indexed) and not isinstance(f.base, Upstream) and "^" not in self._print(f.base)

    def rank(self, f):
        """The order in a product: numbers, sizes, upstream gradient, entries, functions, δ, ∂Y/∂X, brackets, sums."""
        kinds = (
            f.is_number,
            isinstance(f, sp.Symbol | Idx),
            isinstance(f, Indexed) and isinstance(f.base, Upstream),
            isinstance(f, Indexed) or (isinstance(f, Pow) and isinstance(f.base, Indexed)),
            not isinstance(f, Add | LONG | KroneckerDelta | Iverson | Partial | sp.log | LogDeterminant),
            isinstance(f, KroneckerDelta) and all(isinstance(k, Idx) for k in f.args),
            isinstance(f, KroneckerDelta | Iverson),
            isinstance(f, Partial) and isinstance(f.f, Indexed | sp.Symbol),
            isinstance(f, Add),
            isinstance(f, sp.log | LogDeterminant),
            isinstance(f, LONG),
        )
        kind = kinds.index(True) if True in kinds else len(kinds)
        return kind, str(getattr(f, "indices", "")), alphabet(f)

    def as_factor(self, f) -> str:
        text = self._print(f)
        alone = isinstance(f, Add | LONG) or (isinstance(f, Mul) and text.startswith("-"))
        return braced(text) if alone else text

    def row(self, fs, bracket: bool = False) -> str:
        """Factors side by side; a sum goes without brackets only at the end, and ∂/∂x stands last of all."""
        fs = sorted(fs, key=self.rank)
        if len(fs) == 1 and not (bracket and isinstance(fs[0], Add)):
            return self._print(fs[0])
        return " ".join(
            self._print(f) if isinstance(f, LONG) and f is fs[-1] else self.as_factor(f) for f in fs
        )


def there(e: Selection) -> sp.Expr:
    """What is selected: X_ij of [X_ij = max_k X_ik]."""
    return substitute(e.of, [e.letter], [e.at])


def matching(pattern: sp.Expr, letters: Sequence[Idx], e: sp.Expr) -> tuple[Idx, ...] | None:
    """The letters that make e of the pattern: h, u' of h r + u' d - p, where the pattern has h, u."""
    own = free_indices(e)
    choices = [[k for k in own if (k.lower, k.upper) == (l.lower, l.upper)] for l in letters]
    found = (at for at in product(*choices) if pattern.xreplace(dict(zip(letters, at, strict=True))) == e)
    return next(found, None)


def latex(e: sp.Basic, last=(), places: Mapping[Indexed, sp.Expr] | None = None) -> str:
    """An expression of index notation in LaTeX; a delta writes the letters of `last` at its end."""
    return IndexPrinter(last, places).doprint(e)


def where_rows(where: Mapping[sp.Expr, sp.Expr], *said: sp.Expr) -> list[str]:
    """What short names mean, and the brackets of `said` with them: y_hu = h + u, [y_hu] = [0 ≤ y_hu < H].

    Of a recursion the first state: H_0n = H0_n.
    """
    printer = IndexPrinter()
    rows = [
        f"{latex(left)} = {latex(right) if isinstance(getattr(left, 'base', None), Past) else printer.written(right)}"
        for left, right in where.items()
    ]
    names = {right: left for left, right in where.items()}
    brackets = {b for e in said for b in e.atoms(Iverson) if b.entry in names}
    for bracket in sorted(brackets, key=lambda b: str(b.size)):
        short = latex(names[bracket.entry])
        rows.append(rf"[{short}] = [0 \le {short} < {latex(bracket.size)}]")
    return rows


def where_line(rows: Sequence[str]) -> str:
    """The same in one line: where y_hu = h + u, [y_hu] = [0 ≤ y_hu < H]."""
    return r"\text{where } " + r",\quad ".join(rows)


@dataclass(frozen=True)
class Equation:
    """left = right in LaTeX; displays itself, and its `right` is at hand for a table."""

    left: str
    right: str

    def __repr__(self) -> str:
        return f"{self.left} = {self.right}"

    def _repr_latex_(self) -> str:
        return f"$$ {self} $$"
