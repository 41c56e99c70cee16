r"""X_{i+m} in numbers: the entries of an axis along a window that moves; 0 beyond its ends, as under a padding."""

import torch
from torch import Tensor

from helpers.compare.readings.choices import NotJudged
from helpers.compare.readings.roles import Meaning
from helpers.read.claims.windows import is_window, shifts


def opened(ev: Meaning, t: Tensor, indices: tuple[str, ...]) -> tuple[Tensor, tuple[str, ...]]:
    """Each axis with such an index as several, one for each letter of the index."""
    names: list[str] = []
    for index in indices:
        if not is_window(index):
            names.append(index)
            continue
        signs, number = shifts(index)
        t = along(t, len(names), places(ev, signs, number))
        names += signs
    return t, tuple(names)


def places(ev: Meaning, signs: dict[str, int], number: int) -> Tensor:
    """Where on the axis each combination of the letters points, from 0 on."""
    first = start(ev, signs)
    at = torch.tensor(number - first)
    for letter, sign in signs.items():
        size = ev.frame[0].get(letter)
        if size is None:
            raise NotJudged(f"how far does {letter} run?")
        at = at.unsqueeze(-1) + sign * (torch.arange(size) + first)
    return at


def start(ev: Meaning, letters: dict[str, int]) -> int:
    """Where the text counts from: where its sums over these letters begin, or 0."""
    starts = {getattr(first, "text", None) for x in letters for first, _ in ev.letters.ranges.get(x, ())}
    known = starts - {None}
    if len(known) > 1:
        raise NotJudged("do the indices begin at 0 or at 1?")
    return int(next(iter(known), "0"))


def along(t: Tensor, axis: int, at: Tensor) -> Tensor:
    """The axis at these places, which become axes in its place."""
    inside = (at >= 0) & (at < t.shape[axis])
    taken = t.index_select(axis, at.clamp(0, t.shape[axis] - 1).flatten())
    taken = taken.reshape(*t.shape[:axis], *at.shape, *t.shape[axis + 1 :])
    return taken * inside.reshape(*at.shape, *[1] * (t.dim() - axis - 1))
