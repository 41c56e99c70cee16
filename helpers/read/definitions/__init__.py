"""Reads definitions, in any notation, as a chain that can be derived from.

Each file imports only files before it, in this order of reading:

errors       names                           what cannot be read; the functions and letters that have a name
tokens       syntax    cursor                text to tokens with their places; the tree, the same for each notation
scripts      grammar   numpy_text            LaTeX and keyboard to the tree; Python's own tree to ours
segments     statements                      a text to its definitions, and to what it says of letters
functions    letters   survey   order        functions put in; which subscripts are indices; what is used where
axes         values    scope                 axes that become one where they must; arrays; letters for indices
operations   reductions                      sums, products, norms: which axes fit, and what an entry is
entries      calls     cases    totals       letters with indices, functions, cases, Σ as arrays
meaning      run       search                a tree as an array; a text under one reading; the likeliest reading
chain                                        the door: text to chain
"""

from helpers.read.definitions.chain import Reading, define, read_definitions
from helpers.read.definitions.errors import Ambiguous, Unreadable

__all__ = ["Ambiguous", "Reading", "Unreadable", "define", "read_definitions"]
