"""The battery: one layer or loss on many inputs, each of which shows another kind of mistake."""

import contextlib
import inspect
from dataclasses import replace

import numpy as np

from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Case
from helpers.judge.code.diagnosis import Trouble, as_guessed
from helpers.judge.code.evaluation import judge_evaluation
from helpers.judge.code.inputs import Inputs
from helpers.judge.code.kind_of_mistake import agree
from helpers.judge.code.layer_object import Object
from helpers.judge.code.limits import OutOfTime
from helpers.judge.code.masks import judge_masks
from helpers.judge.code.normalised import TRAINED
from helpers.judge.code.square import named_at_square
from helpers.judge.code.truth import Differences
from helpers.judge.code.two_functions import Functions
from helpers.judge.code.windowed import Windows
from helpers.verdict import Kind

EXTREME_ROWS = {"rows": "probabilities", "unit": "unit", "log rows": "unit", "moderate": "moderate"}
SQUARE, LARGE = 4, 64  # a size, and one from which on a square batch takes too long


class Enough(Exception):
    """Raised where nothing that follows would have a meaning."""


class Battery:
    """Runs the stages in their order; what one finds wrong the next ones leave alone."""

    def __init__(self, bench: Bench, inputs: Inputs) -> None:
        self.bench, self.inputs = bench, inputs
        bench.another = self.another

    def run(self) -> None:
        """Run every stage; one that the work does not survive is the last."""
        stages = (
            self.ordinary,
            self.square,
            self.one_sample,
            self.one_time,
            self.one_output,
            self.ties,
            self.extremes,
            self.three_axes,
            self.masks,
            self.evaluation,
            self.float32,
        )
        try:
            for stage in stages:
                stage()
        except Trouble as trouble:
            self.bench.add(trouble.verdict)
        except Enough:
            self.bench.done("forward")
        except OutOfTime:
            self.bench.time_was_up()

    def case(self, *sizes: int, seed: int = 0, **further: int) -> Case:
        """Return ordinary input with S samples, or with S, M and N, or with further sizes."""
        return self.inputs.ordinary(self.bench.truth, sizes[0], sizes[1:] or None, seed, **further)

    def ordinary(self) -> None:
        """Judge distinct sizes, three times, one after the other on the same object."""
        try:
            self.take_dtype()
            self.take_range()
            for seed in range(3):
                case = self.case(7, seed=seed)
                self.bench.judge(case)
                if any(finding.where == case.value for finding in self.bench.findings) and self.known:
                    if not self.inputs.row:
                        self.against_its_own_forward(self.case(3, seed=seed))  # differences take their time
                    raise Enough
        except Trouble as trouble:
            row = self.inputs.row
            if trouble.verdict.kind in (Kind.RAISES, Kind.SHAPE) and (self.plain or row):
                trouble = named_at_square(trouble, self.bench, self.equal if row else self.squared)
            raise Trouble(as_guessed(trouble.verdict, self.known)) from None
        self.bench.done("distinct sizes", sizes=str(case))

    def take_dtype(self) -> None:
        """Judge a layer in float32 if its parameters are."""
        subject, case = self.bench.subject, self.case(7)
        if isinstance(subject, Object) and case.params and subject.dtype(case) == np.float32:
            self.inputs.dtype = np.float32

    def take_range(self) -> None:
        """Where nothing but the work says which X it takes, take those with which L or Y is a number."""
        if self.known or self.inputs.row:
            return
        for X in ("real", "unit", "rows"):
            tried = replace(self.inputs, range=replace(self.inputs.range, X=X))
            case = tried.ordinary(self.bench.truth, 7)
            if np.isfinite(self.bench.subject.forward(case)[case.value]).all():
                self.inputs = tried
                return

    def against_its_own_forward(self, case: Case) -> None:
        """Where forward is wrong, do not flag a backward that is the gradient of that forward."""
        bench = self.bench
        right, got = Differences(bench.subject)(case), bench.subject.run(case).values
        own = {of for of, want in right.items() if of in got and agree(got[of], want)} - {case.value}
        bench.verdicts = [v for v in bench.verdicts if v or v.where not in own]

    @property
    def known(self) -> bool:
        """Tell whether there is a truth beside the forward that is judged."""
        return not isinstance(self.bench.truth, Differences)

    def equal(self) -> Case:
        """Return a case whose sizes are equal, as many as can be chosen."""
        sizes = self.inputs.row.equal(self.inputs.shapes, SQUARE)
        return self.case(sizes.pop("S", SQUARE), **sizes)

    def squared(self) -> Case:
        """Return a case of a matrix in which all sizes are equal."""
        return self.case(SQUARE, SQUARE, SQUARE)

    @property
    def plain(self) -> bool:
        """Whether the parameters are one matrix and perhaps vectors beside its rows, which exist at any size."""
        shapes, W = [*self.inputs.shapes.values()], self.inputs.W
        if W is None or self.inputs.X is not None or self.inputs.row:
            return False
        shapes.remove(W)
        return all(shape == W[:1] for shape in shapes)

    def square(self) -> None:
        """Judge equal sizes, or as many as an object that is there already can take."""
        if self.inputs.row:
            return self.judge(self.equal(), Kind.WHEN_SQUARE)
        if self.free and (self.plain or not (self.inputs.shapes or self.inputs.X is not None)):
            case = self.squared()
        elif (M := self.case(7).X.shape[-1]) > LARGE or M == 1:
            return
        else:
            case = self.case(M)
        self.judge(case, Kind.WHEN_SQUARE)

    @property
    def free(self) -> bool:
        """Whether the work can be made at any size."""
        subject = self.bench.subject
        return isinstance(subject, Functions) or inspect.isclass(subject.original)

    def another(self, case: Case) -> Case:
        """Return a case that has none of the sizes of the ordinary one, or none that can be changed."""
        if self.inputs.row:
            return self.case(6)
        if (self.free and self.plain) or not (self.inputs.shapes or self.inputs.X is not None):
            return self.case(6, 9, 5)
        shape = self.inputs.X.shape if self.inputs.X is not None else ()
        if len(shape) < 3 or not self.windowed:
            return self.case(6)
        wider = replace(self.inputs, X=np.empty((*shape[:2], *(n + k for k, n in enumerate(shape[2:], 2)))))
        return wider.ordinary(self.bench.truth, 6)

    @property
    def windowed(self) -> bool:
        return any(isinstance(expert, Windows) for expert in self.bench.experts)

    def judge(self, case: Case, kind: Kind, which: str = "") -> None:
        """Judge one sort of inputs, on which alone something may be wrong."""
        self.bench.judge(case, (kind, which))
        self.bench.done(which or kind, sizes=str(case))

    def one_sample(self) -> None:
        try:
            case = self.case(1)
        except (ValueError, Trouble):
            if not any("gamma" in key for key in self.inputs.shapes) and not self.bench.normalisation:
                raise
            return  # batch norm has no variance of one sample
        self.judge(case, Kind.WITH_ONE_SAMPLE)

    def one_time(self) -> None:
        """Judge sequences of one time, where there is time."""
        if self.inputs.row and "T" in self.inputs.row.sizes(self.inputs.shapes, {}):
            self.judge(self.case(7, T=1), Kind.WITH_ONE_TIME)

    def one_output(self) -> None:
        """Judge one output, and one input, where the work can be made so."""
        if self.free and self.plain:
            for M, N in ((4, 1), (1, 3)):
                self.judge(self.case(7, M, N), Kind.WITH_ONE_OUTPUT)

    @property
    def by_rows(self) -> bool:
        """Tell whether rows can be chosen: nothing is learned, and what is right for them is known."""
        return self.known and not self.inputs.shapes and self.inputs.X is None and not self.inputs.row

    def ties(self) -> None:
        if self.by_rows or (self.known and self.inputs.images):
            self.judge(self.inputs.ties(self.bench.truth), Kind.AT_TIES)

    def extremes(self) -> None:
        """Judge large numbers, where rows can be chosen; where something is normalised a large mean."""
        if self.by_rows:
            which = EXTREME_ROWS.get(self.inputs.range.X, "")
            self.judge(self.inputs.extremes(self.bench.truth), Kind.AT_EXTREMES, which)
        elif self.known and self.bench.normalisation:
            self.judge(self.inputs.far_from_0(self.bench.truth, 7), Kind.AT_EXTREMES, "mean")

    def three_axes(self) -> None:
        """See whether what normalises a sample does so for sequences, and say so: nothing asks for it."""
        bench, how = self.bench, self.bench.normalisation
        if bench.findings or not self.known or how is None or how.by_batch or how.features != 1:
            return
        wider = replace(self.inputs, X=np.empty((1, 3, self.case(7).X.shape[-1])))
        case, wrongly = wider.ordinary(bench.truth, 2), ["Y"]
        with contextlib.suppress(Trouble):
            got, right = bench.subject.run(case).values, bench.right(case)
            wrongly = [of for of, want in right.items() if of not in got or not agree(got[of], want)]
        bench.done("two axes" if wrongly else "three axes", of=", ".join(wrongly))

    def masks(self) -> None:
        """Judge what attention does where some keys are hidden; equal sizes let a mask of the queries run too."""
        for sized in (lambda: self.case(7), self.equal) if self.inputs.row else ():
            if not self.bench.findings:
                judge_masks(self.bench, sized())

    def evaluation(self) -> None:
        """Judge what batch norm does after training, by its running statistics."""
        if not self.bench.findings:
            judge_evaluation(self.bench, [self.case(7, seed=seed) for seed in range(TRAINED + 1)])

    def float32(self) -> None:
        """Judge the same in float32, against the truth in float64."""
        subject, case, truth = self.bench.subject, self.case(7), self.bench.truth
        if self.inputs.dtype == np.float32 or not self.known:
            return
        if isinstance(subject, Object) and not subject.takes(case.astype(np.float32)):
            return  # its parameters are in float64 and stay so
        chosen = [self.inputs.ties(truth)] if self.by_rows else []
        if self.by_rows and not any(v.kind is Kind.AT_EXTREMES for v in self.bench.verdicts):
            chosen.append(self.inputs.extremes(truth))  # an ε that was told there may be 0 here
        if self.bench.normalisation:
            chosen = [replace(self.inputs, dtype=np.float32).far_from_0(truth, 7)]
        for one in (case, *chosen):
            self.bench.judge(one.astype(np.float32), (Kind.IN_FLOAT32, ""))
        self.bench.done(Kind.IN_FLOAT32)
