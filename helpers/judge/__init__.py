"""Judges what a reader derives and writes: derivations line by line, code by diagnosis.

`mark_text` marks any text, by the text's own definitions; `mark` marks one in a question of this project.
`%load_ext helpers.judge` in a notebook registers the cell magic `%%mark`.
"""

from helpers.judge.code import Diagnosis, diagnose
from helpers.judge.door import mark_text
from helpers.judge.lines import MarkedDerivation, MarkedLine, mark
from helpers.judge.magic import load_ipython_extension
from helpers.judge.report import Report

__all__ = [
    "Diagnosis",
    "MarkedDerivation",
    "MarkedLine",
    "Report",
    "diagnose",
    "load_ipython_extension",
    "mark",
    "mark_text",
]
