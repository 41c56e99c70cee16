"""The axes of printed arrays: transposed, spread and bracketed until they stand beside one another."""

from collections.abc import Sequence

from sympy import Idx

from helpers.derive.arrays import Piece

Layout = tuple[Idx, ...]  # the ordered axes of an array


def aligned(piece: Piece, axes: Sequence[Idx], layout: Layout) -> Piece:
    """Source with these axes, transposed and given axes of size 1 until it broadcasts against the layout."""
    order = tuple(k for k in layout if k in axes)
    text = piece.text
    if tuple(axes) != order:
        text = bracketed(piece, "atom")
        text += ".T" if tuple(axes) == order[::-1] else f".transpose{tuple(axes.index(k) for k in order)}"
        piece = Piece(text, "atom")
    tail = layout[layout.index(order[0]) :] if order else ()
    if len(tail) > len(order):
        new = ", ".join(":" if k in order else "None" for k in tail)
        piece = Piece(f"{bracketed(piece, 'atom')}[{new}]", "atom")
    return piece


def bracketed(piece: Piece, kinds: str) -> str:
    """The text, in brackets unless its kind is one of these."""
    return piece.text if piece.kind in kinds.split() else f"({piece.text})"


def effort(piece: Piece) -> tuple[int, int]:
    """Transposes and new axes first, those of a whole formula twice, then length."""
    count = piece.text.count
    return count(".T") + count(").T") + count("None") + count(".transpose"), len(piece.text)
