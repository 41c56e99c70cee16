r"""Signs that stand between what they join: {a \over b}, and the point of W.X."""

from dataclasses import replace

from helpers.read.claims.braces import match
from helpers.read.definitions.tokens import Token


def dots(tokens: list[Token]) -> list[Token]:
    """W · X for W.X and W . X; the point of "W. X" ends a sentence, and that of X.T is NumPy's."""
    out = list(tokens)
    for k in range(1, len(out) - 1):
        before, t, behind = out[k - 1 : k + 2]
        between = t.text == "." and t.spaced == behind.spaced and behind.text != "T"
        ends = before.kind in ("letter", "number") or before.text in (")", "]", "}")
        begins = behind.kind in ("letter", "number") or behind.text.startswith(
            ("accent:", r"\frac", "(", "[", "Σ")
        )
        if between and ends and begins:
            out[k] = replace(t, text="·")
    return out


def fractions(tokens: list[Token]) -> list[Token]:
    r"""\frac{a}{b} for {a \over b}."""
    out = list(tokens)
    while (k := next((k for k, t in enumerate(out) if t.text == r"\over"), None)) is not None:
        opened = opening(out, k)
        if opened < 0:
            break
        close = match(out, opened)
        sign, (left, right) = replace(out[k], text=r"\frac"), (out[opened], out[close])
        inner = [sign, left, *out[opened + 1 : k], right, left, *out[k + 1 : close], right]
        argument = is_argument(out, opened)
        out[opened : close + 1] = [left, *inner, right] if argument else inner
    return out


def is_argument(tokens: list[Token], at: int) -> bool:
    """Is the brace that opens here that of a script, a root or a fraction?"""
    before = tokens[at - 1].text if at else ""
    if before == "}" and (first := opening(tokens, at - 1)) > 0:
        return tokens[first - 1].text == r"\frac"
    return before in ("^", "_", r"\frac", "√")


def opening(tokens: list[Token], at: int) -> int:
    """Where the brace opens in which a token stands; −1 where none does."""
    depth = 0
    for k in range(at - 1, -1, -1):
        depth += (tokens[k].text == "{") - (tokens[k].text == "}")
        if depth > 0:
            return k
    return -1
