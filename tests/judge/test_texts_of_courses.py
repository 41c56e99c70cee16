r"""Notes of courses, each judged by its own definitions: letters of units, of layers, of samples, of functions."""

import pytest

from helpers.judge.texts import mark_text_by_its_own

UNITS = r"""
$a_j = \sum_i v_{ji} x_i$, $h_j = \tanh(a_j)$, $a_k = \sum_j v_{kj} h_j$, and the output is $o_k (= a_k)$.
$$E = \frac12 \sum_k (o_k - t_k)^2$$
$$\delta_k = \frac{\partial E}{\partial a_k} = o_k - t_k$$
$$\delta_j = \frac{\partial E}{\partial a_j} = (1 - h_j^2) \sum_k v_{kj} \delta_k$$
$$\frac{\partial E}{\partial v_{ji}} = \delta_j x_i, \quad \frac{\partial E}{\partial v_{kj}} = %s$$
"""


def words(text: str) -> list[str]:
    """What is said of each equality, definitions left out."""
    return [c.word for c in mark_text_by_its_own(text) if c.word != "definition"]


@pytest.mark.parametrize(
    "last, word", [(r"\delta_k h_j", "right"), (r"\delta_k x_j", "wrong"), (r"\delta_j h_j", "wrong")]
)
def test_index_letters_tell_the_layers_of_a_network_apart(last, word):
    assert words(UNITS % last) == ["right"] * 3 + [word]


ONE_SAMPLE = r"""
$$z = w^T x + b, \quad a = \sigma(z) = \frac{1}{1 + e^{-z}}$$
$$L(a, y) = -(y \log a + (1 - y) \log(1 - a))$$
$$J(w, b) = \frac{1}{m} \sum_{i=1}^m L(a^{(i)}, y^{(i)})$$
$$\frac{\partial L}{\partial w_j} = (a - y) x_j$$
"""
EACH_SAMPLE = r"""
$$z^{(i)} = w^T x^{(i)} + b, \quad a^{(i)} = \sigma(z^{(i)}) = \frac{1}{1 + e^{-z^{(i)}}}$$
$$L(a^{(i)}, y^{(i)}) = -y^{(i)} \log a^{(i)} - (1 - y^{(i)}) \log(1 - a^{(i)})$$
$$J = \frac{1}{m} \sum_{i=1}^m L(a^{(i)}, y^{(i)})$$
"""
OF_ALL = [
    (r"\frac{\partial J}{\partial w_j} = \frac{1}{m} \sum_{i=1}^m (a^{(i)} - y^{(i)}) x_j^{(i)}", "right"),
    (r"\frac{\partial J}{\partial b} = \frac{1}{m} \sum_{i=1}^m (a^{(i)} - y^{(i)})", "right"),
    (r"\frac{\partial J}{\partial b} = \sum_{i=1}^m (a^{(i)} - y^{(i)})", "wrong"),
    (r"\frac{\partial J}{\partial w} = \frac{1}{m} X (A - Y)^T", "right"),
    (r"\frac{\partial J}{\partial w} = \frac{1}{m} X (Y - A)^T", "wrong"),
]


@pytest.mark.parametrize("text", [ONE_SAMPLE, EACH_SAMPLE])
@pytest.mark.parametrize("claim, word", OF_ALL)
def test_what_is_said_of_one_sample_holds_for_each(text, claim, word):
    others = "".join(f"$${c}$$\n" for c, w in OF_ALL[:2] if c != claim)
    assert words(f"{text}{others}$${claim}$$")[-1] == word


HIDDEN = r"""
# One hidden layer

$$u^{[1](i)} = W^{[1]} x^{(i)} + b^{[1]}, \quad h^{[1](i)} = \tanh(u^{[1](i)})$$
$$u^{[2](i)} = W^{[2]} h^{[1](i)} + b^{[2]}, \quad p^{(i)} = h^{[2](i)} = \sigma(u^{[2](i)})$$
$$J = -\frac{1}{m} \sum_{i=1}^m \left( t^{(i)} \log h^{[2](i)} + (1 - t^{(i)}) \log(1 - h^{[2](i)}) \right)$$
$$\frac{\partial J}{\partial u^{[2](i)}} = \frac{1}{m} (h^{[2](i)} - t^{(i)})$$
$$\frac{\partial J}{\partial W^{[2]}} = \sum_i \frac{\partial J}{\partial u^{[2](i)}} h^{[1](i)T}$$
$$\frac{\partial J}{\partial u^{[1](i)}} = %s$$
"""
BEFORE = r"W^{[2]T} \frac{\partial J}{\partial u^{[2](i)}} "


@pytest.mark.parametrize(
    "right_side, word",
    [
        (BEFORE + r"\odot (1 - h^{[1](i)2})", "right"),
        (BEFORE + r"\odot (1 - h^{[1](i)})", "wrong"),
    ],
)
def test_a_layer_and_a_sample_stand_above_one_letter(right_side, word):
    assert words(HIDDEN % right_side) == ["right", "right", word]


CASE = r"""
$$p_k = \frac{e^{z_k}}{\sum_{j=0}^{9} e^{z_j}}$$

当 $k = j$：
$$\frac{\partial p_k}{\partial z_j} = p_k (1 - p_k)$$

当 $k \neq j$：
$$\frac{\partial p_k}{\partial z_j} = %s$$
"""


@pytest.mark.parametrize("right_side, word", [("-p_k p_j", "right"), ("p_k p_j", "wrong")])
def test_a_case_may_be_said_in_chinese_and_a_sum_begin_at_zero(right_side, word):
    assert words(CASE % right_side) == ["right", word]


STACK = r"""
$$U = \begin{bmatrix} u_1 & u_2 & ... & u_N \end{bmatrix}, \quad y = U^T v, \quad L = \frac12 \|y - t\|^2$$
$$\frac{\partial L}{\partial y} = y - t$$
$$\frac{\partial L}{\partial v} = %s (y - t)$$
"""


@pytest.mark.parametrize("factor, word", [("U", "right"), ("U^T", "wrong")])
def test_a_matrix_that_only_lines_up_its_columns_is_open(factor, word):
    assert words(STACK % factor)[-2:] == ["right", word]


MODEL = r"""
We assume $$t^{(i)} = w^T x^{(i)} + \epsilon^{(i)}$$
With $t^{(i)} \in \{0, 1\}, q_w(x) = s(w^T x), s(z) = \frac{1}{1 + e^{-z}}$:
$$J(w) = -\sum_{i=1}^m \left( t^{(i)} \log q_w(x^{(i)}) + (1 - t^{(i)}) \log(1 - q_w(x^{(i)})) \right)$$
$$s'(z) = s(z)(1 - s(z))$$
$$\frac{\partial J(w)}{\partial w_j} = \sum_{i=1}^m q_w(x^{(i)}) x_j^{(i)} - \sum_{i=1}^m t^{(i)} x_j^{(i)}$$
$$\frac{\partial J(w)}{\partial w_j} = \sum_{i=1}^m %s x_j^{(i)}$$
"""


@pytest.mark.parametrize(
    "error, word", [("(q_w(x^{(i)}) - t^{(i)})", "right"), ("(t^{(i)} - q_w(x^{(i)}))", "wrong")]
)
def test_a_model_with_noise_defines_no_target(error, word):
    assert words(MODEL % error) == ["right", "right", word]


def test_nothing_is_said_where_the_loss_is_flat():
    flat = r"$$u = W x, \quad C = \frac12 \|0 u\|^2$$" + "\n\n"
    flat += r"$$\frac{\partial C}{\partial W} = %s \frac{\partial C}{\partial u} x^T$$"
    assert words(flat % "") == words(flat % "5") == ["not judged"]


def test_a_mean_at_the_weights_alone_is_right_only_where_the_text_does_not_say_otherwise():
    layer = r"A sample in each column: $$Z = W X, \quad J = \frac{1}{m} \sum_{k,i} (Z_{ki} - Y_{ki})^2$$ "
    weights = r"$$dW = \frac{1}{m} dZ X^T$$"
    assert words(layer + r"$$dZ = 2 (Z - Y)$$ " + weights) == ["right", "right"]
    said = r"$$dZ = \frac{\partial J}{\partial Z}$$" + "\n\n## Weights\n\n"
    assert words(layer + said + weights)[-1] != "right"
