r"""The command and `%%mark` judge a text by its own definitions, and in a question where one is given or declared."""

import html
import json
import re

import pytest

from helpers.judge import mark_text
from helpers.judge.__main__ import main
from helpers.judge.magic import load_ipython_extension

LAYER = "$$Z = A V$$\n\n"
L_A, L_V, L_Z = (rf"\frac{{\partial L}}{{\partial {x}}}" for x in "AVZ")
RIGHT = LAYER + f"$${L_A} = {L_Z} V^T$$\n"
WRONG = RIGHT + f"\n$${L_V} = A {L_Z}$$\n"


@pytest.fixture
def command(tmp_path, capsys):
    """The command on one file of a name: (its code, what it prints, its errors)."""

    def run(content: str | bytes, *options: str, name: str = "mine.md"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        code = main([str(file), *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_code_says_whether_anything_is_wrong(command):
    assert command(RIGHT)[0] == 0
    code, out, _ = command(WRONG)
    assert code == 1 and "✗" in out and "1 right, 1 wrong" in out


def test_a_repair_is_shown_only_where_it_is_asked_for(command):
    repaired = r"right: A^T \frac{\partial L}{\partial Z}"
    assert repaired not in command(WRONG)[1] and repaired in command(WRONG, "--repair")[1]
    found = json.loads(command(WRONG, "--json")[1])
    assert [f["verdict"] for f in found] == ["given", "given", "given", "right", "given", "wrong"]
    assert found[-1]["kind"] == "transposed" and found[-1]["repair"] == r"A^T \frac{\partial L}{\partial Z}"
    assert (found[-1]["line"], found[-1]["column"]) == (5, 35)


def test_a_notebook_is_read_cell_by_cell(command):
    cells = [{"cell_type": "markdown", "source": [part]} for part in WRONG.split("\n\n")]
    code, out, _ = command(json.dumps({"cells": cells, "nbformat": 4}), name="mine.ipynb")
    assert code == 1 and "3:1 ✗" in out


def test_the_conventions_that_were_needed_are_named_at_the_end():
    text = (
        "Targets $q$. " + r"$$p_i = \frac{e^{u_i}}{\sum_j e^{u_j}}, \quad J = -\sum_i q_i \log p_i$$" + "\n\n"
    )
    report = mark_text(text + r"$$\frac{\partial J}{\partial u_k} = p_k - q_k$$")
    assert report.notes == ("taken as: targets that sum to 1 (line 3)",)
    assert "taken as: targets that sum to 1 (line 3)" in repr(report) and "line 3" in report._repr_html_()


def test_what_a_text_does_not_define_is_asked_of_the_questions():
    report = mark_text("dW = dY^T X\n")
    assert [line.word for line in report] == ["given", "right"] and report.lines[1].question == "linear"


def test_what_a_text_defines_is_not_asked_of_the_questions():
    own = "# Linear layer\n\n$$Y = X W$$\n\n"
    d_w, d_x, d_y = (rf"\frac{{\partial L}}{{\partial {x}}}" for x in "WXY")
    report = mark_text(own + f"$${d_x} = {d_y} W^T$$\n\n$${d_w} = {d_y}^T X$$\n")
    assert [line.word for line in report][-1] == "wrong"


def test_a_declared_question_is_asked():
    assert mark_text("<!-- question: linear -->\ndW = dY^T X").lines[1].question == "linear"
    assert mark_text(WRONG, "linear").lines[0].question == "linear"


@pytest.mark.parametrize(
    "text", ["$$i = j$$", "With $S = 32$ samples", "", "Only words.", "\x00\x01", "{" * 400]
)
def test_what_claims_nothing_is_no_line(text):
    report = mark_text(text)
    assert not report.wrong and not report and "right" not in report.summary


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x80\x81", b"PK\x03\x04\xff"])
def test_a_file_that_is_no_text_is_said_to_be_none(command, content):
    code, _, error = command(content)
    assert code in (0, 2) and (code == 0 or "mine.md" in error)


class Shell:
    """As much of IPython as a magic needs."""

    def __init__(self):
        self.user_ns, self.magics = {}, {}

    def register_magic_function(self, function, kind, name):
        self.magics[name] = function


def test_a_cell_is_marked_by_its_own_definitions_or_in_a_question(capsys):
    shell = Shell()
    load_ipython_extension(shell)
    assert [line.word for line in shell.magics["mark"]("", WRONG)][-1] == "wrong"
    assert shell.magics["mark"]("linear", "dW = dY^T X").lines[1].question == "linear"
    assert shell.magics["mark"]("linaer", "dW = dY^T X") is None and "linear" in capsys.readouterr().out


def test_a_line_that_follows_from_a_wrong_one_says_so_and_the_next_may_be_right_again():
    chain = f"$${L_V} = A {L_Z} = A {L_Z} = A^T {L_Z}$$\n"
    report = mark_text(RIGHT + "\n" + chain)
    assert [line.word for line in report][-3:] == ["wrong", "wrong", "right"]
    assert "follows from the wrong line" in report.lines[-2].said and "right again" in report.lines[-1].said


def test_what_is_missing_is_named_in_the_letters_of_the_text():
    said = mark_text(LAYER + r"$$\frac{\partial \hat\xi}{\partial V} = 1$$").lines[-1].said
    assert "nothing says what ξ̂ is made of: write ξ̂ = ..." in said


def test_a_line_from_a_keyboard_is_typeset_as_it_was_written():
    lines = list(mark_text("Y = X W^T\n\ndX = dY @ W\n\ndW_np = sum_m dY_mn X_mp"))
    assert [line.mathematics for line in lines[2:]] == ["dX", "dY W", "dW_{np}", r"\sum_{m} dY_{mn} X_{mp}"]
    assert next(iter(mark_text(r"$Y = X W^{\top}$"))).mathematics == "Y"


@pytest.mark.parametrize("text", ["a = b + " * 300_000, "a = " + "b * " * 900 + "b"])
def test_a_text_of_thousands_of_signs_is_answered(text):
    assert list(mark_text(text))[-1].word == "not judged"


def test_a_convention_that_changes_nothing_is_not_said():
    text = r"$Y = XW$, $J = \frac{1}{m} \sum_{i,k} Y_{ik}^2$, $\frac{\partial J}{\partial Y_{ik}} = \frac{2}{m} Y_{ik}$"
    assert not mark_text(text).notes  # whatever m is


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```\n$$dW = dY^T X$$\n", "expected a closing ```"),
        ("$$Y = X W$$\n\n$$dW = X^T dY\n", "expected a closing $$"),
        ("$x$ " * 1001, "expected at most 1000 rows"),
    ],
)
def test_where_a_text_is_broken_is_said(text, said):
    """What is near may be read amiss, or not at all."""
    assert said in mark_text(text).shown()


def test_a_derivative_that_grows_beyond_all_bounds_is_not_judged():
    power = r"\frac{\partial}{\partial W_{ij}} (" * 6 + "e^{W_{ij}^3}" + ")" * 6
    report = mark_text(rf"The layer is $Y = X W^T$, and $dW = {power}$.")
    assert [line.word for line in report if "e^" in line.text] == ["not judged"]


def test_a_letter_that_is_summed_twice_has_a_sentence():
    """Where shapes do not fit, and the left side is of no use in saying so."""
    for head in ("<!-- question: linear -->", "The layer is $Y = X W^T + b$."):
        report = mark_text(head + "\n\n$$dW = sum_m dY_mi sum_m X_mj$$\n\n$$dW = dY^T X$$\n")
        assert (
            "right" not in [line.word for line in report if "sum" in line.text] and "right" in report.shown()
        )


LIVE = (
    r"\href{javascript:alert(1)}{x}", r"\url{javascript:alert(1)}", r"\class{a}{x}", r"\style{position:fixed}{x}",
    r"\cssId{a}{x}", r"\htmlClass{a}{x}", r"\htmlData{a=b}{x}", r"\require{html}", r"\csname href\endcsname{a}{x}",
)  # fmt: skip


@pytest.mark.parametrize("live", LIVE)
@pytest.mark.parametrize("head", ["<!-- question: linear -->", "The layer is $Y = X W^T$."])
def test_a_command_that_does_more_than_draw_is_shown_and_never_typeset(live, head):
    report = mark_text(rf"{head}" "\n\n" rf"$$dW = \underbrace{{dY^T}}_{{{live}}} X$$" "\n\n$$dW = dY^T X$$")
    page = html.unescape(report._repr_html_())
    name = live.split("{")[0]
    assert name in page and name not in "".join(re.findall(r"\$\\displaystyle.*?\$", page, re.DOTALL))
    if not head.startswith("<!--"):  # where lines of the keyboard stay as they were typed
        assert page.count(r"$\displaystyle") >= 2  # what only draws is typeset
