"""What a bar in brackets means: p(x | θ) as one letter with what it depends on, (x | h) as x and h in one vector."""

from dataclasses import replace

from helpers.read.claims.braces import match_round, script_end
from helpers.read.definitions.tokens import Token

BARS = ("|", r"\mid", r"\vert")
PROBABILITIES = ("p", "P", "Pr", "q", "N", "L")


def side_by_side(tokens: list[Token]) -> list[Token]:
    """[x_t, h_t] for the (x_t | h_t) that follows an equals sign and ends the formula."""
    at = next((k for k, t in enumerate(tokens) if t.text == "="), 0) + 1
    close = match_round(tokens, at)
    bars = [k for k in range(at + 1, close) if tokens[k].text in BARS]
    inner = [t for t in tokens[at + 1 : close] if t.text not in BARS]
    plain = all(t.kind == "letter" or t.text in (*"_^{}-", "1") for t in inner)
    if at == 1 or close != len(tokens) - 1 or len(bars) != 1 or not plain:
        return tokens
    out = list(tokens)
    for k, sign in ((at, "["), (bars[0], ","), (close, "]")):
        out[k] = replace(out[k], kind="sign", text=sign)
    return out


def probabilities(tokens: list[Token]) -> list[Token]:
    """p(y_i | x_i, w) as one letter with the index i."""
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        t = tokens[k]
        close = match_round(tokens, k + 1)
        inner = tokens[k + 2 : close]
        bars = [x for x in inner if x.text in ("|", r"\mid")]
        if t.text not in PROBABILITIES or t.kind not in ("letter", "word") or len(bars) != 1 or close < 0:
            out.append(t)
            k += 1
            continue
        plain, indices = parted_scripts(inner)
        name, place = f"{t.text}({plain})".replace(r"\mid", "|"), tokens[close].place
        out.append(replace(t, kind="letter", text=name, place=t.place.to(place)))
        if indices:
            indices = [replace(x, place=place) for x in indices]
            out += [Token("sign", "_", place), Token("sign", "{", place), *indices, Token("sign", "}", place)]
        k = close + 1
    return out


def parted_scripts(tokens: list[Token]) -> tuple[str, list[Token]]:
    """What is typed without its subscripts, and the letters in these."""
    plain, indices, k = "", [], 0
    while k < len(tokens):
        if tokens[k].text == "_":
            end = script_end(tokens, k)
            found = [t for t in tokens[k + 1 : end] if t.kind == "letter"]
            indices += [t for t in found if t.text not in [x.text for x in indices]]
            k = end
        else:
            plain += "" if tokens[k].text in "{}" else tokens[k].text
            k += 1
    return plain, indices
