"""From an index expression to NumPy source that a person would write."""

from collections.abc import Sequence

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta

from helpers.derive.arrays import in_contractions, require_known, triangle
from helpers.derive.indexing import with_padding
from helpers.derive.notation import Iverson, free_indices
from helpers.derive.numpy_printer import EinsumPrinter, NumpyPrinter
from helpers.derive.places import slides
from helpers.derive.rewrite import size_of
from helpers.derive.windows import Sizes, with_windows


def numpy_source(e: sp.Expr, free: Sequence[Idx], where: Sizes | None = None) -> str:
    """Source of the array of `e` over its free indices, `dY.T @ X`: matrix products, sums, broadcasting.

    The names in it are those of the tensors and sizes, dY for an upstream gradient, `h_prime` for h', and
    `np` and `erf`. What has no such form, a Jacobian of rank 3 say, is written with `np.einsum`.
    `where` says which sizes follow from others, {U: H - K + 1}; without it, the windows of an array are as many as
    the letter that counts them has values. Raises ValueError for an index left free, NotImplementedError for what it
    cannot say.
    """
    return whole(NumpyPrinter(where), sp.sympify(e), free)


def einsum_source(e: sp.Expr, free: Sequence[Idx], where: Sizes | None = None) -> str:
    """The same array with `np.einsum` for every sum: `np.einsum("mi,mj->ij", dY, X)`, of any rank."""
    return whole(EinsumPrinter(where), sp.sympify(e), free, at_once=True)


def whole(printer: NumpyPrinter, e: sp.Expr, free: Sequence[Idx], at_once: bool = False) -> str:
    """The source, and its full shape where `e` does not vary along every axis."""
    require_known(e, free)
    e = with_padding(e)
    if sliding := any(map(slides, places(e))):
        e = with_windows(e)
        printer = EinsumPrinter(printer.where)
    e = in_contractions(e, free, at_once or sliding)
    text = printer.array(e, tuple(free)).text
    if all(k in free_indices(e) for k in free):
        return text
    shape = f"({', '.join(str(size_of(k)) for k in free)}{',' * (len(free) == 1)})"
    if free_indices(e):
        return f"np.broadcast_to({text}, {shape})"
    return {"0": f"np.zeros({shape})", "1": f"np.ones({shape})"}.get(text, f"np.full({shape}, {text})")


def places(e: sp.Expr) -> list[sp.Expr]:
    """What stands as an index in e, in brackets too, but for those that are a triangle of ones."""
    found = e.atoms(Indexed, KroneckerDelta) | {a for a in e.atoms(Iverson) if not triangle(a)}
    return [k for a in found for k in getattr(a, "indices", a.args)]
