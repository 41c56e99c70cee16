"""Diagnoses a layer or a loss that a reader wrote: a battery of inputs that ends in a sentence.

`diagnose_work` takes the work and sets up what is right (`truth`); `layer_object` and `two_functions` call it,
under the time limits of `guard`. `battery` goes through the stages, `bench` runs one input. `kind_of_mistake`
decides the kind of a mistake, with the arrays of `known_mistakes` and `normalised`; `dropout` is judged by its
mask. `sentences` turns the verdicts into words, last.
"""

from helpers.judge.code.diagnose_work import diagnose
from helpers.judge.code.diagnosis import Diagnosis

__all__ = ["Diagnosis", "diagnose"]
