"""Is a line right? Every line of a derivation is an equality, and is checked as one, in numbers."""

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from sympy import Sum

from helpers.compare.difference import diagnose_difference, entry_at, worst_index
from helpers.compare.meaning import outputs_beside, random_numbers
from helpers.compare.numbers import Numbers
from helpers.derive import Chain, Derivation, Fact, free_indices
from helpers.derive.checks import bare_tensors, check_letters
from helpers.derive.limits import whole_sums
from helpers.derive.notation import Iverson
from helpers.derive.places import check_entry
from helpers.derive.rewrite import size_of
from helpers.verdict import Difference, Entry, Kind, Verdict, not_judged, right, wrong

TOLERANCE = 1e-10  # of the largest entry; a right line is at about 1e-15, a wrong one far above
FLOOR = 1e-3  # a left side smaller than this is compared absolutely: what should be 0 is rarely exactly 0


@dataclass(frozen=True)
class Quantity:
    """What lines are held against: an expression, its free indices in their order, the definitions, the facts.

    A derivation has the same four.
    """

    left: sp.Expr
    free: tuple[sp.Idx, ...]
    chain: Chain
    facts: tuple[Fact, ...] = ()


class LeftSide:
    """The left side of a derivation in numbers, once, and the lines that are held against it.

    Raises ValueError where it is not finite: nothing can be checked then.
    """

    def __init__(
        self, derivation: Derivation | Quantity, seed: int = 0, numbers: Numbers | None = None
    ) -> None:
        self.derivation, self.free = derivation, derivation.free
        if numbers is None:
            beside = outputs_beside(derivation.chain, getattr(derivation, "lines", ()))
            numbers = random_numbers(derivation.chain, derivation.facts, seed, beside=beside)
        self.numbers = numbers
        self.left = self.array(derivation.left)
        if not np.isfinite(self.left).all():
            raise ValueError(f"{derivation.left} is not finite for random numbers: nothing can be checked")

    @property
    def sizes(self) -> dict[str, int]:
        return {str(letter): n for letter, n in self.numbers.sizes.items()}

    @property
    def scale(self) -> float:
        """What errors are relative to: the largest entry of the left side, unless that is 0 but for rounding."""
        return max(np.abs(self.left).max(), FLOOR)

    @property
    def vanishes(self) -> bool:
        """Is the left side 0, everywhere?"""
        return bool(np.abs(self.left).max() <= TOLERANCE * self.scale)

    def array(self, e: sp.Expr) -> np.ndarray:
        return self.numbers.value(e, self.free).detach().numpy()

    def error(self, e: sp.Expr) -> float:
        """The worst entry's error, relative to the largest entry of the left side."""
        difference = np.abs(self.array(e) - self.left).max()
        return float(difference / self.scale)

    def verdict(self, e: sp.Expr) -> Verdict:
        """Equal, or what is wrong: indices first, then numbers."""
        try:
            if isinstance(e, str):  # SymPy would run it as Python
                raise TypeError("an expression is expected, and this is text")
            e = sp.sympify(e, strict=True)
            e = whole_sums(e) if isinstance(e, sp.Expr) else e
            fault = self.wrong_letters(e)
            e = self.derivation.chain.in_names(e) if fault is None else e
            fault = self.wrong_numbers(e) if fault is None else fault
            return right() if fault is None else fault
        except (ValueError, TypeError, IndexError, NotImplementedError, sp.SympifyError) as refusal:
            return not_judged(refusal=str(refusal))

    def wrong_letters(self, e: sp.Expr) -> Verdict | None:
        """Which index is left over, or runs over the wrong size; None where none is."""
        if not isinstance(e, sp.Expr):
            raise TypeError(f"an expression is expected, not {type(e).__name__}")
        if bare := bare_tensors(e):
            return not_judged(where=str(bare[0]), letters="ijkl"[: len(bare[0].shape)])
        brackets = e.atoms(Iverson)
        for entry in sorted(e.atoms(sp.Indexed), key=str):
            try:
                check_entry(entry, brackets)
            except ValueError as refusal:
                return wrong(Kind.WRONG_AXIS, refusal=str(refusal))
        wanted = {str(k): k for k in self.free}
        for k in sorted(free_indices(e) - set(self.free), key=str):
            if str(k) in wanted:
                return wrong(Kind.WRONG_AXIS, str(k), here=size_of(k), left=size_of(wanted[str(k)]))
            summed = any(str(limit[0]) == str(k) for s in e.atoms(Sum) for limit in s.limits)
            return wrong(Kind.FREE_INDEX, str(k), summed=summed)
        try:
            check_letters(*self.free, e)
        except ValueError as clash:
            return wrong(Kind.INDEX_USED_TWICE, refusal=str(clash))
        return None

    def wrong_numbers(self, e: sp.Expr) -> Verdict | None:
        """What kind of difference there is, None where there is none."""
        got, want = self.array(e), self.left
        if np.isnan(got).any():
            return wrong(Kind.OUT_OF_RANGE)
        if np.abs(got - want).max() <= TOLERANCE * self.scale:
            return None
        zero, there = (np.abs(A) <= TOLERANCE * self.scale for A in (want, got))
        letters = tuple(map(str, self.free))
        if zero.any() and not zero.all() and np.allclose(got[~zero], want[~zero], rtol=1e-9):
            return wrong(Kind.DELTA_MISSING, difference=self.worst(Kind.DELTA_MISSING, got), letters=letters)
        if there.any() and not there.all() and np.allclose(got[~there], want[~there], rtol=1e-9):
            return wrong(Kind.DIAGONAL_ONLY, difference=self.worst(Kind.DIAGONAL_ONLY, got), letters=letters)
        difference = diagnose_difference(got, want, self.sizes)
        if difference is None:  # less than six digits show, more than rounding
            difference = Difference(Kind.WRONG_VALUE)
        if difference.entry is None and difference.kind is not Kind.ZERO:
            difference = replace(difference, entry=self.worst(difference.kind, got).entry)
        missing = tuple(str(k) for k in self.free if k not in free_indices(e))
        if missing and difference.kind not in (Kind.SIGN, Kind.FACTOR):
            return wrong(Kind.INDEX_MISSING, difference=difference, letters=letters, missing=missing)
        kind = (
            Kind.WRONG_VALUE if difference.kind is Kind.NAN else difference.kind
        )  # it is infinite somewhere
        return wrong(kind, difference=difference, letters=letters)

    def worst(self, kind: Kind, got: np.ndarray) -> Difference:
        """A difference of this kind with the entry that differs most, both values; rounding noise is 0."""
        error = np.abs(got - self.left)
        entry = entry_at(worst_index(np.where(np.isnan(error), np.inf, error)), got, self.left)
        values = (v if abs(v) > TOLERANCE * self.scale or v != v else 0.0 for v in (entry.got, entry.want))
        return Difference(kind, entry=Entry(entry.index, *values))
