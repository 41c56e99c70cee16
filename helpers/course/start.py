"""A reader's own copy of the notebooks, outside of the clone; brought up to date, it keeps every answer."""

import hashlib
import json
import os
from pathlib import Path

from helpers.course.release import NOTEBOOKS

FIRST = "00_start_here.ipynb"
GIVEN = ".given.json"
"""In the reader's folder: what each notebook's cells said when it was last given out, as a digest by file name."""


def start(folder: Path, source: Path = NOTEBOOKS) -> dict[str, list[str]]:
    """Copy the notebooks of `source` into a reader's folder, or bring those that are there up to date.

    Returns the names of the files that were "copied", "updated" and left "as they were", and of those that were "kept"
    because the reader changed a cell; of each of these the new version is laid "beside" it, once. A notebook that
    was only run is as it was given. Raises ValueError and OSError.
    """
    notebooks = sorted(source.glob("*.ipynb"))
    if not notebooks:
        raise ValueError(f"there are no notebooks in {source}: they come with a clone, not with pip")
    if folder.resolve().is_relative_to(source.resolve()):
        raise ValueError(f"{folder} is in the clone's notebooks: name a folder of your own")
    folder.mkdir(parents=True, exist_ok=True)
    given = given_before(folder)
    done: dict[str, list[str]] = {
        word: [] for word in ("copied", "updated", "kept", "beside", "as they were")
    }
    for notebook in notebooks:
        mine, content = folder / notebook.name, notebook.read_bytes()
        new, old = digest(content), given.get(notebook.name)
        now = digest(mine.read_bytes()) if mine.exists() else None
        if now is None or (now == old != new):
            replace(mine, content)
            done["copied" if now is None else "updated"].append(mine.name)
        elif new in (now, old):
            done["as they were"].append(mine.name)
        else:
            done["kept"].append(mine.name)
            done["beside"].append(lay_beside(mine, content).name)
        given[notebook.name] = new
        replace(folder / GIVEN, json.dumps(given, indent=1).encode())
    return done


def given_before(folder: Path) -> dict[str, str]:
    """What was given out before; nothing where that cannot be read, and then every notebook counts as changed."""
    try:
        given = json.loads((folder / GIVEN).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return given if isinstance(given, dict) else {}


def digest(content: bytes) -> str:
    """A digest of what a notebook's cells say, without their outputs; of a file that is none, of its bytes."""
    try:
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(content)["cells"]]
        content = json.dumps(cells).encode()
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return hashlib.sha256(content).hexdigest()


def lay_beside(mine: Path, content: bytes) -> Path:
    """Write a new version beside a notebook, under the first name that is free."""
    names = (mine.with_suffix(f".new{k}.ipynb") for k in ("", *range(2, 1000)))
    beside = next(path for path in names if not path.exists())
    replace(beside, content)
    return beside


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)


def as_text(done: dict[str, list[str]], folder: Path) -> str:
    """What was done, and how to go on."""
    lines = [f"{len(done[word])} {word}." for word in ("copied", "as they were") if done[word]]
    lines += [f"Updated: {', '.join(done['updated'])}."] if done["updated"] else []
    pairs = zip(done["kept"], done["beside"], strict=True)
    lines += [f"{kept} has your changes and is kept; the new version is {beside}." for kept, beside in pairs]
    return "\n".join([*lines, f"To open them: python3 binder/start.py {folder.resolve() / FIRST}"])
