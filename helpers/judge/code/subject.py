"""Calls what a reader wrote, an object or functions, in one way: a case goes in, results come out by their letters."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from helpers.judge.code.adapters import Adapter, through
from helpers.judge.code.arguments import (
    KEEP,
    RATES,
    TOLD,
    Context,
    Way,
    backward_ways,
    filled,
    letter,
    meant,
    names_of,
    optional_names_of,
    takes_any,
)
from helpers.judge.code.axes import Axes
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.limits import Limited
from helpers.judge.code.making import is_target
from helpers.judge.code.results import Results, array, changes, shared, states
from helpers.verdict import Kind, not_judged


def is_number(value: Any) -> bool:
    """Tell whether it is one number, in an array or not."""
    return isinstance(value, np.ndarray | np.number | float | int) and np.size(value) == 1


class Subject(Limited):
    """What forward and backward have in common, however they are written.

    adapters   the conventions under which they are called: none, or one of each sort
    way        how backward is called, None for the likeliest; `ways` are those that there are
    row        what the row of `like` says of several inputs and outputs
    flat       whether states are (S, N) here, without the axis of one layer
    """

    loss = False
    own_forward = True
    method = False
    first = False  # whether it is the first layer of a network, whose backward updates and returns nothing
    watching = False  # whether gradients are looked for by what changes
    row: Axes | None = None
    flat = False

    def __init__(
        self, name: str, seconds: float, call_seconds: float, options: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(seconds, call_seconds)
        self.name, self.options = name, options or {}
        self.adapters: tuple[Adapter, ...] = ()
        self.way: Way | None = None
        self.ways: list[Way] = []
        self.noted: dict[str, str] = {}  # what else was found out about it, for the verdict

    # what an object and functions do each in its way

    def fresh(self) -> None:
        """Forget every earlier call."""

    def ready(self, case: Case) -> tuple[Any, Callable | None, Callable | None]:
        """Return what holds the parameters of the case, None for functions; its forward; its backward."""
        raise NotImplementedError

    def accepts(self, letters: Sequence[str], forward: bool) -> list[str]:
        """Return the letters among these that forward takes, or backward."""
        raise NotImplementedError

    def held(self, layer: Any, case: Case) -> Arrays:
        """Return the parameters themselves that a layer holds."""
        return {}

    def before_backward(self, layer: Any) -> None:
        """Note what may change."""

    def feed(self, layer: Any, given: dict[str, Any]) -> None:
        """Hand X to a forward that takes no argument, where there is a place for it."""
        raise Trouble(not_judged(Kind.INTERFACE, "forward", case="takes nothing"))

    def output(self, Y: Any, layer: Any) -> Any:
        """Return what forward did, or what it set instead."""
        return Y

    def gradients(self, result: Any, layer: Any, case: Case) -> dict[str, Any]:
        """Return what came of backward, by the letters of the gradients."""
        raise NotImplementedError

    def laid(self, values: Arrays, layer: Any, case: Case) -> Arrays:
        """Lay the gradients out as ours are."""
        return values

    def moves(self, key: str, after: Any, gradient: Any) -> bool:
        """Tell whether backward itself moved a parameter against its gradient, as an optimizer does."""
        return False

    # what they do alike

    def adapted(self, case: Case) -> Case:
        """Return a case as the work takes it, or the first of several."""
        for adapter in self.adapters:
            case = adapter.give(case)[0]
        return case

    def forward(self, case: Case) -> Arrays:
        """Return Y or L, and the last states where they are returned."""
        return through(self.adapters, self.forward_once, case)

    def run(self, case: Case) -> Results:
        """Run forward, then backward, on copies of all arrays of the case."""
        seen: list[Results] = []

        def once(part: Case) -> Arrays:
            seen.append(self.run_once(part))
            return seen[-1].values

        values = through(self.adapters, once, case)
        changed = [name for results in seen for name in results.changed]
        return Results(values, changed, [pair for results in seen for pair in results.aliased])

    def forward_once(self, case: Case) -> Arrays:
        layer, forward, _ = self.ready(case)
        return self.answer(forward, layer, case, self.given(case))[0]

    def run_once(self, case: Case) -> Results:
        layer, forward, backward = self.ready(case)
        given, held = self.given(case), self.held(layer, case)
        before = copy.deepcopy(given | held)
        out, raw = self.answer(forward, layer, case, given)
        self.before_backward(layer)
        result = self.back(backward, layer, case, given)
        named = ({case.value: raw} if self.own_forward else {}) | self.gradients(result, layer, case)
        values = {of: self.ours(of, array(of, A, self.lists), case) for of, A in named.items()}
        values = self.laid(values, layer, case) | out
        after = given | self.held(layer, case)
        changed = [
            name
            for name in changes(before, after)
            if not self.moves(name, after[name], named.get(f"d{name}"))
        ]
        changed += changes({case.value: out[case.value]}, {case.value: raw})
        return Results(values, changed, shared(named, {name: after[name] for name in before}))

    def given(self, case: Case) -> dict[str, Any]:
        """Return copies of the arrays of a case, by their letters, laid out as the work takes them."""
        arrays = case.inputs | case.upstream | case.params
        copies = {of: (A[0] if self.bare(of, case) else A).copy() for of, A in arrays.items()}
        return {of: A.tolist() for of, A in copies.items()} if self.lists else copies

    def bare(self, of: str, case: Case) -> bool:
        """Tell whether an array is a state, and (S, N) here."""
        return self.flat and case.row.axes.get(of.removeprefix("d"), "").startswith("L")

    def ours(self, of: str, A: np.ndarray, case: Case) -> np.ndarray:
        """Return what came out, laid out as in the case."""
        return A[None] if self.bare(of, case) else A

    @property
    def lists(self) -> bool:
        return any(adapter.lists for adapter in self.adapters)

    def answer(self, f: Callable | None, layer: Any, case: Case, given: dict[str, Any]) -> tuple[Arrays, Any]:
        """Return copies of what came out and Y itself; put it and a cache into what is given."""
        order, outputs = [*case.inputs, *case.params], case.row.outputs if case.row else ()
        asked = self.forward_names(f, case, order)
        there = {**TOLD, **given, **self.options, "cache": Context()}
        letters = filled(asked, meant(asked, there, self.argument_is_Y), order)
        if not asked and not takes_any(f):
            self.feed(layer, given)
        Y, more = self.hand("forward", case, f, letters, asked, there, order), []
        if "cache" in letters:
            given["cache"] = there["cache"]
        if isinstance(Y, tuple) and len(Y) > 1:
            Y, *more = self.loss_first(Y, case)
            given["cache"] = more[0] if len(more) == 1 else more[-1] if outputs else tuple(more)
        given[case.value] = Y = self.output(Y, layer)
        self.meanings = dict(zip(asked, letters, strict=True))
        more = more or [getattr(layer, of, None) for of in outputs]
        return {case.value: array(case.value, Y, self.lists)} | states(more, case), Y

    def loss_first(self, returned: tuple, case: Case) -> tuple:
        """Return what forward returned with L in front, where that is one number and comes after dX."""
        first, second = returned[:2]
        if case.T is None or not is_number(second) or is_number(first):
            return returned
        self.noted["L"] = "(dX, L) as what is returned"
        return second, first, *returned[2:]

    def forward_names(self, f: Callable, case: Case, order: list[str]) -> list[str]:
        """Return the names of what forward cannot do without; where it does not tell, what there is."""
        if takes_any(f) and (self.method or not names_of(f)):
            return list(case.inputs) if self.method else order
        return names_of(f) or optional_names_of(f)[:1]

    def back(self, f: Callable | None, layer: Any, case: Case, given: dict[str, Any]) -> Any:
        """Return what backward does, called in its way; where that is h′ alone, times dY."""
        if f is None:
            if "cache" in given:
                return given["cache"]
            raise Trouble(not_judged(Kind.INTERFACE, self.name, case="no method", missing="backward"))
        upstream = case.upstream or {"dL": None}
        there = {**TOLD, "dL": 1.0, **given, **self.options}
        order = [of for of in (*upstream, "cache", *case.inputs, *case.params, case.value) if of in there]
        asked = names_of(f)
        found = [
            self.meanings.get(name) or one
            for name, one in zip(asked, meant(asked, there, self.argument_is_Y), strict=True)
        ]
        loss = case.T is not None
        self.ways = backward_ways(f, found, order, method=self.method, loss=loss, learns=bool(case.params))
        way = self.way if self.way in self.ways else next(iter(self.ways), Way(tuple(found)))
        result = self.hand("backward", case, f, way.letters, asked, there, order)
        return given["dY"] * result if way.slope else result

    def hand(
        self,
        role: str,
        case: Case,
        f: Callable,
        letters: Sequence[str | None],
        asked: list[str],
        there: Mapping[str, Any],
        order: list[str],
    ) -> Any:
        """Call f with what these letters are, with the options that it knows, and with further arrays by name."""
        if None in letters:
            unknown = [name for name, one in zip(asked, letters, strict=True) if one is None]
            case_ = "too many names" if len(unknown) == len(asked) else "unknown names"
            pieces = {"asked": unknown, "given": order, "first": unknown[0]}
            raise Trouble(not_judged(Kind.INTERFACE, role, case=case_, **pieces))
        named: dict[str, Any] = {}
        further = case.upstream if role == "backward" else case.inputs
        for name in optional_names_of(f)[max(len(letters) - len(names_of(f)), 0) :]:
            if name in self.options:
                named[name] = self.options[name]
            elif name in RATES or name in KEEP:
                named[name] = TOLD.get(name, True)
            elif (one := letter(name, further)) and one not in letters:
                named[name] = there[one]
            elif role == "forward" and "T" in further and "T" not in letters and is_target(name):
                named[name] = there["T"]
        words = f"{role}({', '.join(letters)})" if self.method else role
        return self.call(words, case, f, *(there[one] for one in letters), **named)

    @property
    def argument_is_Y(self) -> bool:
        """Tell whether the Y of a loss is what it is given."""
        return True
