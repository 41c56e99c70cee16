"""One subject before one truth: run on one input, and why it is wrong there."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from helpers.judge.code.case import Case
from helpers.judge.code.finding import REMARKS, Diagnosis, Finding, Trouble
from helpers.judge.code.naming import agree, named
from helpers.judge.code.normalised import Normalisation
from helpers.judge.code.object import Object
from helpers.judge.code.subject import Subject
from helpers.judge.code.truth import Truth

Renamed = Callable[[str], str]  # the kind of a finding, told on what kind of input it was made


class Bench:
    """What was found so far, and what is still to be judged."""

    def __init__(self, subject: Subject, truth: Truth, normalisation: Normalisation | None = None) -> None:
        self.subject, self.truth, self.normalisation = subject, truth, normalisation
        self.findings: list[Finding] = []
        self.remarks: list[Finding] = []
        self.checked: list[str] = []

    def diagnosis(self) -> Diagnosis:
        return Diagnosis(self.subject.name, tuple(self.findings), tuple(self.remarks), tuple(self.checked))

    def add(self, finding: Finding) -> None:
        """One more finding; of the same kind on the same quantity only the first."""
        into = self.remarks if finding.kind in REMARKS or finding.remark else self.findings
        if not any((f.kind, f.of) == (finding.kind, finding.of) for f in into):
            into.append(finding)

    def judge(self, case: Case, kind_here: Renamed = str, where: str = "") -> None:
        """Run the work on one input and add what is wrong with it, but for what was wrong before."""
        right = self.truth(case.astype(np.float64) if case.X.dtype == np.float32 else case)
        try:
            results = self.subject.run(case)
        except Trouble as trouble:
            kind, of, reason = trouble.finding.kind, trouble.finding.of, trouble.finding.reason
            if kind != "loops for ever":
                self.forward_first(right[case.value], case, kind_here, where)
            raise Trouble(kind_here(kind) if kind == "raises" else kind, of, where + reason) from None
        for name in results.changed:
            reason = f"{name} is another array after the call than before. Work on a copy."
            self.add(Finding("mutates its input", name, reason))
        for pair in results.aliased:
            reason = f"{pair} share their memory: who changes the one changes the other."
            self.add(Finding("aliased output", pair, reason))
        for of, want in right.items():
            self.judge_one(of, results.values.get(of), want, case, kind_here, where)

    def forward_first(self, want: np.ndarray, case: Case, kind_here: Renamed, where: str) -> None:
        """Where backward came to grief: whether it began in forward."""
        try:
            Y = self.subject.forward(case)
        except Trouble:
            return
        if self.subject.own_forward and not agree(Y, want):
            kind, reason = named(case.value, Y, want, case, self.truth, self.normalisation)
            self.add(Finding(kind_here(kind), case.value, where + reason))

    def judge_one(
        self, of: str, got: np.ndarray | None, want: np.ndarray, case: Case, kind_here: Renamed, where: str
    ) -> None:
        """One quantity on one input."""
        if any(f.of == of for f in self.findings) or (of == case.value and not self.subject.own_forward):
            return
        if got is None or not agree(got, want):
            finding = self.explained(of, got, want, case, kind_here, where)
            if of == case.value and got.shape != want.shape:
                raise Trouble(finding.kind, of, finding.reason)  # nothing that follows has a meaning
            self.add(finding)
        elif of != "L" and got.dtype != case.X.dtype:
            self.note_dtype(of, got, case)

    def explained(
        self, of: str, got: np.ndarray | None, want: np.ndarray, case: Case, kind_here: Renamed, where: str
    ) -> Finding:
        """Why a quantity is wrong: for what stays from earlier calls, or in itself."""
        if got is not None and got.shape == want.shape:
            if reason := self.state(of, got, want, case):
                return Finding(
                    "accumulates" if "adds up" in reason else "depends on earlier calls", of, reason
                )
            if self.ignores_upstream(of, got, case):
                return Finding(
                    "upstream ignored", of, f"{of} does not depend on dY: multiply by the upstream gradient."
                )
        kind, reason = named(of, got, want, case, self.truth, self.normalisation)
        if of == "L" and kind == "ratio" and not self.same_ratio(float(got / want), case):
            kind, reason = "forward", f"L is {got:.4g}, where {want:.4g} is right."
        return Finding(kind_here(kind), of, where + reason)

    def state(self, of: str, got: np.ndarray, want: np.ndarray, case: Case) -> str:
        """What stays from one call to the next, "" where nothing does."""
        again = self.subject.run(case).values.get(of)
        if again is not None and not agree(again, got) and agree(again - got, want):
            return f"{of} adds up over calls: the second backward gives twice the first. Use = and not +=."
        self.subject.fresh()
        afresh = self.subject.run(case).values.get(of)
        if afresh is not None and agree(afresh, want):
            return (
                f"{of} is right in a first call and wrong after others: something is kept that should not be."
            )
        return ""

    def ignores_upstream(self, of: str, got: np.ndarray, case: Case) -> bool:
        """Whether another dY gives the same."""
        if case.dY is None or of == "Y" or not np.isfinite(got).all() or np.abs(got).max(initial=0) < 1e-12:
            return False
        other = self.subject.run(replace(case, dY=-1.5 * case.dY[::-1])).values.get(of)
        return other is not None and agree(other, got)

    def same_ratio(self, ratio: float, case: Case) -> bool:
        """Whether L is off by the same factor on another input: any two numbers have a ratio."""
        other = replace(case, X=case.X[::-1].copy(), T=np.roll(case.T, 1, axis=0))
        return bool(np.isclose(self.subject.forward(other), ratio * self.truth.value(other), rtol=1e-5))

    def note_dtype(self, of: str, got: np.ndarray, case: Case) -> None:
        """Fewer digits than asked for are wrong, more are only slow."""
        more = got.dtype == np.float64
        if more and case.params and isinstance(self.subject, Object):
            return  # its own parameters may be what is in float64
        worse = "no digit is wrong, but all that follows takes twice the time" if more else "digits are lost"
        reason = f"{of} comes out as {got.dtype}, where {case.X.dtype} went in: {worse}."
        self.add(Finding("dtype", of, reason, remark=more))
