"""Changes right lines of texts and looks at what is said of them: whatever is called right must be equal in numbers.

    python -m tests.tools.mutate_claims FILE... [--number 1000] [--seed 1]

A mutant takes the place of a right claim: another sign, factor, function or index, a transpose, term, factor or sum
left out. It is judged in the whole text. Called right, it and the original must both be right under one reading, in
fresh draws: then they are equal. Else it must be right under a convention that the verdict names, or it is unsound.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from helpers.compare.readings.choices import Fork
from helpers.judge.texts.judging import Claim, Outcome, claims_of, in_draw, judge
from helpers.judge.texts.marking import Section, candidates, sections_of
from helpers.read.claims.letters import Letters
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
    yield from changes(node)


def changes(node: Node) -> Iterator[tuple[str, Node]]:
    match node:
        case Letter() if len(node.below) == 2:
            yield "indices", replace(node, below=node.below[::-1])
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


def judged(letters: Letters, section: Section, text: str):
    """The best room of a section and its claims."""
    best = None
    for room in candidates(letters, section, text):
        claims = [c for s in section.statements for c in claims_of(s)]
        score = judge(room, claims)
        if best is None or score > best[0]:
            best = (score, room, claims)
    return best[1:]


def holds(room, claim: Claim, node: Node, choices: dict[str, str]) -> bool:
    """Is the claim right with this right side, under these choices, in fresh draws?"""
    against = replace(claim, part=replace(claim.part, node=node))
    try:
        return all(in_draw(room, against, choices, draw).word == "right" for draw in DRAWS)
    except Fork as fork:  # a choice that the original alone meets
        return any(holds(room, claim, node, {**choices, fork.name: o}) for o in fork.options)


def run(text: str, number: int, chance: random.Random, seen: Counter, unsound: list, others: list) -> None:
    read = statements_of(read_passages(text))
    letters = Letters(read)
    for section in sections_of(letters, read.statements):
        _, claims = judged(letters, section, text)
        right = [c for c in claims if c.verdict is not None and c.verdict.right and not c.defines]
        jobs = [(c, kind, m) for c in right for kind, m in mutants(c.part.node)]
        for c, kind, m in chance.sample(jobs, min(len(jobs), number)):
            before, c.part.node = c.part.node, m
            try:
                again_room, again = judged(letters, section, text)
            finally:
                c.part.node = before
            twin = next(x for x in again if x.part is c.part)
            word = "right" if twin.verdict.right else twin.verdict.state.value
            seen[word] += 1
            if word != "right":
                continue
            choices = next(ch for ch, o in twin.leaves if isinstance(o, Outcome) and o.word == "right")
            if holds(again_room, twin, before, choices) and holds(again_room, twin, m, choices):
                seen["equal to the original"] += 1
            elif twin.verdict.pieces.get("taken") and holds(again_room, twin, m, choices):
                seen["right under another convention, which is said"] += 1
                others.append((kind, c.part.text, twin.verdict.pieces["taken"]))
            else:
                unsound.append((kind, c.part.text, twin.verdict.pieces.get("taken")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance, seen, unsound, others = random.Random(chosen.seed), Counter(), [], []
    each = max(1, chosen.number // len(chosen.files))
    for path in chosen.files:
        run(path.read_text("utf8"), each, chance, seen, unsound, others)
    print(dict(seen))
    for said, found in (("under another convention:", others), ("not equal:", unsound)):
        for one in found:
            print(said, *one)


if __name__ == "__main__":
    main()
