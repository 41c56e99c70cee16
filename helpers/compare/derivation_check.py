"""Every line of a derivation held against its left side by autograd."""

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp

from helpers.absent import INSTALLED
from helpers.compare.left_side import TOLERANCE, LeftSide
from helpers.compare.meaning import outputs_beside, random_numbers
from helpers.compare.sentences import line_said
from helpers.derive import Chain, Derivation
from helpers.verdict import Verdict


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
class LineCheck:
    """The verdict on one line; true where it is right, and displays as ✓ or ✗ with the reason."""

    verdict: Verdict

    def __bool__(self) -> bool:
        return self.verdict.right

    @property
    def reason(self) -> str:
        return line_said(self.verdict)

    def __repr__(self) -> str:
        return "✓ equal" if self else f"✗ {self.reason}"


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

    A line through time is held against it twice: over several steps, and over one alone.
    Marks every line with its error. Raises AssertionError with the first wrong line, its rule and its worst entry.
    Where PyTorch is not installed nothing is checked, and the report is empty and says so.
    """
    if not INSTALLED:
        return Unchecked(all_derivations(subject))
    checked, numbers = [], {}
    for derivation in all_derivations(subject):
        beside = outputs_beside(derivation.chain, derivation.lines)
        setting = derivation.chain.definitions, derivation.chain.given, derivation.facts, beside
        if setting not in numbers:
            numbers[setting] = [
                random_numbers(derivation.chain, derivation.facts, seed, sizes=sizes, beside=beside)
                for sizes in ({}, *one_step(derivation.chain))
            ]
        lefts = [LeftSide(derivation, seed, drawn) for drawn in numbers[setting]]
        for number, line in enumerate(derivation.lines, 1):
            verdicts = [left.verdict(line.expression) for left in lefts]
            verdict = next((v for v in verdicts if not v.right), verdicts[0])
            line.error = max(left.error(line.expression) for left in lefts) if verdict.right else None
            if not verdict.right:
                at = f"{derivation.name}, line {number} ({line.rule.title})"
                raise AssertionError(f"{at}: {line_said(verdict)}\n    {line.expression}")
            checked.append(CheckedLine(derivation.name, line.rule.title, line.error))
    return CheckReport(checked)


def one_step(chain: Chain) -> list[dict[sp.Symbol, int]]:
    """The length of time as 1, where the definitions run through time."""
    lengths = [entry.base.shape[entry.base.axis] for entry in chain.first_states]
    return [{T: 1 for T in lengths if T.is_Symbol}] if lengths else []


def check_line(derivation: Derivation, expression: sp.Expr, seed: int = 0) -> LineCheck:
    """One line of a reader against the left side of a derivation: equal, or what is wrong with it.

    Names an index that is left over, a sign, a factor (S, 1/S, ...), a missing δ, else the entry that differs most.
    """
    return LineCheck(LeftSide(derivation, seed).verdict(expression))
