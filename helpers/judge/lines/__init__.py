"""Judges every line of a person's derivation on its own against the truth.

mark_text.py goes through a text, which_question.py finds the question of each chain, line_by_line.py holds each line
against the left side, kind_of_mistake.py decides what is wrong with it, and sentences.py says so.
"""

from helpers.judge.lines.line_by_line import mark_statement
from helpers.judge.lines.mark_text import mark, question_of, statements_of
from helpers.judge.lines.marked_lines import MarkedDerivation, MarkedLine

__all__ = ["MarkedDerivation", "MarkedLine", "mark", "mark_statement", "question_of", "statements_of"]
