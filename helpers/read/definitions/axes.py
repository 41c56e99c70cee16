"""Axes that become one where a formula needs them to be of one size, and the choices that a text leaves open.

Every axis of every letter starts as a class of its own. X Wᵀ makes the columns of X and the columns of W one class;
what is never made one has a size of its own.
"""

from dataclasses import dataclass

from helpers.read.definitions.errors import Place


class Misfit(Exception):
    """A formula that has no meaning under this reading."""

    def __init__(self, message: str, place: Place | None = None, letter: str = "") -> None:
        super().__init__(message)
        self.message, self.place, self.letter = message, place, letter


@dataclass(frozen=True)
class Choice:
    """What a text leaves open: of which letter, what it may be (each with a cost: 0 is usual), and the question."""

    key: tuple[str, str]
    options: tuple[tuple[str, int], ...]
    place: Place
    question: str


class Fork(Exception):
    """A choice is met that this reading has not made."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(choice.question)
        self.choice = choice


class Axis:
    """An axis; those that are joined have one root. It may have a size, by name or number, and letters that own it."""

    def __init__(self, *owners: str, size: str | int | None = None) -> None:
        self.parent: Axis | None = None
        self.owners, self.size = set(owners), size

    @property
    def root(self) -> "Axis":
        axis = self
        while axis.parent:
            axis = axis.parent
        return axis

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Axis) and self.root is other.root

    def __hash__(self) -> int:
        return id(self.root)


ONE = Axis(size=1)
"""The axis of a single entry: the columns of a column."""


def join(a: Axis, b: Axis, place: Place | None = None) -> Axis:
    """One axis of the two; sizes that are said to differ do not fit."""
    a, b = a.root, b.root
    if a is b:
        return a
    if a is ONE or b is ONE:
        letters = sorted(a.owners | b.owners)
        raise Misfit("a vector stands where a matrix is needed", place, letters[0] if letters else "")
    if a.size is not None and b.size is not None and a.size != b.size:
        letters = sorted(a.owners | b.owners)
        said = f"an axis of size {a.size} meets one of size {b.size}, of {' and '.join(letters)}"
        raise Misfit(said, place, letters[0] if letters else "")
    b.parent = a
    a.owners |= b.owners
    a.size = b.size if a.size is None else a.size
    return a


def joining_would_square(a: Axis, b: Axis) -> bool:
    """Are they two axes of one letter, which would become square?"""
    return a != b and bool(a.root.owners & b.root.owners)
