"""The conditions under which a row claims something, and what is said beside it."""

import re
from itertools import accumulate

from helpers.read.claims.grammar import comparison
from helpers.read.claims.notation import Notation
from helpers.read.claims.pieces import brackets, is_conditional
from helpers.read.claims.tidy import tidy
from helpers.read.definitions.errors import Place as Span
from helpers.read.definitions.errors import ReadingError
from helpers.read.definitions.syntax import Node
from helpers.read.definitions.tokens import Token, tokens_of
from helpers.read.passages import Row

INDICES = re.compile(
    r"(?<![\w\\}])\$?\{?([a-z])\}?\s*(?P<sign>=|\\neq?(?![a-z])|≠|!=|\\not\s*=)\s*\{?([a-z])\}?\$?(?![\w_^(])"
)
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


def conditioned(tokens: list[Token], whole: str, shift: int) -> tuple[list[Token], str]:
    """An equation without the condition behind it or before it, and that condition."""
    tokens, below = without_condition_below(tokens)
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
        return tokens, below
    return tokens[:k], whole[tokens[k].place.start - shift : tokens[-1].place.end - shift]


def without_condition_below(tokens: list[Token]) -> tuple[list[Token], str]:
    """y_k for y_{k = i}, and "k = i", where no sum begins there: what the whole equation is limited to."""
    out, found = list(tokens), ""
    for k in range(len(out) - 6, -1, -1):
        before, *inner = out[k : k + 6]
        texts = [t.text for t in inner]
        compared = texts[:2] == ["_", "{"] and texts[3] in ("=", "≠") and len(inner) == 5
        letters = before.kind == inner[2].kind == "letter" and k + 6 < len(out) and out[k + 6].text == "}"
        if compared and letters and inner[4].kind == "letter":
            found = " ".join(texts[2:5])
            del out[k + 4 : k + 6]
    return out, found


def said_beside(row: Row) -> list[str]:
    r"""The equations in the words beside a row: "where \delta_{ij} = ..."."""
    out = []
    for condition in row.conditions:
        inner = INLINE_REASON.sub("", str(condition), count=1)
        equals = inner != str(condition) and re.search(r"[A-Za-z})\]]\s*=(?!=)", inner)
        if equals and not INDICES.match(inner.lstrip(" :,")):
            out.append(inner)
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
