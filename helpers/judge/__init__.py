"""Judges what a reader derives and writes: derivations line by line, code by diagnosis.

`%load_ext helpers.judge` in a notebook registers the cell magic `%%mark`.
"""

from helpers.judge.code import Diagnosis, diagnose
from helpers.judge.lines import MarkedDerivation, MarkedLine, mark
from helpers.judge.magic import load_ipython_extension

__all__ = ["Diagnosis", "MarkedDerivation", "MarkedLine", "diagnose", "load_ipython_extension", "mark"]
