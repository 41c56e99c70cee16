"""What a reader wrote, an object or functions, called in one way."""

import contextlib
import copy
import inspect
import itertools
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers.practise.diagnose.case import Arrays, Case
from helpers.practise.diagnose.finding import Trouble
from helpers.practise.diagnose.guard import Endless, Raised, within

SPELLINGS = {
    "W": ("W", "w", "weight", "weights"),
    "b": ("b", "B", "bias", "biases"),
    "X": ("X", "x", "inputs", "input", "input_", "Z", "z"),
    "T": ("T", "t", "targets", "target", "labels", "y_true"),
    "Y": ("Y", "y", "out", "output", "P", "p", "probs", "y_hat"),
    "dY": ("dY", "dy", "dout", "d_out", "grad", "grad_output", "upstream", "G", "g", "delta", "dZ", "dz"),
    "dL": ("dL", "dl"),
    "cache": ("cache", "ctx"),
}
LETTER = {name: letter for letter, names in SPELLINGS.items() for name in names}


class OutOfTime(Exception):
    """The battery as a whole has used up its time."""


@dataclass
class Results:
    """Copies of what came out, by the letters of the formula; which arguments changed, which share memory."""

    values: Arrays
    changed: list[str]
    aliased: list[str]


class Subject:
    """What forward and backward have in common, however they are written."""

    loss = False
    own_forward = True

    def __init__(self, name: str, seconds: float, call_seconds: float) -> None:
        self.name, self.call_seconds, self.ends = name, call_seconds, time.monotonic() + seconds

    def call(self, said: str, case: Case, f: Callable, *arguments: Any, **named: Any) -> Any:
        """f(...) under the time limit; what goes wrong is a Trouble, in a sentence."""
        left = self.ends - time.monotonic()
        try:
            if left <= 0:
                raise Endless
            return within(min(self.call_seconds, left), f, *arguments, **named)
        except Endless as endless:
            if left < self.call_seconds:
                raise OutOfTime from None
            reason = f"{said} did not return within {self.call_seconds:g} s. Which loop never ends?"
            if endless.running:
                reason += (
                    " It could not be stopped and goes on behind: restart the kernel if all is slow now."
                )
            raise Trouble("loops for ever", said, reason) from None
        except Raised as raised:
            if isinstance(raised.error, Trouble):
                raise raised.error from None
            error, where = raised.error, line_of(raised.error)
            words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            reason = f"With {case}, {said} stops with {words}.{where}"
            raise Trouble("raises", said, reason) from None

    def fresh(self) -> None:
        """Forget every earlier call."""

    def forward(self, case: Case) -> np.ndarray:
        """Y or L alone."""
        raise NotImplementedError

    def run(self, case: Case) -> Results:
        """Forward, then backward, on copies of all arrays of the case."""
        raise NotImplementedError


class Functions(Subject):
    """forward(X, W, b) and backward(X, W, dY), say: arguments go by their names."""

    def __init__(
        self,
        forward: Callable | None,
        backward: Callable,
        seconds: float,
        call_seconds: float,
        options: Mapping,
    ) -> None:
        super().__init__(getattr(backward, "__name__", "functions"), seconds, call_seconds)
        self.functions, self.options, self.own_forward = (forward, backward), options, forward is not None
        self.borrowed: Callable[[Case], np.ndarray] | None = None  # Y, where no forward was given
        self.loss = "T" in map(LETTER.get, itertools.chain(*(names_of(f) for f in self.functions if f)))

    def given(self, case: Case) -> dict[str, Any]:
        """Copies of the case by their letters."""
        arrays = {"X": case.X, "T": case.T, "dY": case.dY, **case.params}
        return {name: A.copy() for name, A in arrays.items() if A is not None}

    def answer(self, case: Case, given: dict[str, Any]) -> tuple[np.ndarray, Any]:
        """Y, a copy, and the array that forward returned; it and a cache go into what is given."""
        forward = self.functions[0]
        if forward is None:
            Y = self.borrowed(case)
        else:
            order = ["X", *(["T"] if "T" in given else []), *case.params]
            Y = self.ask("forward", case, forward, given, order)
            if isinstance(Y, tuple) and len(Y) == 2:
                Y, given["cache"] = Y
        given["Y"] = Y
        return array(case.value, Y), Y

    def forward(self, case: Case) -> np.ndarray:
        return self.answer(case, self.given(case))[0]

    def run(self, case: Case) -> Results:
        given = self.given(case)
        before = copy.deepcopy(given)
        Y, raw = self.answer(case, given)
        order = [name for name in ("dY", "X", "T", *case.params, "Y") if name in given]
        result = self.ask("backward", case, self.functions[1], given, order)
        named = {case.value: raw} if self.own_forward else {}
        named |= by_letter(result, ["dX", *(f"d{key}" for key in case.params)])
        values = {name: array(name, A) for name, A in named.items()} | {case.value: Y}
        return Results(values, changes(before, given), shared(named, {n: given[n] for n in before}))

    def ask(self, said: str, case: Case, f: Callable, given: Mapping[str, Any], order: list[str]) -> Any:
        """f of what it asks for by its names; where they say nothing, of all there is in the usual order."""
        given, asked, options = {**given, "dL": 1.0}, names_of(f), self.options
        letters = [name if name in options else self.letter(name, given) for name in asked]
        if not any(letters):
            letters = order[: len(asked)] if asked else order
        unknown = [
            name for name, letter in zip(asked, letters, strict=False) if letter not in {*given, *options}
        ]
        if unknown:
            raise Trouble(
                "interface",
                said,
                f"{said} asks for {', '.join(unknown)}, and nothing here has that name: "
                f"{', '.join(given)} can be had, and what you hand to diagnose by name.",
            )
        optional = {name: options[name] for name in optional_names_of(f) if name in options}
        arguments = [options[letter] if letter in options else given[letter] for letter in letters]
        return self.call(said, case, f, *arguments, **optional)

    @staticmethod
    def letter(name: str, given: Mapping[str, Any]) -> str | None:
        """The letter behind a name; y is the target where there is one, and the output elsewhere."""
        if name in given:
            return name
        return "T" if name == "y" and "T" in given else LETTER.get(name)


class Object(Subject):
    """A layer or a loss: an object with forward and backward, or the class to make one."""

    def __init__(self, layer: Any, seconds: float, call_seconds: float) -> None:
        name = layer.__name__ if inspect.isclass(layer) else type(layer).__name__
        super().__init__(name, seconds, call_seconds)
        self.original, self.made = layer, {}
        self.turned: set[str] = set()  # parameters kept as (M, N), seen where M and N differ
        self.loss = len(names_of(layer.forward)) - inspect.isclass(layer) == 2

    def fresh(self) -> None:
        self.made = {}

    def at(self, case: Case) -> Any:
        """The reader's layer at the sizes of a case: a copy, so that theirs stays as it is."""
        shapes = tuple(A.shape for A in case.params.values())
        if shapes not in self.made:
            if inspect.isclass(self.original):
                sizes = [case.sizes["M"], case.sizes["N"]] if "W" in case.params else []
                said = f"{self.name}({', '.join(map(str, sizes))})"
                self.made[shapes] = self.call(said, case, self.original, *sizes)
            else:
                self.made[shapes] = self.call("a copy of the layer", case, copied, self.original)
        return self.made[shapes]

    def dtype(self, case: Case) -> np.dtype:
        """That of its parameters."""
        return self.live(self.at(case), next(iter(case.params)), case).dtype

    def live(self, layer: Any, key: str, case: Case) -> np.ndarray:
        """A parameter itself, which may be behind a property of the reader's."""
        return self.call("params", case, live_array, layer, key)

    def takes(self, case: Case) -> bool:
        """Whether its parameters can be put into the dtype of the case."""
        layer = self.filled(case)
        return all(self.live(layer, key, case).dtype == A.dtype for key, A in case.params.items())

    def filled(self, case: Case) -> Any:
        """The layer with the parameters of the case in it."""
        layer = self.at(case)
        for key, value in case.params.items():
            live = self.live(layer, key, case)
            if np.shape(live) == value.T.shape != value.shape:
                self.turned.add(key)
            if key in self.turned:
                value = value.T
            if np.shape(live) != value.shape and np.size(live) == value.size:
                value = value.reshape(np.shape(live))  # b as (1, N)
            if np.shape(live) != value.shape:
                reason = f"{key} has shape {np.shape(live)}, where {value.shape} is right."
                raise Trouble("shape", key, reason)
            if live.dtype == value.dtype:
                live[...] = value
            elif isinstance(container := stored(layer, key)[0], dict):
                container[stored(layer, key)[1]] = value.copy()
        return layer

    def forward(self, case: Case) -> np.ndarray:
        layer, given = self.filled(case), [A.copy() for A in (case.X, case.T) if A is not None]
        return array(case.value, self.call(self.said(case), case, layer.forward, *given))

    @staticmethod
    def said(case: Case) -> str:
        return "forward(X)" if case.T is None else "forward(X, T)"

    def run(self, case: Case) -> Results:
        layer = self.filled(case)
        held = {key: self.live(layer, key, case) for key in case.params}
        given = {n: A.copy() for n, A in (("X", case.X), ("T", case.T), ("dY", case.dY)) if A is not None}
        before = copy.deepcopy(given | held)
        forward = [given[name] for name in ("X", "T") if name in given]
        Y = self.call(self.said(case), case, layer.forward, *forward)
        kept = array(case.value, Y)
        asked = len(names_of(layer.backward))
        backward = [given["dY"]] if case.T is None else [[], [1.0], forward][min(asked, 2)]
        dX = self.call("backward(dY)" if case.T is None else "backward()", case, layer.backward, *backward)
        named = {case.value: Y, "dX": dX}
        values = {case.value: kept, "dX": array("dX", dX)}
        for key in case.params:
            named[f"d{key}"] = gradient = self.call("grads", case, gradient_in, layer, key)
            if gradient is not None:
                values[f"d{key}"] = self.laid_out(array(f"d{key}", gradient), layer, key, case)
        after = given | {key: self.live(layer, key, case) for key in case.params}
        return Results(values, changes(before, after), shared(named, given | held))

    def laid_out(self, gradient: np.ndarray, layer: Any, key: str, case: Case) -> np.ndarray:
        """The gradient as our W (N, M) and b (N,) have it, if it has the shape of the reader's own parameter."""
        if gradient.shape != self.live(layer, key, case).shape:
            return gradient
        return gradient.T if key in self.turned else gradient.reshape(case.params[key].shape)


def names_of(f: Callable) -> list[str]:
    """The names of the arguments that f cannot do without."""
    return [p.name for p in positional(f) if p.default is p.empty]


def optional_names_of(f: Callable) -> list[str]:
    """The names of those that have a default."""
    return [p.name for p in positional(f) if p.default is not p.empty]


def positional(f: Callable) -> list[inspect.Parameter]:
    """The arguments of f that go by position; none where f does not tell, as some of NumPy's do not."""
    try:
        signature = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in signature if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def copied(layer: Any) -> Any:
    """A deep copy; what cannot be copied, such as a lock, is shared."""
    try:
        return copy.deepcopy(layer)
    except Exception:
        twin, memo = copy.copy(layer), {}
        for name, value in vars(layer).items():
            with contextlib.suppress(Exception):
                setattr(twin, name, copy.deepcopy(value, memo))
        return twin


def spellings(key: str) -> tuple[str, ...]:
    return SPELLINGS.get(key, (key,))


def stored(layer: Any, key: str) -> tuple[Any, str]:
    """Where a parameter is kept: the dict layer.params, or the layer itself, and under which name."""
    table = getattr(layer, "params", None)
    for name in spellings(key):
        if isinstance(table, dict) and name in table:
            return table, name
        if isinstance(getattr(layer, name, None), np.ndarray):
            return layer, name
    reason = f'There is no parameter {key}: neither params["{key}"] nor an attribute {key} is an array.'
    raise Trouble("interface", key, reason)


def live_array(layer: Any, key: str) -> np.ndarray:
    container, name = stored(layer, key)
    A = container[name] if isinstance(container, dict) else getattr(container, name)
    if isinstance(A, np.ndarray) and A.dtype.kind in "fiu":
        return A
    raise Trouble(
        "type", key, f"The parameter {key} is of type {type(A).__name__}; an array of numbers is asked for."
    )


def gradient_in(layer: Any, key: str) -> Any:
    """The gradient of a parameter: grads["W"], grads["dW"], or an attribute dW; None where there is none."""
    table = getattr(layer, "grads", None)
    for name in spellings(key):
        for spelling in (name, f"d{name}"):
            if isinstance(table, dict) and table.get(spelling) is not None:
                return table[spelling]
        for spelling in (f"d{name}", f"grad_{name}", f"{name}_grad"):
            if getattr(layer, spelling, None) is not None:
                return getattr(layer, spelling)
    return None


def array(of: str, value: Any) -> np.ndarray:
    """A copy of what came out, if it is an array of numbers."""
    if value is None:
        function = "forward" if of in ("Y", "L") else "backward"
        raise Trouble(
            "returns nothing", of, f"{function} returns None where {of} is asked for. Is a return missing?"
        )
    if isinstance(value, np.ndarray | np.number | np.bool_ | float | int):
        A = np.array(value)
        if A.dtype.kind in "fiub":
            return A
    what = (
        f"an array of dtype {value.dtype}"
        if isinstance(value, np.ndarray)
        else f"of type {type(value).__name__}"
    )
    raise Trouble(
        "type", of, f"{of} is {what}; {'a number' if of == 'L' else 'an array of numbers'} is asked for."
    )


def by_letter(result: Any, names: list[str]) -> dict[str, Any]:
    """What backward returned under the letters: one array, a tuple of them, or a dict."""
    if isinstance(result, dict):
        return {name: result.get(name, result.get(name[1:])) for name in names}
    several = isinstance(result, tuple) or (isinstance(result, list) and len(names) > 1)
    results = list(result) if several else [result]
    if len(results) != len(names):
        asked = f"backward is asked for {', '.join(names)}"
        raise Trouble(
            "type", "backward", f"{asked}, and returned {len(results)} result{'s'[: len(results) != 1]}."
        )
    return dict(zip(names, results, strict=True))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, A in before.items()
        if isinstance(A, np.ndarray) and not np.array_equal(A, after[name], equal_nan=True)
    ]


def shared(results: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """The results that share memory with an argument: "Y and X"."""
    return [
        f"{r} and {g}"
        for r, A in results.items()
        for g, B in given.items()
        if isinstance(A, np.ndarray) and isinstance(B, np.ndarray) and np.shares_memory(A, B)
    ]


def line_of(error: BaseException) -> str:
    """The line of the reader's code that raised."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.endswith("guard.py")]
    own = [f for f in frames if "site-packages" not in f.filename] or frames
    return f" The line: {own[-1].line:.100}" if own and own[-1].line else ""
