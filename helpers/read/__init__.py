"""Reads what people write, in LaTeX, matrix notation, plain text or NumPy: definitions, and lines of derivations."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

HOMES = {
    "Ambiguous": "helpers.read.definitions",
    "Layout": "helpers.read.document",
    "Statement": "helpers.read.statement",
    "Unreadable": "helpers.read.definitions",
    "Written": "helpers.read.statement",
    "define": "helpers.read.definitions",
    "layout": "helpers.read.document",
    "read": "helpers.read.document",
    "read_definitions": "helpers.read.definitions",
    "statements_in": "helpers.read.document",
}


def __getattr__(name: str) -> Any:
    """Load a module when a name of it is asked for: each costs time."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
