"""An explorer as its states drawn ahead: SVG cut into fragments that frames share.

    data = frames(explorer)
    text = packed(data)  # what player.js unpacks and plays, without a kernel

A frame is a list of fragments, a fragment an SVG tag with the text behind it: most of them are in every frame.
"""

import base64
import gzip
import io
import json
import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import product
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from helpers.show.ahead import At, Stops, number_of, states, stops
from helpers.show.explorer import Explorer, Predict
from helpers.show.style import blank_figure

NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
SAME_NAMES = {"svg.hashsalt": "explorer"}  # of clip paths and glyphs, in every frame and in every build
PIXELS = 90  # an inch, as in JupyterLab

DEFINED = r"<path [^>]*/>|<(\w+).*?</\1>"

Edit = tuple[int, int, Sequence[int]]  # from, to: the fragments there are replaced by these


class Numbered(dict):
    """Things numbered in the order in which they are first asked for."""

    def __missing__(self, thing: Any) -> int:
        self[thing] = len(self)
        return self[thing]


class Blank(float):
    """A number that is written as {}."""

    def __format__(self, form: str) -> str:
        return "{}"


def frames(explorer: Explorer) -> dict[str, Any]:
    """All that a page needs of an explorer, as JSON takes it. The explorer stays as it is."""
    ways = {name: stops(control) for name, control in explorer.controls.items()}
    at = states(explorer.ahead, ways, explorer.start, explorer.predict.show)
    fragments, pictures, sentences = Numbered(), Numbered(), Numbered()
    frame, words = [], []
    draw = drawing(explorer)
    for state in at:
        svg, sentence = draw(values_at(state, ways))
        frame.append(pictures[tuple(fragments[part] for part in re.findall("<[^<]*", svg))])
        words.append(sentences[sentence])
    data = {
        "page": explorer.page,
        "start": explorer.start,
        "alt": explorer.alt,
        "predict": verdicts(explorer.predict),
        "at": at,
        "frame": frame,
        "words": words,
        "frames": list(pictures),
    }
    if explorer.ahead.separate:
        data |= put_together(explorer, ways, data, sentences)
    return data | {"fragments": list(fragments), "sentences": list(sentences)}


def values_at(state: At, ways: Stops) -> dict[str, Any]:
    """The values of a state."""
    return {name: ways[name][k] for name, k in zip(ways, state, strict=True)}


def drawing(explorer: Explorer) -> Callable[[dict[str, Any]], tuple[str, str]]:
    """A function that draws values of an explorer: it gives the SVG and the sentence."""
    figure = blank_figure(*explorer.figure.get_size_inches())
    FigureCanvasSVG(figure)
    figure.set_dpi(72)  # as print_svg leaves it: else the first frame is unlike the others

    def draw(values: dict[str, Any]) -> tuple[str, str]:
        sentence = explorer.draw_on(figure, values)
        return svg(figure), sentence

    return draw


def svg(figure: Figure) -> str:
    """The figure as SVG of its size on screen, without what differs from frame to frame for no reason."""
    file = io.StringIO()
    with matplotlib.rc_context(SAME_NAMES):
        figure.canvas.print_svg(file, metadata=NO_METADATA)  # savefig takes nearly twice as long
    text = file.getvalue()
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
    used = set(re.findall(r"#([\w-]+)", text))
    text = re.sub(r' id="([\w.-]+)"', lambda found: found[0] if found[1] in used else "", text)
    text = re.sub(r"-?\d+\.\d{3,}", rounded, text)
    for side, inches in zip(("width", "height"), figure.get_size_inches(), strict=True):
        text = re.sub(rf'{side}="[\d.]+pt"', f'{side}="{round(inches * PIXELS)}"', text, count=1)
    return hoisted(re.sub(r"\s+", " ", text))


def hoisted(text: str) -> str:
    """SVG with its glyphs and markers defined first, in the order of their names, and not where each is first used."""
    blocks = re.findall("<defs>(.*?)</defs>", text)
    defined = {found[0] for block in blocks for found in re.finditer(DEFINED, block)}
    head, rest = re.sub("<defs>.*?</defs> ?", "", text).split(">", 1)
    return f"{head}><defs>{''.join(sorted(defined))}</defs>{rest}"


def rounded(found: re.Match) -> str:
    """Two digits, six of a number below 1: the scale of a glyph is 0.015625."""
    digits = 2 if abs(float(found[0])) >= 1 else 6
    return f"{float(found[0]):.{digits}f}".rstrip("0").rstrip(".")


def verdicts(predict: Predict) -> dict[str, Any]:
    """What is said of each answer; of a number, a right one and a wrong one with {} for the reader's."""
    said = {"none": predict.verdict(None), "show": predict.show}
    if predict.options:
        return said | {"options": [predict.verdict(option) for option in predict.options]}
    numbers = {"right": Blank(predict.answer), "wrong": Blank("nan")}
    return said | {
        "answer": predict.answer,
        "within": predict.within,
        **{key: predict.verdict(number) for key, number in numbers.items()},
    }


def put_together(
    explorer: Explorer, ways: Stops, data: dict[str, Any], sentences: Numbered
) -> dict[str, Any]:
    """Of separate controls: the edit that each makes of the picture where all stand at their start, and all sentences.

    `edits[frame]` changes `base[frame]`. `said` numbers the sentences of the full product, the last control first.
    """
    names, start = list(ways), number_of(explorer.start, ways)
    separate = {names.index(name) for name in explorer.ahead.separate}
    frame_of = dict(zip(data["at"], data["frame"], strict=True))
    edits = {}
    for state, frame in frame_of.items():
        base = frame_of[tuple(start[n] if n in separate else k for n, k in enumerate(state))]
        if frame != base:
            edits[frame] = edited(data["frames"][base], data["frames"][frame])
    every = product(*(range(len(way)) for way in ways.values()))
    said = [sentences[explorer.ahead.say(**values_at(state, ways))] for state in every]
    return {"separate": sorted(separate), "edits": edits, "said": said}


def edited(before: Sequence[int], after: Sequence[int]) -> list[Edit]:
    """What to replace in a list to get another."""
    changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(i, j, after[m:n]) for kind, i, j, m, n in changes if kind != "equal"]


def packed(data: dict[str, Any]) -> str:
    """The data as text: JSON, gzip, base64."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
