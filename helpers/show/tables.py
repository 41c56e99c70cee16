"""A table for a notebook."""

from collections.abc import Iterable, Sequence
from html import escape
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

    The result is a table, a formula or a picture: anything that displays itself as Markdown, LaTeX, HTML or PNG.
    """
    return Markdown(f"<details><summary>{title}</summary>\n\n{as_markdown(result)}\n\n</details>")


def as_markdown(result: Any) -> str:
    for form in ("_repr_markdown_", "_repr_latex_", "_repr_html_"):
        if hasattr(result, form):
            return getattr(result, form)()
    data, _ = result._repr_mimebundle_()
    return f'<img alt="{escape(data["text/plain"])}" src="data:image/png;base64,{data["image/png"]}">'
