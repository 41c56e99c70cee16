"""Reads derivations as people write them: LaTeX, matrix notation, plain text, NumPy."""

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
