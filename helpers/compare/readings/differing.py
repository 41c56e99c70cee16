"""Two arrays of numbers: equal where a claim is made, or by what they differ."""

from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from helpers.compare.difference import diagnose_difference
from helpers.compare.readings.choices import NotJudged
from helpers.compare.readings.claims import Claim, Outcome
from helpers.verdict import Difference, Entry, Kind

TOLERANCE = 1e-8


def difference(claim: Claim, names: tuple[str, ...], x: Tensor, y: Tensor, sizes: dict[str, int]) -> Outcome:
    """Equal, or by what they differ; under a condition on two indices only where it holds."""
    x, y = x.detach(), y.detach()
    if not (torch.isfinite(x).all() and torch.isfinite(y).all()):
        raise NotJudged("it is not finite")
    here = torch.ones_like(x)
    if claim.part.indices is not None:
        sign, i, j = claim.part.indices
        if i in names and j in names:
            here = here * where(names, x, sign, i, j)
        elif (i in names or j in names) and not equal(x, y, here):
            raise NotJudged(f"which of its entries are those where {i} {sign} {j}?")
    if equal(x, y, here):
        return Outcome("right", vanishes=not (x * here).abs().max() > TOLERANCE)
    if claim.part.indices is None:
        refuse_unsaid_case(names, x, y)
    got, want = (np.squeeze((v * here).numpy()) for v in (y, x))
    found = diagnose_difference(got, want, sizes)
    factor = found.factor if got.size == 1 and found is not None else None
    if (
        factor is not None and not factor.names and not np.isclose(factor.value, -1)
    ):  # as any two numbers have
        found = Difference(Kind.WRONG_VALUE, entry=Entry((), float(got), float(want)), many=1, size=1)
    return Outcome("wrong", difference=found)


def where(names: tuple[str, ...], x: Tensor, sign: str, i: str, j: str) -> Tensor:
    """1 where i = j, or where i ≠ j, with the axes of x."""
    a, b = names.index(i), names.index(j)
    m = torch.eye(x.shape[a], dtype=torch.float64)
    if m.shape[0] != x.shape[b]:
        raise NotJudged(f"{i} and {j} run over different axes")
    shape = [1] * x.dim()
    shape[a] = shape[b] = m.shape[0]
    return (m if sign == "=" else 1 - m).reshape(shape)


def refuse_unsaid_case(names: tuple[str, ...], x: Tensor, y: Tensor) -> None:
    """What is right where two indices differ is meant there, it may be; the text need not say so beside it."""
    for i, j in combinations(names, 2):
        if x.shape[names.index(i)] == x.shape[names.index(j)] > 1:
            here = torch.ones_like(x) * where(names, x, "≠", i, j)
            if (x * here).abs().max() > TOLERANCE and equal(x, y, here):
                raise NotJudged(f"it is right where {i} ≠ {j}: if it is meant only there, say so")


def equal(x: Tensor, y: Tensor, here: Tensor) -> bool:
    x, y = x.detach(), y.detach()
    scale = max(float((x * here).abs().max()), float((y * here).abs().max()), 1e-3)
    return float(((x - y) * here).abs().max()) <= TOLERANCE * scale
