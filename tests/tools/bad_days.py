"""Every notebook on a bad day: python -m tests.tools.bad_days [--days twice,middle] [notebooks/03_linear.ipynb ...]

Prints a table, a row a notebook and a column a day. The notebooks run in copies, in kernels of the Python that runs
this. Without the paths all notebooks, without --days all days; half an hour for all of them, on two cores.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT, LEADS = "This cell is left out.", re.compile(r"\w+ is defined in code cell \d+, which begins with")
NO_TORCH = """
from importlib.machinery import PathFinder
found = PathFinder.find_spec
def find_spec(name, *where):
    return None if name.partition(".")[0] == "torch" else found(name, *where)
PathFinder.find_spec = find_spec
"""
NO_NETWORK = """
import socket
def refuse(self, address):
    raise OSError(f"no network, and {address} is asked for")
def unknown(host, *rest, **options):
    raise socket.gaierror(f"no network, and {host} is asked for")
socket.socket.connect, socket.getaddrinfo = refuse, unknown
"""


@contextmanager
def copied(name: str = "copy", first: str = "", locked: bool = False) -> Iterator[Path]:
    """A copy of the notebooks and their code in a folder of that name, for kernels that run `first` before all else."""
    with tempfile.TemporaryDirectory() as folder:
        copy, start, profile = (Path(folder) / part for part in (name, "start", "ipython/profile_default"))
        for part in ("helpers", "notebooks"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb*"))
        start.mkdir()
        (start / "sitecustomize.py").write_text(first)
        profile.mkdir(parents=True)
        # as an installation has it in etc/ipython
        shutil.copy(copy / "helpers" / "ipython_config.json", profile)
        changed = {"PYTHONPATH": f"{start}{os.pathsep}{copy}", "IPYTHONDIR": str(profile.parent)}
        before = dict(os.environ)
        os.environ |= {**changed, "TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        try:
            with read_only(copy) if locked else nullcontext():
                yield copy / "notebooks"
        finally:
            os.environ.clear()
            os.environ |= before


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing can be written into the folder, by root neither."""
    root = os.getuid() == 0
    lock = ["mount", "--bind", "-o", "ro", folder, folder] if root else ["chmod", "-R", "a-w", folder]
    unlock = ["umount", folder] if root else ["chmod", "-R", "u+w", folder]
    subprocess.run(lock, check=True)
    try:
        with suppress(OSError):
            (folder / "written").touch()
            raise RuntimeError(f"{folder} can be written to: this says nothing of a read-only folder")
        yield
    finally:
        subprocess.run(unlock, check=True)


class Run:
    """A kernel and the cells of code of one notebook, numbered from 1."""

    def __init__(self, path: Path) -> None:
        self.notebook = nbformat.read(path, 4)
        self.code = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        self.stopped: set[str] = set()  # at these JupyterLab gives up the cells that wait
        self.client = NotebookClient(
            self.notebook,
            timeout=600,
            allow_errors=True,
            kernel_name="python3",
            on_cell_error=lambda cell, **_: self.stopped.add(cell.id),
            resources={"metadata": {"path": str(path.parent)}},
        )

    def __enter__(self) -> "Run":
        self.kernel = self.client.setup_kernel()
        self.kernel.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(Exception):  # it may have been killed
            self.kernel.__exit__(None, None, None)

    def cell(self, cell: NotebookNode) -> list[NotebookNode]:
        """What a cell gives; by itself it counts as cell 0."""
        at = self.notebook.cells.index(cell) if cell in self.notebook.cells else 0
        return self.client.execute_cell(cell, at).outputs

    def all(self) -> str:
        """Runs every cell: what went wrong, and which cells were left out."""
        wrong, left_out = [], []
        for number, cell in enumerate(self.code, 1):
            announced = "raises-exception" in cell.metadata.get("tags", [])
            outputs = self.cell(cell)
            errors = [output for output in outputs if output.output_type == "error"]
            printed = {
                name: "".join(o.text for o in outputs if o.get("name") == name)
                for name in ("stdout", "stderr")
            }
            if not announced:
                wrong += [f"cell {number} {error.ename}: {error.evalue}"[:150] for error in errors]
                wrong += (
                    [f"cell {number} stops all after it"] if cell.id in self.stopped and not errors else []
                )
            wrong += [f"cell {number} stderr: {printed['stderr']}"[:150]] if printed["stderr"] else []
            left_out += [number] if LEFT_OUT in printed["stdout"] else []
        skipped = f"{len(left_out)} of {len(self.code)} left out ({' '.join(map(str, left_out))})"
        return "✗ " + "; ".join(wrong) if wrong else f"✓ {skipped}" if left_out else "✓"


def run_all(path: Path) -> str:
    with Run(path) as run:
        return run.all()


def twice(path: Path) -> str:
    with Run(path) as run:
        first, second = run.all(), run.all()
    return first if first == second else f"✗ first {first}, then {second}"


def middle(path: Path) -> str:
    """Each cell as the first one after a restart: it runs, or its error names a cell that comes first."""
    led, lost = 0, []
    with Run(path) as run:
        for number, cell in enumerate(run.code[1:], 2):
            for output in run.cell(cell):
                if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                    led += (leads := bool(LEADS.search("\n".join(output.traceback))))
                    lost += [] if leads else [f"cell {number} {output.ename}: {output.evalue}"[:150]]
            run.cell(nbformat.v4.new_code_cell("get_ipython().reset(new_session=False)"))
    return "✗ " + "; ".join(lost) if lost else f"✓ {led} of {len(run.code)} lead"


def killed(path: Path) -> str:
    """SIGKILL in the middle of the training that the notebook interrupts: run again, it ends on the same curve."""
    for last in (False, True):
        with Run(path) as run:
            at = next(
                (n for n, cell in enumerate(run.code) if "raise KeyboardInterrupt" in cell.source), None
            )
            if at is None:
                return "–"
            for cell in run.code[:at]:
                run.cell(cell)
            run.cell(nbformat.v4.new_code_cell(KEPT if last else KEPT + KILL))
            cell = run.code[at]
            cell.source = cell.source.replace("TemporaryDirectory()", "nullcontext('kept')")
            try:
                said = str(run.cell(cell))
                if not last:
                    return "✗ it was not killed"
            except DeadKernelError:
                continue
    return "✓" if "the same curve: True" in said else f"✗ {said[:300]}"


KEPT = "import os, pathlib\nfrom contextlib import nullcontext\nos.makedirs('kept', exist_ok=True)\n"
KILL = """
import random, signal, threading, time
def kill():
    while not any(pathlib.Path("kept").iterdir()):
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.05))
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=kill).start()
"""

DAYS: dict[str, tuple[Callable[[Path], str], dict]] = {
    "run all": (run_all, {}),
    "twice": (twice, {}),
    "middle": (middle, {}),
    "no torch": (run_all, {"first": NO_TORCH}),
    "no network": (run_all, {"first": NO_NETWORK}),
    "read only": (run_all, {"locked": True}),
    "accents": (run_all, {"name": "Mes cahiers d’été, 2ᵉ année"}),
    "killed": (killed, {}),
}


def spend(day: str, path: Path) -> str:
    """What comes of a notebook on a day."""
    do, copy = DAYS[day]
    with copied(**copy) as notebooks:
        return do(notebooks / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--days", default=",".join(DAYS), help=f"some of {', '.join(DAYS)}")
    parser.add_argument("paths", nargs="*", type=Path)
    arguments = parser.parse_args()
    days = arguments.days.split(",")
    print(f"| Python {sys.version.split()[0]} |", *(f"{day} |" for day in days))
    print("|---" * (1 + len(days)) + "|")
    for path in arguments.paths or sorted((ROOT / "notebooks").glob("*.ipynb")):
        print(f"| {path.stem} |", end="", flush=True)
        for day in days:
            start = time.monotonic()
            print(f" {spend(day, path)}, {time.monotonic() - start:.0f} s |", end="", flush=True)
        print()


if __name__ == "__main__":
    main()
