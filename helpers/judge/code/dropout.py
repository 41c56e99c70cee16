"""Dropout: no two calls are equal, so it is judged by its own mask and by how often it drops."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.compare.reference import layer_meant
from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Case
from helpers.judge.code.finding import Finding, Trouble
from helpers.judge.code.inputs import normal
from helpers.judge.code.naming import agree
from helpers.judge.code.normalised import switch
from helpers.judge.code.object import Object
from helpers.judge.code.subject import OutOfTime

P, SHAPE, DEVIATIONS = 0.3, (70, 60), 6


def is_dropout(like: Any) -> bool:
    """A mask can be read from Y / X where the layer draws, and works entry by entry."""
    meant = layer_meant(like)
    return getattr(meant, "entrywise", False) and meant.random


class Dropping:
    """Training, then evaluation; what is said first is nearest to the cause."""

    def __init__(self, bench: Bench, p: float) -> None:
        self.bench, rng = bench, np.random.default_rng(0)
        self.p, self.case = p, Case(normal(SHAPE, rng), dY=normal(SHAPE, rng))

    def run(self) -> None:
        subject, case = self.bench.subject, self.case
        try:
            if inspect.isclass(subject.original):
                subject.original = subject.call(f"{subject.name}({P})", case, subject.original, P)
                self.p = P
            self.p = getattr(subject.original, "p", self.p)
            layer = subject.filled(case)
            modes = subject.call("train()", case, switch, layer, True)
            self.training()
            if modes:
                subject.call("eval()", case, switch, layer, False)
                self.evaluation()
        except Trouble as trouble:
            self.bench.add(trouble.finding)
        except OutOfTime:
            self.bench.add(Finding("too slow", "", "The time was up before all was checked."))

    def training(self) -> None:
        X, dY = self.case.X, self.case.dY
        results = self.bench.subject.run(self.case)
        for name in results.changed:
            self.bench.add(
                Finding("mutates its input", name, f"{name} is another array after the call than before.")
            )
        Y, dX = results.values["Y"], results.values["dX"]
        if Y.shape != X.shape or dX.shape != X.shape:
            raise Trouble(
                "shape", "Y", f"Y and dX have the shape {X.shape} of X, not {Y.shape} and {dX.shape}."
            )
        again = self.bench.subject.run(replace(self.case, X=2 * X)).values["Y"]
        for kind, of, said in (*self.mask(Y / X, again), *self.gradient(Y / X, dX / dY)):
            self.bench.add(Finding(kind, of, said))
        self.bench.checked += [
            f"{X.size} entries with p = {self.p:g}: share and scale of the mask",
            "dX with that mask",
        ]

    def mask(self, M: np.ndarray, again: np.ndarray) -> Iterator[tuple[str, str, str]]:
        """What is wrong with M = Y / X."""
        p, kept, dropped = self.p, M[M != 0], (M == 0).mean()
        near = DEVIATIONS * np.sqrt(p * (1 - p) / M.size)
        if abs(dropped - p) > near:
            said = f"of the entries of X {dropped:.0%} are dropped, where p = {p:g} is the probability to drop one."
            yield "drop for keep" if abs(dropped - 1 + p) <= near else "forward", "Y", said
        elif 0 < p < 1 and np.ptp((M == 0).mean(axis=0)) > 0.9:
            yield "value", "Y", "Y has the same mask for all samples: draw one entry by one."
        elif kept.size and not np.allclose(kept, 1 / (1 - p), rtol=1e-3):
            said = (
                f"Y is {kept[0]:.4g} X where it is kept, and 1/(1 − p) = {1 / (1 - p):.4g} times X is right."
            )
            yield "not scaled" if np.allclose(kept, 1) else "ratio", "Y", said
        elif 0 < p < 1 and ((again == 0) == (M == 0)).all():
            yield (
                "depends on earlier calls",
                "Y",
                "Y has the same mask at every call: each forward draws a new one.",
            )

    def gradient(self, M: np.ndarray, M_backward: np.ndarray) -> Iterator[tuple[str, str, str]]:
        """dX = M ∘ dY, with the M of forward."""
        if agree(M_backward, M):
            return
        if np.allclose(M_backward, 1):
            yield (
                "derivative missing",
                "dX",
                "dX is dY as it came: what was dropped has no gradient. dX = M ∘ dY.",
            )
        elif np.allclose(M_backward, M != 0):
            yield "not scaled", "dX", "dX is without the 1/(1 − p) that Y has: dX = M ∘ dY."
        else:
            yield "value", "dX", "dX is wrong: dX = M ∘ dY with the mask that forward drew."

    def evaluation(self) -> None:
        values = self.bench.subject.run(self.case).values
        for of, want in (("Y", self.case.X), ("dX", self.case.dY)):
            if not (self.bench.findings or agree(values[of], want)):
                letter = "X" if of == "Y" else "dY"
                said = f"Right while training, but in evaluation {of} = {letter}: nothing is dropped or scaled there."
                self.bench.add(Finding("only in evaluation", of, said))
        self.bench.checked.append("evaluation")


def judges(subject: Any, like: Any) -> bool:
    return isinstance(subject, Object) and like is not None and is_dropout(like)
