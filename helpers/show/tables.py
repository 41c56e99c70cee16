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


def folded(title: str, result: Any) -> Markdown:
    """A result that stays closed until its title is clicked, below a question that it answers.

    The result is a table, or anything that displays itself as Markdown or HTML.
    """
    show = getattr(result, "_repr_markdown_", None) or result._repr_html_
    return Markdown(f"<details><summary>{title}</summary>\n\n{show()}\n\n</details>")
