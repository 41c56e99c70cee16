"""Marks what a reader derives and writes."""

from helpers.practise.checks import same_expression, same_function, same_number
from helpers.practise.exercise import Exercise, Mark

__all__ = ["Exercise", "Mark", "same_expression", "same_function", "same_number"]
