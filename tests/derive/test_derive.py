"""Gradients come out in the compact form of a textbook; what cannot be meant or done is refused by name."""

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import KroneckerDelta, Max, Sum, exp, log, sqrt

from helpers.compare import check
from helpers.derive import (
    Chain,
    Definition,
    Fact,
    L,
    Partial,
    backpropagate,
    elementwise,
    formulas,
    gradient,
    indices,
    jacobian,
    latex,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.formulas import activations
from helpers.derive.rewrite import same
from helpers.derive.rules import (
    chain_rule,
    common_denominator,
    common_factor,
    contract,
    definition,
    expand,
    insert,
    kronecker,
    linearity,
    merge,
    product_rule,
    pull_out,
    quotient_rule,
    recognise,
    sign,
    split,
)
from helpers.derive.rules import given as known

S, M, N = sizes("S M N")
(m, i), (n, j, k, l), (p, q) = indices("m i", S), indices("n j k l", N), indices("p q", M)
X, Y, Z, T, b = tensor("X", S, N), tensor("Y", S, N), tensor("Z", S, N), tensor("T", S, N), tensor("b", N)
A, x, y = tensor("A", N, N), tensor("x", N), tensor("y", S)
dY, dy = upstream(Y), upstream(y)
h = elementwise("h")
SOFTMAX = Definition(Y[m, n], exp(X[m, n]) / Sum(exp(X[m, k]), k))
ROWS = Fact("rows of T sum to 1", Sum(T[m, n], n), 1)


def L_(name: str) -> str:
    """∂L/∂name in LaTeX."""
    return rf"\frac{{\partial L}}{{\partial {name}}}"


TEXTBOOK = [
    (formulas.linear, "dW", rf"\sum_{{m}} {L_('Y_{mi}')} X_{{mj}}"),
    (formulas.linear, "db", rf"\sum_{{m}} {L_('Y_{mi}')}"),
    (formulas.linear, "dX", rf"\sum_{{n}} {L_('Y_{in}')} W_{{nj}}"),
    (formulas.linear_sample, "dy/dW", r"x_{k} \delta_{ij}"),
    (formulas.linear_sample, "dW", rf"{L_('y_{i}')} x_{{j}}"),
    (activations.unknown, "dX", rf"{L_('Y_{ij}')} h'\left(X_{{ij}}\right)"),
    (activations.relu, "dX", rf"{L_('Y_{ij}')} [X_{{ij}} > 0]"),
    (
        activations.leaky_relu,
        "dX",
        rf"{L_('Y_{ij}')} \begin{{cases}} 1 & X_{{ij}} > 0 \\ a & \text{{else}} \end{{cases}}",
    ),
    (
        activations.elu,
        "dX",
        rf"{L_('Y_{ij}')} \begin{{cases}} 1 & X_{{ij}} > 0 \\ \alpha e^{{X_{{ij}}}} & \text{{else}} \end{{cases}}",
    ),
    (activations.sigmoid, "dX", rf"{L_('Y_{ij}')} Y_{{ij}} \left(1 - Y_{{ij}}\right)"),
    (activations.tanh, "dX", rf"{L_('Y_{ij}')} \left(1 - Y_{{ij}}^{{2}}\right)"),
    (activations.softplus, "dX", rf"{L_('Y_{ij}')} \sigma_{{ij}}"),
    (activations.gelu, "dX", rf"{L_('Y_{ij}')} \left(\Phi_{{ij}} + X_{{ij}} \phi_{{ij}}\right)"),
    (
        activations.silu,
        "dX",
        rf"{L_('Y_{ij}')} \sigma_{{ij}} \left(1 + X_{{ij}} \left(1 - \sigma_{{ij}}\right)\right)",
    ),
    (formulas.softmax, "dY/dX", r"Y_{mn} \delta_{mi} \left(\delta_{nj} - Y_{mj}\right)"),
    (formulas.softmax, "dX", rf"Y_{{ij}} \left({L_('Y_{ij}')} - \sum_{{n}} {L_('Y_{in}')} Y_{{in}}\right)"),
    (formulas.log_softmax, "dX", rf"{L_('Y_{ij}')} - P_{{ij}} \sum_{{n}} {L_('Y_{in}')}"),
    (formulas.logsumexp, "dX", rf"{L_('y_{i}')} P_{{ij}}"),
    (formulas.cross_entropy, "dX", r"-\frac{T_{ij}}{S X_{ij}}"),
    (formulas.softmax_cross_entropy, "dX", r"\frac{Y_{ij} - T_{ij}}{S}"),
    (
        lambda: formulas.softmax_cross_entropy(()),
        "dX",
        r"\frac{1}{S} \left(Y_{ij} \sum_{n} T_{in} - T_{ij}\right)",
    ),
    (formulas.mse, "dY", r"\frac{2}{S N} \left(Y_{ij} - T_{ij}\right)"),
    (formulas.mlp, "dY2", r"\frac{P_{ij} - T_{ij}}{S}"),
    (formulas.mlp, "dY1", rf"{L_('H_{ij}')} h'\left(Y^{{(1)}}_{{ij}}\right)"),
    (formulas.mlp, "dW1", rf"\sum_{{m}} {L_('Y^{(1)}_{mi}')} X_{{mj}}"),
]


@pytest.mark.parametrize(("formula", "name", "form"), TEXTBOOK, ids=lambda v: getattr(v, "__name__", str(v)))
def test_the_compact_form_of_a_textbook(formula, name, form):
    assert latex(formula()[name].result, indices("i j", S)) == form


READERS = {
    "rows normalised": (Definition(Y[m, n], X[m, n] / Sum(X[m, k], k)), X),
    "quadratic form": (Definition(L, Sum(x[n] * A[n, k] * x[k], n, k)), x),
    "bilinear form": (Definition(y[m], Sum(X[m, n] * A[n, k] * T[m, k], n, k)), X),
    "bilinear form, weights": (Definition(y[m], Sum(X[m, n] * A[n, k] * T[m, k], n, k)), A),
    "length of a row": (Definition(y[m], sqrt(Sum(X[m, n] ** 2, n))), X),
    "two functions": (Definition(Y[m, n], h(X[m, n]) * log(1 + exp(X[m, n])) / (1 + X[m, n] ** 2)), X),
    "power": (Definition(Y[m, n], exp(X[m, n]) ** X[m, n]), X),
    "sum of squares of sums": (Definition(L, Sum(Sum(X[m, n] * x[n], n) ** 2, m)), x),
    "largest of two": (Definition(Y[m, n], Max(X[m, n], T[m, n])), X),
    "broadcast": (Definition(Y[m, n], b[n], broadcast=(m,)), b),
    "a shift of the row": (Definition(Y[m, n], X[m, n] - Sum(X[m, k], k) / N), X),
    "centred softmax": ((SOFTMAX, Definition(Z[m, n], Y[m, n] - Sum(Y[m, k], k) / N)), X),
    "one letter summed twice": (
        (Definition(Y[m, n], Sum(A[n, k] * X[m, k], k)), Definition(y[m], Sum(Y[m, k] ** 2, k))),
        X,
    ),
    "second use": ((SOFTMAX, Definition(Z[m, n], Y[m, n] * X[m, n])), X),
}


@pytest.mark.parametrize("name", READERS)
def test_a_readers_own_definition(name):
    """Derived to the end, no derivative left, no delta left under a sum, every line right."""
    definitions, variable = READERS[name]
    derivation = gradient(definitions, variable)
    assert not derivation.result.has(Partial)
    assert not any(s.function.has(KroneckerDelta) for s in derivation.result.atoms(Sum))
    assert check(derivation).worst < 1e-12


def test_rows_normalised_are_recognised():
    result = gradient(*READERS["rows normalised"]).result
    assert same(result, (dY[i, j] - Sum(dY[i, n] * Y[i, n], n)) / Sum(X[i, k], k))


@settings(max_examples=5, deadline=None)
@given(st.permutations("ijklmnpqrs"))
def test_no_choice_of_letters_captures_an_index(letters):
    """Whatever letters a reader uses, those that the engine would choose itself among them, every line stays right."""
    (a, e), (c, f, d, g), (u, v) = (
        indices(" ".join(letters[:2]), S),
        indices(" ".join(letters[2:6]), N),
        indices(" ".join(letters[6:8]), M),
    )
    X_, W_ = tensor("X", S, M), tensor("W", N, M)
    linear = Definition(Y[a, c], Sum(X_[a, u] * W_[c, u], u))
    softmax = Definition(Z[a, c], exp(Y[a, c]) / Sum(exp(Y[a, d]), d))
    for definitions, entry in [
        (linear, W_[f, v]),
        (linear, W_[c, u]),
        ((linear, softmax), X_[e, v]),
        (linear, X_),
    ]:
        assert check(gradient(definitions, entry)).worst < 1e-12
    assert check(jacobian(softmax, Y[e, g])).worst < 1e-12
    assert check(jacobian(softmax, Y[a, d])).worst < 1e-12


D = Partial
RULES = [
    (definition, D(Y[m, n], X[i, j]), D(exp(X[m, n]) / Sum(exp(X[m, k]), k), X[i, j])),
    (linearity, D(2 * X[m, n] + Sum(T[m, k] * X[m, k], k), X[i, j]),
     2 * D(X[m, n], X[i, j]) + Sum(T[m, k] * D(X[m, k], X[i, j]), k)),
    (linearity, D(T[m, n], X[i, j]), 0),
    (linearity, D(Sum(X[m, j], j), X[i, j]), Sum(D(X[m, k], X[i, j]), k)),
    (product_rule, D(X[m, n] * X[m, k], X[i, j]), D(X[m, n], X[i, j]) * X[m, k] + X[m, n] * D(X[m, k], X[i, j])),
    (quotient_rule, D(X[m, n] / X[m, k], X[i, j]),
     (X[m, k] * D(X[m, n], X[i, j]) - X[m, n] * D(X[m, k], X[i, j])) / X[m, k] ** 2),
    (chain_rule, D(exp(X[m, n]), X[i, j]), exp(X[m, n]) * D(X[m, n], X[i, j])),
    (chain_rule, D(h(X[m, n]), X[i, j]), h(X[m, n]).derivative() * D(X[m, n], X[i, j])),
    (chain_rule, D((X[m, n] + 1) ** 2, X[i, j]), sp.Mul(2, X[m, n] + 1, D(X[m, n] + 1, X[i, j]))),
    (chain_rule, D(Max(0, X[m, n]), X[i, j]), sp.Heaviside(X[m, n], 0) * D(X[m, n], X[i, j])),
    (kronecker, D(X[m, n], X[i, j]), KroneckerDelta(m, i) * KroneckerDelta(n, j)),
    (contract, Sum(X[m, k] * KroneckerDelta(k, j), k), X[m, j]),
    (contract, Sum(KroneckerDelta(k, j) * Sum(A[k, l] * X[m, l], l), k), Sum(A[j, l] * X[m, l], l)),
    (contract, Sum(KroneckerDelta(n, j) * Sum(A[n, j], j), n), Sum(A[j, k], k)),
    (split, Sum(X[m, k] + T[m, k], k), Sum(X[m, k], k) + Sum(T[m, k], k)),
    (pull_out, Sum(b[n] * X[m, k], k), b[n] * Sum(X[m, k], k)),
    (pull_out, Sum(b[n], k), N * b[n]),
    (merge, Sum(b[n] * Sum(A[n, k], k), n), Sum(b[n] * A[n, k], n, k)),
    (expand, b[n] * (b[k] + 1), b[n] * b[k] + b[n]),
    (common_factor, b[n] * b[k] + b[n], b[n] * (b[k] + 1)),
    (common_factor, b[n] - b[n] ** 2, b[n] * (1 - b[n])),
    (common_factor, X[m, n] / S - T[m, n] / S, (X[m, n] - T[m, n]) / S),
    (common_denominator, b[n] / b[k] + 1, (b[n] + b[k]) / b[k]),
    (sign, -(T[m, n] - X[m, n]) / S, (X[m, n] - T[m, n]) / S),
    (recognise(SOFTMAX), exp(X[i, j]) * exp(X[i, n]) / Sum(exp(X[i, l]), l) ** 2, Y[i, j] * Y[i, n]),
    (recognise(Definition(Y[m, n], 1 / (1 + exp(-X[m, n])))),
     exp(-X[i, j]) / (1 + exp(-X[i, j])) ** 2, Y[i, j] - Y[i, j] ** 2),
    (known(ROWS), b[n] * Sum(T[i, k], k), b[n]),
    (known(ROWS), Sum(T[m, n], m), Sum(T[m, n], m)),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "before", "after"), RULES, ids=lambda v: getattr(v, "title", ""))
def test_each_rule_is_its_identity(rule, before, after):
    assert same(sp.sympify(rule(before, Chain(SOFTMAX))), sp.sympify(after))


REFUSED = [
    (lambda: Definition(Y[m, n], X[m, n] * b[k]), r"index k is free in b\[k\], but Y\[m, n\] has no k"),
    (lambda: Definition(Y[m, n], X[n, m]), r"index n in X\[n, m\] runs over N, but axis 0 of X has size S"),
    (lambda: Definition(Y[n, m], X[m, n]), r"index n in Y\[n, m\] runs over N, but axis 0 of Y has size S"),
    (lambda: X[m], r"X\[m\] has 1 index, but X of shape \(S, N\) needs 2"),
    (lambda: b[n, m], r"b\[n, m\] has 2 indices, but b of shape \(N\) needs 1"),
    (lambda: Definition(Y[m, n], b[n]), r"index m of Y\[m, n\] does not occur on the right"),
    (lambda: Definition(Y[m, n], Sum(X[m, n], n)), r"index n is summed in .*, but n has a meaning outside"),
    (lambda: Definition(y[m], Sum(X[m, k] * Sum(A[k, n], k, n), k)), r"index k is summed in .*A\[k, n\]"),
    (lambda: Definition(A[n, n], X[m, n]), r"n in A\[n, n\]: .* a different letter for each axis"),
    (lambda: Definition(Y[m, n], Y[m, n] + 1), "Y is defined in terms of itself"),
    (lambda: Definition(Y[m, n], X[m, n] * tensor("N", S)[m]), "N stands for two things: a size"),
    (lambda: Definition(Y[m, n], X[m, n] * tensor("X", S)[m]), "X stands for two things"),
    (lambda: Definition(Y[m, n], X[m, n] * sp.Symbol("m")), "m stands for two things: an index over S"),
    (lambda: Definition(Y[m, n], X[m, sp.Symbol("t")]), r"unknown index t in X\[m, t\]"),
    (lambda: Definition(Y[m, n], X[m, sp.Idx("t")]), r"index t in X\[m, t\] has no size"),
    (lambda: Definition(Y[m, n], sp.IndexedBase("Q")[m, n]), "Q has no shape"),
    (lambda: Definition(Y, X), "the left side is Y: an entry such as"),
    (lambda: Definition(Y[m, n], "X[m, n]"), "not as text"),
    (lambda: Chain([Definition(Y[m, n], 2 * T[m, n]), Definition(T[m, n], 2 * X[m, n])]), "T stands in .*before"),
    (lambda: Chain([Definition(Y[m, n], 2 * T[m, n]), Definition(Y[m, n], 2 * X[m, n])]), "Y is defined twice"),
    (lambda: gradient(SOFTMAX, tensor("W", S, N)), "W is not defined: the definitions speak of X, Y"),
    (lambda: gradient(SOFTMAX, X[n, m]), r"index n in X\[n, m\] runs over N"),
    (lambda: gradient(Definition(L, Sum(A[n, k], n, k)), A[n, n]), r"A\[n, n\] repeats a letter"),
    (lambda: jacobian(Definition(L, Sum(X[m, n], m, n)), X), "the loss has a gradient"),
    (lambda: gradient(Definition(Y[m, n], sp.Function("u")(X[m, n])), X), "write u by its formula, or u ="),
    (lambda: gradient(Definition(Y[m, n], X[m, n] ** X[m, n]), X), "X in its exponent"),
    (lambda: linearity(D(dY[m, n] * X[m, n], X[i, j])), "dY stands under ∂/∂X"),
    (lambda: Fact("nonsense", Sum(X[n, m], n), 1), "runs over N, but axis 0 of X has size S"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "said"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_what_cannot_be_meant_is_refused_by_its_letter(act, said):
    with pytest.raises((ValueError, TypeError, IndexError, NotImplementedError), match=said):
        act()


DIAMOND = (
    Definition(Y[m, n], X[m, n] ** 2),
    Definition(Z[m, n], exp(X[m, n])),
    Definition(L, Sum(Y[m, n] * Z[m, n], m, n)),
)


def test_a_diamond_adds_its_paths():
    derivations = backpropagate(DIAMOND, Y, Z, X)
    assert [check(d).worst < 1e-12 for d in derivations.values()] == [True] * 3
    assert derivations["dX"].result == 2 * X[i, j] * dY[i, j] + Z[i, j] * upstream(Z)[i, j]


def test_a_net_at_once_equals_the_net_layer_by_layer():
    formula = formulas.mlp()
    W1 = formula["dW1"].left.x.base
    assert check(gradient(formula.definitions, W1, facts=formula.facts)).worst < 1e-12
    dW2 = formula["dW2"].then(insert(formula["dY2"]), pull_out)
    H, P, T_ = (next(t for t in dW2.chain.tensors if str(t) == name) for name in "HPT")
    a, c = dW2.left.x.indices
    assert same(dW2.result, Sum((P[m, a] - T_[m, a]) * H[m, c], m) / S)
    assert check(dW2).worst < 1e-12


def test_a_notebook_steers_the_order():
    derivation = jacobian(SOFTMAX, X)
    del derivation.lines[:]
    derivation.then(definition, quotient_rule).until_done(linearity, chain_rule).then(kronecker, contract)
    assert [line.rule.title for line in derivation.lines][:2] == ["definition", "quotient rule"]
    assert not derivation.checked
    assert check(derivation).worst < 1e-12
    assert derivation.checked


def test_a_line_says_whether_it_is_checked():
    derivation = gradient(SOFTMAX, X)
    shown = derivation._repr_latex_()
    assert shown.count("not checked") == len(derivation.lines)
    assert "✓" not in shown
    check(derivation)
    shown = derivation._repr_latex_()
    assert shown.count("✓") == len(derivation.lines)
    assert "not checked" not in shown
    derivation.then(expand)
    assert derivation._repr_latex_().count("not checked") == 1


def test_lines_are_shown_step_by_step_terse_and_full():
    derivation = gradient(SOFTMAX, X)
    full, terse = derivation.full._repr_latex_(), derivation.terse._repr_latex_()
    assert full.count("&=") == len(derivation.lines) > terse.count("&=") > 3
    assert terse.splitlines()[-3].split("&&")[0] == full.splitlines()[-3].split("&&")[0]
    assert derivation.steps(3)._repr_latex_().count("&=") == 3
    assert "which rule?" in derivation.steps(3, rules=False)._repr_latex_()
    for shown in (full, terse):
        assert shown.startswith("$$\n\\begin{aligned}") and shown.endswith("\\end{aligned}\n$$")
        assert shown.count("{") == shown.count("}") and shown.count(r"\left") == shown.count(r"\right")


def test_the_same_definition_gives_the_same_lines():
    assert repr(gradient(SOFTMAX, X).full) == repr(gradient(SOFTMAX, X).full)


def test_a_whole_tensor_is_refused_where_an_entry_is_meant():
    (N,) = sizes("N")
    (n,) = indices("n", N)
    x, y = tensor("x", N), tensor("y", N)
    with pytest.raises(TypeError, match="not iterable"):
        sum(x)
    with pytest.raises(ValueError, match=r"x stands in .* without indices: write its entry x\[i\]"):
        Definition(y[n], x[n] / x)


def test_a_row_sum_is_no_column_sum():
    """Two sums are the same where they differ by their letters alone, nested ones too."""
    k, l, a, b = indices("k l a b", N)
    A, f = tensor("A", N, N), elementwise("f")
    rows = Sum(f(Sum(A[k, l], l)), k)
    assert same(rows, Sum(f(Sum(A[a, b], b)), a))
    assert not same(rows, Sum(f(Sum(A[l, k], l)), k))
    difference = gradient(Definition(L, rows - Sum(f(Sum(A[l, k], l)), k)), A)
    assert check(difference).worst < 1e-10 and difference.result != 0
