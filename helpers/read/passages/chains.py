"""What holds over passages: which row goes on with which, and the conditions that words and tables state.

"If $i = j$, then"  $$a = b$$          the condition of the formulas behind it, and of the rows that go on from them
"Case 1: $i = j$"                      of all until another case, a heading, or words of both cases
"Otherwise"                            the condition before it, and that it does not hold
$$a = b$$  "if $i = j$."               of the display before it
| i = j | $a = b$ |                    of the formulas in its row; in the first row, of those in its column
"""

import re

from helpers.read.passages.document import Code, Document, Heading, Mathematics, Passage, Prose, Row
from helpers.read.passages.places import Text, text_of
from helpers.read.passages.words import (
    COMPARISON,
    CONDITION_WORD,
    EQUALITY,
    INDEX,
    STATED,
    goes_on,
    is_bare,
    is_open,
    is_stated,
)

LABEL = re.compile(r"\s*\(?(\d+(?:[-.–]\d+)?\w?)\)\s*$|\s*\((\d+(?:[-.–]\d+)?\w?)\)")
ANNOUNCED = re.compile(
    rf"\b(?!otherwise|else){CONDITION_WORD}\b(?:\s+(?:that|we have|it holds that))?[\s:(]*$", re.I
)
TYPED = re.compile(
    rf"\b{CONDITION_WORD}\b(?:\s+that)?[\s:]*(?:\}}\s*)?\(?\$?(?:{COMPARISON}|(?<!where )(?<!with ){STATED})"
    r"|\botherwise\b|\belse\b|\b(?:on|off) the diagonal\b"
    r"|\bin the (?:first|second|other|off-?diagonal|diagonal) case\b",
    re.I,
)
CASE = re.compile(rf"(?:\b{CONDITION_WORD}\b[^=<>]{{0,40}}|^\W*){COMPARISON}|otherwise|else", re.I)
ENDED = re.compile(r"[.!?](?=\s|$)")
OTHERWISE = re.compile(r"\W*(?:otherwise|else)\b", re.I)
BEGINS = re.compile(
    r"[\s*_#:.\-–(]*"
    r"(?:(?:and|now|first|next|then|similarly|finally|for|in|(?:let's |let us )?consider|under)\b[\s,:]*){0,3}",
    re.I,
)
"""What may stand before the words that open a case."""
NAMED_CASE = re.compile(r"\W*(?:(?:in|for|the|this|first|second)\s+){0,3}case\b", re.I)
INDICES = re.compile(rf"{INDEX}(?:=|\\neq?(?![a-z])|≠|!=|\\not\s*=){INDEX}\W*$")
BOTH = re.compile(
    r"\b(?:combin\w+|both (?:cases|of them|results)|two cases|in general|putting|overall|summar\w+"
    r"|to sum up|either case|compactly|all (?:cases|together)|kronecker)\b",
    re.I,
)
MORE = re.compile(r"\s*(?:,|and|or|,\s*and)\s*")


class Chains:
    """The passages from first to last, with the condition and the row that are open."""

    def __init__(self, document: Document):
        self.passages = document.passages
        self.stated: tuple[Text, ...] = ()
        self.case: tuple[Text, ...] = ()  # until another, or what ends it
        self.latest: tuple[Text, ...] = ()  # of two indices
        self.last: Row | None = None  # of a display
        self.inline: Row | None = None

    def follow(self) -> None:
        for k, passage in enumerate(self.passages):
            match passage:
                case Heading():
                    self.last = self.inline = None
                    self.stated = self.case = self.latest = ()
                    if typed := TYPED.search(passage.text):
                        self.open(passage.text.cut(*typed.span()).trimmed(), True)
                        self.stated = ()
                case Code():
                    self.stated, self.last, self.inline = (), None, None
                case Prose():
                    self.prose(k, passage)
                case Mathematics() if passage.display:
                    self.display(passage)
                case Mathematics():
                    self.within(k, passage)

    def prose(self, k: int, passage: Prose) -> None:
        """Words end the condition before them, unless a row goes on; they may state one, and may number a row."""
        text = passage.text
        before = self.passages[k - 1] if k else None
        if isinstance(before, Mathematics) and before.display and (label := LABEL.match(text)):
            before.rows[-1].number = before.rows[-1].number or label[1] or label[2]
        if BOTH.search(text):
            self.case = ()
        typed = [*TYPED.finditer(text)]
        if typed and len(ENDED.findall(text[typed[-1].end() :])) == 0:
            whole = text.startswith(r"\text")  # a row of words
            at = 0 if whole else typed[-1].start()
            stated = text if whole else text.cut(*typed[-1].span()).trimmed()
            self.open(stated, self.begins(k, at))
        elif ENDED.search(text) or (before and before.block != passage.block):
            self.stated = ()
        behind = self.stated and typed and typed[-1].start() == 0 and text[0].islower()
        if (
            behind
            and isinstance(before, Mathematics)
            and before.display
            and is_behind(text[typed[-1].end() :])
        ):
            before.rows[-1].conditions += self.stated
            self.stated = ()

    def open(self, stated: Text, first: bool) -> None:
        """Take a condition. One of two indices that begins a paragraph opens a case; "otherwise" turns the last one."""
        if OTHERWISE.match(stated) and self.latest:
            self.stated = (*self.latest, stated)
            self.case = self.stated if self.case else ()
            return
        self.stated = (stated,)
        if INDICES.search(stated.rstrip("$}: ,.*_)")):
            self.latest = self.stated
            self.case = self.stated if first or NAMED_CASE.match(stated) else ()

    def begins(self, k: int, at: int) -> bool:
        """Do the words at a position begin a paragraph?"""
        passage = self.passages[k]
        is_first = k == 0 or self.passages[k - 1].block != passage.block
        return is_first and BEGINS.fullmatch(passage.text[:at]) is not None

    def within(self, k: int, passage: Mathematics) -> None:
        """A formula in a line: it may be the condition that the words before it announce."""
        before = self.passages[k - 1] if k else None
        announced = isinstance(before, Prose) and (before.block, before.column) == (
            passage.block,
            passage.column,
        )
        for row in passage.rows:
            more = self.stated and announced and MORE.fullmatch(before.text)
            word = ANNOUNCED.search(before.text[-60:]) if announced else None
            loose = more or (word and not re.match("where|with", word[0], re.I))
            if (word or more) and (is_bare(row.text) or (loose and is_stated(row.text))):
                self.state(k, passage, row)
            elif goes_on(row.text) and (self.inline or self.last):
                row.continues = self.inline or self.last
            if not row.governs and not row.conditions and EQUALITY.search(row.text):
                row.conditions = self.stated or self.case
            if not row.governs:
                self.inline = row

    def state(self, k: int, passage: Mathematics, row: Row) -> None:
        """Take a formula as a condition, of the display before it or of what follows."""
        row.governs = True
        before = self.passages[k - 1]
        word = ANNOUNCED.search(before.text)
        start = before.text.offset(word.start()) if word else self.stated[-1].offset(0)
        stated = text_of(row.text.source, start, passage.span[1])
        self.open(stated, self.begins(k - 1, word.start()) if word else bool(self.case))
        display = self.passages[k - 2] if k > 1 else None
        lower = word and word.start() == 0 and before.text[:1].islower()
        follows = self.passages[k + 1] if k + 1 < len(self.passages) else None
        rest = follows.text if isinstance(follows, Prose) and follows.block == passage.block else ""
        if (
            lower
            and isinstance(display, Mathematics)
            and EQUALITY.search(display.rows[-1].text)
            and is_behind(rest)
        ):
            display.rows[-1].conditions += self.stated
            self.stated = self.case = ()

    def display(self, passage: Mathematics) -> None:
        self.inline = None
        for row in passage.rows:
            stated = self.stated or (() if row.conditions else self.case)
            if stated and str(stated[-1]) not in row.conditions:
                row.conditions = (*stated, *row.conditions)
            if self.last and (goes_on(row.text) or is_open(self.last.text)):
                row.continues = base(self.last, row.conditions)
            self.last = row


def base(row: Row, conditions: tuple[Text, ...]) -> Row:
    """The row that one under other conditions goes on with: a, then "= b if i = j", then "= c if i ≠ j"."""
    while row.continues and row.conditions != conditions and CASE.search(row.condition):
        row = row.continues
    return row


def is_behind(rest: str) -> bool:
    """Does a sentence end or turn to another case right behind its condition?"""
    return re.match(r"[\s,;]*(?:$|[.;]|(?:and|while|whereas|but)\b)", rest) is not None


def tables(passages: list[Passage]) -> None:
    """Give the formulas of a table the conditions in their row and above their column."""
    rows: dict[int, list[Passage]] = {}
    for passage in passages:
        if passage.column is not None:
            rows.setdefault(passage.block, []).append(passage)
    above: dict[int, Text] = {}
    previous = None
    for block, cells in rows.items():
        above = above if previous is not None and block == previous + 1 else {}
        previous = block
        beside = {cell.column: text for cell in cells if (text := condition_in(cell, cells))}
        whole = {cell.column for cell in cells}
        if beside and len(beside) >= max(len(whole - {0}), 2):  # a first row of conditions
            above = beside
        for cell in cells:
            if isinstance(cell, Mathematics) and cell.column not in beside:
                conditions = [text for column, text in beside.items() if column != cell.column]
                conditions += [above[cell.column]] if cell.column in above else []
                for row in cell.rows:
                    row.conditions = (*conditions, *row.conditions)


def condition_in(cell: Passage, cells: list[Passage]) -> Text | None:
    """The condition that a cell consists of."""
    same = [other for other in cells if other.column == cell.column]
    if isinstance(cell, Mathematics) and all(is_bare(row.text) for row in cell.rows):
        cell.rows[0].governs = True
        start = same[0].span[0] if len(same) == 2 and same[0] is not cell else cell.span[0]
        return text_of(cell.rows[0].text.source, start, cell.span[1])
    if isinstance(cell, Prose) and len(same) == 1 and (is_bare(cell.text) or TYPED.match(cell.text)):
        return cell.text
    return None
