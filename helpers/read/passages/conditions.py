r"""The words beside a formula: "a = b \quad \text{if } i = j" is a = b with a condition.

row       = [label] [condition (":" | "," | \quad)] formula [condition] { ("," | ";" | \text{and}) formula [condition] }
condition = \text{if ...} ... | \forall ... | (i = j) | \quad i = j | : i = j | \text{by the chain rule}
"""

import re
from collections.abc import Iterator

from helpers.read.passages.places import Text
from helpers.read.passages.words import (
    BARE,
    COMPARISON,
    CONDITION_WORD,
    EQUALITY,
    SHORT,
    SPACE,
    STATED,
    is_bare,
)

WORDS = r"\\(?:text\w*|mbox|hbox|mathrm|operatorname)\s*\{"
TOP = re.compile(
    rf"(?P<words>{WORDS})|(?P<open>\{{|\\begin\s*\{{\w+\*?\}})|(?P<close>\}}|\\end\s*\{{\w+\*?\}})|(?P<forall>\\forall)(?![A-Za-z])"
    rf"|(?<=[\s,;~}}\])])(?P<plain>(?:if|when|for|where|otherwise|else)(?![A-Za-z]))|\\."
)
REASON = "since|because|by|using|as|from|due to|recall|see"
IN_WORDS = re.compile(rf"[\s(,;.]*(?:{CONDITION_WORD}|{REASON})\b", re.I)
EDGE = re.compile(rf"(?:{SPACE}|[,:;(])*$")
BESIDE = re.compile(
    rf"(?:\\q?quad(?![A-Za-z])|\\[ ;]|~|\s(?=\()|\s\s|[,:;])(?:{SPACE}|[,:;])*\(?:?(?={COMPARISON})"
)
FIRST = re.compile(r"\s*(?:(?P<item>\d+)[.)]\s+(?=[\\A-Za-z∂])|\((?P<number>\d+[-.–]\d+\w?)\)\s*(?=\S))")
LAST = re.compile(rf"(?:\\q?quad|\s\s|\\hfill)(?:{SPACE})*\((?P<number>\d+(?:[-.–]\d+)?\w?)\)\s*$")
LEADING = re.compile(
    rf"\s*(?:{WORDS}\s*(?:{CONDITION_WORD})\s*:?\s*\}}|\\forall(?![A-Za-z])|(?:if|for|when)\s)\s*{STATED}"
    rf"(?:\\text\{{\s*(?:then|we (?:get|have))?\s*[:,]?\s*\}}|[:,]|\\q?quad|(?=&))(?:{SPACE}|[:,])*(?=\S)",
    re.I,
)
ANOTHER = re.compile(
    rf"{STATED}(?P<gap>(?:{SPACE}|[,;.]|\\text\{{[\s,;]*(?:and|while|but)?[\s,;]*\}})+)(?=[^\s])"
)


def numbered(text: Text) -> tuple[Text, list[Text]]:
    """A formula without the number that the author gave it, and that number."""
    if found := FIRST.match(text[:40]) or None:
        return text.cut(found.end(), len(text)), [text.cut(0, found.end()).trimmed()]
    if found := LAST.search(text, max(len(text) - 60, 0)):
        return text.cut(0, found.start()), [text.cut(found.start("number") - 1, found.end()).trimmed()]
    return text, []


def parted(text: Text) -> Iterator[tuple[Text, tuple[Text, ...]]]:
    """The formulas of a row, each with its conditions; a condition alone is a formula of no characters."""
    while True:
        leading = LEADING.match(text[:SHORT])
        before = ()
        if leading and EQUALITY.search(text, leading.end()):
            before = (text.cut(0, leading.end()).trimmed(),)
            text = text.cut(leading.end(), len(text))
        start = condition_start(text)
        if start is None:
            yield text.trimmed(), before
            return
        word = re.compile(rf"(?:{WORDS})?{IN_WORDS.pattern}\s*\}}?", re.I).match(text, start)
        another = word and ANOTHER.match(text, word.end(), min(len(text), word.end() + SHORT))
        if another and EQUALITY.search(text, another.end()) and not is_bare(text[another.end() :]):
            yield stripped(text.cut(0, start)), (*before, text.cut(start, another.end("gap")).trimmed())
            text = text.cut(another.end(), len(text))
            continue
        yield stripped(text.cut(0, start)), (*before, text.cut(start, len(text)).trimmed())
        return


def stripped(text: Text) -> Text:
    """Without the spaces at its end; a comma stays."""
    end = re.search(rf"(?:{SPACE})*$", text[-60:])
    return text.cut(0, len(text) - len(end[0])).trimmed()


def condition_start(text: Text) -> int | None:
    """Where the condition behind a formula begins: in no brace, and in no cases."""
    depth, at = 0, 0
    while sign := TOP.search(text, at):
        at = sign.end()
        if sign["words"]:
            close = closing(text, at)
            if depth == 0 and (IN_WORDS.match(text, at, close) or is_remark(text, at, close)):
                return opened(text, sign.start())
            at = close + 1
        elif sign["open"] or sign["close"]:
            depth = max(depth + (1 if sign["open"] else -1), 0)
        elif depth == 0 and (sign["forall"] or sign["plain"]) and text[: sign.start()].strip():
            return opened(text, sign.start())
    for beside in BESIDE.finditer(text, max(len(text) - SHORT, 0)):
        tail = text[beside.end() :]
        if BARE.fullmatch(tail) and balanced(text[: beside.start()]) and text[: beside.start()].strip():
            return beside.end() - len(re.search(r"[(:\s]*$", beside[0])[0].lstrip())
    return None


def opened(text: str, start: int) -> int:
    """With the bracket before it."""
    before = text[:start].rstrip()
    return len(before) - 1 if before.endswith("(") and text.rstrip().rstrip(".,;").endswith(")") else start


def closing(text: str, at: int) -> int:
    """Where the brace is closed that stands before a position."""
    depth = 1
    for brace in re.compile(r"\\.|[{}]").finditer(text, at):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.start()
    return len(text)


def is_remark(text: str, start: int, end: int) -> bool:
    """Words at the end of a row: two or more, or in brackets"""
    words = text[start:end].strip()
    behind = re.sub(rf"{SPACE}|[.,;)]", "", text[end + 1 : end + 80])
    is_long = len(re.findall(r"[A-Za-z]+", words)) >= 2 or re.fullmatch(
        r"[(\[].*[A-Za-z]{2}.*[)\]][.,]?", words
    )
    return bool(is_long) and not behind


def balanced(text: str) -> bool:
    """Are all brackets and environments of a beginning closed?"""
    plain = re.sub(r"\\[{}|]", "", text)
    pairs = (("(", ")"), ("{", "}"), ("[", "]"), (r"\begin", r"\end"))
    return all(plain.count(a) <= plain.count(b) for a, b in pairs)


def words_alone(text: Text) -> bool:
    """Is a row nothing but words, such as "In the case of $i = j$ we get:"?"""
    if not re.match(rf"(?:{SPACE})*\\(?:text\w*|mbox|hbox)\s*\{{", text):
        return False
    words, rest, at = "", "", 0
    for sign in re.compile(r"\\(?:text\w*|mbox|hbox)\s*\{").finditer(text):
        if sign.start() < at:
            continue
        close = closing(text, sign.end())
        rest += text[at : sign.start()]
        words += text[sign.end() : close] + " "
        at = close + 1
    rest = re.sub(SPACE, " ", rest + text[at:])
    many = len(re.findall(r"[A-Za-z]{2,}", words)) >= 2 or IN_WORDS.match(words) or not re.search(r"\w", rest)
    return bool(many) and (not EQUALITY.search(rest) or is_bare(rest))
