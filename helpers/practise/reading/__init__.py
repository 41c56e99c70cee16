"""Reads derivations as people write them: LaTeX, matrix notation, plain text, NumPy."""

from helpers.practise.reading.document import read
from helpers.practise.reading.statement import Statement, Written

__all__ = ["Statement", "Written", "read"]
