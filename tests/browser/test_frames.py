"""Explorers without a kernel, on a page that is opened from a file: what they say is what Python says."""

import pytest

from helpers.compare import central_difference
from helpers.implement import (
    LSTM,
    RNN,
    Attention,
    BatchNorm1d,
    Conv2d,
    LayerNorm,
    Linear,
    Softmax,
    TransformerBlock,
)
from helpers.show import frames
from helpers.show.ahead import number_of, stops
from helpers.show.explorers.activations import depth_explorer as stack_explorer
from helpers.show.explorers.activations import kink_explorer
from helpers.show.explorers.attention import attention_explorer
from helpers.show.explorers.batch_norm import batch_norm_explorer
from helpers.show.explorers.cnn import sharing_explorer
from helpers.show.explorers.convolution import convolution_explorer
from helpers.show.explorers.cross_entropy import gap_explorer
from helpers.show.explorers.graph import graph_explorer
from helpers.show.explorers.index_notation import delta_explorer
from helpers.show.explorers.layer_norm import layer_norm_explorer
from helpers.show.explorers.linear import bias_explorer, products_explorer
from helpers.show.explorers.mlp import roulette_explorer
from helpers.show.explorers.mlp_torch import lockstep_explorer
from helpers.show.explorers.recurrent import memory_explorer
from helpers.show.explorers.second_order import second_order_explorer
from helpers.show.explorers.softmax import softmax_explorer
from helpers.show.explorers.start import step_explorer
from helpers.show.explorers.transformer import depth_explorer
from tests.show.explorers.test_activations import DEEP, LAYERS
from tests.show.explorers.test_cross_entropy import METHODS
from tests.show.explorers.test_graph import GRAPHS
from tests.show.explorers.test_mlp import run_of
from tests.show.explorers.test_mlp_torch import RUNS
from tests.show.explorers.test_transformer import Cut
from tests.tools.site.alive import calling, host, script, style

NETS = {"right 1": run_of(0.95), "right 2": run_of(0.93), "like": run_of(0.93), "worse": run_of(0.9, 9.0)}
EXPLORERS = {
    "step": lambda: step_explorer(central_difference),
    "graph": lambda: graph_explorer(GRAPHS, central_difference),
    "delta": delta_explorer,
    "bias": lambda: bias_explorer(Linear),
    "products": lambda: products_explorer(Linear),
    "kink": lambda: kink_explorer(LAYERS),
    "stack": lambda: stack_explorer(DEEP),
    "softmax": lambda: softmax_explorer(Softmax()),
    "gap": lambda: gap_explorer(METHODS),
    "roulette": lambda: roulette_explorer(NETS),
    "lockstep": lambda: lockstep_explorer(RUNS),
    "batch norm": lambda: batch_norm_explorer(BatchNorm1d),
    "layer norm": lambda: layer_norm_explorer(LayerNorm),
    "convolution": lambda: convolution_explorer(Conv2d),
    "sharing": lambda: sharing_explorer(Conv2d),
    "memory": lambda: memory_explorer(RNN, LSTM),
    "attention": lambda: attention_explorer(Attention),
    "depth": lambda: depth_explorer(TransformerBlock, Cut),
    "second order": second_order_explorer,
}


def moved(explorer):
    """The control that the test moves, its key, and its value afterwards: the last slider or toggle that can."""
    at = {**explorer.start, **explorer.predict.show}
    for control in reversed(explorer.controls.values()):
        if control.kind == "toggle":
            return control, "Space", not at[control.name]
        if control.kind == "slider":
            ways = stops(control)
            k = number_of(at, {control.name: ways})[0]
            return control, *(("ArrowLeft", ways[k - 1]) if k else ("ArrowRight", ways[1]))
    control = next(iter(explorer.controls.values()))
    return control, "ArrowDown", control.options[1]


def a_few(explorer, value):
    """In place of its budget: the start, the answer and one step from there."""
    control = moved(explorer)[0]
    shown = {**explorer.start, **explorer.predict.show}
    return lambda ahead, ways, start, show: list(
        dict.fromkeys(number_of(s, ways) for s in (start, shown, {**shown, control.name: value}))
    )


def page_with(browser, folder, explorer):
    """A tab with the explorer alive, as wide as a telephone's."""
    (folder / "frames").mkdir()
    (folder / "frames" / "explorers.js").write_text(script(), "utf8")
    data = frames.frames(explorer)
    (folder / "frames" / "one.js").write_text(calling("one", frames.packed(data)), "utf8")
    (folder / "page.html").write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{style()}</style><body>'
        f'{host("one", "The first picture")}<script defer src="frames/explorers.js"></script></body></html>',
        "utf8",
    )
    tab = browser.new_page(viewport={"width": 390, "height": 900})
    tab.faults = []
    tab.on("console", lambda message: tab.faults.append(message.text))
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.goto((folder / "page.html").as_uri())
    tab.locator("[data-alive]").wait_for()
    return tab


@pytest.mark.parametrize("name", EXPLORERS)
def test_predict_commit_move_and_read(name, browser, tmp_path, monkeypatch):
    explorer = EXPLORERS[name]()
    control, key, value = moved(explorer)
    if not explorer.ahead.separate:
        monkeypatch.setattr(frames, "states", a_few(explorer, value))
    tab = page_with(browser, tmp_path, explorer)
    sentence, image = tab.locator(".sentence"), tab.locator(".explorer img")
    assert sentence.text_content() == explorer.result["sentence"]
    assert image.get_attribute("alt") == explorer.result["alt"]
    assert tab.locator("fieldset.controls").evaluate("node => node.disabled")
    tab.get_by_role("button", name="Commit prediction").click()
    assert tab.locator(".verdict").text_content()  # what is missing
    tab.get_by_role("button", name="Show me").click()
    assert tab.locator(".verdict").text_content() == explorer.commit(None)
    assert sentence.text_content() == explorer.result["sentence"]
    before = image.get_attribute("src")
    place = list(explorer.controls).index(control.name)
    tab.locator(".controls > *").nth(place).locator("input, select").first.press(key)
    assert sentence.text_content() == explorer.move(**{control.name: value})
    assert image.get_attribute("alt") == explorer.result["alt"]
    assert image.evaluate("node => node.decode().then(() => node.naturalWidth > 0)")
    assert image.get_attribute("src") != before
    tab.get_by_role("button", name="Reset").click()
    assert sentence.text_content() == explorer.move(**explorer.start)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.close()
    assert tab.faults == []


def test_a_missing_state_is_said_to_be_missing(browser, tmp_path, monkeypatch):
    explorer = softmax_explorer(Softmax())
    states = [
        (14, 4, 14, 4, 12, 4, 10, 2, 4),
        (14, 4, 14, 8, 12, 4, 10, 2, 4),
        (15, 4, 14, 4, 12, 4, 10, 2, 4),
    ]
    monkeypatch.setattr(frames, "states", lambda *_: states)
    tab = page_with(browser, tmp_path, explorer)
    tab.get_by_role("button", name="Show me").click()
    sliders = tab.locator(".controls input")
    sliders.nth(0).press("ArrowRight")
    said = tab.locator(".sentence").text_content()
    there, note = said.split(" (This page does not hold every combination: now ")
    assert note == "upstream dY₂ 0.)"
    seen = [float(slider.input_value()) for slider in sliders.all()]
    assert there == explorer.move(**dict(zip(explorer.controls, seen, strict=True)))
    tab.close()
