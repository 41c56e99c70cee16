"""The pages of the hunt against the table of the reports' mistakes, what a call is worth, the checks and mutants."""

import re

import pytest

from helpers.exercises import find_the_mistake as exercises
from helpers.exercises.find_the_mistake import CHECKS, MUTANTS, QUOTED, RIGHT, SNIPPETS
from helpers.show.explorers.find_the_mistake import OUTCOMES, first_wrong, report_explorer
from tests.corpus.mistakes import FAMILIES, Mistake

FIRST_WRONG = {1: 8, 3: 1, 4: 5, 6: 1, 8: 6, 9: 3, 10: 2, 12: 1, 13: 10, 14: 8, 16: 3}  # page: line, by hand
FIRST_WRONG |= {17: 3, 18: 4, 19: 20}
KINDS = {
    1: "free index",
    4: "factor",
    8: "useless index",
    9: "path missing",
    10: "sign",
    16: "NaN at extremes",
    17: "transposed",
    18: "wrong axis",
    19: "wrong array",
}


@pytest.fixture(scope="module")
def pages():
    return exercises.pages()


@pytest.fixture
def explorer(pages):
    return report_explorer(pages)


def call(explorer, page, line, kind=None):
    """Turns to a page and calls a line, as a reader does."""
    kind = kind or explorer.values["kind"]
    explorer.move(page=page, line=line, kind=kind)
    return explorer.move(call=explorer.values["call"] + 1)


def score(sentence):
    """The reader's own counts, in the order of OUTCOMES."""
    return [int(re.search(rf"\b{what} (\d+)[,.]", sentence)[1]) for what in OUTCOMES]


def test_first_wrong_lines(pages):
    found = {k: first_wrong(lines) for k, lines in enumerate(pages.values(), 1) if first_wrong(lines)}
    assert found == FIRST_WRONG
    names = list(pages)
    assert {k: pages[names[k - 1]][FIRST_WRONG[k] - 1][1] for k in KINDS} == KINDS
    assert all(reason for lines in pages.values() for _, kind, reason in lines if kind)


@pytest.mark.parametrize(
    "page, line, outcome",
    [(1, 8, "found"), (1, 1, "wrong place"), (4, 0, "missed"), (2, 3, "false alarm"), (2, 0, "left alone")],
)
def test_a_call_and_what_it_is_worth(explorer, pages, page, line, outcome):
    name = list(pages)[page - 1]
    before = explorer.move(page=name)
    assert "Not called yet" in before
    assert score(before) == [0] * 5
    assert not any(reason and reason.rstrip(".") in before for _, _, reason in pages[name])
    said = call(explorer, name, line)
    assert score(said) == [what == outcome for what in OUTCOMES]
    assert ("every line is right" in said) == (page == 2)
    assert ("last line is right again" in said) == (page == 4)


def test_a_kind_is_named_or_not(explorer, pages):
    names = list(pages)
    assert "and you named its kind" in call(explorer, names[7], 6, "useless index")
    assert "and you said sign" in call(explorer, names[0], 8, "sign")


def test_the_first_call_counts_and_reset_forgets(explorer, pages):
    first, second, *_ = pages
    call(explorer, first, 2)
    assert score(call(explorer, first, 8)) == [0, 1, 0, 0, 0]
    assert score(call(explorer, second, 0)) == [0, 1, 0, 0, 1]
    assert score(explorer.move(page=first)) == [0, 1, 0, 0, 1]
    assert score(explorer.move(**explorer.start)) == [0] * 5
    assert "Not called yet" in explorer.result["sentence"]


def test_a_line_that_is_not_there_is_no_call(explorer, pages):
    name = list(pages)[2]
    said = call(explorer, name, 9)
    assert "2 lines here" in said
    assert score(said) == [0] * 5
    assert score(call(explorer, name, 1)) == [1, 0, 0, 0, 0]


def test_prediction_counts_a_right_last_line(explorer, pages):
    right_again = [k for k in FIRST_WRONG if k <= len(QUOTED) and not list(pages.values())[k - 1][-1][1]]
    assert right_again == [4]
    assert "✓" in explorer.commit(1)
    assert "10 have a wrong line" in explorer.verdict
    assert explorer.values == explorer.start


def test_each_check_stops_one_snippet_first():
    assert sorted(map(exercises.first_stop, SNIPPETS)) == sorted(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_right_layers_pass_every_check(name):
    layers = [family for family in FAMILIES if family.name in exercises.TRIED_ON]
    assert len(layers) == len(exercises.TRIED_ON)
    for family in layers:
        assert exercises.passes_check(name, Mistake(family, "none", "", "class", "class")), family.name


def test_mutants():
    assert len(MUTANTS) == 43  # the notebook says so
    names = {}
    exec(exercises.score.solution, {"np": exercises.np}, names)
    alive = [m.name for m in MUTANTS if exercises.outcome(names["passes"], m.make())]
    assert alive == ["dW in float32", "dW a list"]
    assert all(exercises.outcome(names["passes"], make) for make in RIGHT.values())
