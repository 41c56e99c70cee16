"""Convolutions in index form, and a δ that a text never defines."""

import pytest

from helpers.judge.texts import mark_text_by_its_own

CONVOLUTION = r"$$Y_{ij} = \sum_{m=0}^{K-1} \sum_{n=0}^{K-1} W_{mn} X_{i+m, j+n} + b$$ "
WINDOWS = {
    r"\frac{\partial L}{\partial W_{mn}} = \sum_{i,j} \frac{\partial L}{\partial Y_{ij}} X_{i+m,j+n}": "right",
    r"\frac{\partial L}{\partial X_{pq}} = \sum_{i,j} \frac{\partial L}{\partial Y_{ij}} W_{p-i,q-j}": "right",
    r"\frac{\partial L}{\partial X_{pq}} = \sum_{m,n} \frac{\partial L}{\partial Y_{p-m,q-n}}.W_{mn}": "right",
    r"\frac{\partial L}{\partial X_{pq}} = \sum_{m,n} \frac{\partial L}{\partial Y_{p-m,q-n}}": "not judged",
    r"\frac{\partial L}{\partial X_{pq}} = \sum_{i,j} \frac{\partial L}{\partial Y_{ij}} W_{i-p,j-q}": "wrong",
    r"\frac{\partial L}{\partial W_{mn}} = \sum_{i,j} \frac{\partial L}{\partial Y_{ij}} X_{i-m,j-n}": "wrong",
}
FIRST, *_ = WINDOWS


@pytest.mark.parametrize("claim", WINDOWS)
def test_a_convolution_in_index_form(claim):
    *_, last = mark_text_by_its_own(f"{CONVOLUTION}$${FIRST}$$ $${claim}$$")
    assert last.word == WINDOWS[claim]


NORM = (
    r"$\mu = \frac{1}{m} \sum_i x_i$, $v = \frac1m \sum_i (x_i - \mu)^2$, $y_i = \gamma r_i + \beta$, "
    r"$r_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}$. $$\frac{\partial L}{\partial \gamma} = \sum_i \delta_i r_i$$ "
)


@pytest.mark.parametrize(("factor", "word"), [("", "right"), ("2", "not judged")])
def test_a_delta_that_is_not_defined_is_the_gradient_that_most_lines_ask_for(factor, word):
    *_, last = mark_text_by_its_own(
        rf"{NORM}$$\frac{{\partial L}}{{\partial \beta}} = {factor} \sum_i \delta_i$$"
    )
    assert last.word == word
    assert last.taken[-1:] == (("\\delta_i is ∂L/∂y_i",) if word == "right" else ())
