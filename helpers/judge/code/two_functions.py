"""Calls two functions that a reader wrote, forward and backward, with arguments found by their names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from helpers.judge.code.arguments import accepted, names_of
from helpers.judge.code.case import Arrays, Case
from helpers.judge.code.diagnosis import Trouble
from helpers.judge.code.letters import LETTER
from helpers.judge.code.places import named_gradient
from helpers.judge.code.results import Results, flat
from helpers.judge.code.subject import Subject
from helpers.verdict import Kind, not_judged, wrong


class Functions(Subject):
    """Calls forward(X, W, b) and backward(X, W, dY), say, by the names of their arguments.

    Without a forward, Y is that of what is right; without a backward, forward returns the gradient beside the loss.
    """

    def __init__(
        self,
        forward: Callable | None,
        backward: Callable | None,
        seconds: float,
        call_seconds: float,
        options: Mapping[str, Any],
    ) -> None:
        name = getattr(backward or forward, "__name__", "functions")
        super().__init__(name, seconds, call_seconds, options)
        self.functions, self.own_forward = (forward, backward), forward is not None
        self.borrowed: Callable[[Case], Arrays] | None = None  # Y, where no forward was given
        self.fused = False  # where no forward was given: the loss has a softmax in it, and its Y may be meant
        letters = {LETTER.get(name) for f in self.functions if f for name in names_of(f)}
        self.loss = "T" in letters or (backward is None and letters >= {"X", "Y"})

    def ready(self, case: Case) -> tuple[None, Callable | None, Callable | None]:
        forward, backward = self.functions
        if forward and backward and "dY" in asks(forward) - asks(backward):
            raise Trouble(not_judged(Kind.INTERFACE, "forward", case="order", name=forward.__name__))
        return None, forward, backward

    def accepts(self, letters: Sequence[str], forward: bool) -> list[str]:
        f = self.functions[0 if forward and self.own_forward else 1]
        return accepted(f, letters) or list(letters)

    def run(self, case: Case) -> Results:
        if not self.own_forward:
            self.lent = self.borrowed(case)[case.value]
        return super().run(case)

    def forward(self, case: Case) -> Arrays:
        return super().forward(case) if self.own_forward else self.borrowed(case)

    def answer(
        self, f: Callable | None, layer: None, case: Case, given: dict[str, Any]
    ) -> tuple[Arrays, Any]:
        if f is not None:
            return super().answer(f, layer, case, given)
        self.meanings, given[case.value] = {}, self.lent.copy()
        return {case.value: self.lent}, given[case.value]

    def gradients(self, result: Any, layer: None, case: Case) -> dict[str, Any]:
        names = [*case.gradients, *(f"d{key}" for key in case.params)]
        return by_letter(result, names)

    @property
    def argument_is_Y(self) -> bool:
        """Tell whether the Y of a loss is what it is given; beside an X it may be the softmax of that."""
        return "X" not in asks(self.functions[0]) if self.own_forward else not self.fused


def asks(f: Callable) -> set[str | None]:
    return {LETTER.get(name) for name in names_of(f)}


def by_letter(result: Any, names: list[str]) -> dict[str, Any]:
    """Put what backward returned under its letters: one array, a tuple of them, or a dict."""
    if isinstance(result, dict):
        return {
            name: result.get(name, result.get(name[1:], named_gradient(result, name[1:]))) for name in names
        }
    results = flat(result) if len(names) > 1 or isinstance(result, tuple) else [result]
    if len(results) != len(names):
        case, count = "one result" if len(results) == 1 else "results", len(results)
        raise Trouble(wrong(Kind.TYPE, "backward", case=case, asked=names, count=count))
    return dict(zip(names, results, strict=True))


def returned(result: Any, case: Case) -> dict[str, Any]:
    """Put what backward returned under its letters: dX, or dX and those of the parameters, or a dict of them."""
    names = [*case.gradients, *(f"d{key}" for key in case.params)]
    if isinstance(result, dict):
        return by_letter(result, names)
    results = flat(result) if len(names) > 1 or isinstance(result, tuple) else [result]
    if len(results) == len(names) or len(case.gradients) > 1:
        return dict(zip(names, results, strict=False))
    alone = all(one is None for one in results[1:]) or (case.T is not None and len(results) == 2)
    return {names[0]: results[0] if alone else result} if case.gradients else {}
