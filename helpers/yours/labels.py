"""Whole numbers that choose: t of E_{t_s n}, the class ids of a loss."""

import sympy as sp
from sympy import Idx, Indexed, KroneckerDelta, Mul, Sum

from helpers.derive import Chain
from helpers.derive.notation import Tensor
from helpers.derive.rewrite import size_of
from helpers.yours.roles import Roles


def ranges(chain: Chain, t: Tensor) -> list[sp.Expr]:
    """The sizes that an entry of t must be below, those of the axes that it reads."""
    found = []
    for d in chain:
        for e in sorted(d.right.atoms(Indexed), key=str):
            found += [n for n, k in zip(e.base.shape, e.indices, strict=True) if is_entry(k, t)]
        for delta in sorted(d.right.atoms(KroneckerDelta), key=str):
            letters = [k for k in delta.args if isinstance(k, Idx)]
            found += [size_of(k) for k in letters if any(is_entry(other, t) for other in delta.args)]
    return list(dict.fromkeys(found))


def is_table(chain: Chain, W: Tensor) -> bool:
    """Whether whole numbers choose rows of W, as in an embedding."""
    return any(
        e.base == W and isinstance(e.indices[0], Indexed) for d in chain for e in d.right.atoms(Indexed)
    )


def is_entry(place: sp.Expr, t: Tensor) -> bool:
    return isinstance(place, Indexed) and place.base == t


def chosen_class(roles: Roles) -> str:
    """The source of the class that the target of a loss names for each sample; empty where it names none.

    The target names one as class ids, or as the only weights T_sn of what is summed over the classes of X_sn.
    """
    X, T = roles.inputs
    if len(X.shape) != 2:
        return ""
    if T.label.is_integer and len(T.shape) == 1:
        return "{T}" if X.shape[1] in ranges(roles.chain, T) else ""
    last = roles.chain.output.right
    sums = [s for s in last.atoms(Sum) if any(is_entry(f, T) for f in Mul.make_args(s.function))]
    uses = sum(1 for d in roles.chain for e in sp.preorder_traversal(d.right) if is_entry(e, T))
    return "{T}.argmax(1)" if T.shape == X.shape and len(sums) == 1 and uses == 1 else ""
