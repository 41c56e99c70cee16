r"""A text's claims as trees: its statements, chains of equalities with their places, and what each letter in them is.

grammar                    claims as trees, with derivatives and functions of the text
statements                 a document to its chains of equalities
letters                    which scripts are indices, which letters are sizes, losses, functions
"""
