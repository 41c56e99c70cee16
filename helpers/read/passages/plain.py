"""Formulas typed on a keyboard among words: "So we get dW = dY.T @ X as seen before" has dW = dY.T @ X.

    line    = { words | formula }
    formula = signs that are no words, with a relation among them, and behind it perhaps "if" and a condition

A name before the first = of a line is no word: "loss = -log(p)". "rate = 0.1" is one setting among words.
"""

import re
from collections.abc import Iterator

from helpers.read.definitions.numpy_text import assigns, is_numpy
from helpers.read.passages.words import NAMES, RELATION, is_bare

SIGNS = re.compile(r"\S+")
SIGN = re.compile(RELATION)
WORD = re.compile(r"[A-Za-z][a-z]+(?:[-'’][A-Za-z]+)*|[A-Z]{4,}|[^\W\d_A-Za-zͰ-Ͽ𝐀-𝟿]{2,}")
NAME = re.compile(r"d[A-Za-z]{1,2}|[^aeiouyAEIOUY]{2,3}")
SHORT = {"vs", "th", "st", "nd", "rd", "Fig", "do", "Do", "hmm", "Mr", "Dr", "PhD", "pts", "ms"}
EDGES = "\"'`*.,;:!?()[]{}_“”‘’"
OUTER = "`*_$ \t“”"
CONDITIONS = ("if", "for", "when", "where", "otherwise", "else")
ASSIGNED = re.compile(r"\s*[A-Za-z_]\w*(?:\[[^\]]*\])?\s*[-+*/]?=(?!=)")
COMMENT = re.compile(r"\s+#|\s*$")
SETTING = re.compile(r"[A-Za-z_]{3,}\s*=\s*[-+\d.e]+")
NAMED = re.compile(r"\s*[A-Za-z_]\w*\s+(?:[:+*/-]?=|≈)")
OPERATOR = re.compile(r"\s*(?:[-+*/@·∘⊙×]\s*[A-Za-z(\d]|[=≈≤≥])")


def is_word(sign: str) -> bool:
    core = sign.strip(EDGES)
    if sign.startswith("#") or sign == "//" or "://" in core or core.startswith(("--", "www.")):
        return True
    is_name = core.lower() in NAMES or (NAME.fullmatch(core) and core not in SHORT)
    return not is_name and WORD.fullmatch(core) is not None


def formulas_in(line: str, behind_formula: bool = False) -> Iterator[tuple[int, int]]:
    """Where the formulas of a line stand."""
    if not SIGN.search(line):
        return
    if ASSIGNED.match(line) and (is_numpy(line) or assigns(line)):
        yield trimmed(line, 0, COMMENT.search(line).start())
        return
    signs = list(SIGNS.finditer(line))
    words = [is_word(sign[0]) for sign in signs]
    k = 0
    while k < len(signs):
        is_named = k == 0 and NAMED.match(line)
        if words[k] and not is_named:
            k += 1
            continue
        end = k + 1
        while end < len(signs) and not words[end]:
            end += 1
        tail = end
        if end < len(signs) and signs[end][0].strip(EDGES) in CONDITIONS:
            word = end + (end + 1 < len(signs) and signs[end + 1][0] in ("all", "any", "each", "every"))
            tail = word + 1
            while tail < len(signs) and not words[tail]:
                tail += 1
            condition = line[signs[word].end() : signs[tail - 1].end()]
            if not is_bare(condition) and signs[end][0].strip(EDGES) not in CONDITIONS[-2:]:
                tail = end
        before = signs[k - 1][0].strip(EDGES).lower() if k else ""
        start, stop = signs[k].start(), signs[end - 1].end()
        if is_formula(line[start:stop], before, k == 0, behind_formula, end == len(signs)):
            yield trimmed(line, start, signs[max(tail, end) - 1].end())
        k = max(tail, end)


def is_formula(run: str, before: str, first: bool, behind_formula: bool, last: bool) -> bool:
    """Has a run of signs a relation, and something on both its sides?"""
    sign = SIGN.search(run)
    core = run.strip(OUTER + ".,;:")
    if not sign or not re.search(r"[^\W\d_]", core) or SETTING.fullmatch(core):
        return False
    if before in CONDITIONS and is_bare(core):
        return False
    left, right = run[: sign.start()].strip(OUTER + "(:-"), run[sign.end() :].strip(OUTER + ".,;:)-")
    return bool(left or (first and (behind_formula or right))) and bool(right or last)


def trimmed(line: str, start: int, end: int) -> tuple[int, int]:
    """Without the marks of emphasis around it, and the stop behind it."""
    while start < end and line[start] in OUTER + "),;:":
        start += 1
    while end > start and line[end - 1] in OUTER + ".,;:":
        end -= 1
    return start, end


def goes_on_from(line: str) -> bool:
    """Is a line the rest of the formula before it?"""
    return OPERATOR.match(line) is not None and not re.match(r"\s*[=≈≤≥]", line)
