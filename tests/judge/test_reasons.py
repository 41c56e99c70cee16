"""The reason for a wrong line is told as the reader writes: in NumPy, in matrices, in letters."""

import pytest

from helpers.judge import mark
from helpers.judge.lines.reader_notation import notation_of

dY, dX, dW, db = (rf"\frac{{\partial L}}{{\partial {x}}}" for x in "YXWb")

REASONS = [
    # NumPy
    ("linear", "dX = dY @ W.T", "transposed", "rows and columns are exchanged in W: dY @ W is right"),
    ("linear", "dX = (dY @ W).T", "transposed", "rows and columns are exchanged: dY @ W is right"),
    ("linear", "dW = X.T @ dY", "transposed", "rows and columns are exchanged: dY.T @ X is right"),
    ("linear", "dX = W.T @ dY", "wrong axis", "M columns of W meet the S rows of dX: W (N, M), dY (S, N)"),
    ("linear", "dW = dY @ X", "wrong axis", "the S rows of X meet the N columns of dY"),
    ("linear", "db = dY", "wrong axis", "the S rows of dY meet the N entries of db: dY (S, N), db (N,)"),
    ("linear", "db = dY.sum()", "delta missing", "a number, but db has shape (N,): a sum runs over all N"),
    ("linear", "db = dY.mean(0)", "factor", "1/S = 1/9 times the right value"),
    ("linear", "dX = Y @ W", "wrong array", "dY belongs where Y stands: dY @ W is right"),
    ("linear", "dX = dY.sum(0) @ W", "delta missing", "a sum runs over all S, where each has its own: dY @ W is"),
    ("linear", "dX = -dY @ W", "sign", "the sign is wrong"),
    ("linear", "Y = X @ W.T", "term missing", "the term b is missing"),
    ("activation", "dX = dY", "factor", "the factor h'(X) is missing: dY * h'(X) is right"),
    ("activation", "dX = dY * h(X)", "wrong function", "h'(X) belongs where h(X) stands"),
    ("activation", "dX = dY * h'(Y)", "wrong array", "X belongs where Y stands: dY * h'(X) is right"),
    ("softmax", "dX = dY * Y * (1 - Y)", "diagonal only", "an entry of X moves other entries of Y too"),
    ("softmax", "dX = Y * dY", "path missing", "the term -Y * (dY * Y).sum(1, keepdims=True)"),
    ("softmax", "dX = Y * (dY - (dY * Y).sum(1))", "wrong axis", "Y * (dY - (dY * Y).sum(1, keepdims=True)) is right"),
    ("softmax", "dX = Y * (dY - (dY * Y).sum(0))", "wrong axis", "a sum runs over S, where one over N is asked for"),
    ("softmax", "dX = Y * (dY + (dY * Y).sum(1, keepdims=True))", "sign", "the term -Y * (dY * Y).sum(1"),
    ("softmax", "Y = np.exp(X) / np.exp(X).sum()", "delta missing", "np.exp(X) / np.exp(X).sum(1, keepdims=True) is"),
    ("cross_entropy", "dX = -T * X / S", "factor", "1 / X belongs where X stands: -T / (S * X) is right"),
    ("cross_entropy", "dX = -T / X / N", "factor", "S/N = 9/6 times the right value"),
    ("softmax_cross_entropy", "dX = Y * (Y - T) / S", "factor", "the factor Y is too much: (Y - T) / S is right"),
    ("softmax_cross_entropy", "dX = (X - T) / S", "wrong array", "Y belongs where X stands: (Y - T) / S is right"),
    ("tanh", "dX = dY * (1 - Y)", "factor", "Y**2 belongs where Y stands: dY * (1 - Y**2) is right"),
    ("batch_norm", "v = X.var(0, ddof=1)", "factor", "S/(S - 1) = 9/8 (unbiased in place of biased) times the right"),
    ("batch_norm", "mu = X.sum(0) / (S - 1)", "factor", "S/(S - 1) = 9/8"),
    ("batch_norm", "v = (S - 1) / S * X.var(0)", "factor", "(S - 1)/S = 8/9 (biased in place of unbiased)"),
    ("batch_norm", "v = X.var(0) / (S - 1)", "factor", "1/(S - 1) = 1/8 times the right value"),
    ("mse", "dY = 2 * (Y - T) / S**2", "factor", "N/S = 6/9 times the right value"),
    # matrices
    ("linear", f"{dX} = {dY} W^T", "transposed", "rows and columns are exchanged in W: ∂L/∂Y W is right"),
    ("linear", f"{dW} = X^T {dY}", "transposed", "rows and columns are exchanged: (∂L/∂Y)ᵀ X is right"),
    ("linear", f"{db} = {dY} \\mathbf{{1}}", "wrong axis", "the S rows of ∂L/∂Y meet the N entries of ∂L/∂b"),
    ("linear", "dX = dY W^T", "transposed", "rows and columns are exchanged in W: dY W is right"),
    ("cross_entropy", rf"{dX} = -\frac{{1}}{{S}} T \circ X", "factor", "-1/S T ⊘ X is right"),
    ("softmax", rf"{dX} = Y \circ {dY}", "path missing", "the term -Y ∘ (((∂L/∂Y ∘ Y) 𝟏) 𝟏ᵀ)"),
    # letters
    ("linear", "dL/dX_ij = sum_n dL/dY_in W_jn", "transposed", "rows and columns are exchanged in W_jn: W_nj is right"),
    ("linear", "dL/dW_ij = sum_m dL/dY_mj X_mi", "transposed", "the transpose is right: Σ_m ∂L/∂Y_mi X_mj"),
    ("linear", "dL/dX_ij = sum_m dL/dY_mi W_mj", "wrong axis", "m in W_mj runs over S, but there stands an axis of"),
    ("softmax", "dL/dX_ij = Y_ij dL/dY_ij - sum_n dL/dY_in Y_in", "factor", "missing beside -Σ_n ∂L/∂Y_in Y_in"),
    ("softmax", "dL/dX_ij = Y_ij (dL/dY_ij - sum_m dL/dY_mj Y_mj)", "wrong axis", "∂L/∂Y_ij - Σ_k ∂L/∂Y_ik Y_ik"),
    ("softmax", "dY_mn/dX_ij = Y_mn (delta_nj - Y_mj)", "delta missing", "δ_im is missing: right where the left"),
    ("tanh", "dL/dX_ij = dL/dY_ij (1 + Y_ij^2)", "sign", "the sign of the term -∂L/∂Y_ij Y_ij^2 is wrong"),
]  # fmt: skip


NOTHING = "both sides are 0: any factor would pass"
SAID_OF_NOTHING = [
    (r"\frac{\partial v_j}{\partial \mu_j} = -\frac{2}{S} \sum_m (X_{mj} - \mu_j)", NOTHING),
    (r"\frac{\partial v_j}{\partial \mu_j} = -\frac{7}{S} \sum_m (X_{mj} - \mu_j)", NOTHING),
    (r"\frac{\partial v_j}{\partial \mu_j} = 0", ""),
    (r"\frac{\partial v_j}{\partial X_{ij}} = \frac{2}{S} (X_{ij} - \mu_j)", ""),
]


@pytest.mark.parametrize(("line", "said"), SAID_OF_NOTHING)
def test_of_two_sides_that_are_0_is_said_that_any_factor_would_pass(line, said):
    found = list(mark("batch_norm", line))[-1]
    assert (found.word, found.reason) == ("right", said)


@pytest.mark.parametrize(("question", "line", "kind", "said"), REASONS)
def test_a_reason_is_told_as_the_reader_writes(question, line, kind, said):
    found = list(mark(question, line))[-1]
    assert (found.word, found.kind) == ("wrong", kind), found.said
    assert said in found.reason, found.reason


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("dL/dW_ij = sum_m dL/dY_mi X_mj", "index letters"),
        ("∂L/∂Wᵢⱼ = ∑ₘ ∂L/∂Yₘᵢ Xₘⱼ", "index letters"),
        (f"[{dW}]_{{ij}} = [({dY})^T X]_{{ij}}", "index letters"),
        (f"{dW} = ({dY})^T X", "matrix notation"),
        ("dW = dY^T X", "matrix notation"),
        ("dW = dY.T @ X", "NumPy"),
        ('dW = np.einsum("mi,mj->ij", dY, X)', "NumPy"),
        ("db = np.sum(dY, axis=0)", "NumPy"),
    ],
)
def test_the_notation_is_seen(line, name):
    assert notation_of(list(mark("linear", line))[-1].written).name == name
