"""Functions of a whole matrix: det A, log det A, and the entries of its inverse.

logdet(A)            a number
inverse(A)[i, j]     an entry of A⁻¹
"""

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from helpers.derive.names import symbol
from helpers.derive.notation import OfMatrix, Tensor
from helpers.derive.places import check_entry


class Determinant(OfMatrix):
    """|A| = det A"""

    def _sympystr(self, printer) -> str:
        return f"det({self.letter})"

    precedence = PRECEDENCE["Mul"]

    def _latex(self, printer) -> str:
        return rf"|{symbol(self.letter, bold=True)}|"


class LogDeterminant(OfMatrix):
    """log |det A|"""

    def _sympystr(self, printer) -> str:
        return f"logdet({self.letter})"

    precedence = PRECEDENCE["Mul"]

    def _latex(self, printer) -> str:
        return rf"\log |{symbol(self.letter, bold=True)}|"


class InverseEntry(OfMatrix):
    """(A⁻¹)_ij"""

    def at(self, *indices: sp.Expr) -> "InverseEntry":
        """Another entry of the same inverse."""
        return InverseEntry(self.args[0], *indices)

    def _sympystr(self, printer) -> str:
        return f"inverse({self.letter})[{', '.join(map(printer._print, self.indices))}]"

    def _latex(self, printer) -> str:
        return rf"({symbol(self.letter, bold=True)}^{{-1}})_{{{printer.subscript(self.indices)}}}"


class Inverse:
    """A⁻¹, of which entries are written: inverse(A)[i, j]."""

    def __init__(self, A: Tensor) -> None:
        self.first = first_entry(A, "inverse")

    def __getitem__(self, entry: tuple[sp.Expr, sp.Expr]) -> InverseEntry:
        check_entry(there := self.first.base[entry])
        return InverseEntry(self.first, *there.indices)


def inverse(A: Tensor) -> Inverse:
    """The inverse of a square matrix, `B[i, j] = inverse(A)[i, j]`."""
    return Inverse(A)


def det(A: Tensor) -> Determinant:
    """The determinant of a square matrix."""
    return Determinant(first_entry(A, "det"))


def logdet(A: Tensor) -> LogDeterminant:
    """log |det A| of a square matrix, which is log det A where that exists."""
    return LogDeterminant(first_entry(A, "logdet"))


def first_entry(A: Tensor, function: str) -> sp.Indexed:
    """What stands for the whole of A; refuses what is no square matrix."""
    if not isinstance(A, Tensor):
        raise TypeError(
            f"{function}({A}): a matrix is expected by its letter, {function}(A) with A = tensor('A', N, N); "
            f"what is computed gets a letter by a Definition first"
        )
    if len(A.shape) != 2 or A.shape[0] != A.shape[1]:
        shape = ", ".join(map(str, A.shape))
        raise ValueError(f"{function}({A}) needs a square matrix, and {A} has shape ({shape})")
    return A[0, 0]
