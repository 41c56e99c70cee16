"""Formulas inside a sentence: X_mj, δ_ni, Σ_m ∂L/∂Y_mi X_mj."""

import html
import re

import sympy as sp
from sympy import Idx
from sympy.printing.str import StrPrinter

from helpers.derive import Partial
from helpers.derive.bound import bound_by
from helpers.derive.notation import Largest, Upstream
from helpers.derive.print_order import fraction, signed_terms
from helpers.derive.typeset import there


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

    def _print_Largest(self, e):
        return f"max_{self._print(e.letter)} {self.factor(e.of)}"

    def _print_Cases(self, cases):
        return self._print(sp.Piecewise(*cases.args))

    def _print_Product(self, e):
        return f"Π_{self.subscript(bound_by(e))} {self.factor(e.function)}"

    def _print_OtherFactors(self, e):
        return f"Π_{self._print(e.letter)}≠{self.subscript(e.beside)} {self.factor(e.of)}"

    def _print_Selection(self, e):
        return f"[{self._print(there(e))} = {self._print(Largest(e.of, e.letter))}]"

    def _print_Determinant(self, e):
        return f"det {e.letter}"

    def _print_LogDeterminant(self, e):
        return f"log det {e.letter}"

    def _print_InverseEntry(self, e):
        return f"({e.letter}⁻¹)_{self.subscript(e.indices)}"

    def _print_Iverson(self, bracket):
        return f"[0 ≤ {self._print(bracket.entry)} < {self._print(bracket.size)}]"

    def _print_Add(self, e, order=None):
        text = ""
        for negative, term in signed_terms(e):
            text += (" - " if negative else " + ") if text else "-" * negative
            text += self._print(term)
        return text

    def _print_Mul(self, e):
        negative, above, below = fraction(e)
        last = len(above) - 1 if not below else -1
        over = " ".join(self.factor(f, k == last) for k, f in enumerate(above)) or "1"
        under = " ".join(self.factor(f, len(below) == 1) for f in below)
        under = f"/({under})" if len(below) > 1 else f"/{under}" if below else ""
        return "-" * negative + over + under

    def _print_Pow(self, e):
        return self._print_Mul(e) if fraction(e)[2] else f"{self.factor(e.base)}^{self.factor(e.exp)}"

    def factor(self, e, last=False):
        """A factor of a product, in brackets where it needs them; a sum needs none where nothing follows."""
        text = self._print(e)
        return f"({text})" if isinstance(e, sp.Add) or (isinstance(e, sp.Sum) and not last) else text

    def _print_exp(self, e):
        inside = self._print(e.args[0])
        return f"e^({inside})" if " " in inside else f"e^{inside}"

    def _print_Elementwise(self, h):
        if h.by:
            return f"{h.name}_{h.by}"
        return f"{h.name}{chr(39) * h.order}({', '.join(map(self._print, h.arguments))})"

    def _print_Partial(self, e):
        if isinstance(e.f, Partial):
            return f"∂²{self._print(e.f.f)}/∂{self._print(e.f.x)}∂{self._print(e.x)}"
        f = self._print(e.f)
        return f"∂{f'({f})' if ' ' in f else f}/∂{self._print(e.x)}"


GREEK = {"mu": "μ", "sigma": "σ", "gamma": "γ", "beta": "β"}


def named(label: str) -> str:
    r"""x̃^(2) for \tilde{x}2, X̂ for Xhat, γ for gamma."""
    label = re.sub(r"\\tilde\{(\w)\}", "\\1\u0303", label).replace("\\", "")
    label = GREEK.get(label, re.sub(r"(?<=\w)hat$", "\u0302", label))
    letter, number = re.fullmatch(r"(.*?)(\d*)", label).groups()
    return f"{letter}^({number})" if number else letter


def spoken(e: sp.Basic) -> str:
    """An expression of index notation in a line of plain text."""
    return Spoken().doprint(e)


PLAIN = (
    (r"\\(mathbf|boldsymbol|operatorname|text)\{(\\?[^{}]*)\}", r"\2"),
    (r"\\frac\{\\partial L\}\{\\partial (\w+)\}", r"∂L/∂\1"),
    (r"\\frac\{([^{}]*)\}\{([^{} ]*)\}", r"\1/\2"),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/(\2)"),
    (r"\^\{\\circ ([^{}]*)\}", r"^\1"),
    (r"\\(left|right) *", ""),
    (r"\^T", "ᵀ"),
    (r"\\circ", "∘"),
    (r"\\oslash", "⊘"),
    (r"\b1 1ᵀ", "𝟏 𝟏ᵀ"),
    (r"\\(exp|log|sigma|alpha)", r"\1"),
)
"""From the LaTeX of matrix notation to a line of plain text."""


def from_latex(text: str) -> str:
    """(∂L/∂Y)ᵀ X; refuses what has no such line."""
    text = text.replace(r"\mathbf{1}", "𝟏")
    for pattern, plain in PLAIN:
        text = re.sub(pattern, plain, text)
    if re.search(r"[\\{}]", text):
        raise NotImplementedError(f"{text} has no plain form")
    return text


def with_subscripts(sentence: str) -> str:
    """The sentence in HTML, `X_mj` with its index below the line, `e^X` and `x^(2)` with what stands above it."""
    sentence = html.escape(sentence, quote=False)
    sentence = re.sub(r"\^(\w+?_\w+|\w+|\([^()]*\))", r"<sup>\1</sup>", sentence)
    return re.sub(r"_([^\W_]+)", r"<sub>\1</sub>", sentence)
