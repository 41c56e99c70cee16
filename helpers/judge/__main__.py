"""Marks the derivations in Markdown, LaTeX, notebooks and plain text, line by line, and the layers in Python.

    python -m helpers.judge FILE... [--question NAME] [--repair] [--json]
    python -m helpers.judge layers.py [--like NAME | --like LAYER=NAME]... [--json]
    python -m helpers.judge --questions

The definitions of a text say what is asked: Y = X W, and every other line is held against it. A question of this
project is asked where a comment declares it, <!-- question: linear --> or % question: linear, and where the text
defines nothing of what it uses.

A file of Python or a notebook that holds layers or losses, classes or functions with a step forward and one backward,
is judged by running them, in a process of its own: each against the known layer that its name says, or --like.

The exit code is 0 where nothing is wrong, 1 where something is, 2 where a file
cannot be read.
"""

import argparse
import json
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from functools import partial
from pathlib import Path

from helpers.absent import PyTorchMissing
from helpers.compare.reference import layer_named
from helpers.judge.code.files import FileReport, Source, found_in, judge_source
from helpers.judge.door import mark_text
from helpers.judge.report import Report
from helpers.read.passages.reading import KINDS
from helpers.read.question import QUESTIONS, Question, question_named


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m helpers.judge", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--question", metavar="NAME", help="the question of all chains")
    parser.add_argument("--questions", action="store_true", help="list every question with its definition")
    parser.add_argument(
        "--repair", action="store_true", help="show wrong lines made right, where one change does it"
    )
    parser.add_argument(
        "--like",
        metavar="NAME",
        action="append",
        default=[],
        help="the known layer that all are, or LAYER=NAME",
    )
    parser.add_argument("--json", action="store_true", help="a list of objects, one a line or a layer")
    chosen = parser.parse_args(arguments)
    if chosen.questions:
        print("\n".join(f"{name:23}{definition(name)}" for name in QUESTIONS))
        return 0
    if not chosen.files:
        parser.error("name a FILE to mark, or ask for --questions")
    try:
        question = question_named(chosen.question) if chosen.question is not None else None
        likes = likes_of(chosen.like)
    except ValueError as unknown:
        parser.error(str(unknown))
    found, failed, wrong = [], False, False
    for path in chosen.files:
        try:
            reports = reports_on(path, question, likes)
        except (OSError, ValueError, PyTorchMissing) as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
            continue
        for report in reports:
            wrong |= bool(report.wrong)
            if chosen.json:
                found += [{"file": str(path), **line.as_dict()} for line in report]
            else:
                print(f"{path}\n{report.shown(chosen.repair)}\n")
    if chosen.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    return 2 if failed else int(wrong)


def reports_on(path: Path, question: Question | None, likes: dict[str, str]) -> list[Report | FileReport]:
    """What is said of a file: of its lines; of the layers that it holds, if it is Python; of both, in a notebook."""
    text, suffix = text_in(path), path.suffix.lower()
    layers = []
    if question is None and suffix in (".py", ".ipynb"):
        source = Source.read(text, suffix == ".ipynb")
        layers = [judge_source(source, likes, path.resolve().parent)] if found_in(source) else []
        if layers and suffix == ".py":
            return layers
    lines = mark_text(text, question, KINDS.get(suffix))
    return [*layers, *[lines] * bool(len(lines) or not layers)]


def likes_of(chosen: list[str]) -> dict[str, str]:
    """The known layer that each is, by its name; by "" that of all. Raises ValueError for one that is not known."""
    likes = {}
    for words in chosen:
        layer, _, name = words.rpartition("=")
        layer_named(name)
        likes[layer.strip()] = name
    return likes


def text_in(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 where it begins by saying so."""
    content = path.read_bytes()
    try:
        return content.decode("utf-16" if content[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"is not UTF-8 (line {line}): save it as UTF-8 and mark it again") from None


def definition(name: str) -> str:
    """The first line of what is said of a question, where it is made."""
    make = QUESTIONS[name].__wrapped__
    make = make.args[0] if isinstance(make, partial) else make
    return make.__doc__.split("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
