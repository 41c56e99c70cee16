"""The command and `mark` take a question in any spelling, keep it, and answer what they cannot take in a sentence."""

import json

import pytest

from helpers.judge import mark
from helpers.judge.__main__ import main
from helpers.read.question import QUESTIONS


@pytest.fixture
def command(tmp_path, capsys):
    """The command on one file: (its code, what it prints, its errors)."""

    def run(text, *options):
        file = tmp_path / "mine.md"
        file.write_text(text)
        try:
            code = main([str(file), *options])
        except SystemExit as refused:
            code = refused.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


SPELLINGS = [
    "Softmax cross-entropy",
    "softmax-cross-entropy",
    "softmax_cross_entropy",
    " SOFTMAX  CROSS ENTROPY",
]


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("comment", ["<!-- question: {} -->", "% question: {}", "# question: {}"])
def test_a_question_is_declared_in_any_spelling(command, name, comment):
    said = command(f"{comment.format(name)}\ndX = (Y - T) / S")[1]
    assert "question: softmax_cross_entropy (declared)" in said and "✓ = (Y - T) / S" in said
    assert "question: softmax_cross_entropy (declared)" in command("dX = (Y - T) / S", "--question", name)[1]


def test_a_declared_question_holds_where_a_letter_is_not_its_own(command):
    text = "<!-- question: mse -->\ndX = 2/(S*N) (X - T)\n<!-- question: linear -->\nL = T\ndW = dY^T X"
    said = command(text)[1]
    assert "inferred" not in said and "X is no letter of this question: it has T, Y" in said
    assert "T is no letter of this question: it has W, X, b, B, Y" in said
    assert [line.question for line in mark(None, text)] == ["mse"] * 2 + ["linear"] * 4


@pytest.mark.parametrize("name", ["sofmax", "cross entropie"])
def test_an_unknown_question_names_those_near_it(command, name):
    for text, options in ((f"<!-- question: {name} -->\ndX = dY", []), ("dX = dY", ["--question", name])):
        code, out, error = command(text, *options)
        assert code == 2 and not out
        assert f"no question is named '{name}': there are " in error and "--questions lists all" in error
        assert {"sofmax": "softmax", "cross entropie": "cross_entropy"}[name] in error


def test_every_question_is_listed_with_its_definition(capsys):
    assert main(["--questions"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == list(QUESTIONS)
    assert "mse                    L = 1/(S N) Σ_mn (Y_mn − T_mn)²" in "\n".join(rows)
    assert all(any(sign in row for sign in "=→") for row in rows)


def test_a_file_that_cannot_be_read_does_not_hide_the_others(command, tmp_path):
    code, out, error = command("dW = dY^T X", str(tmp_path / "none.md"))
    assert code == 2 and "✓ = dY^T X" in out and "none.md" in error


@pytest.mark.parametrize("text", ["", "\n", "Only words.", "<!-- question: linear -->"])
def test_a_file_without_an_equation_says_so(command, text):
    assert "no equation found" in command(text)[1]
    assert json.loads(command(text, "--json")[1]) == []


def test_what_is_not_read_is_counted_and_no_object(command):
    text = "With $S = 32$ and $i = j$:\n\ndW = dY^T X\n"
    said = command(text)[1]
    assert "not read: 2 with an equals sign but no claim (line 1)" in said
    assert "no claim (line 1)" in mark(None, text)._repr_html_()
    found = json.loads(command(text, "--json")[1])
    assert [(f["question"], f["line"], f["verdict"]) for f in found] == [
        ("linear", 3, "given"),
        ("linear", 3, "right"),
    ]
    assert {"file", "question", "line", "latex", "verdict", "kind", "reason"} <= set(found[0])


@pytest.mark.parametrize(
    "text", ["$$dW = dY^T X$$\nand so db = dY.mean(0)", "\\[dW = dY^T X\\] gives \\(db = dY.mean(0)\\)"]
)
def test_lines_and_inline_mathematics_beside_displays_are_read(text):
    assert [line.word for line in mark("linear", text)] == ["given", "right", "given", "wrong"]


@pytest.mark.parametrize(
    ("question", "lines", "said"),
    [
        ("linear", None, "lines are text.*NoneType"),
        ("linear", 3, "lines are text.*int"),
        ("linear", ["dW = dY^T X", 3], "lines are text.*int"),
        (None, b"dW", "lines are text.*int"),
        (3, "dW = dY^T X", "a question is a name.*int"),
        (["linear"], "dW = dY^T X", "a question is a name.*list"),
    ],
)
def test_what_is_no_text_is_refused_in_a_sentence(question, lines, said):
    with pytest.raises(TypeError, match=said):
        mark(question, lines)


@pytest.mark.parametrize("lines", ["", [], " \n "])
@pytest.mark.parametrize("question", ["linear", None])
def test_nothing_is_no_mistake(question, lines):
    report = mark(question, lines)
    assert (
        len(report) == 0
        and repr(report) == "no equation found"
        and "no equation found" in report._repr_html_()
    )


@pytest.mark.parametrize(
    "text", ["softmax(X) = dW", "dW = dY^T X = X = 3 softmax(X)", "2 X = dY W W", "dX = X -> . X"]
)
def test_a_left_side_that_is_no_entry_is_judged_too(text):
    for question in ("linear", "softmax"):
        assert not mark(question, text)
