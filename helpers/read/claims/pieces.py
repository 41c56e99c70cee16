"""A row of tokens in its equalities, and an equality in its sides."""

from helpers.read.claims.braces import match
from helpers.read.claims.noise import ARROWS, ASIDES, CONDITIONALS, RELATIONS
from helpers.read.definitions.tokens import Token

SEPARATE = (",", ";")


def brackets(t: Token) -> int:
    """How many brackets a token opens; −1 where it closes one."""
    opens = t.text in ("(", "[", "{") or t.text.startswith(r"\begin:")
    return opens - (t.text in (")", "]", "}") or t.text.startswith(r"\end:"))


def sides(tokens: list[Token]) -> list[list[Token]]:
    """The tokens between equals signs, outside of brackets."""
    found, depth = [[]], 0
    for t in tokens:
        depth += brackets(t)
        if t.text == "=" and depth <= 0:
            found.append([])
        else:
            found[-1].append(t)
    return found


def pieces(tokens: list[Token]) -> list[list[Token]]:
    r"""Several equations in a row: apart at a comma, \quad or word between two equalities, at arrows and relations."""
    found, piece, depth = [], [], 0
    ahead = equalities_ahead(tokens)
    for k, t in enumerate(tokens):
        depth += brackets(t)
        if (
            depth > 0
            or not is_cut(tokens, k)
            or (is_conditional(piece) and not (ahead[k] and t.text in SEPARATE))
        ):
            piece.append(t)
        elif (
            t.text in RELATIONS or t.text in ARROWS or (ahead[k] and any(x.text in ("=", "∈") for x in piece))
        ):
            found.append(piece)
            piece = []
        elif piece:
            piece.append(t)
    return [p for p in [*found, piece] if p]


def equalities_ahead(tokens: list[Token]) -> list[bool]:
    """Does an equals sign stand behind each token?"""
    last = max((k for k, t in enumerate(tokens) if t.text == "="), default=-1)
    return [k < last for k in range(len(tokens))]


def is_conditional(tokens: list[Token]) -> bool:
    """Is a condition stated in words?"""
    return any(t.kind == "word" and t.text.lower() in CONDITIONALS for t in tokens)


def is_cut(tokens: list[Token], k: int) -> bool:
    """Might an equation end here?"""
    t = tokens[k]
    if t.kind == "word":
        return t.text in ASIDES
    return t.kind == "sign" and (t.text in SEPARATE or t.text in RELATIONS or t.text in ARROWS)


def rows_within(tokens: list[Token]) -> list[list[Token]]:
    """The rows of an array that is all of a formula, else the formula."""
    if len(tokens) < 3 or tokens[0].text != r"\begin:array" or tokens[-1].text != r"\end:array":
        return [tokens]
    start = match(tokens, 1) + 1 if tokens[1].text == "{" else 1
    found: list[list[Token]] = [[]]
    for t in tokens[start:-1]:
        if t.kind == "row":
            found.append([])
        elif t.text != "&":
            found[-1].append(t)
    return [row for row in found if row]
