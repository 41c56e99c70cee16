r"""Where formulas stand in a running text.

    display  = $$ ... $$ | \[ ... \] | \\[ ... \\] | \begin{align} ... \end{align}, and the like
    inline   = $ ... $ | $` ... `$ | \( ... \) | \\( ... \\)
    equality = inline, then = and nothing else, then inline: one formula

An inline formula ends in its paragraph, item or table cell at the latest; a display that nobody closes ends where the
next paragraph has words. Both are said. A sum of money is no formula, nor is what stands between ticks.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from helpers.read.passages.document import Page, Span
from helpers.read.passages.words import is_prose

SPLIT = """
equation align alignat flalign gather multline eqnarray displaymath math dmath IEEEeqnarray aligned alignedat split
gathered multlined subequations array
"""
WHOLE = "cases dcases rcases matrix bmatrix pmatrix vmatrix Vmatrix Bmatrix smallmatrix"
ROWS, KEPT = frozenset(SPLIT.split()), frozenset(WHOLE.split())
TOKEN = re.compile(
    r"\\(?P<edge>begin|end)\s{0,9}\{\s{0,9}(?P<name>[A-Za-z]+)\*?\s{0,9}\}|\\verb\*?([^\sA-Za-z*])[^\n]{0,200}?\3"
    r"|(?P<double>\\\\[()\[\]])(?!\s*-?\d*\.?\d+\s*[a-z]{2}\s*\])|(?P<single>\\[()\[\]])|(?P<alias>\\[A-Za-z]+)|\\."
    r"|(?P<github>`\$)|(?P<dollar>\$)|(?P<ticks>`+)|(?P<blank>\n[ \t]*(?=\n))",
    re.DOTALL,
)
OPENS = {"$$": "$$", "$`": "`$", "$": "$", r"\[": r"\]", r"\(": r"\)", r"\\[": r"\\]", r"\\(": r"\\)"}
CLOSES = {r"\]", r"\)", r"\\]", r"\\)"}
MOST = 20_000
MONEY = re.compile(
    r"\s?\d[\d.,]*\s?(?:k|K|M|bn)?(?:\s+(?:and|or|to|for|per|each|in|a)\b|[a-z]{3,}|[.,;:)!?]*\s*$)"
)
BETWEEN = re.compile(r"[ \t]*\n?[ \t]*(?:=|[≈≤≥≠∝<>])[ \t]*\n?[ \t]*")


@dataclass
class Formula:
    """From start to end with its fences; `bodies` are between them, several where a sign between fences joins two."""

    start: int
    end: int
    bodies: list[Span]
    fence: str
    display: bool


class Token(NamedTuple):
    key: str
    start: int
    end: int
    name: str = ""  # of an environment


def tokens(string: str, markdown: bool, aliases: dict[str, tuple[str, str]]) -> Iterator[Token]:
    """The signs that may open or close a formula; `aliases` are macros such as \\be for \\begin{equation}."""
    for found in TOKEN.finditer(string):
        kind, (start, end) = found.lastgroup, found.span()
        if found["edge"]:
            yield Token(found["edge"], start, end, found["name"])
        elif kind == "alias" and found["alias"] in aliases:
            yield Token(aliases[found["alias"]][0], start, end, aliases[found["alias"]][1])
        elif kind == "github":
            yield Token("`$", start, end)
            yield Token("$", start + 1, end)
        elif kind in ("single", "ticks") or (kind == "double" and markdown):
            yield Token(found[0], start, end)
        elif kind in ("dollar", "blank"):
            yield Token({"dollar": "$"}.get(kind, kind), start, end)


class Fences:
    """The formulas of a page, MOST at the most.

    `stops` are where no inline formula goes on (a new item, a heading), `walls` where no formula does (code).
    """

    def __init__(
        self,
        page: Page,
        markdown: bool,
        stops: list[int],
        walls: list[int],
        aliases: dict[str, tuple[str, str]],
    ):
        self.page, self.string, self.markdown = page, page.string, markdown
        self.tokens = list(tokens(self.string, markdown, aliases))
        self.places: dict[str, list[int]] = {"stop": stops, "wall": sorted(walls)}
        for token in self.tokens:
            self.places.setdefault(token.key, []).append(token.start)
        dollars = self.places.get("$", [])
        self.places["$$"] = [a for a, b in pairwise(dollars) if b == a + 1]
        self.pairs = pairs(self.tokens)

    def following(self, key: str, at: int) -> int:
        """Where a sign next stands; behind the end if nowhere."""
        places = self.places.get(key, [])
        k = bisect_left(places, at)
        return places[k] if k < len(places) else len(self.string) + 1

    def formulas(self) -> list[Formula]:
        """All formulas in their order."""
        found: list[Formula] = []
        at = 0
        for token in self.tokens:
            if token.start < at:
                continue
            if len(found) >= MOST:
                self.page.miss(token.start, f"at most {MOST} formulas; what is behind is not read")
                break
            new = self.opened(token)
            if isinstance(new, int):
                at = new
            elif new:
                at = new.end
                last = found[-1] if found else None
                if last and not (last.display or new.display) and self.is_sign(last.end, new.start):
                    last.bodies += [(last.end, new.start), *new.bodies]
                    last.end = new.end
                else:
                    found.append(new)
        return found

    def is_sign(self, start: int, end: int) -> bool:
        return end - start < 40 and BETWEEN.fullmatch(self.string, start, end) is not None

    def opened(self, token: Token) -> Formula | int | None:
        """The formula that begins at a sign; or how far the text has none."""
        key, start = token.key, token.start
        if token.name:
            return self.environment(token)
        if key.startswith("`"):
            key = key.rstrip("$")
            close = self.following(key, token.end)
            return close + len(key) if self.markdown and close < self.limit(start) else None
        if key == "$":
            key = next((k for k in ("$$", "$`") if self.string.startswith(k, start)), "$")
        if key in CLOSES:
            self.page.miss(start, f"an opening fence before {key}")
        if key not in OPENS:
            return None
        inner, close = start + len(key), OPENS[key]
        end = self.following(close, inner)
        if key in ("$", "$`"):
            return self.within_line(key, start, end)
        inline = key.endswith("(")
        stop = self.runaway(inner, end, key) if not inline else min(end, self.limit(start))
        if stop < end:
            self.page.miss(start, f"a closing {close}")
            return Formula(start, stop, [(inner, stop)], key, not inline)
        return Formula(start, end + len(close), [(inner, end)], key, not inline)

    def within_line(self, key: str, start: int, end: int) -> Formula | None:
        """A formula between single dollars."""
        inner, limit = start + len(key), self.limit(start)
        body = self.string[inner : min(end, limit, inner + 300)]
        if MONEY.match(body) and not re.search(r"[\\^_=]", body):
            return None
        if end < limit:
            return Formula(start, end + len(OPENS[key]), [(inner, end)], key, False)
        self.page.miss(start, f"a closing {OPENS[key]}")
        line = self.string.find("\n", inner)
        stop = min(len(self.string) if line < 0 else line, limit)
        return Formula(start, stop, [(inner, stop)], key, False) if re.search(r"[\\^_=]", body) else None

    def limit(self, at: int) -> int:
        """Where an inline formula must have ended."""
        walls = self.following("stop", at + 1), self.following("wall", at + 1)
        return min(self.following("blank", at), *walls, len(self.string))

    def environment(self, token: Token) -> Formula | None:
        name = token.name
        if name not in ROWS | KEPT:
            return None
        if token.key == "end":
            self.page.miss(token.start, f"\\begin{{{name}}} before \\end{{{name}}}")
            return None
        if (close := self.pairs.get(token.start)) and close.start < self.following("wall", token.start):
            return Formula(token.start, close.end, [(token.start, close.end)], name, name != "math")
        stop = self.runaway(token.end, len(self.string) + 1, "begin")
        self.page.miss(token.start, f"\\end{{{name}}}")
        return Formula(token.start, stop, [(token.start, stop)], name, name != "math")

    def runaway(self, inner: int, end: int, key: str) -> int:
        """Where a display ends that is not closed at `end`: before a paragraph of words, or one that opens again."""
        wall = self.following("wall", inner)
        blank = self.following("blank", inner)
        while blank < min(end, wall):
            following = min(self.following("blank", blank + 1), len(self.string))
            paragraph = self.string[blank : min(following, end, blank + 600)]
            again = self.string.find("\n", end) if end < len(self.string) else -1
            opens = not paragraph.strip() and self.string[end + len(key) : again].strip(" .,;:")
            opens = opens or (end > len(self.string) and self.following(key, blank) < following)
            if opens or is_prose(paragraph):
                return blank
            blank = self.following("blank", blank + 1)
        return min(end, wall, len(self.string))


def pairs(signs: list[Token]) -> dict[int, Token]:
    """Where each environment that opens is closed."""
    closed: dict[int, Token] = {}
    opened: list[Token] = []
    waiting: dict[str, int] = {}
    for sign in signs:
        if sign.key == "begin":
            opened.append(sign)
            waiting[sign.name] = waiting.get(sign.name, 0) + 1
        while sign.key == "end" and waiting.get(sign.name):
            last = opened.pop()
            waiting[last.name] -= 1
            if last.name == sign.name:
                closed[last.start] = sign
                break
    return closed
