"""From the outcomes under each reading to the verdicts: what the rest of the text allows decides."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np

from helpers.compare.readings.choices import CHOICES, LOCAL, LOOSEST, distance, said
from helpers.compare.readings.claims import TOO_MANY, Claim, Outcome
from helpers.verdict import Kind, Verdict, not_judged, right, wrong

MOST_READINGS = 3000
LAYOUTS = {"gradient", "Jacobian"}
Leaf = tuple[dict[str, str], Outcome]
"""What a claim is under a reading, and the choices that it met."""
ONLY_IF = {
    "row or column": "a row may stand for a column",
    "index that stands twice": "an index that stands twice is summed over, and the text does not say so",
}
Ask = Callable[[Claim, dict[str, str]], list[Leaf]]
NO_LEAF = Outcome("unread", "no reading")
ROUNDS, MOST_ASKED = 3, 16
"""How often, and how many readings of a claim that has too many are tried because the others need them."""
NEAR = 2
"""So many statements before and behind a claim must not be wrong for the most part, if it is to be called wrong."""


def readings_of(judged: list[Claim]) -> list[dict[str, str]]:
    """Every combination of the choices that the claims meet."""
    options: dict[str, list[str]] = {}
    for c in judged:
        for choices, _ in c.leaves:
            for name, option in choices.items():
                if name not in LOCAL and option not in options.setdefault(name, []):
                    options[name].append(option)
    for name, known in options.items():
        order = list(CHOICES.get(name, {}))
        known.sort(key=lambda o, order=order: order.index(o) if o in order else len(order))
    count = int(np.prod([len(o) for o in options.values()] or [1]))
    if count > MOST_READINGS:
        first = {name: o[0] for name, o in options.items()}
        own = (
            {k: v for k, v in choices.items() if k not in LOCAL} for c in judged for choices, _ in c.leaves
        )
        return [{**first, **choices} for choices in own]
    return [dict(zip(options, chosen, strict=True)) for chosen in product(*options.values())]


def table_of(judged: list[Claim], readings: list[dict[str, str]]) -> list[list[Leaf]]:
    """A row for each reading: what each claim is under it."""
    columns = []
    for c in judged:
        names = dict.fromkeys(k for choices, _ in c.leaves for k in choices if k not in LOCAL)
        found: dict[tuple, Leaf] = {}
        column = []
        for r in readings:
            own = tuple(r.get(name) for name in names)
            if own not in found:
                found[own] = under(c, r)
            column.append(found[own])
        columns.append(column)
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in readings]


def under(claim: Claim, reading: dict[str, str]) -> Leaf:
    """What a claim is under a reading; of the choices that are made line by line the best counts."""
    fitting = [
        (choices, o)
        for choices, o in claim.leaves
        if all(reading.get(k, v) == v for k, v in choices.items() if k not in LOCAL)
    ]
    order = ("right", "unread", "wrong", "none")
    return min(fitting, key=lambda leaf: order.index(leaf[1].word), default=({}, NO_LEAF))


def verdicts(claims: list[Claim], judged: list[Claim], layouts: bool, ask: Ask) -> None:
    """Give each claim its verdict; `ask` tells what it is under a reading that was not tried."""
    readings = readings_of(judged)
    table = table_of(judged, readings)
    fill(judged, readings, table, ask)
    scores = [count(row, "right") for row in table]
    tight = [score - bool(loosest(r)) for score, r in zip(scores, readings, strict=True)]
    most = max(scores, default=0)
    best = [row for row, score in zip(table, scores, strict=True) if score == most]
    for c in claims:
        if c.defines:
            c.verdict = None
        elif c.left is None or c.error:
            c.verdict = not_judged(why=c.error)
    for n, c in enumerate(judged):
        for points in (scores, tight):
            c.verdict = by_the_others(judged, n, table, points)
            if c.verdict.right:
                break
        if c.verdict.wrong and any(row[n][1].word == "right" for row in best):
            c.verdict = not_judged(why="it is right under a reading that fits the whole text as well")
        if c.verdict.wrong and layouts and any(o.word == "right" and LAYOUTS & {*r} for r, o in c.leaves):
            c.verdict = not_judged(why="it is right in another layout, and the text speaks of several")


def fill(judged: list[Claim], readings: list[dict[str, str]], table: list[list[Leaf]], ask: Ask) -> None:
    """Try each claim that has too many readings under the plainest of those that the other claims need."""
    open_ = [(n, c) for n, c in enumerate(judged) if any(o is TOO_MANY for _, o in c.leaves)]
    order = sorted(range(len(readings)), key=lambda k: distance(readings[k]))
    for _ in range(ROUNDS):
        scores, more = [count(row, "right") for row in table], False
        for n, c in open_:
            if tried(c, n, scores, order, readings, table, ask):
                scores, more = [count(row, "right") for row in table], True
        if not more:
            return


def tried(
    c: Claim,
    n: int,
    scores: list[int],
    order: list[int],
    readings: list[dict[str, str]],
    table: list[list[Leaf]],
    ask: Ask,
) -> bool:
    """Was a claim found right under a reading that makes most others right, and that was not tried before?"""
    others = [score - (row[n][1].word == "right") for score, row in zip(scores, table, strict=True)]
    most = max(others)
    best = [k for k in order if others[k] == most]
    if any(table[k][n][1].word == "right" for k in best):
        return False
    for k in [k for k in best if table[k][n][1] is TOO_MANY][:MOST_ASKED]:
        if table[k][n][1] is not TOO_MANY:
            continue
        found = ask(c, readings[k])
        c.leaves += found
        only = replace(c, leaves=found)
        for row, reading in zip(table, readings, strict=True):
            if row[n][1] is TOO_MANY:
                row[n] = next_of(under(only, reading), row[n])
        if table[k][n][1].word == "right":
            return True
    return False


def next_of(found: Leaf, before: Leaf) -> Leaf:
    """A leaf that was found, where one was."""
    return before if found[1] is NO_LEAF else found


def by_the_others(judged: list[Claim], n: int, table: list[list], points: list[int]) -> Verdict:
    """The verdict on a claim under the readings that have most points without it."""
    others = [p - (row[n][1].word == "right") for p, row in zip(points, table, strict=True)]
    best = max(others)
    return of_rows(judged, n, [row for row, o in zip(table, others, strict=True) if o == best], best)


def of_rows(judged: list[Claim], n: int, rows: list[list], best: int) -> Verdict:
    """The verdict on a claim from the readings under which most others are right; a wrong one needs a witness yet."""
    rows = [row for row in rows if row[n][1].word != "none"] or rows
    found = [row[n] for row in rows]
    first = next((k for k, (_, o) in enumerate(found) if o.word == "right"), None)
    if first is not None:
        choices = found[first][0]
        if alone := [x for x in loosest(choices) if not supported(judged, n, rows[first], x)]:
            return not_judged(why=f"it is right only if {ONLY_IF[alone[0][0]]}")
        why = found[first][1].why
        return right(taken=(*said(needed(judged[n], choices)), *([why] if why else [])))
    unread = next((o for _, o in found if o.word in ("unread", "none")), None)
    if unread is not None:
        return not_judged(why=unread.why)
    others_wrong = min(count(row, "wrong", n) for row in rows)
    if best < 1 or best <= others_wrong:
        return not_judged(why="no reading makes most of the other lines right")
    near = [m for m, c in enumerate(judged) if abs(c.position - judged[n].position) <= NEAR]
    if all(
        count([row[m] for m in near], "right") < count([row[m] for m in near], "wrong", near.index(n))
        for row in rows
    ):
        return not_judged(why="the lines around it follow from other definitions than those of the text")
    judged[n].rows = rows
    return wrong(Kind.WRONG_VALUE)


def needed(claim: Claim, choices: dict[str, str]) -> dict[str, str]:
    """The choices without which a right claim would not be right: of any other option of them it is not."""

    def is_open(name: str) -> bool:
        others = [
            outcome.word
            for option, outcome in claim.leaves
            if option.get(name, choices[name]) != choices[name]
            and all(option.get(k, v) == v for k, v in choices.items() if k != name)
        ]
        return bool(others) and set(others) == {"right"}

    return {name: option for name, option in choices.items() if not is_open(name)}


def count(row: list, word: str, but: int = -1) -> int:
    """How many claims of a row are right, or wrong."""
    return sum(o.word == word for m, (_, o) in enumerate(row) if m != but)


def loosest(choices: dict[str, str]) -> set[tuple[str, str]]:
    """Those choices of a reading that count only where another line needs them too."""
    return LOOSEST.items() & choices.items()


def supported(judged: list[Claim], n: int, row: list, loose: tuple[str, str]) -> bool:
    """Does a line of another chain need such a choice too?"""
    others = (leaf for c, leaf in zip(judged, row, strict=True) if c.statement is not judged[n].statement)
    return any(loose in choices.items() and o.word == "right" for choices, o in others)
