"""What is wrong with a layer that a reader wrote: a battery of inputs that ends in a sentence."""

from helpers.judge.code.diagnosing import diagnose
from helpers.judge.code.diagnosis import Diagnosis

__all__ = ["Diagnosis", "diagnose"]
