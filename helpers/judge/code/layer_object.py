"""Calls a layer or a loss that a reader wrote as an object or as a class."""

import contextlib
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from helpers.judge.code import making
from helpers.judge.code.arguments import RATE, RATES, accepted, names_of, positional
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.letters import spellings
from helpers.judge.code.places import (
    Path,
    arrays_in,
    at,
    changed,
    inside,
    listing,
    named_gradient,
    put,
    shown,
    stored,
)
from helpers.judge.code.roles import INITIALISE, backward_of, forward_of, method
from helpers.judge.code.subject import Subject
from helpers.judge.code.two_functions import returned
from helpers.verdict import Difference, Kind, not_judged, wrong

OUTPUT = ("output", "outputs", "out", "Y", "y", "A", "a", "activation", "result", "value", "loss", "L")
INPUT_GRADIENT = (
    "dinputs",
    "dX",
    "dx",
    "dinput",
    "d_input",
    "grad_input",
    "gradInput",
    "input_grad",
    "dA_prev",
)


class Object(Subject):
    """Calls an object with forward and backward, or makes one of its class."""

    method = True

    def __init__(
        self, layer: Any, seconds: float, call_seconds: float, options: Mapping[str, Any] | None = None
    ) -> None:
        name = layer.__name__ if inspect.isclass(layer) else type(layer).__name__
        super().__init__(name, seconds, call_seconds, options)
        self.original, self.made = layer, {}
        self.clears: str | None = None  # the method that clears gradients which add up, where it is needed
        self.like: Any = None  # whose options the class may be made with
        self.how: int | None = None  # the way in which the class could be made
        self.paths: dict[str, Path] = {}  # where parameters and gradients are, by their letters
        self.turned: set[str] = set()  # parameters kept as (M, N), seen where M and N differ
        self.rate: float | None = None  # of a backward that updates
        self.loss = len(making.asked_by(layer)) == 2

    def fresh(self) -> None:
        self.made = {}

    @property
    def is_class(self) -> bool:
        return inspect.isclass(self.original)

    # making

    def at(self, case: Case) -> Any:
        """Return the reader's layer at the sizes of a case: a copy, so that theirs stays as it is."""
        shapes = tuple(A.shape for A in case.params.values())
        if shapes not in self.made:
            made = (
                self.make(case)
                if self.is_class
                else self.call("copy(layer)", case, making.copied, self.original)
            )
            self.made[shapes] = made
        return self.made[shapes]

    def make(self, case: Case) -> Any:
        """Make the class in the first way in which it takes its arguments and its parameters fit."""
        ways = list(making.ways_to_make(self.original, case, self.like, self.options))
        troubles: list[Trouble] = []
        tight: list[Any] = []  # layers in which the parameters do not fit
        for k, (given, named) in enumerate(ways):
            if self.how in (None, k):
                try:
                    layer = self.made_with(given, named, case)
                    if self.how is not None or all(
                        self.has_room(layer, key, A) for key, A in case.params.items()
                    ):
                        self.how = k
                        return layer
                    tight.append(layer)
                except Trouble as trouble:
                    troubles.append(trouble)
        if tight:
            return tight[0]
        raise troubles[0]

    def made_with(self, given: list, named: dict, case: Case) -> Any:
        words = [*map(str, given), *(f"{name}={value}" for name, value in named.items())]
        said = f"{self.name}({', '.join(words)})"
        if error := making.fits(self.original, given, named):
            how = ("made with nothing", "made with N", "made with M and N")[len(given)]
            raise Trouble(not_judged(Kind.INTERFACE, self.name, case=how, said=said, error=error))
        return self.call(said, case, self.original, *given, **named)

    def has_room(self, layer: Any, key: str, A: np.ndarray) -> bool:
        """Tell whether a parameter of the layer has the entries of ours; one that is not there yet may."""
        path = stored(layer, key, A.shape)
        return path is None or at(layer, path).size == A.size

    # parameters

    def place(self, layer: Any, key: str, case: Case) -> Path:
        """Find where a parameter is kept; a layer that makes it at its first forward is called once."""
        path = self.paths.get(key) or self.found(layer, key, case)
        if path is None or at(layer, path) is None:
            self.initialise(layer, case)
            path = self.found(layer, key, case)
        if path is None or at(layer, path) is None:
            self.warm(layer, case)
            path = path or self.found(layer, key, case)
        if path is None:
            found = ", ".join(listing(arrays_in(layer)))
            there = f"There are {found}." if found else "It holds no array."
            raise Trouble(not_judged(Kind.INTERFACE, key, case="no parameter", there=there))
        self.paths[key] = path
        return path

    def found(self, layer: Any, key: str, case: Case) -> Path | None:
        taken = [path for other, path in self.paths.items() if other != key]
        return self.call("params", case, stored, layer, key, case.params[key].shape, taken)

    def initialise(self, layer: Any, case: Case) -> None:
        """Call the method that makes the parameters, with the width of X or with nothing, where there is one."""
        make, width = method(layer, INITIALISE), case.X.shape[-1]
        if make and len(names_of(make)) < 2:
            with contextlib.suppress(Trouble):
                self.call(f"{make.__name__}()", case, make, *[width] * len(names_of(make)))
                self.noted["initialise"] = f"parameters made by {make.__name__}()"

    def warm(self, layer: Any, case: Case) -> None:
        """Run forward once, for the parameters that it makes."""
        with contextlib.suppress(Trouble):
            self.call("forward", case, forward_of(layer), case.X.copy())

    def live(self, layer: Any, key: str, case: Case) -> np.ndarray:
        """Return a parameter itself, which may be behind a property of the reader's."""
        A = self.call("params", case, at, layer, self.place(layer, key, case))
        if isinstance(A, np.ndarray) and A.dtype.kind in "fiu":
            return A
        raise Trouble(wrong(Kind.TYPE, key, case="parameter", type=type(A).__name__))

    def adapted(self, case: Case) -> Case:
        """Return a case as the work takes it, or the first of several."""
        for adapter in self.adapters:
            case = adapter.give(case)[0]
        return case

    def dtype(self, case: Case) -> np.dtype:
        """Return the dtype of its parameters."""
        case = self.adapted(case)
        return self.live(self.at(case), next(iter(case.params)), case).dtype

    def takes(self, case: Case) -> bool:
        """Tell whether its parameters can be put into the dtype of the case; those of its parts cannot."""
        case = self.adapted(case)
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
            if np.shape(live) == value.T.shape != value.shape and value.ndim == 2:
                self.turned.add(key)
            if key[0] == "U" and case.row and f"W{key[1:]}" in self.turned:
                self.turned.add(key)  # a square U lies as its W does
            value = value.T if key in self.turned else value
            if np.shape(live) != value.shape and np.size(live) == value.size:
                value = value.reshape(np.shape(live))  # b as (1, N)
            if np.shape(live) != value.shape:
                shapes = Difference(Kind.SHAPE, shapes=(np.shape(live), value.shape))
                raise Trouble(wrong(Kind.SHAPE, key, shapes, case="parameter", own_sizes=not self.is_class))
            put(layer, self.paths[key], value)
        return layer

    # what is called

    def ready(self, case: Case) -> tuple[Any, Callable | None, Callable | None]:
        layer = self.filled(case)
        self.start = {key: self.live(layer, key, case).copy() for key in case.params}
        forward, backward = forward_of(layer), backward_of(layer)
        names = [p.name for p in positional(backward)] if backward else []
        self.rate = RATE if {*names} & {*RATES} else own_rate(layer)
        return layer, forward, backward

    def before_backward(self, layer: Any) -> None:
        if self.watching:
            self.before = {path: A.copy() for path, A in arrays_in(layer).items()}

    def accepts(self, letters: Sequence[str], forward: bool) -> list[str]:
        f = (forward_of if forward else backward_of)(self.original)
        return accepted(functools.partial(f, None) if self.is_class else f, letters)

    def held(self, layer: Any, case: Case) -> Arrays:
        return {key: self.live(layer, key, case) for key in case.params}

    def feed(self, layer: Any, given: dict[str, Any]) -> None:
        """Put X where a forward without arguments takes it from."""
        name = next((name for name in spellings("X") if hasattr(layer, name)), None)
        if name is None:
            super().feed(layer, given)
        setattr(layer, name, given["X"])
        self.noted["X"] = f"X is self.{name}, from where forward() takes it"

    def output(self, Y: Any, layer: Any) -> Any:
        """Return Y, or the attribute that forward set instead."""
        return self.set_beside(layer, "Y", OUTPUT) if Y is None else Y

    def set_beside(self, layer: Any, of: str, names: Sequence[str]) -> Any:
        """Return what a method set where it returned nothing, by the names that it may have."""
        name = next(
            (name for name in names if isinstance(getattr(layer, name, None), np.ndarray | float)), None
        )
        if name is None:
            return None
        self.noted[of] = f"{of} is self.{name}, which nothing returns"
        return getattr(layer, name)

    def gradients(self, result: Any, layer: Any, case: Case) -> dict[str, Any]:
        found = returned(result, case)
        if found.get("dX") is None and "dX" in case.gradients:
            found["dX"] = self.set_beside(layer, "dX", INPUT_GRADIENT)
        for key, A in case.params.items():
            if found.get(f"d{key}") is None and isinstance(result, dict):
                found[f"d{key}"] = beside(result, self.paths[key])
            if found.get(f"d{key}") is None or (not case.gradients and np.size(found[f"d{key}"]) != A.size):
                found[f"d{key}"] = self.call("grads", case, self.gradient, layer, key)
        return {of: A for of, A in found.items() if A is not None or of in case.gradients}

    def laid(self, values: Arrays, layer: Any, case: Case) -> Arrays:
        """Lay gradients out as our W (N, M) and b (N,) are, if they have the shape of the reader's parameter."""
        keys = {f"d{key}": key for key in case.params if f"d{key}" in values}
        return values | {of: self.laid_out(values[of], key, case) for of, key in keys.items()}

    def laid_out(self, gradient: np.ndarray, key: str, case: Case) -> np.ndarray:
        if gradient.shape != self.start[key].shape:
            return gradient
        return gradient.T if key in self.turned else gradient.reshape(case.params[key].shape)

    def gradient(self, layer: Any, key: str) -> Any:
        """Find a gradient by its name; else by what backward changed, or by how it moved the parameter."""
        found = named_gradient(layer, key, self.paths[key])
        if found is None and self.watching:
            after, shape = arrays_in(layer), self.start[key].shape
            new = [
                p
                for p in changed(self.before, after)
                if after[p].shape == shape
                and p not in self.paths.values()
                and not np.array_equal(after[p], self.start[key])
            ]
            if len(new) == 1:
                self.paths[f"d{key}"] = new[0]
                self.noted[f"d{key}"] = f"d{key} is self.{shown(new[0])}"
        if found is None and f"d{key}" in self.paths:
            return at(layer, self.paths[f"d{key}"])
        if found is None and self.rate:
            moved = (self.start[key] - at(layer, self.paths[key])) / self.rate
            if moved.any():
                self.noted["lr"] = "the learning rate as 1, and a gradient as what it takes off its parameter"
                return moved
        return found

    def moves(self, key: str, after: np.ndarray, gradient: np.ndarray | None) -> bool:
        """Tell whether a parameter is another than before for a step against its gradient, at the learning rate."""
        if self.rate is None or gradient is None or key not in self.start or gradient.shape != after.shape:
            return False
        return np.allclose(self.start[key] - after, self.rate * gradient)


def own_rate(layer: Any) -> float | None:
    """Return the learning rate that a layer keeps, or an optimizer of its own."""
    holders = (layer, *(part for _, part in inside(layer) if hasattr(part, "__dict__")))
    found = (getattr(one, name, None) for one in holders for name in RATES)
    return next((rate for rate in found if isinstance(rate, float)), None)


def beside(grads: Mapping[str, Any], path: Path) -> Any:
    """Return what a dict of gradients has for the parameter at a path: W1 or dW1 for params["W1"]."""
    return next((grads[name] for name in (path[-1], f"d{path[-1]}") if grads.get(name) is not None), None)
