"""What a keyboard or old LaTeX leaves to the reader: quotients in a row, cases below a letter, h for h(x)."""

import pytest

from helpers.judge.texts import mark_text_by_its_own


def words(text):
    return [c.word for c in mark_text_by_its_own(text) if c.verdict is not None]


SOFTMAX = r"$$p_i = {e^{u_i} \over \sum_j e^{u_j}}$$ "
CASE = r"$$\frac{\partial p_{k%si}}{\partial u_i} = p_{k%si} (%s)$$ "
QUOTIENT = r"$$v = c/s (u - t)^2$$ $$w = v/2s$$ "
MODEL = r"$$h_w(x) = \frac{1}{1 + e^{-w x}}$$ $$J = \log h_w(x)$$ "

TYPED = {
    "a fraction with a sign between": (
        SOFTMAX + r"$${\partial p_i \over \partial u_i} = p_i - p_i^{4 \over 2}$$",
        "right",
    ),
    "a case below": (SOFTMAX + CASE % ("=", "=", "1 - p_i"), "right"),
    "the other case below": (SOFTMAX + CASE % (r" \not= ", r" \not= ", "- p_i"), "right"),
    "the wrong case below": (
        SOFTMAX + CASE % ("=", "=", "1 - p_i") + CASE % (r" \not= ", r" \not= ", "1 - p_i"),
        "right wrong",
    ),
    "a quotient before a bracket": (QUOTIENT + r"$$\frac{\partial v}{\partial u} = 2c/s (u - t)$$", "right"),
    "half of it": (
        QUOTIENT + r"$$\frac{\partial v}{\partial c} = 1/s (u - t)^2$$ $$\frac{\partial v}{\partial u} = c/s (u - t)$$",
        "right wrong",
    ),
    "the value of a function": (MODEL + r"$$\frac{\partial h_w}{\partial w} = x h_w(x) (1 - h_w(x))$$", "right"),
    "a derivative by that value": (
        MODEL
        + r"$$\frac{\partial J}{\partial w} = "
        + r"\frac{\partial}{\partial h_w} (\log h_w(x)) \frac{\partial h_w}{\partial w}$$",
        "right",
    ),
    "a derivative by the value at another place": (
        MODEL + r"$$\frac{\partial}{\partial h_w} (\log h_w(2 x)) = \frac{1}{h_w(2 x)}$$",
        "not judged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_is_judged_as_it_is_meant(name):
    text, expected = TYPED[name]
    assert " ".join(words(text)) == expected


SEVERAL = r"$$f(x, w) = \tanh(w x)$$ $$J = \frac12 (f(x, w) - y)^2$$ "
SEVERAL += r"$$\frac{\partial f}{\partial w} = x (1 - f(x, w)^2)$$ "
ENTRIES = r"$$y_i = \sum_j w_{ij} x_j$$ $$L = \frac12 \sum_i (y_i - t_i)^2$$ "
JUDGED = {
    "a function of two": (
        SEVERAL + r"$$\frac{\partial J}{\partial w} = (f(x, w) - y) \frac{\partial f}{\partial w}$$",
        "right",
    ),
    "a factor left out": (
        SEVERAL + r"$$f(2 w, x) = \tanh(2 x w)$$ $$f(3 w, x) = \tanh(x w)$$",
        "not judged",
    ),
    "its arguments exchanged": (SEVERAL + r"$$f(2 w, x) = \tanh(2 x w)$$", "right"),
    "a numbered entry": (ENTRIES + r"$$\frac{\partial L}{\partial w_{12}} = (y_1 - t_1) x_2$$", "right"),
    "another": (
        ENTRIES
        + r"$$\frac{\partial L}{\partial w_{ij}} = (y_i - t_i) x_j$$ "
        + r"$$\frac{\partial L}{\partial w_{12}} = (y_1 - t_1) x_1$$",
        "wrong",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", JUDGED)
def test_functions_of_several_letters_and_numbered_entries(name):
    text, expected = JUDGED[name]
    *_, last = words(text)
    assert last == expected


SERIES = r"$$s = w_0 + w_1 x_1 + w_2 x_2 + \cdots + w_n x_n$$ $$a = \tanh(s)$$ "
SIDES = "Row-wise:\n\n$$Z = A W + b$$ $$Y = \\tanh(Z)$$\n\nColumn-wise:\n\n$$Z = W A + b$$ $$Y = \\tanh(Z)$$"


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (r"\frac{\partial s}{\partial w_0} = 1", "right"),
        (r"\frac{\partial a}{\partial w_j} = (1 - a^2) x_j", "right"),
        (r"\frac{\partial s}{\partial w_j} = x_j$$ $$\frac{\partial a}{\partial w_j} = (1 - a) x_j", "wrong"),
    ],
)
def test_dots_in_a_sum_go_on_with_its_terms(claim, word):
    *_, last = words(f"{SERIES}$${claim}$$")
    assert last == word


def test_a_formula_in_both_layouts_is_wrong_in_none():
    assert "wrong" not in words(SIDES)
