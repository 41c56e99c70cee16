r"""Sums and products over times or layers, term by term: \sum_{k=1}^t, \prod_{j=k+1}^t."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from helpers.compare.readings.choices import NotJudged
from helpers.compare.readings.roles import Meaning
from helpers.compare.readings.values import Value, number
from helpers.read.claims.asking import factors
from helpers.read.claims.times import base_of, script
from helpers.read.definitions.functions import rebuilt
from helpers.read.definitions.syntax import Bound, Compared, Letter, Node, Number, Total

HOLDS = {"<": int.__lt__, "≤": int.__le__, ">": int.__gt__, "≥": int.__ge__, "≠": int.__ne__}


def is_over_steps(ev: Meaning, node: Node) -> bool:
    return isinstance(node, Total) and len(node.bound) == 1 and node.bound[0].letter in ev.letters.steps


def steps_of(ev: Meaning, b: Bound) -> list[int]:
    """The numbers that a bound letter stands for."""
    first = 1 if b.start is None else number_of(ev, b.start)
    last = ev.world.steps.last("T") if b.upto is None else number_of(ev, b.upto)
    found = range(first, last + 1)
    if isinstance(b.only, Compared) and b.only.sign in HOLDS:
        limit = number_of(ev, b.only.right)
        return [n for n in found if HOLDS[b.only.sign](n, limit)]
    if b.only is not None:
        raise NotJudged("over which times is the sum?")
    return list(found)


def number_of(ev: Meaning, node: Node) -> int:
    """3, t, t − 1; a letter that is no time itself is the last of them."""
    steps, s = ev.world.steps, script(node)
    if s is None and isinstance(node, Letter):
        return steps.last("T")
    if s is None:
        raise NotJudged("over which times is the sum?")
    base, shift = s if isinstance(s, tuple) else (s, 0)
    if base.isdigit():
        return int(base)
    n = steps.number(base)
    return (steps.last("T") if n is None else n) + shift


def total(ev: Meaning, node: Total) -> Value:
    """A sum or a product over times; a product goes on with the later ones first, as a chain does."""
    (b,) = node.bound
    out: Value | None = None
    for n in steps_of(ev, b)[:: -1 if node.kind == "prod" else 1]:
        with standing_for(ev, b.letter, n):
            v = ev.real(node.body)
        if node.kind == "sum":
            out = v if out is None else ev.algebra.plus(out, v)
        elif node.kind == "prod":
            out = v if out is None else ev.algebra.times("", out, v)
        else:
            raise NotJudged("the largest over times")
    return out if out is not None else number(0 if node.kind == "sum" else 1)


@contextmanager
def standing_for(ev: Meaning, letter: str, n: int) -> Iterator[None]:
    steps = ev.world.steps
    before = steps.here
    steps.here = {**before, letter: n}
    try:
        yield
    finally:
        steps.here = before


def spelt_out(ev: Meaning, fs: list[tuple[str, Node]]) -> list[tuple[str, Node]]:
    r"""The factors of a product, with those of \prod_j one by one, the later ones first."""
    out: list[tuple[str, Node]] = []
    for sign, f in fs:
        if isinstance(f, Total) and f.kind == "prod" and is_over_steps(ev, f):
            for n in steps_of(ev, f.bound[0])[::-1]:
                inner = factors(at_step(f.body, f.bound[0].letter, n))
                out += [(s or sign, g) for s, g in inner]
        else:
            out.append((sign, f))
    return out


def at_step(node: Node, letter: str, n: int) -> Node:
    """The tree with a number for a time: h_2 for h_{j-1} at j = 3."""
    node = rebuilt(node, lambda part: at_step(part, letter, n))
    if isinstance(node, Letter):
        below, above = (
            tuple(numbered(s, letter, n) for s in scripts) for scripts in (node.below, node.above)
        )
        return replace(node, below=below, above=above)
    return node


def numbered(node: Node, letter: str, n: int) -> Node:
    s = script(node)
    if s is None or base_of(s) != letter:
        return node
    return Number(node.place, str(n + (s[1] if isinstance(s, tuple) else 0)))
