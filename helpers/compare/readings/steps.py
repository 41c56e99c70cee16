"""The layers and times that letters stand for, as numbers, and the definition that fits at one of them."""

from typing import Any

from helpers.read.claims.letters import Key, Letters
from helpers.read.claims.times import LAYERS, TOPS, base_of
from helpers.read.definitions.syntax import Letter, walk

TOP, LAYER, EARLIER = 3, 2, 1
"""The layers that letters stand for: L, l, and l in the second draw."""
LAST, NOW, BEFORE, FIRST = 4, 3, 2, 1
"""The times that letters stand for: T, t, t in the second draw, and any other, as k of h_k beside h_t."""
HIGHEST = 12
"""No layer or time is looked for above this one: a recursion that is anchored nowhere ends."""


class Steps:
    """The numbers of a draw; a definition has others while it is evaluated.

    Of a step that stands `alone`, what was before is given: no definition holds there.
    """

    def __init__(self, letters: Letters, draw: int, alone: bool = False) -> None:
        self.letters, self.alone = letters, alone
        layer, time = (LAYER, NOW) if draw == 0 else (EARLIER, BEFORE)
        here = {s for s in letters.steps if s not in letters.tops}
        self.of_claim = {s: layer if s in LAYERS else time if s in letters.shifted else FIRST for s in here}
        self.times = here - {*LAYERS}
        self.now = max((n for s, n in self.of_claim.items() if s in self.times), default=NOW)
        self.here: dict[str, int] = {}

    def number(self, base: str) -> int | None:
        """What a letter stands for; None where it is no layer or time."""
        if base in self.here:
            return self.here[base]
        if base in self.letters.tops:
            return self.last(base)
        return self.of_claim.get(base)

    def last(self, top: str) -> int:
        return TOP if top in TOPS or not self.times else LAST

    def concrete(self, label: tuple) -> tuple:
        """The scripts of a letter with numbers for layers and times."""
        out = []
        for kind, s in label:
            base, shift = s if isinstance(s, tuple) else (s, 0)
            n = self.number(base)
            if n is not None:
                out.append((kind, n + shift))
            elif base.isdigit() and self.of_claim:
                out.append((kind, int(base)))
            else:
                out.append((kind, s))
        return tuple(out)

    def time_of(self, label: tuple) -> int | None:
        """The time of a loss, L_t; None for a loss of all of a text."""
        numbers = [s for _, s in label if isinstance(s, int)]
        return numbers[0] if len(label) == len(numbers) == 1 and self.times else None

    def definition_of(self, definitions: list[Any], label: tuple) -> tuple[Any, dict[str, int]] | None:
        """The definition that fits a letter's numbers best, and what its layers and times stand for."""
        best, best_rank = None, -1
        for d in definitions:
            steps, rank = {}, 2
            if len(d.key[1]) != len(label):
                continue
            for (kind, pattern), (kind_of_label, value) in zip(d.key[1], label, strict=True):
                fit = self.fit(d, definitions, pattern, value, steps) if kind == kind_of_label else None
                if fit is None:
                    break
                rank = fit if fit != 2 else rank
            else:
                if rank > best_rank:
                    best, best_rank = (d, steps), rank
        return best

    def fit(self, d: Any, definitions: list[Any], pattern, value, steps: dict[str, int]) -> int | None:
        """How well a script of a definition fits one of a letter: 4 its number, 3 the top, 2 alike, 1 any."""
        base, shift = pattern if isinstance(pattern, tuple) else (pattern, 0)
        if base not in self.letters.steps or not isinstance(value, int):
            same = isinstance(value, int) and base.isdigit() and not shift and int(base) == value
            return 4 if same else 2 if pattern == value else None
        top = base in self.letters.tops
        if top and not shift and value == self.last(base):
            return 3
        if top and (shift or (not d.derives and any(is_general(o) for o in definitions if o is not d))):
            return None
        if self.alone and base in self.times and value - shift < self.now:
            return None
        if value - shift < (0 if d.begins_at_zero else 1):
            return None
        steps[base] = value - shift
        return 0 if top else 1


def is_general(d: Any) -> bool:
    """Does a definition hold for any layer or time?"""
    return any(base_of(s) in d.letters.steps - d.letters.tops for _, s in d.key[1])


def is_shifted(key: Key, letters: Letters) -> bool:
    """Is it a letter of another time, as h_{t-1}?"""
    return any(isinstance(s, tuple) and s[0] in letters.steps for _, s in key[1])


def begin_at_zero(definitions: dict[str, list[Any]]) -> None:
    """Where a text defines a^0, h^t = f(a^t) holds from 0 on."""
    first = {name for name, ds in definitions.items() if any(s == "0" for d in ds for _, s in d.key[1])}
    for ds in definitions.values():
        for d in ds:
            within = [n for n in walk(d.right) if isinstance(n, Letter)]
            keys = [d.letters.slots(n).key for n in within]
            d.begins_at_zero = bool({n.name for n in within} & first) and not any(
                is_shifted(key, d.letters) for key in keys
            )
