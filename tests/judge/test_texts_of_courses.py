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
