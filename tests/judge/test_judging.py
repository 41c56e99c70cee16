"""Every line of a written derivation gets the right verdict, the right kind and a reason; the report shows it."""

import json
import runpy
import string
import sys
import warnings
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from helpers.exercises import Exercise, same_lines
from helpers.judge import mark
from helpers.judge.__main__ import main
from helpers.judge.lines.line_by_line import marker_of
from helpers.read.question import QUESTIONS
from tests.corpus.planted import TRIED, Count, try_out

ROOT = Path(__file__).parents[2]
dL_dW = r"\frac{\partial L}{\partial W_{ij}}"
dL_db = r"\frac{\partial L}{\partial b_i}"
dL_dX = r"\frac{\partial L}{\partial X_{ij}}"
dY_dW = r"\frac{\partial Y_{mn}}{\partial W_{ij}}"
dY_dX = r"\frac{\partial Y_{mn}}{\partial X_{ij}}"
dY = r"\frac{\partial L}{\partial Y_{%s}}"


def last(question: str, *parts: str):
    """The last of the parts a = b = c, marked."""
    return mark(question, f"$${' = '.join(parts)}$$").lines[-1]


RIGHT = [
    ("linear", dL_dW, rf"\sum_m {dY % 'mi'} X_{{mj}}", "chain rule"),
    ("linear", r"\frac{\partial L}{\partial W}", r"\left(\frac{\partial L}{\partial Y}\right)^T X", ""),
    ("linear", dY_dW, r"\delta_{ni} X_{mj}", ""),
    ("linear", dL_db, rf"\sum_{{m,n}} {dY % 'mn'} \delta_{{ni}}", ""),
    ("activation", dL_dX, rf"{dY % 'ij'} h'(X_{{ij}})", ""),
    ("softmax", dY_dX, r"Y_{mn} \delta_{mi} (\delta_{nj} - Y_{mj})", ""),
    ("cross_entropy", dL_dX, r"-\frac{T_{ij}}{S X_{ij}}", ""),
]


@pytest.mark.parametrize(("question", "left", "line", "rule"), RIGHT)
def test_a_right_line(question, left, line, rule):
    found = last(question, left, line)
    assert found.word == "right", found
    assert rule in found.rule


WRONG = [
    ("linear", dL_dW, rf"-\sum_m {dY % 'mi'} X_{{mj}}", "sign", "the sign is wrong"),
    ("linear", dL_dW, rf"\frac{{1}}{{S}} \sum_m {dY % 'mi'} X_{{mj}}", "factor", "1/S"),
    ("linear", dL_dW, rf"2 \sum_m {dY % 'mi'} X_{{mj}}", "factor", "2 times"),
    ("linear", dL_dW, rf"\sum_m {dY % 'mn'} X_{{mj}} \delta_{{ni}}", "free index", "index n is still free"),
    ("linear", dL_dW, rf"{dY % 'mi'} X_{{mj}}", "free index", "with a sum over m it is right"),
    ("linear", dL_dW, rf"\sum_m {dY % 'mi'}", "factor", "the factor X_mj is missing"),
    (
        "linear",
        dL_dW,
        rf"\sum_m {dY % 'mi'} X_{{jm}}",
        "transposed",
        "rows and columns are exchanged in X_jm",
    ),
    ("linear", dL_db, rf"\sum_{{m,n}} {dY % 'mi'}", "useless index", "has no n in it: it multiplies by N = "),
    ("linear", dL_db, rf"\sum_{{m,n}} {dY % 'mn'}", "delta missing", "δ_in is missing"),
    ("linear", dY_dW, r"X_{mj}", "delta missing", "δ_in is missing"),
    ("linear", dL_dX, rf"\sum_n {dY % 'in'} W_{{jn}}", "transposed", "W_nj is right"),
    ("activation", dL_dX, rf"{dY % 'ij'} h(X_{{ij}})", "wrong function", "h'(X_ij)"),
    ("activation", dL_dX, rf"{dY % 'ij'}", "factor", "the factor h'(X_ij) is missing"),
    ("softmax", dY_dX, r"Y_{mn} \delta_{mi} \delta_{nj}", "path missing", "is left out"),
    ("softmax", dY_dX, r"Y_{mn} \delta_{mi} (\delta_{nj} + Y_{mj})", "sign", "the sign of"),
    ("softmax", dY_dX, r"Y_{mn} \delta_{mi} (\delta_{nj} - Y_{mn})", "wrong index", "Y_mj in place of Y_mn"),
    ("softmax", dY_dX, r"Y_{mn} (1 - Y_{mn}) \delta_{mi} \delta_{nj}", "diagonal only", "term is missing"),
    ("softmax", dL_dX, rf"Y_{{ij}} ({dY % 'ij'} - \sum_n {dY % 'in'})", "factor", "Y_in is missing"),
    ("cross_entropy", dL_dX, r"-\frac{T_{ij}}{X_{ij}}", "factor", "S ="),
    ("cross_entropy", dL_dX, r"-\frac{T_{ij} X_{ij}}{S}", "factor", "the line is right"),
]


@pytest.mark.parametrize(("question", "left", "line", "kind", "said"), WRONG)
def test_a_wrong_line_is_named(question, left, line, kind, said):
    found = last(question, left, line)
    assert (found.word, found.kind) == ("wrong", kind), found.said
    assert said in found.reason, found.reason


def test_a_fact_that_nobody_gave():
    found = last("cross_entropy", dL_dX, r"-\frac{T_{ij}}{S X_{ij}} \sum_n T_{in}")
    assert found.kind == "fact not given", found.said
    assert "rows of T sum to 1" in found.reason


def test_a_right_value_by_a_wrong_line():
    right = rf"\sum_m {dY % 'mi'} X_{{mj}}"
    report = mark("linear", rf"$${dL_dW} = {right} = 2 {right} = -2 {right} = {right}$$")
    assert [line.word for line in report] == ["given", "right", "wrong", "wrong", "right"]
    assert "sign is not that of the line before" in report.lines[3].reason
    assert "right again" in report.lines[4].reason
    assert not report and len(report.wrong) == 2


def test_a_definition_is_given_and_a_wrong_one_is_not():
    assert last("linear", "Y_{mn}", r"\sum_p X_{mp} W_{np} + B_{mn}").word == "given"
    assert last("linear", "Y_{mn}", r"\sum_p X_{mp} W_{np} - B_{mn}").kind == "sign"


@pytest.mark.parametrize("text", ["", "only words", "$$x$$", "= = =", "$$\\frac{$$", "Y_mn ="])
def test_what_is_no_equation_is_said(text):
    report = mark("linear", text)
    assert not report
    assert all(line.word in ("not judged", "given") for line in report)
    assert repr(report) and report._repr_html_()


def test_what_is_asked_for_may_be_left_out():
    for line in ("sum_m dL/dY_mi X_mj", "= sum_m dL/dY_mi X_mj", "dL/dW_ij = sum_m dL/dY_mi X_mj"):
        assert mark("linear", line, left="dL/dW_ij"), line


def test_the_report_is_text_and_mathematics():
    report = mark("linear", rf"$${dL_dW} = \sum_m {dY % 'mi'} X_{{mj}} = 2 < \sum_m {dY % 'mi'}$$")
    assert repr(report).splitlines()[0] == "question: linear (declared)"
    assert "✓" in repr(report) and "✓" in report._repr_html_()
    page = mark("linear", rf"$${dL_dW} = \sum_m {dY % 'mi'}$$")._repr_html_()
    assert "✗" in page and "X<sub>mj</sub>" in page and r"$\displaystyle" in page


def test_unknown_question():
    with pytest.raises(ValueError, match="no question is named 'liner': there are linear"):
        mark("liner", "Y = X")


def test_a_left_side_is_derived_and_given_numbers_once():
    last("softmax", dL_dX, dL_dX)
    judges = marker_of(QUESTIONS["softmax"]()).judges
    before = dict(judges)
    for _, left, line, *_ in (case for case in WRONG if case[:2] == ("softmax", dL_dX)):
        last("softmax", left, line)
    assert before and judges == before


TWO = rf"""
<!-- question: linear -->
Words about the gradient.

$${dL_dX} = \sum_n {dY % "in"} W_{{nj}}$$

<!-- question: softmax -->
$$
{dL_dX} = Y_{{ij}} {dY % "ij"}
$$
"""


def test_the_command_reads_files(tmp_path, capsys):
    file = tmp_path / "two.md"
    file.write_text(TWO)
    assert main([str(file), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(f["question"], f["line"], f["verdict"]) for f in found] == [
        ("linear", 5, "given"),
        ("linear", 5, "right"),
        ("softmax", 9, "given"),
        ("softmax", 9, "wrong"),
    ]
    assert found[-1]["kind"] == "path missing" and found[-1]["file"] == str(file)
    file.write_text(TWO.replace("<!-- question: softmax -->", "").replace("<!-- question: linear -->", ""))
    main([str(file)])
    said = capsys.readouterr().out
    assert "question: linear (inferred)" in said
    assert main([str(tmp_path / "none.md")]) == 2


def test_the_command_reads_utf_8_and_utf_16_and_says_so_of_others(tmp_path, capsys):
    file = tmp_path / "mine.md"
    for encoding, code in (("utf-8-sig", 0), ("utf-16", 0), ("latin-1", 2)):
        file.write_bytes("Für alle:\n\ndW = dY.T @ X".encode(encoding))
        assert main([str(file), "--question", "linear"]) == code
    said = capsys.readouterr()
    assert said.out.count("✓") == 2 and "is not UTF-8 (line 1)" in said.err


ONE_SIDE = "right where X > 0, wrong where X < 0"


@pytest.mark.parametrize(
    ("question", "line", "kind", "said"),
    [
        ("relu", "dX = dY", None, ONE_SIDE),
        ("leaky_relu", "dX = np.where(X > 0, dY, 2 * a * dY)", None, ONE_SIDE),
        ("elu", "dX = dY * np.where(X > 0, 1, np.exp(X))", None, ONE_SIDE),
        ("two_paths", "dL/dx = dL/dy g'", "path missing", "h"),
        ("two_paths", "dL/dx = dL/dz h'", "path missing", "g"),
        ("two_paths", "dL/dx = dL/dy g' - dL/dz h'", "sign", "the sign of the term"),
        ("two_paths", "dL/dx = -dL/dy g' - dL/dz h'", "sign", "the sign is wrong"),
        ("softmax_sample", "dh/dz = diag(h) - h^T h", None, "u vᵀ a matrix"),
    ],
)
def test_the_reason_is_the_one_that_holds(question, line, kind, said):
    (_, found) = mark(question, line)
    assert found.word == "wrong" and said in found.reason, found.said
    assert kind in (None, found.kind)


def test_the_command_runs(monkeypatch, capsys):
    """As `python -m` runs it, in this process."""
    monkeypatch.setattr(sys, "argv", ["judge", "--help"])
    with pytest.raises(SystemExit, match="0"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it is imported here already
        runpy.run_module("helpers.judge", run_name="__main__")
    assert "--json" in capsys.readouterr().out


def test_the_magic_marks_its_cell(capsys):
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "helpers.judge")
    report = shell.run_cell_magic("mark", "linear", f"{dL_dW} = \\sum_m {dY % 'mi'} X_{{mj}}")
    assert [line.word for line in report] == ["given", "right"]
    shell.user_ns["mine"] = QUESTIONS["linear"]()
    assert shell.run_cell_magic("mark", "mine", "dL/dW = dY.T @ X")
    assert shell.run_cell_magic("mark", "nothing", "dL/dW = dY.T @ X") is None
    assert "no question is named 'nothing'" in capsys.readouterr().out


def test_a_kernel_knows_mark_and_desk_without_a_line_that_loads_them():
    installed = json.loads((ROOT / "helpers" / "ipython_config.json").read_text())
    shell = InteractiveShell(config=Config({"MagicsManager": installed["MagicsManager"]}))
    assert [line.word for line in shell.run_cell_magic("mark", "linear", "dL/db_i = sum_m dL/dY_mi")] == [
        "given",
        "right",
    ]
    desk = shell.run_cell_magic("desk", "linear", "dL/db_i = sum_m dL/dY_mi")
    assert "✓" in desk._repr_mimebundle_()["text/html"] and desk.text == "dL/db_i = sum_m dL/dY_mi"
    desk.text = "dL/db_i = sum_{m,n} dL/dY_mi"
    assert "✗" in desk.children[1].value


def test_a_matrix_line_is_shown_as_it_was_written():
    shown = mark("linear", "dL/dW = dY.T @ X\ndL/db_i = sum_m dY_mi")._repr_html_()
    assert "<code>= dY.T @ X</code>" in shown and "X_{" not in shown
    assert r"\sum_{m} \frac{\partial L}{\partial Y_{mi}}" in shown


LINES = Exercise("0.0", same_lines("linear", "dL/dW_ij"), ("a", "b", "c"), "")


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        ("...", None, ""),
        ("", None, ""),
        ("sum_m dL/dY_mi X_mj", True, ""),
        ("dL/dW = dY.T @ X", True, ""),
        (rf"{dL_dW} = \sum_m {dY % 'mi'} X_{{mj}}", True, ""),
        (r"\frac{\partial L}{\partial W_{ab}} = \sum_m \frac{\partial L}{\partial Y_{ma}} X_{mb}", True, ""),
        ("sum_m dL/dY_mn X_mj", False, "free index: index n"),
        ("dL/db_i = sum_m dL/dY_mi", False, "does not say what dL/dW_ij is"),
        (rf"{dL_dW} = \sum_{{m,n}} {dY % 'mn'} {dY_dW}", False, "still to be taken"),
        ("", None, ""),
        (3, False, "Lines of text"),
    ],
)
def test_an_exercise_in_lines(answer, right, said):
    found = LINES.mark(answer)
    assert found.right is right, found
    assert said in found.reason


@pytest.mark.parametrize("question", TRIED)
def test_planted_slips_are_caught_and_named_and_no_right_line_is_flagged(question):
    """The first, the fourth, the sixteenth ... of each kind; all of them: python -m tests.corpus.planted."""
    count = Count()
    try_out(QUESTIONS[question](), count, {4**k for k in range(6)}.__contains__)
    assert not count.missed
    assert not count.false_alarms
    assert count.named.total() >= 0.9 * count.caught.total(), count.misnamed


@pytest.mark.parametrize(
    "text",
    [
        "- dX = dY W\n- dW = dY^T X",
        "* dX = dY W\n* dW = dY^T X",
        "> dX = dY W\n> dW = dY^T X",
        "1. dX = dY W\n2. dW = dY^T X",
    ],
)
def test_the_bullets_of_markdown_are_no_signs(text):
    assert [line.word for line in mark("Linear", text)] == ["given", "right"] * 2


def test_a_row_that_begins_with_a_minus_goes_on():
    text = "dL/dX_ij = sum_n dL/dY_in W_nj\n = - sum_n dL/dY_in W_nj"
    assert [line.kind for line in mark("linear", text)] == ["", "", "sign"]


@pytest.mark.parametrize(
    ("question", "line", "kind"),
    [
        ("sigmoid", "dX = dY * np.exp(np.exp(np.exp(X*1000)))", "wrong value"),
        ("sigmoid", "dY_mn/dX_mn = Y_mn", "wrong value"),
        ("sigmoid", "dY_ij/dX_ij = 1 - Y_ij", "factor"),
        ("softmax", "dY_mn/dX_mj = -Y_mn Y_mj", "path missing"),
        ("softmax_sample", "dh_i/dz_i = h_i (1 + h_i)", "sign"),
        ("logistic_regression", r"\frac{\partial p_s}{\partial z_s} = 1 - p_s", "factor"),
    ],
)
def test_numbers_out_of_reach_and_letters_used_twice_on_the_left(question, line, kind):
    _, last = mark(question, line)
    assert (last.word, last.kind) == ("wrong", kind)
    assert last.reason


@pytest.mark.parametrize("line", ["dX = dY * W", "dW = dY.T * X", "dX = np.multiply(dY, 1) * W"])
def test_a_star_is_entry_by_entry_in_code(line):
    """In mathematics on a keyboard it may be a matrix product, and that is said."""
    (_, in_code) = mark("linear", f"```python\n{line}\n```")
    assert in_code.word == "wrong" and "@ is meant" in in_code.reason
    (_, alone) = mark("linear", line)
    code = ".T" in line or "np." in line
    assert alone.word == ("wrong" if code else "right")
    assert code or "NumPy writes it @" in alone.reason


STEPS = [  # question, lines of a program, the verdict of each part
    ("softmax", "e = np.exp(X)\nY = e / e.sum(1, keepdims=True)", "given given given given"),
    ("softmax", "e = np.exp(X)\nY = e / e.sum()", "given given given wrong"),
    (
        "softmax",
        "s = (dY * Y).sum(1, keepdims=True)\ndX = Y * (dY - s)\ndX = Y * (dY + s)",
        "given given given right given wrong",
    ),
    ("relu", "mask = X > 0\ndX = dY * mask", "given given given given right"),
    ("sigmoid", r"$$\Delta = 1 - Y$$ $$dX = dY \circ Y \circ \Delta$$", "given given given right"),
    ("softmax_cross_entropy", "dX = Y - T\ndX /= S", "given given given right"),
    ("softmax_cross_entropy", "dX = Y - T; dX /= S", "given given given right"),
    ("softmax_cross_entropy", "dX = Y - T\ndX *= S", "given given given wrong"),
    ("softmax_cross_entropy", "N = len(X)\ndX = (Y - T) / N", "given given given right"),
    ("relu", "dX = dY.copy()\ndX[X <= 0] = 0", "given given given right"),
    ("relu", "dX = dY.copy()\ndX[X > 0] = 0", "given given given wrong"),
    ("leaky_relu", "dX = dY.copy()\ndX[X <= 0] *= a", "given given given right"),
    *(("relu", f"dX[{part}", "given right") for part in ("X <= 0] = 0", "X < 0] = 0", "X > 0] = dY[X > 0]")),
    *(("relu", f"dX[{part}", "given wrong") for part in ("X > 0] = 0", "X <= 0] = dY[X <= 0]")),
    ("relu", "dX[0] = 1", "not judged not judged"),
    ("linear", "a = a + a + X\nb0 = X @ Q", "not judged not judged not judged not judged"),
]


@pytest.mark.parametrize(("question", "lines", "verdicts"), STEPS)
def test_the_steps_of_a_program_are_judged_by_what_they_come_to(question, lines, verdicts):
    assert " ".join(line.word for line in mark(question, lines)) == verdicts


def test_names_that_double_each_other_end_soon():
    lines = [
        "a0 = X",
        *(f"{b} = {a} + {a}" for a, b in zip(string.ascii_letters, string.ascii_letters[1:], strict=False)),
    ]
    report = mark("relu", "\n".join(["a = X", *lines[1:]]))
    assert report.not_judged and all(len(str(line.written.expression)) < 1000 for line in report)


@pytest.mark.parametrize(
    "line",
    ["dW1 = (dY2 W2)^T X", "dW1_ij = sum_{m,k} dY2_mk W2_ki X_mj", "db1_i = sum_m dH_mi", "dX = dH W1"],
)
def test_a_derivative_of_h_that_is_forgotten_inside_a_network_is_named(line):
    ((_, part),) = mark("mlp", line).statements
    assert part.kind == "factor"
    assert part.reason.startswith("the factor h'(Y^(1)_")
    assert "is missing in" in part.reason
