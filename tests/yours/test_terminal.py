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


@pytest.mark.parametrize("text", ["Y = (X", "", "hello", "Y = X @@ W"])
def test_a_refusal_is_one_sentence_and_exit_code_2(text, capsys):
    assert main([text]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and "Traceback" not in captured.err


def test_an_input_that_is_none_is_refused(capsys):
    assert main(["Y = X W^T", "--inputs", "Q"]) == 2
    assert "Q is no letter that the definition starts from: X, W are" in capsys.readouterr().err


def test_the_command_reads_what_comes_in():
    command = [sys.executable, "-m", "helpers.derive", "-"]
    done = subprocess.run(command, input="Z = X W^T\nY = tanh(Z)", text=True, capture_output=True, cwd=ROOT)
    assert done.returncode == 0 and "Y = np.tanh(Z)" in done.stdout, done.stderr
