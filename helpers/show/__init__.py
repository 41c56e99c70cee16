"""Figures in one style, and explorers: a question, a prediction, controls, a picture and a sentence."""

from helpers.show.ahead import Ahead
from helpers.show.curves import curve
from helpers.show.desk import Desk
from helpers.show.explorer import Button, Choice, Explorer, Predict, Slider, Toggle
from helpers.show.listing import source
from helpers.show.progress_bar import progress
from helpers.show.style import (
    GRADIENT,
    QUIET,
    REFERENCE,
    SIGNED,
    VALUE,
    Picture,
    blank_figure,
    heat_map,
    label_line,
    picture,
)
from helpers.show.tables import folded, table

__all__ = [
    "GRADIENT",
    "QUIET",
    "REFERENCE",
    "SIGNED",
    "VALUE",
    "Ahead",
    "Button",
    "Choice",
    "Desk",
    "Explorer",
    "Picture",
    "Predict",
    "Slider",
    "Toggle",
    "blank_figure",
    "curve",
    "folded",
    "heat_map",
    "label_line",
    "picture",
    "progress",
    "source",
    "table",
]
