"""The door: a text to its marked claims, by its own definitions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from helpers.compare.readings.choices import said
from helpers.compare.readings.claims import Claim, claims_of
from helpers.compare.readings.effort import MOST, Effort
from helpers.compare.readings.room import Definition, Room
from helpers.judge.texts import upstream
from helpers.judge.texts.families import VARIED, families_of
from helpers.judge.texts.implied import implied
from helpers.judge.texts.judging import is_judged, judge
from helpers.judge.texts.marked_claims import MarkedClaim
from helpers.judge.texts.named_losses import named_losses
from helpers.judge.texts.sections import Section, sections_of
from helpers.judge.texts.typeset import latex
from helpers.judge.texts.witness import testified
from helpers.read.claims.asking import names_in
from helpers.read.claims.letters import Letters
from helpers.read.claims.parts import Part, Statement
from helpers.read.claims.statements import statements_of
from helpers.read.claims.units import tells_layers_apart
from helpers.read.definitions.syntax import Letter, Node, Number
from helpers.read.passages import read_passages
from helpers.verdict import Kind, not_judged

INDICES = frozenset("ijklmnpqrst")
ENOUGH = 2
"""So many lines must a family make right before another may be wrong with it."""
ORDER = (Kind.TRANSPOSED, Kind.WRONG_AXIS, Kind.SHAPE)
"""What is wrong in one layout and right in the other."""
MANY = 5
"""So many where the family has variants."""
GENEROUS = 4
"""So many times its fair share of the effort a section may spend, as most need less."""


@dataclass(frozen=True)
class Marked:
    """The claims of a text, the conventions that it states in words, and what it defines."""

    claims: tuple[MarkedClaim, ...]
    stated: tuple[str, ...] = ()
    passed_over: tuple[int, ...] = ()
    """The lines that only say a size or name an index: S = 5, i = j."""
    defined: frozenset[int] = frozenset()
    """The numbers of the statements whose letters have definitions of the text's own."""
    unread: tuple[str, ...] = ()
    """Where something was expected that is not there, such as the end of a formula: what is near may be read amiss."""


def mark_text_by_its_own(text: str, kind: str | None = None) -> list[MarkedClaim]:
    """Every equality of a text, held against the definitions of that text; nothing is raised.

    The kind is "markdown", "latex", "notebook" or "plain"; without one, the content tells.
    """
    return list(judged(text, kind).claims)


def judged(text: str, kind: str | None = None) -> Marked:
    """The same, with what was found out about the text."""
    document = read_passages(text, kind)
    read = statements_of(document)
    letters = Letters(read)
    apart = tells_layers_apart(read.statements)
    efforts = Effort(MOST // (1 + apart)), Effort(MOST // 2)
    score, found = judged_text(letters, read.statements, text, efforts[0])
    if apart:
        by_units = judged_text(letters.by_units(), read.statements, text, efforts[1])
        found = (
            by_units[1] if by_units[0] > min(score, 0 if contradict(found, by_units[1]) else score) else found
        )
    numbers = {id(s): k for k, s in enumerate(read.statements)}
    claims = tuple(marked(c, numbers[id(c.statement)]) for c in found if not is_passed_over(c))
    passed_over = tuple(c.part.place.line for c in found if is_passed_over(c))
    defined = frozenset(numbers[id(c.statement)] for c in found if c.has_definitions)
    unread = tuple(f"{place}: expected {what}" for place, what in document.unread)
    return Marked(claims, tuple(said(letters.stated)), passed_over, defined, unread)


def contradict(found: list[Claim], others: list[Claim]) -> bool:
    """Is a line that may be a definition none, and not right either, if index letters are no layers?"""
    named = {id(c.part) for c in others if c.verdict is None}
    return any(id(c.part) in named and c.verdict is not None and not c.verdict.right for c in found)


def judged_text(
    letters: Letters, statements: list[Statement], text: str, effort: Effort
) -> tuple[int, list[Claim]]:
    """The claims of a text section by section, and how well they fit what its letters are taken for."""
    for s in statements:
        s.defines, s.equation, s.solves = False, False, None
        for p in s.parts:
            p.names = False
    total, found = 0, []
    sections = sections_of(letters, statements)
    left = sum(len(section.statements) for section in sections)
    for section in sections:
        here = effort.share(min(1, GENEROUS * len(section.statements) / left))
        score, claims = judged_section(letters, section, text, here)
        effort.give(here)
        left -= len(section.statements)
        own = {*section.definitions, *section.functions, *section.broken}
        for c in claims:
            c.has_definitions = any(own & names_in(p.node) for p in c.statement.parts if p.node is not None)
        total += score
        found += claims
    return total, found


def is_passed_over(c: Claim) -> bool:
    """i = j, S = 5: an index or a size alone on the left, another or a number on the right."""
    if c.left is None or not is_bare(c.left.node) or (c.verdict is not None and c.verdict.right):
        return False
    right = c.part.node
    both = is_bare(right) and c.left.node.name in INDICES and right.name in INDICES
    return both or (isinstance(right, Number) and right.text.isdigit())


def is_bare(node: Node | None) -> bool:
    return isinstance(node, Letter) and not node.below and not node.above


def marked(c: Claim, number: int) -> MarkedClaim:
    slip = c.verdict.pieces.get("slip") if c.verdict is not None else None
    near = c.part.cut(slip.at) if slip is not None else ""
    left, place = (c.left.text, c.left.place) if c.left else ("", None)
    shown = tuple(map(mathematics, (c.left, c.part))) if c.left and c.part.node is not None else ("", "")
    return MarkedClaim(c.part.text, left, c.part.place, c.verdict, number, place, shown, near)


def mathematics(part: Part) -> str:
    """LaTeX as it was typed; what a keyboard gave in LaTeX."""
    return latex(part.node) if part.typed else part.text


def judged_section(letters: Letters, section: Section, text: str, effort: Effort) -> tuple[int, list[Claim]]:
    """The claims of a section, under the family that makes most of them right; none is asked first."""
    best: tuple[int, Room, list[Claim]] | None = None
    rooms = list(candidates(letters, section, text))
    alone: list[Claim] = []
    for k, room in enumerate(rooms):
        room.effort = effort.share(1 / (len(rooms) - k))
        claims = [c for s in section.statements for c in claims_of(s)]
        score = judge(room, claims)
        effort.give(room.effort)
        alone = alone or claims
        if best is None or score > best[0]:
            best = (score, room, claims)
        if all(c.verdict is None or c.verdict.right for c in claims):
            break
    score, room, claims = best
    room.effort = effort
    testified(room, [c for c in claims if is_judged(c)])
    for c in claims if letters.both_ways else []:
        if c.verdict is not None and c.verdict.wrong and c.verdict.kind in ORDER:
            c.verdict = not_judged(why="the text shows rows and columns side by side: which are meant here?")
    if room.family:
        say_family(room, alone, claims)
    return score, claims


def say_family(room: Room, alone: list[Claim], claims: list[Claim]) -> None:
    """Name the family where a line is right only with it; it must make enough lines right before it makes one wrong."""
    pairs = [(before, c) for before, c in zip(alone, claims, strict=True) if is_judged(c)]
    helped = [c for before, c in pairs if c.verdict.right and not before.verdict.right]
    for c in helped:
        c.verdict = c.verdict.having(taken=(*c.verdict.pieces.get("taken", ()), room.family))
    for before, c in pairs:
        if c.verdict.wrong and not before.verdict.wrong and len(helped) < room.needed:
            c.verdict = not_judged(why=f"it is wrong if {room.family}, and the text does not say so")


def candidates(letters: Letters, section: Section, text: str) -> Iterator[Room]:
    """The rooms that a section may be judged in: its own definitions alone, and those of each family besides."""
    section = replace(section, definitions=implied(letters, section))
    used = {x for s in section.statements for p in s.parts if p.node is not None for x in names_in(p.node)}
    defined = {*section.definitions, *section.functions}
    for name, added, known in families_of(letters, letters.named(text), defined, used):
        family = f"this is the usual {name}" if name else ""
        yield room_with(section, known, added, family, MANY if name in VARIED else ENOUGH)
    for loss in named_losses(letters, section.statements, section.definitions):
        yield room_with(section, loss.letters, {loss.definition.left.name: [loss.definition]}, loss.said)
    for meaning in upstream.meanings(letters, section):
        yield room_with(section, letters, {upstream.DELTA: [meaning]}, upstream.said(meaning))


def room_with(
    section: Section, letters: Letters, added: dict[str, list[Definition]], family: str, needed: int = ENOUGH
) -> Room:
    """The room of a section, with definitions that it does not have."""
    own = {name: [d.with_letters(letters) for d in ds] for name, ds in section.definitions.items()}
    solutions = [d.with_letters(letters) for d in section.equations.solutions]
    zero = section.equations.zero
    return Room(
        letters,
        {**added, **own},
        section.functions,
        section.statements,
        section.broken,
        zero,
        solutions,
        family=family,
        needed=needed,
    )
