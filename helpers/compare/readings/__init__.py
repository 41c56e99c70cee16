"""What a claim of a text means in numbers, under one reading of what the text leaves open.

choices                                 what is open, asked where it matters; sizes that are found where they must fit
values       roles                      numbers with named axes, rows and columns; who asks what of whom
derivatives  functions    evaluate      a tree as a value under one reading
room         matching     drawing       the definitions of a text; which of them is meant; letters without one
extents      outputs                    sizes that have a letter; a loss that the text leaves open
world                                   the letters of the text as tensors
"""
