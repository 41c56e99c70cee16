"""What is claimed, one equality of a chain at a time, and what came of holding its sides together."""

from dataclasses import dataclass, field

from helpers.compare.readings.room import Definition
from helpers.read.claims.parts import Part, Statement
from helpers.verdict import Difference, Kind, Verdict


@dataclass(frozen=True)
class Outcome:
    """What a claim is under one reading: "right", "wrong", "unread" or "none", where it is no reading; and why."""

    word: str
    why: str = ""
    difference: Difference | None = None
    kind: Kind | None = None
    vanishes: bool = False


TOO_MANY = Outcome("unread", "it has too many readings")


@dataclass
class Claim:
    """left = right, of one statement; or why it has none. `defines` says that it is a definition."""

    statement: Statement
    part: Part
    left: Part | None
    error: str = ""
    defines: bool = False
    solves: Definition | None = None
    position: int = 0
    verdict: Verdict | None = None
    leaves: list[tuple[dict[str, str], Outcome]] = field(default_factory=list)
    merges: int = 0
    """How many sizes had become one when its outcomes were found."""
    rows: list[list[tuple[dict[str, str], Outcome]]] = field(default_factory=list)
    """Of a wrong one: under each reading that the others allow, the outcomes of all claims."""
    has_definitions: bool = False
    """Does the text itself define a letter of its chain?"""


def claims_of(statement: Statement) -> list[Claim]:
    """The equalities of a chain: each side against the first that could be read."""
    parts = statement.parts
    reference, out = parts[0], []
    if len(parts) == 1 and parts[0].error and "=" in parts[0].text:
        return [Claim(statement, parts[0], None, parts[0].error)]
    for k, part in enumerate(parts[1:], 1):
        defines = (statement.defines and k == 1) or part.names
        if part.error == "empty":
            continue
        if reference.node is None:
            why = reference.error if reference.error != "empty" else "there is no left side"
            out.append(Claim(statement, part, None, f"the left side is not read: {why}", defines))
            if part.node is not None and len(parts) > k + 1:
                reference = part
            continue
        solves = statement.solves if k == 1 else None
        out.append(Claim(statement, part, reference, part.error, defines, solves))
        if solves and part.node is not None:
            reference = part
    return out
