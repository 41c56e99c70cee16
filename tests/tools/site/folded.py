"""The cells of a notebook that only import are folded on its page."""

import ast

from nbformat import NotebookNode


def only_imports(source: str) -> bool:
    """Whether a cell has lines, and all of them import."""
    try:
        lines = ast.parse(source).body
    except SyntaxError:  # magics
        return False
    return bool(lines) and all(isinstance(line, ast.Import | ast.ImportFrom) for line in lines)


def fold(notebook: NotebookNode) -> NotebookNode:
    """The notebook with its cells that only import tagged as MyST-NB folds them."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and only_imports(cell.source):
            cell.metadata.setdefault("tags", []).append("hide-input")
    return notebook
