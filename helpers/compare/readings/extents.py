"""Sizes that the text has letters for: the N of a sum to N, the N of 1/N."""

from helpers.compare.readings.choices import SIZE, NotJudged
from helpers.compare.readings.drawing import seed_of
from helpers.compare.readings.roles import Quantities
from helpers.read.claims.asking import size_name
from helpers.read.definitions.syntax import Letter, Total, walk

NO_SIZE = "a number"
"""What a letter is that might be a size, and is none."""


def size(world: Quantities, x: Letter) -> float:
    """The number that a size's letter stands for."""
    sizes, name = world.reading.sizes, size_name(x)
    if name not in sizes.letters:
        look_for(world, name)
    if name in sizes.letters:
        return sizes.of(sizes.letters[name], world.reading.draw)
    axes = sorted({sizes.root(a) for a in sizes.parent}, key=str)[:4]
    world.room.of_any[f"{SIZE}{name}"] = NO_SIZE
    chosen = world.choose(f"{SIZE}{name}", NO_SIZE, *map(called, axes))
    if chosen == NO_SIZE:
        return 0.6 + seed_of(name) % 5 + world.reading.draw
    axis = next((a for a in sizes.parent if called(a) == chosen), None)
    if axis is None:
        raise NotJudged(f"nothing says what {name} is the size of")
    return sizes.of(axis, world.reading.draw)


def called(axis: tuple) -> str:
    return f"the size of {axis[0]}'s axis {axis[2] + 1}"


def look_for(world: Quantities, name: str) -> None:
    """Name the size that a sum of the text runs to: that of its index, at a letter under it."""
    trees = [d.right for ds in world.room.definitions.values() for d in ds]
    trees += [p.node for s in world.room.statements for p in s.parts if p.node is not None]
    frame = world.evaluator.frame
    for n in (n for tree in trees for n in walk(tree)):
        for b in n.bound if isinstance(n, Total) else ():
            if isinstance(b.upto, Letter) and size_name(b.upto) == name:
                world.evaluator.frame = ({}, frozenset())
                try:
                    world.evaluator.scan(n.body)
                    size = world.evaluator.frame[0].get(b.letter)
                finally:
                    world.evaluator.frame = frame
                if size is not None:
                    name_size(world, b.upto, size)
                    return


def name_size(world: Quantities, x: Letter, size: int) -> None:
    """A bound of a sum names the size of the axis that is summed."""
    sizes, name = world.reading.sizes, size_name(x)
    axis = sizes.axis_of(size, world.reading.draw)
    if axis is None:
        return
    if name not in sizes.letters:
        sizes.letters[name] = axis
    elif sizes.root(sizes.letters[name]) != axis:
        sizes.merge(
            sizes.of(sizes.letters[name], world.reading.draw),
            size,
            world.reading.draw,
            world.reading.defining > 0,
        )
