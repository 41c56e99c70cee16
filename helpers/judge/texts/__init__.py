r"""Judges a text by its own definitions: they say what is asked.

>>> text = r"$y = a x$, $\frac{\partial L}{\partial x} = a \frac{\partial L}{\partial y}$"
>>> [claim.word for claim in mark_text_by_its_own(text)]
['definition', 'right']

families     what a heading names without defining it
judging      each claim under each reading, and the readings that the rest of the text allows
marking      the door
"""

from helpers.judge.texts.marking import MarkedClaim, mark_text_by_its_own, shown

__all__ = ["MarkedClaim", "mark_text_by_its_own", "shown"]
