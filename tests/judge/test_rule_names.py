"""The rule behind each right step: the machine's own, however many of its lines lie between two of a reader's."""

import pytest

from helpers.derive import latex
from helpers.judge import mark
from helpers.judge.lines.rule_names import titled
from helpers.read.question import QUESTIONS
from tests.corpus.planted import TRIED, derivations

MORE = ("linear_sample", "mse", "log_softmax", "logsumexp", "sigmoid", "tanh", "softplus")
CUTS = {
    "every line": lambda d: [[line] for line in d.lines],
    "terse": lambda d: d.terse.groups,
    "the last line alone": lambda d: [d.lines],
}


@pytest.fixture(scope="module")
def derived():
    return [(name, d) for name in (*TRIED, *MORE) for d in derivations(QUESTIONS[name]())]


@pytest.mark.parametrize("cut", CUTS)
def test_the_rules_named_are_the_rules_that_the_machine_used(derived, cut):
    for name, d in derived:
        groups = CUTS[cut](d)
        chain = " = ".join(map(latex, (d.left, *(group[-1].expression for group in groups))))
        for line, group in zip(list(mark(name, f"$${chain}$$"))[1:], groups, strict=True):
            used = list(dict.fromkeys(map(titled, d.terse.rules_of(group))))
            named = line.rule.split(", ")
            assert set(used) <= set(named) and len(named) <= len(used) + 1, (name, d.name, line.written.text)


@pytest.mark.parametrize(
    ("question", "text", "rule"),
    [
        ("linear", "dW = dY.T @ X", "chain rule, definition, Kronecker delta, contract the delta"),
        ("linear", "dL/dW_ij = sum_mn dL/dY_mn delta_ni X_mj = sum_m dL/dY_mi X_mj", "contract the delta"),
        ("softmax", "dX = Y * (dY - (dY * Y).sum(1, keepdims=True))", "chain rule, insert dY/dX"),
        ("softmax", "dL/dX_ij = sum_mn dL/dY_mn dY_mn/dX_ij = sum_mn dL/dY_mn Y_mn delta_mi (delta_nj - Y_mj)",
         "insert dY/dX"),
        # equal to a line of the machine, but by none of its steps
        ("softmax_sample", r"\frac{\partial l}{\partial z_j} = \sum_i \frac{\partial l}{\partial h_i}"
         r" \frac{\partial h_i}{\partial z_j} = \sum_i \frac{\partial l}{\partial h_i} h_j (\delta_{ij} - h_i)",
         "insert dh/dz"),
        ("network", r"\frac{\partial L}{\partial \tilde x^{(N)}} = x^{(N)} - t",
         "definition, chain rule, insert dx^(4)/dx\u0303^(4), contract the delta, given: t sums to 1"),
        ("two_paths", r"\frac{\partial f(y, z)}{\partial y} = yl", "notation"),
        ("sigmoid", "dL/dX_ij = dL/dY_ij Y_ij (1 - Y_ij) = dL/dY_ij Y_ij - dL/dY_ij Y_ij Y_ij", "expand"),
    ],
)  # fmt: skip
def test_the_rule_of_a_step(question, text, rule):
    assert list(mark(question, text))[-1].rule.startswith(rule)


def test_what_no_rule_gives_has_no_name():
    """tanh' by way of cosh: true, and by no rule that is known here."""
    line = list(mark("tanh", "dL/dX_ij = dL/dY_ij (1 - Y_ij^2) = dL/dY_ij / cosh(X_ij)^2"))[-1]
    assert (line.word, line.rule) == ("right", "")
