"""Pictures of a notebook as a reader meets it: python -m tests.tools.screenshots notebooks/03_linear.ipynb FOLDER

Runs the notebook in JupyterLab and writes page-01.png, page-02.png, ... from top to bottom, then each
explorer before its prediction and after "Show me" and a key on its first control.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.tools.lab import EXPLORER, chromium, copy_unrun, errors, jupyterlab, run_all

HEIGHT = 1400


def shoot(page: Page, folder: Path) -> None:
    """Writes the pages of an open notebook and its explorers."""
    for k, explorer in enumerate(page.locator(EXPLORER).all(), 1):
        explorer.screenshot(path=folder / f"explorer-{k}-before.png")
    scroller = page.locator(".jp-WindowedPanel-outer").first
    height, step = scroller.evaluate("node => [node.scrollHeight, node.clientHeight]")
    for k, top in enumerate(range(0, height, step), 1):
        scroller.evaluate("(node, top) => node.scrollTo(0, top)", top)
        page.wait_for_timeout(400)  # mathematics is typeset when it comes into sight
        scroller.screenshot(path=folder / f"page-{k:02}.png")
    for k, explorer in enumerate(page.locator(EXPLORER).all(), 1):
        explorer.get_by_role("button", name="Show me").click()
        explorer.locator(".verdict", has_text="answer").wait_for()
        first = explorer.locator(".controls").locator("input, select, button").first
        first.press("ArrowLeft")
        page.wait_for_timeout(1000)
        explorer.screenshot(path=folder / f"explorer-{k}-after.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dark", action="store_true", help="in JupyterLab's dark theme")
    parser.add_argument("--unfold", action="store_true", help="with every answer, hint and result unfolded")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    theme = "JupyterLab Dark" if arguments.dark else "JupyterLab Light"
    with tempfile.TemporaryDirectory() as scratch:
        copy_unrun(arguments.notebook, Path(scratch) / "work" / "notebooks")
        home = Path(scratch) / "home"
        with jupyterlab(Path(scratch) / "work", home, theme) as url, chromium() as browser:
            page = browser.new_page(viewport={"width": 1000, "height": HEIGHT})
            run_all(page, url(f"notebooks/{arguments.notebook.name}"))
            if arguments.unfold:
                page.evaluate(
                    "document.querySelectorAll('details').forEach(folded => { folded.open = true })"
                )
            shoot(page, arguments.folder)
            for error in errors(page):
                print("An output is an error:", error)
    print(*sorted(map(str, arguments.folder.glob("*.png"))), sep="\n")


if __name__ == "__main__":
    main()
