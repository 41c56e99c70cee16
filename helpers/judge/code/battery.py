"""The battery: one layer or loss on many inputs, each of which shows another kind of mistake."""

import inspect
from dataclasses import replace

import numpy as np

from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.finding import Finding, Trouble
from helpers.judge.code.functions import Functions
from helpers.judge.code.inputs import Inputs
from helpers.judge.code.naming import agree, named
from helpers.judge.code.normalised import TRAINED, Normalisation, running, switch
from helpers.judge.code.object import Object
from helpers.judge.code.subject import OutOfTime
from helpers.judge.code.truth import Differences

SQUARE, LARGE = 4, 64  # a size, and one from which on a square batch takes too long


class Enough(Exception):
    """Nothing that follows would have a meaning."""


class Battery:
    """The stages, in their order; what one finds wrong the next ones leave alone."""

    def __init__(self, bench: Bench, inputs: Inputs) -> None:
        self.bench, self.inputs = bench, inputs

    def run(self) -> None:
        """Every stage; one that the work does not survive is the last."""
        stages = (
            self.ordinary,
            self.square,
            self.one_sample,
            self.ties,
            self.extremes,
            self.evaluation,
            self.float32,
        )
        try:
            for stage in stages:
                if said := stage():
                    self.bench.checked.append(said)
        except Trouble as trouble:
            self.bench.add(trouble.finding)
        except Enough:
            self.bench.checked.append("one input; the rest comes when forward is right")
        except OutOfTime:
            reason = "The time was up before all was checked. Does a smaller layer do as well?"
            self.bench.add(Finding("too slow", "", reason, remark=len(self.bench.checked) > 2))

    def case(self, *sizes: int, seed: int = 0) -> Case:
        """S samples, or all of S, M, N."""
        return self.inputs.ordinary(self.bench.truth, sizes[0], sizes[1:] or None, seed)

    def ordinary(self) -> str:
        """Distinct sizes, three times, one after the other on the same object."""
        try:
            self.take_dtype()
            for seed in range(3):
                case = self.case(7, seed=seed)
                self.bench.judge(case)
                if any(finding.of == case.value for finding in self.bench.findings) and self.known:
                    self.against_its_own_forward(case)
                    raise Enough
        except Trouble as trouble:
            raise self.seen_at_square(trouble) from None
        return f"{case}: shapes, dtypes, values, arguments left alone, three times in a row"

    def take_dtype(self) -> None:
        """A layer whose parameters are float32 is judged in float32."""
        subject, case = self.bench.subject, self.case(7)
        if isinstance(subject, Object) and case.params and subject.dtype(case) == np.float32:
            self.inputs.dtype = np.float32

    def against_its_own_forward(self, case: Case) -> None:
        """Where forward is wrong, a backward that is the gradient of that forward is not flagged as well."""
        bench = self.bench
        own = Bench(bench.subject, Differences(bench.subject))
        own.judge(case)
        wrong = {finding.of for finding in own.findings}
        bench.findings = [f for f in bench.findings if f.of in wrong or f.of == case.value]

    @property
    def known(self) -> bool:
        """Whether there is a truth beside the forward that is judged."""
        return not isinstance(self.bench.truth, Differences)

    def seen_at_square(self, trouble: Trouble) -> Trouble:
        """Where it stops at distinct sizes: which product it is, seen where all sizes are equal."""
        if trouble.finding.kind not in ("raises", "shape") or not self.plain:
            return trouble
        subject = self.bench.subject
        if isinstance(subject, Object) and not inspect.isclass(subject.original):
            subject = Object(type(subject.original), 1.0, 1.0)
        case = self.case(SQUARE, SQUARE, SQUARE)
        try:
            values, right = subject.run(case).values, self.bench.truth(case)
        except (Trouble, OutOfTime):
            return trouble
        for of, want in right.items():
            if of in values and not agree(values[of], want):
                kind, said = named(of, values[of], want, case, self.bench.truth)
                if kind == "transposed":
                    return Trouble(kind, of, f"{trouble.finding.reason} With {case} it runs, and then {said}")
        return trouble

    @property
    def plain(self) -> bool:
        """Whether the parameters are one matrix and perhaps vectors beside its rows, which exist at any size."""
        shapes, W = [*self.inputs.shapes.values()], self.inputs.W
        if W is None or self.inputs.X is not None:
            return False
        shapes.remove(W)
        return all(shape == W[:1] for shape in shapes)

    def square(self) -> str:
        """All sizes equal, or as many as can be had of an object that is there already."""
        subject = self.bench.subject
        free = isinstance(subject, Functions) or inspect.isclass(subject.original)
        if (free and self.plain) or not (self.inputs.shapes or self.inputs.X is not None):
            case = self.case(SQUARE, SQUARE, SQUARE)
        elif (M := self.case(7).X.shape[-1]) > LARGE or M == 1:
            return ""
        else:
            case = self.case(M)
        self.bench.judge(
            case, lambda kind: "only when square", f"Right where the sizes differ, but with {case} "
        )
        return f"{case}"

    def one_sample(self) -> str:
        try:
            case = self.case(1)
        except (ValueError, Trouble):
            if not any("gamma" in key for key in self.inputs.shapes) and not self.bench.normalisation:
                raise
            return ""  # batch norm has no variance of one sample
        self.bench.judge(case, lambda kind: "only with one sample", "Right for seven samples, but for one ")
        return f"{case}"

    @property
    def by_rows(self) -> bool:
        """Whether single rows can be chosen: nothing is learned, and what is right for them is known."""
        return self.known and not self.inputs.shapes and self.inputs.X is None

    def ties(self) -> str:
        chosen = self.by_rows or (self.known and self.inputs.images)
        if chosen:
            case = self.inputs.ties(self.bench.truth)
            self.bench.judge(case, lambda kind: "only at ties", "Where entries are equal or 0: ")
        return "entries that are equal, and exactly 0" if chosen else ""

    def extremes(self) -> str:
        large = "a probability of exactly 0" if self.inputs.probabilities else "entries up to ±10⁴"
        if self.by_rows:
            kinds = {"NaN": "NaN at extremes", "raises": "raises"}
            case = self.inputs.extremes(self.bench.truth)
            self.bench.judge(case, lambda kind: kinds.get(kind, "only at extremes"), f"With {large}: ")
        return large if self.by_rows else ""

    def evaluation(self) -> str:
        """What batch norm does after training, by the running statistics."""
        bench, how = self.bench, self.bench.normalisation
        if bench.findings or not (how and how.by_batch and how.tracks and isinstance(bench.subject, Object)):
            return ""
        subject, cases = bench.subject, [self.case(7, seed=seed) for seed in range(TRAINED + 1)]
        subject.fresh()
        layer = subject.filled(cases[0])
        if not subject.call("train()", cases[0], switch, layer, True):
            return ""
        start = running(layer, cases[0].X.shape[1])
        for case in cases[:-1]:
            subject.run(replace(case, params=cases[0].params))
        subject.call("eval()", cases[0], switch, layer, False)
        last = replace(cases[-1], params=cases[0].params)
        self.judge_evaluation(subject.run(last).values, how, [case.X for case in cases[:-1]], last, start)
        subject.fresh()
        return f"evaluation after {TRAINED} batches"

    def judge_evaluation(
        self, got: Arrays, how: Normalisation, batches: list, case: Case, start: tuple
    ) -> None:
        (_, _, want), *known = how.evaluated(batches, case, start)
        wrong = next((of for of, A in want.items() if of not in got or not agree(got[of], A)), None)
        if wrong is None:
            return
        for kind, said, suspect in known:
            if all(of in got and agree(got[of], suspect[of]) for of in ("Y", "dX")):
                return self.bench.add(Finding(kind, wrong, f"Right while training, but in evaluation {said}"))
        said = f"Right while training, but in evaluation {wrong} is wrong: are μ and v the running ones, and constants?"
        return self.bench.add(Finding("only in evaluation", wrong, said))

    def float32(self) -> str:
        """The same in float32, against the truth in float64."""
        subject, case, truth = self.bench.subject, self.case(7), self.bench.truth
        if self.inputs.dtype == np.float32 or not self.known:
            return ""
        if isinstance(subject, Object) and not subject.takes(case.astype(np.float32)):
            return ""  # its parameters are in float64 and stay so
        chosen = [self.inputs.ties(truth), self.inputs.extremes(truth)] if self.by_rows else []
        for one in (case, *chosen):
            self.bench.judge(one.astype(np.float32), lambda kind: "only in float32", "In float32: ")
        return "float32"
