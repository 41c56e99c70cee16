"""Reads definitions, in any notation, as a chain that can be derived from.

Each file imports only files before it, in this order of reading:

errors       names                           what cannot be read; the functions and letters that have a name
tokens       syntax    cursor                text to tokens with their places; the tree, the same for each notation
scripts      bounds    layouts   refusals    what stands below and above; what a sum runs over; cases; what cannot stand
grammar      numpy_text                      LaTeX and keyboard to the tree; Python's own tree to ours
segments     statements                      a text to its definitions, and to what it says of letters
functions    letters                         functions put in; which subscripts are indices
doubts       survey    order                 what a text leaves open; what is used where, and in which order
axes         values    scope                 axes that become one where they must; arrays; letters for indices
operations   products  reductions            sums, products, norms: which axes fit, and what an entry is
ranks        entries                         how many axes a letter has; letters with indices
calls        cases     totals                functions, cases, Σ as arrays
meaning      run       search                a tree as an array; a text under one reading; the likeliest reading
chain                                        the door: text to chain
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.read.definitions.chain import Reading, define, read_definitions
    from helpers.read.definitions.errors import Ambiguous, Unreadable

__all__ = ["Ambiguous", "Reading", "Unreadable", "define", "read_definitions"]

HOMES = {
    "Ambiguous": "helpers.read.definitions.errors",
    "Reading": "helpers.read.definitions.chain",
    "Unreadable": "helpers.read.definitions.errors",
    "define": "helpers.read.definitions.chain",
    "read_definitions": "helpers.read.definitions.chain",
}


def __getattr__(name: str) -> Any:
    """Load a module when a name of it is asked for: each costs time."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
