"""A paragraph, an item, a cell: words and the formulas among them, in their order."""

import re
from bisect import bisect_left, bisect_right

from helpers.read.passages import plain
from helpers.read.passages.document import Heading, Page, Prose
from helpers.read.passages.fences import Formula
from helpers.read.passages.mathematics import add_formula, add_rows, without_markup
from helpers.read.passages.places import Text
from helpers.read.passages.rows import Splitter

BOLD = re.compile(
    r"\s*(?P<mark>\*\*|__|<b>|<strong>)(?P<words>[^\n]{1,200}?)(?:\*\*|__|</b>|</strong>)\s*[:.]?\s*"
)
TAG = re.compile(r"</?[A-Za-z]\w{0,9}(?:\s[^<>\n]{0,200})?/?>")
BOLD_TEX = re.compile(
    r"\s*(?:\\textbf|\\underline|\\emph)\s*\{(?P<words>[^{}\n]{1,200})\}\s*[:.]?\s*(?:\\\\)?\s*"
)


class Running:
    """The blocks of a page, whose formulas are known."""

    def __init__(self, page: Page, formulas: list[Formula], keyboard: bool):
        self.page, self.formulas, self.keyboard = page, formulas, keyboard
        self.starts = [formula.start for formula in formulas]

    def within(self, start: int, end: int) -> list[Formula]:
        """The formulas that begin in a stretch."""
        return self.formulas[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def inside(self, at: int) -> bool:
        """Does a formula stand at an offset?"""
        k = bisect_right(self.starts, at) - 1
        return k >= 0 and self.formulas[k].end > at

    def block(self, start: int, end: int, column: int | None = None) -> None:
        """Add what stands in one block; cells of one row share theirs."""
        if column is None:
            self.page.block += 1
        self.page.column = column
        formulas = self.within(start, end)
        bold = (
            (BOLD if self.keyboard else BOLD_TEX).fullmatch(self.page.string, start, end)
            if not formulas
            else None
        )
        if bold and column is None and "=" not in bold["words"]:
            self.heading(start, end, self.page.text(*bold.span("words")), level=7)
            return
        at = start
        for formula in formulas:
            self.words(at, formula.start, at > start)
            add_formula(self.page, formula)
            at = formula.end
        self.words(at, end, at > start)
        self.page.column = None

    def heading(self, start: int, end: int, words: Text, level: int) -> None:
        """Add a heading; the signs around its words are noise."""
        self.page.block += 1
        text = words.trimmed()
        begin = text.offset(0)
        if text:
            self.page.ignore("heading", start, begin)
            self.page.ignore("heading", begin + len(text), end)
            self.page.add(Heading, begin, begin + len(text), text, level)
        else:
            self.page.ignore("heading", start, end)

    def words(self, start: int, end: int, behind_formula: bool) -> None:
        """Add a stretch without fences: words, and what is a formula without them."""
        at, line_start = start, start
        pending: tuple[int, int] | None = None  # a formula that the next line may go on with
        if self.keyboard:
            for line in TAG.sub(lambda tag: " " * len(tag[0]), self.page.string[start:end]).split("\n"):
                line_end = line_start + len(line)
                if pending and plain.goes_on_from(line) and not plain.SIGN.search(line):
                    pending, at = (pending[0], line_end), line_end
                else:
                    if pending:
                        self.typed(*pending)
                        pending = None
                    for a, b in plain.formulas_in(line, behind_formula and line_start == start):
                        if pending:
                            self.typed(*pending)
                        self.prose(at, line_start + a)
                        pending, at = (line_start + a, line_start + b), line_start + b
                    if pending and self.page.string[at:line_end].strip(" .,;`*"):
                        self.typed(*pending)
                        pending = None
                line_start = line_end + 1
            if pending:
                self.typed(*pending)
        self.prose(at, end)

    def prose(self, start: int, end: int) -> None:
        text = self.page.text(start, end).trimmed()
        if text:
            begin = text.offset(0)
            self.page.add(
                Prose, begin, begin + len(text), without_markup(self.page, text) if self.keyboard else text
            )

    def typed(self, start: int, end: int) -> None:
        """Add a formula without fences; it is a display if it is all of its lines."""
        string = self.page.string
        before = string[string.rfind("\n", 0, start) + 1 : start]
        behind = string[end : (string.find("\n", end) + len(string) + 1) % (len(string) + 1)]
        body = self.page.document.macros.written_out(
            without_markup(self.page, self.page.text(start, end).trimmed())
        )[0]
        whole = not before.strip(" -*`(") and not behind.strip(" .,;`*)")
        items = Splitter(self.page, body).split()
        add_rows(self.page, Formula(start, end, [(start, end)], "plain", whole), items)
