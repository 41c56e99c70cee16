"""What testifies that a line is a mistake and was not misread: false alarms come from misreading, mistakes are slips.

Three things do: its difference has a name, a letter held fixed makes it right, or one slip undone does. A text that is
understood around a line is no witness: of the lines that only it would have called wrong, nearly all were right and
misread.
"""

from dataclasses import dataclass, replace
from itertools import islice

from helpers.compare.readings.choices import Fork, Merged, Misfit, NotJudged, explored
from helpers.compare.readings.claims import Claim, Outcome
from helpers.compare.readings.comparing import DRAWS, FAILURES, Held, in_draw, outcome
from helpers.compare.readings.effort import EXHAUSTED
from helpers.compare.readings.room import Room
from helpers.compare.readings.worlds import world_of
from helpers.judge.texts.paths import forgotten
from helpers.judge.texts.slips import Slip, slips
from helpers.judge.texts.vocabulary import Vocabulary, vocabulary
from helpers.read.definitions.syntax import Node, Total, walk
from helpers.verdict import Kind, Verdict, not_judged, right, wrong

MOST_SLIPS, MOST_READINGS = 800, 3
"""Slips that are tried of a claim under a reading, and readings."""
UNEXPLAINED = "under no reading that was found is it right, and no single slip explains it"
ADDED = (Kind.WRONG_ARRAY, Kind.FACTOR)
NAMED = (Kind.SIGN, Kind.TRANSPOSED, Kind.DIAGONAL_ONLY, Kind.NOT_SUMMED)

Leaf = tuple[dict[str, str], Outcome]


@dataclass(frozen=True)
class Witness:
    """The kind of a mistake, the outcome that it was seen in, and the slip that explains it, if one does."""

    kind: Kind
    outcome: Outcome
    slip: Slip | None = None

    @property
    def verdict(self) -> Verdict:
        return wrong(self.kind, difference=self.outcome.difference, why=self.outcome.why, slip=self.slip)


def testified(room: Room, judged: list[Claim]) -> None:
    """Let each wrong verdict stand only if there is a witness of the mistake, or it follows from a line with one."""
    before: Claim | None = None
    for claim in judged:
        if before is not None and before.statement is not claim.statement:
            before = None
        if claim.verdict.right and before is not None:
            claim.verdict = right(**{**claim.verdict.pieces, "remark": ("again",)})
            before = None
        elif claim.verdict.wrong:
            if before is not None and follows(room, before, claim):
                claim.verdict = before.verdict.having(before="equal", slip=None)
                continue
            seen = witness(room, claim, judged, claim.rows)
            why = UNEXPLAINED if room.effort.left > 0 else EXHAUSTED
            claim.verdict = not_judged(why=why) if seen is None else seen.verdict
            before = claim if seen is not None else None


def follows(room: Room, before: Claim, claim: Claim) -> bool:
    """Is a wrong line equal to the wrong line before it?"""
    if before.part.node == claim.part.node:
        return True
    pair = replace(claim, left=before.part, leaves=[], rows=[])
    found = explored(lambda choices: outcome(room, pair, choices), MOST_READINGS)
    return any(o is not None and o.word == "right" and not o.vanishes for _, o in found)


def witness(room: Room, claim: Claim, judged: list[Claim], rows: list[list[Leaf]]) -> Witness | None:
    """The first witness under one of the readings; each row holds a reading's outcome of every claim."""
    n = next(k for k, c in enumerate(judged) if c is claim)
    readings = {str(sorted(row[n][0].items())): row for row in rows}
    for row in readings.values():
        seen = row[n][1]
        if is_named(seen) and is_the_same(room, claim, in_full(room, row, n), seen):
            return Witness(kind_of(seen), seen)
    for row in islice(readings.values(), MOST_READINGS):
        seen = row[n][1]
        if letters := forgotten(room, claim, in_full(room, row, n)):
            why = f"it is what comes where {' and '.join(letters)} {'are' * (len(letters) > 1) or 'is'} held fixed"
            return Witness(Kind.PATH_MISSING, replace(seen, why=why))
        lines = [c.part.node for c, leaf in zip(judged, row, strict=True) if leaf[1].word == "right"]
        slip = slip_of(room, claim, seen, in_full(room, row, n), words_of(room, claim, lines))
        if slip is not None:
            return Witness(slip.kind, seen, slip)
    return None


def in_full(room: Room, row: list[Leaf], n: int) -> dict[str, str]:
    """The choices of a claim, and for what makes no difference to it those of the other lines."""
    others = {name: o for choices, _ in row for name, o in choices.items() if name in room.of_any}
    return {**room.of_any, **others, **row[n][0]}


def kind_of(seen: Outcome) -> Kind:
    return seen.difference.kind if seen.difference is not None else seen.kind or Kind.WRONG_VALUE


def is_named(seen: Outcome) -> bool:
    """A sign, a factor that a size or a small number explains, rows for columns, the diagonal alone, a free index."""
    d = seen.difference
    if d is None:
        return seen.kind is Kind.FREE_INDEX
    return d.kind in NAMED or (d.kind is Kind.FACTOR and bool(d.factor and d.factor.names))


def is_the_same(room: Room, claim: Claim, choices: dict[str, str], seen: Outcome) -> bool:
    """Is the difference of the same kind in every draw?"""
    others = [in_draw(room, claim, choices, draw) for draw in DRAWS]
    return all(o.word == "wrong" and kind_of(o) is kind_of(seen) for o in others)


def may_explain(slip: Slip, seen: Outcome) -> bool:
    """Where not even the sizes fit, no letter and no term that is put in explains it: that could make anything fit."""
    if seen.difference is not None:
        return True
    return slip.kind not in (Kind.TERM_MISSING, *(ADDED if seen.kind is Kind.SHAPE else ()))


def is_convention(slip: Slip, typed: Node) -> bool:
    """Does it but put in a sum over an index, where none is typed? That may be left to whoever reads it."""
    first, second = (any(isinstance(n, Total) for n in walk(line)) for line in (slip.line, typed))
    return slip.kind is Kind.NOT_SUMMED and first and not second


def words_of(room: Room, claim: Claim, lines: list) -> Vocabulary:
    definitions = [side for ds in room.definitions.values() for d in ds for side in (d.left, d.right)]
    return vocabulary(room.letters, lines, definitions, claim.left.node)


def slip_of(
    room: Room, claim: Claim, wrong_as: Outcome, choices: dict[str, str], known: Vocabulary
) -> Slip | None:
    """The first slip that makes a claim right under a reading, in every draw."""
    held: list[Held] = []
    seen = {claim.left.node, claim.part.node}
    try:
        held = [Held(world_of(room, choices, draw), claim) for draw in DRAWS]
    except (NotJudged, Misfit, Fork, Merged, *FAILURES):
        return None
    for h in held:
        h.evaluator.remembers = True
    try:
        for slip in islice(slips(claim.part.node, known), MOST_SLIPS):
            if slip.line in seen or not may_explain(slip, wrong_as) or is_convention(slip, claim.part.node):
                continue
            if all(is_right(h, slip) for h in held):
                return slip
            seen.add(slip.line)
    finally:
        for h in held:
            h.evaluator.remembers = False
            h.world.kept.clear()
    return None


def is_right(held: Held, slip: Slip) -> bool:
    """Is the line right without its slip? What asks for another reading, or is zero, tells nothing."""
    try:
        outcome = held.against(slip.line)
    except (NotJudged, Misfit, Fork, Merged, *FAILURES):
        return False
    return outcome.word == "right" and not outcome.vanishes
