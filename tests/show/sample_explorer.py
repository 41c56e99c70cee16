"""An explorer with every kind of control, for the tests."""

import numpy as np

from helpers.show import GRADIENT, Button, Choice, Explorer, Predict, Slider, Toggle

SHAPES = ["circle", "square", "star", "line", "point"]


def draw(figure, S, reduction, log, shape, sample):
    if shape == "point":
        raise ValueError("a point has no area")
    dY = np.random.default_rng(sample).choice([1.0, 3.0], size=S)
    db = dY.sum() if reduction == "sum" else dY.mean()
    axes = figure.subplots()
    axes.bar(range(S), dY, color=GRADIENT)
    axes.set_yscale("log" if log else "linear")
    axes.set_title(f"db is the {reduction} of S = {S} entries of dY")
    return f"With S = {S} and {reduction}, db is {db:.2f}."


def sample_explorer(**changed):
    parts = {
        "question": "Why is db a sum and never a mean?",
        "predict": Predict(
            "S goes from 2 to 8. What does db do?",
            ["it stays", "it grows"],
            "it grows",
            why="Every sample adds its own dY to db.",
            show={"S": 8},
        ),
        "controls": [
            Slider("S", 1, 8, value=2, label="samples S"),
            Choice("reduction", ["sum", "mean"]),
            Toggle("log", label="logarithmic axis"),
            Choice("shape", SHAPES),
            Button("sample", "Another sample"),
        ],
        "draw": draw,
        "alt": "Bars of dY, one for each sample",
    }
    return Explorer(**parts | changed)


def number_explorer():
    return sample_explorer(
        predict=Predict("How many entries has db for N = 3?", answer=3, within=0.5, low=0, high=9)
    )
