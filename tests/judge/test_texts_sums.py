"""Sums that a text leaves out without a word, and the places where it writes its indices."""

import pytest

from helpers.judge.texts import mark_text_by_its_own


def claims(text):
    return [c for c in mark_text_by_its_own(text) if c.verdict is not None]


def d(top, below):
    return rf"\frac{{\partial {top}}}{{\partial {below}}}"


TAKEN = "an index that stands twice is summed over"
BY_X = rf"$${d('L', 'X_{mn}')} = {d('L', 'Y_{mj}')} W_{{jn}}$$ "
BY_W = rf"$${d('L', 'W_{mn}')} = {d('L', 'Y_{im}')} X_{{in}}$$ "
LINEAR = r"$$Y_{ij} = X_{ik} W_{jk}$$ "
TRACES = "".join(
    rf"$$\frac{{\partial}}{{\partial X}} {line}$$ "
    for line in (
        rf"\tr(X A) = {d('(X_{ij} A_{ji})', 'X_{kl}')} = \delta_{{ik}} \delta_{{jl}} A_{{ji}} = A^T",
        rf"\tr(X^2) = X_{{ij}} \delta_{{jp}} \delta_{{iq}} + X_{{ji}} {d('X_{ij}', 'X_{pq}')} = 2 X^T",
        rf"\tr(A X B) = {d('X_{jk}', 'X_{pq}')} A_{{ij}} B_{{ki}} = A^T B^T",
    )
)

RIGHT = {
    "below": LINEAR + BY_X + BY_W,
    "above": (LINEAR + BY_X + BY_W).replace("_{", "^{"),
    "the identities of a trace": TRACES,
    "the softmax of each row": r"$$S^{ij} = Q^{ia} K^{ja}$$ $$A^{ij} = \text{softmax}_j(S^{ij})$$ "
    + rf"$${d('A^{ij}', 'S^{mn}')} = \delta^i_m A^{{ij}} (\delta^j_n - A^{{in}})$$ "
    + rf"$${d('S^{ij}', 'Q^{kl}')} = \delta^i_k \delta^a_l K^{{ja}} = \delta^i_k K^{{jl}}$$ "
    + rf"$${d('L', 'Q^{kl}')} = {d('L', 'S^{kj}')} K^{{jl}}$$",
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_sums_that_several_lines_leave_out_are_read_and_named(name):
    found = claims(RIGHT[name])
    assert {c.word for c in found} == {"right"}
    assert any(TAKEN in c.taken for c in found)


def test_a_sum_that_one_line_leaves_out_is_missing():
    text = (
        r"$$Y_{ij} = \sum_k X_{ik} W_{jk}$$ "
        + rf"$${d('L', 'X_{mn}')} = \sum_j {d('L', 'Y_{mj}')} W_{{jn}}$$ "
    )
    *_, last = claims(text + BY_W)
    assert last.word == "not judged"


@pytest.mark.parametrize(
    "wrong",
    [
        rf"$${d('L', 'W_{mn}')} = {d('L', 'Y_{in}')} X_{{im}}$$",
        rf"$${d('L', 'X_{mn}')} = - {d('L', 'Y_{mj}')} W_{{jn}}$$",
    ],
)
def test_a_wrong_line_among_them_is_never_right(wrong):
    *_, last = claims(LINEAR + BY_X + BY_W + wrong)
    assert last.word in ("wrong", "not judged")


WRITTEN = {
    "a fraction": r"$$L = {1 \over 2} (y - t)^2$$ " + rf"$${d('L', 'y')} = {{2 \over 2}} (y - t)$$",
    "a box with a colour": r"$$L = (y - t)^2$$ " + rf"$$\bbox[yellow, 5px]{{ {d('L', 'y')} = 2 (y - t) }}$$",
    "a prime in a name": r"$$X'_i = X_i / s$$ $$Y_i = a X'_i + b$$ "
    + r"$$\frac{\partial L}{\partial X'_i} = a \frac{\partial L}{\partial Y_i}$$",
    "a delta": r"$$\mu = \frac1N \sum_{i=1}^N X_i$$ "
    + r"$$\frac{\partial (X_i - \mu)}{\partial X_j} = \delta^i_j - \frac1N$$",
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_typed_otherwise_means_the_same(name):
    found = claims(WRITTEN[name])
    assert found and {c.word for c in found} == {"right"}
