r"""Derivatives of matrices by matrices, written as matrices: \partial Z / \partial W = A^T.

No matrix has all of their entries. What is meant is the factor that makes the gradient by Z that by W: the claim is
right if it does so for any gradient by Z, from the right, from the left or entry by entry. Else nothing is known.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from helpers.compare.readings.claims import Claim, Outcome
from helpers.compare.readings.derivatives import ManyAxes
from helpers.compare.readings.differentials import direction
from helpers.compare.readings.differing import equal
from helpers.compare.readings.values import ONES, Any, Special, Value
from helpers.compare.readings.world import World
from helpers.read.claims.trees import Derivative

SAID = "the factor of the gradient by what stands above"


def as_factor(world: World, claim: Claim, left: ManyAxes) -> Outcome:
    """Is the right side the factor that a derivative with many axes stands for?"""
    by_entries = world.reading.choices.get("diagonal Jacobian")  # a reading of its own
    if left.names or by_entries or not isinstance(claim.left.node, Derivative):
        raise left
    ev = world.evaluator
    ev.frame = ({}, frozenset())
    g = direction(left.j[..., 0, 0] if left.j.dim() == 4 else left.j[..., 0], "factor", world.reading.draw)
    wanted = torch.tensordot(g, left.j, 2)
    right = ev.value(claim.part.node)
    if isinstance(right, Special) or not right.names:
        for found in products(g, right):
            found = found.reshape(-1) if wanted.dim() == 1 else found
            if found.shape == wanted.shape and equal(found, wanted, torch.ones_like(wanted)):
                return Outcome("right", SAID)
    raise left


def is_number_factor(jacobian: Value, factor: Value) -> bool:
    """Is γ all that a derivative multiplies by: γ on its diagonal and 0 elsewhere, or each of a vector's entries?"""
    if jacobian.names or factor.names or not factor.is_number or jacobian.is_number:
        return False
    rows, columns = jacobian.shape
    of_one = torch.eye(rows) if rows == columns else torch.ones(rows, columns)
    is_one = rows == columns or jacobian.is_vector
    return is_one and equal(jacobian.t, factor.t * of_one, torch.ones_like(jacobian.t))


def products(g: Tensor, factor: Any) -> Iterator[Tensor]:
    """A gradient of shape (rows, columns) times a factor, in each order that fits; ones and 1 stand for sums too."""
    if isinstance(factor, Special) and factor.scale is not None:
        return
    if isinstance(factor, Special) or (factor.is_number and float(factor.t.detach()) == 1):
        yield from (g, g.sum(-1), g.sum(-2)) if factor != ONES else (g.sum(-1), g.sum(-2))
        return
    t = factor.t
    if g.shape[1] == t.shape[0]:
        yield g @ t
    if t.shape[1] == g.shape[0]:
        yield t @ g
    if t.shape[1] == g.shape[1] == 1:
        yield g @ t.transpose(0, 1)
    for own in (t, t.transpose(0, 1)) if factor.is_vector else (t,):
        if all(n in (1, m) for n, m in zip(own.shape, g.shape, strict=True)):
            yield g * own
