"""Notebooks: Jupyter's JSON, of this format and of the one before it.

    notebook = {"cells": [cell, ...]} | {"worksheets": [{"cells": [cell, ...]}]}
    cell     = markdown (read as Markdown) | code (code) | raw (prose) | heading

The outputs of a cell are noise. Places say which cell, from 1.
"""

import json

from helpers.read.passages.document import LONGEST, Code, Document, Heading, Page, Prose
from helpers.read.passages.markdown import read_markdown
from helpers.read.passages.places import Place, Source

MOST = 10_000  # cells


def read_notebook(text: str, document: Document) -> None:
    """Add the passages of all cells; what is no notebook is one block of code, and said."""
    try:
        content = json.loads(text.lstrip("\ufeff"))
        cells = cells_of(content)
    except (ValueError, RecursionError) as error:
        page = Page(Source(text), document)
        page.miss(getattr(error, "pos", 0), "a notebook in JSON")
        page.add(Code, 0, len(page.string), page.text(0, len(page.string)), "json")
        return
    metadata = content.get("metadata")
    language = metadata.get("language_info") if isinstance(metadata, dict) else None
    language = language.get("name") if isinstance(language, dict) else None
    block, left = 0, LONGEST
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            document.unread.append((Place(1, 1, number), "a cell"))
            continue
        written = source_of(cell)
        page = Page(Source(written[:left], number), document)
        if len(written) > left or number > MOST:
            page.miss(left, f"at most {LONGEST} characters and {MOST} cells; what is behind is not read")
            break
        left -= len(written)
        page.block = block + 1
        read_cell(page, cell.get("cell_type"), language if isinstance(language, str) else "python")
        if cell.get("outputs"):
            page.ignore("output", len(page.string), len(page.string))
        block = page.block + 1


def cells_of(content: object) -> list:
    sheets = content.get("worksheets") if isinstance(content, dict) else None
    if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
        content = sheets[0]
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise ValueError("a notebook has cells")
    return cells


def source_of(cell: dict) -> str:
    written = cell.get("source", cell.get("input", ""))
    return "".join(map(str, written)) if isinstance(written, list) else str(written)


def read_cell(page: Page, kind: object, language: str) -> None:
    end = len(page.string)
    if kind == "markdown":
        read_markdown(page)
    elif kind == "code" and page.string.strip():
        page.add(Code, 0, end, page.text(0, end), language)
    elif kind == "heading" and page.string.strip():
        page.add(Heading, 0, end, page.text(0, end), 1)
    elif page.string.strip():
        page.add(Prose, 0, end, page.text(0, end))
