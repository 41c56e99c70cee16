"""One bad line costs no other its verdict, hides none, and takes no time."""

import pytest

from helpers.judge import mark
from helpers.judge.door import mark_text

BESIDE = "\n\n$dX = dY W$\n"


def words(text: str, question: str | None = "linear") -> list[str]:
    return [
        line.word for line in (mark(question, text) if question else mark_text(text)) if line.word != "given"
    ]


@pytest.mark.parametrize("question", ["linear", None])
def test_a_comment_ends_where_its_line_ends(question):
    text = "# Linear\n\\begin{align} dW &= dY^T X \\\\ % a note\n &= 2 dY^T X \\end{align}\n"
    assert words(text, question) == ["right", "wrong"]


def test_a_comment_is_no_part_of_a_product():
    assert words("\\begin{align} dW &= dY^T % S x N\nX \\end{align}\n") == ["right"]


@pytest.mark.parametrize(
    "line",
    [
        "dW_{ij} = \\sum_m dY_{mi} \\sum_m X_{mj}",
        "dW_{ij} = \\sum_m d/dY_{mi} X_{mj}",
        "dW = 1e99999999",
        "dW = 9^{9^{9^{9}}}",
        "\\frac{\\partial}{\\partial W_{ij}}" * 5 + "e^{W_{ij}^3} = 3",
        "dW = (((2^{99})^{99})^{99})^{99}",
    ],
)
@pytest.mark.parametrize("question", ["linear", None])
def test_a_bad_line_is_not_judged_and_the_next_one_is(line, question):
    *bad, last = words(f"# Linear\n${line}${BESIDE}", question)
    assert last == "right" and "right" not in bad


def test_steps_of_a_program_that_double_end():
    report = mark("relu", "dX = dY\n" + "dX[X <= 0] += dX[X <= 0]\n" * 30)
    assert not any(line.word == "right" for line in report)


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("softmax_cross_entropy", "dX = (Y - T) / 9"),
        ("linear", "db = 9 * dY.mean(0)"),
        ("linear", "db = dY.sum(0) * 6 / 6.5"),
    ],
)
def test_a_number_is_no_size_that_happens_to_be_it(question, line):
    assert words(line, question) == ["wrong"]


def test_a_number_that_is_right_at_all_sizes_is_right():
    assert words("dW = 3 dY^T X - 2 dY^T X") == ["right"]
