"""Sums with limits of their own are derived as what they are, or refused with the letter and the place."""

import pytest
import sympy as sp
from sympy import Sum, exp, log

from helpers.compare import check, check_line, numpy_function
from helpers.compare.meaning import random_numbers
from helpers.derive import Definition, L, gradient, indices, sizes, tensor, upstream
from helpers.derive.limits import whole_sums
from helpers.derive.notation import Iverson

T, N = sizes("T N")
(t, k, l), (n,) = indices("t k l", T), indices("n", N)
A, P, x, y, c = tensor("A", T, T), tensor("P", T, T), tensor("x", T), tensor("y", T), tensor("c", N)
dy = upstream(y)

LIMITS = {
    "up to t": (Sum(x[k], (k, 0, t)), lambda x, t, T: sum(x[: t + 1])),
    "before t": (Sum(x[k], (k, 0, t - 1)), lambda x, t, T: sum(x[:t])),
    "from t on": (Sum(x[t] * x[k], (k, t, T - 1)), lambda x, t, T: x[t] * sum(x[t:])),
    "all but the last": (Sum(x[k], (k, 0, T - 2)) * x[t], lambda x, t, T: sum(x[:-1]) * x[t]),
    "but the first": (Sum(x[k], (k, 1, T - 1)) * x[t], lambda x, t, T: sum(x[1:]) * x[t]),
    "the first three": (Sum(x[k], (k, 0, 2)) * x[t], lambda x, t, T: sum(x[:3]) * x[t]),
    "as many as are left": (Sum(x[k], (k, 0, T - 1 - t)), lambda x, t, T: sum(x[: T - t])),
    "a triangle": (
        Sum(x[k] * x[l], (l, 0, k), (k, 0, t)),
        lambda x, t, T: sum(x[k] * sum(x[: k + 1]) for k in range(t + 1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_a_sum_over_a_part_is_that_sum(name):
    """In numbers, by Python's own slices; and its gradient."""
    right, sliced = LIMITS[name]
    definition = Definition(y[t], right)
    numbers = random_numbers(gradient(definition, x).chain)
    values, size = numbers.array(x).tolist(), len(numbers.array(x))
    want = [sliced(values, at, size) for at in range(size)]
    assert numbers.array(y).tolist() == pytest.approx(want, abs=1e-12)
    assert check(gradient(definition, x)).worst < 1e-12


def test_a_causal_softmax():
    causal = Definition(P[t, k], exp(A[t, k]) / Sum(exp(A[t, l]), (l, 0, t)))
    derivation = gradient(causal, A)
    i, j = derivation.free
    dP = upstream(P)
    assert derivation.result == P[i, j] * (dP[i, j] - Iverson(i - j, T) * Sum(dP[i, k] * P[i, k], k))
    assert check(derivation).worst < 1e-10


def test_a_readers_line_with_limits_is_taken_as_it_stands():
    derivation = gradient(Definition(y[t], Sum(x[k], (k, 0, t))), x)
    (i,) = derivation.free
    assert check_line(derivation, Sum(dy[t], (t, i, T - 1)))
    assert not check_line(derivation, Sum(dy[t], t))
    assert not check_line(derivation, Sum(dy[t], (t, 0, i)))


@pytest.mark.parametrize(
    ("sum_", "said"),
    [
        (lambda: Sum(x[k], (k, t - 2, t)), r"takes k from t - 2, but k ends at 0"),
        (lambda: Sum(x[k], (k, 0, 2 * t)), r"takes k up to 2\*t, but k ends at T - 1"),
        (lambda: Sum(c[n], (n, 0, t)), r"takes n up to t, but n ends at N - 1"),
        (lambda: Sum(x[k], (k, 0, sp.floor(t / 2))), "the limit .* is none that can be read"),
        (lambda: Sum(x[0], (sp.Symbol("k"), 0, t)), r"k in .* is no index: write k, = indices\('k', size\)"),
    ],
)
def test_what_leaves_the_range_of_a_letter_is_refused(sum_, said):
    with pytest.raises(ValueError, match=said):
        Definition(y[t], sum_())


def test_a_sum_over_all_stays_as_it_is():
    e = log(Sum(exp(A[t, l]), l)) + Sum(x[k], (k, 0, T - 1))
    assert whole_sums(e) == e
    assert Definition(L, Sum(x[k], k)).right == Sum(x[k], k)


def test_brackets_that_meet_under_a_sum_are_counted_not_joined():
    """NumPy's True + True is True: two brackets in one sum of products, and a sum of brackets alone."""
    s, z = tensor("s", N), tensor("z", T)
    net = (
        Definition(x[t], Sum(s[n], n) * A[t, t]),
        Definition(z[t], Sum(x[k], (k, t, T - 1)) ** 2 * Sum(A[t, k], (k, 0, t))),
    )
    derivation = gradient(net, s)
    numbers = random_numbers(derivation.chain)
    values = {str(e.base): numbers.array(e.base).numpy() for e in derivation.result.atoms(sp.Indexed)}
    values |= {str(size): number for size, number in numbers.sizes.items()}
    want = numbers.value(derivation.left, derivation.free).numpy()
    assert numpy_function(derivation)(**values) == pytest.approx(want, abs=1e-10)
    beside = Sum(Iverson(t - k, T) * Iverson(k - l, T), k) - Iverson(t - l, T)
    assert numpy_function(beside, (t, l))(T=4)[3].tolist() == [3.0, 2.0, 1.0, 0.0]
    assert numpy_function(-Iverson(t - l, T) * x[l], (t, l))(x=[1.0, 2.0], T=2)[0].tolist() == [-1.0, 0.0]
    assert numpy_function(-Iverson(t - l, T) * x[l] - x[t], (t, l))(x=[1.0, 2.0], T=2)[0].tolist() == [
        -2.0,
        -1.0,
    ]


def test_limits_and_letters_in_a_condition():
    """The condition is taken as it stands: its sum over a part, its letter apart from one that arrives."""
    z = tensor("z", T, T)
    cases = sp.Piecewise((A[t, k] ** 2, Sum(x[l] * x[k], (l, 0, t)) > 0), (A[t, k], True))
    derivation = gradient(
        (Definition(P[t, k], cases), Definition(z[t, k], Sum(P[t, l] * x[l] * P[l, k], l))), A
    )
    assert check(derivation).worst < 1e-12
    numbers = random_numbers(derivation.chain)
    a, v, size = numbers.array(A).tolist(), numbers.array(x).tolist(), len(numbers.array(x))
    places = [(i, j) for i in range(size) for j in range(size)]
    want = [a[i][j] ** 2 if sum(v[: i + 1]) * v[j] > 0 else a[i][j] for i, j in places]
    assert numbers.array(P).flatten().tolist() == pytest.approx(want)


def test_a_letter_runs_over_one_size_in_a_line():
    """i, bound over N, meets the i that the outer sum has; k is over T already, so it becomes another one."""
    m, i, X = sp.Idx("m", N), sp.Idx("i", N), tensor("X", N, N)
    Y, B, Z = tensor("Y", N, T), tensor("B", N, T), tensor("Z", T)
    net = (
        Definition(Y[n, t], B[n, t] + Sum(x[k] * Sum(X[m, i], m, i), k) + Sum(X[m, n], m)),
        Definition(Z[t], Sum(Y[i, t], i)),
    )
    assert check(gradient(net, B)).worst < 1e-12
