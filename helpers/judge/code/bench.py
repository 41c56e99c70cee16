"""Runs a work on one input, holds it against what is right, and keeps the verdicts."""

from dataclasses import replace
from typing import Any

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Diagnosis, Trouble
from helpers.judge.code.kind_of_mistake import agree, decide
from helpers.judge.code.layer_object import Object
from helpers.judge.code.normalised import Normalisation
from helpers.judge.code.slips import Slips
from helpers.judge.code.subject import Subject
from helpers.judge.code.truth import Truth
from helpers.verdict import Kind, Verdict, not_judged, remark, wrong

ENOUGH = 3  # stages after which a work that is too slow for more is taken to be right
EXTREME = {Kind.NAN: Kind.NAN_AT_EXTREMES, Kind.RAISES: Kind.RAISES}  # what has a name of its own at extremes

Sort = tuple[Kind, str] | None
"""A sort of inputs on which alone something may be wrong: the kind that says so, and its case; else None."""


def seen_on(sort: Sort, case: Case, seen: Verdict) -> Verdict:
    """Turn a verdict on one sort of inputs into one on the work, which was right on those before."""
    if sort is None:
        return seen
    kind = EXTREME.get(seen.kind, sort[0]) if sort[0] is Kind.AT_EXTREMES else sort[0]
    also = seen.pieces.get("also", ())
    return wrong(kind, seen.where, seen.difference, sort=sort, sizes=str(case), seen=seen, also=also)


class Bench:
    """Holds one subject against what is right; keeps the verdicts and the stages that are done."""

    def __init__(
        self,
        subject: Subject,
        truth: Truth,
        normalisation: Normalisation | None = None,
        slips: Slips | None = None,
    ) -> None:
        self.subject, self.truth, self.normalisation, self.slips = subject, truth, normalisation, slips
        self.verdicts: list[Verdict] = []
        self.stages: list[tuple[str, dict[str, Any]]] = []

    def diagnosis(self) -> Diagnosis:
        return Diagnosis(self.subject.name, tuple(self.verdicts), tuple(self.stages))

    @property
    def findings(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict]

    @property
    def faulty(self) -> set[str]:
        """The quantities of which something wrong is said."""
        return {of for f in self.findings for of in (f.where, *f.pieces.get("also", ()))}

    def add(self, verdict: Verdict) -> None:
        """Keep one more verdict; the same only once."""
        if verdict not in self.verdicts:
            self.verdicts.append(verdict)

    def done(self, stage: str, **pieces: Any) -> None:
        self.stages.append((stage, pieces))

    def time_was_up(self) -> None:
        """Say that the time limit struck: a remark, unless too little was tried to judge by."""
        say = remark if len(self.stages) >= ENOUGH else not_judged
        self.add(say(Kind.TOO_SLOW, seconds=self.subject.seconds))

    def run(self, case: Case) -> Arrays:
        """Return what comes out, and note what the call does to its arguments."""
        results = self.subject.run(case)
        for name in results.changed:
            self.add(wrong(Kind.MUTATES, name))
        for name, argument in results.aliased:
            self.add(remark(Kind.ALIASED, name, argument=argument))
        return results.values

    def judge(self, case: Case, sort: Sort = None) -> None:
        """Run the work on one input and add what is wrong with it, except what was wrong before."""
        right = self.truth(case.astype(np.float64) if case.dtype == np.float32 else case)
        try:
            values = self.run(case)
        except Trouble as trouble:
            verdict = trouble.verdict
            if verdict.kind is not Kind.LOOPS:
                self.forward_first(right[case.value], case, sort)
            seen = seen_on(sort, case, verdict)
            raise Trouble(seen if verdict.kind is Kind.RAISES else replace(seen, kind=verdict.kind)) from None
        self.by_slips(values, right, case, sort)
        for of, want in right.items():
            if of in values or not (case.row and of in case.row.optional):
                self.judge_one(of, values.get(of), want, case, sort)
            if case.row and case.value in self.faulty:
                return  # what follows from another Y is another

    def by_slips(self, values: Arrays, right: Arrays, case: Case, sort: Sort) -> None:
        """Add the mistakes of the family that make what is wrong."""
        if self.slips and not self.findings:
            for verdict in self.slips.explain(values, right, case):
                self.add(seen_on(sort, case, verdict))

    def forward_first(self, want: np.ndarray, case: Case, sort: Sort) -> None:
        """Where backward stopped, see whether forward was wrong before it."""
        try:
            Y = self.subject.forward(case)[case.value]
        except Trouble:
            return
        if self.subject.own_forward and not agree(Y, want):
            self.by_slips({case.value: Y}, {case.value: want}, case, sort)
            if case.value not in self.faulty:
                verdict = decide(case.value, Y, want, case, self.truth, self.normalisation)
                self.add(seen_on(sort, case, verdict))

    def judge_one(self, of: str, got: np.ndarray | None, want: np.ndarray, case: Case, sort: Sort) -> None:
        """Judge one quantity on one input."""
        if of in self.faulty or (of == case.value and not self.subject.own_forward):
            return
        if got is None or not agree(got, want):
            verdict = self.explained(of, got, want, case, sort)
            if of == case.value and got.shape != want.shape:
                raise Trouble(verdict)  # nothing that follows has a meaning
            self.add(verdict)
        elif of != "L" and got.dtype != case.dtype:
            self.note_dtype(of, got, case)

    def explained(self, of: str, got: np.ndarray | None, want: np.ndarray, case: Case, sort: Sort) -> Verdict:
        """Decide why a quantity is wrong: for what stays from earlier calls, or in itself."""
        if got is not None and got.shape == want.shape:
            if (kept := self.kept(of, got, want, case)) is not None:
                return kept
            if self.ignores_upstream(of, got, case):
                return wrong(Kind.UPSTREAM_IGNORED, of)
        verdict = decide(of, got, want, case, self.truth, self.normalisation)
        factor = verdict.difference and verdict.difference.factor
        if of == "L" and factor and not self.same_factor(factor.value, case):
            verdict = wrong(Kind.FORWARD, of, case="number", got=float(got), want=float(want))
        return seen_on(sort, case, verdict)

    def kept(self, of: str, got: np.ndarray, want: np.ndarray, case: Case) -> Verdict | None:
        """Tell what stays from one call to the next; None where nothing does."""
        again = self.subject.run(case).values.get(of)
        if again is not None and not agree(again, got) and agree(again - got, want):
            return wrong(Kind.ACCUMULATES, of)
        self.subject.fresh()
        afresh = self.subject.run(case).values.get(of)
        return wrong(Kind.EARLIER_CALLS, of) if afresh is not None and agree(afresh, want) else None

    def ignores_upstream(self, of: str, got: np.ndarray, case: Case) -> bool:
        """Tell whether another dY gives the same."""
        if case.dY is None or of == "Y" or not np.isfinite(got).all() or np.abs(got).max(initial=0) < 1e-12:
            return False
        other = self.subject.run(replace(case, dY=-1.5 * case.dY[::-1])).values.get(of)
        return other is not None and agree(other, got)

    def same_factor(self, factor: float, case: Case) -> bool:
        """Tell whether L has the same factor on another input: one number is always a multiple of another."""
        other = replace(case, X=case.X[::-1].copy(), T=np.roll(case.T, 1, axis=0))
        got, want = (work(other)["L"] for work in (self.subject.forward, self.truth.values))
        return bool(np.isclose(got, factor * want, rtol=1e-5))

    def note_dtype(self, of: str, got: np.ndarray, case: Case) -> None:
        """Note another dtype: fewer digits than asked for are wrong, more are only slow."""
        pieces = {"out": str(got.dtype), "into": str(case.dtype)}
        if got.dtype != np.float64:
            self.add(wrong(Kind.DTYPE, of, case="fewer digits", **pieces))
        elif not (case.params and isinstance(self.subject, Object)):  # which may have its own in float64
            self.add(remark(Kind.DTYPE, of, case="more digits", **pieces))
