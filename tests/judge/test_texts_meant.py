r"""What authors mean and do not type: a factor for a derivative of many axes, another function of the same name."""

import pytest

from helpers.judge.texts import mark_text_by_its_own


def words(text: str) -> list[str]:
    return [c.word for c in mark_text_by_its_own(text) if c.word != "definition"]


LAYER = r"Here $W \in \mathbb{R}^{n \times k}$, $A \in \mathbb{R}^{k \times m}$, $b \in \mathbb{R}^n$. $$Z = W A + b$$ "


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (r"\frac{\partial Z}{\partial W} = A^T", "right"),
        (r"\frac{\partial Z}{\partial A} = W^T", "right"),
        (r"\frac{\partial Z}{\partial b} = 1", "right"),
        (r"\frac{\partial Z}{\partial W} = A", "not judged"),
        (r"\frac{\partial Z}{\partial W} = -A^T", "not judged"),
        (r"\frac{\partial Z}{\partial b} = 2", "not judged"),
        (r"\frac{\partial Z}{\partial b} = 2 I", "not judged"),
    ],
)
def test_a_derivative_of_a_matrix_by_a_matrix_is_its_factor_or_not_judged(line: str, word: str):
    assert words(LAYER + f"$${line}$$") == [word]


def test_a_function_defined_again_from_other_letters_is_another_one():
    text = r"$$f(x) = a^T x$$ $$f(x) = x^T B x$$ $$\nabla f(x) = (B + B^T) x$$ $$\nabla f(x) = B x + B^T x$$"
    assert words(text) == ["right", "right"]
    assert words(text.replace("(B +", "(B -")) == ["wrong", "right"]


def test_a_function_written_out_is_a_claim():
    text = r"$$h(x) = a^T x$$ $$f(x) = e^{h(x)}$$ $$f(x) = e^{a^T x}$$ $$\nabla h(x) = a$$"
    assert words(text) == ["right", "right"]
    assert words(text.replace("e^{a^T x}", "e^{-a^T x}")) == ["wrong", "right"]


def test_the_loss_of_all_samples_is_no_loss_of_one():
    text = r"$$L(Y, T) = \sum_i L(y_i, t_i)$$ $$L(Y, T) = 2 \sum_i L(y_i, t_i)$$"
    assert "wrong" not in words(text) and "right" not in words(text)


def test_sigma_is_the_sigmoid_beside_a_softmax_that_has_its_own_name():
    text = r"A softmax. $$y = softmax(z)$$ $$z = sigmoid(x)$$ $$\sigma'(x) = \sigma(x)(1 - \sigma(x))$$"
    assert words(text) == ["right"]


@pytest.mark.parametrize("one", ["1_{i = j}", r"\mathbf{1}_{i=j}", r"1\{i = j\}"])
def test_one_where_two_indices_are_equal_in_each_spelling(one: str):
    text = r"$$y_i = \sum_k e^{x_k} \delta_{ik}$$ "
    assert words(text + rf"$$\frac{{\partial y_i}}{{\partial x_j}} = {one} e^{{x_i}}$$") == ["right"]


def test_a_letter_that_stands_once_with_what_it_is_made_of_is_a_letter():
    text = r"$$y_i(z_i) = \frac{e^{z_i}}{\sum_k e^{z_k}}$$ $$C = -\sum_k t_k \log y_k$$"
    chain = r"$$\frac{\partial C}{\partial z_i} = -\sum_k \frac{t_k}{y_k} \frac{\partial y_k}{\partial z_i}$$"
    assert words(text + chain) == ["right"]
    assert "right" not in words(text + chain.replace("= -", "= "))


def test_words_in_brackets_before_a_formula_only_name_it():
    text = r"$$(Mean) \space \mu = \frac{1}{N} \sum_{j=1}^N x_j$$ $$\frac{\partial \mu}{\partial x_i} = \frac{1}{N}$$"
    assert words(text) == ["right"]


def test_an_entry_on_the_right_stands_for_the_array_and_its_transpose_for_the_other():
    line = r"$$\frac{\partial}{\partial X} \tr(X^T A) = \frac{\partial}{\partial X_{kl}} \tr(X^T A) = "
    assert words(line + "A_{kl}$$")[-1] == "right" and words(line + "A_{lk}^T$$")[-1] == "right"
    assert words(line + "A_{lk}$$")[-1] != "right" and words(line + "A_{kl}^T$$")[-1] != "right"
