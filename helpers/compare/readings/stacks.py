"""Vectors one behind the other: the size of the whole is the sum of theirs."""

import torch

from helpers.compare.readings.choices import Misfit, NotJudged
from helpers.compare.readings.roles import Meaning
from helpers.compare.readings.values import Value
from helpers.read.claims.stacked import Stacked


def stack(ev: Meaning, node: Stacked) -> Value:
    """The parts along the axis that they have; matrices beside each other where samples are rows."""
    parts = [ev.real(item) for item in node.items]
    names, tensors = ev.algebra.align(*parts)
    axis = axis_of(ev, parts)
    across = {p.shape[1 + axis] for p in parts if not p.is_number}
    if len(across) > 1:
        ev.world.reading.fit(*sorted(across)[:2], "the rows of what stands side by side")
    sizes, draw = ev.world.reading.sizes, ev.world.reading.draw
    axes = [sizes.axis_of(p.shape[axis], draw) for p in parts]
    if len(parts) > 1 and all(a is not None for a in axes):
        sizes.add(axes)
    batch = torch.broadcast_shapes(*(t.shape[:-2] for t in tensors))
    return Value(names, torch.cat([t.expand(*batch, *t.shape[-2:]) for t in tensors], axis))


def axis_of(ev: Meaning, parts: list[Value]) -> int:
    if all(p.is_number for p in parts):
        return -2 if ev.world.choose("vectors", "columns", "rows") == "columns" else -1
    if any(p.is_number for p in parts):
        raise NotJudged("numbers and vectors side by side")
    vectors = [p for p in parts if p.is_vector]
    if vectors and len(vectors) < len(parts):
        raise Misfit("a vector beside a matrix")
    if vectors:
        along = {p.shape[0] == 1 for p in vectors}
        if len(along) > 1:
            raise Misfit("a row beside a column")
        return -1 if along == {True} else -2
    return -1 if ev.world.choose("samples", "rows", "columns") == "rows" else -2
