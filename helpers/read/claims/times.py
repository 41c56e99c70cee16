r"""Which scripts are times or layers: t of h_t where the text has h_{t-1}, and k of \partial h_t / \partial h_k."""

from collections.abc import Iterator
from dataclasses import dataclass

from helpers.read.definitions.syntax import Letter, Minus, Node, Number, Plus, Total

LAYERS = ("l", "ell")
TOPS = ("L", "N")
TIMES = ("t", *LAYERS)
"""Letters that are times or layers even beside an index: h_{t-1,i}."""
Script = str | tuple[str, int]


def script(node: Node) -> Script | None:
    """i, 2, ("l", -1) of l−1; None where it is more than that."""
    if isinstance(node, Letter) and not node.below and not node.above:
        return node.name
    if isinstance(node, Number):
        return node.text
    if isinstance(node, Plus) and len(node.terms) == 2 and isinstance(node.terms[0], Letter):
        base, step = node.terms
        sign = -1 if isinstance(step, Minus) else 1
        step = step.of if isinstance(step, Minus) else step
        if isinstance(step, Number) and step.text.isdigit():
            return (base.name, sign * int(step.text))
    return None


def base_of(s: Script) -> str:
    return s[0] if isinstance(s, tuple) else s


@dataclass(frozen=True)
class Steps:
    """The letters that are times or layers; those that are shifted somewhere; the last of them, T of t = 1, ..., T."""

    letters: frozenset[str]
    shifted: frozenset[str]
    tops: frozenset[str]


def steps_in(nodes: list[Node], bound: set[str]) -> Steps:
    """Decided by all the letters of a text."""
    stands = list(places(nodes))
    shifted = {
        s[0]
        for _, _, s, alone in stands
        if isinstance(s, tuple) and (alone or s[0] in TIMES) and s[0].islower()
    }
    beside = {s for _, kind, s, alone in stands if kind == "_" and not alone}
    shifted -= beside - {*TIMES}
    slots = {(name, kind) for name, kind, s, alone in stands if alone and base_of(s) in shifted}
    others = {s for *_, s, _ in stands if isinstance(s, str) and len(s) == 1 and s.islower()} - shifted
    same = {
        x
        for x in others
        if all(alone and (name, kind) in slots for name, kind, s, alone in stands if base_of(s) == x)
    }
    above = {base_of(s) for _, kind, s, _ in stands if kind == "^"}
    letters = shifted | same | ((above & {*TIMES}) - bound)
    tops = {
        b.upto.name
        for n in nodes
        if isinstance(n, Total)
        for b in n.bound
        if b.letter in letters and isinstance(b.upto, Letter) and not b.upto.below
    } - letters
    if letters & {*LAYERS} or (above & {*TOPS}) - bound:
        letters |= {"l"} - (beside - above)
        tops |= {"L"} | ({"N"} & above)
    if "t" in letters:
        tops |= {"T"}
    return Steps(frozenset(letters | tops), frozenset(shifted), frozenset(tops))


def places(nodes: list[Node]) -> Iterator[tuple[str, str, Script, bool]]:
    """Each script of each letter: the letter, where it stands, what it is, and is it alone there?"""
    for n in nodes:
        if isinstance(n, Letter):
            for kind, scripts in (("^", n.above), ("_", n.below)):
                for s in map(script, scripts):
                    if s is not None:
                        yield n.name, kind, s, len(scripts) == 1
