"""What people write around their formulas has its meaning: cases, headings, words, labels, habits of notation."""

import pytest

from helpers.judge.texts import mark_text_by_its_own


def words(text):
    return [c.word for c in mark_text_by_its_own(text) if c.verdict is not None]


def d(top, below):
    return rf"\frac{{\partial {top}}}{{\partial {below}}}"


SOFTMAX = r"$$p_i = \frac{e^{u_i}}{\sum_j e^{u_j}}$$ "
P = d("p_i", "u_k")
LAYERS = r"$$z^l = W^l a^{l-1} + b^l$$ $$a^l = \sigma(z^l)$$ $$C = \sum_i (a_i^L - y_i)^2$$ "
ERROR = LAYERS + f"$$\\delta^l = {d('C', 'z^l')}$$\n\n## Errors\n\n"
LAST, BEFORE = (
    r"\delta^L = \nabla_a C \odot \sigma'(z^L)",
    r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)",
)
TANH = r"$$v = g(u)$$ Our $g$ is tanh, so "
NET = (
    "## First layer\n\n$$Z^{[1]} = W^{[1]} X$$ $$A^{[1]} = \\tanh(Z^{[1]})$$\n\n"
    "## Second layer\n\n$$Z^{[2]} = W^{[2]} A^{[1]}$$\n\n## Gradients\n\n"
)
MEAN = (
    r"$$dW^{[2]} = \frac{1}{m} dZ^{[2]} (A^{[1]})^T$$ $$dA^{[1]} = (W^{[2]})^T dZ^{[2]}$$ "
    r"$$dW^{[1]} = \frac{1}{m} dZ^{[1]} X^T$$ "
)
TWO = r"$$z_1 = W_1 x$$ $$h = \tanh(z_1)$$ $$z_2 = W_2 h$$ $$L = \frac12 \sum_i (z_{2i} - y_i)^2$$ "
TWO += rf"$$\delta_2 = {d('L', 'z_2')} = z_2 - y$$ "
ROWS = r"$$s_{1x2} = a_{1x3} * W_{3x2} - t_{1x2}$$ $$C(W) = \frac12 s^2_{1x2}$$ "

RIGHT = {
    "each case": SOFTMAX
    + f"**Case 1: $i = k$**\n\n$${P} = p_i - p_i p_k$$\n\nSimplify:\n\n$${P} = p_i (1 - p_i)$$\n\n"
    + f"**Case 2: $i \\neq k$**\n\n$${P} = - p_i p_k$$",
    "cases in a line": SOFTMAX + f"If $i = k$, then ${P} = p_i (1 - p_i)$. Otherwise ${P} = - p_i p_k$.",
    "an error whose definition stands above a heading": f"{ERROR}$${LAST}$$\n\n## Earlier errors\n\n$${BEFORE}$$",
    "a condition on layers": ERROR + f"For $l < L$:\n\n$${BEFORE}$$",
    "a function in words": TANH + r"$g'(u) = 1 - g^2(u)$.",
    "numbered letters under two headings": NET + r"$$dA^{[1]} = (W^{[2]})^T dZ^{[2]}$$",
    "gradients that are averaged at the weights alone": NET + MEAN,
    "an entry of a numbered error": TWO + rf"$${d('L', 'W_{2ij}')} = \delta_{{2i}} h_j$$",
    "sizes below": ROWS + rf"$${d('C', 'W_{3x2}')} = a_{{1x3}}^T s_{{1x2}}$$ $${d('C', 'a_{1x3}')} = s W^T$$",
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_follows_from_the_text_is_right(name):
    found = words(RIGHT[name])
    assert found and set(found) == {"right"}


WRONG = {
    "the other case": SOFTMAX
    + f"If $i = k$:\n\n$${P} = p_i (1 - p_i)$$\n\nIf $i \\neq k$:\n\n$${P} = - p_i p_k$$\n\n$${P} = p_i p_k$$",
    "a case in general": SOFTMAX
    + f"If $i = k$:\n\n$${P} = p_i (1 - p_i)$$\n\nIn general:\n\n"
    + f"$${P} = p_i (\\delta_{{ik}} - p_k)$$ $${P} = p_i (1 - p_i)$$",
    "an error under a heading": f"{ERROR}$${LAST}$$ $${BEFORE}$$ "
    + r"$$\delta^l = W^{l+1} \delta^{l+1} \odot \sigma'(z^l)$$",
    "a gradient that is averaged": NET + MEAN + r"$$dW^{[1]} = \frac{1}{m} dZ^{[1]} X$$",
    "an entry of a numbered error": TWO
    + rf"$${d('L', 'W_{2ij}')} = \delta_{{2i}} h_j$$ $${d('L', 'h_j')} = \sum_i \delta_{{2i}} W_{{2ij}}$$ "
    + rf"$${d('L', 'W_{2ij}')} = - \delta_{{2i}} h_j$$",
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_follow_is_never_right(name):
    *others, last = words(WRONG[name])
    assert others and set(others) == {"right"}
    assert last in ("wrong", "not judged")


def test_a_function_that_nobody_defines_has_any_derivative():
    assert words(r"$$v = g(u)$$ $$g'(u) = 1 - g(u)^2$$") == ["not judged"]
