"""A box to type a definition in: its page appears under it, and long derivations run beside the notebook.

    box("Y = X W^T + b")

What is typed last counts: a derivation that is still running for an earlier text is stopped. After ten seconds the box
says that it takes long; Stop ends it at any time. With `predict`, the page waits until the reader has said which shape
a gradient will have. Where widgets do not run, the box is the page of its first text, folded.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from helpers.derive.names import name_of
from helpers.judge.code.guard import Call, stop
from helpers.yours.body import code
from helpers.yours.layer_page import YourLayer, your_layer
from helpers.yours.python_text import shape
from helpers.yours.refusals import REFUSALS, sentence
from helpers.yours.web_page import STYLE

HERE = Path(__file__)
STOPPED = "Stopped. Change the definition, or type it again."


class Box(anywidget.AnyWidget):
    """The text area, the question and the page; `write` types a text and `answer` waits for its page."""

    _esm = HERE.with_suffix(".js").read_text("utf8")
    _css = HERE.with_suffix(".css").read_text("utf8") + STYLE.read_text("utf8")
    text = traitlets.Unicode().tag(sync=True)
    stops = traitlets.Int(0).tag(sync=True)  # how often Stop was pressed
    predict = traitlets.Bool(False).tag(sync=True)
    result = traitlets.Dict().tag(sync=True)

    def __init__(
        self, text: str = "", *, predict: bool = False, make: Callable[[str], YourLayer] = your_layer
    ) -> None:
        super().__init__(text=text, predict=predict)
        self._make, self._first, self._running = make, text, threading.Thread()
        self.observe(self._typed, "text")
        self.observe(self._stopped, "stops")
        self._typed()

    def write(self, text: str) -> "Box":
        """Type a text, as a reader does."""
        self.text = text
        return self

    def answer(self, seconds: float | None = None) -> dict[str, Any]:
        """The result of what is typed, once it is there."""
        self._running.join(seconds)
        return self.result

    def _typed(self, change: object = None) -> None:
        stop_thread(self._running)
        self._running = threading.Thread(target=self._derive, args=[self.text], daemon=True)
        self._running.start()

    def _stopped(self, change: object) -> None:
        stop_thread(self._running)
        self.result = {"text": self.text, "error": STOPPED, "done": True}

    def _derive(self, text: str) -> None:
        """The page without its check as soon as it is derived, then the whole; what was stopped says nothing."""
        call = Call(self._pages, [text], {})
        call()
        if isinstance(call.error, Exception):
            said = sentence(call.error) if isinstance(call.error, REFUSALS) else f"{call.error!r}"
            self.result = {"text": text, "error": said, "done": True}

    def _pages(self, text: str) -> None:
        if not text.strip():
            self.result = {"text": text, "html": "", "done": True}
            return
        made = self._make(text)
        about = {"text": text, **(question(made) if self.predict else {})}
        self.result = {**about, "html": made.html(check=False), "done": False}
        self.result = {**about, "html": made.html(), "done": True}

    def __repr__(self) -> str:
        return f"a box to type a definition in: {self._first}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        try:
            page = self._make(self._first)._repr_markdown_()
        except REFUSALS as refusal:
            page = sentence(refusal)
        data["text/markdown"] = f"<details><summary>{self._first}</summary>\n\n{page}\n\n</details>"
        return data, metadata


def stop_thread(thread: threading.Thread) -> None:
    """End a derivation that is still running."""
    if thread.is_alive() and thread is not threading.current_thread():
        stop(thread)


def question(made: YourLayer) -> dict[str, Any]:
    """Which shape has dW, and which letters are left? The answers to choose from, and the right one."""
    roles = made.roles
    W = next((t for t in (*roles.parameters, *roles.inputs) if len(t.shape) > 1), roles.inputs[0])
    d = made.gradients[f"d{name_of(W)}"]
    answer = shape(W)
    turned = f"({', '.join(map(str, reversed(W.shape)))}{',' * (len(W.shape) == 1)})"
    others = [shape(t) for t in (*roles.inputs, made.roles.output) if hasattr(t, "shape")]
    options = sorted(dict.fromkeys([answer, turned, *others, "()"]))
    left = ", ".join(map(str, d.free)) or "none"
    return {
        "question": f"Before the machine answers: which shape has d{code(W)}?",
        "options": options,
        "answer": answer,
        "why": f"d{code(W)} has the shape of {code(W)}, so the letters {left} are left, and every other one is summed.",
    }


def box(text: str = "Y = X W^T + b", *, predict: bool = False) -> Box:
    """A box that opens with this definition."""
    return Box(text, predict=predict)
