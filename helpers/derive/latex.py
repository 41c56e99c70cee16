"""Index notation in LaTeX: ∂L/∂Y_mn for an upstream gradient, one line for each step, its rule at the right."""

import re
from dataclasses import dataclass

import sympy as sp
from sympy import Add, Idx, Indexed, KroneckerDelta, Mul, Pow, Sum
from sympy.printing.latex import LatexPrinter

from helpers.derive.notation import Elementwise, Partial, Upstream, free_indices
from helpers.derive.walk import factors


def symbol(name: str) -> str:
    """Y1 is written Y^{(1)}; Greek letters carry their backslash already."""
    letter, number = re.fullmatch(r"(.+?)(\d*)", name).groups()
    letter = letter if len(letter) == 1 or "\\" in letter else rf"\mathrm{{{letter}}}"
    return f"{letter}^{{({number})}}" if number else letter


def braced(text: str) -> str:
    return rf"\left({text}\right)"


class IndexPrinter(LatexPrinter):
    """SymPy's printer, with the habits of index notation. `last` are the letters that a delta writes last."""

    def __init__(self, last=()):
        super().__init__()
        self.last = {str(k) for k in last}

    def subscript(self, letters) -> str:
        comma = "" if all(isinstance(k, Idx) and len(str(k)) == 1 for k in letters) else ","
        return comma.join(map(self._print, letters))

    def _print_Idx(self, k):
        return str(k.label)

    def _print_IndexedBase(self, tensor):
        return symbol(str(tensor.label))

    _print_Tensor = _print_IndexedBase

    def _print_Upstream(self, dY):
        return rf"\frac{{\partial L}}{{\partial {symbol(dY.of)}}}"

    def _print_Indexed(self, entry):
        subscript = self.subscript(entry.indices)
        if isinstance(entry.base, Upstream):
            return rf"\frac{{\partial L}}{{\partial {symbol(entry.base.of)}_{{{subscript}}}}}"
        return f"{symbol(str(entry.base.label))}_{{{subscript}}}"

    def _print_KroneckerDelta(self, delta, exp=None):
        return (
            rf"\delta_{{{self.subscript(sorted(delta.args, key=lambda k: (str(k) in self.last, str(k))))}}}"
        )

    def _print_Iverson(self, bracket, exp=None):
        return rf"[0 \le {self._print(bracket.entry)} < {self._print(bracket.size)}]"

    def _print_Heaviside(self, step, exp=None):
        return f"[{self._print(step.args[0])} > 0]"

    def _print_Elementwise(self, h, exp=None):
        written = f"{symbol(h.name)}{chr(39) * h.order}{braced(self._print(h.argument))}"
        return written if exp is None else f"{braced(written)}^{{{exp}}}"

    def _print_Partial(self, partial):
        f, x = self._print(partial.f), self._print(partial.x)
        if isinstance(partial.f, Indexed | sp.Symbol):
            return rf"\frac{{\partial {f}}}{{\partial {x}}}"
        f = braced(f) if isinstance(partial.f, Add) or f.startswith("-") else f
        return rf"\frac{{\partial}}{{\partial {x}}} {f}"

    def _print_Sum(self, s):
        letters = self.subscript([limit[0] for limit in s.limits])
        body = self._print(s.function)
        return rf"\sum_{{{letters}}} {braced(body) if isinstance(s.function, Add) else body}"

    def _print_Pow(self, e):
        if e.exp.is_Rational and e.exp.is_negative:
            return rf"\frac{{1}}{{{self._print(1 / e)}}}"
        if isinstance(e.base, Indexed | Sum | Elementwise | Partial) and e.exp.is_Integer:
            return f"{braced(self._print(e.base)) if not self.plain(e.base) else self._print(e.base)}^{{{e.exp}}}"
        return super()._print_Pow(e)

    def _print_Add(self, e, order=None):
        terms = sorted(Add.make_args(e), key=self.place)
        written = ""
        for t in terms:
            text = self._print(t)
            minus = text.startswith("-")
            written += (" - " if minus else " + ") + text.removeprefix("-").strip()
        return re.sub(r"^ (\+|(-)) ", r"\2", written)

    def _print_Piecewise(self, cases):
        fs = factors(cases)
        if len(fs) > 1:
            return self.row(fs)
        conditions = [*(self._print(piece.cond) for piece in cases.args[:-1]), r"\text{else}"]
        rows = [f"{self._print(f.expr)} & {c}" for f, c in zip(cases.args, conditions, strict=True)]
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"

    def place(self, term):
        """The order in a sum: a number, what is added, what is subtracted; of these the most indices first."""
        minus = term.could_extract_minus_sign()
        return not term.is_number, minus, -len(free_indices(term)), len(self._print(term)), str(term)

    def _print_Mul(self, e):
        number = Mul(*[f for f in Mul.make_args(e) if f.is_number])
        minus, (above, below) = "-" if number.is_negative else "", self.number(abs(number))
        for f in Mul.make_args(e):
            if isinstance(f, Pow) and f.exp.is_Rational and f.exp.is_negative:
                below += [] if f.is_number else [1 / f]
            elif not f.is_number:
                above += factors(f)
        if not below:
            return minus + self.row(above, bool(minus))
        behind = [f for f in above if isinstance(f, Partial | KroneckerDelta | sp.Piecewise)]
        if all(f.is_number or f.is_Symbol for f in below):  # 1/S Σ ..., not a fraction as long as the line
            numbers = [f for f in above if f.is_number or f.is_Symbol]
            if len(above) > 1 or any(f.has(Sum, Upstream) for f in above):
                behind = [f for f in above if f not in numbers]
        above = [f for f in above if f not in behind]
        fraction = rf"\frac{{{self.row(above) if above else '1'}}}{{{self.row(below)}}}"
        return f"{minus}{fraction} {self.row(behind, True) if behind else ''}".strip()

    def number(self, value) -> tuple[list, list]:
        """What a positive number writes above and below the line: √2/(2√π) is 1/√(2π)."""
        above, below = sp.fraction(value)
        if any(f.is_Pow and f.exp in (sp.S.Half, -sp.S.Half) for f in Mul.make_args(value)):
            n, d = sp.fraction(value**2)
            above, below = (root(n), root(d)) if 1 in (n, d) else (root(n / d), sp.S.One)
        return tuple([f for f in Mul.make_args(side) if f != 1] for side in (above, below))

    def plain(self, f) -> bool:
        """Needs no brackets as the base of a power."""
        return (
            isinstance(f, Indexed)
            and not isinstance(f.base, Upstream)
            and "^" not in symbol(str(f.base.label))
        )

    def rank(self, f):
        """The order in a product: numbers, upstream gradient, entries, functions, brackets, sums, deltas, ∂."""
        kinds = (
            f.is_number,
            f.is_Symbol,
            isinstance(f, Indexed) and isinstance(f.base, Upstream),
            isinstance(f, Indexed) or (isinstance(f, Pow) and isinstance(f.base, Indexed)),
            not isinstance(f, Add | Sum | KroneckerDelta | Partial),
            isinstance(f, KroneckerDelta),
            isinstance(f, Partial) and isinstance(f.f, Indexed | sp.Symbol),
            isinstance(f, Add),
            isinstance(f, Sum),
        )
        kind = kinds.index(True) if True in kinds else len(kinds)
        return kind, str(getattr(f, "indices", "")), str(f)

    def as_factor(self, f) -> str:
        text = self._print(f)
        return (
            braced(text)
            if isinstance(f, Add | Sum) or (isinstance(f, Mul) and text.startswith("-"))
            else text
        )

    def row(self, fs, bracket: bool = False) -> str:
        """Factors side by side; a sum goes without brackets only at the end, and ∂/∂x stands last of all."""
        fs = sorted(fs, key=self.rank)
        if len(fs) == 1 and not (bracket and isinstance(fs[0], Add)):
            return self._print(fs[0])
        return " ".join(
            self._print(f) if isinstance(f, Sum) and f is fs[-1] else self.as_factor(f) for f in fs
        )


def root(value):
    """√value as one root: SymPy would make √2 √π of √(2π)."""
    return sp.sqrt(value, evaluate=value == 1)


def latex(e: sp.Basic, last=()) -> str:
    """An expression of index notation in LaTeX; a delta writes the letters of `last` at its end."""
    return IndexPrinter(last).doprint(e)


@dataclass(frozen=True)
class Equation:
    """left = right in LaTeX; displays itself, and its `right` is at hand for a table."""

    left: str
    right: str

    def __repr__(self) -> str:
        return f"{self.left} = {self.right}"

    def _repr_latex_(self) -> str:
        return f"$$ {self} $$"
