r"""Markdown and plain text.

    text    = { code | display | heading | table | item | paragraph | rule | <!-- comment --> }
    code    = ```language ... ``` | ~~~ ... ~~~ | lines four spaces in; ```math is a display, also on one line,
              and so are lines of NumPy that only give names to arrays
    heading = # words | words over === or --- | **words**
    table   = lines of | cell | cell |
    item    = (- | * | + | 1. | (a)) words;  any line may begin with > (a quotation)

Plain text is read the same way, except that lines four spaces in are no code.
"""

import ast
import re

from helpers.read.definitions.numpy_text import is_numpy, lines_of
from helpers.read.passages import plain
from helpers.read.passages.document import Code, Mathematics, Page, Row
from helpers.read.passages.fences import Fences, Formula
from helpers.read.passages.mathematics import add_formula
from helpers.read.passages.places import blanked
from helpers.read.passages.running import Running

FENCE = re.compile(r"[ \t]*(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+)?(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*)")
MATH = re.compile(r"\{?\s*(?:math|katex|latex|tex)\b\s*\}?", re.I)
PYTHON = {"", "python", "python3", "py", "numpy"}
GRADIENT = re.compile(r"^d[A-Za-z]\d* [-+*/]?= ", re.MULTILINE)
QUOTE = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
SHORTCODE = re.compile(
    r"\{\{[<%][^\n]{0,500}?[>%]\}\}|\{%[^\n%]{0,300}%\}|!\[[^\]\n]{0,300}\]\([^()\n]{0,300}\)"
    r"|(?<=\])\((?:https?:|[/.#])[^()\n]{0,300}\)"
)
"""What the maker of a site puts among the words: {{< figure ... >}}, an image, the address of a link."""
STOP = re.compile(r"^[ \t]*(?:#{1,6}[ \t]|[*][ \t]|\d{1,3}[.)][ \t]|\|)|(?<=\n)[ \t]*[-+][ \t]", re.MULTILINE)
HEADING = re.compile(r"[ \t]*(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*")
UNDERLINE = re.compile(r"[ \t]{0,3}(=+|-{2,})[ \t]*")
RULE = re.compile(r"[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})")
DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*")
ITEM = re.compile(
    r"[ \t]*(?:[-*+•][ \t]+|\d{1,3}[.)][ \t]+(?=\S)|\((?:[a-z]|[ivx]{1,4}|\d)\)[ \t]+)(?:\[[ xX]\][ \t])?"
)
INDENTED = re.compile(r"(?: {4}|\t)[ \t]*\S")


def read_markdown(page: Page, typed: bool = False) -> None:
    """Add the passages of a page; `typed` says that it is plain text."""
    first = len(page.document.passages)
    fenced(page)
    hide(page, [page.ignore("comment", *found.span()) for found in comments(page)])
    hide(page, [page.ignore("markup", *found.span()) for found in SHORTCODE.finditer(page.string)])
    definitions = page.document.macros.take(page.string)
    for start, _, is_closed in definitions:
        if not is_closed:
            page.miss(start, "a closing } of a macro")
    hide(page, [page.ignore("macro", start, end) for start, end, _ in definitions])
    walls = [passage.span[0] for passage in page.document.passages[first:]]
    formulas = Fences(page, True, stops(page.string), walls, page.document.macros.environments()).formulas()
    Blocks(page, Running(page, formulas, keyboard=True), typed).read()
    page.document.passages[first:] = sorted(page.document.passages[first:], key=lambda passage: passage.span)


def hide(page: Page, spans: list[tuple[int, int]]) -> None:
    page.string = blanked(page.string, spans)


def comments(page: Page) -> list[re.Match]:
    last = page.string.rfind("-->")
    return list(COMMENT.finditer(page.string, 0, last + 3)) if last > 0 else []


def stops(string: str) -> list[int]:
    """Where lines begin something new; a minus in a formula over a line break does not."""
    found = []
    for stop in STOP.finditer(string):
        before = string[string.rfind("\n", 0, max(stop.start() - 1, 0)) + 1 : stop.start()]
        if stop[0].strip() not in ("-", "+") or before.count("$") % 2 == 0:
            found.append(stop.start())
    return found


def fenced(page: Page) -> None:
    """Take the code out, and the marks of quotations."""
    string, hidden, at = page.string, [], 0
    opened: tuple[re.Match, int] | None = None
    quoted, inside = True, False  # was the line before a quotation, or blank; is a display open
    within = False  # is the open code in a quotation
    while at < len(string):
        end = string.find("\n", at)
        end = len(string) if end < 0 else end
        may_be_quoted = within if opened else quoted or not inside
        mark = QUOTE.match(string, at, end) if may_be_quoted else None
        begin = mark.end() if mark else at
        if mark:
            hidden.append(page.ignore("quotation", at, begin))
        fence = FENCE.match(string, begin, end)
        if opened:
            found, body = opened
            math = MATH.match(found["info"])
            close = rf"(.*?){found['ticks'][0]}{{{len(found['ticks'])},}}[ \t]*"
            tail = re.compile(close).fullmatch(string, begin, end)
            if tail and (math or not tail[1].strip()):
                hidden.append(block(page, found, body, tail.end(1), end))
                opened = None
        elif fence and (close := fence["info"].rfind(fence["ticks"])) >= 0:
            math = MATH.match(fence["info"])
            if math and not fence["info"][close:].strip("`~ "):
                start = fence.start("info") + math.end()
                hidden.append(block(page, fence, start, fence.start("info") + close, end))
        elif fence:
            opened, within = (fence, min(end + 1, len(string))), bool(mark)
        else:
            inside ^= string.count("$$", begin, end) % 2 == 1
        quoted = bool(mark) or not string[at:end].strip()
        at = end + 1
    if opened:
        page.miss(opened[0].start("ticks"), f"a closing {opened[0]['ticks']}")
        hidden.append(block(page, *opened, len(string), len(string)))
    hide(page, hidden)


def block(page: Page, fence: re.Match, start: int, stop: int, end: int) -> tuple[int, int]:
    """Add a fenced block of code, or of mathematics."""
    page.block += 1
    begin = fence.start("ticks")
    if MATH.match(fence["info"]) and not re.search(r"\$|\\\[", page.string[start:stop]):
        add_formula(page, Formula(begin, end, [(start, stop)], f"{fence['ticks']}math", True))
    elif MATH.match(fence["info"]):  # with fences of its own
        page.ignore("fence", begin, start)
        page.ignore("fence", stop, end)
        page.string = blanked(page.string, [(begin, start), (stop, end)])
        return end, end
    else:
        page.ignore("fence", begin, start)
        page.ignore("fence", stop, end)
        language = fence["info"].strip(" {}.").split(" ")[0].split(",")[0]
        if language in PYTHON and (rows := lines_of_arrays(page, start, stop)):
            page.add(Mathematics, start, stop, rows, True, "plain")
        else:
            page.add(Code, start, stop, page.text(start, stop), language)
    return begin, end


def lines_of_arrays(page: Page, start: int, stop: int) -> list[Row]:
    """The lines of a block in which arrays are given names, a gradient among them, and no more; [] of any other."""
    string = page.string[start:stop]
    lines = lines_of(string) if is_numpy(string) and GRADIENT.search(string) else None
    if not lines or not all(isinstance(line, ast.Assign | ast.AugAssign) for line in lines):
        return []
    lead = start + len(string) - len(string.lstrip())
    begins = [lead, *(lead + end.end() for end in re.finditer("\n", string.strip()))]
    spans = [(begins[line.lineno - 1], begins[line.end_lineno - 1] + line.end_col_offset) for line in lines]
    return [Row(page.text(first, last).trimmed()) for first, last in spans]


class Blocks:
    """The lines of a page, with no line break within a formula, gathered to blocks."""

    def __init__(self, page: Page, running: Running, typed: bool):
        self.page, self.running, self.typed = page, running, typed
        self.lines = list(self.whole_lines())
        self.start: int | None = None  # of the block that is open
        self.listed = False

    def whole_lines(self):
        string, at, k = self.page.string, 0, 0
        formulas = self.running.formulas
        while at < len(string):
            end = string.find("\n", at)
            end = len(string) if end < 0 else end
            while k < len(formulas) and formulas[k].start < end:
                if formulas[k].end > end:
                    end = string.find("\n", formulas[k].end)
                    end = len(string) if end < 0 else end
                k += 1
            yield at, end
            at = end + 1

    def read(self) -> None:
        table = False
        for k, (start, end) in enumerate(self.lines):
            line = (
                self.page.string[start:end] if end - start < 2000 else self.page.string[start : start + 2000]
            )
            following = self.page.string[slice(*self.lines[k + 1])][:2000] if k + 1 < len(self.lines) else ""
            piped = "|" in line and not line.strip().startswith("$")
            delimiter = "|" in line and "-" in line and DELIMITER.fullmatch(line)
            table = piped and (
                table or bool("|" in following and "-" in following and DELIMITER.fullmatch(following))
            )
            table = table or bool(re.fullmatch(r"\s*\|\s.*\|\s*", line))
            if not line.strip():
                self.close(start)
            elif delimiter:
                self.page.ignore("table", start, end)
            elif table:
                self.close(start)
                self.cells(start, end)
            elif heading := HEADING.fullmatch(line):
                self.close(start)
                words = self.page.text(*(start + at for at in heading.span(2)))
                self.running.heading(start, end, words, level=len(heading[1]))
                self.listed = False
            elif self.start is not None and UNDERLINE.fullmatch(line) and self.is_title(start):
                words = self.page.text(self.start, start - 1)
                self.running.heading(self.start, end, words, level=1 if "=" in line else 2)
                self.start = None
            elif RULE.fullmatch(line):
                self.close(start)
                self.page.ignore("rule", start, end)
            elif (item := ITEM.match(line)) and not self.is_rest(k, line):
                self.close(start)
                self.page.ignore("item", start, start + item.end())
                self.start, self.listed = start + item.end(), True
            elif self.start is None and INDENTED.match(line) and self.is_code(start, end):
                self.page.block += 1
                self.page.add(Code, start, end, self.page.text(start, end), "")
            elif self.start is None:
                self.start, self.listed = start, self.listed and line[0] == " "
        self.close(len(self.page.string))

    def is_rest(self, k: int, line: str) -> bool:
        """Does a plain line go on with the formula of the line before it, as + c does?"""
        before = self.page.string[slice(*self.lines[k - 1])][:2000]
        goes_on = self.typed and self.start is not None and plain.goes_on_from(line)
        return goes_on and plain.SIGN.search(before) is not None and not plain.SIGN.search(line)

    def is_title(self, start: int) -> bool:
        title = self.page.string[self.start : start - 1]
        return "\n" not in title and "=" not in title and len(title) < 200

    def is_code(self, start: int, end: int) -> bool:
        return not (self.typed or self.listed or self.running.within(start, end))

    def close(self, end: int) -> None:
        if self.start is not None:
            self.running.block(self.start, end)
        self.start = None

    def cells(self, start: int, end: int) -> None:
        """A row of a table: what stands between | outside of formulas and of code."""
        self.page.block += 1
        at, column = start, 0
        for bar in re.compile(r"\\.|`[^`\n]*`|\|").finditer(self.page.string, start, end):
            if bar[0] == "|" and not self.running.inside(bar.start()):
                self.page.ignore("table", *bar.span())
                self.running.block(at, bar.start(), column)
                at, column = bar.end(), column + 1
        self.running.block(at, end, column)
