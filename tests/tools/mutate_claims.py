"""Changes right lines of texts and looks at what is said of them: whatever is called right must be equal in numbers.

    python -m tests.tools.mutate_claims [FILE...] [--number 1000] [--seed 1]

Without files the texts are those that the tests of texts call right.
A mutant takes the place of a right claim: another sign, factor, function or index, a transpose, term, factor or sum
left out. It is judged in the whole text. Called right, it and the original must both be right under one reading, in
fresh draws: then they are equal. Else it must be right under a convention that the verdict names, or it is unsound.
"""

import argparse
import importlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from helpers.compare.readings.choices import Fork
from helpers.compare.readings.claims import Claim, Outcome, claims_of
from helpers.compare.readings.comparing import in_draw
from helpers.compare.readings.functions import put
from helpers.compare.readings.room import Room
from helpers.judge.texts.judging import is_judged, judge
from helpers.judge.texts.marking import candidates
from helpers.judge.texts.sections import Section, sections_of
from helpers.judge.texts.witness import testified
from helpers.read.claims.letters import Letters
from helpers.read.claims.parts import Part, Statement
from helpers.read.claims.statements import statements_of
from helpers.read.definitions.functions import rebuilt
from helpers.read.definitions.syntax import (
    Call,
    Letter,
    Minus,
    Node,
    Number,
    Over,
    Plus,
    Power,
    Times,
    Total,
    Transposed,
    walk,
)
from helpers.read.passages import read_passages

DRAWS = (0, 1, 2, 3)
FUNCTIONS = {
    "exp": "tanh",
    "log": "exp",
    "tanh": "sigmoid",
    "relu": "tanh",
    "softmax": "sigmoid",
    "sqrt": "exp",
}


def mutants(node: Node) -> Iterator[tuple[str, Node]]:
    """Each change of one place in a tree."""
    yield "sign", Minus(node.place, node)
    yield "factor", Times(node.place, Number(node.place, "2"), "", node)
    indices = [n for n in walk(node) if isinstance(n, Letter) and n.name in "ijkmnst" and not n.below]
    for x in dict.fromkeys(n for n in walk(node) if isinstance(n, Letter) and n.below):
        for other in dict.fromkeys(indices):
            if other not in x.below:
                yield "index", put(node, x, replace(x, below=(other, *x.below[1:])))
    yield from changes(node)


def changes(node: Node) -> Iterator[tuple[str, Node]]:
    match node:
        case Letter() if len(node.below) == 2:
            yield "indices", replace(node, below=node.below[::-1])
        case Letter() if node.above and isinstance(node.above[0], Plus):
            yield "layer", replace(node, above=node.above[0].terms[:1])
        case Letter() if node.above and node.name not in ("L", "E", "J", "C"):
            one = Number(node.place, "1")
            yield "layer", replace(node, above=(Plus(node.place, (node.above[0], Minus(node.place, one))),))
        case Transposed():
            yield "transpose left out", node.of
        case Times():
            yield "factor left out", node.left
            yield "factor left out", node.right
            yield "order", replace(node, left=node.right, right=node.left)
            yield "transposed", replace(node, right=Transposed(node.place, node.right))
        case Plus():
            for k in range(len(node.terms)):
                rest = node.terms[:k] + node.terms[k + 1 :]
                yield "term left out", rest[0] if len(rest) == 1 else replace(node, terms=rest)
                other = tuple(Minus(t.place, t) if j == k else t for j, t in enumerate(node.terms))
                yield "sign of a term", replace(node, terms=other)
        case Total():
            yield "sum left out", node.body
        case Number() if node.text in "123":
            yield "number", replace(node, text=str(int(node.text) + 1))
        case Power():
            yield "power left out", node.base
        case Over():
            yield "inverted", replace(node, top=node.bottom, bottom=node.top)
        case Call() if node.name in FUNCTIONS and len(node.arguments) == 1:
            yield "function", replace(node, name=FUNCTIONS[node.name])
    yield from within(node)


def within(node: Node) -> Iterator[tuple[str, Node]]:
    """The changes of each part."""
    parts: list[Node] = []
    rebuilt(node, lambda part: parts.append(part) or part)
    for k, part in enumerate(parts):
        if isinstance(node, Letter):
            continue
        for kind, changed in changes(part):
            count = iter(range(len(parts) + 1))
            yield (
                kind,
                rebuilt(
                    node, lambda p, k=k, changed=changed, count=count: changed if next(count) == k else p
                ),
            )


def judged(letters: Letters, statements: list[Statement], text: str, part: Part | None = None):
    """The sections of a text, or the one with a part: the best room of each, and its claims."""
    for s in statements:
        s.defines, s.equation, s.solves = False, False, None
        for p in s.parts:
            p.names = False
    for section in sections_of(letters, statements):
        if part is None or any(p is part for s in section.statements for p in s.parts):
            yield in_best_room(letters, section, text)


def in_best_room(letters: Letters, section: Section, text: str) -> tuple[Room, list[Claim]]:
    best = None
    for room in candidates(letters, section, text):
        claims = [c for s in section.statements for c in claims_of(s)]
        score = judge(room, claims)
        if best is None or score > best[0]:
            best = (score, room, claims)
    _, room, claims = best
    testified(room, [c for c in claims if is_judged(c)])
    return room, claims


def holds(room: Room, claim: Claim, node: Node, choices: dict[str, str]) -> bool:
    """Is the claim right with this right side, under these choices, in fresh draws?"""
    against = replace(claim, part=replace(claim.part, node=node))
    try:
        return all(right_in(room, against, choices, draw) for draw in DRAWS)
    except Fork as fork:  # a choice that the original alone meets
        return any(holds(room, claim, node, {**choices, fork.name: o}) for o in fork.options)


def right_in(room: Room, claim: Claim, choices: dict[str, str], draw: int) -> bool:
    """Is a claim right in a draw? An equation may need one of those in which XᵀX has an inverse."""
    found = in_draw(room, claim, choices, draw)
    if found.word == "unread" and (claim.solves or claim.statement.equation) and room.solutions:
        found = in_draw(room, claim, choices, -1 - draw)
    return found.word == "right"


def run(name: str, text: str, number: int, chance: random.Random, seen: Counter, found: list) -> None:
    read = statements_of(read_passages(text))
    letters = Letters(read)
    claims = [c for _, found in judged(letters, read.statements, text) for c in found]
    right = [c for c in claims if c.verdict is not None and c.verdict.right and not c.defines]
    jobs = [(c.part, kind, m) for c in right for kind, m in mutants(c.part.node)]
    for part, kind, m in chance.sample(jobs, min(len(jobs), number)):
        before, part.node = part.node, m
        try:
            ((room, again),) = judged(letters, read.statements, text, part)
            word, taken = said_of(room, next(c for c in again if c.part is part), before)
        finally:
            part.node = before
        seen[word] += 1
        if word.startswith("right") or word == "UNSOUND":
            found.append((word, name, kind, part.text, taken))


def said_of(room: Room, twin: Claim, before: Node) -> tuple[str, tuple]:
    """What is said of a mutant; of a right one, why it may be."""
    if twin.verdict is None:
        return "a definition", ()
    if not twin.verdict.right:
        return twin.verdict.state.value, ()
    node, taken = twin.part.node, twin.verdict.pieces.get("taken", ())
    for choices in (ch for ch, o in twin.leaves if isinstance(o, Outcome) and o.word == "right"):
        if holds(room, twin, before, choices) and holds(room, twin, node, choices):
            return "equal to the original", taken
        if taken and holds(room, twin, node, choices):
            return "right under another convention, which is said", taken
    return "UNSOUND", taken


def texts_of_tests() -> dict[str, str]:
    """The texts that the tests call right, with their names."""
    here = Path(__file__).parents[1] / "judge"
    found: dict[str, str] = {}
    for path in sorted(here.glob("test_texts*.py")):
        module = importlib.import_module(f"tests.judge.{path.stem}")
        for table in ("RIGHT", "JUDGED"):
            texts = getattr(module, table, {})
            found |= {f"{path.stem}: {name}": text for name, text in texts.items() if isinstance(text, str)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    texts = {path.name: path.read_text("utf8") for path in chosen.files} or texts_of_tests()
    chance, seen, found = random.Random(chosen.seed), Counter(), []
    each = max(1, chosen.number // len(texts))
    for name, text in texts.items():
        run(name, text, each, chance, seen, found)
    print(len(texts), "texts:", dict(seen))
    for one in found:
        print(*one, sep=" | ")


if __name__ == "__main__":
    main()
