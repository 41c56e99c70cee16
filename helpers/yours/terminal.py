"""A definition in, a page out, in a terminal.

python -m helpers.derive "Y = X W^T + b"
python -m helpers.derive "Y = X W^T + b" --html page.html
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.yours.layer_page import YourLayer, your_layer
from helpers.yours.refusals import REFUSALS, sentence
from helpers.yours.web_page import document


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page, or write it as HTML; 2 where the definition is refused, with the reason on stderr."""
    asked = parser().parse_args(arguments)
    text = sys.stdin.read() if asked.definition == "-" else asked.definition
    try:
        made = your_layer(text, name=asked.name, inputs=asked.inputs)
        write(made, asked)
    except REFUSALS as refusal:
        print(sentence(refusal), file=sys.stderr)
        return 2
    return 0


def write(made: YourLayer, asked: argparse.Namespace) -> None:
    if asked.html:
        asked.html.write_text(document(made), "utf8")
        print(asked.html)
    elif asked.layer:
        print(made.layer_source(), end="")
    else:
        print(made.plain(full=asked.full))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m helpers.derive", description=__doc__.split("\n")[0])
    made.add_argument(
        "definition", help='such as "Y = X W^T + b"; several with ; or line by line; - reads them'
    )
    made.add_argument("--full", action="store_true", help="every line of each derivation, with its rule")
    made.add_argument(
        "--html", type=Path, metavar="FILE", help="write the page as HTML, which needs no network"
    )
    made.add_argument("--layer", action="store_true", help="print the layer's source alone")
    made.add_argument("--name", default="YourLayer", help="what the layer is called")
    made.add_argument("--inputs", nargs="+", metavar="LETTER", help="the letters that are data, not learned")
    return made
