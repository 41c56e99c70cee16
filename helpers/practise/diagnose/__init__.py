"""What is wrong with a layer that a reader wrote: a battery of inputs that ends in a sentence."""

from helpers.practise.diagnose.diagnosing import diagnose
from helpers.practise.diagnose.finding import KINDS, Diagnosis, Finding

__all__ = ["KINDS", "Diagnosis", "Finding", "diagnose"]
