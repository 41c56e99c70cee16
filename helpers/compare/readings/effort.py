"""How much is spent on a text: parts of formulas that are evaluated, counted, and no time that a clock measures."""

from helpers.compare.readings.choices import NotJudged

MOST = 150_000
"""Parts of formulas, over all readings of a text."""
EXHAUSTED = "the text has more readings than are tried: say in words what is a row, a column or a number"


class Exhausted(NotJudged):
    """What was to be spent is spent."""


class Effort:
    """What is left of it."""

    def __init__(self, left: int = MOST) -> None:
        self.left = left

    def spend(self, parts: int = 1) -> None:
        self.left -= parts
        if self.left < 0:
            raise Exhausted(EXHAUSTED)

    def share(self, part: float) -> "Effort":
        """A part of what is left, for itself; what it leaves comes back by `give`."""
        mine = int(max(self.left, 0) * part)
        self.left -= mine
        return Effort(mine)

    def give(self, other: "Effort") -> None:
        self.left += max(other.left, 0)
