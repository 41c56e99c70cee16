"""The bench, where a work is run on one input, held against what is right, and its verdicts are kept."""

from dataclasses import replace
from typing import Any

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.deciding import agree, decide
from helpers.judge.code.diagnosis import Diagnosis, Trouble
from helpers.judge.code.layer_object import Object
from helpers.judge.code.normalised import Normalisation
from helpers.judge.code.subject import Subject
from helpers.judge.code.truth import Truth
from helpers.verdict import Kind, Verdict, not_judged, remark, wrong

ENOUGH = 3  # stages after which a work that is too slow for more is taken to be right
SEEN_ON = {  # a sort of inputs: the kind of what is wrong there and on no other
    "square": Kind.WHEN_SQUARE,
    "one sample": Kind.WITH_ONE_SAMPLE,
    "ties": Kind.AT_TIES,
    "large entries": Kind.AT_EXTREMES,
    "probabilities of 0": Kind.AT_EXTREMES,
    "float32": Kind.IN_FLOAT32,
}
EXTREME = {Kind.NAN: Kind.NAN_AT_EXTREMES, Kind.RAISES: Kind.RAISES}  # what has a name of its own at extremes


def seen_on(context: str, case: Case, seen: Verdict) -> Verdict:
    """A verdict on one sort of inputs, as one on the work: it was right on those before."""
    if not context:
        return seen
    kind = SEEN_ON[context]
    if kind is Kind.AT_EXTREMES:
        kind = EXTREME.get(seen.kind, kind)
    return wrong(kind, seen.where, seen.difference, context=context, sizes=str(case), seen=seen)


class Bench:
    """One subject, and what is right; the verdicts so far, and the stages that were gone through."""

    def __init__(self, subject: Subject, truth: Truth, normalisation: Normalisation | None = None) -> None:
        self.subject, self.truth, self.normalisation = subject, truth, normalisation
        self.verdicts: list[Verdict] = []
        self.stages: list[tuple[str, dict[str, Any]]] = []

    def diagnosis(self) -> Diagnosis:
        return Diagnosis(self.subject.name, tuple(self.verdicts), tuple(self.stages))

    @property
    def findings(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict]

    def add(self, verdict: Verdict) -> None:
        """One more verdict; the same only once."""
        if verdict not in self.verdicts:
            self.verdicts.append(verdict)

    def done(self, stage: str, **pieces: Any) -> None:
        self.stages.append((stage, pieces))

    def time_was_up(self) -> None:
        """Say that the time limit struck: a remark, unless too little was tried to judge by."""
        say = remark if len(self.stages) >= ENOUGH else not_judged
        self.add(say(Kind.TOO_SLOW, seconds=self.subject.seconds))

    def run(self, case: Case) -> Arrays:
        """What comes out; what the call does to its arguments is noted."""
        results = self.subject.run(case)
        for name in results.changed:
            self.add(wrong(Kind.MUTATES, name))
        for name, argument in results.aliased:
            self.add(remark(Kind.ALIASED, name, argument=argument))
        return results.values

    def judge(self, case: Case, context: str = "") -> None:
        """Run the work on one input and add what is wrong with it, except what was wrong before."""
        right = self.truth(case.astype(np.float64) if case.X.dtype == np.float32 else case)
        try:
            values = self.run(case)
        except Trouble as trouble:
            verdict = trouble.verdict
            if verdict.kind is not Kind.LOOPS:
                self.forward_first(right[case.value], case, context)
            seen = seen_on(context, case, verdict)
            raise Trouble(seen if verdict.kind is Kind.RAISES else replace(seen, kind=verdict.kind)) from None
        for of, want in right.items():
            self.judge_one(of, values.get(of), want, case, context)

    def forward_first(self, want: np.ndarray, case: Case, context: str) -> None:
        """Where backward came to grief: whether it began in forward."""
        try:
            Y = self.subject.forward(case)
        except Trouble:
            return
        if self.subject.own_forward and not agree(Y, want):
            verdict = decide(case.value, Y, want, case, self.truth, self.normalisation)
            self.add(seen_on(context, case, verdict))

    def judge_one(self, of: str, got: np.ndarray | None, want: np.ndarray, case: Case, context: str) -> None:
        """One quantity on one input."""
        if any(f.where == of for f in self.findings) or (of == case.value and not self.subject.own_forward):
            return
        if got is None or not agree(got, want):
            verdict = self.explained(of, got, want, case, context)
            if of == case.value and got.shape != want.shape:
                raise Trouble(verdict)  # nothing that follows has a meaning
            self.add(verdict)
        elif of != "L" and got.dtype != case.X.dtype:
            self.note_dtype(of, got, case)

    def explained(
        self, of: str, got: np.ndarray | None, want: np.ndarray, case: Case, context: str
    ) -> Verdict:
        """Why a quantity is wrong: for what stays from earlier calls, or in itself."""
        if got is not None and got.shape == want.shape:
            if (kept := self.kept(of, got, want, case)) is not None:
                return kept
            if self.ignores_upstream(of, got, case):
                return wrong(Kind.UPSTREAM_IGNORED, of)
        verdict = decide(of, got, want, case, self.truth, self.normalisation)
        factor = verdict.difference and verdict.difference.factor
        if of == "L" and factor and not self.same_factor(factor.value, case):
            verdict = wrong(Kind.FORWARD, of, case="number", got=float(got), want=float(want))
        return seen_on(context, case, verdict)

    def kept(self, of: str, got: np.ndarray, want: np.ndarray, case: Case) -> Verdict | None:
        """What stays from one call to the next; None where nothing does."""
        again = self.subject.run(case).values.get(of)
        if again is not None and not agree(again, got) and agree(again - got, want):
            return wrong(Kind.ACCUMULATES, of)
        self.subject.fresh()
        afresh = self.subject.run(case).values.get(of)
        return wrong(Kind.EARLIER_CALLS, of) if afresh is not None and agree(afresh, want) else None

    def ignores_upstream(self, of: str, got: np.ndarray, case: Case) -> bool:
        """Whether another dY gives the same."""
        if case.dY is None or of == "Y" or not np.isfinite(got).all() or np.abs(got).max(initial=0) < 1e-12:
            return False
        other = self.subject.run(replace(case, dY=-1.5 * case.dY[::-1])).values.get(of)
        return other is not None and agree(other, got)

    def same_factor(self, factor: float, case: Case) -> bool:
        """Whether L is off by the same factor on another input: one number is always a multiple of another."""
        other = replace(case, X=case.X[::-1].copy(), T=np.roll(case.T, 1, axis=0))
        return bool(np.isclose(self.subject.forward(other), factor * self.truth.value(other), rtol=1e-5))

    def note_dtype(self, of: str, got: np.ndarray, case: Case) -> None:
        """Fewer digits than asked for are wrong, more are only slow."""
        pieces = {"out": str(got.dtype), "into": str(case.X.dtype)}
        if got.dtype != np.float64:
            self.add(wrong(Kind.DTYPE, of, case="fewer digits", **pieces))
        elif not (
            case.params and isinstance(self.subject, Object)
        ):  # its parameters may be what is in float64
            self.add(remark(Kind.DTYPE, of, case="more digits", **pieces))
