"""Judges what a reader derives and writes: derivations line by line, code by diagnosis.

`mark_text` marks any text, by the text's own definitions; `mark` marks one in a question of this project.
`%load_ext helpers.judge` in a notebook registers the cell magic `%%mark`.
"""

from helpers.lazily import lazily

__all__, __getattr__ = lazily(
    __name__,
    {
        "code": ("Diagnosis", "diagnose"),
        "door": ("mark_text",),
        "lines": ("MarkedDerivation", "MarkedLine", "mark"),
        "magic": ("load_ipython_extension",),
        "report": ("Report",),
    },
)
