"""Is a line right? Every line of a derivation is an equality, and is checked as one, in numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import sympy as sp
from sympy import Sum

from helpers.absent import INSTALLED
from helpers.compare.difference import diagnose_difference, kind_of_difference, worst_index
from helpers.compare.meaning import Numbers, random_numbers
from helpers.derive import Chain, Derivation, Fact, free_indices
from helpers.derive.definition import bare_tensors, check_entry, check_letters
from helpers.derive.rewrite import size_of

TOLERANCE = 1e-10  # of the largest entry; a right line is at about 1e-15, a wrong one far above
FLOOR = 1e-3  # a left side smaller than this is compared absolutely: what should be 0 is rarely exactly 0


@dataclass(frozen=True)
class CheckedLine:
    """A line that agrees with autograd: of which derivation, by which rule, with which worst relative error."""

    derivation: str
    rule: str
    error: float


class CheckReport(tuple[CheckedLine, ...]):
    """The checked lines; displays as one sentence."""

    @property
    def worst(self) -> float:
        return max((line.error for line in self), default=0.0)

    def __repr__(self) -> str:
        names = ", ".join(dict.fromkeys(line.derivation for line in self))
        return f"✓ {names}: {len(self)} lines agree with autograd, worst relative error < {TOLERANCE:g}"


class Unchecked(CheckReport):
    """No line is checked for want of PyTorch; displays as one sentence."""

    def __new__(cls, derivations: Iterable[Derivation]) -> "Unchecked":
        report = super().__new__(cls)
        report.lines = {d.name: len(d.lines) for d in derivations}
        return report

    def __repr__(self) -> str:
        return (
            f"{', '.join(self.lines)}: {sum(self.lines.values())} lines, unchecked: PyTorch is not installed"
        )


@dataclass(frozen=True)
class Quantity:
    """What lines are held against: an expression, its free indices in their order, the definitions, the facts.

    A derivation has the same four.
    """

    left: sp.Expr
    free: tuple[sp.Idx, ...]
    chain: Chain
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Is a line right, and if not, why; the kind of a mistake is one of a few words, "sign" or "free index"."""

    right: bool
    reason: str = ""
    kind: str = ""

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return "✓ equal" if self.right else f"✗ {self.reason}"


class Fault(NamedTuple):
    """The kind of a mistake and the sentence that says it."""

    kind: str
    reason: str


class Judge:
    """The left side of a derivation in numbers, once, and the lines that are held against it."""

    def __init__(
        self, derivation: Derivation | Quantity, seed: int = 0, numbers: Numbers | None = None
    ) -> None:
        self.derivation, self.free = derivation, derivation.free
        self.numbers = numbers or random_numbers(derivation.chain, derivation.facts, seed)
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
            if fault := self.wrong_letters(e) or self.wrong_numbers(e):
                return Verdict(False, fault.reason, fault.kind)
        except (ValueError, TypeError, IndexError, NotImplementedError, sp.SympifyError) as refusal:
            return Verdict(False, f"cannot be read: {refusal}", "not readable")
        return Verdict(True)

    def wrong_letters(self, e: sp.Expr) -> Fault | None:
        """Which index is left over, or runs over the wrong size."""
        if not isinstance(e, sp.Expr):
            raise TypeError(f"an expression is expected, not {type(e).__name__}")
        if bare := bare_tensors(e):
            letters = ", ".join("ijkl"[: len(bare[0].shape)])
            return Fault(
                "not readable", f"{bare[0]} stands without indices: write its entry {bare[0]}[{letters}]"
            )
        for entry in sorted(e.atoms(sp.Indexed), key=str):
            try:
                check_entry(entry)
            except ValueError as wrong:
                return Fault("wrong axis", f"cannot be read: {wrong}")
        wanted = {str(k): k for k in self.free}
        for k in sorted(free_indices(e) - set(self.free), key=str):
            if str(k) in wanted:
                there = size_of(wanted[str(k)])
                return Fault(
                    "wrong axis", f"index {k} runs over {size_of(k)} here, but over {there} on the left"
                )
            inside = any(str(limit[0]) == str(k) for s in e.atoms(Sum) for limit in s.limits)
            hint = f": it stands outside of the sum over {k}" if inside else f": sum over {k}, or contract it"
            return Fault("free index", f"index {k} is still free, and the left side has no {k}{hint}")
        try:
            check_letters(*self.free, e)
        except ValueError as clash:
            return Fault("index used twice", f"cannot be read: {clash}")
        return None

    def wrong_numbers(self, e: sp.Expr) -> Fault | None:
        """What kind of difference there is, None where there is none."""
        got, want = self.array(e), self.left
        if np.isnan(got).any():
            where = "an index leaves its range, or a function its domain"
            return Fault("out of range", f"it has entries that are not defined: {where}")
        if np.abs(got - want).max() <= TOLERANCE * self.scale:
            return None
        zero = np.abs(want) <= TOLERANCE * self.scale
        if zero.any() and not zero.all() and np.allclose(got[~zero], want[~zero], rtol=1e-9):
            where = "right where the left side is not zero, but not zero elsewhere"
            return Fault("delta missing", f"{where}: a δ is missing ({self.worst(got)})")
        there = np.abs(got) > TOLERANCE * self.scale
        if there.any() and not there.all() and np.allclose(got[there], want[there], rtol=1e-9):
            where = "right where it is not zero, as on the diagonal"
            return Fault("diagonal only", f"{where}, but a term is missing elsewhere: {self.worst(got)}")
        kind, reason = kind_of_difference(got, want), diagnose_difference(got, want, self.sizes)
        reason += "" if "worst" in reason or kind == "zero" else f"; {self.worst(got)}"
        missing = [str(k) for k in self.free if k not in free_indices(e)]
        if missing and kind not in ("sign", "factor"):
            kind, letters = "index missing", ", ".join(missing)
            reason = f"index {letters} of the left side does not occur: {reason}"
        return Fault(kind, reason)

    def worst(self, got: np.ndarray) -> str:
        """The entry that differs most, both values, and where."""
        error = np.abs(got - self.left)
        at = worst_index(np.where(np.isnan(error), np.inf, error))
        place = ", ".join(f"{k} = {v}" for k, v in zip(self.free, at, strict=True))
        wrong, right = (
            v if abs(v) > TOLERANCE * self.scale or v != v else 0.0 for v in (got[at], self.left[at])
        )
        return f"{wrong:.6g}{f' at {place}' * bool(place)}, where {right:.6g} is right"


def all_derivations(subject) -> list[Derivation]:
    """A derivation with its lemmas before it, or all derivations of a formula; each one once."""
    found: list[Derivation] = []
    if not isinstance(subject, Derivation) and not hasattr(subject, "derivations"):
        raise TypeError(f"a derivation or a formula is expected, not a {type(subject).__name__}")
    todo: Iterable[Derivation] = (
        [subject] if isinstance(subject, Derivation) else subject.derivations.values()
    )
    for derivation in todo:
        for d in (*(e for lemma in derivation.lemmas for e in all_derivations(lemma)), derivation):
            if not any(d is other for other in found):
                found.append(d)
    return found


def check(subject, seed: int = 0) -> CheckReport:
    """Hold each line of a derivation, or of all derivations of a formula, against its left side by autograd.

    Marks every line with its error. Raises AssertionError with the first wrong line, its rule and its worst entry.
    Where PyTorch is not installed nothing is checked, and the report is empty and says so.
    """
    if not INSTALLED:
        return Unchecked(all_derivations(subject))
    checked, numbers = [], {}
    for derivation in all_derivations(subject):
        setting = derivation.chain.definitions, derivation.chain.given, derivation.facts
        if setting not in numbers:
            numbers[setting] = random_numbers(derivation.chain, derivation.facts, seed)
        judge = Judge(derivation, seed, numbers[setting])
        for number, line in enumerate(derivation.lines, 1):
            verdict = judge.verdict(line.expression)
            line.error = judge.error(line.expression) if verdict else None
            if not verdict:
                at = f"{derivation.name}, line {number} ({line.rule.title})"
                raise AssertionError(f"{at}: {verdict.reason}\n    {line.expression}")
            checked.append(CheckedLine(derivation.name, line.rule.title, line.error))
    return CheckReport(checked)


def check_line(derivation: Derivation, expression: sp.Expr, seed: int = 0) -> Verdict:
    """One line of a reader against the left side of a derivation: equal, or what is wrong with it.

    Names an index that is left over, a sign, a factor (S, 1/S, ...), a missing δ, else the entry that differs most.
    """
    return Judge(derivation, seed).verdict(expression)
