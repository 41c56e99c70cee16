"""A test that JupyterLab gave no answer runs once more, alone, and says so; one that saw something wrong does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import os
import pytest
from tests.tools.second_run import NoAnswer

@pytest.fixture(scope="module")
def lab():
    if "SECOND_RUN" not in os.environ:
        raise NoAnswer("JupyterLab did not start")

def run(name):
    with open(f"ran {name}", "a") as file:
        file.write(".")

def test_late():
    run("late")
    if "SECOND_RUN" not in os.environ:
        raise NoAnswer("no cell ran in time")

def test_silent():
    run("silent")
    raise NoAnswer("no cell ran in time")

def test_wrong():
    run("wrong")
    assert "the picture" == "another picture"

def test_of_a_late_lab(lab):
    run("of_a_late_lab")

def test_right():
    run("right")
"""


@pytest.mark.parametrize(
    ("workers", "runs", "code", "said"),
    [
        (0, {"right": 1, "late": 2, "of_a_late_lab": 1}, 0, ["1 passed, 2 no answer", "alone: passed"]),
        (1, {"wrong": 1, "late": 2}, 1, ["1 failed, 1 no answer", "another picture", "alone: passed"]),
        (1, {"silent": 2, "right": 1}, 1, ["1 passed, 1 no answer", "alone: failed", "no cell ran in time"]),
    ],
)
def test_which_run_twice_and_what_comes_of_it(workers, runs, code, said, tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_sample.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        f"-n{workers}",
        *(f"test_sample.py::test_{name}" for name in runs),
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # they take seconds to import
        "PYTEST_PLUGINS": "xdist.plugin,tests.tools.second_run",
    }
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == code, done.stdout
    for words in said:
        assert words in done.stdout
    assert {name: len((tmp_path / f"ran {name}").read_text()) for name in runs} == runs
