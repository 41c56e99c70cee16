"""Finds the question that each chain of equalities answers: the declared one, that of its heading, or the likeliest.

A line that is right in a question speaks for it; one that is wrong speaks against it, and so, twice, does a letter
that the question does not have. Neighbours mostly answer the same question: a change costs half a line. A definition
holds until the next one: a change to a question that is defined elsewhere costs more.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from sympy import Indexed

from helpers.derive import L
from helpers.families import FAMILIES
from helpers.judge.lines.line_by_line import mark_statement, marker_of
from helpers.judge.lines.marked_lines import MarkedLine
from helpers.judge.lines.sentences import declare
from helpers.read import Layout, Statement, statements_in
from helpers.read.finish import Part
from helpers.read.headings import headings
from helpers.read.question import QUESTIONS, question_named
from helpers.read.steps import Chain, OwnNames
from helpers.read.tokens import Unreadable
from helpers.verdict import Verdict, not_judged, right

DECLARED = re.compile(r"(?:<!--|%|#)\s*question:[ \t]*(\w[\w -]*?)[ \t]*(?:-->|$)", re.MULTILINE)
CANDIDATES = [name for family in FAMILIES if not family.declared for name in family.question_names]
CHANGE = 0.5
DEFINED_ABOVE, DEFINED_BELOW = 2, 6  # what it costs more, to a question that is defined elsewhere
OUTSIDE = 0.01  # of two questions in which a line is as right, it is in the one whose definition holds
LONGEST = 300  # signs of a line that is tried in every question; the longest one of the five reports has 160


def declarations(text: str) -> list[tuple[int, str]]:
    """(line, name) of each comment <!-- question: linear --> or % question: linear; it holds until the next."""
    return [(text.count("\n", 0, m.start()) + 1, question_named(m[1])) for m in DECLARED.finditer(text)]


HEADING = "from the heading"


@dataclass(frozen=True)
class Reading:
    """What a chain is in one question, which is declared, from the heading, or inferred."""

    name: str
    statements: tuple[Statement, ...]
    how: str = "inferred"

    @cached_property
    def unknown(self) -> list[str]:
        """The letters that the question does not have."""
        return list(dict.fromkeys(p.unknown for s in self.statements for p in s.parts if p.unknown))

    @cached_property
    def is_read(self) -> bool:
        """Does its left side have a meaning in the question?"""
        return any(not s.left.unreadable for s in self.statements)

    @cached_property
    def words(self) -> list[str]:
        """right, wrong, not judged or given, of each line that is not set aside."""
        marker = marker_of(QUESTIONS[self.name]())
        lines = (line for s in self.statements for line in marker.mark(s, diagnose=False))
        return [line.word for line in lines if not line.written.aside]

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.statements[0].left.line

    @property
    def score(self) -> int:
        """Right lines, less the wrong ones and those not judged, less twice the unknown letters."""
        right = self.words.count("right") + self.words.count("given")
        return 2 * right - len(self.words) - 2 * len(self.unknown)

    @property
    def defines(self) -> bool:
        """Is a definition of the question written here?"""
        return self.words[:2] == ["given", "given"] or bool(self.defined and self.words[1:2] == ["right"])

    @property
    def defined(self) -> str:
        """The quantity that is written with a meaning of its own: Y in Y = X W."""
        e = self.statements[0].left.expression
        known = isinstance(e, Indexed) and e.base in QUESTIONS[self.name]().definitions
        return str(e.base.label) if known else "L" if e == L else ""


Readings = dict[str, Reading]
"""The readings of one chain, by question: only one where the question is declared."""


def infer(text: str, layout: Layout) -> list[MarkedLine]:
    """Every line of every chain, each chain in the question declared for it or named above, else in the likeliest."""
    chains = list(readings(text, layout))
    runs = groupby(
        zip(likeliest(chains), chains, strict=True), key=lambda found: (found[0], found[1][found[0]].how)
    )
    marked: list[MarkedLine] = []
    number, above = 0, ""
    for (name, how), run in runs:
        same = [chain for _, chain in run]
        doubt = None if how == "declared" else doubtful(name, same, above)
        guess = how == "inferred" and name != above and is_guess(name, same)
        for chain in same:
            for s in chain[name].statements:
                lines = mark_statement(QUESTIONS[name](), s, number, how)
                lines = [guessed(line) for line in lines] if guess else lines
                marked += lines if how == "declared" else hedged(lines, chain, doubt)
                number += 1
        above = name if any(chain[name].defines for chain in same) else ""
    return marked


def readings(text: str, layout: Layout) -> Iterator[Readings]:
    """Each chain in what is declared for it; else in what its heading names, if that has its letters; else in all."""
    declared, titles = declarations(text), list(headings(text))
    own = {name: OwnNames(QUESTIONS[name]()) for name in QUESTIONS}
    for chain in layout.chains:
        start = chain.parts[0].start
        line = text.count("\n", 0, start) + 1
        names = [name for at, name in declared if at <= line][-1:]
        if names:
            yield read_in(names, chain, text, own, "declared")
            continue
        chain = Chain([bounded(part) for part in chain.parts])
        titled = next((names for end, names in reversed(titles) if end <= start), ())
        above = read_in(titled, chain, text, own, HEADING)
        fitting = {name: r for name, r in above.items() if not r.unknown and r.is_read}
        yield fitting or read_in(CANDIDATES, chain, text, own, "inferred")


def read_in(names: Iterable[str], chain: Chain, text: str, own: dict[str, OwnNames], how: str) -> Readings:
    return {
        name: Reading(name, tuple(statements_in(chain, text, QUESTIONS[name](), own[name])), how)
        for name in names
    }


def bounded(part: Part) -> Part:
    """A part that can be tried in every question; a very long one says that it is not."""
    if len(part.tokens) <= LONGEST:
        return part
    names = {token.text.lstrip("\\") for token in part.tokens}
    letters = names | {name[1:] for name in names if name[0:1] == "d"}
    known = {name: QUESTIONS[name]().meaning.keys() for name in CANDIDATES}
    likely = max(CANDIDATES, key=lambda name: (len(letters & known[name]), -len(known[name])))
    reason = f"this line has {len(part.tokens)} signs, too many to find its question: {declare(likely)}"
    return replace(part, unreadable=Unreadable(reason, part.start))


def likeliest(chains: list[Readings]) -> list[str]:
    """The name of the question of each chain: the best sum of scores, less what the changes cost."""
    best: dict[str, tuple[float, list[str]]] = {}
    for chain, held, defined in zip(chains, *definitions(chains), strict=True):
        before, path = max(best.values(), key=lambda found: found[0], default=(CHANGE, []))
        scores = {}
        for name, reading in chain.items():
            outside = len(chain) > 1 and bool(held) and name not in held
            changed = before - CHANGE - (outside and defined.get(name, 0)), path
            total, way = max(best.get(name, changed), changed, key=lambda found: found[0])
            scores[name] = total + reading.score - OUTSIDE * outside, [*way, name]
        best = scores
    return max(best.values(), key=lambda found: found[0], default=(0, []))[1]


def definitions(chains: list[Readings]) -> tuple[list[set[str]], list[dict[str, float]]]:
    """Of each chain: the questions whose definition holds, and what a change to those that are defined elsewhere costs.

    The last definition holds that stands above or on the same line; those that follow each other hold together.
    """
    defining = [{name for name, reading in chain.items() if reading.defines} for chain in chains]
    lines = [next(iter(chain.values())).line for chain in chains]
    last: list[set[str]] = []
    for k, names in enumerate(defining):
        together = names | last[-1] if k and names and defining[k - 1] else names
        last.append(together or (last[-1] if last else set()))
    held, costs = [], []
    for line in lines:
        known = bisect_right(lines, line)
        above, below = (set().union(*part) for part in (defining[:known], defining[known:]))
        held.append(last[known - 1])
        costs.append(dict.fromkeys(below, DEFINED_BELOW) | dict.fromkeys(above, DEFINED_ABOVE))
    return held, costs


def doubtful(name: str, run: list[Readings], above: str) -> Verdict | None:
    """Why a run of chains may not be meant for this question; `above` is one whose definition stands before it."""
    known = [n for n in run[0] if all(n in chain and not chain[n].unknown for chain in run)]
    totals = {n: sum(chain[n].score for chain in run) for n in known}
    if len(run) == 1 and above in totals and not run[0][name].defines:
        return not_judged(doubt="above", names=(above,))
    written = [chain[name] for chain in run if chain[name].defined]
    other = [reading.defined for reading in written if "wrong" in reading.words]
    words = [word for chain in run for word in chain[name].words]
    believed = words.count("right") > words.count("wrong") or any(reading.defines for reading in written)
    if other and not believed:
        return not_judged(doubt="otherwise", names=tuple(dict.fromkeys(other)))
    inferred = run[0][name].how == "inferred"
    if inferred and len(totals) > 1 and name in totals and len(set(totals.values())) == 1:
        return not_judged(doubt="tied", names=tuple(totals))
    return None


def is_guess(name: str, run: list[Readings]) -> bool:
    """Did nothing but the value of one line choose the question among those that have its letters?"""
    right = [chain for chain in run if "right" in chain[name].words]
    if len(right) != 1 or right[0][name].words.count("right") > 1 or any(c[name].defines for c in run):
        return False
    return any(n != name and not r.unknown and "wrong" in r.words for n, r in right[0].items())


def guessed(line: MarkedLine) -> MarkedLine:
    """The line, with that remark where it is right."""
    if line.word != "right":
        return line
    pieces = line.verdict.pieces
    return replace(line, verdict=right(**{**pieces, "remark": (*pieces["remark"], "guessed")}))


def hedged(lines: list[MarkedLine], chain: Readings, doubt: Verdict | None) -> list[MarkedLine]:
    """No verdict where no question has the letters, or where nothing tells which question it is."""
    words = {line.word for line in lines}
    if not words & {"right", "wrong"} and all(r.unknown for r in chain.values()):
        lacking = [set(r.unknown) for r in chain.values()]
        names = sorted(set.intersection(*lacking) or chain[lines[0].question].unknown)
        letters = tuple(name for name in names if len(name) < 3 or name[0] == "\\")  # others are words
        if not letters:
            return lines
        nearest = min(chain.values(), key=lambda reading: (len(reading.unknown), -reading.score)).name
        unknown = not_judged(doubt="unknown", names=letters, nearest=nearest)
        return [replace(line, verdict=unknown, question="none") for line in lines]
    if doubt is None:
        return lines
    hidden = ("wrong",) if doubt.pieces["doubt"] == "tied" else ("right", "wrong")
    return [replace(line, verdict=doubt) if line.word in hidden else line for line in lines]
