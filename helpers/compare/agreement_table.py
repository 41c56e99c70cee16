"""Do the three agree? One table: a row per gradient, a column per source."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np

from helpers.absent import NO_ARRAY
from helpers.compare.difference import (
    absolute_error,
    diagnose_difference,
    entry_at,
    first_index,
    scale_of,
    worst_index,
)
from helpers.compare.sentences import difference_said, nan_said
from helpers.verdict import Difference, Kind

FLOOR = 1e-3  # gradients smaller than this are compared absolutely: what should be 0 is rarely exactly 0


@dataclass(frozen=True)
class Comparison:
    """One gradient from one source against the reference.

    `absolute` is the worst error, `index` its place, `relative` the same error over the largest entry. Both
    are NaN where there is nothing to subtract. `difference` says what is between them, `reference` whose NaN it may be.
    """

    absolute: float
    relative: float
    index: tuple[int, ...]
    tolerance: float
    agrees: bool
    difference: Difference | None = None
    reference: str = ""

    @property
    def reason(self) -> str:
        """Why it does not agree, "" where it does."""
        if self.agrees:
            return ""
        if self.reference:
            return nan_said(self.difference.entry, self.reference)
        return difference_said(self.difference) or f"agrees to {self.relative:.0e} only"

    def shown(self, error: float) -> str:
        """An error for the table: below the tolerance its digits are rounding noise and are not shown."""
        if np.isnan(error):
            return "–"
        return f"< {self.tolerance:.0e}" if self.agrees else f"{error:.2g}"


NOT_INSTALLED = Comparison(np.nan, np.nan, (), np.nan, True)


@dataclass(frozen=True)
class Agreement:
    """The table, as text and as HTML; true where every source agrees on every gradient.

    A row has None for its reference. It has no entry for a source that does not have this gradient, and NOT_INSTALLED
    for PyTorch where there is none: a row in which nothing else is compared is no agreement.
    """

    sources: tuple[str, ...]
    rows: dict[str, dict[str, Comparison | None]]
    reference: dict[str, str]

    @property
    def agrees(self) -> bool:
        return not self.differs and all(map(self._compared, self.rows))

    @property
    def differs(self) -> bool:
        return not all(c.agrees for row in self.rows.values() for c in row.values() if c)

    def _compared(self, name: str) -> dict[str, Comparison]:
        """What was held against the reference of a row."""
        return {s: c for s, c in self.rows[name].items() if c and c is not NOT_INSTALLED}

    def __bool__(self) -> bool:
        return self.agrees

    def assert_agrees(self) -> None:
        """Raise AssertionError, with the table, unless all agree."""
        if not self.agrees:
            raise AssertionError(
                f"the gradients {'do not agree' if self.differs else 'are not compared'}\n{self}"
            )

    def table(self) -> list[list[str]]:
        """The cells, headings first: each source's relative error and the verdict; the worst entry if one is wrong."""
        worst = ["worst error", "where"] if self.differs else []
        return [["gradient", *self.sources, *worst, "verdict"], *(self._cells(name) for name in self.rows)]

    def _cells(self, name: str) -> list[str]:
        cells = [name, *(self._cell(name, source) for source in self.sources)]
        compared = self._compared(name)
        wrong = {s: c for s, c in compared.items() if not c.agrees}
        worst = max((wrong or compared).values(), key=severity, default=NOT_INSTALLED)
        if self.differs:
            cells += [worst.shown(worst.absolute), f"{list(worst.index)}" if wrong and worst.index else "–"]
        said = "; ".join(f"{s}: {c.reason}" for s, c in wrong.items())
        return [*cells, said or ("agree" if compared else "not compared")]

    def _cell(self, name: str, source: str) -> str:
        c = self.rows[name].get(source)
        if c is NOT_INSTALLED:
            return repr(NO_ARRAY)
        return c.shown(c.relative) if c else "reference" if source == self.reference[name] else "–"

    def __str__(self) -> str:
        table = self.table()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in table]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *body = [[escape(c) for c in row] for row in self.table()]
        headings = (
            "".join(f"<th>{c}</th>" for c in head[:-1]) + f"<th style='text-align: left'>{head[-1]}</th>"
        )
        lines = ["<table>", f"<tr>{headings}</tr>"]
        for name, (_, *cells, verdict) in zip(self.rows, body, strict=True):
            compared = self._compared(name).values()
            mark = "○" if not compared else "✓" if all(c.agrees for c in compared) else "✗"
            lines.append(
                f"<tr><th>{escape(name)}</th>"
                + "".join(f"<td style='white-space: nowrap'>{c}</td>" for c in cells)
                + f"<td style='text-align: left'>{mark} {verdict}</td></tr>"
            )
        return "\n".join([*lines, "</table>"])


def agreement(
    gradients: Mapping[str, Mapping[str, np.ndarray]],
    tolerance: float = 1e-10,
    difference_tolerance: float = 1e-6,
    sizes: Mapping[str, int] | None = None,
) -> Agreement:
    """Compare `{"dW": {"derived": a, "NumPy": b, "PyTorch": c, "difference": d}, ...}`.

    The reference of a row is its PyTorch column, else its first. NO_ARRAY, of a PyTorch that is not installed, is shown
    as such and compared with nothing. Two arrays agree when the worst error is at
    most the tolerance times the largest entry of the reference. The source called "difference", a central
    difference, has its own tolerance. `sizes`, such as {"S": 5}, let the verdict name a factor.
    Raises ValueError for a row of fewer than two sources.
    """
    if not gradients:
        raise ValueError("there is no gradient to compare")
    sources = tuple(dict.fromkeys(s for row in gradients.values() for s in row))
    rows, reference = {}, {}
    for name, row in gradients.items():
        if len(row) < 2:
            raise ValueError(f"{name} comes from {len(row)} source: two are needed to compare")
        arrays = {s: as_array(a, name, s) for s, a in row.items() if a is not NO_ARRAY}
        first = reference[name] = "PyTorch" if "PyTorch" in arrays else next(iter(arrays or row))
        limit = {s: difference_tolerance if "difference" in (s, first) else tolerance for s in arrays}
        rows[name] = {
            s: None if s == first else compare(a, arrays[first], first, limit[s], sizes)
            for s, a in arrays.items()
        } | dict.fromkeys(row.keys() - arrays, NOT_INSTALLED)
    return Agreement(sources, rows, reference)


def compare(
    a: np.ndarray, right: np.ndarray, reference: str, tolerance: float, sizes: Mapping[str, int] | None = None
) -> Comparison:
    """One array against the reference."""
    if a.shape != right.shape:
        return Comparison(np.nan, np.nan, (), tolerance, False, diagnose_difference(a, right, sizes))
    if np.isnan(a).any() or np.isnan(right).any():
        return compare_nan(a, right, reference, tolerance)
    if a.size == 0:
        return Comparison(0.0, 0.0, (), tolerance, True)
    error, scale = absolute_error(a, right), scale_of(right)
    index = worst_index(error)
    worst = float(error.max())
    relative = worst / scale if scale else np.inf if worst else 0.0
    if worst <= tolerance * max(scale, FLOOR):
        return Comparison(worst, relative, index, tolerance, True)
    return Comparison(worst, relative, index, tolerance, False, diagnose_difference(a, right, sizes))


def compare_nan(a: np.ndarray, right: np.ndarray, reference: str, tolerance: float) -> Comparison:
    """NaN is never an agreement, in both arrays no more than in one: there is nothing to compare."""
    mine, theirs = np.isnan(a), np.isnan(right)
    index = first_index(mine != theirs) if (mine != theirs).any() else first_index(mine)
    difference = Difference(Kind.NAN, entry=entry_at(index, a, right))
    return Comparison(np.nan, np.nan, index, tolerance, False, difference, reference)


def as_array(a: np.ndarray, name: str, source: str) -> np.ndarray:
    """The array or tensor in float64, or an error that says which gradient of which source is none."""
    a = a.detach().cpu().numpy() if hasattr(a, "detach") else np.asarray(a)
    if a.dtype.kind not in "fiub":
        raise ValueError(f"{name} from {source} is no array of real numbers: its dtype is {a.dtype}")
    return a.astype(float)


def severity(c: Comparison) -> float:
    return np.inf if np.isnan(c.relative) else c.relative
