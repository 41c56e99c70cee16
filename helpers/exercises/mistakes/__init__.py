"""Real mistakes, rewritten small, for exercises that plant them."""

from helpers.exercises.mistakes import activations, losses
from helpers.exercises.mistakes.linear import LINEAR
from helpers.exercises.mistakes.mistake import Family, Mistake
from helpers.exercises.mistakes.softmax import SOFTMAX

FAMILIES = (LINEAR, *activations.FAMILIES, SOFTMAX, *losses.FAMILIES)

__all__ = ["FAMILIES", "Family", "Mistake"]
