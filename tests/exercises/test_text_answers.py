"""What the exercises of notebooks 00 and 03 to 06 take as SymPy they take as text too: LaTeX, keyboard, NumPy."""

import pytest

from helpers.exercises import activations, cross_entropy, index_notation, linear, softmax, start

BRACKET = r"(\delta_{im} \delta_{jn} - \delta_{im} %s \frac{e^{X_{ij}}}{\sum_k e^{X_{mk}}})"
OUTSIDE = r"\sum_{m,n} \frac{\partial L}{\partial Y_{mn}} \frac{e^{X_{mn}}}{\sum_k e^{X_{mk}}} "

RIGHT = [
    (start.line, "x_i - t_i"),
    (start.line, "dx = x - t"),
    (index_notation.repair, "sum_m G_mi X_mj"),
    (index_notation.repair, 'np.einsum("mi,mj->ij", dY, X)'),
    (linear.jacobian_of_X, "delta_mi W_nj"),
    (linear.jacobian_of_X, r"\frac{\partial Y_{mn}}{\partial X_{ij}} = \delta_{mi} W_{nj}"),
    (linear.gradient_of_X, r"\sum_n \frac{\partial L}{\partial Y_{in}} W_{nj}"),
    (linear.gradient_of_X, "dL/dX_ij = sum_mn dL/dY_mn delta_mi W_nj = sum_n dL/dY_in W_nj"),
    (linear.gradient_of_X, "dY @ W"),
    (activations.tanh_line, r"\frac{\partial L}{\partial Y_{ij}} (1 - Y_{ij}^2)"),
    (activations.tanh_line, "dX = dY * (1 - Y**2)"),
    (activations.tanh_line, "(1 - Y * Y) * dY"),
    (softmax.repair, (OUTSIDE + BRACKET % "",) * 2),
    (softmax.repair, ("sum_{m,n} dL/dY_mn Y_mn (delta_im delta_jn - delta_im Y_mj)",) * 2),
    (cross_entropy.repair, r"\frac{1}{S} (-T_{ij} (1 - Y_{ij}) + \sum_n (1 - \delta_{nj}) T_{in} Y_{ij})"),
    (cross_entropy.repair, "dX = (Y - T) / S"),
    (cross_entropy.repair, "(T.sum(axis=1, keepdims=True) * Y - T) / S"),
]
WRONG = [
    (start.line, "2 * (x - t)", "2 times the right value"),
    (start.line, "t_i - x_i", "the sign is wrong"),
    (linear.jacobian_of_X, "W_nj", "δ_im is missing"),
    (linear.jacobian_of_X, "delta_mi W_np", "index p is still free"),
    (linear.jacobian_of_X, "delta_mi W_jn", "rows and columns are exchanged"),
    (linear.gradient_of_X, "dL/dY_in W_nj", "index n is still free"),
    (linear.gradient_of_X, "sum_mn dL/dY_mn W_nj", "δ_im is missing"),
    (linear.gradient_of_X, "dY @ W / S", "1/S"),
    (linear.gradient_of_X, "dY @ W.T", "rows and columns are exchanged in W: dY @ W is right"),
    (linear.gradient_of_X, "-dY @ W", "sign"),
    (linear.gradient_of_X, "dW = dY.T @ X", "does not say what ∂L/∂X_ij is"),
    (linear.gradient_of_X, "nothing", "“nothing” has no meaning here"),
    (linear.gradient_of_X, "Sum(dY[i, n] * W[n, j], n)", "SymPy in quotes"),
    (index_notation.repair, "Sum(dY[m, i] * X[m, j], m)", "SymPy in quotes"),
    (linear.jacobian_of_X, "KroneckerDelta(m, i) * W[n, j]", "SymPy in quotes"),
    (activations.tanh_line, "dL/dY_mn (1 - Y_mn^2)", "index m is still free"),
    (activations.tanh_line, "dY * (Y**2 - 1)", "sign"),
    (activations.tanh_line, "1 - Y_ij^2", "the factor ∂L/∂Y_ij is missing"),
    (activations.tanh_line, "dY * (1 - X**2)", "Y belongs where X stands"),
    (softmax.repair, (OUTSIDE + BRACKET % "e^{X_{mn}}",) * 2, "Line 6: "),
    (softmax.repair, ("sum_n dL/dY_in Y_in (delta_jn - Y_ij)",) * 2, "that is line 8 already"),
    (softmax.repair, (OUTSIDE + BRACKET % "", "..."), "Line 7 is still blank"),
    (cross_entropy.repair, "Y - T", "S = "),
    (cross_entropy.repair, "(T - Y) / S", "sign"),
    (cross_entropy.repair, "(Y_in - T_in) / S", "index n is still free"),
]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_solution_as_text_is_right(exercise, answer):
    mark = exercise.mark(answer)
    assert mark.right, mark


@pytest.mark.parametrize(("exercise", "answer", "said"), WRONG)
def test_a_mistake_as_text_is_named(exercise, answer, said):
    mark = exercise.mark(answer)
    assert mark.right is False
    assert said in mark.reason, mark.reason


@pytest.mark.parametrize("exercise", {id(e): e for e, _ in RIGHT}.values(), ids=lambda e: e.number)
@pytest.mark.parametrize("blank", ["", "...", "…", ("...", "")])
def test_blank_text_is_not_attempted(exercise, blank):
    assert exercise.mark(blank).right is None
