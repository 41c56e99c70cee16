"""What a text only names: its loss in words, a part of a formula by a later letter, a function without its argument."""

import pytest

from helpers.judge.texts import mark_text_by_its_own


def claims(text):
    return [c for c in mark_text_by_its_own(text) if c.verdict is not None]


def words(text):
    return [c.word for c in claims(text)]


def d(top, below):
    return rf"\frac{{\partial {top}}}{{\partial {below}}}"


PREDICTED = r"$$z = W h, \quad p = \text{softmax}(z)$$" + "\n\n"
LINES = f"$${d('L', 'z')} = p - y$$ $${d('L', 'h')} = W^T (p - y)$$ "
CROSS = "The loss is the cross-entropy.\n\n" + PREDICTED
SQUARE = "We take half the squared error.\n\n$$p = W h$$\n\n"


def test_a_loss_that_words_name_is_taken_and_said():
    found = claims(CROSS + LINES)
    assert [c.word for c in found] == ["right", "right"]
    assert all("L is the cross-entropy of p and y" in c.taken for c in found)


def test_half_a_squared_error_is_one_too():
    first, *_ = claims(SQUARE + f"$${d('L', 'p')} = p - y$$ $${d('L', 'h')} = W^T (p - y)$$")
    assert first.word == "right"
    assert "L is half the squared error of p and y" in first.taken


@pytest.mark.parametrize("wrong", [f"$${d('L', 'z')} = y - p$$", f"$${d('L', 'h')} = W (p - y)$$"])
def test_a_line_that_does_not_follow_from_it_is_not_right(wrong):
    assert words(CROSS + LINES + wrong)[-1] == "wrong"
    assert words(CROSS + wrong) == ["not judged"]


def test_a_loss_that_no_word_names_stays_open():
    assert words(PREDICTED + LINES) == ["not judged"] * 2


CELL = r"$$s_t = q_t \odot \tanh(C_t), \quad C_t = q_t \odot C_{t-1} + r_t$$" + "\n\n"


def test_a_part_that_is_named_later_has_a_gradient():
    text = CELL + r"Let $a = \tanh(C_t)$. " + f"$${d('L', 'a')} = {d('L', 's_t')} \\odot q_t$$ "
    wrong = f"$${d('L', 'a')} = {d('L', 's_t')} \\odot C_t$$"
    found = words(text + f"$${d('L', 'C_{t-1}')} = {d('L', 'C_t')} \\odot q_t$$ " + wrong)
    assert found[:2] == ["right", "right"]
    assert found[2] != "right"


def test_what_is_added_to_a_gradient_is_no_equality():
    own = d("L", "C_t")
    text = (
        f"$${own} = {d('L', 's_t')} {d('s_t', 'C_t')} + {own} = {own} + {d('L', 's_t')} {d('s_t', 'C_t')}$$"
    )
    assert words(CELL + text) == ["not judged"] * 2


SIGMOID = "We use the sigmoid.\n\n$$h = \\sigma(W x_t)$$\n\n"


def test_a_formula_of_one_letter_is_one_of_a_number():
    right = r"$$\frac{d\sigma}{dx} = \sigma(x) (1 - \sigma(x))$$ $$\frac{d}{dx} \tanh(x) = 1 - \tanh^2(x)$$ "
    wrong = r"$$\frac{d\sigma}{dx} = \sigma(x) (1 + \sigma(x))$$"
    assert words(SIGMOID + right) == ["right"] * 2
    assert words(SIGMOID + right + wrong)[-1] != "right"


LSTM = "# LSTM, backwards\n\n" + " ".join(
    f"$${d('L', below)} = {d('L', above)} \\odot {factor}$$"
    for below, above, factor in (
        ("o_t", "h_t", r"\tanh(c_t)"),
        ("f_t", "c_t", "c_{t-1}"),
        ("i_t", "c_t", "g_t"),
    )
)


def test_a_cell_that_only_a_heading_names_is_the_usual_one():
    found = claims(LSTM + f" $${d('L', 'i_t')} = {d('L', 'c_t')} \\odot f_t$$")
    assert [c.word for c in found] == ["right"] * 3 + ["not judged"]
    assert all("this is the usual LSTM" in c.taken for c in found[:3])
