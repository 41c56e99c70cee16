"""Calls an optimizer that a reader wrote, in whichever of the usual forms it has."""

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from helpers.judge.code.arguments import names_of, positional
from helpers.judge.code.case import Arrays

METHODS = (
    "step",
    "update",
    "update_params",
    "apply_gradients",
    "optimize",
    "apply",
    "update_weights",
    "__call__",
)
NETWORKS = {"params", "parameters", "model", "network", "net", "layers", "layer", "weights", "params_list"}
ALIASES = {"W": ("W", "weights", "weight", "w"), "b": ("b", "biases", "bias")}
RATES = {"lr", "learning_rate", "eta", "step_size"}
RATE = 0.05  # where one is asked for, and nobody says which


class Parameter:
    """One weight with its gradient, as the data and the grad of an object."""

    def __init__(self, W: np.ndarray) -> None:
        self.data, self.grad = W, np.zeros_like(W)


class Holder:
    """A layer under all the names that its weights and gradients have: params["W"], W, weights, dW, dweights, ..."""

    def __init__(self, start: Arrays) -> None:
        self.layers = self.trainable_layers = [self]
        self.params, self.grads = {}, {}
        self.set(
            {key: W.copy() for key, W in start.items()}, {key: np.zeros_like(W) for key, W in start.items()}
        )

    def set(self, weights: Arrays, grads: Arrays) -> None:
        for key, W in weights.items():
            self.params[key], self.grads[key] = W, grads[key]
            for name in ALIASES[key]:
                setattr(self, name, W)
                setattr(self, f"d{name}", grads[key])
                setattr(self, f"grad_{name}", grads[key])
        self.before = {key: W.copy() for key, W in weights.items()}

    def changed(self) -> Arrays:
        """Return the weights, each from where it is another now."""
        found = {}
        for key, was in self.before.items():
            held = [self.params[key], *(getattr(self, name) for name in ALIASES[key])]
            found[key] = next((A for A in held if not np.array_equal(A, was)), held[0])
        return {key: np.array(A) for key, A in found.items()}


Form = Callable[[dict[str, Any], Arrays, Sequence[Arrays]], list[Arrays]]
"""Runs an optimizer from weights with gradients; notes the numbers that it was run with."""


def forms(work: Any, options: Mapping[str, Any]) -> Iterator[Form]:
    """Yield the ways to run it."""
    if inspect.isfunction(work) or inspect.isbuiltin(work):
        yield from (partial(by_function, work, options, pack) for pack in (list, dict, None))
        return
    yield from (partial(by_network, work, options, hold) for hold in (Holder, tuple, dict, list, zip))
    for name in METHODS:
        if callable(getattr(work, name, None)) and (name != "__call__" or "__call__" in vars(kind_of(work))):
            yield from (partial(by_method, work, name, options, pack) for pack in (Holder, dict, list, None))


def kind_of(work: Any) -> type:
    return work if inspect.isclass(work) else type(work)


def made(work: Any, options: Mapping[str, Any], first: Any = None) -> Any:
    """Make the class, with `first` for a network where it asks for one; copy an object."""
    if not inspect.isclass(work):
        if first is not None:
            raise TypeError("made already, with weights of its own")
        return copy.deepcopy(work)
    given = {}
    for p in positional(work):
        if p.name in NETWORKS and p.default is p.empty:
            if first is None:
                raise TypeError("needs a network")
            given[p.name] = first
        elif p.name in options:
            given[p.name] = options[p.name]
        elif p.default is p.empty:
            given[p.name] = dict.fromkeys(RATES, RATE).get(p.name, 0.9)
    if first is not None and not any(A is first for A in given.values()):
        raise TypeError("takes no network")
    return work(**given)


def note(seen: dict[str, Any], *tables: Mapping[str, Any]) -> None:
    """Note the numbers among these names."""
    for table in tables:
        seen |= {
            k: v for k, v in table.items() if isinstance(v, int | float | tuple | list) and k not in seen
        }


def defaults(f: Callable) -> dict[str, Any]:
    return {p.name: p.default for p in positional(f) if p.default is not p.empty}


def by_network(
    work: Any, options: Mapping, hold: type, seen: dict, start: Arrays, grads: Sequence[Arrays]
) -> list[Arrays]:
    """Run an optimizer that is made with a network, or with a list or a dict of its parameters, and then steps."""
    holder, after = Holder(start), []
    parts = {key: Parameter(W.copy()) for key, W in start.items()}
    pairs = [(part.data, part.grad) for part in parts.values()]
    handed = {Holder: holder, tuple: [*parts.values()], dict: parts, list: [holder], zip: pairs}[hold]
    optimizer = made(work, options, handed)
    step = next(getattr(optimizer, m) for m in METHODS if callable(getattr(optimizer, m, None)))
    note(seen, vars(optimizer))
    for grad in grads:
        for key, part in parts.items():
            part.grad[...] = grad[key]
        holder.set(dict(holder.changed()), {key: A.copy() for key, A in grad.items()})
        step()
        weights = (
            holder.changed() if hold in (Holder, list) else {k: part.data.copy() for k, part in parts.items()}
        )
        after.append({key: np.array(W) for key, W in weights.items()})
    return after


def by_method(
    work: Any,
    name: str,
    options: Mapping,
    pack: type | None,
    seen: dict,
    start: Arrays,
    grads: Sequence[Arrays],
) -> list[Arrays]:
    """Run an optimizer whose step takes a layer, or parameters and their gradients: in dicts, in lists, or alone."""
    optimizer = made(work, options)
    note(seen, vars(optimizer))
    method = getattr(optimizer, name)
    if pack is Holder:
        return by_holder(optimizer, method, start, grads)
    return packed(lambda W, dW: method(*in_order(method, W, dW)), pack, start, grads)


def by_holder(optimizer: Any, method: Callable, start: Arrays, grads: Sequence[Arrays]) -> list[Arrays]:
    holder, after = Holder(start), []
    for grad in grads:
        holder.set(holder.changed(), {key: A.copy() for key, A in grad.items()})
        getattr(optimizer, "pre_update_params", lambda: None)()
        method(holder, *(0 for _ in names_of(method)[1:]))  # which layer it is
        getattr(optimizer, "post_update_params", lambda: None)()
        after.append(holder.changed())
    return after


def in_order(f: Callable, W: Any, dW: Any) -> list[Any]:
    """Put weights and gradients into the order of the arguments, by their names."""
    names = [p.name for p in positional(f)][:2]
    return [dW, W] if names and (names[0].startswith("d") or names[0].startswith("g")) else [W, dW]


def packed(
    step: Callable[[Any, Any], Any], pack: type | None, start: Arrays, grads: Sequence[Arrays]
) -> list[Arrays]:
    """Step with parameters and gradients in this sort of container; without one with the first parameter alone."""
    keys = list(start) if pack else list(start)[:1]
    now, after = {key: start[key].copy() for key in keys}, []

    def contained(arrays: Mapping[str, np.ndarray]) -> Any:
        return {dict: dict(arrays), list: [*arrays.values()], None: next(iter(arrays.values()))}[pack]

    for grad in grads:
        W = contained(now)
        result = step(W, contained({key: grad[key].copy() for key in keys}))
        result = result[0] if isinstance(result, tuple) and pack is not tuple else result
        result = W if result is None else result
        values = result.values() if isinstance(result, dict) else result if pack else [result]
        now = {key: np.array(A, float) for key, A in zip(keys, values, strict=True)}
        after.append({key: A.copy() for key, A in now.items()})
    return after


def by_function(
    f: Callable, options: Mapping, pack: type | None, seen: dict, start: Arrays, grads: Sequence[Arrays]
) -> list[Arrays]:
    """Run a function of parameters and gradients, with a dict that keeps its state from step to step."""
    names, state = [p.name for p in positional(f)], dict(options.get("config", {}))
    given = {name: options[name] for name in names[2:] if name in options and name != "config"}
    for p in positional(f)[2:]:
        if p.name in RATES and p.name not in given and p.default is p.empty:
            given[p.name] = RATE
        elif p.name not in given and (p.default is p.empty or p.default is None):
            given[p.name] = state
    note(seen, given, defaults(f))

    def step(W: Any, dW: Any) -> Any:
        result = f(*in_order(f, W, dW), **given)
        if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict):
            given.update({name: result[1] for name, value in given.items() if isinstance(value, dict)})
            note(seen, result[1])
        note(seen, state)
        return result

    return packed(step, pack, start, grads)
