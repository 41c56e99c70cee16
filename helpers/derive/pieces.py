"""Pieces of matrix notation: names in bold, products, transposes, brackets where they are needed."""

from collections.abc import Sequence

from helpers.derive.arrays import Piece
from helpers.derive.names import name_of, symbol
from helpers.derive.notation import Tensor, Upstream
from helpers.derive.typeset import braced, partial


def bold(tensor: Tensor, at: str = "") -> str:
    r"""A tensor as a matrix, `\mathbf{W}^{(1)}`, or its slice at a place; an upstream gradient as ∂L/∂Y."""
    if isinstance(tensor, Upstream):
        return partial("L", symbol(tensor.of, bold=True) + (f"_{{{at}}}" if at else ""))
    return symbol(name_of(tensor), bold=True) + (f"_{{{at}}}" if at else "")


def matmul(parts: Sequence[Piece]) -> Piece:
    return Piece(" ".join(bracketed(p, "atom power matmul") for p in parts), "matmul")


def transposed(piece: Piece) -> Piece:
    return Piece(f"{bracketed(piece, 'atom')}^T", "power")


def bracketed(piece: Piece, kinds: str) -> str:
    """The text, in brackets unless its kind is one of these."""
    return piece.text if piece.kind in kinds.split() else braced(piece.text)


def effort(piece: Piece) -> tuple[int, int]:
    """Transposes first, then length."""
    return piece.text.count("^T"), len(piece.text)
