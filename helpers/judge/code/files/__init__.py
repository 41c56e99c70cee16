"""Judges every layer and loss in a file of Python or a notebook.

`source` reads a file into statements, `found` finds the layers by their forms, and neither runs a line. `child` runs
what a layer needs, in a process of its own, and diagnoses it; `kin` says which known layer it is held against; `judged`
asks the child for one after the other and gathers the rows of a table.
"""

from helpers.judge.code.files.found import Found, found_in
from helpers.judge.code.files.judged import FileReport, Row, judge_source
from helpers.judge.code.files.source import Source

__all__ = ["FileReport", "Found", "Row", "Source", "found_in", "judge_source"]
