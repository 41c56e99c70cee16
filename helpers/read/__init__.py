"""Reads what people write, in LaTeX, matrix notation, plain text or NumPy: definitions, and lines of derivations."""

from helpers.read.definitions import Ambiguous, Unreadable, define, read_definitions
from helpers.read.document import Layout, layout, read, statements_in
from helpers.read.statement import Statement, Written

__all__ = [
    "Ambiguous",
    "Layout",
    "Statement",
    "Unreadable",
    "Written",
    "define",
    "layout",
    "read",
    "read_definitions",
    "statements_in",
]
