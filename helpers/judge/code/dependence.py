"""Finds the arrays of an object that Y depends on: what it learns, and what a tick would pass over."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.judge.code.adapters import TARGETS
from helpers.judge.code.bench import Bench
from helpers.judge.code.case import Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.inputs import Inputs
from helpers.judge.code.kind_of_mistake import agree
from helpers.judge.code.layer_object import Object
from helpers.judge.code.letters import LETTER, PARAMETERS
from helpers.judge.code.limits import OutOfTime
from helpers.judge.code.places import Path, arrays_in, at, bare, listing, named_gradient, shown
from helpers.judge.code.subject import Subject
from helpers.verdict import Kind, Verdict, remark

ENTRIES = 300  # how many are moved one by one, at most, to know a gradient
Shapes = dict[str, tuple[int, ...]]


def dependent(subject: Object, case: Case) -> dict[Path, np.ndarray]:
    """Return the arrays of a layer, beside the parameters that are compared, that Y or L depends on."""
    subject.fresh()
    layer, value = subject.filled(case), case.value
    before = subject.forward(case)[value]
    found = {}
    for path, A in (
        arrays_in(layer).items() if agree(subject.forward(case)[value], before) else ()
    ):  # else it draws
        if path in subject.paths.values() or not A.flags.writeable:
            continue
        kept = A.copy()
        A += 1 + np.arange(A.size).reshape(A.shape) / 7  # no shift that a softmax or a norm takes out
        moved = subject.forward(case)[value]
        if at(layer, path) is A:
            A[...] = kept
            if not agree(moved, before):
                found[path] = A
    subject.fresh()
    return found


def unlooked(subject: Subject, inputs: Inputs, bench: Bench) -> Iterator[Verdict]:
    """Yield a remark where all is right as far as was looked, and Y depends on more than that."""
    if bench.findings or not isinstance(subject, Object):
        return
    try:
        left = dependent(subject, inputs.ordinary(bench.truth, 7))
    except (Trouble, OutOfTime):
        return
    if left:
        yield remark(Kind.UNLOOKED, subject.name, arrays=listing(left))


def learned(subject: Object, X: np.ndarray | None) -> tuple[Shapes, np.ndarray | None]:
    """Return the shapes of what a layer learns, by letters that say where it is, and an X that it takes.

    It is what Y depends on and what has a gradient somewhere; `subject` remembers the places.
    """
    layer = subject.at(Case(np.zeros((1, 1))))
    for width in widths(layer) if X is None else [None]:
        tried = np.zeros((1, width)) if X is None else X
        case = Case(np.random.default_rng(0).standard_normal((7, *tried.shape[1:])))
        try:
            found = dependent(subject, case)
            Y = subject.forward(case)["Y"]
            subject.run(Case(case.X, dY=np.ones_like(Y)))
        except (Trouble, OutOfTime):
            continue
        layer = subject.at(case)
        paths = {key_of(path): path for path in found if named_gradient(layer, bare(path), path) is not None}
        if sum(found[path].size for path in paths.values()) > ENTRIES:
            return {}, tried
        subject.paths |= paths
        subject.fresh()
        return {key: found[path].shape for key, path in paths.items()}, tried
    return {}, X


def learned_with_loss(
    subject: Object, X: np.ndarray | None
) -> tuple[Shapes, np.ndarray | None, dict[str, Any]]:
    """Return what a network learns whose forward is its loss, an X that it takes, and what else its inputs are.

    It is what L depends on; without such arrays a work is a loss alone, and its T as wide as its X. Where backward
    hands no dX out, X is fixed.
    """
    layer = subject.at(Case(np.zeros((1, 1))))
    there = widths(layer)
    for width, N, target in itertools.product(there if X is None else [X.shape[-1]], there[::-1], TARGETS):
        rng = np.random.default_rng(0)
        T = np.eye(N)[rng.integers(N, size=7)]
        case = Case(rng.standard_normal((7, width)), T=T, fixed=frozenset({"X", "T"}))
        subject.adapters = (target,)
        with contextlib.suppress(Trouble, OutOfTime, ValueError, IndexError):
            if subject.forward(case)["L"].size != 1 or not (found := dependent(subject, case)):
                continue
            subject.paths |= {key_of(path): path for path in found}
            fixed = case.fixed if not hands_out(subject, case) else frozenset({"T"})
            subject.adapters = ()
            shapes = {key: found[path].shape for key, path in subject.paths.items()}
            return shapes, case.X[:1], {"classes": N, "fixed": fixed}
    subject.adapters = ()
    return {}, X, {}


def hands_out(subject: Object, case: Case) -> bool:
    """Tell whether backward returns, or sets, a dX of the shape of X."""
    try:
        dX = subject.run(replace(case, fixed=frozenset({"T"}))).values.get("dX")
    except (Trouble, ValueError):
        return False
    finally:
        subject.fresh()
    return dX is not None and dX.shape == case.X.shape


def widths(layer: object) -> list[int]:
    """Return how many columns X may have: as many as a matrix has rows, or columns."""
    return list(dict.fromkeys(n for A in arrays_in(layer).values() if A.ndim == 2 for n in A.shape))


def key_of(path: Path) -> str:
    """Return the letter of a parameter, or where it is."""
    name = LETTER.get(str(path[-1]).strip("_"))
    return name if len(path) == 1 and name in PARAMETERS else shown(path)
