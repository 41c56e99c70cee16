r"""Small texts about norms, softmax and losses, in habits of writing of their own: each with what is said of it."""

import pytest

from helpers.judge.texts import mark_text_by_its_own
from helpers.verdict import Kind

SOFTMAX = r"$$p_i = \frac{e^{u_i}}{\sum_j e^{u_j}}$$ "
AFFINE = "$Y = X W$ with a sample in each row. "
RAMP = r"$$y_i = \max(0, x_i)$$ "

RIGHT = {
    "an accent on an accent": SOFTMAX +
    r"$$\bar{\hat{p}}_i = q_i p_i$$ "
    r"$$\frac{\partial \bar{\hat p}_i}{\partial u_k} = \bar{\hat p}_i (\delta_{ik} - p_k)$$",
    "a sum that names no index": r"$$p_i = \frac{e^{u_i}}{\sum e^{u_j}}$$ "
    r"$$\frac{\partial p_i}{\partial u_k} = p_i (\delta_{ik} - p_k)$$",
    "where an entry is positive": RAMP + r"$$\frac{\partial y_i}{\partial x_i} = 1 \text{ if } x_i > 0$$",
    "zero where an entry is negative": RAMP + r"If $x_i < 0$, then $$\frac{\partial y_i}{\partial x_i} = 0$$",
    "the same bias in each row": r"$$Y = X W + B, \quad B_{si} = b_i$$ "
    r"$$\frac{\partial L}{\partial b_i} = \sum_s \frac{\partial L}{\partial Y_{si}}$$",
    "a definition of entries by a whole": "$$y_i = W x$$ "
    r"$$\frac{\partial L}{\partial x_k} = \sum_i \frac{\partial L}{\partial y_i} W_{ik}$$",
    "an arrow to an entry": AFFINE + r"$$\frac{\partial L}{\partial X} \Rightarrow \frac{\partial L}{\partial X_{ij}} "
    r"= \sum_n \frac{\partial L}{\partial Y_{in}} W_{jn}$$",
    "a name for what is made of a gradient": AFFINE + r"$$G = \frac{\partial L}{\partial Y}, \quad M = G W^T$$ "
    r"$$\frac{\partial L}{\partial X} = M$$",
    "an index is no claim": SOFTMAX + r"$$\frac{\partial p_i}{\partial u_k} = p_i (\delta_{ik} - p_k)$$ "
    "Here $i = k$ is one case and $k = 1$ another.",
}  # fmt: skip


def claims(text: str):
    return [c for c in mark_text_by_its_own(text) if c.verdict is not None]


@pytest.mark.parametrize("name", RIGHT)
def test_what_follows_from_the_text_is_right(name):
    found = claims(RIGHT[name])
    assert found and {c.word for c in found} == {"right"}


WRONG = {  # a text, its last claim wrong, and the kind of its mistake
    "an index left over": (
        AFFINE + r"$$\frac{\partial L}{\partial W_{ij}} = \sum_m X_{mi} \frac{\partial L}{\partial Y_{mj}} "
        r"= \sum_m X_{mi} \frac{\partial L}{\partial Y_{mn}} \delta_{nj}$$", Kind.FREE_INDEX
    ),
    "a sum too many": (
        AFFINE + r"$$\frac{\partial L}{\partial W_{ij}} "
        r"= \sum_{m,n} X_{mi} \frac{\partial L}{\partial Y_{mn}} \delta_{nj} "
        r"= \sum_{m,n} X_{mi} \frac{\partial L}{\partial Y_{mj}}$$", Kind.FACTOR
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_follow_is_wrong(name):
    text, kind = WRONG[name]
    *before, last = claims(text)
    assert before and {c.word for c in before} == {"right"}
    assert (last.word, last.verdict.kind) == ("wrong", kind)


NOT_RIGHT = {
    "zero where an entry is positive": RAMP
    + r"If $x_i > 0$, then $$\frac{\partial y_i}{\partial x_i} = 1 = 0$$",
    "the bias of each row summed over columns": r"$$Y = X W + B, \quad B_{si} = b_i$$ "
    r"$$\frac{\partial L}{\partial b_i} = \sum_s \frac{\partial L}{\partial Y_{si}} "
    r"= \sum_{s,i} \frac{\partial L}{\partial Y_{si}}$$",
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_RIGHT)
def test_what_does_not_follow_is_never_right(name):
    assert [c.word == "right" for c in claims(NOT_RIGHT[name])] == [True, False]


def test_a_family_with_other_indices_is_not_that_of_the_text():
    text = "# Softmax\n\n" + SOFTMAX + r"$$L = -\sum_i y_i \log p_i$$ " + (
        r"$$\frac{\partial L}{\partial u_k} = \sum_i y_i (p_k - \delta_{ik}) = \sum_i y_i (\delta_{ik} - p_k)$$"
    )  # fmt: skip
    assert [c.word for c in claims(text)] == ["right", "wrong"]


SQUARES = (
    r"$$\mu = \frac1n \sum_i x_i$$ "
    r"$$\sigma^2 = \frac1n \sum_i (x_i - \mu)^2$$ $$\sigma = \sqrt{\sigma^2 + \epsilon}$$ "
    r"$$z_i = \frac{x_i - \mu}{\sigma}$$ Let $v = \sigma^2$. "
)  # fmt: skip


def test_a_second_name_of_a_letter_is_that_letter():
    (claim,) = claims(SQUARES + r"$$\frac{\partial \sigma}{\partial v} = \frac{1}{2 \sigma}$$")
    assert claim.word == "right"


def test_a_square_is_a_letter_or_the_square_of_another():
    (claim,) = claims(SQUARES + r"$$\frac{\partial z_i}{\partial \sigma} = -\frac{x_i - \mu}{\sigma^2}$$")
    assert claim.word == "right"
    assert claim.verdict.pieces["taken"] == ("σ² is the square of σ",)
