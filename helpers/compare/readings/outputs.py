"""The loss that a text leaves open: a random smooth function of what nothing else is made of."""

import torch
from torch import Tensor

from helpers.compare.readings.choices import CHOICES, NotJudged
from helpers.compare.readings.drawing import seed_of, twin
from helpers.compare.readings.roles import Quantities
from helpers.compare.readings.steps import LAST
from helpers.read.claims.letters import Key
from helpers.read.claims.spoken import spoken
from helpers.read.claims.times import LAYERS, TOPS, base_of
from helpers.read.definitions.syntax import Letter


def upstream(world: Quantities, time: int | None) -> Tensor:
    """Of the outputs at a time; without one, at that of the claim or at all times, as a reading says."""
    if world.room.loss in world.room.broken:
        why = world.room.broken[world.room.loss]
        raise NotJudged(f"the definition of {spoken(world.room.loss)} was not read: {why}")
    total: Tensor | None = None
    for key, defined in outputs(world, time):
        t = world.tensor(key)
        if not defined and total is not None and depends(total, t):
            continue
        random = torch.Generator().manual_seed(seed_of("loss" + str(key)) + world.reading.draw)
        a, b = (torch.randn(t.shape, generator=random, dtype=torch.float64) for _ in range(2))
        part = (a * t + 0.3 * b * t * t).sum()
        total = part if total is None else total + part
    if total is None:
        raise NotJudged("nothing says what the loss is made of")
    return total


def outputs(world: Quantities, time: int | None) -> list[tuple[Key, bool]]:
    """The letters that no definition uses, of which the loss is made; and whether each is defined."""
    room, letters = world.room, world.letters
    keys: dict[Key, bool] = {}
    for name, ds in room.definitions.items():
        d = ds[-1]
        if name in letters.losses or name in room.gradients:
            continue
        layered = {base_of(s) for _, s in d.key[1]} & letters.steps & {*LAYERS, *TOPS}
        numbered = [o.key for o in ds if o.key[1] and all(str(s).isdigit() for _, s in o.key[1])]
        if numbered and not letters.steps:  # W2 a1 + b2 uses a, but not a2
            keys |= dict.fromkeys([key for key in numbered if key not in room.used_labels], True)
        elif name not in room.used_now or layered:
            keys |= dict.fromkeys(at_their_times(world, d.key, time), True)
    made = {*room.definitions, *room.used, *letters.losses, *room.functions}
    for n in room.derivatives:
        if isinstance(n.by, Letter):
            name = twin(world, n.by.name) or n.by.name
            if name not in made:
                keys.setdefault(world.concrete(letters.slots(n.by).key), False)
    return of_the_top_layer(world, keys)


def of_the_top_layer(world: Quantities, keys: dict[Key, bool]) -> list[tuple[Key, bool]]:
    top = [k for k in keys if any(v == world.steps.last("L") for _, v in k[1])]
    if world.letters.steps & {*LAYERS} and top:
        last = [k for k in top if k[0] not in world.room.used] or top
        return [(k, keys[k]) for k in last]
    return list(keys.items())


def at_their_times(world: Quantities, key: Key, time: int | None) -> list[Key]:
    """The key at the top layer, and at the times of which the loss is made."""
    steps, label = world.steps, key[1]
    bases = {base_of(s) for _, s in label} & world.letters.steps
    if not bases & (steps.times | {"T"}):
        return [(key[0], at(world, label, 0))]
    if time is None:
        one, every, step = CHOICES["times"]
        chosen = world.choose("times", one, every, step) if world.room.recurs else one
        times = range(1, LAST + 1) if chosen == every else [steps.now]
    else:
        times = [time]
    return [(key[0], at(world, label, n)) for n in times]


def at(world: Quantities, label: tuple, time: int) -> tuple:
    """The scripts of a letter at the top layer and at a time."""
    steps, out = world.steps, []
    for kind, s in label:
        base = base_of(s)
        if base in steps.times or base == "T":
            out.append((kind, time))
        elif base in world.letters.steps:
            out.append((kind, steps.last(base) if base in world.letters.tops else steps.last("L")))
        else:
            out += steps.concrete(((kind, s),))
    return tuple(out)


def depends(y: Tensor, x: Tensor) -> bool:
    """Is a number made of a tensor, among others?"""
    if not y.requires_grad:
        return False
    return torch.autograd.grad(y, x, retain_graph=True, allow_unused=True)[0] is not None
