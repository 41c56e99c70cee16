"""Which question a chain answers is found from its letters and its neighbours; no line is judged in a wrong one."""

import time
from pathlib import Path

import pytest

from helpers.practise import mark

MARKS = {"right": "✓", "given": "✓", "wrong": "✗", "unreadable": "?"}


def files():
    """(title, text, [(line, question, marks), ...]) of each short file."""
    for piece in (Path(__file__).parent / "inferred.txt").read_text().split("\n=== ")[1:]:
        title, rest = piece.split("\n", 1)
        text, expected = rest.split("\n%%")
        yield pytest.param(text, [tuple(e.split()) for e in expected.strip().split(", ")], id=title)


@pytest.mark.parametrize(("text", "expected"), list(files()))
def test_each_chain_is_judged_in_its_own_question(text, expected):
    found = []
    for left, *parts in mark(None, text).statements:
        marks = "".join(MARKS[part.verdict] for part in parts)
        found.append((str(left.written.line), left.question, marks))
    wanted = [
        (line, f[1] if name == "*" else name, m) for f, (line, name, m) in zip(found, expected, strict=True)
    ]
    assert found == wanted


@pytest.mark.parametrize("line", ["dW = " + "X * " * 900 + "X", "dX = max(" + ", ".join(["X"] * 300) + ")"])
def test_a_very_long_line_is_not_tried_in_every_question(line):
    start = time.process_time()
    (_, last) = mark(None, line)
    assert time.process_time() - start < 2
    assert "too many to find its question: declare it" in last.reason
