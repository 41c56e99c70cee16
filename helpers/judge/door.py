"""Marks any text: by the question that is handed over or declared, else by the text's own definitions.

Where a text defines nothing of what it uses, the project's formulas are asked too. What is right in one of its
questions is right; what is wrong in one counts only where most other lines are right in it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from helpers.judge.lines import MarkedLine, mark
from helpers.judge.lines.which_question import HEADING, declarations, infer
from helpers.judge.report import Line, Report
from helpers.judge.texts import Marked, TextLine, judged, lines_of
from helpers.read import Layout, layout
from helpers.read.passages.document import LONGEST
from helpers.read.passages.reading import kind_of
from helpers.read.question import Question
from helpers.verdict import State

MOST = 60
"""Chains of a text that are tried in every question."""
FIRST = 5
"""Places that are told where the text is broken."""
BESIDE = 2
"""So many chains before and behind one say what it is about."""


def mark_text(text: str, question: Question | str | None = None, kind: str | None = None) -> Report:
    """Every line of a text with its verdict; the kind is "markdown", "latex", "notebook" or "plain".

    A question in another spelling than any raises a ValueError that names those near it.
    """
    kind = kind or kind_of(text)
    if question is not None or (kind != "notebook" and declarations(text)):
        return mark(question, text)
    own = judged(text, kind)
    lines: list[Line] = list(lines_of(list(own.claims)))
    if kind != "notebook" and len(text) <= LONGEST:
        lines = with_questions(text, own, lines)
    return Report(tuple(lines), own.passed_over, tuple(conventions(own)))


def conventions(own: Marked) -> Iterator[str]:
    """Which conventions were found, and from where; and what could not be read as it stands."""
    yield from own.unread[:FIRST]
    yield from (f"said in the text: {words}" for words in own.stated)
    needed: dict[str, list[str]] = {}
    for claim in own.claims:
        for words in claim.taken:
            needed.setdefault(words, []).append(TextLine(claim).at)
    for words, at in needed.items():
        places = list(dict.fromkeys(at))
        yield f"taken as: {words} (line{'s' * (len(places) > 1)} {', '.join(places)})"


def with_questions(text: str, own: Marked, lines: list[Line]) -> list[Line]:
    """The lines; and instead of those of which nothing is known, what the project's formulas say of them."""
    chains = [list(chain) for _, chain in groupby(lines, key=lambda line: line.statement)]
    found = asked(text, chains, own)
    answers = answered(infer(text, found)) if found.chains else []
    used: set[int] = set()
    out: list[list[Line]] = []
    for chain in chains:
        places = {line.place.line for line in chain}
        new = [a for a in answers if a[0].written.line in places and id(a) not in used]
        new = [a for a in new if flat(a[0].text) == flat(chain[0].text)] or new
        same = new if is_open(chain, own) else []
        used |= {id(a) for a in same}
        out += merged(chain, same)
    owned = {line.place.line for line in lines}
    out += [a for a in answers if id(a) not in used and a[0].written.line not in owned]
    out.sort(key=lambda chain: line_number(chain[0]))
    return [replace(line, statement=n) for n, chain in enumerate(out) for line in chain]


def asked(text: str, chains: list[list[Line]], own: Marked) -> Layout:
    """The chains that are tried in the project's questions: all where little is known, else the open ones."""
    found = layout(text)
    words = Counter(claim.word for claim in own.claims)
    if words["not judged"] > words["right"] + words["wrong"]:
        return Layout(found.chains[:MOST])
    owned = {line.place.line for chain in chains for line in chain}
    still_open = {line.place.line for chain in chains if is_open(chain, own) for line in chain}
    at = [text.count("\n", 0, chain.parts[0].start) + 1 for chain in found.chains]
    here = [k for k, line in enumerate(at) if line in still_open or line not in owned]
    beside = {m for k in here for m in range(k - BESIDE, k + BESIDE + 1)}
    return Layout([c for k, c in enumerate(found.chains) if k in beside][:MOST])


def is_open(chain: list[Line], own: Marked) -> bool:
    """Is something of a chain not judged, or wrong by definitions that are not those of the text?"""
    words = {line.word for line in chain}
    return State.NOT_JUDGED.value in words or ("wrong" in words and chain[0].statement not in own.defined)


def merged(chain: list[Line], same: list[list[MarkedLine]]) -> list[list[Line]]:
    """A chain with what another judge says of it: all of that where nothing of it is right, else what is not judged."""
    if not any(line.word == "right" for line in chain):
        return list(same) or [chain]
    judged = {flat(line.text): line for a in same for line in a if line.word in ("right", "wrong")}
    return [[line if line.right else judged.get(flat(line.text), line) for line in chain]]


def flat(text: str) -> str:
    return "".join(text.split()).rstrip(".,;")


def line_number(line: Line) -> int:
    return line.written.line if isinstance(line, MarkedLine) else line.place.line


def answered(lines: list[MarkedLine]) -> list[list[MarkedLine]]:
    """The chains with a line that is right, and those with a wrong one where most others are right in that question."""
    chains = [list(chain) for _, chain in groupby(lines, key=lambda line: line.statement)]
    right = Counter(line.question for line in lines if line.word == "right")
    wrong = Counter(line.question for line in lines if line.wrong)
    named = {line.question for line in lines if line.how == HEADING}
    others = {q for q in right if right[q] > wrong[q] or (q in named and right[q] == wrong[q])}
    return [chain for chain in chains if believed(chain, chain[0].question in others)]


def believed(chain: list[MarkedLine], others: bool) -> bool:
    """Is something of a chain right, and nothing wrong unless the other lines of its question are right?"""
    words = {line.word for line in chain}
    if all(line.written.aside for line in chain):
        return True  # a step of a program, which claims nothing yet
    return ("wrong" not in words and "right" in words) or ("wrong" in words and others)
