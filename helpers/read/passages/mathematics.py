r"""From a formula between fences to passages: entities, comments and macros first, then its rows.

A `%` ends with its line. Where it stands before a `\\` on the same line, the line ends were lost, and it ends there.
"""

import html
import re

from helpers.read.passages.document import Mathematics, Page, Prose, Row
from helpers.read.passages.fences import Formula
from helpers.read.passages.places import PLAIN, Text, fixed, joined
from helpers.read.passages.rows import Splitter, Words

LONGEST = 20_000  # characters of a formula
COMMENT = re.compile(r"\\.|(?P<comment>%[^\n]*)", re.DOTALL)
ESCAPED = re.compile(r"(?P<row>\\{3,})|(?P<sign>\\\\(?=[{}_*|]))")
MARKUP = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]\w{1,30});|<br\s*/?>")
NUMBER = re.compile(r"\s*\((\d+(?:[-.–]\d+)?\w?)\)\s*")
WITHIN = re.compile(r"(?<!\\)\$([^$]+)\$|\\\(((?:[^\\]|\\[^()])+)\\\)")


def add_formula(page: Page, formula: Formula) -> None:
    """Add a formula to the document: its rows, and as prose the words between them."""
    edges = [formula.start, *(offset for body in formula.bodies for offset in body), formula.end]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end > start:
            page.ignore("fence", start, end)
    body = joined(page.text(start, end) for start, end in formula.bodies)
    if not body.strip():
        page.miss(formula.start, f"a formula behind {formula.fence}")
        return
    if len(body) > LONGEST:
        page.miss(formula.start, f"a formula of at most {LONGEST} characters")
        page.add(
            Mathematics, formula.start, formula.end, [Row(body.trimmed())], formula.display, formula.fence
        )
        return
    macros = page.document.macros
    if formula.fence.startswith(r"\\"):
        body = unescaped(body)
    body, endless = macros.written_out(without_comments(page, without_markup(page, body)))
    if endless:
        page.miss(formula.start, f"an end of the macro {endless}")
    macros.note(body)
    add_rows(page, formula, Splitter(page, body).split())


def add_rows(page: Page, formula: Formula, items: list[Row | Words]) -> None:
    before = page.document.passages[-1] if page.document.passages else None
    number = NUMBER.fullmatch(items[0].text) if len(items) == 1 else None
    if number and isinstance(before, Mathematics):
        before.rows[-1].number = number[1]
        page.ignore("number", *formula.bodies[0])
        return
    rows: list[Row] = []
    start = formula.start
    for item in items:
        if isinstance(item, Row):
            rows.append(item)
            continue
        begin, end = item.text.offset(0), item.text.end
        if rows:
            page.add(Mathematics, start, max(begin, start), rows, formula.display, formula.fence)
        add_words(page, item.text)
        rows, start = [], max(end, start)
    if rows:
        page.add(Mathematics, start, formula.end, rows, formula.display, formula.fence)
    elif not items:
        page.miss(formula.start, f"a formula behind {formula.fence}")


def add_words(page: Page, text: Text) -> None:
    """Words between rows, with the formulas in them."""
    at = 0
    for found in [*WITHIN.finditer(text), None]:
        words = text.cut(at, found.start() if found else len(text)).trimmed()
        if words:
            page.add(Prose, words.offset(0), words.end, words)
        if found:
            start, end = found.span(1 if found[1] else 2)
            page.ignore("fence", text.offset(found.start()), text.offset(start))
            page.ignore("fence", text.offset(end), text.offset(found.end() - 1) + 1)
            rows = [Row(text.cut(start, end).trimmed())]
            page.add(
                Mathematics,
                text.offset(found.start()),
                text.offset(found.end() - 1) + 1,
                rows,
                False,
                found[0][0],
            )
            at = found.end()


def without_markup(page: Page, body: Text) -> Text:
    """With the signs that HTML's entities mean; `&lt;` is <."""
    parts, at = [], 0
    for found in MARKUP.finditer(body) if "&" in body or "<" in body else ():
        sign = " " if found[0][0] == "<" else html.unescape(found[0]).translate(PLAIN)
        if sign == " " and found[0][0] == "<":
            page.ignore("markup", body.offset(found.start()), body.offset(found.end() - 1) + 1)
        if sign != found[0]:
            parts += [
                body.cut(at, found.start()),
                fixed(sign, body.source, body.offset(found.start()), len(found[0])),
            ]
            at = found.end()
    return joined([*parts, body.cut(at, len(body))]) if parts else body


def unescaped(body: Text) -> Text:
    """A formula whose backslashes Markdown halves: four part rows, and two stand before a brace."""
    parts, at = [], 0
    for found in ESCAPED.finditer(body):
        plain = r"\\" if found["row"] else "\\"
        parts += [
            body.cut(at, found.start()),
            fixed(plain, body.source, body.offset(found.start()), len(found[0])),
        ]
        at = found.end()
    return joined([*parts, body.cut(at, len(body))]) if parts else body


def without_comments(page: Page, body: Text) -> Text:
    """The body without its comments, which become noise."""
    parts, at = [], 0
    for found in COMMENT.finditer(body) if "%" in body else ():
        if not found["comment"] or found.start() < at:
            continue
        end = found.end()
        if "\\\\" in found[0] and not body[end:].strip():
            end = found.start() + found[0].index("\\\\")
            page.miss(body.offset(end), "the end of a comment's line")
        for span in body.cut(found.start(), end).spans():
            page.ignore("comment", *span)
        parts.append(body.cut(at, found.start()))
        at = end
    return joined([*parts, body.cut(at, len(body))]) if parts else body
