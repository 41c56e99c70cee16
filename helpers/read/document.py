r"""From a text to its statements: where one equation ends, which parts are said to be equal.

`aligned`, `split` and `gathered` are rows; a row that begins with = goes on, one with a left side of its own starts
a new statement, and so does \Rightarrow unless it says the same quantity again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from helpers.read.finish import Part, clean, finished
from helpers.read.grammar import RELATIONS
from helpers.read.macros import Macro, taken_out, written_out
from helpers.read.places import blocks
from helpers.read.programs import gathered
from helpers.read.question import Question
from helpers.read.statement import Statement, Written
from helpers.read.steps import IN_PLACE, Chain, OwnNames, brought_together
from helpers.read.tokens import SPACES, Token, Unreadable, tokenize

LONGEST, MOST = 4000, 400  # characters in one block, blocks in one text
PYTHON = re.compile(
    r"^[ \t]*(```|~~~)[ \t]*\{?\.?(python|py|ipython)[^\n]*\n.*?(^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE
)
ROWS = {
    "aligned",
    "split",
    "gathered",
    "align",
    "alignat",
    "eqnarray",
    "array",
    "multline",
    "gather",
    "equation",
}
EQUALITIES = {"=", r"\equiv"}
ARROWS = {r"\Rightarrow", r"\Leftrightarrow", r"\to"}
OTHERS = {
    r"\ne": "≠", "<": "<", ">": ">", r"\le": "≤", r"\ge": "≥", r"\approx": "≈", r"\in": "∈",
    "+=": "+=", "-=": "-=", "*=": "*=", "/=": "/=",
    r"\propto": "∝", r"\sim": "∼", r"\simeq": "≃",
}  # fmt: skip
CONDITION_WORDS = {
    word + name for word in ("", "text ") for name in ("if", "for", "when", "where", "with")
} | {r"\forall"}
OPERATORS = {"*", r"\cdot", "/", "@", r"\circ", r"\odot", r"\oslash"}  # a row that begins so goes on


@dataclass
class Layout:
    """The chains of a text, and the lines that have a sign of equality and are not read: conditions and mentions."""

    chains: list[Chain]
    passed_over: tuple[int, ...] = ()


def read(text: str, question: Question) -> list[Statement]:
    """The statements of a text, a = b = c, each part in the notation of derive/.

    Prose between equations is passed over. What cannot be read says why and where; nothing is raised, and nothing
    that stands in the text is ever run.
    """
    own = OwnNames(question)
    return [s for chain in layout(text).chains for s in statements_in(chain, text, question, own)]


def layout(text: str) -> Layout:
    """Where one chain of equalities ends and the next begins: the same for every question."""
    chains: list[Chain] = []
    passed_over: list[int] = []
    text, macros = taken_out(text)
    for number, block in enumerate(blocks(text)):
        if not block.claim or number >= MOST:
            passed_over.append(text.count("\n", 0, block.start) + 1)
            continue
        chains += split_block(block.text, block.start, chains[-1] if chains else None, macros)
    fences = [found.span() for found in PYTHON.finditer(text)]
    for part in (part for chain in chains for part in chain.parts):
        part.code = any(begin < part.start < end for begin, end in fences)
    brought_together(chains)
    gathered(chains)
    return Layout(chains, tuple(passed_over))


def statements_in(chain: Chain, text: str, question: Question, own: OwnNames) -> list[Statement]:
    """A chain as it reads in a question; a ⇒ in it may begin another statement."""
    if own.defines(chain):
        aside = f"{chain.parts[0].tokens[0].text} is a name of your own"
        return [Statement(tuple(set_aside(part, text, aside) for part in chain.parts))]
    parts = [replace(part, tokens=own.replaced(part.tokens)) for part in chain.parts]
    return list(finished(parts, text, question))


def set_aside(part: Part, text: str, why: str) -> Written:
    source = clean(text[part.start : part.end])
    return Written(source, text.count("\n", 0, part.start) + 1, text=source, aside=why)


GRADIENT = r"d[A-Za-z]|\\frac\s*\{\s*(\\partial|d)|\\partial|\\nabla|[∂∇]"
LABEL = re.compile(
    rf"\s*(\(\d+(-\d+)?\)|\d+\s*[.)]|\d+\s*-(?=\s*\d+\))|(1\s*-(?=\s*({GRADIENT}))|([02-9]|\d\d+)\s*-)(?=.*=))"
    r"\s*(\d+\))?\s*(?=[\\A-Za-z∂]|$)",
    re.DOTALL,
)
"""1. or 1) or (1-3) before a formula, and 1 - before a gradient; "(1 - Y)" and "1 - Y = ..." are formulas."""


def split_block(block: str, start: int, before: Chain | None, macros: dict[str, Macro]) -> list[Chain]:
    """The statements of one block; the first one may go on with the statement before it."""
    if len(block) > LONGEST:
        reason = f"this line has {len(block)} characters, and at most {LONGEST} are read"
        return [Chain([Part([], start, start + 60, unreadable=Unreadable(reason, start))])]
    label = LABEL.match(block)
    tokens = tokenize(block[label.end() :] if label else block, start + (label.end() if label else 0))
    try:
        tokens = written_out(tokens, macros)
    except Unreadable as endless:
        return [Chain([Part([], start, start + 60, unreadable=endless)])]
    chains: list[Chain] = []
    current = before
    for row in rows(tokens):
        for piece in statements_of(row):
            new, current = grown(piece, current)
            if new:
                chains.append(current)
    return chains


def rows(tokens: list[Token]) -> Iterator[list[Token]]:
    r"""The rows of aligned, split, ...: without their \begin, \end; the rows of cases stay inside."""
    row: list[Token] = []
    inside = 0
    for token in tokens:
        name = re.fullmatch(r"\\(begin|end)\{(\w+)\}", token.text)
        if name and name[2] in ROWS:
            continue
        if name:
            inside += 1 if name[1] == "begin" else -1
        if token.text == "\\\\" and inside <= 0:
            yield row
            row = []
        else:
            row.append(token)
    yield row


def top_level(row: list[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens that stand in no bracket and no cases."""
    depth = 0
    for k, token in enumerate(row):
        text = token.text
        if text in (")", "]", "}", r"\end{cases}"):
            depth = max(depth - 1, 0)
        if depth == 0:
            yield k, token
        if text in ("(", "[", "{", r"\begin{cases}"):
            depth += 1


def statements_of(row: list[Token]) -> Iterator[list[Token]]:
    """A row cut where words, a semicolon or a comma before another equation separate statements; && ends it."""
    cuts, end = [0], len(row)
    level = list(top_level(row))
    for (k, token), (_, following) in zip(level, [*level[1:], (0, Token("", 0, 0))], strict=False):
        if token.text == following.text == "&":
            end = k
            break
        if begins_condition(row, k):
            break
        words = token.text.startswith("text ")
        comma = token.text in (",", ";") and any(
            t.text in EQUALITIES or t.text in IN_PLACE for _, t in level if t.at > token.at
        )
        if words or comma:
            cuts.append(k)
    for a, b in zip(cuts, [*cuts[1:], end], strict=True):
        piece = row[a:b]
        while piece and (piece[0].text in (",", ";") or (is_prose(piece[0]) and (a or len(piece) > 1))):
            piece = piece[1:]
        yield piece


def is_prose(token: Token) -> bool:
    """Words that state no condition"""
    return token.text.startswith("text ") and token.text not in CONDITION_WORDS


def grown(piece: list[Token], current: Chain | None) -> tuple[bool, Chain | None]:
    """The statement with one more row, or a new one, which is said."""
    aligned = bool(piece) and piece[0].text == "&"
    piece = [t for k, t in enumerate(piece) if t.text != "&" or in_cases(piece, k)]
    if not piece:
        return False, current
    pieces = separated(piece)
    new = False
    for relation, tokens in pieces:
        if relation is None and tokens:
            if current is not None and current.open:
                add(current, tokens)
            elif current is not None and current.parts and goes_on(tokens, aligned):
                current.parts[-1].extend(tokens)
            else:
                new, current = True, Chain()
                add(current, tokens)
        elif relation is not None:
            if current is None:
                new, current = True, Chain()
            if tokens:
                add(current, tokens, relation)
            current.open = not tokens
    return new, current


def goes_on(tokens: list[Token], aligned: bool) -> bool:
    """Is this row the rest of the one before: does it begin with an operator?"""
    first = next((t.text for t in tokens if t.text not in SPACES), "")
    return first in OPERATORS or (aligned and first in ("+", "-"))


def in_cases(piece: list[Token], k: int) -> bool:
    inside = [t.text for t in piece[:k]]
    return inside.count(r"\begin{cases}") > inside.count(r"\end{cases}")


def separated(piece: list[Token]) -> list[tuple[str | None, list[Token]]]:
    """The parts between =, ⇒ and the like, each with the sign before it; a condition is no new part."""
    cuts: list[tuple[int, str | None]] = [(-1, None)]
    for k, token in top_level(piece):
        if begins_condition(piece, k):
            break
        if token.text in EQUALITIES or token.text in ARROWS or token.text in OTHERS:
            cuts.append((k, token.text))
    ends = [k for k, _ in cuts[1:]] + [len(piece)]
    return [(relation, piece[k + 1 : end]) for (k, relation), end in zip(cuts, ends, strict=True)]


def begins_condition(piece: list[Token], k: int) -> bool:
    """`if`, `for`, a colon, or a bare i = j; the where of np.where is none"""
    word = piece[k].text in CONDITION_WORDS and (k == 0 or piece[k - 1].text != ".")
    return word or piece[k].text == ":" or bare_condition(piece, k)


def bare_condition(piece: list[Token], k: int) -> bool:
    r"""\quad i = j or \quad (i \neq j), to the end of the row"""
    if piece[k].text not in (*SPACES, ","):
        return False
    rest = [t.text for t in piece[k:] if t.text not in (*SPACES, "(", ")", ",", ".", ":")]
    return len(rest) == 3 and rest[1] in RELATIONS and all(re.fullmatch("[a-zA-Z]", c) for c in rest[::2])


def add(chain: Chain, tokens: list[Token], relation: str | None = None) -> None:
    """One more part, with its condition."""
    chain.open = False
    first = next((t for t in tokens if t.text not in SPACES), tokens[0])
    part = Part(tokens, first.at, tokens[-1].end, arrow=relation in ARROWS, relation=relation or "=")
    if relation in OTHERS:
        part.unreadable = Unreadable(f"“{OTHERS[relation]}” claims no equality", tokens[0].at)
    for k, _ in top_level(tokens):
        if begins_condition(tokens, k):
            part.tokens, part.condition = tokens[:k], tokens[k + 1 :]
            part.universal = tokens[k].text == r"\forall"
            break
    chain.parts.append(part)
