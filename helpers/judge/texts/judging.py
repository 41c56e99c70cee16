"""Each claim under each reading, and the readings that the rest of the text allows."""

from dataclasses import dataclass, field
from itertools import product

import numpy as np
import torch
from torch import Tensor

from helpers.compare import diagnose_difference
from helpers.compare.readings.choices import (
    CHOICES,
    LOCAL,
    LOOSEST,
    Fork,
    Merged,
    Misfit,
    NotJudged,
    explored,
    said,
)
from helpers.compare.readings.evaluate import Evaluator
from helpers.compare.readings.room import Room
from helpers.compare.readings.values import Special, Value
from helpers.compare.readings.world import World, world_of
from helpers.read.claims.letters import indices_of
from helpers.read.claims.statements import Part, Statement
from helpers.read.definitions.syntax import Node, Number
from helpers.verdict import Difference, Entry, Kind, Verdict, not_judged, right, wrong

TOLERANCE = 1e-8
MOST_LEAVES, MOST_READINGS = 48, 3000
DRAWS = (0, 1)
NEAR = 2
"""So many statements before and behind a claim must not be wrong for the most part, if it is to be called wrong."""


@dataclass(frozen=True)
class Outcome:
    """What a claim is under one reading: "right", "wrong" or "unread", and why."""

    word: str
    why: str = ""
    difference: Difference | None = None
    kind: Kind | None = None
    vanishes: bool = False


@dataclass
class Claim:
    """left = right, of one statement; or why it has none. `defines` says that it is a definition."""

    statement: Statement
    part: Part
    left: Part | None
    error: str = ""
    defines: bool = False
    position: int = 0
    verdict: Verdict | None = None
    leaves: list[tuple[dict[str, str], Outcome]] = field(default_factory=list)


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
        out.append(Claim(statement, part, reference, part.error, defines))
    return out


def outcome(room: Room, claim: Claim, choices: dict[str, str]) -> Outcome:
    """A claim under a reading, in every draw; the first that is not right counts."""
    found = None
    for draw in DRAWS:
        found = in_draw(room, claim, choices, draw)
        if found.word != "right":
            return found
    return found


def in_draw(room: Room, claim: Claim, choices: dict[str, str], draw: int) -> Outcome:
    for _ in range(40):
        try:
            return compared(world_of(room, choices, draw), claim)
        except Merged:
            room.forget(choices)
        except NotJudged as why:
            return Outcome("unread", str(why))
        except Misfit as why:
            return Outcome("wrong", str(why), kind=Kind.WRONG_AXIS)
        except RecursionError:
            return Outcome("unread", "brackets stand too deep")
        except (RuntimeError, IndexError, ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError):
            return Outcome("unread", "it has no value here")
    return Outcome("unread", "its sizes do not settle")


def compared(world: World, claim: Claim) -> Outcome:
    """Both sides in numbers."""
    left, right_side = claim.left.node, claim.part.node
    ev = world.evaluator
    ev.frame = ({}, frozenset(indices_of(left, world.letters)))
    ev.scan(left, right_side)
    a = ev.value(left)
    a = ev.einstein(a) if isinstance(a, Value) else a
    if isinstance(a, Value):
        ev.frame = (ev.frame[0], ev.frame[1] | set(a.names))
    b = ev.value(right_side)
    b = ev.einstein(b) if isinstance(b, Value) else b
    if isinstance(a, Special):
        raise NotJudged("the identity on the left")
    if isinstance(b, Special):
        if a.is_number:
            raise NotJudged("the identity for a number")
        b = ev.algebra.sized(b, a)
    refuse_loose_indices(ev, a, b)
    names, (x, y) = ev.algebra.align(a, b)
    if x.shape[-2:] != y.shape[-2:]:
        y = same_shape(world, a, b, x, y)
    sizes = world.reading.sizes
    letters = {name: sizes.of(axis, world.reading.draw) for name, axis in sizes.letters.items()}
    found = difference(claim, names, *torch.broadcast_tensors(x, y), letters)
    if found.word == "wrong" and (is_zero(left) or is_zero(right_side)):
        raise NotJudged("an equation to be solved")
    return found


def is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.text == "0"


def refuse_loose_indices(ev: Evaluator, a: Value, b: Value) -> None:
    """Indices that only the right side has are no mistake where their sum is what is meant."""
    loose = [n for n in b.names if n not in a.names]
    if not loose or a.shape != b.shape:
        return
    for n in loose:
        b = b.summed(n)
    _, (x, y) = ev.algebra.align(a, b)
    if x.shape == y.shape and equal(x, y, torch.ones_like(x)):
        raise NotJudged(
            "it is right if an index that stands twice is summed over, and the text does not say so"
        )


def same_shape(world: World, a: Value, b: Value, x: Tensor, y: Tensor) -> Tensor:
    """A row is held against a column entry by entry; any other misfit is one."""
    if a.is_vector and b.is_vector and max(a.shape) == max(b.shape):
        return y.transpose(-1, -2)
    if b.is_number and not b.t.any():
        return y
    if b.is_number and set(b.names) - set(a.names):
        raise NotJudged("its left side has no indices")
    if not a.is_vector and not b.is_vector and not a.is_number and not b.is_number:
        world.reading.fit(a.shape[0], b.shape[0])
        world.reading.fit(a.shape[1], b.shape[1])
    elif a.is_vector and b.is_vector:
        world.reading.fit(max(a.shape), max(b.shape))
    raise Misfit(f"{a.shape[0]} × {a.shape[1]} on the left, {b.shape[0]} × {b.shape[1]} on the right")


def difference(claim: Claim, names: tuple[str, ...], x: Tensor, y: Tensor, sizes: dict[str, int]) -> Outcome:
    """Equal, or by what they differ; under a condition on two indices only where it holds."""
    x, y = x.detach(), y.detach()
    if not (torch.isfinite(x).all() and torch.isfinite(y).all()):
        raise NotJudged("it is not finite")
    here = torch.ones_like(x)
    if claim.part.indices is not None:
        sign, i, j = claim.part.indices
        if i in names and j in names:
            m = torch.eye(x.shape[names.index(i)], dtype=torch.float64)
            if m.shape[0] != x.shape[names.index(j)]:
                raise NotJudged(f"{i} and {j} run over different axes")
            m = m if sign == "=" else 1 - m
            shape = [1] * x.dim()
            shape[names.index(i)] = shape[names.index(j)] = m.shape[0]
            here = here * m.reshape(shape)
        elif (i in names or j in names) and not equal(x, y, here):
            raise NotJudged(f"which of its entries are those where {i} {sign} {j}?")
    if equal(x, y, here):
        return Outcome("right", vanishes=not (x * here).abs().max() > TOLERANCE)
    got, want = (np.squeeze((v * here).numpy()) for v in (y, x))
    found = diagnose_difference(got, want, sizes)
    factor = found.factor if got.size == 1 and found is not None else None
    if (
        factor is not None and not factor.names and not np.isclose(factor.value, -1)
    ):  # as any two numbers have
        found = Difference(Kind.WRONG_VALUE, entry=Entry((), float(got), float(want)), many=1, size=1)
    return Outcome("wrong", difference=found)


def equal(x: Tensor, y: Tensor, here: Tensor) -> bool:
    x, y = x.detach(), y.detach()
    scale = max(float((x * here).abs().max()), float((y * here).abs().max()), 1e-3)
    return float(((x - y) * here).abs().max()) <= TOLERANCE * scale


def judge(room: Room, claims: list[Claim]) -> int:
    """Give every claim its verdict; the score is what makes this room likelier than another."""
    settle(room)
    judged = [c for c in claims if c.left is not None and not c.error and not c.defines]
    places = list(dict.fromkeys(id(c.statement) for c in judged))
    for c in judged:
        c.position = places.index(id(c.statement))
    for _ in range(3):
        merges = room.merges
        for c in judged:
            c.leaves = leaves_of(room, c)
        if room.merges == merges:
            break
    verdicts(claims, judged)
    return sum(c.verdict.right for c in judged) * 2 - sum(c.verdict.wrong for c in judged)


def settle(room: Room) -> None:
    """Evaluate the definitions first: they say which sizes are equal."""
    for _ in range(3):
        merges = room.merges
        for ds in room.definitions.values():
            for d in ds:
                explored(lambda choices, d=d: defined(room, d, choices), 16)
        if room.merges == merges:
            return


def defined(room: Room, d, choices: dict[str, str]) -> bool:
    for _ in range(40):
        world = world_of(room, choices, 0)
        world.evaluator.frame = ({}, frozenset())
        try:
            world.tensor(world.concrete(d.key))
            return True
        except Merged:
            room.forget(choices)
        except Fork:
            raise
        except (NotJudged, Misfit, RuntimeError, IndexError, ValueError, KeyError, TypeError, RecursionError):
            return False
    return False


def leaves_of(room: Room, claim: Claim) -> list[tuple[dict[str, str], Outcome]]:
    """The readings that a claim meets, each with its outcome."""
    if claim.part.limited:
        return [
            (
                {},
                Outcome("unread", f"it holds under a condition that is not understood: {claim.part.limited}"),
            )
        ]
    too_many = Outcome("unread", "it has too many readings")
    return [
        (c, o or too_many) for c, o in explored(lambda choices: outcome(room, claim, choices), MOST_LEAVES)
    ]


def readings_of(judged: list[Claim]) -> list[dict[str, str]]:
    """Every combination of the choices that the claims meet."""
    options: dict[str, list[str]] = {}
    for c in judged:
        for choices, _ in c.leaves:
            for name, option in choices.items():
                if name not in LOCAL and option not in options.setdefault(name, []):
                    options[name].append(option)
    for name, known in options.items():
        order = list(CHOICES.get(name, {}))
        known.sort(key=lambda o, order=order: order.index(o) if o in order else len(order))
    count = int(np.prod([len(o) for o in options.values()] or [1]))
    if count > MOST_READINGS:
        first = {name: o[0] for name, o in options.items()}
        own = (
            {k: v for k, v in choices.items() if k not in LOCAL} for c in judged for choices, _ in c.leaves
        )
        return [{**first, **choices} for choices in own]
    return [dict(zip(options, chosen, strict=True)) for chosen in product(*options.values())]


def under(claim: Claim, reading: dict[str, str]) -> tuple[dict[str, str], Outcome]:
    """What a claim is under a reading; of the choices that are made line by line the best counts."""
    fitting = [
        (choices, o)
        for choices, o in claim.leaves
        if all(reading.get(k, v) == v for k, v in choices.items() if k not in LOCAL)
    ]
    order = ("right", "unread", "wrong")
    return min(
        fitting, key=lambda leaf: order.index(leaf[1].word), default=({}, Outcome("unread", "no reading"))
    )


def verdicts(claims: list[Claim], judged: list[Claim]) -> None:
    readings = readings_of(judged)
    table = [[under(c, r) for c in judged] for r in readings]
    scores = [count(row, "right") for row in table]
    tight = [score - is_loose(r) for score, r in zip(scores, readings, strict=True)]
    for c in claims:
        if c.defines:
            c.verdict = None
        elif c.left is None or c.error:
            c.verdict = not_judged(why=c.error)
    for n, c in enumerate(judged):
        for points in (scores, tight):
            c.verdict = by_the_others(judged, n, table, points)
            if c.verdict.right:
                break
        whole = [row[n][1] for row, score in zip(table, scores, strict=True) if score == max(scores)]
        if c.verdict.wrong and any(o.word == "right" for o in whole):
            c.verdict = not_judged(why="it is right under a reading that fits the whole text as well")


def by_the_others(judged: list[Claim], n: int, table: list[list], points: list[int]) -> Verdict:
    """The verdict on a claim under the readings that have most points without it."""
    others = [p - (row[n][1].word == "right") for p, row in zip(points, table, strict=True)]
    best = max(others)
    return of_rows(judged, n, [row for row, o in zip(table, others, strict=True) if o == best], best)


def of_rows(judged: list[Claim], n: int, rows: list[list], best: int) -> Verdict:
    """The verdict on a claim from the readings under which most others are right."""
    found = [row[n] for row in rows]
    first = next((k for k, (_, o) in enumerate(found) if o.word == "right"), None)
    if first is not None:
        choices = found[first][0]
        if is_loose(choices) and not supported(judged, n, rows[first]):
            return not_judged(why="it is right only if a row may stand for a column")
        return right(taken=tuple(said(choices)))
    unread = next((o for _, o in found if o.word == "unread"), None)
    if unread is not None:
        return not_judged(why=unread.why)
    others_wrong = min(count(row, "wrong", n) for row in rows)
    if best < 1 or best <= others_wrong:
        return not_judged(why="no reading makes most of the other lines right")
    near = [m for m, c in enumerate(judged) if abs(c.position - judged[n].position) <= NEAR]
    if all(
        count([row[m] for m in near], "right") < count([row[m] for m in near], "wrong", near.index(n))
        for row in rows
    ):
        return not_judged(why="the lines around it follow from other definitions than those of the text")
    o = nearest([o for _, o in found])
    kind = o.difference.kind if o.difference is not None else o.kind or Kind.WRONG_VALUE
    return wrong(kind, difference=o.difference, why=o.why)


def count(row: list, word: str, but: int = -1) -> int:
    """How many claims of a row are right, or wrong."""
    return sum(o.word == word for m, (_, o) in enumerate(row) if m != but)


def nearest(outcomes: list[Outcome]) -> Outcome:
    """The outcome of the reading that comes nearest: a named difference before a value that is only wrong."""
    vague = (None, Kind.WRONG_VALUE, Kind.SHAPE)
    return min(outcomes, key=lambda o: (o.difference is None, (o.difference and o.difference.kind) in vague))


def is_loose(choices: dict[str, str]) -> bool:
    return LOOSEST.items() <= choices.items()


def supported(judged: list[Claim], n: int, row: list) -> bool:
    """Does a line of another chain need the loosest choice too?"""
    others = (leaf for c, leaf in zip(judged, row, strict=True) if c.statement is not judged[n].statement)
    return any(is_loose(choices) and o.word == "right" for choices, o in others)
