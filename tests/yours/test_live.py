"""The box: what is typed last counts, a refusal is a sentence, a long derivation can be stopped."""

import threading

from helpers.yours.live import STOPPED, Box, box
from tests.yours.definitions import made

LONG = 60  # seconds, after which a test that waits would have failed


class Maker:
    """In place of your_layer: knows its layers, and one text that takes for ever."""

    def __init__(self):
        self.begun = threading.Event()

    def __call__(self, text):
        if text == "for ever":
            self.begun.set()
            while True:
                pass
        if text == "Y = (X":
            raise ValueError("the bracket\nis never closed")
        return made(text)


def test_a_page_with_its_check():
    result = Box("Affine", make=Maker()).answer(LONG)
    assert result["done"] and result["text"] == "Affine" and "agree with autograd" in result["html"]


def test_a_refusal_is_one_sentence():
    assert Box("Y = (X", make=Maker()).answer(LONG)["error"] == "the bracket is never closed"


def test_what_is_typed_last_counts():
    make = Maker()
    typed = Box("for ever", make=make)
    assert make.begun.wait(LONG)
    before = typed._running
    assert typed.write("TanhLayer").answer(LONG)["text"] == "TanhLayer"
    before.join(LONG)
    assert not before.is_alive()


def test_stop_ends_a_long_derivation():
    make = Maker()
    typed = Box("for ever", make=make)
    assert make.begun.wait(LONG)
    typed.stops += 1
    assert not typed._running.is_alive() and typed.result["error"] == STOPPED


def test_nothing_typed_is_nothing_shown():
    assert Box("", make=Maker()).answer(LONG)["html"] == ""


def test_the_question_is_about_the_first_matrix():
    result = Box("Affine", predict=True, make=Maker()).answer(LONG)
    assert "which shape has dW?" in result["question"] and result["answer"] == "(N, M)"
    assert {"(N, M)", "(M, N)", "(S, M)"} <= set(result["options"]) and "i, j" in result["why"]


def test_without_widgets_it_is_a_folded_page():
    data, _ = Box("Affine", make=Maker())._repr_mimebundle_()
    assert data["text/markdown"].startswith("<details><summary>Affine</summary>")
    assert "lines agree" in data["text/markdown"] and "text/plain" in data


def test_the_box_of_the_notebook_reads_text():
    assert "dY.T @ X" in box("Y = X W^T").answer(LONG)["html"]
