"""Which definition of the text is meant by a letter with its layers and times."""

from helpers.compare.readings.roles import Quantities
from helpers.compare.readings.room import TOP, Definition
from helpers.read.claims.letters import TOPS, Key


def definition_of(world: Quantities, key: Key) -> tuple[Definition, dict[str, int]] | None:
    """The definition that fits a key best, and what its layers and times stand for."""
    best, best_rank = None, -1
    for d in world.room.definitions.get(key[0], []):
        steps, rank = {}, 2
        if len(d.key[1]) != len(key[1]):
            continue
        for (kind, pattern), (kind_of_key, value) in zip(d.key[1], key[1], strict=True):
            fit = fits(world, d, kind == kind_of_key, pattern, value, steps)
            if fit is None:
                break
            rank = fit if fit != 2 else rank
        else:
            if rank > best_rank:
                best, best_rank = (d, steps), rank
    return best


def fits(
    world: Quantities, d: Definition, same_kind: bool, pattern, value, steps: dict[str, int]
) -> int | None:
    """How well a script of a definition fits one of a key: 4 its number, 3 the top, 2 alike, 1 any."""
    if not same_kind:
        return None
    if isinstance(pattern, str) and pattern in world.letters.steps and isinstance(value, int):
        if value < 1:
            return None
        top = pattern in TOPS
        if top and value == TOP:
            return 3
        if top and not d.derives and is_general(world, d):
            return None
        steps[pattern] = value
        return 0 if top else 1
    if isinstance(pattern, tuple):
        base, shift = pattern
        if base in world.letters.steps and isinstance(value, int) and base not in TOPS and value - shift >= 1:
            steps[base] = value - shift
            return 1
        return None
    if isinstance(value, int) and pattern.isdigit():
        return 4 if int(pattern) == value else None
    return 2 if pattern == value else None


def is_general(world: Quantities, d: Definition) -> bool:
    """Is there another definition of the letter, for any layer?"""
    return any(
        o is not d and any(s in ("l", "ell") for _, s in o.key[1]) for o in world.room.definitions[d.key[0]]
    )
