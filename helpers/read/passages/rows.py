r"""The rows of a display.

    display = { row (\\ | \\[2pt] | \cr) | \intertext{ words } | words in \text (\\ | \cr) }
    row     = cells between &; in align and its like each second & begins another equation or a condition
    kept    = \begin{cases}, matrix, an array that is not all of the display: they stay in the text of their row

A brace around all of a display (\boxed, \eqalign, \color, \left\{ ... \right.) is taken away where rows are in it.
"""

import re
from dataclasses import dataclass, field

from helpers.read.passages.conditions import numbered, parted, words_alone
from helpers.read.passages.document import Page, Row
from helpers.read.passages.fences import ROWS, Token, pairs
from helpers.read.passages.macros import braces, glued
from helpers.read.passages.places import Text, fixed, joined
from helpers.read.passages.words import EQUALITY, SPACE, is_bare

SIGN = re.compile(
    r"(?P<row>\\\\\*?(?:[ \t]{0,9}\[\s{0,9}-?\d*\.?\d+\s{0,9}(?:[a-z]{2}|\\[a-z]+)\s{0,9}\])?"
    r"|\\(?:cr|newline|tabularnewline)(?![A-Za-z]))"
    r"|\\(?P<edge>begin|end)\s{0,9}\{\s{0,9}(?P<name>[A-Za-z]+)\*?\s{0,9}\}"
    r"|(?P<words>\\(?:short)?intertext)\s{0,9}(?=\{)"
    r"|(?P<rule>\\(?:hline|toprule|midrule|bottomrule|nonumber|notag|allowdisplaybreaks)(?![A-Za-z])|\\cline\s{0,9}\{[^{}]{0,20}\})"
    r"|(?P<label>\\label\s{0,9}\{[^{}]{0,80}\})"
    r"|(?P<tag>\\tag\*?\s{0,9}\{(?P<number>(?:[^{}]|\{[^{}]{0,40}\}){0,80})\}|\\l?eqno\s{0,9}\(?(?P<eqno>[\w.-]+)\)?)"
    r"|\\.|(?P<brace>[{}])|(?P<cell>&)",
    re.DOTALL,
)
SPECIFIED = re.compile(r"[ \t]*(?:\[[^\]\n]{0,9}\])?[ \t]*(?:\{(?:[^{}]|\{[^{}]{0,40}\}){0,80}\}){0,2}")
SPECIFYING = {"array", "alignat", "alignedat", "IEEEeqnarray"}
POSITIONED = re.compile(r"[ \t]*(?:\[[tbc]\])?")
PAIRED = {"align", "aligned", "alignat", "alignedat", "flalign", "split"}
WHOLE = re.compile(
    r"\s*(?:\\(?:boxed|eqalign|fbox|bbox|mathbf|displaystyle|small|large)\s*(?:\[[^\]]*\])?|\\(?:text)?color\s*\{[^{}]*\})?\s*\{"
)
OPERATOR = re.compile(rf"{SPACE}*(?:[-+*/]|\\(?:cdot|times|odot|circ|pm|oslash)(?![A-Za-z]))")
LEFT = re.compile(r"\\left\s*(?:\\\{|\\lbrace)\s*$|\\(?:\{|lbrace)\s*$")
RIGHT = re.compile(r"\s*\\right\s*\.")


@dataclass
class Words:
    """Words between the rows of a display."""

    text: Text


@dataclass
class Splitter:
    """One display while its rows are found."""

    page: Page
    body: Text
    done: list[Row | Words] = field(default_factory=list)
    cells: list[list[Text]] = field(default_factory=lambda: [[]])
    number: str = ""
    paired: bool = True  # does every second & begin another equation?
    joins: bool = False  # are all rows one formula?
    at: int = 0  # how far the body is taken

    def split(self) -> list[Row | Words]:
        """The rows, in their order."""
        closing, end = self.unwrapped()
        signs = list(SIGN.finditer(self.body, self.at, end))
        edges = [Token(s["edge"], s.start(), s.end(), s["name"]) for s in signs if s["edge"]]
        ends = pairs(edges)
        opened: set[int] = set()  # where the \end of each environment of rows stands
        deep = 0  # up to here all stays in the text
        for sign in signs:
            start = sign.start()
            if start < self.at or (start < deep and not (sign["label"] or sign["rule"] or sign["tag"])):
                continue
            if sign["brace"] == "{":
                deep = closing.get(start, 0)
            elif sign["edge"] == "begin" and start in ends:
                if self.has_rows(sign, ends[start].start, end):
                    opened.add(ends[start].start)
                    self.begin(sign)
                else:
                    deep = ends[start].end
            elif sign["edge"]:
                self.edge(sign, known=start in opened)
            elif sign["words"] and sign.end() in closing:
                self.words(start, sign.end(), closing[sign.end()])
            elif sign["row"]:
                self.leave("row", *sign.span())
                self.row()
            elif sign["cell"]:
                self.leave("alignment", *sign.span())
                self.cells.append([])
            elif sign["label"] or sign["rule"] or sign["tag"]:
                self.leave("label" if sign["label"] else "number" if sign["tag"] else "rule", *sign.span())
                self.number = sign["number"] or sign["eqno"] or self.number
        self.leave("", end, end)
        self.row()
        return self.done

    def unwrapped(self) -> tuple[dict[int, int], int]:
        """Where the braces are closed, and where the body ends, without a brace around all its rows."""
        closing, end = braces(self.body), len(self.body)
        while (whole := WHOLE.match(self.body, self.at, end)) and re.search(
            r"\\\\|\\cr\b|\\begin", self.body[whole.end() :]
        ):
            close = closing.get(whole.end() - 1, -1)
            if close < 0 or self.body[close + 1 : end].strip(" \n.,;"):
                break
            self.ignore("box", whole.start(), whole.end())
            self.ignore("box", close, end)
            self.at, end = whole.end(), close
        return closing, end

    def has_rows(self, sign: re.Match, close: int, end: int) -> bool:
        """Does an environment consist of rows, and does it not belong to a formula before it?"""
        if sign["name"] not in ROWS:
            return False
        left = LEFT.search(self.body, max(self.at, sign.start() - 20), sign.start())
        before = self.body[self.at : left.start() if left else sign.start()].strip()
        alone = not before and not any(piece.strip() for cell in self.cells for piece in cell)
        if sign["name"] != "array":
            return alone or not left
        behind = re.sub(r"\\right\s*\.|\\end\s*\{\w+\*?\}|[\s.,;]", "", self.body[close + 11 : end])
        return alone and not behind and EQUALITY.search(self.body, sign.end(), close) is not None

    def begin(self, sign: re.Match) -> None:
        left = LEFT.search(self.body, max(self.at, sign.start() - 20), sign.start())
        specified = SPECIFIED if sign["name"] in SPECIFYING else POSITIONED
        self.leave(
            "fence", left.start() if left else sign.start(), specified.match(self.body, sign.end()).end()
        )
        self.paired, self.joins = sign["name"] in PAIRED, sign["name"].startswith("multline")

    def edge(self, sign: re.Match, known: bool) -> None:
        """The end of an environment of rows; one of the two that lacks the other is left out and said."""
        right = RIGHT.match(self.body, sign.end()) if known else None
        self.leave("fence", sign.start(), right.end() if right else sign.end())
        if not known:
            other = "end" if sign["edge"] == "begin" else "begin"
            self.page.miss(self.body.offset(sign.start()), f"\\{other}{{{sign['name']}}}")

    def words(self, start: int, brace: int, close: int) -> None:
        self.leave("intertext", start, brace + 1)
        self.row()
        self.done.append(Words(self.body.cut(brace + 1, close).trimmed()))
        self.at = close
        self.leave("intertext", close, close + 1)

    def leave(self, kind: str, start: int, end: int) -> None:
        """Take what is before a sign, and leave the sign out."""
        if start > self.at:
            piece = self.body.cut(self.at, start)
            gap = [fixed(" ", piece.source, piece.offset(len(piece)))] if glued(piece, "x") else []
            self.cells[-1].append(joined([piece, *gap]))
        self.ignore(kind, start, end)
        self.at = end

    def ignore(self, kind: str, start: int, end: int) -> None:
        for a, b in self.body.cut(start, end).spans() if end > start else ():
            self.page.ignore(kind, a, b)

    def row(self) -> None:
        """What was taken since the last row, as rows or as words."""
        cells = [[piece for piece in cell if piece.strip()] for cell in self.cells]
        number, self.cells, self.number = self.number, [[]], ""
        step = 2 if self.paired else max(len(cells), 1)
        first = len(self.done)
        for k in range(0, len(cells), step):
            group = [joined(cell) for cell in cells[k : k + step] if cell]
            aside = [group.pop()] if is_aside(group) else []
            self.formulas([joined(group).trimmed()] if group else [], first)
            if aside and isinstance(self.done[-1], Row):
                self.done[-1].conditions += (aside[0].trimmed(),)
        if number and len(self.done) > first and isinstance(self.done[-1], Row):
            self.done[-1].number = number

    def is_rest(self, text: Text) -> bool:
        """Is a row the rest of the formula in the row before it: + c, or any in multline?"""
        before = self.done[-1] if self.done else None
        if not isinstance(before, Row) or before.conditions:
            return False
        return self.joins or (OPERATOR.match(text) is not None and not EQUALITY.search(text))

    def formulas(self, texts: list[Text], first: int) -> None:
        """A part of a row: words, a condition of the part before it, or formulas."""
        for text in texts:
            before = self.done[-1] if len(self.done) > first and isinstance(self.done[-1], Row) else None
            if before and is_bare(text):
                before.conditions += (text,)
                continue
            if not before and words_alone(text):
                self.done.append(Words(text))
                continue
            if self.is_rest(text):
                self.done[-1].text = joined(
                    [self.done[-1].text, fixed(" ", text.source, text.offset(0)), text]
                )
                continue
            text, numbers = numbered(text)
            for number in numbers:
                for a, b in number.spans():
                    self.page.ignore("number", a, b)
            for formula, conditions in parted(text):
                if before and not formula:
                    before.conditions += conditions
                elif formula or conditions:
                    self.done.append(
                        Row(formula, conditions, number=numbers[0].strip("().") if numbers else "")
                    )


def is_aside(cells: list[Text]) -> bool:
    """Is the last cell the condition of an equation in those before it?"""
    return len(cells) > 1 and is_bare(cells[-1]) and any(EQUALITY.search(cell) for cell in cells[:-1])
