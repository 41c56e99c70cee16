"""Marks a folder of submissions, several at a time."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from helpers.course import nbgrader
from helpers.course.marking_processes import SUFFIXES, Tally, prepared_context
from helpers.course.one_submission import EXERCISES, Limits, Result
from helpers.sandbox import PROCESSES, available, scratch_folder, within_reach


@dataclass(frozen=True)
class Submission:
    """What one student handed in: what came of each exercise, and what is wrong with a file."""

    student: str
    results: dict[str, Result]
    notes: list[str]

    @cached_property
    def solved(self) -> int:
        return sum(result.outcome == "right" for result in self.results.values())


@dataclass(frozen=True)
class Graded:
    """The submissions of a folder, what nothing kept them from, and the files that are none."""

    submissions: list[Submission]
    within_reach: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def autograde(
    folder: Path,
    notebooks: list[str] | None = None,
    limits: Limits | None = None,
    jobs: int | None = None,
    as_root: bool = False,
) -> Graded:
    """Marks the submissions of a folder: one file a student, or a folder a student, in the order of their names.

    Expected are the exercises of the notebooks, "03" or "3"; of all that somebody answered where none are named.
    Raises ValueError where the folder holds no submission, or a notebook no exercise; and for root, whom limits do not
    hold, where other processes are within reach of a submission, unless `as_root` takes that on.
    """
    if (folder / nbgrader.CONFIG).exists():
        raise ValueError(f"{folder} is a course of nbgrader's: mark {folder / 'submitted'}")
    files = submissions(folder)
    if not files:
        raise ValueError(f"{folder} holds no submission")
    wanted = exercises_of(notebooks or [])
    context = prepared_context()
    with (
        scratch_folder(None) as scratch,
        ThreadPoolExecutor(jobs or os.cpu_count()) as pool,
    ):
        limits = replace(limits or Limits(), scratch=scratch)
        given = set(available()) & set(limits.barriers)
        limits, reach = replace(limits, barriers=tuple(given)), within_reach(given)
        if PROCESSES in reach and os.geteuid() == 0 and not as_root:
            raise ValueError(
                f"as root, and with nothing to keep it from {', '.join(reach)}, a submission could do all "
                "that you can: mark as another user, or say --as-root"
            )
        tallies = list(pool.map(lambda paths: Tally(limits).run(context, paths), files.values()))
    if not wanted:
        wanted = exercises_of([number.split(".")[0] for tally in tallies for number in tally.results])
    found = [
        Submission(student, {n: tally.results.get(n, Result(n, "missing")) for n in wanted}, tally.notes)
        for student, tally in zip(files, tallies, strict=True)
    ]
    left_out = [entry.name for entry in entries(folder) if not is_submission(entry)]
    return Graded(found, reach, left_out)


def entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def is_submission(entry: Path) -> bool:
    """A file of a kind that is read, or a folder that no program keeps for itself; no link to another's."""
    if entry.is_symlink():
        return False
    return not entry.name.startswith((".", "_")) if entry.is_dir() else entry.suffix in SUFFIXES


def submissions(folder: Path) -> dict[str, list[Path]]:
    """The files of each student: of `anna.ipynb`, `anna.py` and `anna/` the student is anna."""
    found: dict[str, list[Path]] = {}
    for entry in filter(is_submission, entries(folder)):
        files = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        inside = [path for path in files if not path.is_dir() and not of_a_program(path)]
        found.setdefault(entry.name if entry.is_dir() else entry.stem, []).extend(inside)
    return found


def of_a_program(path: Path) -> bool:
    """Whether Jupyter or nbgrader keeps a file for itself: a checkpoint, or when a student handed in."""
    return ".ipynb_checkpoints" in path.parts or path.name == "timestamp.txt"


def exercises_of(notebooks: list[str]) -> list[str]:
    """The numbers of the exercises of notebooks, in order. Raises ValueError for a notebook that has none."""
    of: dict[int, list[str]] = {int(notebook): [] for notebook in notebooks}
    for number in sorted(EXERCISES, key=lambda number: [int(n) for n in re.findall(r"\d+", number)]):
        if (notebook := int(number.split(".")[0])) in of:
            of[notebook].append(number)
    if without := [str(notebook) for notebook, numbers in of.items() if not numbers]:
        raise ValueError(f"there is no exercise of notebook {', '.join(without)}")
    return [number for notebook in sorted(of) for number in of[notebook]]
