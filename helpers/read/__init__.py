"""Reads derivations as people write them: LaTeX, matrix notation, plain text, NumPy."""

from helpers.read.document import Layout, layout, read, statements_in
from helpers.read.statement import Statement, Written

__all__ = ["Layout", "Statement", "Written", "layout", "read", "statements_in"]
