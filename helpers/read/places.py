r"""Where equations stand in a text: displays, mathematics within a line, plain lines; and what only looks like one.

    The gradient is $dW = dY^T X$ where $i = j$.        reads dW = dY^T X and passes over the condition i = j
    So we get dW = dY.T @ X as seen before              reads dW = dY.T @ X

Nothing here depends on a question: the same text is cut in the same places whoever judges it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from helpers.read.functions import ENTRYWISE, PAIRED, WHOLE
from helpers.read.tokens import SIGNS

DISPLAY = re.compile(
    r"\$\$(?P<dollars>.*?)\$\$|\\\[(?P<brackets>.*?)\\\]"
    r"|\\begin\{(?P<name>equation|align|gather|multline|eqnarray|displaymath|flalign|alignat)\*?\}"
    r"(?P<environment>.*?)\\end\{(?P=name)\*?\}"
    r"|(?P<bare>\\begin\{(?P<rows>aligned|split|gathered)\}.*?\\end\{(?P=rows)\})",
    re.DOTALL,
)
EQUALS_BETWEEN = re.compile(r"(?<=[^\s$])\$\s*=\s*\$(?=[^\s$])")  # $dW$ = $dY^T X$
INLINE = re.compile(r"(?<![\\$])\$([^$\n]+)\$|\\\((.+?)\\\)")
LINE = re.compile(r"(?:\\begin\{cases\}(?:(?!\\end\{cases\})[\s\S])*|.)+")
# What Markdown puts before a quotation and an item of a list: neither a relation nor a minus sign.
BULLET = re.compile(
    r"(\s*>)*(\s*([-*+]\s+(?=[^=\s][^=]*=)|\\item\b))?(\s*\(?([a-h]|i{1,3}|i?v|vi+)\)\s+|\s*([a-h]|i{1,3}|i?v|vi+)[.)]\s+)?"
)
ASIDE = re.compile(r"\s*\((?=[a-z]{2,} )(.*)\)[\s.]*")  # (with Y = X W)
BEHIND = re.compile(r"(^|\s)(#|//).*|\s\([a-z]{2,}[a-z ,-]*\)\s*\.?$")  # what a comment or (chain rule) says
NO_TEXT = re.compile(
    r"\s*(%|```|~~~|!\[|\||\\(begin|end|(sub)*section|paragraph|chapter|documentclass|usepackage|include\w*|"
    r"hypersetup|(re)?newcommand|def|label|title|author|date|maketitle|caption|setlength)(?![a-zA-Z]))|.*://"
)
RELATION = re.compile(
    r"[=≠≈≡∝⇒⟹⇔⟺→]|\\(equiv|neq?|approx|propto|sim|Rightarrow|implies|Leftrightarrow|iff)(?![a-z])"
)
EQUALITY = re.compile(r"[=≡⇒⟹]|\\(equiv|Rightarrow|implies)(?![a-z])")
WORD = re.compile(r"(?<![\\_{^.A-Za-z0-9])[A-Za-z]{2,}(?![A-Za-z0-9_(^'\[]|\.[A-Za-z]|\s*[=+*/@])")
CONDITION = re.compile(r"(if|for|when|where|with|all|every|each|else|otherwise)")
LINKS = {
    "and",
    "so",
    "thus",
    "hence",
    "therefore",
    "then",
    "because",
    "since",
    "which",
    "as",
    "by",
    "but",
    "while",
}
LINKS |= {"using", "from", "again", "here", "that", "without"}
FUNCTIONS = {*ENTRYWISE, *PAIRED, *WHOLE, *SIGNS.values(), "sum", "np", "ell", "loss", "exp", "mean"}
SHORT_WORDS = {"by", "my", "do", "By", "My", "Do", "vs", "th", "st", "nd", "Fig", "eq", "Eq"}
INDEX = r"\s*\(?\s*[a-z]\s*=\s*[a-z]\s*\)?\s*[,.]?\s*"
NUMBER = r"[^=]*[^=+*/-]=\s*[-+]?[\d.]+\s*([,;].*|\.(?!\d).*)?"
DERIVATIVE = re.compile(r"\\partial|\\nabla|[∂∇]|(?<![A-Za-z\\])\\?d\s*\{?[A-Za-z]|\\mathrm\{d\}|\\delta|δ")


class Block(NamedTuple):
    """A piece of mathematics and where it begins; no claim where it states a condition or mentions a size."""

    start: int
    text: str
    claim: bool = True


def blocks(text: str) -> Iterator[Block]:
    """Every place where an equation stands, in the order of the text."""
    text = re.sub(r"<!--.*?-->", lambda found: re.sub(r"[^\n]", " ", found.group()), text, flags=re.DOTALL)
    at, beside = 0, bool(re.search(r"\$\$|\\\[|\\begin\{(equation|align|gather|multline|eqnarray)", text))
    for found in DISPLAY.finditer(text):
        yield from lines(text, at, found.start(), beside)
        name = next(n for n in ("dollars", "brackets", "environment", "bare") if found[n] is not None)
        rows = found[name].replace("\\\\", "  ") if found["name"] == "multline" else found[name]
        yield Block(found.start(name), rows)
        at = found.end()
    yield from lines(text, at, len(text), beside)


def lines(text: str, start: int, end: int, beside: bool) -> Iterator[Block]:
    """The mathematics in each line; beside displays, what has no relation is a mention."""
    for row in LINE.finditer(text, start, end):
        at, line = row.start(), EQUALS_BETWEEN.sub(lambda m: m.group().replace("$", " "), row.group())
        inline = list(INLINE.finditer(line))
        alone = inline and not re.search(r"[A-Za-z]", INLINE.sub("", line))
        found = []
        for m in inline:
            begin, piece = (m.start(1), m[1]) if m[1] is not None else (m.start(2), m[2])
            if EQUALITY.search(piece) or (alone and not beside):
                found.append(Block(at + begin, piece, claims(piece)))
        if not NO_TEXT.match(line):
            ends = [0, *(end for m in inline for end in m.span()), len(line)]
            for begin, end in zip(ends[::2], ends[1::2], strict=True):
                found += plain(BEHIND.sub("", line[begin:end]), at + begin, beside or bool(inline))
        yield from sorted(found)


def plain(line: str, start: int, beside: bool) -> Iterator[Block]:
    """The formulas that stand in a line as words do."""
    if aside := ASIDE.fullmatch(line):
        start, line = start + aside.start(1), aside[1]
    marked = BULLET.match(line).end()
    for begin, piece in formulas_in(line[marked:]):
        if RELATION.search(piece) or not beside:
            rest = beside and piece.lstrip().startswith("=")  # of $S$ = 32
            yield Block(start + marked + begin, piece, claims(piece) and not rest)


def claims(piece: str) -> bool:
    """Does it say what something is? Not i = j, S = 32, y_i = 0, m = 1, ..., S; but ∂Y/∂X = 0 does."""
    if not RELATION.search(piece):
        return True
    if re.fullmatch(INDEX, piece):
        return False
    plain = re.sub(r"\\(quad|qquad|[,;:! ])|[{}$]", " ", piece)
    return bool(DERIVATIVE.search(plain.split("=")[0]) or not re.fullmatch(NUMBER, plain.strip()))


def formulas_in(line: str) -> Iterator[tuple[int, str]]:
    """The formulas of a plain line, without the words before, between and behind them."""
    if not RELATION.search(line):
        words = [m for m in WORD.finditer(line) if not is_name(m.group())]
        if line.strip() and not words and not re.fullmatch(r"\W*[A-Za-z]{3,}\W*", line):
            yield 0, line
        return
    at = 0
    while at < len(line):
        at += behind_words(line[at:])
        end = before_words(line, at)
        piece = line[at:end]
        if RELATION.search(piece) or at == 0:
            yield at, piece
        at = end


def behind_words(line: str) -> int:
    """Where the formula begins: after words such as “Hence”, “so that”, “For a batch:”."""
    begin = at = len(line) - len(line.lstrip(" \t,;:"))
    while word := re.compile(r"([A-Za-z]{2,}|[aAI](?=\s+[a-z]{2}))(?=[\s,:;.]|$)").match(line, at):
        following = re.compile(r"[\s,:;.]*").match(line, word.end())
        if line[following.end() : following.end() + 1] in ("=", "+", "*", "/", "@"):
            break
        if is_name(word.group()) and not re.match(r"\s*[,:]\s", following.group() + " "):
            break
        begin = at = following.end()
    return begin


def before_words(line: str, at: int) -> int:
    """Where it ends: at words with another equation behind them, or at “and”, “so”, “by”; a condition belongs to it."""
    for word in WORD.finditer(line, at):
        rest, before = line[word.end() :], line[at : word.start()].rstrip()
        if CONDITION.fullmatch(word.group()) and RELATION.search(before):
            return len(line)
        inside = sum(before.count(b) for b in "([{") > sum(before.count(b) for b in ")]}")
        if is_name(word.group()) or inside or not before or before[-1] in "=+-*/@":
            continue
        goes_on = re.match(r"\s+[A-Za-z]*[A-Z\d_(]|\s+[A-Za-z]\b", rest)  # by S, as dY: no words
        links = word.group() in LINKS and not goes_on
        if links or before.endswith(".") or RELATION.search(rest):
            return word.start()
    return len(line)


def is_name(word: str) -> bool:
    """dY, XW, Wx, softmax, alpha: a name or names side by side, and no word of English."""
    if word.lower() in FUNCTIONS or word in FUNCTIONS or re.search("[a-zA-Z][A-Z]", word):
        return True
    if word in SHORT_WORDS:
        return False
    return bool(re.fullmatch("d[a-zA-Z]|[^aeiouyAEIOUY]{2,3}", word))
