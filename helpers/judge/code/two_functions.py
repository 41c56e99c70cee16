"""Calls two functions that a reader wrote, forward and backward, with arguments found by their names."""

import copy
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.letters import LETTER, among
from helpers.judge.code.subject import (
    Results,
    Subject,
    array,
    changes,
    names_of,
    optional_names_of,
    positional,
    shared,
    states,
)
from helpers.verdict import Difference, Kind, wrong


class Functions(Subject):
    """Calls forward(X, W, b) and backward(X, W, dY), say, by the names of their arguments."""

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
        self.borrowed: Callable[[Case], Arrays] | None = None  # Y, where no forward was given
        self.turned: bool | None = None  # whether they have W as (M, N); None until it is seen
        self.fused = False  # where no forward was given: the loss has a softmax in it, and its Y may be meant
        self.loss = "T" in map(LETTER.get, itertools.chain(*(names_of(f) for f in self.functions if f)))

    def given(self, case: Case) -> dict[str, Any]:
        """Copy the arrays of a case, by their letters."""
        turned = {"W": case.params["W"].T} if self.turned else {}
        return self.laid(case.inputs | case.upstream | case.params | turned, case)

    def see_layout(self, case: Case) -> None:
        """See whether W is (M, N) here: where M and N differ, they stop with (N, M) and run with its transpose."""
        W = case.params.get("W", np.empty(0))
        if self.turned is not None or W.ndim != 2:
            return
        if W.shape[0] == W.shape[1]:
            case = replace(case, X=case.X[..., :-1], params={**case.params, "W": W[:, :-1]})
        for self.turned in (False, True):
            try:
                if self.own_forward:
                    self.answer(case, self.given(case))
                else:
                    self.results(case)
                return
            except Trouble as trouble:
                if trouble.verdict.kind not in (Kind.RAISES, Kind.SHAPE):
                    break
        self.turned = False

    def answer(self, case: Case, given: dict[str, Any]) -> tuple[Arrays, Any]:
        """Return copies of what came out and Y itself; put it and a cache into what is given."""
        forward, backward = self.functions
        asks = [{LETTER.get(name) for name in names_of(f)} if f else set() for f in (forward, backward)]
        if "dY" in asks[0] - asks[1]:
            raise Trouble(wrong(Kind.INTERFACE, "forward", case="order", name=forward.__name__))
        Y, more = None, []
        if forward is None:
            Y = self.borrowed(case)[case.value]
        else:
            Y = self.ask("forward", case, forward, given, [*case.inputs, *case.params])
            if isinstance(Y, tuple) and len(Y) > 1:
                (Y, *more), given["cache"] = self.parted(Y[:-1]) if len(Y) > 2 else [Y[0]], Y[-1]
        given[case.value] = Y
        return {case.value: array(case.value, Y)} | states(more, case), Y

    def accepts(self, letters: Sequence[str], forward: bool) -> list[str]:
        f = self.functions[0 if forward and self.own_forward else 1]
        named = {among(p.name, letters) for p in positional(f)}
        return [letter for letter in letters if letter in named] or list(letters)

    def forward(self, case: Case) -> Arrays:
        self.see_layout(case)
        return self.answer(case, self.given(case))[0]

    def run(self, case: Case) -> Results:
        self.see_layout(case)
        return self.results(case)

    def results(self, case: Case) -> Results:
        """Return what run does, in the layout that was seen."""
        given = self.given(case)
        before = copy.deepcopy(given)
        out, raw = self.answer(case, given)
        order = [*case.upstream, *case.inputs, *case.params, case.value]
        result = self.ask("backward", case, self.functions[1], given, order)
        named = {case.value: raw} if self.own_forward else {}
        named |= by_letter(result, [*case.gradients, *(f"d{key}" for key in case.params)])
        values = {name: array(name, A) for name, A in named.items()} | out
        values |= {of: self.ours(of, values[of], case) for of in case.gradients}
        if self.turned:
            values["dW"] = laid_out(values["dW"], given["W"])
        kept = {case.value: out[case.value]} if self.own_forward else {}
        changed = changes(before | kept, given | {case.value: raw})
        return Results(values, changed, shared(named, {n: given[n] for n in before}))

    def ask(self, said: str, case: Case, f: Callable, given: Mapping[str, Any], order: list[str]) -> Any:
        """Call f with what it names; where its names say nothing, with all there is in the usual order."""
        given, asked, options = {**given, "dL": 1.0}, names_of(f), self.options
        letters = self.letters(asked, given)
        if not any(letters) and len(asked) > len(order):
            many = wrong(Kind.INTERFACE, said, case="too many names", asked=asked, given=order)
            raise Trouble(many)
        if not any(letters):
            letters = order[: len(asked)] if asked else order
        unknown = [
            name for name, letter in zip(asked, letters, strict=False) if letter not in {*given, *options}
        ]
        if unknown:
            fault = wrong(Kind.INTERFACE, said, case="unknown names", asked=unknown, given=list(given))
            raise Trouble(fault)
        optional = {name: options[name] for name in optional_names_of(f) if name in options}
        arguments = [options[letter] if letter in options else given[letter] for letter in letters]
        return self.call(said, case, f, *arguments, **optional)

    def letters(self, asked: list[str], given: Mapping[str, Any]) -> list[str | None]:
        """Find the letters behind the names; a loss may call its argument Y, and its target y."""
        own = {*given, *self.options}
        letters = [among(name, own) or LETTER.get(name) for name in asked]
        if "T" in given and "T" not in letters:
            letters = ["T" if name == "y" else letter for name, letter in zip(asked, letters, strict=True)]
        if "T" in given and "X" not in letters and self.argument_is_Y:
            letters = ["X" if letter == "Y" else letter for letter in letters]
        return letters

    @property
    def argument_is_Y(self) -> bool:
        """Tell whether the Y of a loss is what it is given; beside an X it may be the softmax of that."""
        return "X" not in map(LETTER.get, names_of(self.functions[0])) if self.own_forward else not self.fused


def laid_out(dW: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Lay dW out as our W (N, M) is, where theirs is (M, N)."""
    if dW.shape == W.shape:
        return dW.T
    shapes = Difference(Kind.SHAPE, shapes=(dW.shape, W.shape))
    raise Trouble(wrong(Kind.SHAPE, "dW", shapes, case="layout"))


def by_letter(result: Any, names: list[str]) -> dict[str, Any]:
    """Put what backward returned under its letters: one array, a tuple of them, or a dict."""
    if isinstance(result, dict):
        return {name: result.get(name, result.get(name[1:])) for name in names}
    several = isinstance(result, tuple) or (isinstance(result, list) and len(names) > 1)
    results = list(result) if several else [result]
    if len(results) != len(names):
        case, count = "one result" if len(results) == 1 else "results", len(results)
        raise Trouble(wrong(Kind.TYPE, "backward", case=case, asked=names, count=count))
    return dict(zip(names, results, strict=True))
