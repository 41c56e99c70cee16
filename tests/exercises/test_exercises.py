"""Every solution passes, every blank is "not attempted", every planted mistake is caught and named."""

import importlib
import itertools
import pkgutil

import numpy as np
import pytest
import sympy

from helpers import exercises
from helpers.exercises import Exercise, drill, same_function, same_number
from helpers.exercises.machine import exercise as machine
from helpers.exercises.machine import sentences
from helpers.exercises.machine.checks import answer_in
from helpers.exercises.machine.exercise import is_blank
from helpers.verdict import Kind

ALL = {
    f"{module.name}.{name}": exercise
    for module in pkgutil.iter_modules(exercises.__path__)
    for name, exercise in vars(importlib.import_module(f"helpers.exercises.{module.name}")).items()
    if isinstance(exercise, Exercise)
}
MISTAKES = [(name, *mistake) for name, exercise in ALL.items() for mistake in exercise.mistakes]


class NoText(Exception):
    def __str__(self):
        raise SystemExit


def answer_of(exercise: Exercise, source: str):
    """The last thing that a source defines, run in the namespace that the notebook has."""
    module = next(m for m in (n.split(".")[0] for n, e in ALL.items() if e is exercise))
    return answer_in(source, vars(importlib.import_module(f"helpers.exercises.{module}")))


@pytest.mark.parametrize("name", ALL)
def test_solution_is_right(name):
    mark = ALL[name].mark(answer_of(ALL[name], ALL[name].solution))
    assert mark.right, mark


@pytest.mark.parametrize("name", ALL)
def test_blank_is_not_attempted(name):
    def blank(*arguments): ...

    for answer in (..., None, blank):
        mark = ALL[name].mark(answer)
        assert mark.right is None
        assert "not attempted" in repr(mark)


@pytest.mark.parametrize("name, source, phrase", MISTAKES)
def test_mistake_is_caught_and_named(name, source, phrase):
    mark = ALL[name].mark(answer_of(ALL[name], source))
    assert mark.right is False
    assert phrase in mark.reason, mark.reason


@pytest.mark.parametrize("error", [SystemExit(), KeyboardInterrupt(), GeneratorExit(), NoText()])
def test_an_answer_that_ends_programs_ends_no_marking(error):
    def ends(*arguments):
        raise error

    odd = type("Odd", (), {"__getattr__": ends, "__array__": ends, "__call__": ends})()
    for exercise in (ALL["linear.backward"], ALL["linear.gradient_of_X"], drill(13)):
        for answer in (ends, odd, [ends], [odd]):
            mark = exercise.mark(answer)
            assert mark.right is False and repr(mark) and mark._repr_html_()


def test_an_answer_in_itself_or_without_end_is_wrong(monkeypatch):
    monkeypatch.setattr(machine, "SECONDS", 0.5)
    loop = []
    loop.append(loop)

    def endless(*arguments):
        while True:
            pass

    assert ALL["linear.backward"].mark(loop).right is False
    assert ALL["graph.order"].mark(range(10**12)).right is False
    mark = ALL["linear.backward"].mark(endless)
    assert mark.right is False and "took longer than 0.5 seconds, and was stopped" in mark.reason


@pytest.mark.parametrize("name", ALL)
def test_solution_unfolds_only_after_a_try(name):
    assert "One way to write it" not in ALL[name].mark(...)._repr_html_()
    assert "One way to write it" in ALL[name].mark(object())._repr_html_()


def test_progress_counts_what_is_solved_in_one_notebook(monkeypatch):
    monkeypatch.setattr(machine, "SOLVED", {"10.1": True})
    one, other = (Exercise(f"1.{k}", same_number(k, 0, "no"), ("a", "b", "c"), "") for k in (1, 2))
    assert one.mark(...).progress == other.mark(5).progress == "0 of 2 solved"
    assert one.mark(1).progress == one.mark(7).progress == "1 of 2 solved"
    assert other.mark(2).headline == "Exercise 1.2 · ✓ right · 2 of 2 solved"


def test_blanks():
    def dots(X): ...

    def documented(X):
        """To be written."""

    def no_return(X):
        X = X + 1

    assert all(map(is_blank, (..., None, dots, documented, (..., ...))))
    assert not any(map(is_blank, (no_return, np.sum, 0, (0, ...), np.zeros(3), lambda X: X, lambda: 0)))


DOUBLE = Exercise(
    "0.0",
    same_function(lambda X: 2 * X, [(np.array([1.0, 2.0, 4.0]),)]),
    ("a", "b", "c"),
    "answer = lambda X: 2 * X",
    known={"2 * X -> 2 * X + 1": "One too much."},
)


@pytest.mark.parametrize(
    "answer, kind, phrase",
    [
        (lambda X: X, Kind.FACTOR, "wrong value: 1/2 times"),
        (lambda X: X**2, Kind.WRONG_VALUE, "entries differ"),
        (lambda X: -2 * X, Kind.SIGN, "sign"),
        (lambda X: 2 * X + 1e-8, Kind.WRONG_VALUE, "more than rounding"),
        (lambda X: [1], Kind.TYPE, "type list"),
        (lambda X: X[:2], Kind.SHAPE, "shape (2,)"),
        (lambda X: (2 * X).astype(np.float32), Kind.DTYPE, "float32"),
        (lambda X: np.full(3, np.nan), Kind.NAN, "NaN"),
        (lambda X: X.__imul__(2), Kind.MUTATES, "changed its argument X"),
        (lambda X: X.append, Kind.RAISES, "your function stopped with AttributeError"),
        (lambda X: print(end=""), Kind.RETURNS_NOTHING, "returned None. Is a return missing?"),
        (lambda X: (X, X), Kind.TYPE, "is of type tuple"),
        (lambda: 0, Kind.RAISES, "TypeError"),
        (3, Kind.TYPE, "function is asked for"),
        (lambda X: 2 * X + 1, Kind.KNOWN_MISTAKE, "One too much."),
    ],
)
def test_what_is_wrong_is_decided_and_said(answer, kind, phrase):
    mark = DOUBLE.mark(answer)
    assert mark.right is False
    assert mark.verdict.kind is kind
    assert phrase in mark.reason
    assert DOUBLE.mark(lambda X: X + X).right


def test_numbers():
    exercise = Exercise("0.0", same_number(2.3026, 1e-3, "Think of log K."), ("a", "b", "c"), "")
    assert exercise.mark(2.303).right
    assert exercise.mark(1.0).reason == "Think of log K."
    assert exercise.mark(sympy.Rational(23026, 10000)).right
    for answer in ("2.303", sympy.Symbol("K"), True, [2.303]):
        assert f"type {type(answer).__name__}" in exercise.mark(answer).reason


def test_a_slip_must_be_one_in_the_solution():
    with pytest.raises(ValueError, match="'3' does not stand in the solution"):
        Exercise("0.0", same_number(2, 0, "no"), ("a", "b", "c"), "answer = 2", slips={"3 -> 4": "no"})


@pytest.mark.parametrize(
    "name", ["second_order.hessian_vector", "mlp.order", "batch_norm.function", "linear.backward"]
)
def test_no_verdict_hangs_on_a_sentence(name, monkeypatch):
    answers = [answer_of(ALL[name], source) for source, _ in ALL[name].mistakes]

    def decided():
        verdicts = [ALL[name].verdict(answer) for answer in answers]
        return [(v.state, v.kind, v.where, v.pieces.get("why")) for v in verdicts]

    before = decided()
    for said in ("wrong_said", "difference_said", "line_said", "described", "error_said"):
        monkeypatch.setattr(sentences, said, lambda *_: "other words")
    assert all("other words" in repr(ALL[name].mark(answer)) for answer in answers)
    assert decided() == before


ASSERTED = """
def backward(ctx, dY):
    X, s = ctx.saved_tensors
    assert not torch.is_grad_enabled(), "once only"
    return dY * s * (1 + X * (1 - s))"""
BY_AGREEMENT = """
def passes(net, X, T):
    net.gradients(X, T)
    grads = net.gradients(X, T)
    slopes = {k: central_difference(moved(net, k, X, T), A) for k, A in net.params.items()}
    return agreement({k: {"net": grads[f"d{k}"], "difference": dA} for k, dA in slopes.items()})"""


@pytest.mark.parametrize(
    "name, source",
    [
        ("graph.order", "answer = list('cebfad')"),
        ("mlp.order", "answer = 'f → i → d → b → e → a → h'"),
        ("mlp.first_loss", "import sympy\n\nanswer = sympy.log(1000)"),
        ("mlp.check", BY_AGREEMENT),
        ("mlp_torch.caption", "answer = {'B', 'D'}"),
        ("batch_norm.vanishing", "answer = '-2/S Σ_m (X_mj - μ_j)', '0'"),
        ("batch_norm.running_variance", "import torch\n\nanswer = torch.tensor(1.47)"),
        (
            "cnn.ledger",
            f"answer = [np.array(shape) for shape in {ALL['cnn.ledger'].solution.split('= ')[1]}]",
        ),
        ("second_order.double_backward", f"import torch\n{ASSERTED}"),
    ],
)
def test_other_forms_of_a_right_answer_pass(name, source):
    mark = ALL[name].mark(answer_of(ALL[name], source))
    assert mark.right, mark


def test_every_order_of_cards_that_is_topological_counts():
    """Exercise 1.1: C before B, E before F, and all four before A and D. Marked by running them."""
    for cards in itertools.permutations("ABCDEF"):
        k = {card: place for place, card in enumerate(cards)}
        fits = k["C"] < k["B"] and k["E"] < k["F"] and max(k["B"], k["F"]) < min(k["A"], k["D"])
        assert bool(ALL["graph.order"].mark("".join(cards)).right) == fits, cards


def test_a_first_wrong_answer_gets_the_kind_and_a_second_the_place(monkeypatch):
    monkeypatch.setattr(machine, "WRONG", machine.Counter())
    gradient = ALL["linear.gradient_of_X"]
    marks = [gradient.mark(answer_of(gradient, "dX = -Sum(dY[i, n] * W[n, j], n)")) for _ in range(2)]
    first, second = (mark._repr_html_() for mark in marks)
    assert marks[0].verdict.kind is Kind.SIGN
    assert "Sign: the right value with the wrong sign." in first
    assert (
        first.index("<details><summary>Where?")
        < first.index("is right")
        < first.index("<details><summary>Hint 1")
    )
    assert "<details open><summary>Where?" in second


@pytest.mark.parametrize("text", ["((((y+z)^99)^99)^99)", "((y + z)^9 + 1)^99 (y - z)^99"])
def test_what_would_fill_the_memory_when_multiplied_out_gets_a_sentence(text):
    mark = ALL["second_order.counterexample"].mark(text)
    assert mark.right is False and "multiplied out" in mark.reason
