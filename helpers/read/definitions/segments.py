"""A text cut into its pieces: between commas, line ends and words, outside of brackets."""

from helpers.read.definitions.errors import Unreadable
from helpers.read.definitions.names import FUNCTIONS
from helpers.read.definitions.tokens import Token

KINDS = {"number": "number", "scalar": "number", "vector": "vector", "column": "column", "row": "row"}
CONDITIONS = {"if", "when", "unless", "else", "otherwise"}
BESIDE = {"else", "otherwise"}
KINDS |= {"matrix": "matrix", "integer": "integer", "integers": "integer"}


def segments(tokens: list[Token]) -> list[tuple[list[Token], bool]]:
    """The pieces between commas, line ends and words, outside of brackets; and whether words are beside them."""
    found: list[tuple[list[Token], bool]] = []
    piece: list[Token] = []
    depth, prose = 0, False
    for at, token in enumerate(tokens):
        if token.text in ("(", "[", "{", "⟨") or token.text.startswith(r"\begin:"):
            depth += 1
        if token.text in (")", "]", "}", "⟩") or token.text.startswith(r"\end:"):
            depth = max(0, depth - 1)
        word = token.kind == "word" and token.text not in FUNCTIONS
        says = (
            word
            and piece
            and (token.text in ("is", "are", "in") or token.text in KINDS or token.text in "an")
        )
        if depth == 0 and word and is_condition(token, piece, found):
            said = "a condition stands in cases: write \\begin{cases} x & x > 0 \\\\ 0 & \\text{otherwise} \\end{cases}"
            raise Unreadable(said, token.place, token.text)
        if depth == 0 and token.kind in ("line", "row") and continues(tokens, at):
            continue
        if depth and token.kind in ("line", "row") and not in_layout(tokens[:at]):
            continue
        if depth == 0 and says:
            piece.append(Token("sign", "∈", token.place) if token.text == "in" else token)
        elif depth == 0 and (word or token.kind in ("line", "row") or is_separator(tokens, at)):
            if piece:
                found.append((piece, prose or word))
            piece, prose = [], word
        else:
            piece.append(token)
    return [*found, (piece, prose)] if piece else found


def is_condition(token: Token, piece: list[Token], found: list[tuple[list[Token], bool]]) -> bool:
    """Does the word say when a formula holds? "Otherwise" speaks of a formula before it."""
    before = [*piece, *(t for other, _ in found for t in other)] if token.text in BESIDE else piece
    return token.text in CONDITIONS and any(t.text == "=" for t in before)


def is_separator(tokens: list[Token], at: int) -> bool:
    """A comma, a semicolon, a full stop, but for that of W.T; a colon too, unless a shape is behind it."""
    text = tokens[at].text
    if text == "." and not tokens[at].spaced and at + 1 < len(tokens) and tokens[at + 1].text == "T":
        return False
    shape = at + 1 < len(tokens) and tokens[at + 1].text in ("(", "ℝ", "ℤ", "R")
    return text in (",", ";", ".", r"\Rightarrow") or (text == ":" and not shape)


def in_layout(before: list[Token]) -> bool:
    depth = 0
    for t in before:
        depth += t.text.startswith(r"\begin:") - t.text.startswith(r"\end:")
    return depth > 0


def continues(tokens: list[Token], at: int) -> bool:
    """Does the formula go on behind this line end? Unless the next line has its own = or ∈, or this one is whole."""
    line: list[Token] = []
    for t in tokens[at + 1 :]:
        if t.kind in ("line", "row"):
            if line:
                break
            continue
        line.append(t)
    if not line:
        return False
    if line[0].kind == "sign" and line[0].text in (*"=+-·×∘*/)", "≤", "≥"):
        return True
    before = tokens[at - 1] if at else None
    return bool(before is not None and before.kind == "sign" and before.text in "=+-·×∘*/(")


def at_the_top(piece: list[Token]) -> list[Token]:
    """The tokens of a piece outside of its brackets."""
    depth, found = 0, []
    for t in piece:
        if t.text in ("(", "[", "{", "⟨") or t.text.startswith(r"\begin:"):
            depth += 1
        elif t.text in (")", "]", "}", "⟩") or t.text.startswith(r"\end:"):
            depth -= 1
        elif depth == 0:
            found.append(t)
    return found
