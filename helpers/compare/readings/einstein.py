r"""Sums that a text leaves out: an index that stands twice in a term, and nowhere outside of it, is summed over."""

from helpers.compare.readings.choices import CHOICES
from helpers.compare.readings.roles import Meaning
from helpers.compare.readings.values import Value
from helpers.read.claims.letters import indices_of
from helpers.read.claims.repeated import repeated
from helpers.read.definitions.syntax import Node

SAID, DONE = "repeated index", "index that stands twice"


def summed(ev: Meaning, v: Value, term: Node, rest: tuple[Node, ...] = ()) -> Value:
    """The value of a term without the indices that are summed over; not those that the rest of it has too."""
    letters, reading = ev.letters, ev.world.reading
    if not letters.einstein or (reading.defining and not ev.frame[1]):
        return v
    held = ev.frame[1].union(*(indices_of(f, letters) for f in rest))
    loose = [n for n in v.names if n not in held and n in repeated(term, letters)]
    name = SAID if letters.sums_left_out else DONE
    if loose and ev.world.choose(name, *CHOICES[name]) == "summed":
        for n in loose:
            v = v.summed(n)
    return v
