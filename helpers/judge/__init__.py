"""Judges what a reader derives and writes: derivations line by line, code by diagnosis.

`mark_text` marks any text, by the text's own definitions; `mark` marks one in a question of this project.
`%load_ext helpers.judge` in a notebook registers the cell magic `%%mark`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.judge.code import Diagnosis, diagnose
    from helpers.judge.door import mark_text
    from helpers.judge.lines import MarkedDerivation, MarkedLine, mark
    from helpers.judge.magic import load_ipython_extension
    from helpers.judge.report import Report

__all__ = [
    "Diagnosis",
    "MarkedDerivation",
    "MarkedLine",
    "Report",
    "diagnose",
    "load_ipython_extension",
    "mark",
    "mark_text",
]

HOMES = {
    "Diagnosis": "helpers.judge.code",
    "MarkedDerivation": "helpers.judge.lines",
    "MarkedLine": "helpers.judge.lines",
    "Report": "helpers.judge.report",
    "diagnose": "helpers.judge.code",
    "load_ipython_extension": "helpers.judge.magic",
    "mark": "helpers.judge.lines",
    "mark_text": "helpers.judge.door",
}


def __getattr__(name: str) -> Any:
    """Load a module when a name of it is asked for: each costs time."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
