"""Normalisation and dropout: compact forms, every line right, the last lines as NumPy beside torch's own."""

import numpy as np
import pytest
import torch
from sympy import Sum
from torch.nn import functional as F

from helpers.compare import check, check_line, numpy_function, torch_gradients
from helpers.derive import Definition, Line, einsum_source, formulas, gradient, jacobian, latex
from helpers.derive.card import formula_of
from helpers.derive.formulas.batch_normalisation import (
    STATISTICS,
    X,
    Xhat,
    Y,
    beta,
    gamma,
    m,
    mu,
    n,
    sigma,
    v,
)
from helpers.derive.rewrite import same
from tests.corpus.slips import slips

EPS = 0.3  # large, or nobody would see where it is forgotten


def made(name):
    """A formula by its name, derived once."""
    return formula_of(getattr(formulas, name))


def L_(name: str) -> str:
    """∂L/∂name in LaTeX."""
    return rf"\frac{{\partial L}}{{\partial {name}}}"


def compact(front: str, count: str, dY: str, Xhat: str, letters: str, at: str, summed: str) -> str:
    """front (count dY − Σ dY − X̂ Σ dY X̂)"""
    dY_at, dY_summed = L_(f"{dY}_{{{at}}}"), L_(f"{dY}_{{{summed}}}")
    total = rf"\sum_{{{letters}}} {dY_summed}"
    return rf"{front} \left({count} {dY_at} - {total} - {Xhat}_{{{at}}} {total} {Xhat}_{{{summed}}}\right)"


HAT = r"\hat{X}"
BATCH = compact(r"\frac{\gamma_{j}}{S \sigma_{j}}", "S", "Y", HAT, "m", "ij", "mj")
TEXTBOOK = [
    ("batch_norm", "dmu/dX", r"\frac{1}{S} \delta_{nj}"),
    ("batch_norm", "dv/dX", r"\frac{2}{S} \delta_{nj} \left(X_{in} - \mu_{n}\right)"),
    ("batch_norm", "dv/dmu", "0"),
    ("batch_norm", "dsigma/dX", rf"\frac{{1}}{{S}} {HAT}_{{in}} \delta_{{nj}}"),
    (
        "batch_norm",
        "dXhat/dX",
        rf"\frac{{S \delta_{{mi}} - 1 - {HAT}_{{in}} {HAT}_{{mn}}}}{{S \sigma_{{n}}}} \delta_{{nj}}",
    ),
    ("batch_norm", "dX", BATCH),
    ("batch_norm", "dgamma", rf"\sum_{{m}} {L_('Y_{mi}')} {HAT}_{{mi}}"),
    ("batch_norm", "dbeta", rf"\sum_{{m}} {L_('Y_{mi}')}"),
    ("batch_norm_inline", "dX", BATCH),
    ("layer_norm", "dXhat", rf"{L_('Y_{ij}')} \gamma_{{j}}"),
    ("layer_norm", "dX", compact(r"\frac{1}{N \sigma_{i}}", "N", HAT, HAT, "n", "ij", "in")),
    (
        "layer_norm_sample",
        "dxhat/dx",
        r"\frac{N \delta_{ni} - 1 - \hat{x}_{i} \hat{x}_{n}}{N \sigma}",
    ),
    ("layer_norm_sample", "J 1", "0"),
    ("layer_norm_sample", "J xhat", r"\frac{\epsilon \hat{x}_{i}}{\sigma^{3}}"),
    ("group_norm", "dX", compact(r"\frac{1}{C P \sigma_{ij}}", "C P", HAT, HAT, "c,p", "ijkl", "ijcp")),
    ("group_norm", "dgamma", rf"\sum_{{s,p}} {L_('Y_{sijp}')} {HAT}_{{sijp}}"),
    ("dropout", "dX", rf"\frac{{{L_('Y_{ij}')} R_{{ij}}}}{{1 - p}}"),
]


@pytest.mark.parametrize(("name", "derivation", "form"), TEXTBOOK)
def test_the_compact_form_of_a_textbook(name, derivation, form):
    d = made(name)[derivation]
    assert latex(d.result, d.last) == form


def statistics(X, axis):
    """μ, v, σ and X̂ over these axes, which stay as axes of size 1."""
    mu, v = X.mean(axis, keepdims=True), X.var(axis, keepdims=True)
    sigma = np.sqrt(v + EPS)
    return mu, v, sigma, (X - mu) / sigma


def inputs(*shape, affine):
    rng = np.random.default_rng(1)
    X, dY = 3 + 2 * rng.normal(size=shape), rng.normal(size=shape)
    return X, dY, rng.normal(size=affine), rng.normal(size=affine)


def equal(made, torch_grads):
    for name, value in made.items():
        np.testing.assert_allclose(value, torch_grads[name], rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", ["batch_norm", "batch_norm_inline"])
def test_batch_norm_beside_torch(name):
    X, dY, gamma, beta = inputs(5, 3, affine=3)
    *_, sigma, Xhat = statistics(X, 0)
    _, grads = torch_gradients(
        lambda X, gamma, beta: F.batch_norm(X, None, None, gamma, beta, True, eps=EPS),
        {"X": X, "gamma": gamma, "beta": beta},
        dY,
    )
    known = {"dY": dY, "gamma": gamma, "sigma": sigma[0], "Xhat": Xhat}
    formula = made(name)
    equal({x: numpy_function(formula[x])(**known) for x in grads if x in formula.derivations}, grads)
    assert numpy_function(formula["dX"]).source == (
        "(S * dY - dY.sum(0) - Xhat * (dY * Xhat).sum(0)) * gamma / (S * sigma)"
    )


def test_layer_norm_and_rms_norm_beside_torch():
    X, dY, gamma, beta = inputs(5, 3, affine=3)
    *_, sigma, Xhat = statistics(X, 1)
    leaves = {"X": X, "gamma": gamma, "beta": beta}
    _, grads = torch_gradients(lambda X, gamma, beta: F.layer_norm(X, (3,), gamma, beta, eps=EPS), leaves, dY)
    layer = made("layer_norm")
    dXhat = numpy_function(layer["dXhat"])(dY=dY, gamma=gamma)
    known = {"dY": dY, "dXhat": dXhat, "gamma": gamma, "sigma": sigma[:, 0], "Xhat": Xhat}
    for way in ("dX", "dX from dY"):
        equal({"dX": numpy_function(layer[way])(**known)}, grads)
    equal({x: numpy_function(layer[x])(**known) for x in ("dgamma", "dbeta")}, grads)
    assert layer["dX"].numpy == (
        "(N * dXhat - dXhat.sum(1, keepdims=True) - Xhat * (dXhat * Xhat).sum(1, keepdims=True))"
        " / (N * sigma[:, None])"
    )

    _, grads = torch_gradients(
        lambda X, gamma: F.rms_norm(X, (3,), gamma, eps=EPS), {"X": X, "gamma": gamma}, dY
    )
    rms = np.sqrt((X**2).mean(1) + EPS)
    known = {"dY": dY, "dXhat": dY * gamma, "gamma": gamma, "rms": rms, "Xhat": X / rms[:, None]}
    for way in ("dX", "dX from dY"):
        equal({"dX": numpy_function(made("rms_norm")[way])(**known)}, grads)
    equal({"dgamma": numpy_function(made("rms_norm")["dgamma"])(**known)}, grads)


@pytest.mark.parametrize("source", [None, einsum_source])
def test_group_norm_beside_torch(source):
    S, G, C, P = 4, 3, 2, 5
    X, dY, gamma, beta = inputs(S, G, C, P, affine=(G, C))
    *_, sigma, Xhat = statistics(X, (2, 3))

    def group_norm(X, gamma, beta):
        Y = F.group_norm(X.reshape(S, G * C, P), G, gamma.flatten(), beta.flatten(), eps=EPS)
        return Y.reshape(S, G, C, P)

    _, grads = torch_gradients(group_norm, {"X": X, "gamma": gamma, "beta": beta}, dY)
    group, option = made("group_norm"), {"source": source} if source else {}
    known = {"dY": dY, "gamma": gamma, "sigma": sigma[:, :, 0, 0], "Xhat": Xhat}
    known["dXhat"] = numpy_function(group["dXhat"], **option)(**known)
    equal({x: numpy_function(group[x], **option)(**known) for x in grads}, grads)


def test_dropout_beside_torch():
    torch.manual_seed(0)
    X, dY, *_ = inputs(50, 7, affine=1)
    x = torch.tensor(X, requires_grad=True)
    y = F.dropout(x, 0.3)
    y.backward(torch.tensor(dY))
    R = (y != 0).double().numpy()
    assert 0.2 < 1 - R.mean() < 0.4
    equal({"dX": numpy_function(made("dropout")["dX"])(dY=dY, R=R, p=0.3)}, {"dX": x.grad})


def test_the_path_that_vanishes_has_a_line_of_its_own():
    """Through v the mean adds nothing: Σ (X − μ) stands in a line, and then 0, by an identity that is derived."""
    dv = made("batch_norm")["dv/dX"]
    deviations = Sum(X[m, n] - mu[n], m)
    assert dv.lines[-2].expression.has(deviations) and not dv.lines[-1].expression.has(Sum)
    assert dv.lines[-1].rule.title == "deviations from the mean sum to 0"
    assert dv.lines[-1].rule.tex == rf"{latex(deviations)} = 0"
    dv_dmu = made("batch_norm")["dv/dmu"]
    assert dv_dmu.lines[-2].expression.has(deviations) and dv_dmu.result == 0
    assert [line.rule.title for line in made("batch_norm")["sum X - mu"].lines] == [
        "split the sum",
        "pull out of the sum",
        "recognise mu",
    ]


def test_a_row_of_dX_is_orthogonal_to_1_and_but_for_epsilon_to_Xhat():
    layer = made("layer_norm")
    assert layer["sum dX"].result == layer["sum Xhat"].result == 0
    assert layer["sum Xhat**2"].numpy == "N * v / (v + epsilon)"
    assert layer["sum dX Xhat"].numpy == "epsilon * (dXhat * Xhat).sum(1) / sigma**3"
    (eps,) = (s for s in layer["sum dX Xhat"].result.free_symbols if str(s) == "epsilon")
    assert layer["sum dX Xhat"].result.subs(eps, 0) == 0


def test_a_wrong_identity_is_refused():
    squares = formulas.layer_norm()["sum Xhat**2"]
    squares.lines[-1] = Line(squares.lines[-1].rule, squares.free[0].upper + squares.result)
    with pytest.raises(AssertionError, match=r"the squares of Xhat .*, line 4 \(definition of sigma\)"):
        check(squares)


@pytest.mark.parametrize("name", ["batch_norm", "layer_norm"])
def test_slips_in_the_last_line_are_seen(name):
    dX = made(name)["dX"]
    wrong = [slip.line for slip in slips(dX.result, dX.free)]
    assert len(wrong) > 10
    assert not any(check_line(dX, e) for e in wrong)


def test_a_reader_finds_the_compact_form_without_lemmas():
    """The engine makes its own lemmas for the definitions alone, and X̂ may be left out."""
    definitions = *STATISTICS, Definition(Y[m, n], gamma[n] * Xhat[m, n] + beta[n])
    assert same(gradient(definitions, X).result, made("batch_norm")["dX"].result)
    centred = Definition(Y[m, n], (X[m, n] - mu[n]) / sigma[n])
    derivation = gradient((*STATISTICS[:3], centred), X)
    assert check(derivation).worst < 1e-12
    assert {e.base for e in derivation.result.atoms(type(X[m, n]))} >= {Y, sigma}
    assert jacobian(definitions, X, v).result == made("batch_norm")["dv/dX"].result


def test_the_inline_derivation_can_be_read():
    """Few steps, and no line as long as one that writes every root out."""
    J, dX = (made("batch_norm_inline")[name] for name in ("dY/dX", "dX"))
    for derivation in (J, dX):
        assert len(derivation.terse.groups) <= 14
        assert (
            max(len(latex(group[-1].expression, derivation.last)) for group in derivation.terse.groups) < 330
        )
