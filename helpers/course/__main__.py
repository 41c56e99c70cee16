"""Hands out notebooks and their exercises, and marks what comes back.

    python -m helpers.course start FOLDER
    python -m helpers.course release FOLDER NOTEBOOK... [--py | --nbgrader]
    python -m helpers.course autograde FOLDER [--notebooks NOTEBOOK...] [--csv | --json] [--feedback FOLDER]

A NOTEBOOK is a number, such as 03. A submission is a file, or a folder of files, of one student.
"""

import argparse
import os
import sys
from pathlib import Path

for library in ("OMP", "OPENBLAS"):  # of the processes that mark: one thread each
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m helpers.course", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    copy = commands.add_parser(
        "start", help="copy the notebooks for a reader, or bring the copies up to date"
    )
    copy.add_argument("folder", type=Path)
    hand_out = commands.add_parser("release", help="write the exercises of notebooks, with blank answers")
    hand_out.add_argument("folder", type=Path)
    hand_out.add_argument("notebooks", nargs="+", metavar="NOTEBOOK")
    form = hand_out.add_mutually_exclusive_group()
    form.add_argument("--py", action="store_true", help="as .py files")
    form.add_argument("--nbgrader", action="store_true", help="as a course for nbgrader")
    grade = commands.add_parser("autograde", help="mark a folder of submissions")
    grade.add_argument("folder", type=Path)
    grade.add_argument("--notebooks", nargs="+", metavar="NOTEBOOK", help="what was to be handed in")
    form = grade.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="a gradebook")
    form.add_argument("--json", action="store_true", help="a list of objects")
    grade.add_argument(
        "--feedback", type=Path, metavar="FOLDER", help="write a Markdown file for each student"
    )
    grade.add_argument(
        "--seconds", type=seconds, default=10, help="for one answer (10); a submission gets six times that"
    )
    grade.add_argument("--memory", type=int, default=2000, help="of a process, in MB of address space (2000)")
    grade.add_argument("--jobs", type=int, help="submissions at a time (one a core)")
    grade.add_argument(
        "--as-root", action="store_true", help="mark as root, even where nothing holds a submission"
    )
    chosen = parser.parse_args(arguments)
    try:
        return COMMANDS[chosen.command](chosen)
    except (ValueError, OSError) as error:
        of_a_file = isinstance(error, OSError) and error.filename
        print(f"{error.filename}: {error.strerror}" if of_a_file else error, file=sys.stderr)
        return 2


def start_in(chosen: argparse.Namespace) -> int:
    from helpers.course.start import as_text, start

    print(as_text(start(chosen.folder), chosen.folder))
    return 0


def release_to(chosen: argparse.Namespace) -> int:
    from helpers.course.nbgrader import release_course
    from helpers.course.release import release

    if chosen.nbgrader:
        written = release_course(chosen.folder, chosen.notebooks)
    else:
        written = release(chosen.folder, chosen.notebooks, chosen.py)
    print(*written, sep="\n")
    return 0


def autograde_in(chosen: argparse.Namespace) -> int:
    from helpers.course import report
    from helpers.course.autograde import autograde
    from helpers.course.one_submission import Limits

    limits = Limits(chosen.seconds, chosen.memory * 10**6)
    graded = autograde(chosen.folder, chosen.notebooks, limits, chosen.jobs, chosen.as_root)
    form = report.as_csv if chosen.csv else report.as_json if chosen.json else report.as_table
    print(sayable(form(graded)))
    if form is not report.as_table:
        sys.stderr.writelines(f"{sayable(line)}\n" for line in report.left_out(graded))
    if chosen.feedback:
        chosen.feedback.mkdir(parents=True, exist_ok=True)
        for submission in graded.submissions:
            told = chosen.feedback / f"{submission.student}.md"
            told.write_text(report.feedback(submission), "utf8", errors="backslashreplace")
    return 0


COMMANDS = {"start": start_in, "release": release_to, "autograde": autograde_in}


def sayable(text: str) -> str:
    """What the terminal or the file behind it can be given: what it has no bytes for is spelled out."""
    return text.encode(sys.stdout.encoding or "utf8", "backslashreplace").decode(
        sys.stdout.encoding or "utf8"
    )


def seconds(text: str) -> float:
    """A time limit. Raises ValueError for one that is none."""
    if not 0 < float(text) < 10**6:
        raise ValueError(text)
    return float(text)


if __name__ == "__main__":
    sys.exit(main())
