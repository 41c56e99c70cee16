"""A picture with controls, a question, and a prediction to commit before the controls move.

    def draw(figure, S, reduction, shared):
        db = np.full(S, 1.0).sum() if reduction == "sum" else 1.0
        axes = figure.subplots()
        axes.bar(["db"], [db], color=GRADIENT)
        axes.set_title("db grows with S" if reduction == "sum" else "db does not know S")
        return f"With S = {S} and {reduction}, db is {db:g}."

    Explorer(
        question="Why is db a sum and never a mean?",
        predict=Predict("S goes from 2 to 8. What does db do?", ["stays", "grows 4 times"], "grows 4 times",
                        why="Every sample adds its own dY to db.", show={"S": 8}),
        controls=[
            Slider("S", 1, 8, value=2, label="samples S"),
            Choice("reduction", ["sum", "mean"]),
            Toggle("shared", label="share b"),
        ],
        draw=draw,
        alt="One bar, the gradient db",
    )

`draw(figure, **values)` draws on a figure that is cleared for it and returns what the picture says, as a
sentence with its numbers. It depends on its values alone: an explorer holds no state that a later cell needs.
A prediction is one of some options or, where there are none, a number. `explorer.move(S=8)` moves controls
and `explorer.commit("stays")` commits a prediction, as a reader does: they return the sentence, the verdict.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from matplotlib.figure import Figure

from helpers.show.ahead import Ahead
from helpers.show.style import blank_figure, png

Draw = Callable[..., str]


@dataclass(frozen=True)
class Slider:
    """A number from low to high, an int where low, high and step are. It starts at `value`, else at low."""

    name: str
    low: float
    high: float
    value: float | None = None
    step: float = 1
    label: str = ""
    kind: str = field(default="slider", init=False)

    def clean(self, value: float) -> float:
        whole = all(isinstance(number, int) for number in (self.low, self.high, self.step))
        return (int if whole else float)(min(max(value, self.low), self.high))

    @property
    def start(self) -> float:
        return self.clean(self.low if self.value is None else self.value)


@dataclass(frozen=True)
class Choice:
    """One of some options, strings or numbers. It starts at `value`, else at the first."""

    name: str
    options: Sequence[Any]
    value: Any = None
    label: str = ""
    kind: str = field(default="choice", init=False)

    def clean(self, value: Any) -> Any:
        if value not in self.options:
            raise ValueError(f"{self.name} is {value!r}, not one of {', '.join(map(repr, self.options))}.")
        return self.options[list(self.options).index(value)]

    @property
    def start(self) -> Any:
        return self.clean(self.options[0] if self.value is None else self.value)


@dataclass(frozen=True)
class Toggle:
    """True or False."""

    name: str
    value: bool = False
    label: str = ""
    kind: str = field(default="toggle", init=False)

    def clean(self, value: bool) -> bool:
        return bool(value)

    @property
    def start(self) -> bool:
        return self.value


@dataclass(frozen=True)
class Button:
    """How often a button was pressed, 0 after Reset: a step of a procedure, or the seed of another sample."""

    name: str
    label: str = ""
    kind: str = field(default="button", init=False)

    def clean(self, value: int) -> int:
        return int(value)

    @property
    def start(self) -> int:
        return 0


Control = Slider | Choice | Toggle | Button


@dataclass(frozen=True)
class Predict:
    """A question whose answer the reader commits: one of the options, or a number `within` of the answer.

    why explains the answer, whichever was given. show holds the values that controls take once it is
    committed, so that the picture shows the answer. low, high and step bound a number.
    """

    question: str
    options: Sequence[Any] = ()
    answer: Any = None
    why: str = ""
    show: dict[str, Any] = field(default_factory=dict)
    within: float = 0.0
    low: float | None = None
    high: float | None = None
    step: float | None = None

    def __post_init__(self):
        if self.options and self.answer not in self.options:
            raise ValueError(f"answer is {self.answer!r}, not one of {', '.join(map(repr, self.options))}.")
        if not self.options and not isinstance(self.answer, int | float):
            raise ValueError(f"answer is {self.answer!r}: without options it must be a number.")

    def verdict(self, predicted: Any) -> str:
        """What is said of a prediction; of None, that it was left out."""
        if predicted is None:
            opening = f"The answer: {self.answer}."
        elif predicted == self.answer if self.options else abs(predicted - self.answer) <= self.within:
            opening = f"✓ Right, as you predicted: {predicted}."
        else:
            opening = f"✗ You predicted: {predicted}. The answer: {self.answer}."
        return f"{opening} {self.why}".strip()


class Explorer(anywidget.AnyWidget):
    """The explorer of this module's example: displays itself as the last expression of a cell.

    Where widgets do not run (GitHub, exported HTML) it is its first picture, or plays the states that `ahead` names
    (helpers/show/frames.py). width and height are in inches.
    """

    _esm = Path(__file__).with_suffix(".js").read_text("utf8")
    _css = Path(__file__).with_suffix(".css").read_text("utf8")
    page = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    prediction = traitlets.Dict().tag(sync=True)
    verdict = traitlets.Unicode().tag(sync=True)
    result = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        *,
        question: str,
        predict: Predict,
        controls: Sequence[Control],
        draw: Draw,
        alt: str,
        width: float = 6,
        height: float = 3,
        ahead: Ahead | None = None,
    ):
        self.question, self.predict, self.alt, self._draw = question, predict, alt, draw
        self.ahead = ahead or Ahead()
        self.controls = {control.name: control for control in controls}
        if unknown := predict.show.keys() - self.controls.keys():
            raise ValueError(f"show names {', '.join(sorted(unknown))}, which no control is called.")
        self.figure = blank_figure(width, height)
        start = {name: control.start for name, control in self.controls.items()}
        super().__init__(page=self._page(), start=start, values=start, result=self._look(start))
        self._first = self.result
        self.observe(self._moved, "values")
        self.observe(self._committed, "prediction")

    def move(self, **values: Any) -> str:
        """Moves controls, as a reader does, and returns the sentence that the new picture has."""
        self.values = {**self.values, **values}
        return self.result["sentence"]

    def commit(self, answer: Any) -> str:
        """Commits a prediction, None for "Show me", and returns the verdict."""
        self.prediction = {"answer": answer}
        return self.verdict

    def draw_on(self, figure: Figure, values: dict) -> str:
        """Draws values on a figure, in place of what is there, and returns their sentence."""
        for axes in figure.axes:
            figure.delaxes(axes)  # clear() would first set each one up anew: a sixth of a picture
        figure.clear()
        sentence = self._draw(figure, **{n: c.clean(values[n]) for n, c in self.controls.items()})
        if not isinstance(sentence, str):
            raise ValueError(f"draw returned {sentence!r}, not a sentence that says what the picture shows.")
        return sentence

    def _page(self) -> dict:
        predict = asdict(self.predict)
        asked = {key: predict[key] for key in ("question", "options", "low", "high", "step")}
        controls = [asdict(control) for control in self.controls.values()]
        for control in controls:
            control["label"] = control["label"] or control["name"].replace("_", " ")
        return {"question": self.question, "predict": asked, "controls": controls}

    def _look(self, values: dict) -> dict:
        """The values, which tell the page what was answered; their picture, its alt text and its sentence."""
        sentence = self.draw_on(self.figure, values)
        picture = "data:image/png;base64," + base64.b64encode(png(self.figure)).decode()
        return {"values": values, "picture": picture, "alt": f"{self.alt}. {sentence}", "sentence": sentence}

    def _moved(self, change: dict) -> None:
        try:
            self.result = self._look(self.values)
        except Exception as error:  # in a callback nobody would see it
            said = f"{type(error).__name__}: {error}"
            self.result = {**self.result, "values": self.values, "sentence": said}

    def _committed(self, change: dict) -> None:
        with self.hold_sync():
            self.verdict = self.predict.verdict(self.prediction["answer"])
            self.values = {**self.values, **self.predict.show}

    def __repr__(self) -> str:
        return f"{self.question} {self._first['sentence']}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["image/png"] = self._first["picture"].split(",", 1)[1]
        return data, {**metadata, "image/png": {"alt": self._first["alt"]}}
