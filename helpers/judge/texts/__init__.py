r"""Judges a text by its own definitions: they say what is asked.

>>> text = r"$y = a x$, $\frac{\partial L}{\partial x} = a \frac{\partial L}{\partial y}$"
>>> [claim.word for claim in mark_text_by_its_own(text)]
['definition', 'right']

families     what a heading names without defining it
sections     which definitions hold where
judging      each claim under each reading that it distinguishes
verdicts     the readings that the rest of the text allows, and what a claim is under them
slips        single changes of a formula, each of which may undo a mistake
vocabulary   what else may have been meant
witness      what testifies that a line is a mistake and was not misread
marked_claims  a claim with its verdict, as a line of a report
typeset      a tree as LaTeX again
python_text  a tree as NumPy again
marking      the door
"""

from helpers.judge.texts.marked_claims import MarkedClaim, TextLine, lines_of
from helpers.judge.texts.marking import Marked, judged, mark_text_by_its_own

__all__ = ["Marked", "MarkedClaim", "TextLine", "judged", "lines_of", "mark_text_by_its_own"]
