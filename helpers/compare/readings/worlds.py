"""The worlds of a room, one for each reading and draw: one more choice changes only what asks for it.

What a reading with fewer choices has found without a Fork holds under each reading with the same answers and more: the
sizes that are one, and, while the sizes are the same, the letters and their gradients.
"""

from helpers.compare.readings.choices import Reading, Sizes
from helpers.compare.readings.room import Room
from helpers.compare.readings.world import World

Chosen = frozenset[tuple[str, str]]
"""A reading as a set: its choices with their answers."""


def world_of(room: Room, choices: dict[str, str], draw: int) -> World:
    """The world of a reading; those that were made are kept until two sizes become one."""
    chosen = frozenset(choices.items())
    if (chosen, draw) not in room.worlds:
        sizes = sizes_of(room, chosen)
        made = World(room, Reading(choices, sizes, draw, room.letters.stated))
        if (before := like(room, chosen, draw, sizes)) is not None:
            take_over(made, before)
        room.worlds[chosen, draw] = made
    return room.worlds[chosen, draw]


def sizes_of(room: Room, chosen: Chosen) -> Sizes:
    """The sizes of a reading: they begin as those of the nearest reading with fewer choices."""
    if chosen not in room.sizes:
        fewer = max((c for c in room.sizes if c < chosen), key=len, default=None)
        room.sizes[chosen] = Sizes(room.within) if fewer is None else room.sizes[fewer].copy()
    return room.sizes[chosen]


def like(room: Room, chosen: Chosen, draw: int, sizes: Sizes) -> World | None:
    """The world that knows most, of those with fewer choices and the same sizes."""
    fewer = (w for (c, d), w in room.worlds.items() if d == draw and c < chosen and same_times(c, chosen))
    agreeing = [w for w in fewer if sizes.agree(w.reading.sizes)]
    return max(agreeing, key=lambda w: len(w.tensors), default=None)


def same_times(fewer: Chosen, chosen: Chosen) -> bool:
    """Do two readings give the same letters to a step? One step alone does not go on to those before it."""
    return ("times", "step") not in chosen - fewer


def take_over(made: World, before: World) -> None:
    """Let a world begin with the letters of another; those that only a claim has are not known yet."""
    made.reading.sizes.learn(before.reading.sizes)
    made.tensors = {k: t for k, t in before.tensors.items() if k[0] in made.room.known}
    made.losses, made.kept = dict(before.losses), dict(before.kept)
    made.of_open_loss = set(before.of_open_loss)
