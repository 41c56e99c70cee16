"""Runs notebooks and stores them in one canonical form: python -m tests.tools.write_notebooks [--check] [paths]

Running twice writes the same bytes, so a diff shows what changed. --check runs nothing and names the files
that are not in that form. Without paths, all of notebooks/.
"""

import argparse
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LIVE_ONLY = "application/vnd.jupyter.widget-view+json"  # points to a kernel that is gone


def run(notebook: NotebookNode, folder: Path) -> None:
    """Runs every cell in a fresh kernel, from the folder of the notebook."""
    os.environ["TQDM_DISABLE"] = "1"
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources=resources,
    ).execute()


def canonical(notebook: NotebookNode) -> str:
    """The text of a notebook in its stored form; the notebook itself is put into that form."""
    notebook.metadata = NotebookNode(
        kernelspec=NotebookNode(KERNEL), language_info=NotebookNode(name="python")
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata = NotebookNode({"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {})
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
            for output in cell.outputs:
                clean(output)
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs, with printed text that arrived in pieces as one: how it is cut depends on the clock."""
    result: list[NotebookNode] = []
    for output in outputs:
        if result and output.output_type == "stream" and output.get("name") == result[-1].get("name"):
            result[-1].text += output.text
        else:
            result.append(output)
    return result


def clean(output: NotebookNode) -> None:
    """Takes out of an output what only a running kernel understands."""
    output.get("data", {}).pop(LIVE_ONLY, None)
    if "metadata" in output:
        pictures = {kind: {"alt": about.alt} for kind, about in output.metadata.items() if "alt" in about}
        output.metadata = nbformat.from_dict(pictures)
    if output.output_type == "error":
        output.traceback = []  # paths of this machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="run nothing, name what is not in its stored form"
    )
    parser.add_argument("paths", nargs="*", type=Path)
    arguments = parser.parse_args()
    wrong = []
    for path in arguments.paths or sorted(NOTEBOOKS.glob("**/*.ipynb")):
        stored = path.read_text("utf8")
        notebook = nbformat.reads(stored, as_version=4)
        if not arguments.check:
            run(notebook, path.parent)
            path.write_text(canonical(notebook), "utf8")
        elif canonical(notebook) != stored:
            wrong.append(str(path))
    if wrong:
        sys.exit("Not in the stored form, run tests/tools/write_notebooks.py: " + ", ".join(wrong))


if __name__ == "__main__":
    main()
