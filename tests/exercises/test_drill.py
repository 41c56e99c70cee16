"""Problems with drawn numbers: the right answer counts, typical wrong ones are named, for every seed that is tried."""

import numpy as np
import pytest

from helpers.exercises import Problem, drill
from helpers.exercises.machine import drill as machine
from helpers.verdict import Kind

SEEDS = range(1, 25)


@pytest.mark.parametrize("notebook", machine.DRILLS)
def test_a_right_answer_counts_and_each_mistake_is_named(notebook):
    for number in SEEDS:
        problem = drill(notebook, number)
        assert problem.mistakes
        assert problem.mark(problem.answer).right, problem
        for why, mistaken in problem.mistakes.items():
            mark = problem.mark(mistaken)
            said = (
                mark.verdict.kind if problem.check else mark.reason
            )  # of a line, whose sentence has its numbers
            assert (mark.right, said) == (False, why), problem


@pytest.mark.parametrize("notebook", machine.DRILLS)
def test_a_problem_is_the_same_again_and_the_next_one_is_another(notebook, monkeypatch):
    monkeypatch.setattr(machine, "SHOWN", machine.Counter())
    asked = [drill(notebook) for _ in range(20)]
    assert [repr(problem) for problem in asked] == [repr(drill(notebook, n)) for n in range(1, 21)]
    assert len({problem.question for problem in asked}) >= 18


@pytest.mark.parametrize("notebook", machine.DRILLS)
def test_the_worked_solution_unfolds_only_after_a_try(notebook):
    problem = drill(notebook, 1)
    assert problem.mark(...).right is None
    assert problem.worked not in problem._repr_html_() + problem.mark(...)._repr_html_()
    assert problem.worked in problem.mark(object())._repr_html_()


def problem(answer, **further) -> Problem:
    return Problem("?", answer, "So it is.", **further)


@pytest.mark.parametrize(
    ("right", "answer", "counts"),
    [
        (0.2346, 0.235, True),
        (0.2346, 0.25, False),
        (np.array([1.0, -2.0]), [1, -2], True),
        (np.array([1.0, -2.0]), (1, -2, 0), False),
        (np.zeros(2), [0, 1e-3], False),
        ({1, 3}, [3, 1], True),
        ({1, 3}, [3], False),
        ("sum", " Sum ", True),
        ("sum", "mean", False),
    ],
)
def test_what_counts(right, answer, counts):
    assert bool(problem(right).mark(answer).right) is counts


@pytest.mark.parametrize(
    ("right", "answer", "kind"),
    [
        (3.0, "3", Kind.TYPE),
        (3.0, True, Kind.TYPE),
        (3.0, None.__class__, Kind.TYPE),
        ({1, 3}, "13", Kind.TYPE),
        (3.0, -3.0, Kind.SIGN),
        (3.0, 6.0, Kind.FACTOR),
        (3.0, 3.7, Kind.WRONG_VALUE),
        (3.0, float("nan"), Kind.WRONG_VALUE),
        (np.array([[1, 2], [3, 4.0]]), [[1, 3], [2, 4]], Kind.TRANSPOSED),
        (np.array([1.0, 2.0]), [1.0, 2.0, 3.0], Kind.SHAPE),
        ({1, 3}, {1, 2}, Kind.WRONG_VALUE),
    ],
)
def test_another_wrong_answer_gets_its_kind_and_not_the_number(right, answer, kind):
    mark = problem(right).mark(answer)
    assert mark.verdict.kind is kind
    assert "3.0" not in mark.reason
    assert "is right" not in mark.reason or kind is Kind.SHAPE


def test_numbers_that_hide_a_mistake_are_drawn_again():
    def doubled(rng):
        x = int(rng.integers(2, 4))  # twice 2 is its square
        return problem(2 * x, mistakes={"That is its square.": x * x})

    assert {machine.drawn(doubled, np.random.default_rng(seed)).answer for seed in range(20)} == {6}
    with pytest.raises(ValueError, match="draws no numbers"):
        machine.drawn(lambda rng: problem(4, mistakes={"That is its square.": 4}), np.random.default_rng(1))


def test_a_notebook_without_a_drill_is_told():
    with pytest.raises(ValueError, match="notebook 98 has no drill"):
        drill(98)


def test_progress_counts_problems_once(monkeypatch):
    monkeypatch.setattr(machine, "SOLVED", set())
    first, second = drill(13, 1), drill(13, 2)
    assert first.mark("?").progress == "0 solved"
    assert first.mark(first.answer).progress == first.mark(first.answer).progress == "1 solved"
    assert second.mark(second.answer).headline == "Problem 2 of drill 13 · ✓ right · 2 solved"
