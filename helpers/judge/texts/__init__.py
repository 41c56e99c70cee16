"""Judges a text by its own definitions: they say what is asked.

>>> for claim in mark_text_by_its_own("$y = a x$, so $\\\\frac{\\\\partial L}{\\\\partial x} = a \\\\frac{\\\\partial L}{\\\\partial y}$"):
...     print(claim.word, claim.latex)
"""

from helpers.judge.texts.marking import MarkedClaim, mark_text_by_its_own, shown

__all__ = ["MarkedClaim", "mark_text_by_its_own", "shown"]
