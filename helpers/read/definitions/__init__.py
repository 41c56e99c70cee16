"""Reads definitions, in any notation, as a chain that can be derived from.

Each file imports only files before it, in this order of reading:

errors       tokens                  what cannot be read; letters, numbers and signs with their places
syntax       names                   the tree, the same for each notation; the functions that have a name
cursor       scripts  grammar  numpy_text   LaTeX and keyboard to the tree; Python's own tree to ours
statements   letters                 a text to its definitions; which subscripts are indices
axes         values    operations    axes that become one where they must; arrays of which axes and entries are known
meaning      readings                a tree to its array; all the readings of a text, the likeliest first
define                               text to chain
"""

from helpers.read.definitions.chain import Reading, define, read_definitions
from helpers.read.definitions.errors import Ambiguous, Unreadable

__all__ = ["Ambiguous", "Reading", "Unreadable", "define", "read_definitions"]
