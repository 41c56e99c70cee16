"""The door: a text to its marked claims, by its own definitions."""

from collections.abc import Iterator
from dataclasses import dataclass

from helpers.compare.readings.room import Definition, Room
from helpers.compare.sentences import difference_said
from helpers.judge.texts.families import families_of
from helpers.judge.texts.judging import Claim, claims_of, judge
from helpers.read.claims.grammar import Applied, Derivative
from helpers.read.claims.letters import Letters, bases, names_in
from helpers.read.claims.statements import Part, Statement, statements_of
from helpers.read.definitions.syntax import Letter, Node, Number, walk
from helpers.read.passages import Place, read_passages
from helpers.verdict import Verdict


@dataclass(frozen=True)
class MarkedClaim:
    """One side of an equality of the text, where it stands, and what is said of it; None of a definition."""

    latex: str
    left: str
    place: Place
    verdict: Verdict | None

    @property
    def word(self) -> str:
        """definition, right, wrong or not judged"""
        if self.verdict is None:
            return "definition"
        return "right" if self.verdict.right else self.verdict.state.value

    @property
    def said(self) -> str:
        """Under which conventions it is right, what is wrong, or why it is not judged."""
        if self.verdict is None:
            return ""
        if self.verdict.right:
            taken = self.verdict.pieces.get("taken", ())
            return "taken as: " + "; ".join(taken) if taken else ""
        why = self.verdict.pieces.get("why", "")
        if self.verdict.wrong:
            measured = difference_said(self.verdict.difference)
            return f"{self.verdict.kind}: {why or measured or self.verdict.kind.meaning}"
        return why

    def as_dict(self) -> dict[str, str | int]:
        """For a program."""
        return {
            "line": self.place.line,
            "column": self.place.column,
            "left": self.left,
            "latex": self.latex,
            "verdict": self.word,
            "kind": self.verdict.kind if self.verdict is not None and self.verdict.wrong else "",
            "reason": self.said,
        }


MARKS = {"right": "✓", "wrong": "✗", "not judged": "?", "definition": "·"}


def shown(claims: list[MarkedClaim]) -> str:
    """The claims line by line, and how many are right, wrong, not judged."""
    rows = []
    for c in claims:
        text = " ".join(f"{c.left} = {c.latex}".split())
        rows.append(f"{c.place.line:4} {MARKS[c.word]} {text}")
        if c.said:
            rows.append(f"       {c.said}")
    counts = {word: sum(c.word == word for c in claims) for word in MARKS}
    found = ", ".join(f"{n} {word}" for word, n in counts.items() if n)
    return "\n".join([*rows, found or "no equation found"])


@dataclass
class Section:
    """The definitions that are visible in a stretch of the text, and its statements."""

    definitions: dict[str, list[Definition]]
    functions: dict[str, tuple[Node, Node]]
    statements: list[Statement]
    own: set[str]
    broken: dict[str, str]


def mark_text_by_its_own(text: str, kind: str | None = None) -> list[MarkedClaim]:
    """Every equality of a text, held against the definitions of that text; nothing is raised.

    The kind is "markdown", "latex", "notebook" or "plain"; without one, the content tells.
    """
    read = statements_of(read_passages(text, kind))
    letters = Letters(read)
    found: list[Claim] = []
    for section in sections_of(letters, read.statements):
        found += judged_section(letters, section, text)
    return [marked(c) for c in found]


def marked(c: Claim) -> MarkedClaim:
    return MarkedClaim(c.part.text, c.left.text if c.left else "", c.part.place, c.verdict)


def judged_section(letters: Letters, section: Section, text: str) -> list[Claim]:
    """The claims of a section, under the family that makes most of them right; none is asked first."""
    best: tuple[int, list[Claim]] | None = None
    for room in candidates(letters, section, text):
        claims = [c for s in section.statements for c in claims_of(s)]
        score = judge(room, claims)
        if best is None or score > best[0]:
            best = (score, claims)
        if all(c.verdict is None or c.verdict.right for c in claims):
            break
    return best[1]


def candidates(letters: Letters, section: Section, text: str) -> Iterator[Room]:
    """The rooms that a section may be judged in: its own definitions alone, and those of each family besides."""
    used = {x for s in section.statements for p in s.parts if p.node is not None for x in names_in(p.node)}
    defined = {*section.definitions, *section.functions}
    for added, known in families_of(letters, letters.named(text), defined, used):
        own = {name: [d.with_letters(known) for d in ds] for name, ds in section.definitions.items()}
        yield Room(known, {**added, **own}, section.functions, section.statements, section.broken)


def sections_of(letters: Letters, statements: list[Statement]) -> list[Section]:
    """Headings part sections, and so does a letter that is defined again from other letters."""
    out: list[Section] = []
    last, inherited, functions = None, {}, {}
    for s in statements:
        d = defined_by(letters, s)
        new = not out or s.section != last
        if isinstance(d, Definition) and not new and is_another(out[-1], d):
            new = True
        if new:
            out.append(Section(dict(inherited), dict(functions), [], set(), {}))
            last = s.section
        here = out[-1]
        here.statements.append(s)
        if isinstance(d, Definition):
            note_definition(here, inherited, s, d)
        elif d is not None:
            name, function = d
            if name not in here.own:
                here.functions[name] = functions[name] = function
                here.own.add(name)
                s.defines = True
        note_broken(here, s)
        note_delta(here, inherited, letters, s)
    return out


def is_another(section: Section, d: Definition) -> bool:
    """Is a letter defined a second time, from letters that its first definition does not have?"""
    if d.key[0] not in section.own or d.derives:
        return False
    before = [o for o in section.definitions.get(d.key[0], []) if o.key[1] == d.key[1]]
    return bool(before) and not names_in(before[-1].right) & names_in(d.right)


def note_definition(here: Section, inherited: dict, s: Statement, d: Definition) -> None:
    """A new letter, or a new layer of one, is defined; anything else is a claim."""
    name, fresh = d.key[0], d.key[0] not in here.own
    if not fresh and (
        any(o.key[1] == d.key[1] for o in here.definitions[name]) or d.derives or name == "delta"
    ):
        return
    d.others = [p.node for p in s.parts[2:] if p.node is not None and not derives(p.node)][:2]
    here.definitions[name] = [d] if fresh else [*here.definitions[name], d]
    here.own.add(name)
    s.defines = True
    inherited[name] = here.definitions[name]


def note_broken(here: Section, s: Statement) -> None:
    """A letter whose definition could not be read has no value."""
    if len(s.parts) < 2 or s.parts[1].node is not None or s.parts[0].node is None:
        return
    left = s.parts[0].node
    if isinstance(left, Letter) and left.name not in here.definitions:
        here.broken[left.name] = s.parts[1].error
    elif isinstance(left, Applied) and left.function.name not in here.functions:
        here.broken[left.function.name] = s.parts[1].error


def note_delta(here: Section, inherited: dict, letters: Letters, s: Statement) -> None:
    """∂J/∂z = p − y = δ: a derivative is given a name at the end."""
    left = s.parts[0].node
    for p in s.parts[1:]:
        new = isinstance(p.node, Letter) and p.node.name == "delta" and len(p.node.below) < 2
        known = here.definitions.get("delta", [])
        if new and isinstance(left, Derivative) and not s.defines:
            d = Definition(p.node, left, letters)
            if not any(alike(o, d) for o in known):
                here.definitions["delta"] = inherited["delta"] = [*known, d]
                p.names = True


def alike(a: Definition, b: Definition) -> bool:
    """Are two definitions of one letter, in the same or in any layer?"""
    steps = a.letters.steps
    return len(a.key[1]) == len(b.key[1]) and all(
        x == y or (base_of(x[1]) in steps and base_of(y[1]) in steps)
        for x, y in zip(a.key[1], b.key[1], strict=True)
    )


def base_of(script: str | tuple[str, int]) -> str:
    return script[0] if isinstance(script, tuple) else script


def derives(node: Node) -> bool:
    return any(isinstance(n, Derivative) for n in walk(node))


def defined_by(letters: Letters, s: Statement) -> Definition | tuple[str, tuple[Node, Node]] | None:
    """What the first equality of a statement defines: a letter, a function, or nothing."""
    if len(s.parts) < 2 or s.parts[0].node is None or s.parts[1].node is None:
        return None
    left = s.parts[0].node
    while len(s.parts) > 2 and letters.is_loss(s.parts[1].node) and s.parts[2].node is not None:
        del s.parts[1]  # J = CE(y, p) = ...: two names of the loss
    right = s.parts[1].node
    if isinstance(left, Applied) and not left.primes:
        return left.function.name, (left.argument, right)
    if letters.is_loss(left) and isinstance(right, Applied) and right.function.name not in letters.described:
        s.defines = True  # L = f(Y), for any f
        return None
    if not isinstance(left, Letter) or (left.name == "delta" and len(left.below) == 2):
        return None
    if left in bases(right) or (isinstance(right, Number) and left.below):
        return None
    indices = letters.slots(left).indices
    if len(set(indices)) < len(indices) or any(i.isdigit() for i in indices):
        return None
    if is_size_or_index(letters, s.parts[0], left, right):
        return None
    return Definition(left, right, letters)


def is_size_or_index(letters: Letters, part: Part, left: Letter, right: Node) -> bool:
    """i = j, i = 1"""
    return not left.below and left.name in letters.bound and isinstance(right, Letter | Number)
