"""Random definitions: a derivation that is returned agrees with autograd, line by line and as NumPy, or is refused."""

import pytest

from tests.tools.random_definitions import tried

DRAWS = 30


@pytest.fixture(scope="module")
def outcomes():
    return [tried(seed) for seed in range(DRAWS)]


def test_what_is_returned_is_right(outcomes):
    assert [said for state, *said in outcomes if state in ("wrong", "crashed")] == []


def test_most_are_derived_and_checked(outcomes):
    states = [state for state, *_ in outcomes]
    assert states.count("right") > 0.8 * DRAWS


def test_a_refusal_is_a_sentence(outcomes):
    refusals = [reason for state, reason, _ in outcomes if state == "refused"]
    assert all(len(reason.split()) > 4 and "\n" not in reason for reason in refusals)
