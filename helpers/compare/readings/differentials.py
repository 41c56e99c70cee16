"""Differentials: how much something changes where its letters change in a direction that is drawn at random.

dL = tr(Gᵀ dX) is right if it holds for any dX. The letters that change are those whose differential stands in the text,
and those within d(...); all others are held fixed. Where these are all made of others, all that is free changes.
"""

import torch
from torch import Tensor

from helpers.compare.readings.choices import CHANGES, CHOICES, NotJudged
from helpers.compare.readings.drawing import seed_of
from helpers.compare.readings.roles import Meaning
from helpers.compare.readings.values import Special, Value
from helpers.read.claims.spoken import spoken
from helpers.read.definitions.syntax import Letter, Node


def differential(ev: Meaning, of: Node) -> Value:
    """The change of a letter or of a formula."""
    v, world = ev.value(of), ev.world
    room = world.room
    if isinstance(v, Special):
        raise NotJudged("the differential of the identity")
    if isinstance(of, Letter) and of.name in room.unsaid:
        raise NotJudged(f"nothing says what {spoken(of.name)} is made of: write {spoken(of.name)} = ...")
    names = room.varied
    more = room.varied_within - names - {*room.definitions}
    if more and world.choose(CHANGES, *CHOICES[CHANGES]) == "all":
        names = names | more
    free = {key: t for key, t in world.tensors.items() if t.is_leaf and t.requires_grad}
    leaves = {
        key: t for key, t in free.items() if key[0] in names
    } or free  # else all would be 0, and any line right
    return Value(
        v.names, pushed(v.t, [(t, direction(t, str(key), world.reading.draw)) for key, t in leaves.items()])
    )


def direction(t: Tensor, name: str, draw: int) -> Tensor:
    """In which direction a letter changes."""
    random = torch.Generator().manual_seed(seed_of("d" + name) + 7919 * draw)
    return torch.randn(t.shape, generator=random, dtype=torch.float64)


def pushed(y: Tensor, changes: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The change of y: the gradient along u is linear in u, and its own gradient by u is what is asked."""
    if not y.requires_grad or not changes:
        return torch.zeros_like(y)
    u = torch.zeros_like(y, requires_grad=True)
    leaves = [x for x, _ in changes]
    back = torch.autograd.grad(y, leaves, u, create_graph=True, allow_unused=True)
    along = [(g * dx).sum() for g, (_, dx) in zip(back, changes, strict=True) if g is not None]
    total = sum(along) if along else None
    if total is None or not total.requires_grad:
        return torch.zeros_like(y)
    (out,) = torch.autograd.grad(total, u, create_graph=True, allow_unused=True)
    return torch.zeros_like(y) if out is None else out
