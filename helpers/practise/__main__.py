"""Marks the derivations in Markdown and .tex files, line by line.

    python -m helpers.practise FILE... [--question NAME] [--json]
    python -m helpers.practise --questions

Each chain is held against the question that a comment declares, <!-- question: linear --> or % question: linear,
else against the likeliest one, which is said.
"""

import argparse
import json
import sys
from functools import partial
from pathlib import Path

from helpers.practise.judging import mark, question_named
from helpers.practise.setting import SETTINGS


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m helpers.practise", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--question", metavar="NAME", help="the question of all chains")
    parser.add_argument("--questions", action="store_true", help="list every question with its definition")
    parser.add_argument("--json", action="store_true", help="a list of objects, one a line")
    chosen = parser.parse_args(arguments)
    if chosen.questions:
        print("\n".join(f"{name:23}{definition(name)}" for name in SETTINGS))
        return 0
    if not chosen.files:
        parser.error("name a FILE to mark, or ask for --questions")
    try:
        question = question_named(chosen.question) if chosen.question is not None else None
    except ValueError as unknown:
        parser.error(str(unknown))
    found, failed = [], False
    for path in chosen.files:
        try:
            report = mark(question, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
            continue
        if chosen.json:
            found += [{"file": str(path), **line.as_dict()} for line in report]
        else:
            print(f"{path}\n{report}\n")
    if chosen.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    return 2 if failed else 0


def definition(name: str) -> str:
    """The first line of what is said of a question, where it is made."""
    make = SETTINGS[name].__wrapped__
    make = make.args[0] if isinstance(make, partial) else make
    return make.__doc__.split("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
