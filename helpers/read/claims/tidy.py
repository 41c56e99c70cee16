"""The tokens of a formula without what only decorates it: boxes, colours, braces above or below, sizes of type."""

import re
from dataclasses import replace

from helpers.read.claims.braces import match, script_end
from helpers.read.claims.notation import FUNCTIONS
from helpers.read.claims.probabilities import probabilities, side_by_side
from helpers.read.claims.signs import dots, fractions
from helpers.read.definitions.names import FUNCTIONS as NAMED
from helpers.read.definitions.tokens import Token

UNIT = {"∂": r"\partial", "∇": r"\nabla"}
WRAPPERS = (
    r"\boxed",
    r"\cancel",
    r"\bcancel",
    r"\xcancel",
    r"\underline",
    r"\ensuremath",
    r"\fbox",
    r"\underbrace",
)
WRAPPERS += (r"\bbox", r"\overbrace", r"\mathop", r"\mathrlap", r"\mathclap", r"\smash", r"\mbox", r"\hbox")
COLOURS = (r"\color", r"\textcolor", r"\colorbox")
STACKED = (r"\overset", r"\stackrel", r"\underset")
TYPE_SIZES = (r"\Large", r"\large", r"\LARGE", r"\huge", r"\small", r"\tiny", r"\scriptsize", r"\normalsize")
TYPE_SIZES += (r"\footnotesize", r"\Huge", r"\Tiny")
SIZES = re.compile(r"\(?(?:\d+x\d+|\w+×\w+)\)?")
BRACKETS = ("(", ")", "[", "]", "|", "‖")
BRACES = (r"\underbrace", r"\overbrace")


def tidy(tokens: list[Token]) -> list[Token]:
    r"""The tokens with ∂ for \partial, f' for f^{\prime}, W^{(l)T} for W^{(l)^T}, and without boxes and colours."""
    out: list[Token] = []
    plain = [
        replace(t, text=UNIT.get(t.text, t.text)) for t in apart(fractions(dots(tokens))) if t.kind != "line"
    ]
    for t in unwrapped(primed_indices(over_sets(probabilities(side_by_side(unnamed(bare(plain))))))):
        if t.kind == "row" and not any(x.text.startswith(r"\begin:") for x in out):
            continue
        out.append(t)
        texts = [x.text for x in out[-4:]]
        if (
            len(texts) == 4
            and texts[0] in (")", "l", "L")
            and texts[1::2] == ["^", "}"]
            and texts[2] in ("T", "⊤")
        ):
            del out[-3]
    return out


def unnamed(tokens: list[Token]) -> list[Token]:
    """A formula without the words in brackets that it begins with, as (Mean) in front of \\mu = ..."""
    k = 1
    while k < len(tokens) and tokens[k].kind == "word" and tokens[k].text.isalpha():
        k += 1
    named = k > 1 and tokens[0].text == "(" and [t.text for t in tokens[k : k + 1]] == [")"]
    rest = tokens[k + 1 :]
    begins = rest[:1] and (rest[0].kind == "letter" or rest[0].text.startswith(("accent:", r"\frac")))
    return rest if named and begins and any(t.text == "=" for t in rest) else tokens


def bare(tokens: list[Token]) -> list[Token]:
    r"""x^{(2)} for {x}^{(2)}: no braces round a letter alone that has a script behind them, and none before."""
    out: list[Token] = []
    for k, t in enumerate(tokens):
        out.append(t)
        four = [x.text for x in tokens[k - 2 : k + 2]]
        alone = len(four) == 4 and four[0] == "{" and t.text == "}" and tokens[k - 1].kind == "letter"
        before = tokens[k - 3] if k > 2 else None
        argument = before is not None and (before.text in "^_}" or before.text.startswith("\\"))
        if alone and four[3] in "^_" and not argument:
            out[-3:] = [tokens[k - 1]]
    return out


def is_aside(tokens: list[Token], at: int) -> bool:
    """y (= z): an equals sign right behind a bracket that closes at the end."""
    return (
        tokens[at].text == "("
        and at + 2 < len(tokens)
        and tokens[at + 1].text == "="
        and tokens[-1].text == ")"
    )


def over_sets(tokens: list[Token]) -> list[Token]:
    r"""\sum_{w} for \sum_{w \in V}, where the set is a name: all that there are."""
    out = list(tokens)
    for k in range(len(out) - 5, -1, -1):
        if [out[k + m].text for m in (0, 1, 2, 4)] == ["Σ", "_", "{", "∈"]:
            close = match(out, k + 2)
            inner = out[k + 5 : close]
            if inner and all(t.kind in ("letter", "word") or t.text in "{}" for t in inner):
                del out[k + 4 : close]
    return out


def primed_indices(tokens: list[Token]) -> list[Token]:
    """The tokens with j' as one letter where it stands in a script, typed j^{\\prime} or not."""
    tokens = without_braces_round_primes(tokens)
    out: list[Token] = []
    scripts = [False]  # is each open brace one of a script?
    for t in tokens:
        if t.text == "{":
            scripts.append(scripts[-1] or bool(out and out[-1].text in ("_", "^")))
        elif t.text == "}" and len(scripts) > 1:
            scripts.pop()
        if t.text == "'" and scripts[-1] and out[-1].kind == "letter":
            out[-1] = replace(out[-1], text=out[-1].text + "'")
        else:
            out.append(t)
    return out


def without_braces_round_primes(tokens: list[Token]) -> list[Token]:
    """j' for j^{'}"""
    out: list[Token] = []
    for t in tokens:
        out.append(t)
        texts = [x.text for x in out[-4:]]
        if texts == ["^", "{", "'", "}"]:
            out[-4:] = [out[-2]]
        elif texts[-2:] == ["^", "'"]:
            out[-2:] = [out[-1]]
    return out


def unwrapped(tokens: list[Token]) -> list[Token]:
    """Without boxes, colours, strokes and braces above or below; {...}_{i,j=1}^{n,n} as {...}_{i,j}."""
    out, k = list(tokens), 0
    if (aside := next((k for k in range(len(out)) if is_aside(out, k)), None)) is not None:
        del out[-1], out[aside]
    while k < len(out):
        text, follows = out[k].text, out[k + 1].text if k + 1 < len(out) else ""
        if text == "Σ" and follows == "^":
            first = script_end(out, k + 1)
            if first < len(out) and out[first].text == "_":
                last = script_end(out, first)
                out[k + 1 : last] = out[first:last] + out[k + 1 : first]
            k += 1
        elif text in TYPE_SIZES:
            del out[k]
        elif text == "_" and follows == "{" and says_sizes(out, k + 1):
            del out[k : match(out, k + 1) + 1]
        elif text == "{" and follows == "}":
            script = k > 0 and out[k - 1].text in ("_", "^")
            del out[k - script : k + 2]
            k = max(k - 1, 0)
        elif text == "{" and follows in BRACKETS and k + 2 < len(out) and out[k + 2].text == "}":
            out[k : k + 3] = [out[k + 1]]
        elif text == "{" and k + 2 < len(out) and out[k + 1].kind == "word" and out[k + 2].text == "}":
            if not (k and out[k - 1].text in "_^"):
                out[k : k + 3] = [out[k + 1]]
            k += 1
        elif out[k].kind == "letter" and follows == "=" and is_range(out, k):
            start = k - 1 if k and out[k - 1].text in (",", ";", ":") else k
            del out[start : min(k + 7, len(out))]
        elif text in FUNCTIONS and (end := named_below(out, k)):
            primes = [t for t in out[k:end] if t.text == "'"]
            out[k:end] = [next(t for t in out[k:end] if t.kind == "word"), *primes]
        elif text == "(" and follows in (r"\begin:array", r"\begin:cases") and is_left_open(out, k + 1):
            del out[k]
        elif text == r"\bbox" and follows == "[":
            del out[k + 1 : next((j for j in range(k, len(out)) if out[j].text == "]"), k) + 1]
        elif text in WRAPPERS and follows == "{":
            close = match(out, k + 1)
            rest = close + 1
            while text in BRACES and rest + 1 < len(out) and out[rest].text in "_^":
                rest = match(out, rest + 1) + 1 if out[rest + 1].text == "{" else rest + 2
            out[k:rest] = out[k + 2 : close]
        elif text in COLOURS and follows == "{":
            close = match(out, k + 1)
            if close + 1 < len(out) and out[close + 1].text == "{":
                end = match(out, close + 1)
                out[k : end + 1] = out[close + 2 : end]
            else:
                del out[k : close + 1]
        elif text in STACKED and follows == "{":
            close = match(out, k + 1)
            end = match(out, close + 1) if close + 1 < len(out) and out[close + 1].text == "{" else close + 1
            out[k : end + 1] = [t for t in out[close + 1 : end + 1] if t.text not in "{}"]
        elif text == "1" and follows == "_" and compares(out, script_end(out, k + 1), k):
            out[k] = replace(out[k], kind="sign", text="𝟙")
        elif text == "𝟙" and follows == "_" and not compares(out, script_end(out, k + 1), k):
            del out[k + 1 : script_end(out, k + 1)]
        elif text == "_" and follows == "{" and k and out[k - 1].text in (")", "]", "}"):
            close = match(out, k + 1)
            equals = next((j for j in range(k, close) if out[j].text == "="), 0)
            if equals and out[equals - 1].kind == "letter":
                rest = close + 1
                if rest + 1 < len(out) and out[rest].text == "^":
                    rest = match(out, rest + 1) + 1 if out[rest + 1].text == "{" else rest + 2
                out[equals:rest] = [out[close]]
            k += 1
        else:
            k += 1
    return out


def named_below(tokens: list[Token], at: int) -> int:
    r"""Where g_{\text{relu}} or g'_{relu} ends, before its argument; 0 for any other letter."""
    here = [t.text for t in tokens[at : at + 7]]
    start = 1 + (here[1:2] == ["'"])
    word = tokens[at + start + 2] if here[start : start + 2] == ["_", "{"] and len(here) > start + 3 else None
    if word is None or word.kind != "word" or word.text not in NAMED or here[start + 3] != "}":
        return 0
    return at + start + 4 if here[start + 4 : start + 5] in (["("], ["'"], ["["]) else 0


def says_sizes(tokens: list[Token], at: int) -> bool:
    r"""W_{2x3}, W_{n \times m}: how large it is, and no part of its name."""
    inner = tokens[at + 1 : match(tokens, at)]
    return len(inner) < 8 and SIZES.fullmatch("".join(t.text for t in inner)) is not None


def compares(tokens: list[Token], end: int, start: int) -> bool:
    """Is there a condition in a script, as in 𝟙_{i = j}? 𝟙_n says how many ones there are."""
    return any(t.text in (*"<>≤≥=≠", "∈") for t in tokens[start:end])


def is_range(tokens: list[Token], at: int) -> bool:
    """i = 1, ..., n"""
    texts = [t.text for t in tokens[at + 2 : at + 6]]
    return len(texts) == 4 and texts[0].isdigit() and texts[1:] == [",", "…", ","]


def is_left_open(tokens: list[Token], at: int) -> bool:
    r"""Is the brace before an array never closed, as that of \left\{ ... \right.?"""
    end = next((k for k in range(at, len(tokens)) if tokens[k].text.startswith(r"\end:")), len(tokens) - 1)
    return end + 1 >= len(tokens) or tokens[end + 1].text != ")"


KEYBOARD = re.compile(r"d[A-Za-z]\w?")


def apart(tokens: list[Token]) -> list[Token]:
    """The keyboard's dW as d and W."""
    out = []
    for t in tokens:
        if t.kind == "letter" and KEYBOARD.fullmatch(t.text):
            out += [replace(t, text="d"), replace(t, text=t.text[1:], spaced=False)]
        else:
            out.append(t)
    return out
