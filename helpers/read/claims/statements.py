"""From the passages of a text to its statements: chains of equalities, side by side, each with its place."""

import re
from dataclasses import dataclass, field
from itertools import accumulate

from helpers.read.claims.facts import said_of
from helpers.read.claims.grammar import comparison, parsed
from helpers.read.claims.noise import is_example, is_list, is_update, named
from helpers.read.claims.notation import Notation, notation_of
from helpers.read.claims.pieces import brackets, is_conditional, pieces, rows_within, sides
from helpers.read.claims.tidy import tidy
from helpers.read.definitions.errors import Place as Span
from helpers.read.definitions.errors import ReadingError
from helpers.read.definitions.syntax import Letter, Node, Number, Plus, Power, Total, walk
from helpers.read.definitions.tokens import Token, tokens_of
from helpers.read.passages import Document, Heading, Mathematics, Place, Prose, Row

INDICES = re.compile(
    r"(?<![\w\\}])\$?\{?([a-z])\}?\s*(?P<sign>=|\\neq?(?![a-z])|≠|!=|\\not\s*=)\s*\{?([a-z])\}?\$?(?![\w_^(])"
)
SHAPE = re.compile(r"\w+ = \( \w+ (?:, \w+ )+\)")
"""X = (m, n) says a shape, and claims nothing."""
COMPARED = re.compile(r"[<>≤≥]|\\(?:le|ge|leq|geq|lt|gt|ne|neq)(?![a-z])|=")
OTHERWISE = re.compile(r"\b(?:otherwise|else)\b", re.I)
RANGE = re.compile(
    r"^(?!.*\b(?:if|when)\b)(?:.*\bfor\b[^=]{0,40}=[^=]{0,40}(?:\.\.|\\[lc]?dots(?![a-z])|…|⋯)"
    r"|.*[a-z]\s*=\s*1\s*,\s*2|.*(?:\\in|\\forall)(?![a-z])|.*[∈∀])",
    re.I | re.S,
)
"""How far an index runs limits nothing."""
IF = re.compile(r"\b(?:if|when|for|case)\b", re.I)
WORDS = re.compile(
    r"(?<![\\\w])(?:if|when|for|where|then|and we have|the case(?: that)?|in case)\b|\$|\\q?quad\b", re.I
)
TEXT = re.compile(r"\\(?:text\w*|mbox|mathrm)\s*\{([^{}]*)\}")
INLINE_REASON = re.compile(
    r"\\text\w*\s*\{\s*(?:where|with|since|because)\b[^{}]*\}|^\W*(?:where|with)\b", re.I
)


@dataclass
class Part:
    """One side of an equality: its tree, or why there is none; the words that limit it."""

    text: str
    place: Place
    node: Node | None = None
    error: str = ""
    conditions: tuple[str, ...] = ()
    indices: tuple[str, str, str] | None = None
    """i = j or i ≠ j, where the claim is made only there: (sign, i, j)."""
    names: bool = False
    """Is it a new name for the sides before it?"""
    where: Node | None = None
    """x > 0, where the claim is made only there."""
    limited: str = ""
    """A condition that is not understood."""
    begin: int = 0
    """Where its first token stands in its row."""
    typed: bool = False
    """Is it as a keyboard gives it, and no LaTeX?"""

    def cut(self, node: Node) -> str:
        """What was typed of a part of the tree."""
        return self.text[max(node.place.start - self.begin, 0) : max(node.place.end - self.begin, 0)].strip()


@dataclass
class Statement:
    """a = b = c, in one section of the text."""

    parts: list[Part] = field(default_factory=list)
    section: int = 0
    defines: bool = False
    equation: bool = False
    """Does it hold at the solution alone?"""
    solves: object = None
    """The solution of an equation that it gives."""


@dataclass
class Text:
    """All that a text says: its statements, its words, the signs of its notation, and how many axes a letter has."""

    statements: list[Statement]
    words: str
    headings: str
    notation: Notation
    axes: dict[str, int]


def statements_of(document: Document) -> Text:
    """The statements of a document in their order."""
    words = " ".join(str(p.text) for p in document.passages if isinstance(p, Prose | Heading))
    headings = " ".join(str(p.text) for p in document.passages if isinstance(p, Heading))
    rows = rows_of(document)
    found = [tokens_in(row.text, fence) for _, fence, row in rows]
    read = iter(named([t for t, _ in found if t is not None]))
    tokens = [None if t is None else next(read) for t, _ in found]
    notation = notation_of([p for t in tokens if t for part in rows_within(t) for p in pieces(part)], words)
    chains = Chains(notation)
    for (section, fence, row), row_tokens, (_, error) in zip(rows, tokens, found, strict=True):
        for more in said_beside(row):
            t, _ = tokens_in(more, "$")
            chains.add(Statement(parts_of(t or [], row, notation, shift=None, text=more), section))
        if row_tokens is None:
            chains.add(Statement([Part(str(row.text), row.place, error=error)], section))
        else:
            chains.row(section, row, row_tokens, shift=0 if fence == "plain" else 1)
    axes = dict(said for t in tokens if t for said in axes_said(t))
    return Text(without_sizes(chains.statements), words, headings, notation, axes)


class Chains:
    """The statements while they are found, and which row ends which."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.statements: list[Statement] = []
        self.last: dict[int, Statement] = {}

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

    def add(self, statement: Statement) -> None:
        if statement.parts:
            self.statements.append(statement)


def conditioned(tokens: list[Token], whole: str, shift: int) -> tuple[list[Token], str]:
    """An equation without the condition behind it or before it, and that condition."""
    depths = accumulate(brackets(t) for t in tokens)
    k = next(
        (
            k
            for k, (t, depth) in enumerate(zip(tokens, depths, strict=True))
            if depth <= 0 and is_conditional([t])
        ),
        None,
    )
    if k is None:
        return tokens, ""
    return tokens[:k], whole[tokens[k].place.start - shift : tokens[-1].place.end - shift]


def without_sizes(statements: list[Statement]) -> list[Statement]:
    """Without what claims nothing: updates, and what only says how far an index or a sum runs."""
    nodes = [n for s in statements for p in s.parts if p.node is not None for n in walk(p.node)]
    sizes = {b.upto for n in nodes if isinstance(n, Total) for b in n.bound if isinstance(b.upto, Letter)}
    scripts = [k for n in nodes if isinstance(n, Letter) for k in (*n.below, *n.above)]
    scripts += [n.exponent for n in nodes if isinstance(n, Power) and isinstance(n.base, Letter)]
    indices = {n.name for k in scripts for n in walk(k) if isinstance(n, Letter)}
    for s in statements:
        s.parts = [p for p in s.parts if not SOUGHT.search(p.text)]
    return [
        s for s in statements if s.parts and not (says_a_size(s, sizes) or runs(s, indices) or updates(s))
    ]


SOUGHT = re.compile(
    r"^\W*(?:hat|boldsymbol|operatorname\*?|text|mathrm|underset\W.*?)?\W*arg\W{0,12}(?:min|max)"
    r"|subject\s*to|\bs\.\s?t\.|^\W*(?:min|max)(?:imi[sz]e)?\b(?!\s*\()"
)
"""What is sought, as in argmin_w J, or subject to |u| = 1, is no side of an equality."""


def says_a_size(statement: Statement, sizes: set[Node]) -> bool:
    """K = n or K = 10, where a sum runs to K."""
    return len(statement.parts) > 1 and all(
        isinstance(p.node, Letter | Number) for p in statement.parts
    ) and any(p.node in sizes for p in statement.parts)  # fmt: skip


def runs(statement: Statement, indices: set[str]) -> bool:
    """i = 1, l = L, k = n − 1: what a letter that stands in scripts is, or runs over."""
    first, *rest = [p.node for p in statement.parts]
    is_index = isinstance(first, Letter) and not first.below and not first.above and first.name in indices
    return (
        is_index
        and len(first.name) == 1
        and first.name.islower()
        and bool(rest)
        and all(map(is_number_of_one, rest))
    )


def is_number_of_one(node: Node | None) -> bool:
    """1, L, n − 1"""
    if isinstance(node, Plus):
        return len(node.terms) == 2 and all(
            isinstance(getattr(t, "of", t), Letter | Number) for t in node.terms
        )
    return isinstance(node, Letter | Number) and not getattr(node, "below", ())


def updates(statement: Statement) -> bool:
    """w = w − η g; C = C(a), which says what it is made of"""
    nodes = [p.node for p in statement.parts]
    if len(nodes) == 2 and None not in nodes:
        return is_update(*nodes) or nodes[0] == nodes[1]
    return False


def axes_said(tokens: list[Token]) -> list[tuple[str, int]]:
    r"""What x, y \in \mathbb{R}^{N \times D} says: two axes each; one of size 1 is none."""
    k = next((k for k, t in enumerate(tokens) if t.text == "∈"), len(tokens))
    behind = [t.text for t in tokens[k + 1 :]]
    if behind[:1] != ["ℝ"] or any(t.text == "=" for t in tokens[:k]):
        return []
    axes = 0
    if behind[1:3] == ["^", "{"]:
        close = behind.index("}") if "}" in behind else len(behind)
        depth, parts = 0, [[]]
        for x in behind[3:]:
            depth += (x == "{") - (x == "}")
            if depth < 0:
                break
            if x in ("×", "·", "*"):
                parts.append([])
            else:
                parts[-1].append(x)
        axes = sum(part != ["1"] for part in parts) if close else 0
    elif behind[1:2] == ["^"]:
        axes = 1
    return [(name, axes) for name in names_before(tokens[:k])]


def names_before(tokens: list[Token]) -> list[str]:
    """x and y of "x, y"; bare letters, with their accents."""
    texts = [t.text for t in tokens]
    if "^" in texts or "_" in texts:
        return []
    found, accent = [], ""
    for t in tokens:
        if t.text.startswith("accent:"):
            accent = t.text.split(":")[1]
        elif t.kind == "letter":
            found.append(t.text + accent)
            accent = ""
    return found


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


def said_beside(row: Row) -> list[str]:
    r"""The equations in the words beside a row: "where \delta_{ij} = ..."."""
    out = []
    for condition in row.conditions:
        inner = INLINE_REASON.sub("", str(condition), count=1)
        equals = inner != str(condition) and re.search(r"[A-Za-z})\]]\s*=(?!=)", inner)
        if equals and not INDICES.match(inner.lstrip(" :,")):
            out.append(inner)
    return out


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
        part = Part(whole[max(start, 0) : end].strip(), place, conditions=conditions)
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


def condition_of(
    conditions: tuple[str, ...], notation: Notation
) -> tuple[tuple[str, str, str] | None, Node | None, str]:
    """i = j or i ≠ j, and x > 0, among the words that limit a row; and what else they say, if it limits it too."""
    found, where, limited = None, None, ""
    for condition in map(str, conditions):
        signs = {m["sign"] == "=" for m in INDICES.finditer(condition)}
        if len(signs) == 2:  # "in the cases i = j and i ≠ j": in all
            continue
        if m := INDICES.search(condition):
            sign = "=" if m["sign"] == "=" else "≠"
            if found is not None and found != (sign, m[1], m[3]):
                limited = condition
            found = (sign, m[1], m[3])
        elif OTHERWISE.search(condition) and found is not None:
            found = ("≠" if found[0] == "=" else "=", *found[1:])
        elif RANGE.search(condition):
            continue
        elif OTHERWISE.search(condition) or (COMPARED.search(condition) and IF.search(condition)):
            before, where = where, ordered(condition, notation)
            if where is None or before is not None:
                limited = condition
    return found, where, limited


def ordered(condition: str, notation: Notation) -> Node | None:
    """The tree of x > 0, of the words "if x > 0"; None where it is no such comparison."""
    bare = WORDS.sub(" ", TEXT.sub(lambda m: " " + m[1] + " ", condition)).strip(" .,;:()")
    try:
        return comparison(tidy(tokens_of(bare, 1, "$" + bare)), notation, Span(0, 0, 1, 1))
    except ReadingError:
        return None
