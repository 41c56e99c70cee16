"""What Binder would build: the Dockerfile that repo2docker writes for this repository, without building it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytest.importorskip("repo2docker", reason="repo2docker is not installed: see requirements.txt")


@pytest.fixture(scope="module")
def dockerfile():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_heavy_layer_does_not_depend_on_the_project(dockerfile):
    requirements = dockerfile.index("COPY --chown=0:0 src/binder/requirements.txt")
    install = dockerfile.index("/bin/pip install --no-cache-dir -r")
    project = dockerfile.index("COPY --chown=0:0 src/ ${REPO_DIR}/")
    last = dockerfile.index("RUN ./binder/postBuild")
    assert requirements < install < project < last
    assert dockerfile.count("pip install") == 1  # the requirements.txt at the root is left alone


def test_python_is_the_one_of_runtime_txt(dockerfile):
    version = (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    assert f"Building conda environment for python={version}" in dockerfile
