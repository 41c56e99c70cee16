"""A table for a notebook."""

from collections.abc import Iterable, Sequence
from typing import Any

from IPython.display import Markdown


def table(heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Markdown:
    """A line for each row, in Markdown: $...$ and `...` are rendered. Raises ValueError for a row of another length."""
    lines = [heads, ["---"] * len(heads), *rows]
    for line in lines:
        if len(line) != len(heads):
            raise ValueError(f"{line} has {len(line)} entries, and there are {len(heads)} heads")
    return Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines))
