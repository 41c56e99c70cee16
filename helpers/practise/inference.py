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
    readings = {name: read(text, make()) for name, make in SETTINGS.items()}
    declared, marked, last = declarations(text), [], ""
    for number in range(max(map(len, readings.values()), default=0)):
        candidates = {name: r[number] for name, r in readings.items() if number < len(r)}
        start = min(s.left.line for s in candidates.values())
        asked = [name for line, name in declared if line <= start]
        last = declared_name(asked[-1]) if asked else likeliest(candidates, last)
        marked += mark_statement(
            SETTINGS[last](), candidates[last], number, "declared" if asked else "inferred"
        )
    return marked


def declared_name(name: str) -> str:
    if name not in SETTINGS:
        raise ValueError(f"no question is named {name!r}: there are {', '.join(SETTINGS)}")
    return name


def likeliest(candidates: dict[str, Statement], last: str) -> str:
    """Most lines right, then most lines read, then the question of the chain before, then the first of the list."""

    def score(name: str) -> tuple[int, int, bool]:
        right, read = marker_of(SETTINGS[name]()).count(candidates[name])
        return right, read, name == last

    return max(candidates, key=score)
