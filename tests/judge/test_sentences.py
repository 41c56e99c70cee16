"""A verdict on a line is decided as data, without a sentence and without a clock; it can always be told."""

import time
from itertools import count

import pytest
import sympy as sp

from helpers.compare import sentences as numbers_said
from helpers.judge import mark
from helpers.judge.lines import MarkedLine, repair, sentences
from helpers.judge.lines.line_by_line import marker_of
from helpers.judge.lines.reader_notation import Notation
from helpers.read.question import QUESTIONS
from helpers.verdict import Kind, State, Verdict, wrong

ONE = {  # a line of each kind: the question, and what is written
    Kind.SIGN: ("linear", "dX = -dY @ W"),
    Kind.FACTOR: ("linear", "db = dY.mean(0)"),
    Kind.TRANSPOSED: ("linear", "dX = dY @ W.T"),
    Kind.DIAGONAL_ONLY: ("softmax", "dX = dY * Y * (1 - Y)"),
    Kind.ZERO: ("softmax", "dL/dX_ij = Y_ij (1 - sum_n Y_in)"),
    Kind.WRONG_AXIS: ("linear", "dW = dY @ X"),
    Kind.WRONG_ARRAY: ("linear", "dX = Y @ W"),
    Kind.WRONG_VALUE: ("sigmoid", "dX = dY * np.exp(np.exp(np.exp(X*1000)))"),
    Kind.FREE_INDEX: ("linear", "dL/dW_ij = dL/dY_mi X_mj"),
    Kind.INDEX_MISSING: ("layer_norm", r"\sum_n \hat X_{mn}^2 = N"),
    Kind.USELESS_INDEX: ("linear", "dL/db_i = sum_{m,n} dL/dY_mi"),
    Kind.WRONG_INDEX: ("softmax", "dY_mn/dX_ij = Y_mn delta_mi (delta_nj - Y_mn)"),
    Kind.OUT_OF_RANGE: ("sigmoid", "dX = log(-Y)"),
    Kind.DELTA_MISSING: ("linear", "db = dY.sum()"),
    Kind.PATH_MISSING: ("softmax", "dX = Y * dY"),
    Kind.TERM_MISSING: ("linear", "Y = X @ W.T"),
    Kind.PATH_TWICE: ("linear", "Y = X @ W.T + b + b"),
    Kind.FACT_NOT_GIVEN: ("cross_entropy", "dL/dX_ij = -T_ij / (S X_ij) sum_n T_in"),
    Kind.WRONG_FUNCTION: ("activation", "dX = dY * h(X)"),
    Kind.LEFT_SIDE: ("softmax_sample", "dh_i/dz_i = h_j (delta_ij - h_i)"),
    Kind.NOT_READABLE: ("linear", "dW = __import__('os')"),
}
MORE = [
    ("linear", "dL/db_i = sum_q dL/dY_mi"),
    ("relu", "dX = dY"),
    ("linear", "dL/dW_ij = sum_m dL/dY_mn X_mj = - sum_m dL/dY_mn X_mj"),
    ("linear", "dL/dW_ij = 2 sum_m dL/dY_mi X_mj = -2 sum_m dL/dY_mi X_mj"),
    ("mse", "L = ((Y - T)**3).sum() / S"),
    ("two_paths", "dL/dx = dL/dy g'"),
    (None, "dX = dY * Y"),
    (None, "dQ = dZ * Y"),
    ("linear", "dW = dY.T * X"),
    ("linear", "dL/dX = dL/dY dL/dY W"),
]
NOTATIONS = "index letters", "matrix notation", "NumPy"


def last(question: str | None, text: str) -> MarkedLine:
    return mark(question, text).lines[-1]


@pytest.mark.parametrize("kind", ONE)
def test_a_line_of_each_kind_is_told_in_every_notation(kind):
    line = last(*ONE[kind])
    assert line.kind is kind
    for name in NOTATIONS:
        assert sentences.reason(line.verdict, line.written, line.question, Notation(name))


@pytest.mark.parametrize(("question", "text"), MORE)
def test_other_lines_are_told_in_every_notation(question, text):
    for line in mark(question, text):
        for name in NOTATIONS:
            said = sentences.reason(line.verdict, line.written, line.question, Notation(name))
            assert said or line.right


def test_a_letter_for_two_indices_is_told():
    """Only a line of SymPy can have it: what is read from a text has one range for each letter."""
    question = QUESTIONS["linear"]()
    (statement,) = mark("linear", "dL/dW_ij = sum_m dL/dY_mi X_mj").statements
    written = statement[-1].written
    for name in NOTATIONS:
        verdict = wrong(
            Kind.INDEX_USED_TWICE, refusal="k is used twice", left=statement[0].written.expression
        )
        assert sentences.reason(verdict, written, question.name, Notation(name)) == "k is used twice"


@pytest.fixture(scope="module")
def before() -> list[tuple]:
    return decided()


def decided() -> list[tuple]:
    """Everything that is decided about the lines above."""
    lines = [line for question, text in (*ONE.values(), *MORE) for line in mark(question, text)]
    return [
        (line.word, line.kind, line.rule, line.question, line.verdict and line.verdict.state)
        for line in lines
    ]


def test_no_verdict_hangs_on_a_word_of_a_sentence(before, monkeypatch):
    for module in (numbers_said, sentences):
        for name, said in vars(module).items():
            if name.endswith("_said") or name in ("in_letters", "in_arrays", "declare", "reason"):
                monkeypatch.setattr(module, name, lambda *_, **__: "other words")
            elif name.isupper() and isinstance(said, str):
                monkeypatch.setattr(module, name, "other words")
    assert last("linear", "dX = -dY @ W").reason == "other words"
    assert decided() == before


def test_no_verdict_hangs_on_the_clock(before, monkeypatch):
    """The same verdicts on a machine that is so slow that an hour goes by between two looks at the clock."""
    for clock in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
        hours = count(0, 3600)
        monkeypatch.setattr(time, clock, lambda hours=hours: float(next(hours)))
    assert decided() == before


def test_a_search_for_a_repair_ends_after_a_number_of_changes(monkeypatch):
    question = QUESTIONS["linear"]()
    (statement,) = mark("linear", "dL/dW_ij = sum_m dL/dY_mi X_mj").statements
    left, line = statement[0].written, statement[1].written.expression
    judge = marker_of(question).judge(left.expression, left.free)
    evaluated = []
    endless = (repair.Repair(Kind.FACTOR, None, n, line * n) for n in map(sp.Integer, count(2)))
    monkeypatch.setattr(repair, "changes", lambda *_: endless)
    monkeypatch.setattr(repair, "agrees", lambda judge, e: evaluated.append(e))
    assert repair.repair(judge, line) is None
    assert len(evaluated) == repair.tries(judge, line) == repair.EVALUATED
    large = sp.Mul(*(sp.Symbol(f"a{n}") for n in range(400)), evaluate=False)
    assert repair.FEWEST <= repair.tries(judge, large * line) < repair.EVALUATED


def test_the_state_of_a_line_tells_a_remark():
    given, right = mark("linear", "dX = dY W")
    assert given.verdict is None and right.verdict == Verdict(State.RIGHT, pieces=right.verdict.pieces)
    (_, remarked) = mark(None, "dX = dY * Y * (1 - Y)")
    assert remarked.word == "right" and remarked.verdict.state is State.REMARK
    assert remarked.as_dict()["verdict"] == "right" and remarked.as_dict()["state"] == "right with a remark"
