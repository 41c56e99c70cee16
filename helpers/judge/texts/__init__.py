r"""Judges a text by its own definitions: they say what is asked.

>>> text = r"$y = a x$, $\frac{\partial L}{\partial x} = a \frac{\partial L}{\partial y}$"
>>> [claim.word for claim in mark_text_by_its_own(text)]
['definition', 'right']

Each file imports only files before it, in this order of reading:

readings     grammar                         what a text leaves open; claims as trees, with derivatives
statements   letters                         a text to its chains of equalities; which scripts are indices
values       roles                           numbers with named axes, rows and columns; who asks what of whom
derivatives  functions    evaluate           a tree as a value under one reading
world        families                        letters as tensors; what a heading names without defining it
judging      marking                         each claim under each reading; the door
"""

from helpers.judge.texts.marking import MarkedClaim, mark_text_by_its_own, shown

__all__ = ["MarkedClaim", "mark_text_by_its_own", "shown"]
