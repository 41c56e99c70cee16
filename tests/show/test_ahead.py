"""Which states are drawn ahead, and that a page gets of each what Python draws."""

import base64
import gzip
import json
import re

import pytest

from helpers.show import Ahead, Choice, Predict, Slider, Toggle
from helpers.show.ahead import number_of, states, stops
from helpers.show.frames import drawing, edited, frames, packed, verdicts
from tests.show.sample_explorer import draw, sample_explorer

FEW = [Slider("S", 2, 4), Toggle("log")]
WAYS = {"a": list(range(30)), "b": list(range(30)), "c": ["x", "y"]}
START = {"a": 3, "b": 4, "c": "x"}


def small(**changed):
    """An explorer of six states, on which nothing else is random."""

    def drawn(figure, S, log):
        return draw(figure, S, "sum", log, "star", 1)

    predict = Predict("?", ["up", "down"], "up", why="So.", show={"S": 4})
    return sample_explorer(**{"controls": FEW, "draw": drawn, "predict": predict} | changed)


@pytest.fixture(scope="module")
def data():
    return frames(small())


def test_a_slider_has_all_stops_in_its_own_type():
    assert stops(Slider("S", 1, 4)) == [1, 2, 3, 4]
    assert stops(Slider("x", -0.3, 0.3, step=0.1)) == [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]
    assert stops(Choice("h", ["a", "b"])) == ["a", "b"]


def test_a_value_between_two_stops_is_at_the_nearest():
    assert number_of({"x": 0.14, "on": True}, {"x": [0.0, 0.1, 0.2], "on": [False, True]}) == (1, 1)


def test_few_states_are_all_drawn():
    assert set(states(Ahead(), {"a": [0, 1, 2], "c": ["x", "y"]}, {"a": 1, "c": "x"}, {})) == {
        (a, c) for a in range(3) for c in range(2)
    }


def test_of_many_each_control_moves_alone_from_the_start_the_answer_and_presets():
    ahead = Ahead(presets=[{"a": 9, "b": 9}])
    expected = {
        (a, b, c) for a, b, c in cube() if alone_from((3, 4, 0), a, b, c) or alone_from((3, 20, 0), a, b, c)
    }
    expected |= {(a, b, c) for a, b, c in cube() if alone_from((9, 9, 0), a, b, c)}
    assert set(states(ahead, WAYS, START, {"b": 20})) == expected


def cube():
    return [(a, b, c) for a in range(30) for b in range(30) for c in range(2)]


def alone_from(base, *state):
    return sum(k != n for k, n in zip(state, base, strict=True)) <= 1


def test_a_pair_moves_together():
    drawn = set(states(Ahead(pairs=[("a", "c")]), WAYS, START, {}))
    assert {(a, 4, c) for a in range(30) for c in range(2)} <= drawn
    assert (5, 6, 0) not in drawn


def test_a_frame_is_what_python_draws_whatever_was_drawn_before(data):
    explorer = small()
    assert len(data["at"]) == 6
    afresh = drawing(small())
    for state, frame, word in reversed(list(zip(data["at"], data["frame"], data["words"], strict=True))):
        svg, sentence = afresh({"S": 2 + state[0], "log": bool(state[1])})
        assert "".join(data["fragments"][k] for k in data["frames"][frame]) == svg
        assert data["sentences"][word] == sentence == explorer.move(S=2 + state[0], log=bool(state[1]))


def test_a_frame_has_the_size_of_the_picture_and_shares_its_fragments(data):
    assert re.search('width="540" height="270"', data["fragments"][0])
    assert len(data["fragments"]) < sum(map(len, data["frames"])) / 2


def test_drawing_ahead_leaves_the_explorer_as_it_is():
    explorer = small()
    before = explorer.result
    frames(explorer)
    assert explorer.result is before
    assert explorer.move(S=2) == before["sentence"]
    assert explorer.result == before


def test_what_is_said_of_an_answer_is_what_python_says():
    explorer = small()
    said = verdicts(explorer.predict)
    assert [explorer.predict.verdict(answer) for answer in ("up", "down", None)] == [
        *said["options"],
        said["none"],
    ]
    number = small(predict=Predict("?", answer=2.5, within=0.5, why="So.", show={"S": 4}))
    said = verdicts(number.predict)
    assert said["right"].replace("{}", "3") == number.predict.verdict(3)
    assert said["wrong"].replace("{}", "7") == number.predict.verdict(7)


def panels(figure, **on):
    """A bar a control, at its own place."""
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 3), ylim=(0, 1))
    for k, (name, is_on) in enumerate(on.items()):
        axes.plot([k, k + 1], [0.2, 0.8], color="black" if is_on else "grey")
        if is_on:
            axes.text(k, 0.9, name)
    return say(**on)


def say(**on):
    return f"On: {', '.join(name for name in on if on[name]) or 'none'}."


def test_changes_of_separate_controls_are_put_together():
    explorer = sample_explorer(
        controls=[Toggle(name) for name in "abc"],
        draw=panels,
        predict=Predict("?", ["x"], "x"),
        ahead=Ahead(separate="abc", say=say),
    )
    data = frames(explorer)
    assert len(data["at"]) == 4  # none, and each alone
    number = {tuple(state): frame for state, frame in zip(data["at"], data["frame"], strict=True)}
    composed = list(data["frames"][number[0, 0, 0]])
    edits = [edit for state in ((1, 0, 0), (0, 0, 1)) for edit in data["edits"][number[state]]]
    for start, stop, parts in sorted(edits, reverse=True):
        composed[start:stop] = parts
    svg, sentence = drawing(explorer)({"a": True, "b": False, "c": True})
    assert "".join(data["fragments"][k] for k in composed) == svg
    assert data["sentences"][data["said"][0b101]] == sentence == "On: a, c."


def test_edits_lead_from_one_list_to_the_other():
    before, after = [1, 2, 3, 4], [1, 5, 3, 6, 7]
    for start, stop, parts in reversed(edited(before, after)):
        before[start:stop] = parts
    assert before == after


def test_packed_frames_are_the_same_in_every_build_and_can_be_unpacked(data):
    text = packed(data)
    assert text == packed(frames(small()))
    assert json.loads(gzip.decompress(base64.b64decode(text)))["page"] == data["page"]
