"""All readings of a text, the likeliest first.

A reading is a set of choices; what it costs is how unusual they are. The text is evaluated under the cheapest reading
that is not yet tried; where it meets a choice that this reading has not made, each option becomes a reading of its own.
So a choice that no formula needs is never made, and what does not fit falls away.
"""

import heapq
from itertools import count

from helpers.read.definitions.axes import Choice, Fork, Misfit
from helpers.read.definitions.errors import Ambiguous, Unreadable
from helpers.read.definitions.letters import Text
from helpers.read.definitions.run import Run

MOST_READINGS = 600


def best_reading(text: Text) -> Run:
    """The cheapest reading that fits; where two are as cheap, the text is asked what it means."""
    number = count()
    heap: list = [(0, next(number), {}, None, None)]
    misfit: Misfit | None = None
    asked: dict[tuple[str, str], Choice] = {}
    best: Run | None = None
    for _ in range(MOST_READINGS):
        if not heap:
            break
        cost, _, choices, base, run = heapq.heappop(heap)
        if best and cost > best.cost:
            break
        if run is not None:
            if best is None:
                best = run
                continue
            ask(best, run, asked)
            continue
        run = Run(text, choices, cost=base or 0)
        try:
            run.evaluate()
        except Fork as fork:
            asked[fork.choice.key] = fork.choice
            spent = base or 0
            for option, price in fork.choice.options:
                made = {**choices, fork.choice.key: option}
                heapq.heappush(heap, (max(run.cost, cost) + price, next(number), made, spent + price, None))
        except Misfit as why:
            misfit = misfit or why
        else:
            heapq.heappush(heap, (run.cost, next(number), choices, base, run))
    if best:
        return best
    if misfit is None:
        raise Unreadable("this text has too many readings: say X in R^(S×N) of its letters")
    raise Unreadable(f"{misfit.message}: no reading of the letters fits", misfit.place, misfit.letter)


def ask(best: Run, other: Run, asked: dict[tuple[str, str], Choice]) -> None:
    """Two readings cost the same: ask about the first choice in which they differ."""
    for key, option in best.choices.items():
        if other.choices.get(key, option) != option:
            choice = asked[key]
            raise Ambiguous(choice.question, choice.place, key[1])
