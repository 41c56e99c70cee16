"""Any text as passages in their order, each with its place: prose, headings, mathematics, code.

>>> document = read_passages("If $i = j$, then $$Y_i = X_j$$")
>>> [row.text for row in document.rows], [row.condition for row in document.rows]
(['i = j', 'Y_i = X_j'], ['', 'If $i = j$'])
"""

from helpers.read.passages.document import (
    Code,
    Document,
    Heading,
    Mathematics,
    Noise,
    Passage,
    Prose,
    Row,
    Unread,
)
from helpers.read.passages.places import Place, Text
from helpers.read.passages.reading import passages_of, read_passages

__all__ = [
    "Code", "Document", "Heading", "Mathematics", "Noise", "Passage", "Place", "Prose", "Row", "Text", "Unread",
    "passages_of", "read_passages",
]  # fmt: skip
