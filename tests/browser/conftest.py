"""The site, built once for the tests that look at it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SET = "'set' in document.documentElement.dataset"  # its formulas, and what book.js does after them


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A folder with the site, one more page and a file beside it."""
    pytest.importorskip("myst_nb", reason="Sphinx with MyST-NB is not installed: see requirements.txt")
    extra = tmp_path_factory.mktemp("extra")
    (extra / "sheet.md").write_text("# A sheet\n\n$Y = XW^T$, see [Linear](notebooks/03_linear.ipynb).\n")
    (extra / "sheet.pdf").write_bytes(b"%PDF-1.4\n")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "tests.tools.site", folder, "--still"]
    for path in sorted(extra.iterdir()):
        command += ["--page", path]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder
