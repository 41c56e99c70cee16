"""The battery: one layer or loss on many inputs, each of which shows another kind of mistake."""

import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.practise.diagnose.case import Arrays, Case
from helpers.practise.diagnose.finding import REMARKS, Diagnosis, Finding, Trouble
from helpers.practise.diagnose.guard import Endless, Raised, listening, within
from helpers.practise.diagnose.naming import agree, named
from helpers.practise.diagnose.subject import Functions, Object, OutOfTime, Subject, names_of
from helpers.practise.diagnose.truth import Differences, Likewise, by_torch, parameters

EXTREMES = [[800, 799, 0], [0, 1, 2], [-800, -801, -802], [1e4, -1e4, 0], [100, -100, 20], [300, 0, -300]]
TIES = [[0, 0, 0], [1, 1, 0], [-0.0, 2, 2], [-1, -1, -1], [0, -1, 0]]
IMPOSSIBLE = [[1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]]  # probabilities of 0 where T is 0 too
LIMIT, CALL_LIMIT = 4.0, 2.0


def diagnose(
    work: Any,
    like: Any = None,
    *,
    X: np.ndarray | None = None,
    seconds: float = LIMIT,
    call_seconds: float = CALL_LIMIT,
    **options: Any,
) -> Diagnosis:
    """What is wrong with a layer or a loss that a reader wrote, in words; nothing the reader has is changed.

        diagnose(MyLinear, like=Linear)                       a class: made anew at several sizes
        diagnose(MyLinear(4, 3), like=Linear(4, 3))           an object: used as a copy, at its own size
        diagnose((forward, backward), like=ELU(1.7), alpha=1.7)
        diagnose(backward, like=Linear)                       Y is that of `like`

    `work` is an object or a class with forward and backward, params and grads; or functions, whose
    arguments are found by their names (X, W, b, Y, T, dY, cache and the options given here). `like` is a layer, loss or
    module of torch.nn, or functions that are right; without it backward is held against differences of forward. X is an
    input to take the shape from. No call may last longer than `call_seconds`, all together `seconds`.
    """
    with listening() as heard, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            subject = subject_of(work, seconds, call_seconds, options)
            battery = Battery(subject, like, X, options)
        except Trouble as trouble:
            return Diagnosis(getattr(work, "__name__", type(work).__name__), (trouble.finding,), (), ())
        battery.run()
    if heard.text.strip():
        first = heard.text.strip().splitlines()[0]
        battery.add(
            Finding("prints", "", f"It prints “{first}”, at every call. Take that out when you are done.")
        )
    return battery.diagnosis()


def subject_of(work: Any, seconds: float, call_seconds: float, options: dict[str, Any]) -> Subject:
    """The reader's work, ready to be called."""
    limits = seconds, call_seconds
    if isinstance(work, tuple | list) and len(work) == 2 and callable(work[1]):
        return Functions(*work, *limits, options)
    has = [callable(getattr(work, method, None)) for method in ("forward", "backward")]
    if all(has):
        return Object(work, *limits)
    if not any(has) and callable(work) and not inspect.isclass(work):
        if names_of(work):
            return Functions(None, work, *limits, options)
        try:
            return subject_of(within(call_seconds, work), *limits, options)
        except (Raised, Endless, RecursionError) as error:
            raise Trouble(
                "raises", "", f"Making the layer failed: {getattr(error, 'error', error)!r}."
            ) from None
    missing = " and ".join(m for m, there in zip(("forward", "backward"), has, strict=True) if not there)
    name = getattr(work, "__name__", type(work).__name__)
    raise Trouble(
        "interface", name, f"{name} has no {missing}; a layer has both, or hand over two functions."
    )


class Battery:
    """One subject, the truth it is held against, and what was found so far."""

    loss = False

    def __init__(self, subject: Subject, like: Any, X: np.ndarray | None, options: dict[str, Any]) -> None:
        self.subject, self.X = subject, X
        given = like
        if inspect.isclass(like):
            like = like(4, 3) if len(names_of(like)) == 2 else like()
        self.truth = by_torch(like)
        other = None if like is None or self.truth else subject_of(given, LIMIT, LIMIT, options)
        if other:
            other.ends = np.inf
            self.truth = Likewise(other)
        known = subject.original if like is None and isinstance(subject, Object) else like
        self.shapes = {key: A.shape for key, A in parameters(known).items()}
        self.name = type(like).__name__
        self.loss = hasattr(like, "reduction") or bool((subject if like is None else other or self).loss)
        self.truth = self.truth or Differences(subject)
        if not subject.own_forward:
            subject.borrowed = self.truth.value
        self.findings: list[Finding] = []
        self.remarks: list[Finding] = []
        self.checked: list[str] = []
        self.dtype = np.float64

    def diagnosis(self) -> Diagnosis:
        return Diagnosis(self.subject.name, tuple(self.findings), tuple(self.remarks), tuple(self.checked))

    def add(self, finding: Finding) -> None:
        """One more finding; of the same kind on the same quantity only the first."""
        into = self.remarks if finding.kind in REMARKS or finding.remark else self.findings
        if not any((f.kind, f.of) == (finding.kind, finding.of) for f in into):
            into.append(finding)

    @property
    def wrong(self) -> set[str]:
        return {f.of for f in self.findings}

    # the inputs

    def case(
        self, S: int, M: int | None = None, N: int | None = None, seed: int = 0, rows: Any = None
    ) -> Case:
        """S samples, for the sizes of the layer or for M and N; or rows that are given."""
        rng = np.random.default_rng(seed)
        shapes = dict(self.shapes)
        if M:
            shapes = {key: (N, M) if len(shape) == 2 else (N,) for key, shape in shapes.items()}
        first = next((shape for shape in shapes.values() if len(shape) == 2), None)
        inner = self.X.shape[1:] if self.X is not None else (first[1] if first else M or 3,)
        X = normal((S, *inner), rng)
        if rows is not None:
            X = np.array(rows, float)[:, :3]
        T = np.eye(X.shape[-1])[rng.integers(X.shape[-1], size=len(X))] if self.loss else None
        if self.loss and self.name == "CrossEntropy" and rows is None:
            X = np.exp(X) / np.exp(X).sum(1, keepdims=True)
        params = {key: 0.5 * normal(shape, rng) for key, shape in shapes.items()}
        case = Case("", X, params, T).astype(self.dtype)
        return self.with_upstream(case, rng)

    def with_upstream(self, case: Case, rng: np.random.Generator) -> Case:
        if self.loss:
            return case
        dY = normal(self.truth.value(case).shape, rng)
        return replace(case, dY=dY.astype(case.X.dtype))

    @property
    def resizable(self) -> bool:
        """Whether the same layer can be had at other sizes."""
        free = isinstance(self.subject, Functions) or inspect.isclass(self.subject.original)
        return free and set(self.shapes) in ({"W"}, {"W", "b"}) and self.X is None

    # the battery

    def run(self) -> None:
        """Every stage in its order; one that the work does not survive ends it."""
        try:
            for stage in (
                self.ordinary,
                self.square,
                self.one_sample,
                self.ties,
                self.extremes,
                self.float32,
            ):
                stage()
        except Trouble as trouble:
            self.add(trouble.finding)
        except OutOfTime:
            self.checked.append(
                "the time was up here: on so small an input each call should take a millisecond"
            )

    def ordinary(self) -> None:
        """Distinct sizes, three times, one after the other on the same object."""
        try:
            first = self.case(7)
            if isinstance(self.subject, Object):
                self.take_dtype(first)
            for seed in range(3):
                case = self.case(7, seed=seed)
                self.judge(case, lambda kind: kind)
                value = "L" if self.loss else "Y"
                if value in self.wrong and not isinstance(self.truth, Differences):
                    self.truth = Differences(self.subject)  # of the forward as it is
                    self.judge(case, lambda kind: kind)
        except Trouble as trouble:
            raise self.seen_at_square(trouble) from None
        self.checked += [f"{case}, random dY, three times in a row", "arguments left alone, shapes, dtypes"]

    def take_dtype(self, case: Case) -> None:
        """A layer whose parameters are float32 is judged in float32."""
        if self.shapes and self.subject.dtype(case) == np.float32:
            self.dtype = np.float32

    def seen_at_square(self, trouble: Trouble) -> Trouble:
        """Where it stops at distinct sizes: which product it is, seen where all sizes are equal."""
        if trouble.finding.kind not in ("raises", "shape") or set(self.shapes) not in ({"W"}, {"W", "b"}):
            return trouble
        subject = self.subject
        if isinstance(subject, Object) and not inspect.isclass(subject.original):
            subject = Object(type(subject.original), 1.0, 1.0)
        case = self.case(4, 4, 4)
        try:
            values, right = subject.run(case).values, self.truth(case)
        except (Trouble, OutOfTime):
            return trouble
        for of, want in right.items():
            if of in values and not agree(values[of], want):
                kind, said = named(of, values[of], want, case, self.truth)
                if kind == "transposed":
                    return Trouble(kind, of, f"{trouble.finding.reason} With {case} it runs, and then {said}")
        return trouble

    def square(self) -> None:
        """All sizes equal."""
        case = self.case(4, 4, 4) if self.resizable else self.case(*self.equal_sizes())
        self.judge(case, lambda kind: "only when square")
        self.checked.append(f"{case}")

    def equal_sizes(self) -> tuple[int, ...]:
        first = next((shape for shape in self.shapes.values() if len(shape) == 2), None)
        if first:
            return (first[1],)
        return (4, 4, 4) if self.X is None else (self.X.shape[-1],)

    def one_sample(self) -> None:
        case = self.case(1)
        self.judge(case, lambda kind: "only with one sample")
        self.checked.append(f"{case}")

    @property
    def by_rows(self) -> bool:
        """Whether single rows may be chosen: nothing is learned, and a truth is known for them."""
        return not self.shapes and self.X is None and not isinstance(self.truth, Differences)

    def chosen(self) -> Iterator[tuple[str, Case]]:
        """Rows with ties, and rows of large numbers."""
        probabilities = self.loss and self.name == "CrossEntropy"
        ties = self.case(0, rows=np.full((3, 3), 1 / 3) if probabilities else TIES)
        extremes = self.case(0, rows=IMPOSSIBLE if probabilities else EXTREMES)
        if self.loss:
            T = [[1, 0, 0], [0, 1, 0], [0, 0, 1]] if probabilities else np.eye(3)[[2, 1, 0, 1, 1, 2]]
            extremes = replace(extremes, T=np.array(T, extremes.X.dtype))
        return iter([("ties", ties), ("extremes", extremes)])

    def ties(self) -> None:
        if self.by_rows:
            self.judge(
                dict(self.chosen())["ties"], lambda kind: "only at ties", "Where entries are equal or 0: "
            )
            self.checked.append("entries that are equal, and exactly 0")

    def extremes(self) -> None:
        if self.by_rows:
            at_extremes = dict(self.chosen())["extremes"]
            large = (
                "With a probability of exactly 0: "
                if self.name == "CrossEntropy"
                else "With entries up to ±1e4: "
            )
            self.judge(
                at_extremes, lambda kind: "NaN at extremes" if kind == "NaN" else "only at extremes", large
            )
            self.checked.append(
                "probabilities of exactly 0" if self.name == "CrossEntropy" else "entries up to ±1e4"
            )

    def float32(self) -> None:
        """The same in float32, against the truth in float64."""
        if self.dtype == np.float32 or isinstance(self.truth, Differences):
            return
        if (
            self.shapes
            and isinstance(self.subject, Object)
            and not self.subject.takes(self.case(7).astype(np.float32))
        ):
            return  # its parameters are in float64 and stay so
        cases = [self.case(7), *(case for _, case in self.chosen())] if self.by_rows else [self.case(7)]
        for case in cases:
            self.judge(case.astype(np.float32), lambda kind: "only in float32", "In float32: ")
        self.checked.append("float32")

    # one input

    def judge(self, case: Case, kind_here: Callable[[str], str], where: str = "") -> None:
        """Run the work on one input and add what is wrong with it, but for what was wrong before."""
        try:
            results = self.subject.run(case)
        except Trouble as trouble:
            finding = trouble.finding
            kind = kind_here(finding.kind) if finding.kind == "raises" else finding.kind
            if kind == "only at extremes":
                kind = "raises"
            raise Trouble(kind, finding.of, where + finding.reason) from None
        self.note_arguments(results.changed, results.aliased)
        right = self.truth(case.astype(np.float64) if case.X.dtype == np.float32 else case)
        for of, want in right.items():
            if of in self.wrong or (of in ("Y", "L") and not self.subject.own_forward):
                continue
            got = results.values.get(of)
            if got is None or not agree(got, want):
                finding = self.explained(of, got, want, case, kind_here, where)
                if of in ("Y", "L") and got.shape != want.shape:
                    raise Trouble(finding.kind, of, finding.reason)  # nothing that follows has a meaning
                self.add(finding)
            elif of != "L" and got.dtype != case.X.dtype:
                self.note_dtype(of, got, case)

    def ignores_upstream(self, of: str, got: np.ndarray | None, case: Case) -> bool:
        if case.dY is None or got is None or not of.startswith("d") or np.abs(got).max(initial=0) < 1e-12:
            return False
        other = self.subject.run(replace(case, dY=-1.5 * case.dY[::-1])).values.get(of)
        return other is not None and agree(other, got)

    def explained(
        self, of: str, got: np.ndarray | None, want: np.ndarray, case: Case, kind_here: Callable, where: str
    ) -> Finding:
        """Why a quantity is wrong: for what stays from earlier calls, or in itself."""
        if got is not None and got.shape == want.shape:
            again = self.subject.run(case).values.get(of)
            if again is not None and not agree(again, got) and agree(again - got, want):
                reason = (
                    f"{of} adds up over calls: the second backward gives twice the first. Use = and not +=."
                )
                return Finding("accumulates", of, reason)
            self.subject.fresh()
            afresh = self.subject.run(case).values.get(of)
            if afresh is not None and agree(afresh, want):
                reason = f"{of} is right in a first call and wrong after others: something is kept that should not be."
                return Finding("depends on earlier calls", of, reason)
        if self.ignores_upstream(of, got, case):
            return Finding(
                "upstream ignored", of, f"{of} does not depend on dY: multiply by the upstream gradient."
            )
        non_finite = (
            got is not None and got.shape == want.shape and not np.isfinite(got[np.isfinite(want)]).all()
        )
        if non_finite:
            at = tuple(np.argwhere(~np.isfinite(got) & np.isfinite(want))[0].tolist())
            entry = f"{of}{list(at)}" if at else of
            kind, reason = "NaN", f"{entry} is {got[at]:.4g}, where {want[at]:.4g} is right."
        else:
            kind, reason = named(of, got, want, case, self.truth)
        if of == "L" and kind == "ratio" and not self.same_ratio(float(got / want)):
            kind, reason = "forward", f"L is {got:.4g}, where {want:.4g} is right."
        here = kind_here(kind)
        if here == "only when square":
            where = f"Right where the sizes differ, but with {case} "
        if here == "only with one sample":
            where = "Right for seven samples, but for one "
        return Finding(here, of, where + reason)

    def same_ratio(self, ratio: float) -> bool:
        """Whether L is off by the same factor on another input: any two numbers have a ratio."""
        other = self.case(7, seed=9)
        return bool(np.isclose(self.subject.forward(other), ratio * self.truth.value(other), rtol=1e-5))

    def note_arguments(self, changed: list[str], aliased: list[str]) -> None:
        for name in changed:
            reason = f"{name} is another array after the call than before. Work on a copy."
            self.add(Finding("mutates its input", name, reason))
        for pair in aliased:
            reason = f"{pair} share their memory: who changes the one changes the other."
            self.add(Finding("aliased output", pair, reason))

    def note_dtype(self, of: str, got: np.ndarray, case: Case) -> None:
        """Fewer digits than asked for are wrong, more are only slow."""
        more = got.dtype == np.float64
        reason = f"{of} comes out as {got.dtype}, where {case.X.dtype} went in" + (
            ": no digit is wrong, but all that follows takes twice the time."
            if more
            else ": digits are lost."
        )
        if not (more and case.params and isinstance(self.subject, Object)):
            self.add(Finding("dtype", of, reason, remark=more))


def normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Random numbers, none of them near 0, where there may be a kink."""
    A = rng.standard_normal(shape)
    return A + np.copysign(0.05, A)


__all__ = ["Arrays", "Battery", "diagnose"]
