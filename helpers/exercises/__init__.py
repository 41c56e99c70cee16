"""Exercises that a machine marks, one file a notebook; the machine is in machine/."""

from helpers.exercises.machine.checks import same_expression, same_function, same_lines, same_number
from helpers.exercises.machine.exercise import Exercise, Mark, changed

__all__ = ["Exercise", "Mark", "changed", "same_expression", "same_function", "same_lines", "same_number"]
