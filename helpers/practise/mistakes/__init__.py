"""Real mistakes, rewritten small: those that public solutions of the course hold, and those that learners tell of."""

from helpers.practise.mistakes import activations, losses
from helpers.practise.mistakes.linear import LINEAR
from helpers.practise.mistakes.mistake import Family, Mistake
from helpers.practise.mistakes.softmax import SOFTMAX

FAMILIES = (LINEAR, *activations.FAMILIES, SOFTMAX, *losses.FAMILIES)
MISTAKES = tuple(mistake for family in FAMILIES for mistake in family.mistakes)

__all__ = ["FAMILIES", "MISTAKES", "Family", "Mistake"]
