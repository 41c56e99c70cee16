"""Judges dropout, of which no two calls are equal, by its own mask and by how often it drops."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.compare.reference import layer_meant
from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.draws import normal
from helpers.judge.code.kind_of_mistake import agree
from helpers.judge.code.layer_object import Object
from helpers.judge.code.normalised import switch
from helpers.judge.code.subject import OutOfTime
from helpers.verdict import Difference, Kind, Verdict, wrong

P, SHAPE, DEVIATIONS = 0.3, (70, 60), 6


def is_dropout(like: Any) -> bool:
    """A mask can be read from Y / X where the layer draws, and works entry by entry."""
    meant = layer_meant(like)
    return getattr(meant, "entrywise", False) and meant.random


class Dropping:
    """Judges training, then evaluation; what is said first is nearest to the cause."""

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
            self.bench.add(trouble.verdict)
        except OutOfTime:
            self.bench.time_was_up()

    def training(self) -> None:
        X, dY = self.case.X, self.case.dY
        results = self.bench.run(self.case)
        Y, dX = results["Y"], results["dX"]
        if Y.shape != X.shape or dX.shape != X.shape:
            shapes = Difference(Kind.SHAPE, shapes=(Y.shape, X.shape))
            raise Trouble(wrong(Kind.SHAPE, "Y", shapes, case="dropout", gradient=dX.shape))
        again = self.bench.subject.run(replace(self.case, X=2 * X)).values["Y"]
        for verdict in (*self.mask(Y / X, again), *self.gradient(Y / X, dX / dY)):
            self.bench.add(verdict)
        self.bench.done("mask", entries=X.size, p=self.p)
        self.bench.done("gradient of dropout")

    def mask(self, M: np.ndarray, again: np.ndarray) -> Iterator[Verdict]:
        """Tell what is wrong with M = Y / X."""
        p, kept, dropped = self.p, M[M != 0], (M == 0).mean()
        near = DEVIATIONS * np.sqrt(p * (1 - p) / M.size)
        if 0 < p < 1 and np.ptp((M == 0).mean(axis=0)) > 0.9:
            yield wrong(Kind.WRONG_VALUE, "Y", case="one mask")
        elif abs(dropped - 1 + p) <= near < abs(dropped - p):
            yield wrong(Kind.DROP_FOR_KEEP, "Y", dropped=dropped, p=p)
        elif abs(dropped - p) > near:
            yield wrong(Kind.FORWARD, "Y", case="share", dropped=dropped, p=p)
        elif kept.size and not np.allclose(kept, 1 / (1 - p), rtol=1e-3):
            scaled = {"scale": kept[0], "right": 1 / (1 - p)}
            if np.allclose(kept, 1):
                yield wrong(Kind.NOT_SCALED, "Y", case="forward", **scaled)
            else:
                yield wrong(Kind.FACTOR, "Y", case="kept entries", **scaled)
        elif 0 < p < 1 and ((again == 0) == (M == 0)).all():
            yield wrong(Kind.EARLIER_CALLS, "Y", case="mask")

    def gradient(self, M: np.ndarray, M_backward: np.ndarray) -> Iterator[Verdict]:
        """Tell what is wrong with dX = M ∘ dY, with the M of forward."""
        if agree(M_backward, M):
            return
        if np.allclose(M_backward, 1):
            yield wrong(Kind.DERIVATIVE_MISSING, "dX", case="dropout")
        elif np.allclose(M_backward, M != 0):
            yield wrong(Kind.NOT_SCALED, "dX", case="backward")
        else:
            yield wrong(Kind.WRONG_VALUE, "dX", case="other mask")

    def evaluation(self) -> None:
        values = self.bench.subject.run(self.case).values
        for of, want in (("Y", self.case.X), ("dX", self.case.dY)):
            if not (self.bench.findings or agree(values[of], want)):
                letter = "X" if of == "Y" else "dY"
                self.bench.add(wrong(Kind.IN_EVALUATION, of, case="dropout", letter=letter))
        self.bench.done("evaluation of dropout")


def judges(subject: Any, like: Any) -> bool:
    return isinstance(subject, Object) and like is not None and is_dropout(like)
