"""Marks what a reader derives and writes: derivations line by line, code by diagnosis, exercises.

`%load_ext helpers.practise` in a notebook registers the cell magic `%%mark`.
"""

from helpers.practise.checks import same_expression, same_function, same_lines, same_number
from helpers.practise.diagnose import Diagnosis, diagnose
from helpers.practise.exercise import Exercise, Mark
from helpers.practise.judging import mark
from helpers.practise.magic import load_ipython_extension
from helpers.practise.marked import MarkedDerivation, MarkedLine

__all__ = [
    "Diagnosis",
    "Exercise",
    "Mark",
    "MarkedDerivation",
    "MarkedLine",
    "diagnose",
    "load_ipython_extension",
    "mark",
    "same_expression",
    "same_function",
    "same_lines",
    "same_number",
]
