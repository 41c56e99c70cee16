"""A place to write lines that are judged while one types."""

import html
from collections.abc import Callable
from typing import Any

from ipywidgets import HTMLMath, Layout, Textarea, VBox


class Desk(VBox):
    """A text area, and under it what `judge(text)` displays of the text, anew with each key.

        Desk(lambda text: mark("linear", text), "dL/db_i = sum_m dL/dY_mi")

    judge returns an object with `_repr_html_`; what it raises is shown in its place. Where widgets do not run, the
    first text stands as it was judged. `desk.text` is what is written at the moment.
    """

    def __init__(self, judge: Callable[[str], Any], text: str = "", label: str = "Your lines"):
        self._judge = judge
        self._first = text
        self._area = Textarea(text, description=label, rows=6, layout=Layout(width="95%"))
        self._verdict = HTMLMath(self._judged(text))
        self._area.observe(self._typed, "value")
        super().__init__([self._area, self._verdict])

    @property
    def text(self) -> str:
        return self._area.value

    @text.setter
    def text(self, text: str) -> None:
        self._area.value = text

    def _typed(self, change: dict) -> None:
        self._verdict.value = self._judged(change["new"])

    def _judged(self, text: str) -> str:
        try:
            return self._judge(text)._repr_html_() if text.strip() else "Nothing is written yet."
        except Exception as error:  # in a callback nobody would see it
            return f"<code>{html.escape(f'{type(error).__name__}: {error}', quote=False)}</code>"

    def __repr__(self) -> str:
        return self._first or "a desk to write on"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict:
        return {**super()._repr_mimebundle_(**kwargs), "text/html": self._judged(self._first)}
