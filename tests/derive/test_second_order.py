"""Second derivatives: the paths of a chain rule, Hessians with symbolic sizes, and formulas that leave a term out."""

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.compare import check, check_line, numpy_function
from helpers.compare.functions import unknown_function
from helpers.compare.meaning import random_numbers
from helpers.derive import (
    Chain,
    Definition,
    L,
    Partial,
    elementwise,
    formulas,
    gradient,
    hessian,
    hessian_vector_product,
    indices,
    latex,
    numbers,
    sizes,
    tensor,
)
from helpers.derive.formulas.two_path_graph import (
    applied_twice,
    counterexample,
    known,
    missing_terms,
    second_derivative,
    trial,
    trials,
    two_paths,
)
from helpers.derive.rules import chain_rule, itself, rule, sum_over_paths, symmetry
from helpers.derive.source import einsum_source
from helpers.exercises.machine.counterexample import judge_counterexample
from helpers.exercises.machine.sentences import answer_said
from helpers.judge import mark

S, N, M = sizes("S N M")
(m, i, k), (n, j, l) = indices("m i k", S), indices("n j l", N)
K = sp.Idx("k", N)  # the letter k again, over another size
X, Y, V = tensor("X", S, N), tensor("Y", S, N), tensor("V", S, N)
x, y, z = numbers("x y z")
f, g, h = elementwise("f(y, z)"), elementwise("g"), elementwise("h")
F, G, H = f(y, z), g(x), h(x)

FORMS = [
    (formulas.two_paths, "dx", r"f_{y} g'\left(x\right) + f_{z} h'\left(x\right)"),
    (
        formulas.two_paths,
        "dx2",
        r"f_{yy} g'\left(x\right)^{2} + 2 f_{yz} g'\left(x\right) h'\left(x\right) + f_{zz} h'\left(x\right)^{2}"
        r" + f_{y} g''\left(x\right) + f_{z} h''\left(x\right)",
    ),
    (formulas.logistic_regression, "dw", r"\frac{1}{S} \sum_{s} X_{si} \left(p_{s} - t_{s}\right)"),
    (
        formulas.logistic_regression,
        "dw2",
        r"\frac{1}{S} \sum_{s} X_{si} X_{sj} p_{s} \left(1 - p_{s}\right)",
    ),
    (
        formulas.softmax_cross_entropy,
        "dX2",
        r"\frac{1}{S} Y_{ij} \delta_{ik} \left(\delta_{jl} - Y_{il}\right)",
    ),
    (
        formulas.softmax_cross_entropy,
        "dX2 V",
        r"\frac{1}{S} Y_{ij} \left(V_{ij} - \sum_{l} V_{il} Y_{il}\right)",
    ),
    (
        lambda: formulas.softmax_cross_entropy(()),
        "dX2",
        r"\frac{1}{S} Y_{ij} \delta_{ik} \left(\delta_{jl} - Y_{il}\right) \sum_{n} T_{in}",
    ),
]


@pytest.mark.parametrize(("formula", "name", "form"), FORMS, ids=lambda v: getattr(v, "__name__", str(v)))
def test_the_compact_form_of_a_textbook(formula, name, form):
    derivation = formula()[name]
    assert latex(derivation.result, derivation.left.x.indices) == form


def test_the_rules_of_1b_stand_in_their_order():
    titles = list(dict.fromkeys(line.rule.title for line in two_paths()["dx2"].lines))
    shown = [
        "insert dx",
        "product rule",
        "chain rule, the sum over the paths",
        "symmetry of the mixed derivatives",
    ]
    assert [title for title in titles if title in shown] == shown


D = Partial
RULES = [
    (sum_over_paths, D(F, x), F.at(0) * D(y, x) + F.at(1) * D(z, x)),
    (sum_over_paths, D(F.at(1), x), F.at(1, 0) * D(y, x) + F.at(1, 1) * D(z, x)),
    (chain_rule, D(F, x), D(F, x)),
    (chain_rule, D(G.at(0), x), G.at(0, 0) * D(x, x)),
    (symmetry, F.at(1, 0) + F.at(0, 1), 2 * F.at(0, 1)),
    (symmetry, F.at(1, 0, 1), F.at(0, 1, 1)),
    (itself, D(x, x) + D(y, x), 1 + D(y, x)),
]


@pytest.mark.parametrize(("rule", "before", "after"), RULES, ids=lambda v: getattr(v, "title", ""))
def test_each_rule_is_its_identity(rule, before, after):
    assert rule(before, Chain((Definition(y, G), Definition(z, H), Definition(L, F)))) == after


@pytest.mark.parametrize("slots", [(0,), (1,), (0, 0), (0, 1), (1, 0), (1, 1), (0, 1, 1)])
def test_the_derivatives_of_an_unknown_function_are_those_of_autograd(slots):
    at = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.3, -0.8)]
    value = unknown_function(F)(*at)
    for slot in slots:
        (value,) = torch.autograd.grad(value, at[slot], create_graph=True)
    torch.testing.assert_close(unknown_function(F.at(*slots))(*at), value)


@rule("one path", walk=lambda e, identity: identity(e))
def one_path(e):
    """f_y g', without f_z h'"""
    return sp.Add(*[t for t in e.args if not t.has(F.at(1), F.at(0, 1))])


@pytest.mark.parametrize("name", ["dx", "dx2"])
def test_a_path_that_is_lost_is_refused(name):
    derivation = two_paths()[name].then(one_path)
    assert not check_line(derivation, derivation.result)
    with pytest.raises(AssertionError, match="one path"):
        check(derivation)


# Hessians


def cross_entropy_of(T):
    return lambda X: -(T * X.log_softmax(1)).sum(1).mean()


def logistic_of(X, t):
    return lambda w: torch.nn.functional.binary_cross_entropy_with_logits(X @ w, t)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("facts", [None, ()], ids=["rows of T sum to 1", "any T"])
def test_the_hessian_of_softmax_cross_entropy_is_that_of_torch(seed, facts):
    formula = formulas.softmax_cross_entropy() if facts is None else formulas.softmax_cross_entropy(())
    chain = formula["dX2 V"].chain
    numbers = random_numbers(chain, formula.facts, seed)
    values = {str(tensor): numbers.array(tensor) for tensor in chain.tensors - {L}}
    loss = cross_entropy_of(values["T"])
    arrays = {name: a.numpy() for name, a in values.items()}
    expected = torch.func.hessian(loss)(values["X"]).numpy()
    found = numpy_function(formula["dX2"])(**arrays)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)
    product = numpy_function(formula["dX2 V"])(**arrays)
    np.testing.assert_allclose(
        product, np.einsum("ijkl,kl->ij", expected, arrays["V"]), rtol=1e-10, atol=1e-14
    )
    gradient = torch.func.grad(loss)
    _, pushed = torch.func.jvp(gradient, (values["X"],), (values["V"],))
    np.testing.assert_allclose(product, pushed.numpy(), rtol=1e-10, atol=1e-14)
    if facts is None:
        square = found.reshape(arrays["X"].size, -1)
        assert np.linalg.eigvalsh(square).min() > -1e-15  # positive semidefinite
        ones = np.ones_like(arrays["X"])
        np.testing.assert_allclose(numpy_function(formula["dX2 V"])(**arrays | {"V": ones}), 0, atol=1e-15)


@pytest.mark.parametrize("seed", range(3))
def test_logistic_regression_is_that_of_torch(seed):
    formula = formulas.logistic_regression()
    chain = formula["dw"].chain
    numbers = random_numbers(chain, seed=seed)
    X, p, t, w, _ = (numbers.array(tensor) for tensor in sorted(chain.tensors - {L}, key=str))
    loss, arrays = logistic_of(X, t), {"X": X.numpy(), "p": p.numpy(), "t": t.numpy()}
    for name, expected in (("dw", torch.func.grad(loss)(w)), ("dw2", torch.func.hessian(loss)(w))):
        derivation = formula[name]
        for source in (None, einsum_source):
            found = numpy_function(derivation, source=source) if source else numpy_function(derivation)
            np.testing.assert_allclose(found(**arrays), expected.numpy(), rtol=1e-10, atol=1e-14)
    assert np.linalg.eigvalsh(numpy_function(formula["dw2"])(**arrays)).min() > -1e-15


def test_the_matrix_form_of_the_logistic_hessian():
    assert str(formulas.logistic_regression()["dw2"].matrix) == (
        r"\frac{\partial^{2} L}{\partial \mathbf{w} \partial \mathbf{w}^T} = \frac{1}{S} \mathbf{X}^T "
        r"\operatorname{diag}\left(\mathbf{p} \circ \left(\mathbf{1} - \mathbf{p}\right)\right) \mathbf{X}"
    )


READERS = {
    "quadratic": (Definition(L, sp.Sum(X[m, n] ** 2 * V[m, n], m, n)), X, None),
    "cubic": (Definition(L, sp.Sum(sp.Sum(X[m, n], n) ** 3, m)), X, None),
    "taken letters": (Definition(L, sp.Sum(sp.Sum(X[m, K], K) ** 3, m)), X[i, j], X[k, l]),
    "unknown": ((Definition(Y[m, n], h(X[m, n])), Definition(L, sp.Sum(Y[m, n] ** 2, m, n))), X, None),
    "of two": ((Definition(Y[m, n], f(X[m, n], V[m, n])), Definition(L, sp.Sum(Y[m, n], m, n) ** 2)), X, V),
    "same letters": (Definition(L, sp.Sum(sp.Sum(sp.exp(X[i, j]) * X[i, l], l) * V[i, j], i, j)), X, None),
    "mixed block": (Definition(L, sp.Sum(sp.exp(X[m, n] * V[m, n]), m, n)), X, V),
}


@pytest.mark.parametrize("name", READERS)
def test_a_readers_own_hessian(name):
    definitions, first, second = READERS[name]
    derivation = hessian(definitions, first, second)
    assert not derivation.result.has(Partial)
    assert check(derivation).worst < 1e-12


def test_a_readers_own_hessian_vector_product():
    A = tensor("A", S, N)
    product = hessian_vector_product(hessian(*READERS["cubic"][:2]), A)
    assert product.name == "dX2 A" and product.free == (i, j)
    assert check(product).worst < 1e-12
    with pytest.raises(ValueError, match="V of the shape of X"):
        hessian_vector_product(hessian(*READERS["cubic"][:2]), tensor("A", N, S))


def test_numbers_are_written_without_an_index():
    dx = two_paths()["dx2"]
    assert latex(dx.left) == r"\frac{\partial^{2} L}{\partial x^{2}}"
    assert dx.free == () and dx.numpy.startswith("f_yy(y, z) * g_prime(x) ** 2 + 2 * f_yz(y, z)")
    with pytest.raises(TypeError, match=r"f\(y, z\) takes 2 arguments, not 1"):
        f(y)
    assert gradient(Definition(L, x**2), x).result == 2 * x


# what is left out


def test_report_d_is_told_the_term_it_left_out():
    """(1-3) as written, and f_yy g'' + f_zz h'' of (1-4), at f = y z, g = sin, h = exp, x = 0.7."""
    left_out = second_derivative(mixed=False)
    assert [latex(t) for t in missing_terms(left_out)] == [r"2 f_{yz} g'\left(x\right) h'\left(x\right)"]
    for proposed in (left_out, applied_twice()):
        report = trial(proposed, y * z, sp.sin(x), sp.exp(x), 0.7)
        assert report.differs and report.proposed == 0
        assert round(float(report.true), 3) == 3.080
        assert str(report) == "f = y*z, g = sin(x), h = exp(x), x = 0.7000: true 3.080, proposed 0"
    assert not trial(second_derivative(), y * z, sp.sin(x), sp.exp(x), 0.7).differs


MISSING = [
    (second_derivative(), []),
    (second_derivative() - F.at(0, 1) * G.at(0) * H.at(0) + F.at(1, 0) * G.at(0) * H.at(0), []),
    (second_derivative() - F.at(0, 1) * G.at(0) * H.at(0), [F.at(0, 1) * G.at(0) * H.at(0)]),
    (second_derivative() + F.at(0) * G.at(0, 0), [-F.at(0) * G.at(0, 0)]),
    (second_derivative().subs(G.at(0) ** 2, G.at(0)), [-F.at(0, 0) * G.at(0), F.at(0, 0) * G.at(0) ** 2]),
]


@pytest.mark.parametrize(("proposed", "missing"), MISSING)
def test_missing_terms_are_exact(proposed, missing):
    assert set(missing_terms(proposed)) == set(missing)


def test_a_counterexample_is_found_and_where_there_is_none():
    wrong = second_derivative(mixed=False)
    found = counterexample(wrong)
    assert (found.functions["f"], found.true, found.proposed) == (y * z, 2, 0)
    tried = list(trials(wrong))
    mixed = [t.functions["f"].diff(y, z) != 0 for t in tried]
    assert [t.differs for t in tried] == mixed and 0 < sum(mixed) < len(mixed)
    linear = [t for t in trials(applied_twice()) if not t.differs]
    assert any(t.functions["f"] == y + z and t.functions["g"] == x for t in linear)
    assert counterexample(second_derivative()) is None


coefficients = st.lists(st.integers(-3, 3), min_size=4, max_size=4)


@settings(max_examples=15, deadline=None)
@given(coefficients, coefficients, coefficients, st.fractions(-2, 2, max_denominator=5))
def test_the_derived_formula_is_right_for_every_polynomial(a, b, c, place):
    polynomial_f = a[0] * y**2 + a[1] * y * z**2 + a[2] * y**2 * z + a[3] * z**3
    polynomial_g, polynomial_h = (sum(d * x**n for n, d in enumerate(ds)) for ds in (b, c))
    at = sp.Rational(place.numerator, place.denominator)
    right = trial(second_derivative(), polynomial_f, polynomial_g, polynomial_h, at)
    assert right.true.is_Rational and right.true == right.proposed
    functions = {"f": polynomial_f, "g": sp.sympify(polynomial_g), "h": sp.sympify(polynomial_h)}
    without = trial(second_derivative(mixed=False), polynomial_f, polynomial_g, polynomial_h, at)
    lacking = known(2 * F.at(0, 1) * G.at(0) * H.at(0), functions).xreplace({x: at})
    assert without.true - without.proposed == lacking


sy, sz, sx = sp.symbols("y z x", real=True)
JUDGED = [
    (("y*z", "sin(x)", "exp(x)"), ""),
    (("y^2 z", "sin x", "e^x"), ""),
    ((r"\frac{y}{z}", "x", "x^2"), ""),
    ((sy * sz, sx, sx**2), ""),
    ((y * z, x, x**2), ""),
    (("y + z", "x", "x**2"), "f is separable"),
    (("log(y) + log(z)", "x", "x**2"), "f is separable"),
    (("log(e^y e^z)", "x", "x**2"), "f is separable"),
    (("y z", "sin(x)", "3"), "h = 3 does not change with x"),
    (("(y - z)^3", "x", "x"), "The formula is right for these, at 5 places"),
    (("(y - z)^3", "sin(x)^2", "1 - cos(x)^2"), "The formula is right for these, at 5 places"),
    (("y z", "log(-1 - x^2)", "x"), "no second derivative that is a real number"),
    (("x y", "x", "x"), "f is a function of y and z alone, and x stands in it"),
    *(
        ((f, "sin x", "e^x"), "")
        for f in ("tan(y) z", "atan(y z)", r"\arctan(y z)", "acosh(2 + y z)", "pi y z^2")
    ),
    (("tan(y) + pi z + e", "sin x", "e^x"), "separable"),
    (("q y", "x", "x"), "and q stands in it"),
    (("y z", "y", "x"), "g is a function of x alone, and y stands in it"),
    (("max(y, z)", "x", "x"), "a kink or a jump"),
    (("sin(y z", "x", "x"), "cannot be read"),
    (("__import__('os').system('true')", "x", "x"), "cannot be read"),
    (("y.__class__", "x", "x"), "cannot be read"),
    (((1, 2), "x", "x"), "of type tuple"),
]


@pytest.mark.parametrize(("functions", "said"), JUDGED, ids=lambda v: str(v)[:40])
def test_a_readers_counterexample_is_judged(functions, said):
    reason = answer_said(judge_counterexample(*functions))
    assert said in reason and bool(said) == bool(reason), reason


def test_what_a_counterexample_is_against_may_be_another_formula():
    assert judge_counterexample("y + z", "x^2", "x", applied_twice())
    assert "right for these" in answer_said(judge_counterexample("y + z", "2 x", "x", applied_twice()))


# as a reader writes it


@pytest.mark.parametrize(
    ("question", "line", "verdict"),
    [
        ("two_paths", r"\frac{\partial L}{\partial x} = yl g'(x) + zl h'(x)", "right"),
        ("two_paths", r"\frac{\partial L}{\partial x} = yl g'(x) - zl h'(x)", "wrong"),
        ("two_paths", r"d^2L/dx^2 = f_yy g'^2 + 2 f_zy g' h' + f_{zz}(y, z) (h')^2 + f_y g''(x) + f_z h''", "right"),
        ("two_paths", r"d^2L/dx^2 = f_yy g'^2 + f_zz h'^2 + f_y g'' + f_z h''", "wrong"),
        ("two_paths",
         r"\frac{\partial^2 L}{\partial y \partial z} = \frac{\partial^2 f}{\partial z \partial y}", "right"),
        ("logistic_regression", r"\frac{\partial L}{\partial w_i} = \frac{1}{S} \sum_s (p_s - t_s) X_{si}", "right"),
        ("logistic_regression", r"\frac{\partial L}{\partial w_i} = \sum_s (p_s - t_s) X_{si}", "wrong"),
        ("logistic_regression", r"\frac{\partial L}{\partial w} = \frac{1}{S} X^T (p - t)", "right"),
        ("softmax_cross_entropy",
         r"\frac{\partial^2 L}{\partial X_{ij} \partial X_{kl}} = Y_{ij} \delta_{ik} (\delta_{jl} - Y_{il}) / S",
         "right"),
        ("softmax_cross_entropy",
         r"\frac{\partial^2 L}{\partial X_{ij} \partial X_{kl}} = \frac{1}{S} Y_{ij} (\delta_{jl} - Y_{il})", "wrong"),
    ],
)  # fmt: skip
def test_a_readers_line_is_marked(question, line, verdict):
    assert [part.word for part in mark(question, line)][-1] == verdict


def test_the_missing_term_is_named():
    (_, line) = mark("two_paths", r"d^2L/dx^2 = f_yy g'^2 + f_zz h'^2 + f_y g'' + f_z h''")
    assert line.kind == "path missing" and "the term 2 ∂²L/∂y∂z ∂y/∂x ∂z/∂x is missing" in line.reason
