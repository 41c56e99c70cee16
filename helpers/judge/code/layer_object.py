"""Calls a layer or a loss that a reader wrote as an object or as a class."""

import contextlib
import copy
import functools
import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.letters import spellings
from helpers.judge.code.subject import (
    Results,
    Subject,
    arranged,
    array,
    changes,
    flat,
    names_of,
    shared,
    states,
)
from helpers.verdict import Difference, Kind, wrong


class Object(Subject):
    """Calls an object with forward and backward, or makes one of its class."""

    def __init__(self, layer: Any, seconds: float, call_seconds: float) -> None:
        name = layer.__name__ if inspect.isclass(layer) else type(layer).__name__
        super().__init__(name, seconds, call_seconds)
        self.original, self.made = layer, {}
        self.clears: str | None = None  # the method that clears gradients which add up, where it is needed
        self.turned: set[str] = set()  # parameters kept as (M, N), seen where M and N differ
        self.loss = len(names_of(layer.forward)) - inspect.isclass(layer) == 2

    def fresh(self) -> None:
        self.made = {}

    def at(self, case: Case) -> Any:
        """Return the reader's layer at the sizes of a case: a copy, so that theirs stays as it is."""
        shapes = tuple(A.shape for A in case.params.values())
        if shapes not in self.made:
            if inspect.isclass(self.original):
                sizes = self.sizes(case)
                said = f"{self.name}({', '.join(map(str, sizes))})"
                self.check_constructor(said, sizes)
                self.made[shapes] = self.call(said, case, self.original, *sizes)
            else:
                self.made[shapes] = self.call("copy(layer)", case, copied, self.original)
        return self.made[shapes]

    def sizes(self, case: Case) -> list:
        """Return what the class is made with: what its row says, else M and N beside a W, N beside a γ alone."""
        if case.row and case.row.made:
            return [case.sizes[a] for a in case.row.made][: len(names_of(self.original))]
        if case.weights is not None:
            return list(case.channels)
        shape = next((A.shape for A in case.own.values()), ())
        return [shape[0] if len(shape) == 1 else shape] if shape and names_of(self.original) else []

    def check_constructor(self, said: str, sizes: list[int]) -> None:
        """Refuse a class that cannot be made with its sizes alone."""
        try:
            inspect.signature(self.original).bind(*sizes)
        except TypeError as error:
            how = ("made with nothing", "made with N", "made with M and N")[len(sizes)]
            fault = wrong(Kind.INTERFACE, self.name, case=how, said=said, error=error)
            raise Trouble(fault) from None
        except ValueError:  # no signature to be had
            return

    def dtype(self, case: Case) -> np.dtype:
        """Return the dtype of its parameters."""
        return self.live(self.at(case), next(iter(case.params)), case).dtype

    def live(self, layer: Any, key: str, case: Case) -> np.ndarray:
        """Return a parameter itself, which may be behind a property of the reader's."""
        return self.call("params", case, live_array, layer, key)

    def takes(self, case: Case) -> bool:
        """Tell whether its parameters can be put into the dtype of the case; those of its parts cannot."""
        layer = self.filled(case)
        if any(hasattr(part, "forward") for part in vars(layer).values()):
            return False
        kept = getattr(layer, "buffers", None)
        same = all(A.dtype == case.dtype for A in kept.values()) if isinstance(kept, dict) else True
        return same and all(self.live(layer, key, case).dtype == A.dtype for key, A in case.params.items())

    def filled(self, case: Case) -> Any:
        """Return the layer with the parameters of the case in it."""
        layer = self.at(case)
        if self.clears:
            self.call(f"{self.clears}()", case, getattr(layer, self.clears))
        for key, value in case.params.items():
            live = self.live(layer, key, case)
            if np.shape(live) == value.T.shape != value.shape:
                self.turned.add(key)
            if key in self.turned:
                value = value.T
            if np.shape(live) != value.shape and np.size(live) == value.size:
                value = value.reshape(np.shape(live))  # b as (1, N)
            if np.shape(live) != value.shape:
                shapes = Difference(Kind.SHAPE, shapes=(np.shape(live), value.shape))
                own = not inspect.isclass(self.original)
                raise Trouble(wrong(Kind.SHAPE, key, shapes, case="parameter", own_sizes=own))
            if live.dtype == value.dtype:
                live[...] = value
            elif isinstance(container := stored(layer, key)[0], dict):
                container[stored(layer, key)[1]] = value.copy()
        return layer

    def accepts(self, letters: Sequence[str], forward: bool) -> list[str]:
        method = self.original.forward if forward else self.original.backward
        bound = functools.partial(method, None) if inspect.isclass(self.original) else method
        return list(arranged(bound, dict.fromkeys(letters)))

    def forward(self, case: Case) -> Arrays:
        given = self.laid(case.inputs, case)
        return self.answer(self.filled(case), case, given)[0]

    def answer(self, layer: Any, case: Case, given: Arrays) -> tuple[Arrays, Any]:
        """Return copies of what came out, by letters, and Y itself."""
        arguments = arranged(layer.forward, given).values()
        Y, *more = self.parted(self.call(self.said(case), case, layer.forward, *arguments))
        more = more or [getattr(layer, of, None) for of in (self.row.outputs if self.row else ())]
        return {case.value: array(case.value, Y)} | states(more, case), Y

    @staticmethod
    def said(case: Case) -> str:
        return f"forward({', '.join(case.inputs)})"

    def run(self, case: Case) -> Results:
        layer = self.filled(case)
        held = {key: self.live(layer, key, case) for key in case.params}
        given = self.laid(case.inputs | case.upstream, case)
        before = copy.deepcopy(given | held)
        values, Y = self.answer(layer, case, {name: given[name] for name in case.inputs})
        named = {case.value: Y} | by_letter(self.pulled(layer, case, given), case)
        values |= {of: self.ours(of, array(of, named[of]), case) for of in case.gradients if of in named}
        for key in case.params:
            named[f"d{key}"] = gradient = self.call("grads", case, gradient_in, layer, key)
            if gradient is not None:
                values[f"d{key}"] = self.laid_out(array(f"d{key}", gradient), layer, key, case)
        before[case.value] = values[case.value]
        after = given | {key: self.live(layer, key, case) for key in case.params} | {case.value: Y}
        return Results(values, changes(before, after), shared(named, given | held))

    def pulled(self, layer: Any, case: Case, given: Arrays) -> Any:
        """Return what backward does; that of a loss may ask for nothing, for dL, or for X and T again."""
        if case.T is None:
            upstream = arranged(layer.backward, {of: given[of] for of in case.upstream})
            said = f"backward({', '.join(case.upstream)})"
            return self.call(said, case, layer.backward, *upstream.values())
        asked = len(names_of(layer.backward))
        again = [[], [1.0], [given["X"], given["T"]]][min(asked, 2)]
        return self.call("backward()", case, layer.backward, *again)

    def laid_out(self, gradient: np.ndarray, layer: Any, key: str, case: Case) -> np.ndarray:
        """Lay a gradient out as our W (N, M) and b (N,) are, if it has the shape of the reader's parameter."""
        if gradient.shape != self.live(layer, key, case).shape:
            return gradient
        return gradient.T if key in self.turned else gradient.reshape(case.params[key].shape)


def by_letter(result: Any, case: Case) -> dict[str, Any]:
    """Put what backward returned under the letters of the inputs; of several, those that may may be left out."""
    results = flat(result) if len(case.gradients) > 1 else [result]
    return dict(zip(case.gradients, results, strict=False))


def copied(layer: Any) -> Any:
    """Copy a layer deeply; share what cannot be copied, such as a lock."""
    try:
        return copy.deepcopy(layer)
    except Exception:
        twin, memo = copy.copy(layer), {}
        for name, value in vars(layer).items():
            with contextlib.suppress(Exception):
                setattr(twin, name, copy.deepcopy(value, memo))
        return twin


def stored(layer: Any, key: str) -> tuple[Any, str]:
    """Find where a parameter is kept, in the dict layer.params or in the layer itself, and its name there."""
    table = getattr(layer, "params", None)
    for name in spellings(key):
        if isinstance(table, dict) and name in table:
            return table, name
        if isinstance(getattr(layer, name, None), np.ndarray):
            return layer, name
    raise Trouble(wrong(Kind.INTERFACE, key, case="no parameter"))


def live_array(layer: Any, key: str) -> np.ndarray:
    container, name = stored(layer, key)
    A = container[name] if isinstance(container, dict) else getattr(container, name)
    if isinstance(A, np.ndarray) and A.dtype.kind in "fiu":
        return A
    raise Trouble(wrong(Kind.TYPE, key, case="parameter", type=type(A).__name__))


def gradient_in(layer: Any, key: str) -> Any:
    """Find the gradient of a parameter: grads["W"], grads["dW"], an attribute dW; None where there is none."""
    table = getattr(layer, "grads", None)
    for name in spellings(key):
        for spelling in (name, f"d{name}"):
            if isinstance(table, dict) and table.get(spelling) is not None:
                return table[spelling]
        for spelling in (f"d{name}", f"grad_{name}", f"{name}_grad"):
            if getattr(layer, spelling, None) is not None:
                return getattr(layer, spelling)
    return None
