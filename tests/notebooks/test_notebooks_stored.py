"""Notebooks as stored: run from top to bottom, clean, canonical, and written for a reader."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from tests.tools.write_notebooks import NOTEBOOKS, canonical

STORED = sorted(NOTEBOOKS.glob("**/*.ipynb"))
ROOT = NOTEBOOKS.parent
WITH_SAMPLE = {**os.environ, "PYTHONPATH": str(ROOT)}
LONGEST_CELL = 20
WHOLE = "whole"
"""The tag of a cell that shows a whole program on purpose."""
LARGEST_FILE = 500_000
LOCAL_PATH = re.compile(r"/home/|/Users/|/root/|/tmp/|/work/|[A-Z]:\\\\|site-packages")


def lines_to_read(source: str) -> int:
    """How many lines of a cell are neither empty nor an import."""
    return sum(
        bool(line.strip()) and not line.startswith(("import ", "from ")) for line in source.splitlines()
    )


def complaints(text: str) -> list[str]:
    """What is wrong with the stored text of a notebook, one sentence each."""
    notebook = nbformat.reads(text, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    prose = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    found = []
    # Without counts nbval compares nothing, and passes.
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("it was not run from top to bottom")
    if len(prose) < len(code):
        found.append(f"it has {len(code)} cells of code but {len(prose)} of prose")
    if len(text.encode()) > LARGEST_FILE:
        found.append(f"it is larger than {LARGEST_FILE} bytes")
    if local := LOCAL_PATH.search(text):
        found.append(f"it contains the local path {local.group()}")
    for cell in code:
        if lines_to_read(cell.source) > LONGEST_CELL and WHOLE not in cell.metadata.get("tags", []):
            found.append(f"cell {cell.id} is longer than {LONGEST_CELL} lines")
        for output in cell.outputs:
            if output.get("name") == "stderr":
                found.append(f"cell {cell.id} writes to stderr")
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                found.append(f"cell {cell.id} raises {output.ename}")
            if "image/png" in output.get("data", {}) and not output.metadata.get("image/png", {}).get("alt"):
                found.append(f"cell {cell.id} shows a picture without alt text")
    for cell in prose:
        if re.search(r"!\[\s*\]\(|<img(?![^>]*\balt=[\"'][^\"'])", cell.source):
            found.append(f"cell {cell.id} has an image without alt text")
    if canonical(notebook) != text:
        found.append("it is not in the form that tests/tools/write_notebooks.py gives it")
    return found


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_stored_form(path):
    assert complaints(path.read_text("utf8")) == []


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A small notebook as the writer stores it."""
    path = tmp_path_factory.mktemp("stored") / "small.ipynb"
    cells = [
        nbformat.v4.new_markdown_cell("# A table and a picture", id="title"),
        nbformat.v4.new_code_cell("from helpers.show import blank_figure, picture, progress", id="import"),
        nbformat.v4.new_markdown_cell("Add 1 to 3.", id="ask"),
        nbformat.v4.new_code_cell(
            "for k in progress([1, 2, 3], 'adding'):\n    print(k)\nsum([1, 2, 3])", id="sum"
        ),
        nbformat.v4.new_markdown_cell("See it.", id="see"),
        nbformat.v4.new_code_cell("picture(blank_figure(), alt='An empty figure');", id="hidden"),
        nbformat.v4.new_markdown_cell("Now as a picture.", id="show"),
        nbformat.v4.new_code_cell("picture(blank_figure(), alt='An empty figure')", id="picture"),
        nbformat.v4.new_markdown_cell("Now with controls.", id="move"),
        nbformat.v4.new_code_cell(
            "from tests.show.sample_explorer import sample_explorer\n\nsample_explorer()", id="explorer"
        ),
    ]
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), "utf8")
    write(path)
    return path


def write(path):
    command = [sys.executable, ROOT / "tests" / "tools" / "write_notebooks.py", path]
    subprocess.run(command, check=True, env=WITH_SAMPLE)


def test_writing_twice_gives_the_same_bytes(good):
    before = good.read_bytes()
    write(good)
    assert good.read_bytes() == before
    assert complaints(before.decode()) == []
    assert "0%|" not in before.decode()  # the bar of its second cell


def test_a_faithful_notebook_passes_and_a_changed_one_fails(good, tmp_path):
    changes = {
        "output": ('"6"', '"7"'),
        "source": ("sum([1, 2, 3])", "sum([1, 2, 4])"),
        "alt": ('"text/plain": [\n       "An empty', '"text/plain": [\n       "A full'),
    }
    text = good.read_text("utf8")
    (tmp_path / "faithful.ipynb").write_text(text, "utf8")
    for name, (old, new) in changes.items():
        assert old in text
        (tmp_path / f"{name}.ipynb").write_text(text.replace(old, new, 1), "utf8")
    root = NOTEBOOKS.parent
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n0",
        "-p",
        "no:cacheprovider",
        "-p",
        "conftest",
        f"--rootdir={root}",
    ]
    command += [f"--config-file={root / 'pyproject.toml'}", tmp_path]
    said = subprocess.run(command, cwd=root, env=WITH_SAMPLE, capture_output=True, text=True).stdout
    assert set(re.findall(r"^FAILED .*?(\w+)\.ipynb", said, re.MULTILINE)) == set(changes), said
    assert f"{len(changes)} failed, {5 * (1 + len(changes)) - len(changes)} passed" in said


@pytest.mark.parametrize(
    "old, new, complaint",
    [
        ('"execution_count": 2', '"execution_count": null', "not run from top to bottom"),
        ('"metadata": {},\n   "outputs": []', '"metadata": {"x": 1},\n   "outputs": []', "not in the form"),
        ('"name": "stdout"', '"name": "stderr"', "stderr"),
        ('"alt": "An empty figure"', '"alt": ""', "picture without alt"),
        ("See it.", "See ![](it.png).", "image without alt"),
        ("See it.", "See <img src='it.png'>.", "image without alt"),
        ("See it.", "See /home/me.", "local path"),
        ("See it.", "x" * LARGEST_FILE, "larger than"),
        ("for k in", "k\\n" * LONGEST_CELL + "for k in", "longer than"),
        ('"cell_type": "markdown",\n   "id": "see"', '"cell_type": "raw",\n   "id": "see"', "4 of prose"),
    ],
)
def test_what_is_wrong_is_said(good, old, new, complaint):
    text = good.read_text("utf8")
    assert old in text
    assert any(complaint in said for said in complaints(text.replace(old, new, 1)))


def test_an_error_must_be_announced(good):
    notebook = nbformat.reads(good.read_text("utf8"), as_version=4)
    cell = notebook.cells[3]
    cell.outputs = [nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])]
    assert "cell sum raises ValueError" in complaints(canonical(notebook))
    cell.metadata["tags"] = ["raises-exception"]
    assert complaints(canonical(notebook)) == []
