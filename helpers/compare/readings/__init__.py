"""What a claim of a text means in numbers, under one reading of what the text leaves open.

choices                                          what is open, asked where it matters; sizes, found where they must fit
effort                                           how much is spent on a text, counted
values       roles        stacks                 numbers with named axes, rows and columns; who asks what of whom
derivatives  differentials                       autograd by a letter, and along a direction
functions    unrolled     programs   evaluate    a tree as a value; a formula of NumPy as NumPy has it
room         steps        drawing                the definitions of a section; which is meant; letters without one
extents      outputs      world                  sizes that have a letter; an open loss; the letters as tensors
worlds                                           the worlds of a room, which share what they have in common
claims       differing    comparing              an equality, and both of its sides held together
"""
