"""What the two commands of the README decide, with nothing installed and nobody asked."""

import ast
import importlib.util
import os
import socket
import subprocess
import sys
import threading
from collections import namedtuple
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "binder" / "start.py"


class Became(Exception):
    """The process would go on as this command."""


def fresh():
    spec = importlib.util.spec_from_file_location("start", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def start(tmp_path, monkeypatch):
    """binder/start.py in a folder of its own, as root on Linux; `ran` has the commands that it would run."""
    module = fresh()
    module.ran, module.codes, module.asked = [], {}, []

    def run(*command, **options):
        words = [str(part) for part in command]
        module.ran.append(" ".join(words))
        if "venv" in words:
            module.PYTHON.parent.mkdir(parents=True)
            module.PYTHON.touch()
        return next((code for part, code in module.codes.items() if part in words), 0)

    def become(*command):
        raise Became(" ".join(command))

    def answers(url, seconds=3):
        module.asked.append(url)
        return True

    (tmp_path / "requirements.txt").write_text("numpy==2\n")
    for name, value in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "PYTHON": tmp_path / ".venv" / "bin" / "python",
        "STAMP": tmp_path / ".venv" / "installed",
        "REQUIREMENTS": tmp_path / "requirements.txt",
        "run": run,
        "become": become,
        "answers": answers,
        "is_root": lambda: True,
    }.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}")
    return module


def outcome(start, *arguments):
    with pytest.raises(Became) as became:
        start.main(list(arguments))
    return str(became.value)


def test_the_first_command_ends_in_jupyterlab_and_the_second_in_pytest(start, monkeypatch):
    first = "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"
    assert outcome(start) == f"-m jupyterlab {first} --allow-root"
    assert outcome(start, "--port", "8899") == f"-m jupyterlab {first} --allow-root --port 8899"
    assert outcome(start, "notebooks/03_linear.ipynb").endswith("lab --allow-root notebooks/03_linear.ipynb")
    monkeypatch.setattr(start, "is_root", lambda: False)
    assert outcome(start) == f"-m jupyterlab {first}"
    assert outcome(start, "tests", "tests/derive", "-x") == "-m pytest tests/derive -x"


@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_help_installs_nothing(start, asked, capsys):
    start.main([asked])
    assert "start.py tests" in capsys.readouterr().out
    assert not start.VENV.exists()


def test_nothing_is_done_twice(start, capsys):
    outcome(start)
    venv, pip = start.ran
    assert venv == f"{sys.executable} -m venv --clear {start.VENV}"
    assert pip.startswith(f"{start.PYTHON} -m pip install") and pip.endswith(f"-r {start.REQUIREMENTS}")
    start.ran.clear()
    outcome(start)
    assert start.ran == [] and "All of requirements.txt is installed" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["numpy==3\n", "numpy==2\ntorch==2\n"])
def test_a_changed_requirement_is_installed(start, change):
    outcome(start)
    start.ran.clear()
    start.REQUIREMENTS.write_text(change)
    outcome(start)
    assert ["pip" in command for command in start.ran] == [True]


def test_an_environment_of_another_folder_is_installed_anew(start):
    outcome(start)
    start.STAMP.write_text(start.STAMP.read_text().replace(str(start.ROOT), "/elsewhere"))
    start.ran.clear()
    outcome(start)
    assert len(start.ran) == 1


def test_what_was_broken_off_is_not_taken_for_done(start):
    start.codes = {"pip": 7}
    with pytest.raises(SystemExit) as stopped:
        start.main([])
    assert stopped.value.code == 7 and not start.STAMP.exists()
    start.codes = {"import pip": 1}  # and the environment has no pip either
    start.ran.clear()
    start.PYTHON.unlink()
    start.PYTHON.parent.rmdir()
    outcome(start)
    assert "-m venv --clear" in start.ran[0] and "pip install" in start.ran[1] and start.STAMP.exists()


def test_the_cpu_build_is_named_where_its_index_answers(start, monkeypatch, capsys):
    outcome(start)
    assert f"--extra-index-url {start.CPU_INDEX} -r" in start.ran[-1]
    assert start.asked == [f"{start.CPU_INDEX}/torch/"]
    start.STAMP.unlink()
    monkeypatch.setattr(start, "answers", lambda url: False)
    outcome(start)
    assert start.CPU_INDEX not in start.ran[-1]
    assert f"{start.CPU_INDEX} does not answer" in capsys.readouterr().out


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_nobody_is_asked(start, monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    outcome(start)
    assert not start.asked and start.CPU_INDEX not in start.ran[-1]


@pytest.mark.parametrize(
    ("reply", "found"), [(b"HTTP/1.0 200 OK\r\n\r\n", True), (b"HTTP/1.0 403 No\r\n\r\n", False)]
)
def test_an_index_answers_or_refuses(reply, found):
    answers = fresh().answers
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            peer, _ = server.accept()
            peer.recv(1000)
            peer.sendall(reply)
            peer.close()

        thread = threading.Thread(target=serve)
        thread.start()
        assert answers(f"http://127.0.0.1:{server.getsockname()[1]}/torch/", 30) is found
        thread.join()


def test_an_index_that_is_silent_or_not_there_is_given_up():
    answers = fresh().answers
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes the call, and says nothing
        port = server.getsockname()[1]
        assert not answers(f"http://127.0.0.1:{port}/torch/", 0.2)
    assert not answers(f"http://127.0.0.1:{port}/torch/", 30)
    assert not answers("no address", 30)


def test_an_old_python_gets_a_sentence(start, monkeypatch):
    version = namedtuple("Version", "major minor micro releaselevel serial")
    monkeypatch.setattr(sys, "version_info", version(3, 10, 4, "final", 0))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed, and .* is 3\."):
        start.main([])
    assert not start.ran
    ast.parse(SOURCE.read_text("utf8"), feature_version=(3, 8))


def test_the_package_that_debian_leaves_out_is_named(start, monkeypatch):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=rf"apt-get install python3\.{sys.version_info.minor}-venv"):
        start.main([])


@pytest.mark.parametrize(
    ("there", "root", "codes", "ci", "ran", "said", "exits"),
    [
        (["chromium"], True, {}, "", 0, "", None),
        (["apt-get"], True, {}, "", 2, "Installing Chromium", None),
        (["apt-get"], False, {}, "", 0, "No Chromium: the tests in a browser are skipped", None),
        ([], True, {}, "", 0, "No Chromium", None),
        (["apt-get"], True, {"update": 100}, "", 1, "No Chromium", None),
        (["apt-get"], True, {"install": 100}, "true", 2, "Installing Chromium", 100),
    ],
)
def test_chromium_is_brought_if_possible(
    start, monkeypatch, capsys, there, root, codes, ci, ran, said, exits
):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(start.shutil, "which", lambda name: name if name in there else None)
    monkeypatch.setattr(start, "is_root", lambda: root)
    start.codes = codes
    try:
        start.find_chromium()
    except SystemExit as stopped:
        assert stopped.code == exits
    else:
        assert exits is None
    assert len(start.ran) == ran
    output = capsys.readouterr().out
    assert said in output and bool(said) == bool(output)


@pytest.mark.skipif(os.name == "nt", reason="a shell is needed")
def test_the_exit_code_is_the_commands_own(tmp_path):
    """The script itself, in a folder whose environment is there already, with a stand-in for its Python."""
    (tmp_path / "binder").mkdir()
    (tmp_path / "binder" / "start.py").write_text(SOURCE.read_text("utf8"))
    (tmp_path / "requirements.txt").write_text("")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$PWD: $@"\ncase "$*" in "-m pytest"*) exit 5;; esac\n')
    python.chmod(0o755)
    command = [sys.executable, tmp_path / "binder" / "start.py", "tests", "-k", "a b"]
    environment = {**os.environ, "CHROMIUM": "there", "no_proxy": "*"}
    for _ in range(2):
        done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True)
        assert done.returncode == 5, done.stderr
        assert done.stdout.endswith(f"{tmp_path}: -m pytest -k a b\n")
    assert "pip" not in done.stdout
