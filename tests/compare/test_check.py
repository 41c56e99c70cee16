"""Every line of every formula is checked; lines that are wrong are refused, and the reason is named."""

import re
from collections import Counter
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import sympy as sp
import torch
from sympy import KroneckerDelta, Sum
from torch.nn import functional as F

from helpers.compare import check, check_line
from helpers.compare.derivation_check import all_derivations
from helpers.compare.meaning import SIZES, random_numbers
from helpers.derive import (
    Definition,
    Fact,
    L,
    Line,
    formulas,
    gradient,
    indices,
    jacobian,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.card import formula_of
from helpers.derive.formulas import softmax
from helpers.derive.rules import rule
from helpers.sheet import SHEET
from tests.corpus.refused import FORMULAS, sample, unexplained

FIRST = {card.notebook: card.make.__name__ for card in reversed(SHEET) if card.make.__name__ in FORMULAS}
NAMES = [*dict.fromkeys(FIRST.values()), "no_fact"]
"""The first formula of each notebook, and one that no notebook has."""


def no_fact():
    """Softmax and cross-entropy with targets of which nothing is known."""
    return formulas.softmax_cross_entropy(facts=())


def made(name):
    """A formula by its name, derived once, and only where it is asked for."""
    return formula_of(FORMULAS.get(name, no_fact))


def letter(formula, name):
    """A tensor of a formula by its name."""
    return next(t for t in derivation_of(formula).chain.tensors if str(t) == name)


def derivation_of(formula):
    return next(iter(formula.derivations.values()))


@pytest.mark.parametrize("name", NAMES)
def test_every_line_agrees_with_autograd(name):
    """At another draw than that of notebook 99, which checks every line of every formula."""
    report = check(made(name), seed=3)
    assert report.worst < 1e-12
    for derivation in all_derivations(made(name)):
        assert derivation.lines and derivation.checked


TORCH = {
    "linear": ("Y", ["X", "W", "b"], F.linear),
    "linear_sample": ("y", ["x", "W", "b"], F.linear),
    "relu": ("Y", ["X"], F.relu),
    "leaky_relu": ("Y", ["X"], lambda X: F.leaky_relu(X, 0.37)),
    "elu": ("Y", ["X"], lambda X: F.elu(X, 0.37)),
    "sigmoid": ("Y", ["X"], torch.sigmoid),
    "tanh": ("Y", ["X"], torch.tanh),
    "softplus": ("Y", ["X"], F.softplus),
    "gelu": ("Y", ["X"], F.gelu),
    "gelu_tanh": ("Y", ["X"], lambda X: F.gelu(X, approximate="tanh")),
    "silu": ("Y", ["X"], F.silu),
    "softmax": ("Y", ["X"], lambda X: X.softmax(1)),
    "log_softmax": ("Y", ["X"], lambda X: X.log_softmax(1)),
    "logsumexp": ("y", ["X"], lambda X: X.logsumexp(1)),
    "cross_entropy": ("L", ["X", "T"], lambda X, T: -(T * X.log()).sum(1).mean()),
    "softmax_cross_entropy": ("L", ["X", "T"], F.cross_entropy),
    "mse": ("L", ["Y", "T"], F.mse_loss),
}


@pytest.mark.parametrize("name", TORCH)
def test_last_lines_agree_with_the_modules_of_torch(name):
    """The last line of each gradient against PyTorch's own function, with a random upstream gradient."""
    formula, (output, inputs, function) = made(name), TORCH[name]
    chain, facts = derivation_of(formula).chain, formula.facts
    constants = {sp.Symbol("c", positive=True): 0.044715} | {
        sp.Symbol(s, positive=True): 0.37 for s in ("a", "alpha")
    }
    values = {s: torch.tensor(v, dtype=torch.float64) for s, v in constants.items()}
    numbers = random_numbers(chain, facts, seed=5, values=values)
    leaves = [numbers.array(letter(formula, x)).clone().requires_grad_() for x in inputs]
    result = function(*leaves)
    dY = torch.randn(result.shape, dtype=torch.float64)
    if output != "L":
        numbers.arrays[upstream(letter(formula, output))] = dY
    expected = torch.autograd.grad(result, leaves, dY if output != "L" else None)
    for x, want in zip(inputs, expected, strict=True):
        if (gradient_name := f"d{x}") in formula.derivations:
            derivation = formula[gradient_name]
            got = numbers.value(derivation.result, derivation.free)
            torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-14)


def test_the_net_agrees_with_torch():
    formula = made("mlp")
    numbers = random_numbers(derivation_of(formula).chain, formula.facts, seed=2)
    names = ["X", "W1", "b1", "W2", "b2"]
    X, W1, b1, W2, b2 = leaves = [numbers.array(letter(formula, x)).clone().requires_grad_() for x in names]
    Y1 = F.linear(X, W1, b1)
    pitch = 1 + ord("h") % 7 / 5  # h as helpers.compare.functions chooses it
    H = torch.sin(pitch * Y1 + 0.5) + 0.3 * Y1**2
    loss = F.cross_entropy(F.linear(H, W2, b2), numbers.array(letter(formula, "T")))
    for name, want in zip(names, torch.autograd.grad(loss, leaves), strict=True):
        derivation = formula[f"d{name}"]
        torch.testing.assert_close(
            numbers.value(derivation.result, derivation.free), want, rtol=1e-11, atol=1e-13
        )


def test_slips_in_lines_without_derivatives_are_refused():
    """950 of the 17,800: in each formula the first, fourth, sixteenth ... of each kind of slip.

    All of them: `python -m tests.corpus.refused`.
    """
    found = {name: unexplained(made(name), sample) for name in FORMULAS}
    assert sum(tried for tried, _ in found.values()) > 900
    assert not [slip for _, passed in found.values() for slip in passed]


S, M, N = sizes("S M N")
(m, i_S), (n, i, k), (p, j) = indices("m i", S), indices("n i k", N), indices("p j", M)
X, W, b, Y = tensor("X", S, M), tensor("W", N, M), tensor("b", N), tensor("Y", S, N)
dY = upstream(Y)
LINEAR = Definition(Y[m, n], Sum(X[m, p] * W[n, p], p) + b[n])

JUDGED = [  # (gradient by, a reader's line, what is said)
    (W, Sum(dY[m, i] * X[m, j], m), ""),
    (W, Sum(dY[m, n] * X[m, j] * KroneckerDelta(n, i), m, n), ""),
    (W, -Sum(dY[m, i] * X[m, j], m), "the sign is wrong"),
    (W, Sum(dY[m, n] * X[m, j] * KroneckerDelta(n, i), m), "index n is still free"),
    (W, dY[m, i] * X[m, j], "index m is still free"),
    (W, Sum(dY[m, i] * X[m, j], m) / S, r"1/S = 1/\d times"),
    (W, 2 * Sum(dY[m, i] * X[m, j], m), "2 times the right value"),
    (W, Sum(dY[m, i_S] * X[m, j], m), "index i in .* runs over S, but axis 1 of dY has size N"),
    (W, Sum(dY[m, i], m), "index j of the left side does not occur"),
    (W, Sum(dY[m, i] * X[m, p] * W[i, j], m, p), "entries differ, worst at"),
    (W, Sum(tensor("Q", S)[m] * dY[m, i] * X[m, j], m), "Q is not defined"),
    (W, sp.Symbol("K") * Sum(dY[m, i] * X[m, j], m), "K is not defined"),
    (W, Sum(dY[m, i] * X[m, j - 1], m), "an index leaves its range"),
    (W, Sum(sp.log(-(X[m, j] ** 2)) * dY[m, i], m), "not defined"),
    (W, "dY X", "cannot be read"),
    (W, None, "cannot be read"),
    (W, sp.gamma(dY[m, i]), "index m is still free"),
    (b, Sum(dY[m, i], m), ""),
    (b, Sum(dY[m, i], m, n), r"N = \d times the right value"),
    (b, Sum(dY[m, i], m) / S, r"1/S = 1/\d times"),
    (b, Sum(dY[m, n], m, n), "index i of the left side does not occur"),
    (X, Sum(dY[i_S, n] * W[n, j], n), ""),
    (X, Sum(dY[i_S, n] * W[k, j], n), "index k is still free"),
]


@pytest.mark.parametrize(("x", "line", "said"), JUDGED, ids=lambda v: str(v)[:40])
def test_a_readers_line_is_judged(x, line, said):
    verdict = check_line(gradient(LINEAR, x), line)
    assert bool(verdict) == (said == "")
    assert re.search(said, verdict.reason), verdict.reason


def test_a_missing_delta_and_a_missing_term_are_named():
    J = jacobian(LINEAR, W)
    assert "a δ is missing" in check_line(J, X[m, j]).reason
    softmax = made("softmax")["dY/dX"]
    (y, x), Y_ = softmax.free[:2], letter(made("softmax"), "Y")
    i_, j_ = softmax.left.x.indices
    only_diagonal = Y_[y, x] * (1 - Y_[y, x]) * KroneckerDelta(y, i_) * KroneckerDelta(x, j_)
    assert "as on the diagonal" in check_line(softmax, only_diagonal).reason


@pytest.mark.parametrize(
    ("name", "gradient_name", "at"),
    [("linear", "dW", 2), ("softmax", "dY/dX", 6), ("softmax_cross_entropy", "dX", -1)],
)
@pytest.mark.parametrize(
    ("wrong", "said"), [(lambda e: -e, "sign"), (lambda e: 3 * e, "3"), (lambda e: e + 1, "worst|not zero")]
)
def test_a_planted_line_is_refused_by_name(name, gradient_name, at, wrong, said):
    derivation = FORMULAS[name]()[gradient_name]
    line = derivation.lines[at]
    derivation.lines[at] = Line(line.rule, wrong(line.expression))
    number = at % len(derivation.lines) + 1
    with pytest.raises(AssertionError, match=rf"{gradient_name}, line {number} \({line.rule.title}.*{said}"):
        check(derivation)
    assert not derivation.lines[at].checked


def test_a_wrong_rule_is_refused():
    """A rule that loses a delta leads to a line that is refused by its name; the lines before it stay checked."""

    @rule("drop the delta")
    def wrong(e):
        return sp.S.One if isinstance(e, KroneckerDelta) else e

    derivation = gradient(LINEAR, W)
    del derivation.lines[4:]
    derivation.then(wrong)
    with pytest.raises(AssertionError, match=r"line 5 \(drop the delta\)"):
        check(derivation)
    assert [line.checked for line in derivation.lines] == [True] * 4 + [False]


def test_without_the_fact_the_short_formula_is_wrong():
    """(Y − T)/S needs rows of T that sum to 1; the general line holds for any T."""
    short, general = made("softmax_cross_entropy")["dX"], made("no_fact")["dX"]
    assert not check_line(general, short.result)
    assert check_line(short, general.result)


@pytest.mark.parametrize("seed", range(3))
def test_a_gradient_that_is_zero_but_for_rounding(seed):
    """The sum of all probabilities is S, whatever X is: every line is 0, and a line that is not is wrong."""
    softmax = made("softmax")
    (definition,) = softmax.definitions
    Y_mn = definition.left
    total = Definition(L, Sum(Y_mn, *Y_mn.indices))
    derivation = gradient([definition, total], softmax["dX"].left.x)
    check(derivation, seed)
    assert not check_line(derivation, Y_mn.base[derivation.free], seed)


def test_a_fact_without_numbers_is_refused():
    T = tensor("T", S, N)
    derivation = gradient(LINEAR, W, facts=[Fact("products of T", Sum(T[m, n] ** 2, n), 1)])
    with pytest.raises(NotImplementedError, match="no random numbers are known"):
        check(derivation)


def test_sizes_differ_and_numbers_have_no_ties():
    numbers = random_numbers(made("mlp")["dX"].chain, made("mlp").facts, seed=4)
    assert len(set(numbers.sizes.values())) == len(numbers.sizes) == 4
    T = numbers.array(letter(made("mlp"), "T"))
    torch.testing.assert_close(T.sum(1), torch.ones(len(T), dtype=torch.float64))
    for tensor_ in numbers.chain.leaves:
        values = numbers.array(tensor_).numpy()
        assert len(np.unique(values)) == values.size


def simple_ratios(sizes):
    """What a hand writes too much: 2, S, 1/S, 2/S, S - 1, S/(S - 1), S², S N, S/N, 2/(S N) and their inverses."""
    found = {"2": Fraction(2)}
    for a in sizes:
        found |= {f"{a}": a, f"2 {a}": 2 * a, f"{a}/2": Fraction(a, 2), f"{a}^2": a * a}
        found |= {f"{a} - 1": a - 1, f"{a}/({a} - 1)": Fraction(a, a - 1)}
    for a, b in combinations(sizes, 2):
        found |= {f"{a} {b}": a * b, f"{a}/{b}": Fraction(a, b)}
    return [Fraction(r) ** sign for r in found.values() for sign in (1, -1)]


@pytest.mark.parametrize("count", range(1, len(SIZES) + 1))
def test_no_simple_ratio_of_the_drawn_sizes_is_1_or_another_one(count):
    sizes_drawn = SIZES[:count]
    ratios = Counter(simple_ratios(sizes_drawn))
    assert 1 not in ratios and set(ratios.values()) == {1}
    assert all(abs(a - b) > 1 for a, b in combinations(sizes_drawn, 2))


def test_text_and_whole_tensors_are_no_lines():
    dX = softmax()["dX"]
    X = dX.left.x.base
    assert "this is text" in check_line(dX, "__import__('os').getcwd()").reason
    assert "X stands without indices: write its entry X[i, j]" in check_line(dX, 2 * X).reason
    with pytest.raises(TypeError, match="a derivation or a formula is expected, not a Definition"):
        check(softmax().definitions[0])
