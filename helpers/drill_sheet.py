"""Prints small problems of a notebook on a page, with their answers on the next: drill_05.html, and drill_05.pdf.

    python -m helpers.drill_sheet NOTEBOOK [FOLDER] [--count 10] [--first 1]

They are those of `drill(5)`, by their numbers, and the same each time. The page needs no network; the PDF is made as
that of `helpers.formula_sheet` is.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.exercises import Problem, drill
from helpers.formula_sheet import browser, print_page
from helpers.show.sheet import math

PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 18mm; }}
body {{ font: 11pt/1.5 Georgia, "Liberation Serif", serif; max-width: 42em; margin: 2em auto; padding: 0 1em; }}
@media print {{ body {{ margin: 0; padding: 0; }} }}
li {{ margin: 0 0 1.3em; break-inside: avoid; }}
li::marker {{ font-weight: bold; }}
math {{ font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", math; }}
code {{ font: 0.9em "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; }}
#answers {{ break-before: page; }}
</style></head><body>
<main><h1>{title}</h1>
<ol start="{first}">
{questions}
</ol>
<section id="answers"><h2>Answers</h2>
<ol start="{first}">
{answers}
</ol></section></main></body></html>
"""


def drill_page(problems: Sequence[Problem]) -> str:
    """HTML of consecutive problems: first the questions, then how each is worked out. Its mathematics is MathML."""
    questions, answers = (
        "\n".join(f"<li>{set_in_mathml(text)}</li>" for text in texts)
        for texts in ([p.question for p in problems], [p.worked for p in problems])
    )
    title = f"Drill {problems[0].notebook:02}"
    return PAGE.format(title=title, first=problems[0].number, questions=questions, answers=answers)


def set_in_mathml(text: str) -> str:
    """HTML with $LaTeX$ as HTML with MathML."""
    return re.sub(r"\$(.+?)\$", lambda found: math(found[1]), text)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m helpers.drill_sheet", description=__doc__.split("\n")[0])
    parser.add_argument("notebook", type=int, metavar="NOTEBOOK")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="FOLDER")
    parser.add_argument("--count", type=int, default=10, help="how many problems (10)")
    parser.add_argument("--first", type=int, default=1, help="the number of the first (1)")
    chosen = parser.parse_args(arguments)
    if min(chosen.count, chosen.first) < 1:
        parser.error("--count and --first start at 1")
    try:
        problems = [drill(chosen.notebook, chosen.first + k) for k in range(chosen.count)]
    except ValueError as error:
        parser.error(str(error))
    chosen.folder.mkdir(parents=True, exist_ok=True)
    page = chosen.folder / f"drill_{chosen.notebook:02}.html"
    page.write_text(drill_page(problems), "utf8")
    print(page)
    if chromium := browser():
        print(print_page(page, chromium))
    return 0


if __name__ == "__main__":
    sys.exit(main())
