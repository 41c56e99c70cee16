"""The ground: one set of versions in every file that names them, and scripts that start."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = (ROOT / "requirements.txt").read_text()
PIN = re.compile(r"^([\w-]+)==([\w.]+)$", re.MULTILINE)


def test_every_requirement_is_pinned_and_the_project_comes_last():
    lines = [line for line in REQUIREMENTS.splitlines() if line and not line.startswith("#")]
    assert lines[-1] == "-e ."
    assert all(PIN.fullmatch(line) for line in lines[:-1])


def test_binder_has_the_same_versions_of_all_that_a_reader_needs():
    reader, _, _ = REQUIREMENTS.partition("# Tests")
    binder = (ROOT / "binder" / "requirements.txt").read_text()
    assert dict(PIN.findall(binder)) == dict(PIN.findall(reader))
    assert "--extra-index-url https://download.pytorch.org/whl/cpu" in binder
    assert "-e ." not in binder


def test_pyproject_names_what_a_reader_needs_and_pins_nothing():
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    reader, _, _ = REQUIREMENTS.partition("# Tests")
    assert [*named, "jupyterlab"] == [name for name, _ in PIN.findall(reader)]


def test_one_list_of_python_versions():
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(
        ">="
    )
    tested = re.findall(r'"(3\.\d+)"', (ROOT / ".github" / "workflows" / "ci.yml").read_text())
    assert tested[0] == oldest
    assert (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-") in tested


@pytest.mark.parametrize("script", [".ci/run", "binder/postBuild"])
def test_scripts_start(script):
    assert os.access(ROOT / script, os.X_OK)
    assert subprocess.run(["bash", "-n", ROOT / script]).returncode == 0


def test_readme_gives_the_command_that_is_run_and_a_reason_for_each_dependency():
    readme = (ROOT / "README.md").read_text()
    assert "binder/start.py tests" in (ROOT / ".ci" / "run").read_text()
    assert "\npython3 binder/start.py\n" in readme and "\npython3 binder/start.py tests\n" in readme
    reasons = readme.partition("## Dependencies")[2].partition("\n## ")[0]
    assert [name for name, _ in PIN.findall(REQUIREMENTS) if name not in reasons] == []
