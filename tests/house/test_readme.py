"""The front page holds what it promises: its code runs, its links lead somewhere, its lists are complete."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf8")


def output_of(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip()


def test_its_programs_say_what_it_promises():
    judged, check = re.findall(r"```python\n(.*?)```", README, re.S)
    said = re.search(r"\nsays `(.*?)`", README)[1]
    assert said in output_of(judged)
    assert sum(bool(line) for line in check.splitlines() if not line.startswith(("import", "from"))) <= 10
    output = output_of(check)
    assert "lines agree with autograd" in output
    assert output.endswith("agree")


def test_links_lead_somewhere():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    assert not [link for link in links if not leads(*link.partition("#")[::2])]


def leads(file: str, heading: str) -> bool:
    """Whether a file is there, and a heading in it: of the front page where no file is named."""
    path = ROOT / (file or "README.md")
    if not heading:
        return path.exists()
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf8"), re.M)
    return heading in {re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in headings}


def test_every_notebook_is_in_the_sequence():
    assert {path.name for path in (ROOT / "notebooks").glob("*.ipynb")} == set(
        re.findall(r"\]\(notebooks/(\w+\.ipynb)\)", README)
    )


def test_every_dependency_has_its_reason():
    section = README.split("## Dependencies")[1].split("##")[0]
    names = re.findall(r"^([\w-]+)==", (ROOT / "requirements.txt").read_text(), re.M)
    assert not [name for name in names if name not in section]


def test_each_claim_of_safety_names_a_test_that_is_there():
    section = (ROOT / "tests" / "README.md").read_text("utf8").split("## What is claimed of safety")[1]
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", section.split("\n## ")[0])
    assert len(named) > 9
    assert not [
        (path, test)
        for path, test in named
        if f"def {test}(" not in (ROOT / "tests" / path).read_text("utf8")
    ]
