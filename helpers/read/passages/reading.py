"""From a text of any kind to its passages."""

import re
from pathlib import Path

from helpers.read.passages.chains import Chains, tables
from helpers.read.passages.document import LONGEST, Document, Page
from helpers.read.passages.latex import read_latex
from helpers.read.passages.markdown import read_markdown
from helpers.read.passages.notebook import read_notebook
from helpers.read.passages.places import Source

KINDS = {
    ".md": "markdown", ".markdown": "markdown", ".rst": "markdown", ".qmd": "markdown",
    ".rmd": "markdown", ".html": "markdown",
    ".tex": "latex", ".ltx": "latex", ".latex": "latex", ".ipynb": "notebook", ".txt": "plain", ".text": "plain",
}  # fmt: skip
IS_LATEX = re.compile(
    r"\\documentclass|\\begin\s*\{document\}|\\(?:sub)*section\*?\s*\{|\\usepackage"
    r"|\\begin\s*\{(?:itemize|enumerate|theorem|proof|figure|tabular)\}"
)
IS_MARKDOWN = re.compile(
    r"^#{1,6} |^(?:```|~~~)|\*\*\w|^\|.*\||\]\(|\$|\\\[|\\\(|\\begin\s*\{|^> |&\w+;|<!--|<br", re.MULTILINE
)


def read_passages(text: str, kind: str | None = None) -> Document:
    """The passages of a text in their order, each with its place; nothing is raised, whatever the text is.

    The kind is "markdown", "latex", "notebook" or "plain"; without one, the content tells. What is in no passage stands
    in `noise`, and where a fence or a brace is missing in `unread`.
    """
    kind = kind or kind_of(text)
    document = Document()
    if kind == "notebook":
        read_notebook(text, document)
    else:
        page = Page(Source(text[:LONGEST]), document)
        if len(text) > LONGEST:
            page.miss(LONGEST, f"a text of at most {LONGEST} characters; what is behind is not read")
        if kind == "latex":
            read_latex(page)
        else:
            read_markdown(page, typed=kind == "plain")
    tables(document.passages)
    Chains(document).follow()
    return document


def passages_of(path: Path | str) -> Document:
    """The passages of a file; its suffix tells the kind, or its content."""
    path = Path(path)
    return read_passages(path.read_text("utf8", errors="replace"), KINDS.get(path.suffix.lower()))


def kind_of(text: str) -> str:
    """What a text looks like."""
    beginning = text[:LONGEST]
    if re.match(r"\ufeff?\s*\{", text) and re.search(r'"(?:cells|worksheets)"\s*:', text):
        return "notebook"
    if IS_LATEX.search(beginning) and not re.search(r"^#{1,6} |^```", beginning, re.MULTILINE):
        return "latex"
    return "markdown" if IS_MARKDOWN.search(beginning) else "plain"
