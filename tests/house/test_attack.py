"""A few cases of each attack, and that a bad outcome is seen: python -m tests.tools.attack has the rest."""

import time
from importlib import import_module

import pytest

from tests.tools.attack.trial import BAD, Allowed, Case, tried

FEW = {"text": 2, "answers": 3, "pickles": 28, "checkpoints": 18, "kills": 3, "pairs": 2, "arrays": 60}


@pytest.mark.parametrize("kind", FEW)
def test_nothing_hangs_crashes_is_wrong_or_lost(kind):
    module = import_module(f"tests.tools.attack.{kind}")
    came = list(tried(module.cases(3, FEW[kind]), module.ALLOWED))
    assert len(came) >= FEW[kind]
    assert not [(name, said) for name, said in came if said.startswith(BAD)]


def endless() -> str:
    while True:
        pass


def test_each_bad_outcome_is_seen_and_the_next_case_is_tried():
    cases = [
        Case("works", lambda: "fine"),
        Case("endless", endless),
        Case("asleep", lambda: time.sleep(99)),
        Case("raises", lambda: 1 / 0),
        Case("exits", lambda: exit()),
        Case("dies", lambda: __import__("os")._exit(3)),
        Case("much", lambda: "fine" * bool(bytearray(b"x" * 10**8))),
        Case("works again", lambda: "fine"),
    ]
    came = {name: said.partition(":")[0] for name, said in tried(cases, Allowed(1, 8, 5 * 10**7))}
    crashed = dict.fromkeys(("raises", "exits", "dies", "much"), "crash")
    assert came == {"works": "fine", "endless": "hang", "asleep": "hang", **crashed, "works again": "fine"}
