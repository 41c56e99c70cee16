"""The table "do the three agree?" and the names it gives to mistakes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from helpers.compare import agreement, diagnose_difference
from helpers.compare.sentences import difference_said

SIZES = {"S": 5, "N": 3}


@pytest.fixture
def dW():
    return np.random.default_rng(0).standard_normal((5, 3))


def test_three_that_agree_print_the_same_on_every_machine(dW):
    table = agreement({"dW": {"NumPy": dW + 1e-14, "PyTorch": torch.tensor(dW), "difference": dW + 1e-9}})
    table.assert_agrees()
    assert str(table).splitlines() == [
        "gradient  NumPy    PyTorch    difference  verdict",
        "dW        < 1e-10  reference  < 1e-06     agree",
    ]
    assert "✓ agree" in table._repr_html_()


def test_the_worst_entry_of_the_wrong_source_is_named(dW):
    wrong = dW.copy()
    wrong[4, 1] += 7
    table = agreement(
        {"dW": {"derived": dW, "NumPy": wrong, "PyTorch": dW}, "db": {"NumPy": dW, "PyTorch": dW}}
    )
    assert not table
    gradient, derived, numpy, pytorch, absolute, where, verdict = table.table()[1]
    assert (gradient, derived, pytorch, absolute, where) == (
        "dW",
        "< 1e-10",
        "reference",
        "7",
        "[4, 1]",
    )
    assert numpy != "< 1e-10" and verdict.startswith("NumPy: 1 of 15 entries differ, worst at [4, 1]")
    assert table.table()[2][-1] == "agree"
    with pytest.raises(AssertionError, match=r"(?s)do not agree.*dW .*\[4, 1\]"):
        table.assert_agrees()


def test_a_small_error_is_an_error(dW):
    table = agreement({"dW": {"NumPy": dW * (1 + 1e-8), "PyTorch": dW}})
    assert "agrees to 1e-08 only" in str(table)
    assert agreement({"dW": {"NumPy": dW * (1 + 1e-8), "PyTorch": dW}}, tolerance=1e-7)


def test_tiny_gradients_do_not_agree_by_being_tiny(dW):
    assert not agreement({"dW": {"NumPy": 2e-11 * dW, "PyTorch": 1e-11 * dW}})


def test_rounding_around_a_gradient_of_zero_agrees(dW):
    assert agreement({"dX": {"NumPy": 1e-17 * dW, "PyTorch": np.zeros_like(dW)}})


@pytest.mark.parametrize(
    ("mine", "theirs", "said"),
    [
        ([1.0, np.nan], [1.0, 2.0], r"NaN at [1], where PyTorch has 2"),
        ([1.0, 2.0], [1.0, np.nan], r"2 at [1], where PyTorch has NaN"),
        ([np.nan, np.nan], [np.nan, np.nan], r"NaN at [0], and in PyTorch too: nothing to compare"),
        ([np.inf, 1.0], [2.0, 1.0], r"inf at [0], where 2 is right"),
    ],
)
def test_what_is_not_finite_is_never_silent(mine, theirs, said):
    table = agreement({"dX": {"NumPy": np.array(mine), "PyTorch": np.array(theirs)}})
    assert not table and said in str(table)


def test_the_same_infinity_agrees():
    assert agreement({"dX": {"NumPy": np.array([np.inf, 1.0]), "PyTorch": np.array([np.inf, 1.0])}})


def test_one_source_is_no_comparison(dW):
    with pytest.raises(ValueError, match="dW comes from 1 source"):
        agreement({"dW": {"NumPy": dW}})
    with pytest.raises(ValueError, match="dW from NumPy is no array of real numbers"):
        agreement({"dW": {"NumPy": np.array(["a"]), "PyTorch": dW}})


def test_html_is_escaped(dW):
    assert "<b>" not in agreement({"<b>": {"NumPy": dW, "PyTorch": dW}})._repr_html_()


square = np.random.default_rng(1).standard_normal((4, 4))
tall = np.random.default_rng(2).standard_normal((5, 3))


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (tall, tall, ""),
        (-tall, tall, "the sign is wrong"),
        (0 * tall, tall, "zero everywhere"),
        (1e-17 * tall.round(), tall, "zero everywhere"),
        (tall, 0 * tall, "not zero, as it should be everywhere"),
        (5 * tall, tall, "S = 5 times the right value"),
        (tall / 5, tall, "1/S = 1/5 times the right value"),
        (tall / 15, tall, "1/(S N) = 1/15 times the right value"),
        (3 * tall, tall, "N = 3 times the right value"),
        (2 * tall, tall, "2 times the right value"),
        (tall / 2, tall, "1/2 times the right value"),
        (0.37 * tall, tall, "0.37 times the right value"),
        (-3 * tall, tall, "the sign is wrong, and it is N = 3 times the right value"),
        (square.T, square, "transposed"),
        (tall.T, tall, "transposed: shape (3, 5), where (5, 3) is right"),
        (np.diag(np.diag(square)), square, "right on the diagonal only"),
        (tall, tall.sum(0), "not summed over axis 0: shape (5, 3), where (3,) is right"),
        (tall.sum(0), tall, "summed over axis 0, which should stay: shape (3,), where (5, 3) is right"),
        (np.ones(7), tall, "shape (7,), where (5, 3) is right"),
        (tall + np.eye(5, 3), tall, "3 of 15 entries differ, worst at ["),
        (np.array([np.inf, 1, 5]), np.array([np.inf, 2, 5]), "1 of 3 entries differ, worst at [1]"),
        (np.float64(3.5), np.float64(3.0), "1.167 times the right value"),
    ],
)
def test_a_mistake_has_its_name(wrong, right, said):
    diagnosis = difference_said(diagnose_difference(wrong, right, SIZES))
    assert (
        diagnosis == said
        if not said or said.endswith(("right", "wrong", "value"))
        else diagnosis.startswith(said)
    )


@given(st.floats(-1e3, 1e3).filter(lambda c: abs(c) > 1e-3 and abs(c - 1) > 1e-3))
def test_every_constant_factor_is_seen(c):
    assert (
        "times the right value" in (said := difference_said(diagnose_difference(c * tall, tall)))
    ) or said == "the sign is wrong"


@pytest.mark.parametrize("first, last", [(1e-12, 0), (0, 1e-12), (0, 0)])
def test_of_errors_that_tie_up_to_rounding_the_first_is_told(dW, first, last):
    wrong = dW.copy()
    wrong[1, 2] += 0.5 + first
    wrong[4, 0] -= 0.5 + last
    table = agreement({"dW": {"NumPy": wrong, "PyTorch": dW}})
    assert "2 of 15 entries differ, worst at [1, 2]" in str(table)
    assert table.rows["dW"]["NumPy"].index == (1, 2)
    wrong[4, 0] -= 1e-5
    assert "worst at [4, 0]" in difference_said(diagnose_difference(wrong, dW))
