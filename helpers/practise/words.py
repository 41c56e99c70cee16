"""Formulas inside a sentence: X_mj, δ_ni, Σ_m ∂L/∂Y_mi X_mj."""

import html
import re

import sympy as sp
from sympy import Idx
from sympy.printing.str import StrPrinter

from helpers.derive import Partial
from helpers.derive.notation import Upstream


class Spoken(StrPrinter):
    """SymPy's plain text, with the letters of a tensor as its index."""

    printmethod = "_spoken"  # not SymPy's own way for an entry, X[m, j]

    def subscript(self, letters) -> str:
        comma = "" if all(isinstance(k, Idx) and len(str(k)) == 1 for k in letters) else ","
        return comma.join(map(self._print, letters))

    def _print_Idx(self, k):
        return str(k.label)

    def _print_Indexed(self, entry):
        name = f"∂L/∂{entry.base.of}" if isinstance(entry.base, Upstream) else str(entry.base.label)
        if entry.base.shape == (1,):  # a number
            return name
        return f"{named(name)}_{self.subscript(entry.indices)}"

    def _print_KroneckerDelta(self, delta):
        return f"δ_{self.subscript(delta.args)}"

    def _print_Sum(self, s):
        inside = self._print(s.function)
        letters = self.subscript([limit[0] for limit in s.limits])
        return f"Σ_{letters} {f'({inside})' if isinstance(s.function, sp.Add) else inside}"

    def _print_Mul(self, e):
        return super()._print_Mul(e).replace("*", " ")

    def _print_exp(self, e):
        inside = self._print(e.args[0])
        return f"e^({inside})" if " " in inside else f"e^{inside}"

    def _print_Elementwise(self, h):
        return f"{h.name}{chr(39) * h.order}({self._print(h.argument)})"

    def _print_Partial(self, e):
        if isinstance(e.f, Partial):
            return f"∂²{self._print(e.f.f)}/∂{self._print(e.f.x)}∂{self._print(e.x)}"
        f = self._print(e.f)
        return f"∂{f'({f})' if ' ' in f else f}/∂{self._print(e.x)}"


def named(label: str) -> str:
    r"""x̃^(2) for \tilde{x}2."""
    label = re.sub(r"\\tilde\{(\w)\}", "\\1\u0303", label).replace("\\", "")
    letter, number = re.fullmatch(r"(.*?)(\d*)", label).groups()
    return f"{letter}^({number})" if number else letter


def spoken(e: sp.Basic) -> str:
    """An expression of index notation in a line of plain text."""
    return Spoken().doprint(e)


def with_subscripts(sentence: str) -> str:
    """The sentence in HTML, `X_mj` with its index below the line, `e^X` and `x^(2)` with what stands above it."""
    sentence = html.escape(sentence, quote=False)
    sentence = re.sub(r"\^(\w+?_\w+|\w+|\([^()]*\))", r"<sup>\1</sup>", sentence)
    return re.sub(r"_([^\W_]+)", r"<sub>\1</sub>", sentence)
