"""Explains what is wrong in a layer of sequences by the mistakes that people make in it, each made in PyTorch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from helpers.compare.reference import family_of, layer_meant
from helpers.compare.slipped import SLIPS, Slip
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.kind_of_mistake import agree
from helpers.judge.code.truth import Torch
from helpers.verdict import Verdict, wrong


@dataclass(frozen=True)
class Slips:
    """Knows the mistakes of one family: `like` is right, and `truth` PyTorch's function for it."""

    name: str
    like: Any
    truth: Torch

    def explain(self, values: Arrays, right: Arrays, case: Case) -> Iterator[Verdict]:
        """Yield a verdict for each mistake that makes some of what is wrong; the one that makes the most first."""
        made = [(slip, self.made(slip, case)) for slip in SLIPS[self.name](self.like, case.sizes)]
        left = {of for of, A in values.items() if of in right and not agree(A, right[of])}
        while left:
            fits = [
                ([of for of in right if of in left and agree(values[of], A[of])], slip) for slip, A in made
            ]
            hits, slip = max(fits, key=lambda fit: len(fit[0]))
            if not hits:
                return
            hits += [of for of in right if of in left & slip.spoils and of not in hits]
            left -= {*hits}
            reaches = [] if case.value in hits else hits
            pieces = {"case": slip.case, "also": tuple(hits[1:]), "reaches": reaches, **slip.pieces}
            yield wrong(slip.kind, hits[0], **pieces)

    def made(self, slip: Slip, case: Case) -> Arrays:
        """Return all that comes out with a mistake, but what is right all the same."""
        return Torch(slip.function, self.truth.inputs, self.truth.outputs)(case)


def slips_of(like: Any, truth: Any) -> Slips | None:
    """Return who knows the mistakes of a layer of this project; None for another, and where PyTorch is not there."""
    family = like is not None and family_of(layer_meant(like) or object)
    known = family and family.name in SLIPS and isinstance(truth, Torch) and type(like) is layer_meant(like)
    return Slips(family.name, like, truth) if known else None
