"""Each claim under each reading that it distinguishes."""

from collections.abc import Iterable, Iterator

from helpers.compare.readings.choices import Fork, Merged, Misfit, NotJudged, explored
from helpers.compare.readings.claims import TOO_MANY, Claim, Outcome
from helpers.compare.readings.comparing import FAILURES, outcome
from helpers.compare.readings.room import Room
from helpers.compare.readings.worlds import world_of
from helpers.judge.texts.verdicts import verdicts

MOST_LEAVES, FEW_LEAVES = 56, 6
"""Readings of a claim that are tried, and those where the other claims have made most choices."""


def judge(room: Room, claims: list[Claim]) -> int:
    """Give every claim its verdict; the score is what makes this room likelier than another."""
    settle(room)
    judged = [c for c in claims if is_judged(c)]
    places = list(dict.fromkeys(id(c.statement) for c in judged))
    for c in judged:
        c.position = places.index(id(c.statement))
    for _ in range(3):
        for c in judged:
            if not c.leaves or merges_of(room, met(c)) != c.merges:
                c.leaves = leaves_of(room, c)
                c.merges = merges_of(room, met(c))
    verdicts(
        claims, judged, room.letters.layouts, lambda c, reading: leaves_under(room, c, FEW_LEAVES, reading)
    )
    return sum(c.verdict.right for c in judged) * 2 - sum(c.verdict.wrong for c in judged)


def met(claim: Claim) -> Iterator[dict[str, str]]:
    """The readings that a claim distinguishes."""
    return (choices for choices, _ in claim.leaves)


def merges_of(room: Room, readings: Iterable[dict[str, str]]) -> int:
    """How often sizes became one so far in these readings."""
    met = (room.sizes.get(frozenset(choices.items())) for choices in readings)
    return sum(s.merges for s in met if s is not None)


def is_judged(claim: Claim) -> bool:
    """Does a claim have both sides, and say what is so rather than what is meant?"""
    return claim.left is not None and not claim.error and not claim.defines


def settle(room: Room) -> None:
    """Evaluate the definitions first: they say which sizes are equal."""
    definitions = [d for ds in room.definitions.values() for d in ds]
    readings: dict[int, list[dict[str, str]]] = {}
    merges: dict[int, int] = {}
    for _ in range(3):
        for k, d in enumerate(definitions):
            if k not in merges or merges_of(room, readings[k]) != merges[k]:
                found = explored(lambda choices, d=d: defined(room, d, choices), 16)
                readings[k] = [choices for choices, _ in found]
                merges[k] = merges_of(room, readings[k])


def defined(room: Room, d, choices: dict[str, str]) -> bool:
    for _ in range(40):
        world = world_of(room, choices, 0)
        world.evaluator.frame = ({}, frozenset())
        try:
            world.tensor(world.concrete(d.key))
            return True
        except Merged:
            room.forget(choices)
        except Fork:
            raise
        except (NotJudged, Misfit, RecursionError, *FAILURES):
            return False
    return False


def leaves_of(room: Room, claim: Claim) -> list[tuple[dict[str, str], Outcome]]:
    """The readings that a claim meets, each with its outcome."""
    if claim.part.limited:
        return [
            (
                {},
                Outcome("unread", f"it holds under a condition that is not understood: {claim.part.limited}"),
            )
        ]
    return leaves_under(room, claim, MOST_LEAVES)


def leaves_under(
    room: Room, claim: Claim, most: int, reading: dict[str, str] | None = None
) -> list[tuple[dict[str, str], Outcome]]:
    """The same, where some choices are made."""
    found = explored(lambda choices: outcome(room, claim, choices), most, holds_for_special_cases, reading)
    return [(c, o or TOO_MANY) for c, o in found]


def holds_for_special_cases(o: Outcome) -> bool:
    """Is it right for any, no reading, or no mere difference of numbers, which special ones may make equal?"""
    return o.word in ("right", "none") or o.kind is not None
