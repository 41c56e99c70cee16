"""A formula on a card: its definition, the shapes of its tensors, and each gradient in three notations."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import sympy as sp
from sympy import Indexed

from helpers.derive.derivation import Derivation
from helpers.derive.formulas import Formula
from helpers.derive.matrix import as_matrices
from helpers.derive.names import name_of
from helpers.derive.notation import L, Tensor
from helpers.derive.pieces import bold
from helpers.derive.typeset import Equation, latex

WIDEST = 330  # characters of LaTeX that are shown side by side in a notebook


@dataclass(frozen=True)
class Row:
    """A derived quantity three times: over its indices, as a matrix where it is one, as NumPy."""

    derivation: Derivation

    @property
    def index(self) -> Equation:
        d = self.derivation
        return Equation(latex(d.left, d.last), latex(d.result, d.last, d.chain.places))

    @property
    def matrix(self) -> Equation | None:
        """None for a number, an array of more than two axes, a sum over such an array, entries at t − i or alike."""
        result, free = self.derivation.result, self.derivation.free
        shifted = any(isinstance(place, sp.Add) for a in result.atoms(Indexed) for place in a.indices)
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


@cache
def formula_of(make: Callable[[], Formula]) -> Formula:
    """The formula that a function makes, derived once."""
    return make()


@dataclass(frozen=True)
class Card:
    """A formula as the sheet shows it, and the notebook that derives it.

    `names` are the derivations shown; without them all gradients of the loss.
    """

    make: Callable[[], Formula]
    notebook: str
    names: tuple[str, ...] = ()

    @property
    def formula(self) -> Formula:
        return formula_of(self.make)

    @cached_property
    def rows(self) -> list[Row]:
        of = self.formula.derivations
        return [Row(of[name]) for name in self.names or gradients(self.formula)]

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
        code = "\n".join(row.numpy for row in self.rows)
        shapes = "".join(f" · ${shape}$" for shape in self.shapes_latex)
        return (
            f"**{self.formula.name}**{shapes}\n\n{self.formula._repr_latex_()}\n\n"
            f"$$\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n$$\n\n```python\n{code}\n```"
        )

    def __repr__(self) -> str:
        said = [f"{row.derivation}\n    {row.numpy}" for row in self.rows]
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
