"""Reads definitions, in any notation, as a chain that can be derived from.

Each file imports only files before it, in this order of reading:

errors       names                           what cannot be read; the functions and letters that have a name
tokens       syntax    cursor                text to tokens with their places; the tree, the same for each notation
scripts      bounds    layouts   refusals    what stands below and above; what a sum runs over; cases; what cannot stand
grammar      numpy_text     program_text     LaTeX and keyboard to the tree; Python's own tree to ours
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

from helpers.lazily import lazily

__all__, __getattr__ = lazily(
    __name__,
    {
        "chain": ("Reading", "define", "read_definitions"),
        "errors": ("Ambiguous", "Unreadable"),
    },
)
