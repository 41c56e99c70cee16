"""Real mistakes, rewritten small: those that public solutions of the course hold, and those that learners tell of."""

from typing import Any

from helpers.compare.reference import layer_named
from helpers.exercises import mistakes
from helpers.exercises.mistakes import Family, Mistake
from tests.corpus.mistakes import attention, pooling, sequences
from tests.corpus.mistakes.batch_norm import BATCH_NORM
from tests.corpus.mistakes.convolution import CONVOLUTION
from tests.corpus.mistakes.dropout import DROPOUT
from tests.corpus.mistakes.layer_norm import LAYER_NORM

FAMILIES = (
    *mistakes.FAMILIES,
    BATCH_NORM,
    LAYER_NORM,
    DROPOUT,
    CONVOLUTION,
    *pooling.FAMILIES,
    *sequences.FAMILIES,
    *attention.FAMILIES,
)
MISTAKES = tuple(mistake for family in FAMILIES for mistake in family.mistakes)


def like(family: str) -> Any:
    """The layer of this name, with the arguments that the source in the corpus has: it is held to PyTorch."""
    arguments = next(f.arguments for f in FAMILIES if f.name == family)
    return layer_named(family)(*arguments) if arguments else layer_named(family)


__all__ = ["FAMILIES", "MISTAKES", "Family", "Mistake", "like"]
