"""A loss that the text leaves open: made of the letters that nothing else is made of."""

import torch
from torch import Tensor

from helpers.compare.readings.choices import NotJudged
from helpers.compare.readings.drawing import seed_of, twin
from helpers.compare.readings.roles import Quantities
from helpers.compare.readings.room import LAYER, TOP
from helpers.read.claims.letters import TOPS, Key
from helpers.read.definitions.syntax import Letter


def upstream(world: Quantities) -> Tensor:
    """A loss that the text leaves open: a random smooth function of what nothing else is made of."""
    if world.loss is not None:
        return world.loss
    if world.room.loss in world.room.broken:
        raise NotJudged(
            f"the definition of {world.room.loss} was not read: {world.room.broken[world.room.loss]}"
        )
    total: Tensor | None = None
    for key, defined in outputs(world):
        t = world.tensor(key)
        if not defined and total is not None and depends(total, t):
            continue
        random = torch.Generator().manual_seed(seed_of("loss" + str(key)) + world.reading.draw)
        a, b = (torch.randn(t.shape, generator=random, dtype=torch.float64) for _ in range(2))
        part = (a * t + 0.3 * b * t * t).sum()
        total = part if total is None else total + part
    if total is None:
        raise NotJudged("nothing says what the loss is made of")
    world.loss = total
    return total


def outputs(world: Quantities) -> list[tuple[Key, bool]]:
    """The letters that no definition uses, of which the loss is made; and whether each is defined."""
    room, letters = world.room, world.letters
    keys: dict[Key, bool] = {}
    for name, ds in room.definitions.items():
        d = ds[-1]
        if name in letters.losses or any(o.derives for o in ds):
            continue
        stepped = any((s[0] if isinstance(s, tuple) else s) in letters.steps for _, s in d.key[1])
        if name not in room.used or stepped:
            keys[at_the_top(world, d.key)] = True
    made = {*room.definitions, *room.used, *letters.losses, *room.functions}
    for n in room.derivatives:
        if isinstance(n.by, Letter):
            name = twin(world, n.by.name) or n.by.name
            if name not in made:
                keys.setdefault(world.concrete(letters.slots(n.by).key), False)
    top = [k for k in keys if any(v == TOP for _, v in k[1])]
    if letters.steps & {"l", "ell"} and top:
        last = [k for k in top if k[0] not in room.used] or top
        return [(k, keys[k]) for k in last]
    return list(keys.items())


def at_the_top(world: Quantities, key: Key) -> Key:
    """The key at the last layer or time."""
    label = []
    for kind, s in key[1]:
        base = s[0] if isinstance(s, tuple) else s
        label.append(
            (kind, TOP if base in (*TOPS, "l", "ell") else LAYER)
            if base in world.letters.steps
            else (kind, s)
        )
    return key[0], tuple(label)


def depends(y: Tensor, x: Tensor) -> bool:
    """Is a number made of a tensor, among others?"""
    if not y.requires_grad:
        return False
    return torch.autograd.grad(y, x, retain_graph=True, allow_unused=True)[0] is not None
