"""Calls a layer or a loss that a reader wrote as an object or as a class."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from helpers.judge.code.arguments import RATE, RATES, accepted, positional
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.layer_made import Made
from helpers.judge.code.letters import spellings
from helpers.judge.code.places import (
    Path,
    arrays_in,
    at,
    changed,
    inside,
    named_gradient,
    shown,
)
from helpers.judge.code.roles import backward_of, forward_of
from helpers.judge.code.two_functions import returned

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


class Object(Made):
    """Calls an object with forward and backward, and finds what came of it."""

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
        numbers = np.ndarray | np.number | float
        name = next((name for name in names if isinstance(getattr(layer, name, None), numbers)), None)
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
        self.first = self.own_step and found.get("dX") is None
        return {
            of: A for of, A in found.items() if A is not None or (of in case.gradients and not self.first)
        }

    @property
    def own_step(self) -> bool:
        """Whether backward itself moved the parameters, at a learning rate."""
        return "lr" in self.noted

    def laid(self, values: Arrays, layer: Any, case: Case) -> Arrays:
        """Lay gradients out as our W (N, M) and b (N,) are, if they have the shape of the reader's parameter."""
        keys = {f"d{key}": key for key in case.params if f"d{key}" in values}
        return values | {of: self.laid_out(values[of], key, case) for of, key in keys.items()}

    def laid_out(self, gradient: np.ndarray, key: str, case: Case) -> np.ndarray:
        of_a_number = key in self.noted and gradient.size == self.start[key].size == 1
        if gradient.shape != self.start[key].shape and not of_a_number:
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
