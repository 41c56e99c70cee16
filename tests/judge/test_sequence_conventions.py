"""Layers of sequences in other conventions: right ones are right, and said to be taken so; mistakes are named."""

import pytest

from helpers.exercises.mistakes.mistake import made
from helpers.judge.code import gate_packings, sequence_layouts
from helpers.verdict import Kind
from tests.corpus.mistakes.unusual_sequences import ROWS
from tests.judge.test_diagnose import diagnose

RIGHT = [pytest.param(name, source, id=f"{name}, {how}") for name, how, source, _ in ROWS]
WRONG = [
    pytest.param(name, source, *mistake, id=f"{name}, {how}: {mistake[0]}")
    for name, how, source, mistakes in ROWS
    for mistake in mistakes
]


@pytest.mark.parametrize(("name", "source"), RIGHT)
def test_a_right_one_is_right_and_says_as_what(name, source):
    found = diagnose(made(source, f"{name}, right"), like=name)
    assert found.right, found
    assert [v.kind for v in found.remarks] == [Kind.TAKEN_AS], found


@pytest.mark.parametrize(("name", "source", "kind", "old", "new"), WRONG)
def test_a_mistake_is_named_as_in_our_conventions(name, source, kind, old, new):
    assert source.count(old) == 1
    found = diagnose(made(source.replace(old, new), f"{name}, {kind}"), like=name)
    assert [v.kind for v in found.findings] == [kind], found


def test_each_layout_and_packing_has_words_of_its_own():
    said = [a.said for a in (*sequence_layouts.SEQUENCES, *gate_packings.PACKINGS)]
    assert all(said)
