"""A definition in, a page out, in a terminal.

python -m helpers.derive "Y = X W^T + b"
python -m helpers.derive "Y = X W^T + b" --html page.html
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.yours.layer_page import YourLayer, your_layer
from helpers.yours.refusals import REFUSALS, sentence
from helpers.yours.web_page import document


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page, or write it as HTML; 2 where the definition is refused, with the reason on stderr."""
    asked = read_arguments(arguments)
    try:
        text = sys.stdin.read() if asked.definition == "-" else asked.definition
        write(your_layer(text, name=asked.name, inputs=asked.inputs), asked)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (*REFUSALS, OSError) as refusal:
        return said(sentence(refusal))
    except RecursionError:
        return said("this definition is nested too deeply: give a part of it a letter of its own")
    except Exception as fault:
        return said(f"this definition cannot be derived here: {fault!r}")
    return 0


def said(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


def write(made: YourLayer, asked: argparse.Namespace) -> None:
    if asked.html:
        if not asked.html.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {asked.html.parent} to write {asked.html.name} into")
        asked.html.write_text(document(made), "utf8")
        print(asked.html)
    elif asked.layer:
        print(made.layer_source(), end="")
    else:
        print(made.plain(full=asked.full))


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What is asked; the definition may stand behind the letters of --inputs too."""
    options = parser()
    asked = options.parse_args(arguments)
    if asked.definition is None and asked.inputs and (asked.inputs[-1] == "-" or "=" in asked.inputs[-1]):
        asked.definition = asked.inputs.pop()
    if asked.definition is None:
        options.error('a definition is missing, such as "Y = X W^T + b"')
    asked.inputs = asked.inputs or None
    return asked


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m helpers.derive", description=__doc__.split("\n")[0])
    made.add_argument(
        "definition", nargs="?", help='such as "Y = X W^T + b"; several with ; or line by line; - reads them'
    )
    made.add_argument("--full", action="store_true", help="every line of each derivation, with its rule")
    made.add_argument(
        "--html", type=Path, metavar="FILE", help="write the page as HTML, which needs no network"
    )
    made.add_argument("--layer", action="store_true", help="print the layer's source alone")
    made.add_argument("--name", default="YourLayer", help="what the layer is called")
    made.add_argument("--inputs", nargs="+", metavar="LETTER", help="the letters that are data, not learned")
    return made
