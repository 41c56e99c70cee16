"""Reads derivations as people write them: LaTeX, matrix notation, plain text, NumPy."""

from helpers.practise.reading.document import Layout, layout, read, statements_in
from helpers.practise.reading.statement import Statement, Written

__all__ = ["Layout", "Statement", "Written", "layout", "read", "statements_in"]
