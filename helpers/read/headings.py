"""Which questions the heading over a line names: "## Layer norm", \\section{Softmax}, **tanh**, or a line of its own.

A heading holds until one of its level or above; one without a name holds on to that of the section it stands in.
"""

import re
from collections.abc import Iterator

from helpers.families import FAMILIES, pattern, spelled

NAMES = {
    heading: tuple(
        name for family in FAMILIES if heading in family.headings for name in family.question_names
    )
    for heading in sorted({h for family in FAMILIES for h in family.headings}, key=lambda h: (-len(h), h))
}
"""Which questions each heading names, the longer ones first: "softmax cross-entropy" is not "softmax"."""
NAMED = re.compile("|".join(f"(?P<q{k}>{pattern(heading)})" for k, heading in enumerate(NAMES)))
PLAIN = re.compile(
    r"\b(?:the|an?|of|for|its?|my|and|with|from|in|layers?|loss|functions?|gradients?|derivatives?|derivation|formulas?"
    r"|backward|forward|backpropagation|pass|step|exercise|question|part|section|answer|solution|proof|[a-z]|\d+)\b"
)
"""Words that name no subject: "1. The softmax layer, backward pass" is a title, a sentence about it is none."""
SECTIONS = ("title", "part", "chapter", "section", "subsection", "subsubsection", "paragraph", "textbf")
HEADING = re.compile(
    rf"\\(?P<section>{'|'.join(SECTIONS)})\*?\{{(?P<titled>[^{{}}\n]+)\}}"
    r"|^[ \t]*(?:(?P<marks>\#{1,6})[ \t]+(?P<marked>.+)"
    r"|(?P<stars>\*\*|__)(?P<bold>.+?)(?P=stars)[ \t]*[:.]?[ \t]*$"
    r"|(?P<line>[^=$\\\n]{2,80})$)",
    re.MULTILINE,
)
FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE)
DEEPEST = len(SECTIONS)


def headings(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(where it ends, the questions that hold from there on) of each heading."""
    fences = [found.span() for found in FENCED.finditer(text)]
    holding: list[tuple[int, tuple[str, ...]]] = [(-1, ())]
    for found in HEADING.finditer(text):
        words = spelled(found["marked"] or found["bold"] or found["titled"] or found["line"])
        names, general = named(words), not PLAIN.sub("", NAMED.sub("", words)).strip()
        remark = found["line"] or any(begin <= found.start() < end for begin, end in fences)
        if (not names and (general or remark)) or (remark and not general):
            continue
        level = DEEPEST if remark else level_of(found)
        while holding[-1][0] >= level:
            holding.pop()
        holding.append((level, names or holding[-1][1]))
        yield found.end(), holding[-1][1]


def level_of(found: re.Match) -> int:
    """0 of the title, larger the deeper."""
    if found["marks"]:
        return len(found["marks"])
    return SECTIONS.index(found["section"] or "textbf")


def named(words: str) -> tuple[str, ...]:
    """The questions that a title names, in its order."""
    found = [[*NAMES.values()][int(m.lastgroup[1:])] for m in NAMED.finditer(words)]
    return tuple(dict.fromkeys(name for questions in found for name in questions))
