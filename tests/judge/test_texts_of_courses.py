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
