"""Which states of an explorer are drawn ahead, for a page that has no kernel.

    Explorer(..., ahead=Ahead(presets=[{"x": 0.0}], pairs=[("h", "dtype")]))

Without a word from its author an explorer whose states are few is drawn in all of them; of another, each control is
drawn alone, from the start and from what the prediction shows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

FEW = 450

Stops = Mapping[str, Sequence[Any]]
At = tuple[int, ...]  # the number of each control's stop


@dataclass(frozen=True)
class Ahead:
    """The budget of an explorer whose states are more than FEW.

    presets are more states from which each control moves alone. pairs are controls that move together, from the
    start and from what the prediction shows. Controls that are `separate` change a place of the picture each,
    whatever the others are: then one change of each is drawn and all of their combinations are put together;
    `say` gives the sentence of a state without a drawing. An explorer that keeps a score from one state to the next is
    not a function of its values: it says `drawn=False`.
    """

    presets: Sequence[dict[str, Any]] = ()
    pairs: Sequence[tuple[str, str]] = ()
    separate: Sequence[str] = ()
    say: Callable[..., str] | None = None
    drawn: bool = True


def stops(control: Any) -> list:
    """All values of a slider, choice or toggle, in order; of a button, before and after one press."""
    if control.kind == "slider":
        count = round((control.high - control.low) / control.step)
        return [control.clean(round(control.low + k * control.step, 10)) for k in range(count + 1)]
    return {"choice": getattr(control, "options", ()), "toggle": (False, True), "button": (0, 1)}[
        control.kind
    ]


def number_of(values: Mapping[str, Any], ways: Stops) -> At:
    """Values as the numbers of their stops; a value between two stops is at the nearest."""
    return tuple(
        min(range(len(stops_)), key=lambda k: abs(stops_[k] - values[name]))
        if isinstance(stops_[0], int | float) and not isinstance(values[name], str)
        else list(stops_).index(values[name])
        for name, stops_ in ways.items()
    )


def states(ahead: Ahead, ways: Stops, start: dict[str, Any], shown: dict[str, Any]) -> list[At]:
    """The states that are drawn, each once; start and shown (what the prediction shows) are always among them."""
    if ahead.separate:
        bases = combinations(start, [name for name in ways if name not in ahead.separate], ways)
        found = (state for base in bases for state in alone(base, ahead.separate, ways))
    elif prod(map(len, ways.values())) <= FEW:
        found = combinations(start, list(ways), ways)
    else:
        bases = [start, {**start, **shown}]
        found = [state for base in bases for state in alone(base, ways, ways)]
        found += [state for preset in ahead.presets for state in alone({**start, **preset}, ways, ways)]
        found += [state for base in bases for pair in ahead.pairs for state in combinations(base, pair, ways)]
    return list(dict.fromkeys(number_of(state, ways) for state in found))


def alone(base: dict[str, Any], names: Sequence[str], ways: Stops) -> Iterator[dict[str, Any]]:
    """A state, then each of some controls at each of its stops."""
    yield base
    yield from ({**base, name: value} for name in names for value in ways[name])


def combinations(base: dict[str, Any], names: Sequence[str], ways: Stops) -> Iterator[dict[str, Any]]:
    """All combinations of some controls, the others as in a state."""
    for values in product(*(ways[name] for name in names)):
        yield {**base, **dict(zip(names, values, strict=True))}
