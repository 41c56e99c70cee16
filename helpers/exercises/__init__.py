"""Exercises that a machine marks, one file a notebook.

The machine is in machine/, problems with drawn numbers are in drills/.
"""

from helpers.exercises.machine.checks import same_expression, same_function, same_lines, same_number
from helpers.exercises.machine.drill import Problem, drill
from helpers.exercises.machine.exercise import Exercise, Mark, changed

__all__ = [
    "Exercise",
    "Mark",
    "Problem",
    "changed",
    "drill",
    "same_expression",
    "same_function",
    "same_lines",
    "same_number",
]
