"""A formula on a card: its definition, the shapes of its tensors, and each gradient in three notations."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import sympy as sp
from sympy import Indexed

from helpers.derive.derivation import Derivation
from helpers.derive.formulas import Formula
from helpers.derive.matrix import as_matrices
from helpers.derive.names import name_of
from helpers.derive.notation import L, Tensor, is_number
from helpers.derive.pieces import bold
from helpers.derive.typeset import Equation, latex

WIDEST = 330  # characters of LaTeX that are shown side by side in a notebook


@dataclass(frozen=True)
class Row:
    """A derived quantity three times: over its indices, as a matrix where it is one, as NumPy.

    It stands for others too, which are `alike` but for the letter of their gate.
    """

    derivation: Derivation
    alike: tuple[str, ...] = ()

    @property
    def index(self) -> Equation:
        d = self.derivation
        return Equation(latex(d.left, d.last), latex(d.result, d.last, d.chain.places))

    @property
    def matrix(self) -> Equation | None:
        """None for a number, an array of more than two axes, a sum over such an array, entries at t + 1 or alike."""
        result, free = self.derivation.result, self.derivation.free
        places = [place for a in result.atoms(Indexed) if not is_number(a) for place in a.indices]
        shifted = any(isinstance(place, sp.Add | sp.Integer) for place in places)
        try:
            as_matrices(result, free)
            return self.derivation.matrix if free and not shifted else None
        except NotImplementedError:
            return None

    @property
    def numpy(self) -> str:
        """`dW = dY.T @ X`; what is no gradient has no name in code, and says beside what it is."""
        name, source = self.derivation.name, self.derivation.numpy
        return f"{name} = {source}" if name.isidentifier() else f"{source}  # {name}"

    @property
    def code(self) -> str:
        """The line of NumPy, and which others are alike."""
        return f"{self.numpy}  # {', '.join(self.alike)} alike" if self.alike else self.numpy


@cache
def formula_of(make: Callable[[], Formula]) -> Formula:
    """The formula that a function makes, derived once."""
    return make()


@dataclass(frozen=True)
class Card:
    """A formula as the sheet shows it, and the notebook that derives it.

    `names` are the derivations shown; without them all gradients of the loss. `gates` are the letters at the end of
    what gates have: of rows that differ in this letter only, the first is shown, and names the others.
    """

    make: Callable[[], Formula]
    notebook: str
    names: tuple[str, ...] = ()
    gates: str = ""

    @property
    def formula(self) -> Formula:
        return formula_of(self.make)

    @cached_property
    def rows(self) -> list[Row]:
        of, same = self.formula.derivations, {}
        for name in self.names or gradients(self.formula):
            same.setdefault(self.of_any_gate(of[name]), []).append(name)
        return [Row(of[first], tuple(others)) for first, *others in same.values()]

    def of_any_gate(self, derivation: Derivation) -> str:
        """The last line with "?" for the letter of its gate where it has one: the same for rows that are alike."""
        lower, upper = self.gates or "-", self.gates.upper() or "-"
        letter = re.compile(rf"(?:(?<=\b[A-Za-z])|(?<=\bd[A-Za-z]))[{lower}]\b|(?:\b|(?<=\bd))[{upper}]\b")
        line = str(derivation)
        return letter.sub("?", line) if len({m.lower() for m in letter.findall(line)}) == 1 else line

    @property
    def shapes(self) -> dict[tuple[sp.Expr, ...], list[Tensor]]:
        """The tensors by their shapes: data and weights first, then what is computed from them."""
        chain, found = self.rows[-1].derivation.chain, {}
        given = sorted((*chain.leaves, *chain.given), key=lambda t: name_of(t).upper() != "X")
        for t in (*given, *(d.tensor for d in chain if isinstance(d.tensor, Tensor))):
            if t.shape != (1,):
                found.setdefault(tuple(t.shape), []).append(t)
        return found

    @property
    def shapes_latex(self) -> list[str]:
        r"""`\mathbf{X}, \mathbf{Y}\,(S, N)` for each shape."""
        return [
            rf"{', '.join(map(bold, tensors))}\,({', '.join(map(latex, shape))}{',' * (len(shape) == 1)})"
            for shape, tensors in self.shapes.items()
        ]

    @property
    def lines(self) -> list[str]:
        """The rows in LaTeX, matrices beside indices, or below them where one row is too long for both."""
        pairs = [[f"{e.left} &= {e.right}" for e in (row.index, row.matrix) if e] for row in self.rows]
        if any(len("".join(pair)) > WIDEST for pair in pairs):
            return [line for pair in pairs for line in pair]
        return [r" &\qquad ".join(pair) for pair in pairs]

    def _repr_markdown_(self) -> str:
        lines = " \\\\[0.6ex]\n".join(self.lines)
        code = "\n".join(row.code for row in self.rows)
        shapes = "".join(f" · ${shape}$" for shape in self.shapes_latex)
        return (
            f"**{self.formula.name}**{shapes}\n\n{self.formula._repr_latex_()}\n\n"
            f"$$\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n$$\n\n```python\n{code}\n```"
        )

    def __repr__(self) -> str:
        said = [f"{row.derivation}\n    {row.code}" for row in self.rows]
        return "\n".join([repr(self.formula), *said])


class Sheet(tuple[Card, ...]):
    """Cards, one under the other."""

    def _repr_markdown_(self) -> str:
        return "\n\n".join(card._repr_markdown_() for card in self)

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self))


def gradients(formula: Formula) -> list[str]:
    """The names of the gradients of the loss, of each in one form."""
    return [name for name, d in formula.derivations.items() if is_gradient(d) and name == d.name]


def is_gradient(d: Derivation) -> bool:
    return getattr(d.left, "f", None) == L
