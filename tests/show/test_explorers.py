"""What an explorer says and stores, without a browser; and the figures' style."""

import base64
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from helpers.show import Choice, Predict, Slider, blank_figure, heat_map, label_line, picture, progress
from tests.show.sample_explorer import number_explorer, sample_explorer


def test_moving_redraws_and_says_the_result():
    explorer = sample_explorer()
    before = explorer.result
    sentence = explorer.move(S=5, reduction="mean", sample=3)
    expected = np.random.default_rng(3).choice([1.0, 3.0], size=5).mean()
    assert sentence == f"With S = 5 and mean, db is {expected:.2f}."
    assert explorer.result["picture"] != before["picture"]
    assert explorer.result["alt"] == f"Bars of dY, one for each sample. {sentence}"


def test_returning_gives_the_first_picture_again():
    explorer = sample_explorer()
    before = explorer.result
    explorer.move(S=7, log=True)
    explorer.move(**explorer.start)
    assert explorer.result == before


def test_a_committed_prediction_is_judged_and_shown():
    explorer = sample_explorer()
    assert explorer.commit("it stays").startswith(
        "✗ You predicted: it stays. The answer: it grows. Every sample"
    )
    assert explorer.values["S"] == 8
    assert "S = 8" in explorer.result["sentence"]
    assert sample_explorer().commit("it grows").startswith("✓")
    assert sample_explorer().commit(None).startswith("The answer: it grows.")


@pytest.mark.parametrize(
    "predicted, sign", [(3, "✓"), (2.5, "✓"), (2.4, "✗"), (-3, "✗"), (float("nan"), "✗")]
)
def test_a_number_is_judged_within_its_tolerance(predicted, sign):
    assert number_explorer().commit(predicted)[0] == sign


def test_the_page_does_not_tell_the_answer():
    page = sample_explorer().page
    assert "answer" not in page["predict"]
    assert "why" not in page["predict"]
    json.dumps(page)


def test_an_error_in_draw_is_said_and_the_next_move_works():
    explorer = sample_explorer()
    before = explorer.result["picture"]
    assert explorer.move(shape="point") == "ValueError: a point has no area"
    assert explorer.result["picture"] == before
    assert explorer.move(shape="star").startswith("With S = 2")


def test_stored_form_is_the_first_picture_and_a_stable_text():
    explorer = sample_explorer()
    first, _ = explorer._repr_mimebundle_()
    explorer.move(S=8)
    data, metadata = explorer._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["image/png"] == first["image/png"]
    assert data["text/plain"] == repr(sample_explorer())
    assert data["text/plain"].startswith("Why is db a sum and never a mean? With S = 2")
    assert "Bars of dY" in metadata["image/png"]["alt"]


@pytest.mark.parametrize(
    "low, high, step, value, kind", [(1, 8, 1, 2.0, int), (0, 1, 0.1, 1, float), (0.0, 4, 1, 2, float)]
)
def test_a_slider_gives_the_type_of_its_bounds(low, high, step, value, kind):
    slider = Slider("S", low, high, step=step)
    assert type(slider.clean(value)) is kind
    assert slider.clean(100) == high
    assert slider.start == low


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: Predict("?", ["a", "b"], "c"),
        lambda: Predict("?"),
        lambda: Choice("h", ["a", "b"], value="c").start,
        lambda: sample_explorer(predict=Predict("?", answer=1, show={"Z": 1})),
        lambda: sample_explorer(draw=lambda figure, **values: None),
        lambda: picture(blank_figure(), " "),
    ],
)
def test_an_authors_mistake_is_refused(mistake):
    with pytest.raises(ValueError, match=r"\w"):
        mistake()


def test_a_picture_carries_its_alt_text():
    data, metadata = picture(blank_figure(2, 1), "An empty figure")._repr_mimebundle_()
    assert data["text/plain"] == metadata["image/png"]["alt"] == "An empty figure"
    size = base64.b64decode(data["image/png"])[16:24]
    assert (int.from_bytes(size[:4]), int.from_bytes(size[4:])) == (180, 90)


def test_heat_map_writes_every_number_and_centres_its_colours_on_zero():
    axes = blank_figure().subplots()
    heat_map(axes, [[1, -4], [0, np.nan]], ["a", "b"], ["c", "d"])
    assert [text.get_text() for text in axes.texts] == ["1.00", "−4.00", "0.00", "nan"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["c", "d"]
    colour = axes.images[0]
    assert np.allclose(colour.cmap(colour.norm(0.0))[:3], 1, atol=0.05)
    assert colour.norm(-4.0) == 0


def test_heat_map_of_zeros_is_white():
    axes = blank_figure().subplots()
    heat_map(axes, np.zeros((2, 3)))
    assert axes.images[0].norm(0.0) == 0.5


def test_a_line_is_labelled_in_its_colour():
    (line,) = blank_figure().subplots().plot([0, 1, 2], [5, 6, 7])
    label_line(line, "Y")
    (label,) = line.axes.texts
    assert (label.get_text(), label.xy, label.get_color()) == ("Y", (2, 7), line.get_color())


@pytest.mark.parametrize("disabled", ["", "1"])
def test_progress_gives_the_items_and_leaves_nothing(disabled):
    code = "from helpers.show import progress; print(sum(progress(range(4), 'adding')))"
    environment = {**os.environ, "TQDM_DISABLE": disabled}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == "6\n"
    assert "".join(run.stderr.splitlines()[-1:]).strip() == ""
    assert ("adding" in run.stderr) == (not disabled)


def test_progress_is_lazy():
    assert next(iter(progress(iter([7, 8])))) == 7
