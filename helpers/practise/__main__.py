"""Marks the derivations in Markdown and .tex files, line by line.

    python -m helpers.practise FILE... [--question NAME] [--json]

Each chain is held against the question that a comment declares, <!-- question: linear --> or % question: linear,
else against the one in which most of it is right.
"""

import argparse
import json
import sys
from pathlib import Path

from helpers.practise.judging import mark
from helpers.practise.setting import SETTINGS


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m helpers.practise", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--question", choices=sorted(SETTINGS), help="the setting of all chains")
    parser.add_argument("--json", action="store_true", help="a list of objects, one a line")
    chosen = parser.parse_args(arguments)
    found = []
    for path in chosen.files:
        try:
            report = mark(chosen.question, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 2
        if chosen.json:
            found += [{"file": str(path), **line.as_dict()} for line in report]
        else:
            print(f"{path}\n{report}\n")
    if chosen.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
