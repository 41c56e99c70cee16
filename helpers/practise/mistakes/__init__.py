"""Real mistakes, rewritten small: those that public solutions of the course hold, and those that learners tell of."""

from helpers.practise.mistakes import activations, losses, pooling
from helpers.practise.mistakes.batch_norm import BATCH_NORM
from helpers.practise.mistakes.convolution import CONVOLUTION
from helpers.practise.mistakes.dropout import DROPOUT
from helpers.practise.mistakes.layer_norm import LAYER_NORM
from helpers.practise.mistakes.linear import LINEAR
from helpers.practise.mistakes.mistake import Family, Mistake
from helpers.practise.mistakes.softmax import SOFTMAX

FAMILIES = (
    LINEAR,
    *activations.FAMILIES,
    SOFTMAX,
    *losses.FAMILIES,
    BATCH_NORM,
    LAYER_NORM,
    DROPOUT,
    CONVOLUTION,
    *pooling.FAMILIES,
)
MISTAKES = tuple(mistake for family in FAMILIES for mistake in family.mistakes)

__all__ = ["FAMILIES", "MISTAKES", "Family", "Mistake"]
