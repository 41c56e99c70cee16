"""Definitions in words: "Our $g$ is tanh" says g(x) = tanh(x)."""

import re

from helpers.read.passages import Mathematics, Passage, Prose, Row
from helpers.read.passages.places import fixed

FUNCTIONS = {
    "tanh": r"\tanh(x)",
    "hyperbolic tangent": r"\tanh(x)",
    "sigmoid": r"\frac{1}{1 + e^{-x}}",
    "logistic": r"\frac{1}{1 + e^{-x}}",
    "relu": r"\max(0, x)",
    "rectified linear unit": r"\max(0, x)",
}
IS = re.compile(
    rf"\s*(?:is|denotes|represents|=)\s+(?:here\s+|just\s+)?(?:the\s+|a\s+)?(?P<name>{'|'.join(FUNCTIONS)})\b"
    r"(?:\s+(?:activation\s+)?function)?(?!\s*(?:or|of|derivative|unit|layer|neuron|output|loss))",
    re.I,
)
LETTER = re.compile(r"\\[a-z]+|[a-z]")


def said_of(formula: Passage, behind: Passage | None) -> list[Row]:
    """The function that words behind a letter say it is."""
    if not (isinstance(formula, Mathematics) and isinstance(behind, Prose)) or formula.block != behind.block:
        return []
    text, said = formula.rows[-1].text.strip(), IS.match(behind.text)
    if not said or not LETTER.fullmatch(text):
        return []
    function = f"{text}(x) = {FUNCTIONS[said['name'].lower()]}"
    source, at = behind.text.source, behind.text.offset(said.start("name"))
    return [Row(fixed(function, source, at, len(said["name"])))]
