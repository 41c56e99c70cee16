"""Runs a work on one input, holds it against what is right, and keeps the verdicts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Diagnosis, Trouble
from helpers.judge.code.earlier_calls import kept, moves
from helpers.judge.code.expert import Expert
from helpers.judge.code.factors import other_sizes, renamed
from helpers.judge.code.kind_of_mistake import (
    agree,
    as_computed,
    decide,
    decide_axes_of_one,
    fitted,
    in_float32,
)
from helpers.judge.code.kinks import among_largest, at_kink
from helpers.judge.code.layer_object import Object
from helpers.judge.code.normalised import Normalisation
from helpers.judge.code.slips import Slips
from helpers.judge.code.sorts import Sort, clipped, seen_on
from helpers.judge.code.subject import Subject
from helpers.judge.code.truth import Truth
from helpers.judge.code.windowed import Windows
from helpers.verdict import Kind, Verdict, not_judged, remark, wrong

ENOUGH = 3  # stages after which a work that is too slow for more is taken to be right


class Bench:
    """Holds one subject against what is right; keeps the verdicts and the stages that are done.

    `experts` know mistakes and conventions of the family, `slips` those of sequences. `another` makes a case of other
    sizes, by which a factor is told from a number that happens to be a size.
    """

    def __init__(
        self, subject: Subject, truth: Truth, experts: Sequence[Expert] = (), slips: Slips | None = None
    ) -> None:
        self.subject, self.truth, self.experts, self.slips = subject, truth, experts, slips
        self.another: Callable[[Case], Case] | None = None
        self.verdicts: list[Verdict] = []
        self.stages: list[tuple[str, dict[str, Any]]] = []
        self.in_float32 = False  # whether all that comes out is, whatever goes in

    def diagnosis(self) -> Diagnosis:
        return Diagnosis(self.subject.name, tuple(self.verdicts), tuple(self.stages))

    @property
    def normalisation(self) -> Normalisation | None:
        """How the work normalises: as the family does, or by the convention that it keeps to."""
        return next((e for e in self.experts if isinstance(e, Normalisation)), None)

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
            self.add(wrong(Kind.MUTATES, name, case="result" if name == case.value else ""))
        for name, argument in results.aliased:
            self.add(remark(Kind.ALIASED, name, argument=argument))
        return results.values

    def right(self, case: Case) -> Arrays:
        """Return what is right, in float64."""
        return self.truth(case.astype(np.float64) if case.dtype == np.float32 else case)

    def judge(self, case: Case, sort: Sort = None) -> None:
        """Run the work on one input and add what is wrong with it, except what was wrong before."""
        right = self.right(case)
        if any(np.isnan(A).any() for A in right.values()):
            return self.no_number(case, sort)
        try:
            values = self.run(case)
        except Trouble as trouble:
            verdict = trouble.verdict
            if verdict.kind is not Kind.LOOPS:
                self.forward_first(right[case.value], case, sort)
            seen = seen_on(sort, case, verdict)
            raise Trouble(seen if verdict.kind is Kind.RAISES else replace(seen, kind=verdict.kind)) from None
        self.in_float32 = in_float32(values, case)
        values = as_computed(values, case)
        right = self.by_convention(values, right, case, sort)
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

    def no_number(self, case: Case, sort: Sort) -> None:
        """Judge nothing where what is right is no number; on ordinary input that ends it."""
        if sort is None:
            raise Trouble(not_judged(Kind.NAN, case.value, case="no number", sizes=str(case)))

    def by_convention(self, values: Arrays, right: Arrays, case: Case, sort: Sort) -> Arrays:
        """Return what is right, by the convention under which forward and most of the rest are right.

        From then on that is what the work is held against.
        """

        def agreeing(right: Arrays) -> int:
            return sum(of in values and agree(fitted(values[of], A), A) for of, A in right.items())

        if (best := agreeing(right)) == len(right) or not self.subject.own_forward:
            return right
        before, found, case = self.truth, None, case.astype(np.float64)
        for expert in self.experts:
            for said, truth in expert.conventions(values, case, before):
                other = truth(case)
                value = case.value in values and fitted(values[case.value], other[case.value])
                if agreeing(other) > best and agree(value, other[case.value]):
                    best, right, self.truth, found = agreeing(other), other, truth, said
        if found is not None:
            how = getattr(self.truth, "how", None)
            self.experts = [how if how and isinstance(e, Normalisation) else e for e in self.experts]
            if sort and (sort[0], found.kind) == (Kind.AT_EXTREMES, Kind.EPSILON_IN_LOG):
                found = replace(found, kind=sort[0]).having(sort=(Kind.EPSILON_IN_LOG, "extremes"))
            self.add(found)
        return right

    def forward_first(self, want: np.ndarray, case: Case, sort: Sort) -> None:
        """Where backward stopped, see whether forward was wrong before it."""
        try:
            Y = self.subject.forward(case)[case.value]
        except Trouble:
            return
        if self.subject.own_forward and not agree(Y, want):
            self.by_slips({case.value: Y}, {case.value: want}, case, sort)
            if case.value not in self.faulty:
                verdict = decide(case.value, Y, want, case, self.truth, self.experts)
                self.add(seen_on(sort, case, verdict))

    def judge_one(self, of: str, got: np.ndarray | None, want: np.ndarray, case: Case, sort: Sort) -> None:
        """Judge one quantity on one input."""
        if of in self.faulty or (of == case.value and not self.subject.own_forward):
            return
        if got is None and of == "dX" and self.subject.first:
            self.add(remark(Kind.UNLOOKED, of, case="first layer"))
            return
        out = None if got is None else got.dtype
        got = got.astype(case.dtype) if case.dtype == np.float32 and out == np.float64 else got
        shape = None if got is None else decide_axes_of_one(of, got, want)
        got = got if shape is None else got.reshape(want.shape)
        if got is not None and clipped(got, want, sort):
            off = float(np.abs(got - want).max())
            self.add(remark(Kind.AT_EXTREMES, of, case="clipped", off=off))
        elif got is None or not agree(got, want):
            verdict = self.explained(of, got, want, case, sort)
            if of == case.value and got.shape != want.shape:
                raise Trouble(verdict)  # nothing that follows has a meaning
            self.add(verdict)
            if verdict.kind in (Kind.FACTOR, Kind.BIAS_AVERAGED) and moves(self.subject, of, case):
                self.add(wrong(Kind.ACCUMULATES, of, case="too"))
        elif of != "L" and out != case.dtype:
            self.note_dtype(of, out, case)
        if shape is not None:
            self.add(shape if shape else seen_on(sort, case, shape))

    def explained(self, of: str, got: np.ndarray | None, want: np.ndarray, case: Case, sort: Sort) -> Verdict:
        """Decide why a quantity is wrong: for what stays from earlier calls, or in itself."""
        if got is not None and got.shape == want.shape:
            if (stays := kept(self.subject, of, want, case)) is not None:
                return stays
            if self.ignores_upstream(of, got, case):
                return wrong(Kind.UPSTREAM_IGNORED, of)
            if sort and of == "dX" and (said := self.without_one_gradient(got, want, case)) is not None:
                return said
        verdict = decide(of, got, want, case, self.truth, self.experts)
        factor = verdict.difference and verdict.difference.factor
        if factor and sort is None:
            other = other_sizes(case, self.another)
            verdict = renamed(verdict, got, want, case, other, self.subject, self.truth)
        return seen_on(sort, case, verdict)

    def without_one_gradient(self, got: np.ndarray, want: np.ndarray, case: Case) -> Verdict | None:
        """Tell what is to be said where there is a kink, or where several entries are the largest."""
        case, got = case.astype(np.float64), got.astype(np.float64)
        if case.images and self.pooled:
            return among_largest(case, self.truth, self.subject)
        return at_kink(got, want, case, self.truth)

    @property
    def pooled(self) -> bool:
        """Whether the family has windows and nothing that is learned."""
        return any(isinstance(expert, Windows) and not expert.learned for expert in self.experts)

    def ignores_upstream(self, of: str, got: np.ndarray, case: Case) -> bool:
        """Tell whether another dY gives the same."""
        if case.dY is None or of == "Y" or not np.isfinite(got).all() or np.abs(got).max(initial=0) < 1e-12:
            return False
        other = self.subject.run(replace(case, dY=-1.5 * case.dY[::-1])).values.get(of)
        return other is not None and agree(other, got)

    def note_dtype(self, of: str, out: np.dtype, case: Case) -> None:
        """Note another dtype: fewer digits than asked for are wrong, more are only slow."""
        pieces = {"out": str(out), "into": str(case.dtype)}
        if out != np.float64 and self.in_float32:
            self.add(remark(Kind.DTYPE, of, case="float32 code"))
        elif out != np.float64:
            self.add(wrong(Kind.DTYPE, of, case="fewer digits", **pieces))
        elif not (case.params and isinstance(self.subject, Object)):  # which may have its own in float64
            self.add(remark(Kind.DTYPE, of, case="more digits", **pieces))
