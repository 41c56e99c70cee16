"""Which question a chain answers is found from its letters and its neighbours; no line is judged in a wrong one."""

from pathlib import Path

import pytest

from helpers.judge import mark
from helpers.read.headings import headings

MARKS = {"right": "✓", "given": "✓", "wrong": "✗", "not judged": "?"}


def files():
    """(title, text, [(line, question, marks), ...]) of each short file."""
    for piece in (Path(__file__).parents[1] / "corpus" / "inferred.txt").read_text().split("\n=== ")[1:]:
        title, rest = piece.split("\n", 1)
        text, expected = rest.split("\n%%")
        yield pytest.param(text, [tuple(e.split()) for e in expected.strip().split(", ")], id=title)


@pytest.mark.parametrize(("text", "expected"), list(files()))
def test_each_chain_is_judged_in_its_own_question(text, expected):
    found = []
    for left, *parts in mark(None, text).statements:
        marks = "".join(MARKS[part.word] for part in parts)
        found.append((str(left.written.line), left.question, marks))
    wanted = [
        (line, f[1] if name == "*" else name, m) for f, (line, name, m) in zip(found, expected, strict=True)
    ]
    assert found == wanted


@pytest.mark.parametrize("line", ["dW = " + "X * " * 900 + "X", "dX = max(" + ", ".join(["X"] * 300) + ")"])
def test_a_very_long_line_is_not_tried_in_every_question(line):
    (_, last) = mark(None, line)
    assert "too many to find its question: declare it" in last.reason


def test_a_heading_is_said_and_so_is_a_guess():
    assert "question: tanh (from the heading)" in repr(mark(None, "# Tanh\ndX = dY * (1 - Y^2)"))
    (_, alone) = mark(None, "dX = dY * Y * (1 - Y)")
    assert alone.reason == "right for sigmoid: if another was meant, declare it"
    for known in ("# Sigmoid\n", "Y = 1/(1+e^{-X})\n", "<!-- question: sigmoid -->\n"):
        assert "if another was meant" not in repr(mark(None, f"{known}dX = dY * Y * (1 - Y)"))


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("Softmax", "softmax"),
        ("Layer norm", "layer_norm"),
        ("LayerNorm", "layer_norm"),
        ("batch normalisation", "batch_norm"),
        ("Batch-Normalization: the backward pass", "batch_norm"),
        ("cross entropy", "cross_entropy"),
        ("5 · Softmax cross-entropy", "softmax_cross_entropy"),
        ("log-softmax", "log_softmax"),
        ("LogSumExp", "logsumexp"),
        ("tanh", "tanh"),
        ("The rectified linear unit", "relu"),
        ("A fully connected layer", "linear"),
        ("RMSNorm", "rms_norm"),
    ],
)
def test_a_heading_names_a_question_in_any_spelling(title, question):
    for written in (f"# {title}", f"\\subsection*{{{title}}}", f"**{title}**", title):
        ((end, names),) = headings(f"{written}\n\ndX = dY")
        assert (end, names[0]) == (len(written), question)


@pytest.mark.parametrize(
    ("text", "likeliest"),
    [
        ("mu = X.mean(0)\ndgamma = Z * Xhat", "batch_norm"),
        ("dX = gamma * Y + gamma^2", "batch_norm"),
        ("dgamma = " + "gamma * " * 400 + "Xhat", "rms_norm"),
        ("dx = a^T " + "W " * 400 + "dy", "linear_sample"),
    ],
)
def test_the_advice_names_the_likeliest_question(text, likeliest):
    *_, last = mark(None, text)
    assert f"declare it in a comment such as <!-- question: {likeliest} -->" in last.reason, last.reason


def test_a_heading_whose_question_has_no_layers_is_no_question_of_layers():
    line = r"$$\frac{\partial \tilde{x}^{(l)}}{\partial x^{(l-1)}} = W^{(l)}$$"
    (left, right) = mark(None, "## Linear module\n\n" + line)
    assert (left.question, right.word) == ("network", "right")
