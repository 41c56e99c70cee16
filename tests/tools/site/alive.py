"""The frames of a notebook's explorers, kept in a cache: python -m tests.tools.site.alive NOTEBOOK [--cache FOLDER]

Runs the notebook up to its last explorer and draws the states of each (helpers/show/frames.py). They are drawn
again where a cell up to there has changed, or a file of helpers that this loaded, or a library that draws.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SHOW = ROOT / "helpers" / "show"
LIBRARIES = ("matplotlib", "numpy", "torch")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "gradients-line-by-line", "frames")
EXPORT = "export default { render };"


def is_explorer(output: NotebookNode) -> bool:
    """Whether it is stored as a picture under words that are not its alt text, as explorers alone are."""
    data = output.get("data", {})
    return "image/png" in data and data["text/plain"] != output.metadata["image/png"].alt


def names(path: Path) -> list[str]:
    """The names of a notebook's explorers: 03_linear-1, 03_linear-2."""
    cells = nbformat.read(path, 4).cells
    count = sum(is_explorer(output) for cell in cells for output in cell.get("outputs", []))
    return [f"{path.stem}-{k}" for k in range(1, count + 1)]


def sources(path: Path) -> list[str]:
    """The code cells of a notebook up to its last explorer."""
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    last = max((k for k, cell in enumerate(cells) if any(map(is_explorer, cell.outputs))), default=-1)
    return [cell.source for cell in cells[: last + 1]]


def digest(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def kept_at(path: Path, cache: Path) -> Path:
    """Where the frames of a notebook are kept."""
    key = digest(json.dumps([sources(path), [version(library) for library in LIBRARIES]]))
    return cache / f"{path.stem}-{key[:16]}.json"


def kept(path: Path, cache: Path) -> list[str] | None:
    """The packed frames of a notebook's explorers, None where they are to be drawn."""
    file = kept_at(path, cache)
    if not file.exists():
        return None
    stored = json.loads(file.read_text("utf8"))
    return stored["explorers"] if stored["files"] == digests(stored["files"]) else None


def digests(files: Iterable[str]) -> dict[str, str]:
    """What is in files of the project, in brief; without those that are gone."""
    return {name: digest((ROOT / name).read_bytes()) for name in files if (ROOT / name).exists()}


def loaded() -> dict[str, str]:
    """The files of helpers that this process has loaded, each with its digest."""
    paths = {
        Path(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)
    }
    mine = (path for path in paths if path.is_relative_to(ROOT / "helpers"))
    return digests(sorted(path.relative_to(ROOT).as_posix() for path in mine))


def explorers(path: Path) -> list:
    """Runs the notebook's cells in this process and returns its explorers."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    from helpers.show import Explorer

    os.chdir(path.parent)
    shell = InteractiveShell.instance()
    with capture_output():
        results = [shell.run_cell(source, store_history=True).result for source in sources(path)]
    return [result for result in results if isinstance(result, Explorer)]


def draw(path: Path, cache: Path) -> None:
    """Draws the frames of a notebook's explorers into the cache."""
    from helpers.show.frames import frames, packed

    drawn = [packed(frames(explorer)) if explorer.ahead.drawn else "" for explorer in explorers(path)]
    if len(drawn) != len(names(path)):
        sys.exit(f"{path.name} stores {len(names(path))} explorers and made {len(drawn)}.")
    cache.mkdir(parents=True, exist_ok=True)
    for old in cache.glob(f"{path.stem}-*.json"):
        old.unlink()
    kept_at(path, cache).write_text(json.dumps({"files": loaded(), "explorers": drawn}), "utf8")


def draw_all(paths: Sequence[Path], cache: Path) -> None:
    """Draws what is not kept, each notebook in a process of its own, as many at once as there are processors."""

    def run(path: Path) -> None:
        command = [sys.executable, "-m", "tests.tools.site.alive", path, "--cache", cache.resolve()]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, [path for path in paths if names(path) and kept(path, cache) is None]))


def script() -> str:
    """The explorer's page and the player, as one script that a page opened from a file can load."""
    page, play = ((SHOW / name).read_text("utf8") for name in ("explorer.js", "player.js"))
    return f"(() => {{\n{page.replace(EXPORT, '')}\n{play}}})();\n"


def style() -> str:
    """The explorer's style, in the colours of the page."""
    return (SHOW / "explorer.css").read_text("utf8") + (HERE / "frames.css").read_text("utf8")


def host(name: str, first: str, where: str = "frames/") -> str:
    """HTML of the place of an explorer; first stands in it until its frames have arrived."""
    return f'<div data-frames="{where}{name}">{first}</div>'


def calling(name: str, packed: str, where: str = "frames/") -> str:
    """The script that brings an explorer's frames."""
    return f'explorerFrames("{where}{name}", "{packed}");\n'


def all_frames(paths: Sequence[Path], cache: Path | None) -> dict[str, str]:
    """The packed frames of the explorers of notebooks, by name; none without a cache."""
    if cache is None:
        return {}
    draw_all(paths, cache)
    pairs = [pair for path in paths for pair in zip(names(path), kept(path, cache) or [], strict=True)]
    return {name: packed for name, packed in pairs if packed}


def write(drawn: Mapping[str, str], folder: Path) -> None:
    """The script and the style of all explorers, and a script of frames for each, into a folder beside the pages."""
    folder.mkdir(exist_ok=True)
    (folder / "explorers.js").write_text(script(), "utf8")
    (folder / "explorers.css").write_text(style(), "utf8")
    for name, packed in drawn.items():
        (folder / f"{name}.js").write_text(calling(name, packed), "utf8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    arguments = parser.parse_args()
    draw(arguments.notebook.resolve(), arguments.cache.resolve())
