"""The exercises of a notebook as an assignment: statements and blank answer cells, taken from the notebook itself."""

import json
import re
from pathlib import Path

from helpers.course.cells import MARKS, exercises_marked, needed

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def notebook_named(name: str, folder: Path = NOTEBOOKS) -> Path:
    """The notebook whose file begins with a number, "03" or "3". Raises ValueError where there is none."""
    found = sorted(folder.glob(f"{name.zfill(2)}_*.ipynb"))
    if not found:
        known = ", ".join(path.name[:2] for path in sorted(folder.glob("*.ipynb")))
        raise ValueError(f"there is no notebook {name}: there are {known}")
    return found[0]


def assignment(path: Path) -> dict:
    """The assignment of a notebook, as a notebook: its title, its modules, and of its cells those that exercises need.

    Raises ValueError where it has none.
    """
    notebook = json.loads(path.read_text("utf8"))
    cells = notebook["cells"]
    code = {k: "".join(c["source"]) for k, c in enumerate(cells) if c["cell_type"] == "code"}
    places, sources = list(code), list(code.values())
    kept: set[int] = set()
    for n, k in enumerate(places):
        for exercise in exercises_marked(sources[n], sources) if MARKS.search(sources[n]) else ():
            shown = range(statement_of(exercise.number, cells, k), k + 1)
            kept |= set(shown)
            kept |= {places[m] for at in shown if at in code for m in needed(sources, places.index(at))}
    if not kept:
        raise ValueError(f"{path.name} has no exercises")
    chosen = [title(cells[0], path), modules(sources), *(blank(cells[k]) for k in sorted(kept))]
    return {**notebook, "cells": chosen}


def statement_of(number: str, cells: list[dict], k: int) -> int:
    """Where the statement of an exercise that is answered in cell k begins: the last cell that has it in bold."""
    short = re.match(r"[\d.]+", number)[0]  # "3.1" of "3.1, first gap"
    bold = re.compile(rf"\*\*(Exercise )?{re.escape(short)}\b")
    before = (at for at in range(k, 0, -1) if cells[at]["cell_type"] == "markdown")
    return next((at for at in before if bold.search("".join(cells[at]["source"]))), k)


def title(cell: dict, path: Path) -> dict:
    """The notebook's title, and where an exercise's "above" is to be looked up."""
    heading = "".join(cell["source"]).split("\n")[0].removeprefix("# ")
    text = (
        f"# Exercises: {heading}\n\nWhat an exercise refers to stands in `{path.name}`. Answer where the `...` "
        "stands, run the cell, and hand in this file."
    )
    return {"cell_type": "markdown", "id": "assignment", "metadata": {}, "source": text.splitlines(True)}


def modules(sources: list[str]) -> dict:
    """The modules that a notebook imports anywhere, such as numpy: an answer may need them."""
    lines = (line for source in sources for line in source.splitlines())
    imports = sorted({line for line in lines if line.startswith("import ")} | {"import numpy as np"})
    code = {"cell_type": "code", "id": "modules", "metadata": {}, "execution_count": None, "outputs": []}
    return {**code, "source": "\n".join(imports).splitlines(True)}


def blank(cell: dict) -> dict:
    """The cell as if never run."""
    return {**cell, "execution_count": None, "outputs": []} if cell["cell_type"] == "code" else cell


def as_script(notebook: dict) -> str:
    """The notebook as a .py file, a `# %%` before each cell."""
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            commented = "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
            parts.append(f"# %% [markdown]\n{commented}\n")
        else:
            parts.append(f"# %%\n{text}\n")
    return "\n".join(parts)


def release(folder: Path, names: list[str], script: bool = False) -> list[Path]:
    """Writes an assignment for each notebook into a folder, and overwrites none. Raises ValueError, FileExistsError."""
    written = []
    for path in [notebook_named(name) for name in names]:
        made = assignment(path)
        target = folder / (f"{path.stem}.py" if script else path.name)
        text = as_script(made) if script else json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        write_new(target, text)
        written.append(target)
    return written


def write_new(target: Path, text: str) -> None:
    """Write a file that is not there yet, and its folder. Raises FileExistsError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf8") as file:
            file.write(text)
    except FileExistsError:
        raise FileExistsError(
            f"{target} exists, and is not overwritten: move it, or name another folder"
        ) from None
