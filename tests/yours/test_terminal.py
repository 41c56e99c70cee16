"""python -m helpers.derive: a definition in, a page out; a refusal is one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from helpers.yours.terminal import main

ROOT = Path(__file__).parents[2]


def test_a_page_in_plain_text(capsys):
    assert main(["Y = X W^T + b"]) == 0
    said = capsys.readouterr().out
    assert "Y = X @ W.T + b" in said and "dW = dY.T @ X" in said and "✓" in said
    assert "∂L/∂W = (∂L/∂Y)ᵀ X" in said and "chain rule" not in said


def test_all_lines_if_asked(capsys):
    assert main(["Y = X W^T", "--full"]) == 0
    assert "(chain rule)" in capsys.readouterr().out


def test_a_page_as_html(tmp_path, capsys):
    assert main(["Y = X W^T", "--html", str(tmp_path / "page.html"), "--name", "Product"]) == 0
    assert "<h2>Product</h2>" in (tmp_path / "page.html").read_text("utf8")


def test_the_layer_alone(capsys):
    assert main(["Y = X W^T + b", "--layer", "--name", "Affine", "--inputs", "X"]) == 0
    names = {}
    exec(capsys.readouterr().out, names)
    assert names["Affine"](4, 3).params.keys() == {"W", "b"}


@pytest.mark.parametrize(
    "text",
    [
        "Y = (X",
        "",
        "hello",
        "Y = X @@ W",
        "Y = 3",
        "L = 3",
        "Y = X / X",
        "Y = " + "(" * 3000 + "X" + ")" * 3000,
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_2(text, capsys):
    assert main([text]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and "Traceback" not in captured.err


def test_an_input_that_is_none_is_refused(capsys):
    assert main(["Y = X W^T", "--inputs", "Q"]) == 2
    assert "Q is no letter that the definition starts from: X, W are" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_said(tmp_path, capsys):
    assert main(["Y = X W^T", "--html", str(tmp_path / "none" / "page.html")]) == 2
    captured = capsys.readouterr()
    assert (
        captured.err.startswith("there is no folder") and captured.err.count("\n") == 1 and not captured.out
    )


@pytest.mark.parametrize("name", ["class", "np", "ValueError", "1x"])
def test_a_name_that_no_class_can_have_is_refused(name, capsys):
    assert main(["Y = X W^T", "--layer", "--name", name]) == 2
    assert f"{name!r} cannot be the name of a class" in capsys.readouterr().err


def test_the_definition_may_stand_behind_the_inputs(capsys):
    assert main(["--layer", "--inputs", "X", "W", "Y = X W^T"]) == 0
    assert 'inputs = ("X", "W")' in capsys.readouterr().out


def test_no_definition_is_said(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--inputs", "X", "W"])
    assert "a definition is missing" in capsys.readouterr().err


def test_a_reader_that_has_read_enough_is_no_fault():
    command = [sys.executable, "-m", "helpers.derive", "Y = X W^T"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as run:
        run.stdout.close()
        assert (run.stderr.read(), run.wait()) == ("", 0)


def test_the_command_reads_what_comes_in():
    command = [sys.executable, "-m", "helpers.derive", "-"]
    done = subprocess.run(command, input="Z = X W^T\nY = tanh(Z)", text=True, capture_output=True, cwd=ROOT)
    assert done.returncode == 0 and "Y = np.tanh(Z)" in done.stdout, done.stderr
