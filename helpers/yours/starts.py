"""What a parameter is before it has learned anything."""

import sympy as sp
from sympy import Add, Idx, Sum

from helpers.derive import Chain
from helpers.derive.notation import Tensor
from helpers.derive.rewrite import size_of
from helpers.yours.labels import is_table


def summed_axes(chain: Chain, W: Tensor) -> list[sp.Expr]:
    """The sizes over which products with an entry of W are added up: M of Σ_p X_mp W_np."""
    letters: dict[Idx, sp.Expr] = {}
    for d in chain:
        for s in sorted(d.right.atoms(Sum), key=str):
            bound = [limit[0] for limit in s.limits]
            entries = [e for e in s.function.atoms(sp.Indexed) if e.base == W]
            letters |= {k: size_of(k) for k in bound for e in entries if e.has(k)}
    return list(letters.values())


def is_added(chain: Chain, b: Tensor) -> bool:
    """Whether an entry of b stands as a term of a sum by itself, as a bias does."""
    terms = [t for d in chain for a in d.right.atoms(Add) for t in a.args]
    return any(getattr(t, "base", None) == b for t in terms)


def start_of(chain: Chain, W: Tensor, shape: str) -> str:
    """The source of an array of this shape: random where it is summed over or looked up, 0 where added, else 1."""
    if W.label.is_positive:
        return f"np.ones({shape}, dtype)"
    if is_table(chain, W):
        return f"rng.normal(0, 1, {shape}).astype(dtype)"
    if sizes := summed_axes(chain, W):
        return f"rng.normal(0, 1 / np.sqrt({' * '.join(map(str, sizes))}), {shape}).astype(dtype)"
    return f"np.{'zeros' if is_added(chain, W) else 'ones'}({shape}, dtype)"
