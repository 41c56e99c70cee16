"""Reads what people write, in LaTeX, matrix notation, plain text or NumPy: definitions, and lines of derivations."""

from helpers.lazily import lazily

__all__, __getattr__ = lazily(
    __name__,
    {
        "definitions": ("Ambiguous", "Unreadable", "define", "read_definitions"),
        "document": ("Layout", "layout", "read", "statements_in"),
        "statement": ("Statement", "Written"),
    },
)
