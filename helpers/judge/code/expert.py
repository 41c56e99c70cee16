"""What is known of one family beside its truth: mistakes that people make in it, and conventions that differ."""

from collections.abc import Iterator

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.truth import Truth
from helpers.verdict import Verdict

Suspect = tuple[Verdict, np.ndarray]
"""The verdict on a known mistake, and the array that it makes."""
Convention = tuple[Verdict, Truth]
"""The remark on a convention, and what is right under it."""


class Expert:
    """Knows a family; each has some of these."""

    def suspects(self, of: str, got: np.ndarray, want: np.ndarray, case: Case) -> Iterator[Suspect]:
        """Yield known mistakes in one quantity."""
        yield from ()

    def conventions(self, got: Arrays, case: Case, truth: Truth) -> Iterator[Convention]:
        """Yield conventions that may be those of a work with these results."""
        yield from ()
