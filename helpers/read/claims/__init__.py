r"""A text's claims as trees: its statements, chains of equalities with their places, and what each letter in them is.

From the text to a statement, in this order of reading:

tidy      braces     probabilities            the tokens of a formula without what only decorates it
notation                                      which letters of the text are functions, which are losses
pieces    noise                               a row in its equalities, and what claims nothing
trees     calculus   stacked     grammar      one side as a tree, with derivatives
parts     limits     sizes       facts        what a statement is, where it holds, what it says beside
programs                                      lines of NumPy, by Python's own parser
statements                                    a document to its chains of equalities
asking    times      units       samples      what one asks of a tree; which scripts are times, layers, samples
letters   spoken                              what each letter of the whole text is, and how its author reads it
"""
