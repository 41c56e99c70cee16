r"""A tree that is typeset and read again is the same tree."""

import pytest

from helpers.judge.texts.typeset import latex
from helpers.read.claims.grammar import parsed
from helpers.read.claims.notation import notation_of
from helpers.read.claims.pieces import sides
from helpers.read.claims.tidy import tidy
from helpers.read.definitions.errors import Place
from helpers.read.definitions.tokens import tokens_of

FORMULAS = [
    r"\frac{2}{n} (x_i - \mu)",
    r"\sum_{i=1}^{N} (y_i - \hat{y}_i)^2",
    r"W^T (a - b) + 2 \lambda W",
    r"-(p_k - q_k)",
    r"(A B)^T C",
    r"\frac{\partial L}{\partial W_{ij}} x_j",
    r"\sqrt{\sigma^2 + \epsilon}",
    r"z^{(l-1)} \odot e^{-u}",
    r"\log (1 - p)",
    r"\operatorname{softmax}(u)",
    r"(a^2)^3 - b",
    r"\|x - y\|^2",
    r"\delta_{ij} - p_j",
]


def read(text: str):
    (tokens,) = sides(tidy(tokens_of(text, 1, "$" + text)))
    return parsed(tokens, notation_of([tokens]), Place(0, 0, 1, 1))


@pytest.mark.parametrize("text", FORMULAS)
def test_what_is_typeset_is_read_as_it_was(text):
    tree = read(text)
    assert read(latex(tree)) == tree
