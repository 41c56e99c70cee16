"""The glossary of the appendix: each word stands in the notebook that it names, and in none before it."""

import json
import re
from pathlib import Path

import pytest

from tests.tools.write_notebooks import NOTEBOOKS

APPENDIX = NOTEBOOKS / "99_formulas.ipynb"
BOOK = sorted(set(NOTEBOOKS.glob("*.ipynb")) - {APPENDIX})
ENTRY = re.compile(
    r"^\| (?P<words>[^|]+) \| (?P<meaning>.+) \| \[\d+\]\((?P<notebook>\w+\.ipynb)\) \|$", re.MULTILINE
)
ELSEWHERE = re.compile(
    r"^.*\.ipynb\).*$|^\*\*(?:Sources|To read on).*(?:\n.+)*", re.MULTILINE
)  # tables of contents, pointers, titles
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def prose(path: Path) -> list[tuple[str, str]]:
    """The cells of a notebook that a reader reads, each with its id, without what speaks of another notebook."""
    cells = json.loads(path.read_text("utf8"))["cells"]
    texts = [(cell["id"], "".join(cell["source"])) for cell in cells if cell["cell_type"] == "markdown"]
    return [(name, plain(text)) for name, text in texts]


def plain(text: str) -> str:
    """A text in lower case on one line, without emphasis, code blocks, sources and lines with a link."""
    return re.sub(
        r"\s+", " ", re.sub(r"\*\*|(?<!\w)\*|\*(?!\w)", "", ELSEWHERE.sub("", CODE.sub("", text)))
    ).lower()


def stands(word: str, text: str) -> bool:
    """Does a word stand in a text, in one of its forms?"""
    return bool(re.search(rf"(?<![\w-]){re.escape(word.lower())}(e?s|ed|d|n)?(?![\w-])", text))


TEXTS = {path.name: prose(path) for path in BOOK}
(GLOSSARY,) = (
    "".join(cell["source"])
    for cell in json.loads(APPENDIX.read_text("utf8"))["cells"]
    if cell["id"] == "glossary"
)
ENTRIES = list(ENTRY.finditer(GLOSSARY))


def words(entry: re.Match) -> list[str]:
    return [word.strip("*`") for word in entry["words"].split(", ")]


def test_every_row_is_read():
    rows = GLOSSARY.split("|---|---|---|\n")[1].strip().splitlines()
    assert len(rows) == len(ENTRIES) > 50
    names = [words(entry)[0].lower() for entry in ENTRIES]
    assert names == sorted(names)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: words(entry)[0])
def test_a_word_stands_where_it_is_introduced_and_not_before(entry):
    for word in words(entry):
        found = [name for name, cells in TEXTS.items() if any(stands(word, text) for _, text in cells)]
        assert entry["notebook"] in found, f"{word} does not stand in {entry['notebook']}"
        early = [
            (name, at)
            for name in found
            if name < entry["notebook"]
            for at, text in TEXTS[name]
            if stands(word, text)
        ]
        assert not early, f"{word} stands before its notebook, in {early}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: words(entry)[0])
def test_an_entry_is_two_sentences_at_most(entry):
    sentences = re.split(r"(?<=[.?]) (?=[A-Z])", re.sub(r"\$[^$]*\$", "x", entry["meaning"]))
    assert len(sentences) <= 2 and entry["meaning"].endswith((".", "`"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Two **logits**, and more.", True),
        ("a logit\nis a score", True),
        ("| 05 | [Softmax](05_softmax.ipynb) | raise one logit |", False),
        ("```\nlogit = 1\n```", False),
        ("**Sources.** A title with logit\nand a second line", False),
        ("logitech", False),
    ],
)
def test_what_counts_as_a_use(text, found):
    assert stands("logit", plain(text)) == found
