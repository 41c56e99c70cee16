"""Functions by their names, determinants, indices of a window, and a δ that stands for a d."""

import pytest

from helpers.judge.texts import mark_text_by_its_own


def words(text: str) -> list[str]:
    """What is said of each equality, definitions left out."""
    return [c.word for c in mark_text_by_its_own(text) if c.word != "definition"]


@pytest.mark.parametrize(
    "text, word",
    [
        (r"\mathrm{SiLU}(x) = x \sigma(x)", "right"),
        (r"\mathrm{SiLU}'(x) = \sigma(x) + x \sigma(x) (1 - \sigma(x))", "right"),
        (r"\mathrm{SiLU}'(x) = \sigma(x) + x (1 - \sigma(x))", "not judged"),
        (r"\mathrm{GELU}'(x) = \Phi(x) + x \phi(x)", "right"),
        (r"\mathrm{GELU}'(x) = \Phi(x) + \phi(x)", "not judged"),
        (r"\frac{\partial \log\det X}{\partial X} = X^{-T}", "right"),
        (r"\frac{\partial \det X}{\partial X} = \det(X) X^{-T}", "right"),
        (r"\frac{\partial \det X}{\partial X} = X^{-T}", "not judged"),
    ],
)
def test_a_function_that_everybody_knows_by_its_name(text, word):
    assert words(f"$${text}$$") == [word]


def test_a_function_of_another_argument_is_a_claim_where_it_stands_on_both_sides():
    text = (
        r"$$\sigma(x) = \frac{1}{1 + e^{-x}}$$ $$\sigma(-x) = 1 - \sigma(x)$$ $$\sigma(-x) = 2 - \sigma(x)$$"
    )
    assert words(text) == ["right", "wrong"]


def test_what_stands_beside_the_index_of_a_window_is_an_index():
    text = r"$$y_i = \sum_k w_k x_{i+k}$$ "
    text += r"$$\frac{\partial L}{\partial x_j} = \sum_k \frac{\partial L}{\partial y_{j-k}} "
    assert words(text + "w_k$$") == ["right"]
    assert words(text.replace("j-k", "j+k") + "w_k$$") != ["right"]


CELL = r"""
$$c_t = f_t \odot c_{t-1} + i_t \odot g_t, \quad h_t = o_t \odot \tanh(c_t)$$
$$\delta o_t = \delta h_t \odot \tanh(c_t)$$
$$\delta i_t = \delta c_t \odot g_t$$
"""


@pytest.mark.parametrize(("last", "word"), [("c_{t-1}", "right"), ("c_t", "wrong")])
def test_a_delta_before_letters_alone_is_a_gradient(last, word):
    assert words(rf"{CELL}$$\delta f_t = \delta c_t \odot {last}$$") == ["right", "right", word]
