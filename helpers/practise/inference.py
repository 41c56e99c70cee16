"""Which question a chain of equalities answers, where nobody says it: the one in which most of it is right."""

import re

from helpers.practise.judging import mark_statement, marker_of
from helpers.practise.marked import MarkedLine
from helpers.practise.reading import Statement, read
from helpers.practise.setting import SETTINGS

DECLARED = re.compile(r"(?:<!--|%|#)\s*question:\s*([\w ]+?)\s*(?:-->|$)", re.MULTILINE)


def declarations(text: str) -> list[tuple[int, str]]:
    """(line, name) of each comment <!-- question: linear --> or % question: linear; it holds until the next."""
    return [(text.count("\n", 0, m.start()) + 1, m[1].replace(" ", "_")) for m in DECLARED.finditer(text)]


def infer(text: str) -> list[MarkedLine]:
    """Every line of every chain, each chain in the question that is declared for it, else in the likeliest one."""
    readings = {name: by_place(read(text, make())) for name, make in SETTINGS.items()}
    declared, marked, last, number = declarations(text), [], "", 0
    while candidates := {name: r[len(marked)] for name, r in readings.items() if len(marked) in r}:
        start = next(iter(candidates.values())).left.line
        asked = [name for line, name in declared if line <= start]
        last = declared_name(asked[-1], candidates) if asked else likeliest(candidates, last)
        how = "declared" if asked and last == asked[-1] else "inferred"
        marked += mark_statement(SETTINGS[last](), candidates[last], number, how)
        number += 1
    return marked


def by_place(statements: list[Statement]) -> dict[int, Statement]:
    """The chains by the number of parts before them: settings agree on the parts, not on where a chain ends."""
    places, place = {}, 0
    for s in statements:
        places[place] = s
        place += len(s.parts)
    return places


def declared_name(name: str, candidates: dict[str, Statement]) -> str:
    if name not in SETTINGS:
        raise ValueError(f"no question is named {name!r}: there are {', '.join(SETTINGS)}")
    return name if name in candidates else likeliest(candidates, "")


def likeliest(candidates: dict[str, Statement], last: str) -> str:
    """Most lines right, then most lines read, then the question of the chain before, then the first of the list."""

    def score(name: str) -> tuple[int, int, bool]:
        right, read = marker_of(SETTINGS[name]()).count(candidates[name])
        return right, read, name == last

    return max(candidates, key=score)
