"""The front page holds what it promises: its code runs, its links lead somewhere, its lists are complete."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf8")


def test_the_check_in_ten_lines_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert sum(bool(line) for line in code.splitlines() if not line.startswith(("import", "from"))) <= 10
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "lines agree with autograd" in done.stdout
    assert done.stdout.rstrip().endswith("agree")


def test_links_lead_somewhere():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def test_every_notebook_is_in_the_sequence():
    assert {path.name for path in (ROOT / "notebooks").glob("*.ipynb")} == set(
        re.findall(r"\]\(notebooks/(\w+\.ipynb)\)", README)
    )


def test_every_dependency_has_its_reason():
    section = README.split("## Dependencies")[1].split("##")[0]
    names = re.findall(r"^([\w-]+)==", (ROOT / "requirements.txt").read_text(), re.M)
    assert not [name for name in names if name not in section]
