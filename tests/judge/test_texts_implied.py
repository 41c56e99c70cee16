r"""What a text defines without saying so: the z of \sigma'(z), a δ of another layer, a symmetric A, bold vectors."""

import pytest

from helpers.judge.texts import mark_text_by_its_own as claims

LAYERS = r"""
$$\mathbf{h} = f(W^{(1)} \mathbf{x} + \mathbf{b}^{(1)})$$
$$L = \frac{1}{2} |\mathbf{y} - \mathbf{t}|^2$$
$$\mathbf{y} = g(\mathbf{z}^{(2)}) = g(W^{(2)} \mathbf{h} + \mathbf{b}^{(2)})$$
$${\delta}^{(2)} = \frac{\partial L}{\partial \mathbf{z}^{(2)}} = (\mathbf{y} - \mathbf{t}) \odot g'(\mathbf{z}^{(2)})$$
"""
HIDDEN = r"$$\delta^{(1)} = (W^{(2)T} \delta^{(2)}) \odot f'(\mathbf{z}^{(1)})$$" + "\n"
WEIGHTS = r"$$\frac{\partial L}{\partial W^{(1)}} = \delta^{(1)} \mathbf{x}^T$$" + "\n"
SQUARE = r"$f(x) = \frac{1}{2} x^T A x$ and $\nabla_x f = A x$"
LOGISTIC = r"""
$$L = -\frac{1}{n} \sum_{i=1}^n [y_i \log \hat{y}_i + (1 - y_i) \log(1 - \hat{y}_i)]$$
$$\hat{y}_i = \sigma(\mathbf{w}^T \mathbf{x}_i + b)$$
"""


def words(text):
    return [c.word for c in claims(text) if c.word != "definition"]


def test_what_stands_in_a_function_is_what_the_text_puts_there():
    assert words(LAYERS + HIDDEN + WEIGHTS) == ["right"] * 4


@pytest.mark.parametrize(
    "line",
    [
        HIDDEN.replace("W^{(2)T}", "W^{(2)}"),
        HIDDEN.replace("= (", "= -("),
        HIDDEN.replace(r"\odot f'(\mathbf{z}^{(1)})", ""),
        WEIGHTS.replace(r"\delta^{(1)} \mathbf{x}^T", r"\mathbf{x} (\delta^{(1)})^T"),
        WEIGHTS.replace(r"\delta^{(1)} ", r"2 \delta^{(1)} "),
    ],
)
def test_no_wrong_line_is_right_by_what_is_implied(line):
    assert words(LAYERS + HIDDEN + WEIGHTS + line)[-1] != "right"


def test_a_matrix_is_symmetric_only_where_the_text_says_so():
    (said,) = (c for c in claims("For a symmetric matrix $A$ let " + SQUARE) if c.word != "definition")
    assert said.word == "right" and "square matrices are symmetric" in said.taken
    assert words("Let " + SQUARE) != ["right"]


def test_beside_bold_vectors_a_small_letter_is_a_number():
    good = r"$$\nabla_{\mathbf{w}} L = \frac{1}{n} \sum_{i=1}^n (\hat{y}_i - y_i) \mathbf{x}_i$$"
    assert words(LOGISTIC + good) == ["right"]
    assert words(LOGISTIC + good.replace("\\hat{y}_i - y_i", "y_i - \\hat{y}_i")) != ["right"]


def test_bars_round_a_vector_are_its_length_where_the_text_needs_it():
    of = r"$f = \mathbf{a}^T \mathbf{u}$, $\frac{f}{|\mathbf{u}|} = \frac{f}{\sqrt{\mathbf{u}^T \mathbf{u}}}$"
    (found,) = (c for c in claims(of) if c.word != "definition")
    assert found.word == "right" and "|v| is the length of a vector" in found.taken
    assert words(of.replace(r"\sqrt{", "{")) != ["right"]
