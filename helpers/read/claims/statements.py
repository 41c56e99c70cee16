"""From the passages of a text to its statements: chains of equalities, side by side, each with its place."""

import re
from collections.abc import Iterator

from helpers.read.claims.facts import said_of
from helpers.read.claims.grammar import parsed
from helpers.read.claims.limits import condition_of, conditioned, said_beside
from helpers.read.claims.noise import is_example, is_list, named
from helpers.read.claims.notation import Notation, notation_of, with_d
from helpers.read.claims.parts import Part, Statement, Text
from helpers.read.claims.pieces import pieces, rows_within, sides
from helpers.read.claims.programs import Programs, is_program, line_of_python
from helpers.read.claims.raised import lowered
from helpers.read.claims.sizes import SHAPE, axes_said, without_sizes
from helpers.read.claims.tidy import tidy
from helpers.read.definitions.errors import Place as Span
from helpers.read.definitions.errors import ReadingError
from helpers.read.definitions.numpy_text import is_numpy
from helpers.read.definitions.syntax import Letter
from helpers.read.definitions.tokens import Token, tokens_of
from helpers.read.passages import Document, Heading, Mathematics, Prose, Row, Unread

FONT = re.compile(r"\\(?:math\w+|text\w*|operatorname\*?)\s*\{\s*$")
r"""What stands before the first letter of \mathrm{SiLU}(x), and belongs to it."""
MOST = 1000
"""Rows of formulas that are read of a text, a letter in a sentence among them."""


def statements_of(document: Document) -> Text:
    """The statements of a document in their order; of very many rows the first."""
    words = " ".join(str(p.text) for p in document.passages if isinstance(p, Prose | Heading))
    headings = " ".join(str(p.text) for p in document.passages if isinstance(p, Heading))
    rows = rows_of(document)
    for _, _, row in rows[MOST : MOST + 1]:
        document.unread.append(
            Unread(row.place, f"at most {MOST} rows of formulas; what is behind is not read")
        )
    del rows[MOST:]
    found = [tokens_in(row.text, fence) for _, fence, row in rows]
    read = iter(lowered(with_d(named([t for t, _ in found if t is not None]))))
    tokens = [None if t is None else next(read) for t, _ in found]
    notation = notation_of([p for t in tokens if t for part in rows_within(t) for p in pieces(part)], words)
    chains = Chains(notation)
    among = any(fence == "plain" and is_numpy(str(row.text)) for _, fence, row in rows)
    for (section, fence, row), row_tokens, (_, error) in zip(rows, tokens, found, strict=True):
        for more in said_beside(row):
            t, _ = tokens_in(more, "$")
            chains.add(Statement(parts_of(t or [], row, notation, shift=None, text=more), section))
        if fence == "plain" and chains.program(section, row, among):
            continue
        if row_tokens is None:
            chains.add(Statement([Part(str(row.text), row.place, error=error)], section))
        else:
            chains.row(section, row, row_tokens, shift=0 if fence == "plain" else 1)
    axes = [said for t in tokens if t for said in letters_with_axes(t, notation)]
    return Text(without_sizes(chains.statements), words, headings, notation, axes)


def letters_with_axes(tokens: list[Token], notation: Notation) -> Iterator[tuple[Letter, int]]:
    """The letters of which a row says how many axes they have, beside the indices that they are typed with."""
    for letter, axes in axes_said(tokens):
        try:
            node = parsed(letter, notation, letter[-1].place)
        except (ReadingError, RecursionError):
            continue
        if isinstance(node, Letter):
            yield node, axes


class Chains:
    """The statements while they are found, and which row ends which."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.statements: list[Statement] = []
        self.last: dict[int, Statement] = {}
        self.programs = Programs(notation)

    def program(self, section: int, row: Row, among: bool) -> bool:
        """Is a row a line of a program? Then its equality is added; `among` others it needs no sign of NumPy."""
        line = line_of_python(str(row.text))
        if line is None or not is_program(str(row.text), line, among):
            return False
        self.add(self.programs.statement(line, row, section))
        return True

    def row(self, section: int, row: Row, tokens: list[Token], shift: int) -> None:
        """The equations of a row; a side that begins with an equals sign goes on with the one before it."""
        before = self.last.get(id(row.continues)) if row.continues is not None else None
        condition = ""
        for k, piece in enumerate(p for part in rows_within(tokens) for p in pieces(part)):
            if SHAPE.fullmatch(" ".join(t.text for t in piece)):
                continue
            piece, own = conditioned(piece, str(row.text), shift)
            if own and not piece:
                condition = own
                continue
            parts = parts_of(piece, row, self.notation, shift, condition=own or condition)
            if not parts:
                continue
            if before is not None and not parts[0].text:
                before.parts += parts[1:]
            elif before is not None and k == 0 and before.parts[-1].error == "empty":
                before.parts[-1:] = parts
            else:
                before = Statement(parts, section)
                self.add(before)
            self.last[id(row)] = before
        if shift == 0 and before is not None:
            self.programs.note(str(row.text), before)

    def add(self, statement: Statement) -> None:
        if statement.parts:
            self.statements.append(statement)


def rows_of(document: Document) -> list[tuple[int, str, Row]]:
    section, out = 0, []
    for passage, behind in zip(document.passages, [*document.passages[1:], None], strict=False):
        if isinstance(passage, Heading):
            section += 1
        elif isinstance(passage, Mathematics):
            out += [(section, passage.fence, row) for row in passage.rows if not row.governs]
            out += [(section, "$", row) for row in said_of(passage, behind)]
    return out


def tokens_in(text: str, fence: str) -> tuple[list[Token] | None, str]:
    """The tokens of a row, or why there are none."""
    try:
        if fence == "plain":
            return tidy(tokens_of(str(text))), ""
        return tidy(tokens_of(str(text), 1, "$" + str(text))), ""
    except ReadingError as error:
        return None, error.message


def parts_of(
    tokens: list[Token],
    row: Row,
    notation: Notation,
    shift: int | None,
    text: str = "",
    condition: str = "",
) -> list[Part]:
    """The sides of one equation, without examples in numbers; of what is no equation, a list of one."""
    out: list[Part] = []
    whole = text or str(row.text)
    conditions = (*map(str, row.conditions), *([condition] if condition else []))
    indices, where, limited = condition_of(conditions, notation) if not text else (None, None, "")
    left, *_ = chain = sides(tokens)
    for side in chain:
        if not side:
            out.append(Part("", row.place, error="empty"))
            continue
        if (is_example(side) and (out or row.continues is not None)) or (out and is_list(side, left)):
            continue
        first, last = side[0].place, side[-1].place
        start, end = (first.start - 1, last.end - 1) if shift != 0 else (first.start, last.end)
        place = row.place if shift is None else row.text.at(min(max(start, 0), max(len(row.text) - 1, 0)))
        typed = whole[max(start, 0) : end].strip()
        if typed.count("}") > typed.count("{") and (font := FONT.search(whole[: max(start, 0)])):
            typed = font[0] + typed
        part = Part(typed, place, conditions=conditions)
        part.indices, part.where, part.limited = indices, where, limited
        part.begin = side[0].place.start
        part.typed = shift == 0 and "\\" not in part.text
        try:
            part.node = parsed(side, notation, Span(end, end, 1, end + 1))
        except ReadingError as error:
            part.error = error.message
        except RecursionError:
            part.error = "brackets stand too deep"
        out.append(part)
    return out
