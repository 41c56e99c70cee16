r"""Indices that stand above: A^{ij} and \delta^i_j read as A_{ij} and \delta_{ij}, where the text writes so."""

from collections.abc import Iterator
from dataclasses import replace

from helpers.read.claims.braces import script_end
from helpers.read.definitions.tokens import Token

INDICES = {*"abcijkmnpqrs", "in", "pi", "nu", "mu"}
DELTAS = ("delta", "δ", r"\delta")
ENOUGH = 3
"""So many pairs of indices stand above before a text is held to write them there."""


def lowered(rows: list[list[Token]]) -> list[list[Token]]:
    """The rows of a text with every index below."""
    above = [pair for tokens in rows for pair in pairs_above(tokens)]
    below = {t.text for tokens in rows for t in scripts(tokens, "_")}
    if len(above) >= ENOUGH:
        return [moved(tokens, everywhere=True, known=INDICES) for tokens in rows]
    return [moved(tokens, everywhere=False, known=below & INDICES) for tokens in rows]


def pairs_above(tokens: list[Token]) -> Iterator[list[Token]]:
    """ij of A^{ij}"""
    for k, t in enumerate(tokens):
        inner = script(tokens, k) if t.text == "^" and is_letter(tokens, k - 1) else []
        if are_indices(inner, INDICES | {"l"}) and len(inner) > 1:
            yield inner


def scripts(tokens: list[Token], sign: str) -> Iterator[Token]:
    for k, t in enumerate(tokens):
        if t.text == sign:
            yield from script(tokens, k)


def script(tokens: list[Token], at: int) -> list[Token]:
    """What stands in the script that begins here."""
    return [t for t in tokens[at + 1 : script_end(tokens, at)] if t.text not in "{}"]


def is_letter(tokens: list[Token], at: int) -> bool:
    return at >= 0 and tokens[at].kind == "letter" and tokens[at].text != "e"


def are_indices(inner: list[Token], known: set[str]) -> bool:
    return bool(inner) and all(t.text.rstrip("'") in known for t in inner)


def moved(tokens: list[Token], everywhere: bool, known: set[str]) -> list[Token]:
    """A row with A_{ij} for A^{ij}, or with that alone for a \\delta^i_j that is no left side."""
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        if not (is_letter(tokens, k) and (everywhere or (k and tokens[k].text in DELTAS))):
            out.append(tokens[k])
            k += 1
            continue
        end, found = k + 1, {}
        while end < len(tokens) and tokens[end].text in ("_", "^") and tokens[end].text not in found:
            found[tokens[end].text] = script(tokens, end)
            end = script_end(tokens, end)
        up, down = found.get("^", []), found.get("_", [])
        both = [*up, *down] if up and (down or everywhere) else []
        change = are_indices(both, known | ({"l"} if everywhere and len(both) > 1 else set()))
        out += [tokens[k], *subscript(both, tokens[k], tokens[end - 1])] if change else tokens[k:end]
        k = end
    return out


def subscript(inner: list[Token], first: Token, last: Token) -> list[Token]:
    def sign(text: str, at: Token) -> Token:
        return replace(at, kind="sign", text=text, spaced=False)

    return [sign("_", first), sign("{", first), *inner, sign("}", last)]
