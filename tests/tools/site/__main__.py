"""The site: python -m tests.tools.site [FOLDER] [--page FILE ...] [--cache FOLDER | --still]

Builds the README and all notebooks, as they are stored, into FOLDER (_site): one page each. Its explorers are alive:
their frames are drawn ahead, kept in the cache, and loaded as they are needed. With --still nothing is drawn and each
is its first picture under its question. FOLDER/index.html opens without a server and without a network. Every
--page that is Markdown or a notebook becomes one more page in the navigation; any other file is laid beside index.html.
"""

import argparse
import html
import shutil
import sys
from collections.abc import Container, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat import NotebookNode
from sphinx.cmd.build import build_main

from tests.tools.site.alive import CACHE, all_frames, host, is_explorer, names, write
from tests.tools.site.folded import fold

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PAGES = {".md", ".ipynb"}
LOADED = '<link rel="stylesheet" href="frames/explorers.css"><script defer="defer" src="frames/explorers.js"></script>'
NAVIGATION = """
```{{toctree}}
:hidden:
:glob:

notebooks/*
{}
binder/README
```
"""


def staged(notebook: NotebookNode, names: Iterator[str], alive: Container[str]) -> NotebookNode:
    """The notebook with each picture's alt text where MyST-NB looks for it, and a caption under explorers."""
    for cell in notebook.cells:
        for output in list(cell.get("outputs", [])):
            if "image/png" in output.get("data", {}):
                cell.metadata["mystnb"] = {"image": {"alt": output.metadata["image/png"].alt}}
                if is_explorer(output):
                    name = next(names)
                    cell.outputs.append(caption(output.data["text/plain"], name if name in alive else None))
            elif (formula := output.get("data", {}).get("text/latex", "")).count("$$") > 2:
                # MyST-NB takes such an output for one formula, dollars and all
                output.data = nbformat.from_dict({"text/markdown": formula.replace("$$\n$$", "$$\n\n$$")})
    return notebook


def caption(said: str, name: str | None) -> NotebookNode:
    """The place of an explorer, which holds its question and the sentence of its first picture until it is alive."""
    question, mark, sentence = map(html.escape, said.partition("? "))
    note = "The first picture; in Jupyter you predict, then move it."
    text = f"<p class='says'><strong>{question}{mark}</strong>{sentence} <em>{note}</em></p>"
    return nbformat.v4.new_output("display_data", {"text/html": host(name, text) + LOADED if name else text})


def stage(source: Path, extra: list[Path], alive: Container[str]) -> None:
    """Lays out in a folder what Sphinx reads."""
    (source / "notebooks").mkdir()
    (source / "beside").mkdir()
    pages = [path for path in extra if path.suffix in PAGES]
    navigation = NAVIGATION.format("\n".join(path.stem for path in pages))
    (source / "index.md").write_text((ROOT / "README.md").read_text("utf8") + navigation, "utf8")
    shutil.copy(ROOT / "LICENSE", source)
    shutil.copytree(ROOT / "binder", source / "binder")
    for path in (ROOT / "notebooks").glob("*.png"):
        shutil.copy(path, source / "notebooks")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        notebook = staged(nbformat.read(path, 4), iter(names(path)), alive)
        nbformat.write(fold(notebook), source / "notebooks" / path.name)
    for path in extra:
        shutil.copy(path, source if path in pages else source / "beside")


def build(folder: Path, extra: list[Path] = (), cache: Path | None = None) -> None:
    """Builds the site into a folder, its explorers alive where there is a cache.

    SystemExit where Sphinx warns, of a link that leads nowhere for instance.
    """
    drawn = all_frames(sorted((ROOT / "notebooks").glob("*.ipynb")), cache)
    with TemporaryDirectory() as scratch:
        source, site = (
            Path(scratch, "source"),
            Path(scratch, "site"),
        )  # MyST-NB leaves pictures beside the site
        source.mkdir()
        stage(source, extra, drawn)
        settings = ["-c", HERE, "-d", Path(scratch, "doctrees"), "-D", f"html_extra_path={source / 'beside'}"]
        if build_main(["-qW", "--keep-going", *map(str, settings), str(source), str(site)]):
            sys.exit("The site was not built: see the warnings above.")
        mathjax = site / "_static" / "mathjax"
        for other in {*mathjax.glob("*.js")} - {mathjax / "tex-chtml.js"}:  # 15 MB that no page asks for
            other.unlink()
        write(drawn, site / "notebooks" / "frames")
        shutil.copytree(site, folder, dirs_exist_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("_site"))
    parser.add_argument("--page", action="append", type=Path, default=[], help="one more page, or a file")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="where frames are kept, from build to build"
    )
    parser.add_argument(
        "--still", action="store_true", help="draw no frames: explorers are their first pictures"
    )
    arguments = parser.parse_args()
    build(arguments.folder, arguments.page, None if arguments.still else arguments.cache)
    print(arguments.folder / "index.html")


if __name__ == "__main__":
    main()
