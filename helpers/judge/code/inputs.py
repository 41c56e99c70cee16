"""The inputs of the battery: ordinary ones at chosen sizes, and rows in which some mistakes alone show."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from helpers.compare.loss_ranges import Range
from helpers.judge.code.axes import Axes
from helpers.judge.code.case import Case
from helpers.judge.code.draws import drawn, normal
from helpers.judge.code.truth import Truth

EXTREMES = [[800, 799, 0], [0, 1, 2], [-800, -801, -802], [1e4, -1e4, 0], [100, -100, 20], [300, 0, -300]]
TIES = [[0, 0, 0], [1, 1, 0], [-0.0, 2, 2], [-1, -1, -1], [0, -1, 0]]
CERTAIN = [[1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]]  # probabilities of 0 where T is 0 too
EVEN = np.full((3, 3), 1 / 3)
TIES_OF = {"rows": EVEN, "unit": np.full((3, 3), 0.5), "log rows": np.log(EVEN)}
EXTREMES_OF = {
    "rows": (CERTAIN, [0, 1, 2]),
    "unit": ([[1e-3, 0.999, 0.5]], [1]),
    "moderate": ([[20, -20, 0]], [1]),
    "log rows": ([[-800, -1e-9, -30], [-1, -1, -1]], [1, 2]),
}
"""Rows for X, and the classes of T."""


@dataclass
class Inputs:
    """Makes cases for parameters of these shapes, with an X of this range; of a loss with a T of its range."""

    shapes: dict[str, tuple[int, ...]]
    loss: bool
    range: Range
    X: np.ndarray | None
    dtype: type = np.float64
    row: Axes | None = None
    classes: int | None = None  # of a network with its loss: the width of T
    fixed: frozenset[str] = frozenset({"T"})  # inputs whose gradient nobody asks for

    @property
    def W(self) -> tuple[int, ...] | None:
        """Return the shape of the first matrix."""
        return next((shape for shape in self.shapes.values() if len(shape) == 2), None)

    def ordinary(
        self, truth: Truth, S: int, MN: tuple[int, int] | None = None, seed: int = 0, **further: int
    ) -> Case:
        """S samples at the layer's own size, or at M and N; of a layer with axes, further sizes by their letters."""
        rng = np.random.default_rng(seed)
        if self.row:
            return self.finished(self.by_row({"S": S} | further, rng), truth, rng)
        shapes = dict(self.shapes)
        if MN and shapes:
            shapes = {key: MN[::-1] if len(shape) == 2 else MN[1:] for key, shape in shapes.items()}
        width = (MN[0],) if MN else self.X.shape[1:] if self.X is not None else self.W[1:] if self.W else (3,)
        X = drawn(self.range.X, (S, *width), rng)
        params = {key: 0.5 * normal(shape, rng) for key, shape in shapes.items()}
        T = drawn(self.range.T, (*X.shape[:-1], self.classes or X.shape[-1]), rng) if self.loss else None
        return self.finished(Case(X, params, T, fixed=self.fixed), truth, rng)

    def by_row(self, given: dict[str, int], rng: np.random.Generator) -> Case:
        """Return a case of these sizes, each input with the axes of its row; an id may come more than once."""
        row, sizes = self.row, self.row.sizes(self.shapes, given)

        def of_row(letter: str) -> np.ndarray:
            shape = tuple(sizes[a] for a in row.axes[letter])
            below = row.integers.get(letter)
            return rng.integers(sizes[below], size=shape) if below else normal(shape, rng)

        first, *more = row.inputs
        X, more = of_row(first), {letter: of_row(letter) for letter in more}
        params = {key: 0.5 * normal(shape, rng) for key, shape in self.shapes.items()}
        return Case(X, params, first=first, more=more, row=row)

    @property
    def images(self) -> bool:
        """Whether X is given, nothing is learned and no loss is measured, as in pooling."""
        return self.X is not None and not self.shapes and not self.loss

    def ties(self, truth: Truth) -> Case:
        """Return entries that are equal, and exactly 0."""
        if self.images:
            rng = np.random.default_rng(0)
            few = rng.integers(-1, 2, (5, *self.X.shape[1:])).astype(float)
            return self.finished(Case(few), truth, rng)
        return self.rows(truth, TIES_OF.get(self.range.X, TIES), [0, 1, 2, 1, 0])

    def extremes(self, truth: Truth) -> Case:
        """Return large numbers beside ordinary ones; of probabilities those that are exactly 0."""
        return self.rows(truth, *EXTREMES_OF.get(self.range.X, (EXTREMES, [2, 1, 0, 1, 1, 2])))

    def rows(self, truth: Truth, X: Any, classes: list[int]) -> Case:
        T = np.eye(3)[classes[: len(X)]] if self.loss else None
        if self.loss and self.range.T not in ("one-hot", "binary"):
            T = drawn(self.range.T, T.shape, np.random.default_rng(0))
            T = T.round() if self.range.T == "real" else T  # equal to X here and there
        return self.finished(Case(np.array(X, float), {}, T), truth, np.random.default_rng(0))

    def far_from_0(self, truth: Truth, S: int) -> Case:
        """Return features with a mean that is large beside their spread, of which one does not spread at all."""
        case = self.ordinary(truth, S)
        far = 1e3 if self.dtype == np.float32 else 1e7
        X = (case.X + far).astype(self.dtype)
        return replace(case, X=X)

    def finished(self, case: Case, truth: Truth, rng: np.random.Generator) -> Case:
        """Return the case in its dtype, with random upstream gradients."""
        case = case.astype(self.dtype)
        if self.loss:
            return case
        values, heard = truth.values(case), self.row.upstream if self.row else ()
        dY, *dmore = (normal(values[of].shape, rng).astype(self.dtype) for of in ("Y", *heard))
        return replace(case, dY=dY, dmore={f"d{of}": dA for of, dA in zip(heard, dmore, strict=True)})
