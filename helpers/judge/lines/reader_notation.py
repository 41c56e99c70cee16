"""Sees how a reader writes, in index letters, in matrices or in NumPy, and writes formulas back in the same way."""

import re
from dataclasses import dataclass

import sympy as sp
from sympy import Idx, Indexed

from helpers.derive import Partial, free_indices, numpy_source
from helpers.derive.matrix import as_matrices
from helpers.derive.notation import Upstream
from helpers.derive.plain_text import from_latex, named, spoken
from helpers.read import Written

SUBSCRIPT = re.compile(r"_\s*\{([^{}]*)\}|_\s*(\\?\w+)")
LOWERED = str.maketrans({low: f"_{c}" for low, c in zip("ᵢⱼₖₗₘₙₚᵣₛₜₐ", "ijklmnprsta", strict=True)})
MATHEMATICS = re.compile(
    r"[\\^ᵀ∘⊘⊙𝟏∂]|[\w)']\s+[\w(]"
)  # a sign, or two names side by side, that code has not
LONGEST = 90


@dataclass(frozen=True)
class Notation:
    """Its name, and whether the upstream gradient is dY there, not ∂L/∂Y."""

    name: str = "index letters"
    short: bool = False

    @property
    def indexed(self) -> bool:
        return self.name == "index letters"

    def told(self, e: sp.Expr, free: tuple[Idx, ...] = ()) -> str:
        """The expression as an array over these axes, or over its own; "" where it has no such form, or is long."""
        free = free or axes_of(e)
        try:
            text = spoken(e) if self.indexed else self.as_arrays(e, free)
        except (ValueError, NotImplementedError, TypeError, AttributeError, IndexError):
            return ""
        return text.replace("∂L/∂", "d") if self.short else text

    def name_of(self, x: sp.Expr) -> str:
        """X, dY or ∂L/∂Y: the array that an entry is one of."""
        if isinstance(x, Partial):
            f, x = (named(str(e.base.label)) if isinstance(e, Indexed) else str(e) for e in (x.f, x.x))
            return f"d{x}" if self.short else f"∂{f}/∂{x}"
        if isinstance(x.base, Upstream):
            return f"d{x.base.of}" if self.short else f"∂L/∂{x.base.of}"
        return named(str(x.base.label))

    def as_arrays(self, e: sp.Expr, free: tuple[Idx, ...]) -> str:
        """In NumPy or in matrices; a line with a ∂ in it is not written so."""
        if self.name == "NumPy":
            text = numpy_source(e, free).replace("_prime(", "'(")
        else:
            text = from_latex(as_matrices(e, free))
        return text if len(text) <= LONGEST and not e.has(Partial) and "einsum" not in text else ""


INDEXED = Notation()


def notation_of(written: Written) -> Notation:
    """The notation of one part: a letter of its own below the line tells, then what code never has."""
    text = written.text or written.latex
    short = not re.search(r"partial|∂|/\s*d|nabla|frac\{d", text)
    letters = {str(k) for k in written.expression.atoms(Idx)} if written.expression is not None else set()
    below = "".join("".join(groups) for groups in SUBSCRIPT.findall(text.translate(LOWERED)))
    if not letters or any(k in below for k in letters):
        return Notation(short=short)
    return Notation("matrix notation" if MATHEMATICS.search(text) else "NumPy", short)


def axes_of(e: sp.Expr) -> tuple[Idx, ...]:
    """The letters of an expression in the order in which they stand at its first entry that has most of them."""
    entries = sorted(e.atoms(Indexed), key=lambda x: (-len(free_indices(x)), str(x)))
    letters = dict.fromkeys(k for x in entries for k in x.indices if k in free_indices(e))
    return (*letters, *sorted(free_indices(e) - set(letters), key=str))
