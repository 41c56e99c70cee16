"""Judges dropout, of which no two calls are equal, by its own mask and by how often it drops."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.compare.reference import layer_meant
from helpers.compare.torch_named import dropped_axes
from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.draws import normal
from helpers.judge.code.kind_of_mistake import agree
from helpers.judge.code.layer_object import Object
from helpers.judge.code.limits import OutOfTime
from helpers.judge.code.modes import put_into
from helpers.judge.code.subject import Subject
from helpers.verdict import Difference, Kind, Verdict, remark, wrong

P, DEVIATIONS = 0.3, 6
SHAPE = (70, 60)


def judges(subject: Subject, like: Any) -> bool:
    """A mask can be read from Y / X where the layer draws, and works entry by entry, or channel by channel."""
    if like is None or not subject.own_forward:
        return False
    meant = layer_meant(like)
    return dropped_axes(like) > 0 or (getattr(meant, "entrywise", False) and meant.random)


class Dropping:
    """Judges training, then evaluation; what is said first is nearest to the cause."""

    def __init__(self, bench: Bench, like: Any, X: np.ndarray | None = None) -> None:
        self.bench, self.axes, rng = bench, dropped_axes(like), np.random.default_rng(0)
        axes = max(self.axes, 0 if X is None else X.ndim - 2)
        shape = SHAPE + (2,) * axes
        self.case = Case(normal(shape, rng), dY=normal(shape, rng))
        self.p: float | None = None if inspect.isclass(like) else like.p
        self.scale = 1.0  # of Y in evaluation

    def run(self) -> None:
        subject, case = self.bench.subject, self.case
        try:
            if isinstance(subject, Object):
                self.make(subject)
            layer = subject.filled(case) if isinstance(subject, Object) else None
            by_method, told = put_into(subject, True, case, layer)
            self.training(by_method or told)
            if by_method or told:
                put_into(subject, False, case, layer)
                self.evaluation(told)
        except Trouble as trouble:
            self.bench.add(trouble.verdict)
        except OutOfTime:
            self.bench.time_was_up()

    def make(self, subject: Object) -> None:
        """Make the class with P, and take the p that the object has."""
        if inspect.isclass(subject.original):
            subject.original = subject.call(f"{subject.name}({P})", self.case, subject.original, P)
            self.p = P
        self.p = getattr(subject.original, "p", 0.5 if self.p is None else self.p)

    def training(self, modes: bool) -> None:
        X, dY = self.case.X, self.case.dY
        results = self.bench.run(self.case)
        Y, dX = results["Y"], results["dX"]
        if Y.shape != X.shape or dX.shape != X.shape:
            shapes = Difference(Kind.SHAPE, shapes=(Y.shape, X.shape))
            raise Trouble(wrong(Kind.SHAPE, "Y", shapes, case="dropout", gradient=dX.shape))
        again = self.bench.subject.run(replace(self.case, X=2 * X)).values["Y"]
        M, back = self.by_channel(Y / X), dX / dY
        if self.p is None:
            self.p = self.meant((M == 0).mean())
        for verdict in (*self.mask(M, again), *self.gradient(Y / X, back)):
            if verdict.kind is Kind.NOT_SCALED and verdict.where == "Y" and modes:
                self.scale = 1 - self.p  # it may be made up for in evaluation
            else:
                self.bench.add(verdict)
        self.bench.done("mask", entries=M.size, p=self.p)
        self.bench.done("gradient of dropout")

    def by_channel(self, M: np.ndarray) -> np.ndarray:
        """Return one entry of M for each that is drawn: for each channel, where all of its places share one."""
        if M.ndim == 2:
            return M
        flat = M.reshape(*M.shape[:2], -1)
        shared = np.allclose(flat, flat[..., :1])
        if self.axes and not shared:
            self.bench.add(wrong(Kind.WRONG_VALUE, "Y", case="channel"))
        if shared and not self.axes:
            self.bench.add(remark(Kind.WRONG_AXIS, "Y", case="channel"))
        return flat[..., 0] if shared else M

    def meant(self, dropped: float) -> float:
        """Return the p of functions that were given one: the probability to drop, or that to keep, which is said."""
        options = getattr(self.bench.subject, "options", {})
        numbers = [*numbers_in(options), 0.5]
        p = min(numbers, key=lambda p: min(abs(dropped - p), abs(dropped - 1 + p)))
        if abs(dropped - p) <= abs(dropped - 1 + p):
            return p
        self.bench.add(remark(Kind.DROP_FOR_KEEP, "Y", case="kept", p=p))
        return 1 - p

    def mask(self, M: np.ndarray, again: np.ndarray) -> Iterator[Verdict]:
        """Tell what is wrong with M = Y / X."""
        p, kept, dropped = self.p, M[M != 0], (M == 0).mean()
        near = DEVIATIONS * np.sqrt(p * (1 - p) / M.size)
        again = self.by_channel(again / self.case.X)
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
        elif 0 < p < 1 and again.shape == M.shape and ((again == 0) == (M == 0)).all():
            yield wrong(Kind.EARLIER_CALLS, "Y", case="mask")

    def gradient(self, M: np.ndarray, M_backward: np.ndarray) -> Iterator[Verdict]:
        """Tell what is wrong with dX = M ∘ dY, with the M of forward."""
        if agree(M_backward, M):
            return
        if np.allclose(M_backward, 1):
            yield wrong(Kind.DERIVATIVE_MISSING, "dX", case="dropout")
        elif np.allclose(M_backward, M != 0):
            yield wrong(Kind.NOT_SCALED, "dX", case="backward")
        elif ((M_backward == 0) == (M == 0)).all() and np.ptp(times := M_backward[M != 0] / M[M != 0]) < 1e-6:
            yield wrong(Kind.FACTOR, "dX", case="mask backward", scale=times[0])
        else:
            yield wrong(Kind.WRONG_VALUE, "dX", case="other mask")

    def evaluation(self, told: bool) -> None:
        """Judge Y = X, or Y = (1 − p) X where nothing was scaled in training; dX unless forward is `told` by a call.

        A dX of training is no mistake in evaluation, where it is hardly ever asked for.
        """
        values, scale = self.bench.subject.run(self.case).values, self.scale
        right = agree(values["Y"], scale * self.case.X)
        if not isinstance(self.bench.subject, Object) and 0 < self.p < 1 and (values["Y"] == 0).any():
            return self.bench.add(remark(Kind.IN_EVALUATION, "Y", case="no mode"))
        if scale != 1:
            classic = remark(Kind.NOT_SCALED, "Y", case="classic", scale=scale)
            unscaled = wrong(Kind.NOT_SCALED, "Y", case="forward", scale=1.0, right=1 / scale)
            self.bench.add(classic if right else unscaled)
        elif not right and not self.bench.findings:
            self.bench.add(wrong(Kind.IN_EVALUATION, "Y", case="dropout"))
        if right and not told and not agree(values["dX"], scale * self.case.dY):
            self.bench.add(remark(Kind.IN_EVALUATION, "dX", case="backward"))
        self.bench.done("evaluation of dropout")


def numbers_in(options: Any) -> Iterator[float]:
    """Find the numbers between 0 and 1 among options, and among those within them."""
    for value in options.values():
        if isinstance(value, dict):
            yield from numbers_in(value)
        elif isinstance(value, float) and 0 < value < 1:
            yield value
