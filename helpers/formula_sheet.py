"""Prints all formulas on a few sheets of A3: formulas.html, whose mathematics needs no network, and formulas.pdf.

    python -m helpers.formula_sheet [FOLDER]

The PDF is made by Chromium or Chrome; where neither is found, the page is there to be printed from any browser. The
path of another browser is read from the environment, CHROMIUM=/path/to/chrome.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from helpers.sheet import LETTERS, SHEET, TITLES
from helpers.show.sheet import sheet_page

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
BROWSERS = "chromium", "chromium-browser", "google-chrome"
HEADLESS = "--headless --no-sandbox --disable-gpu --disable-background-networking --no-pdf-header-footer"


def write_page(folder: Path) -> Path:
    """formulas.html in a folder, which is made where it is missing; its links lead to the notebooks."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "formulas.html"
    notebooks = Path(os.path.relpath(NOTEBOOKS, folder.resolve())).as_posix()
    path.write_text(sheet_page(SHEET, TITLES, LETTERS, notebooks), "utf8")
    return path


def browser() -> str | None:
    """The browser that prints, None where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def print_page(page: Path, chromium: str) -> Path:
    """formulas.pdf beside formulas.html. Raises subprocess.SubprocessError where the browser fails."""
    pdf = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        options = [*HEADLESS.split(), f"--user-data-dir={profile}", f"--print-to-pdf={pdf.resolve()}"]
        subprocess.run(
            [chromium, *options, page.resolve().as_uri()], check=True, capture_output=True, timeout=120
        )
    return pdf


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.formula_sheet", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="FOLDER")
    page = write_page(parser.parse_args(arguments).folder)
    print(page)
    if not (chromium := browser()):
        print("No Chromium or Chrome was found: open the page in a browser and print it on A3, landscape.")
        return 0
    print(print_page(page, chromium))
    return 0


if __name__ == "__main__":
    sys.exit(main())
