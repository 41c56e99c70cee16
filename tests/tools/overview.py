"""The figure of the front page: python -m tests.tools.overview

Takes the outputs of a few cells from the stored notebooks, as they are, has the site show them on a page of its own,
and writes its picture to notebooks/overview.png: what it shows is what the notebooks say.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook
from PIL import Image

from tests.tools.lab import chromium
from tests.tools.site.__main__ import ROOT, build

SHOWN = [  # words, and the cell whose output stands under them
    ("**Derive.** Every line names its rule, and ✓ says that it agrees with autograd.", "05_softmax", "dx"),
    ("**Implement.** The NumPy that runs is what the last line says.", "05_softmax", "matrix-source"),
    ("**Compare.** Three independent sources, one table.", "05_softmax", "compare-64"),
    ("**Have your own lines judged.** With the reason, in your notation.", "17_find_the_mistake", "judge"),
]
BARE = """
h1, .mobile-header, .content-icon-container { display: none !important }
article section { padding: 0.5em 1.5em }
article section > p { margin: 1em 0 0.4em -1.5em }
article :is(.cell, .cell_output, .highlight, mjx-container, div.math) { margin: 0 !important; padding: 0 }
"""


def overview() -> nbformat.NotebookNode:
    cells = [new_markdown_cell("# Overview")]
    for words, name, cell_id in SHOWN:
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4)
        (cell,) = [cell for cell in notebook.cells if cell.id == cell_id]
        cell.metadata["tags"] = ["remove-input"]
        cells += [new_markdown_cell(words), cell]
    return new_notebook(cells=cells)


def main() -> None:
    target = ROOT / "notebooks" / "overview.png"
    with TemporaryDirectory() as scratch, chromium() as browser:
        page, site = Path(scratch, "overview.ipynb"), Path(scratch, "site")
        nbformat.write(overview(), page)
        build(site, [page])
        tab = browser.new_page(viewport={"width": 700, "height": 900}, device_scale_factor=2)
        tab.goto((site / "overview.html").as_uri())
        tab.add_style_tag(content=BARE)
        tab.evaluate("MathJax.startup.promise")
        tab.locator("article section").screenshot(path=target)
    Image.open(target).quantize(256).save(target, optimize=True)
    print(target)


if __name__ == "__main__":
    main()
