"""Every line of a person's derivation on its own against the truth."""

from helpers.judge.lines.marked import MarkedDerivation, MarkedLine
from helpers.judge.lines.marking import mark

__all__ = ["MarkedDerivation", "MarkedLine", "mark"]
