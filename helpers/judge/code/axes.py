"""The axes of what a layer takes and returns, by the letters of its row: X (S, T, M) beside H0 (L, S, N)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helpers.compare.reference import family_of, layer_meant

TIMES = {"T": 5, "U": 6}
SIZES = (4, 3, 2, 8, 9, 10, 5, 6)
"""What letters are made that nothing says: TIMES, else the first that is free, so that no two are equal."""


@dataclass(frozen=True)
class Axes:
    """What a layer takes and returns, as far as the work takes it.

    name       of the family
    axes       the letters of the axes: {"X": "STM", "H0": "LSN", "U": "_N"}, _ for one without
    known      sizes that the layer says, and no array may tell: L, H
    inputs     the letters of what goes in, in its order
    outputs    those of what comes out behind Y
    upstream   those among them whose gradients backward takes
    optional   the results that a work may leave out
    integers   the inputs that are integers, and the letter of the size that they are below
    made       the letters of the sizes that a class is made with
    """

    name: str
    axes: Mapping[str, str]
    known: Mapping[str, int]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    upstream: tuple[str, ...]
    optional: frozenset[str]
    integers: Mapping[str, str]
    made: str

    def sizes(self, shapes: Mapping[str, tuple[int, ...]], given: Mapping[str, int]) -> dict[str, int]:
        """The size of each letter: as it is given, as the parameters have it, else one of its own."""
        known = self.bound(shapes) | dict(given)
        letters = "".join(self.axes[letter] for letter in self.inputs)
        known = {a: n for a, n in TIMES.items() if a in letters and n not in known.values()} | known
        free = (n for n in SIZES if n not in known.values())
        return {a: known[a] if a in known else next(free) for a in dict.fromkeys((*letters, *known))}

    def equal(self, shapes: Mapping[str, tuple[int, ...]], otherwise: int) -> dict[str, int]:
        """The sizes that can be chosen, all of them equal, to one of the parameters where there are any."""
        fixed = self.bound(shapes)
        n = next((fixed[a] for a in fixed if a not in self.known), otherwise)
        return {a: n for a in self.sizes(shapes, {}) if a not in fixed}

    def bound(self, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
        """The sizes that the letters have by the shapes of these arrays."""
        named = ((self.axes[of], shape) for of, shape in shapes.items() if of in self.axes)
        pairs = (pair for axes, shape in named for pair in zip(axes, shape, strict=False))
        return dict(self.known) | {a: n for a, n in pairs if a != "_"}


def axes_of(like: Any) -> Axes | None:
    """The axes of a layer whose row names them; None for another. Causal, its keys stand where its queries do."""
    layer = layer_meant(like)
    family = layer and family_of(layer)
    if not (family and family.axes):
        return None
    causal = getattr(like, "causal", False)
    return Axes(
        family.name,
        {of: a.replace("U", "T") if causal else a for of, a in family.axes.items()},
        {a: getattr(like, name, 1) for a, name in family.sizes.items()},
        tuple(of for of in layer.inputs if of in family.axes and of not in layer.booleans),
        layer.outputs,
        layer.outputs,
        frozenset((*layer.outputs, *(f"d{of}" for of in layer.optional))),
        family.below,
        family.made,
    )
