"""A path that a gradient forgets: it is what comes where a letter on the way is held fixed, the mean of a norm say."""

from collections.abc import Iterator
from itertools import combinations

from helpers.compare.readings.choices import Fork, Merged, Misfit, NotJudged
from helpers.compare.readings.claims import Claim
from helpers.compare.readings.comparing import DRAWS, FAILURES, Held
from helpers.compare.readings.room import Room
from helpers.compare.readings.world import World
from helpers.compare.readings.worlds import world_of
from helpers.read.claims.letters import Key
from helpers.read.claims.spoken import spoken
from helpers.read.claims.trees import Derivative
from helpers.read.definitions.syntax import Call, Node, Total, walk

SUMS = {"sum", "mean", "var", "std", "norm"}
MOST_LETTERS = 8
"""Defined letters between a loss and what it is derived by, of which one or two are held fixed."""


def forgotten(room: Room, claim: Claim, choices: dict[str, str]) -> tuple[str, ...]:
    """The letters whose dependence a wrong gradient forgets, in every draw; () where that does not explain it."""
    if not isinstance(claim.left.node, Derivative):
        return ()
    try:
        worlds = [world_of(room, choices, draw) for draw in DRAWS]
        for world in worlds:
            Held(world, claim)
        for keys in sets_of(worlds[0]):
            if all(is_right(fixed(world, keys), claim) for world in worlds):
                return tuple(spoken(name) for name, _ in keys)
    except (NotJudged, Misfit, Fork, Merged, *FAILURES):
        pass
    return ()


def sets_of(world: World) -> Iterator[tuple[Key, ...]]:
    """One letter, and two that are sums, such as a mean and a variance."""
    keys = [k for k in world.tensors if world.definition_of(k)][:MOST_LETTERS]
    yield from combinations(keys, 1)
    yield from combinations((k for k in keys if is_sum(world.definition_of(k)[0].right)), 2)


def is_sum(right: Node) -> bool:
    return any(isinstance(n, Total) or (isinstance(n, Call) and n.name in SUMS) for n in walk(right))


def fixed(world: World, keys: tuple[Key, ...]) -> World:
    """The same letters with the same numbers, some of which depend on nothing."""
    drawn = {k: t for k, t in world.tensors.items() if not world.definition_of(k)}
    held = {k: world.tensors[k].detach().requires_grad_(True) for k in keys}
    return world.beside({**drawn, **held})


def is_right(world: World, claim: Claim) -> bool:
    try:
        found = Held(world, claim).against(claim.part.node)
    except (NotJudged, Misfit, Fork, Merged, *FAILURES):
        return False
    return found.word == "right" and not found.vanishes
