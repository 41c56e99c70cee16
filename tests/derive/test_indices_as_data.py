"""Integer tensors as indices, an index as a number, entries by number, shifted entries."""

import numpy as np
import pytest
from sympy import KroneckerDelta, Mul, Sum, cos, exp, log, sin

from helpers.compare import check_line
from helpers.derive import (
    Chain,
    Definition,
    Iverson,
    L,
    gradient,
    indices,
    latex,
    numpy_source,
    sizes,
    tensor,
    upstream,
)
from tests.derive.held import held

S, N, V, D, T = sizes("S N V D T")
(s,), (n, k), (v, w), (d,), (t,) = (
    indices(letters, size) for letters, size in (("s", S), ("n k", N), ("v w", V), ("d", D), ("t", T))
)
(r,) = indices("r", N - 1)
E, Y, P, X, Z = tensor("E", V, D), tensor("Y", S, D), tensor("P", S, V), tensor("X", S, V), tensor("Z", T, D)
a, b, c, y = tensor("a", N), tensor("b", N), tensor("c", N - 1), tensor("y", S)
u = tensor("u", S, integer=True)
EMBEDDING = Definition(Y[s, d], E[u[s], d])


# integers as indices


def test_an_embedding_collects_the_gradients_of_each_row():
    dE = held(gradient(EMBEDDING, E), numpy="np.eye(V)[u].T @ dY")
    assert latex(dE.result) == r"\sum_{s} \frac{\partial L}{\partial Y_{sj}} [i = u_{s}]"
    assert (
        dE.matrix.right
        == r"\operatorname{onehot}\left(\mathbf{u}\right)^T \frac{\partial L}{\partial \mathbf{Y}}"
    )


def test_an_embedding_that_is_computed():
    G, F = tensor("G", V, V), tensor("F", V, D)
    dF = held(gradient((Definition(E[v, d], Sum(G[v, w] * F[w, d], w)), EMBEDDING), F), numpy="G[u].T @ dY")
    assert (
        dF.matrix.right
        == r"\mathbf{G}^T \operatorname{onehot}\left(\mathbf{u}\right)^T \frac{\partial L}{\partial \mathbf{Y}}"
    )


def test_the_negative_log_likelihood_of_labels():
    softmax = Definition(P[s, v], exp(X[s, v]) / Sum(exp(X[s, w]), w))
    loss = Definition(L, -Sum(log(P[s, u[s]]), s) / S)
    dX = held(gradient((softmax, loss), X), numpy="(P - np.eye(V)[u]) / S")
    assert (
        dX.matrix.right
        == r"\frac{1}{S} \left(\mathbf{P} - \operatorname{onehot}\left(\mathbf{u}\right)\right)"
    )
    held(gradient(loss, P), numpy="-np.eye(V)[u] / (S * P[np.arange(S), u][:, None])")
    one_hot = Definition(L, -Sum(KroneckerDelta(v, u[s]) * log(P[s, v]), s, v))
    dP = held(gradient(one_hot, P))
    i, j = dP.free
    assert dP.result == -KroneckerDelta(j, u[i]) / P[i, j]


def test_gather_with_two_axes():
    g, W = tensor("g", S, T, integer=True), tensor("W", S, T)
    dX = held(gradient(Definition(W[s, t], X[s, g[s, t]] ** 2), X))
    assert "X[np.arange(S), g.T]" in dX.numpy


def test_integers_as_numbers():
    held(gradient(Definition(y[s], u[s] * Sum(P[s, v], v)), P))


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: gradient(EMBEDDING, u), "u holds integers: nothing can be differentiated by it"),
        (
            lambda: Definition(Y[s, d], E[y[s], d]),
            r"y holds real numbers: write y = tensor\('y', S, integer=True\)",
        ),
        (lambda: Definition(u[s], 2 * y[s]), "holds integers, which are given as data"),
        (
            lambda: Definition(y[s], P[s, u[s]] * b[u[s]]),
            "an entry of u stands for two things: an index over",
        ),
        (lambda: Chain([Definition(y[s], b[u[s]]), EMBEDDING]), "an entry of u stands for two things"),
        (lambda: Chain(Definition(Y[s, d], E[u[s] + 1, d])), "let an integer tensor hold"),
        (lambda: Definition(E[u[s], d], Y[s, d]), "the left side needs a different letter for each axis"),
    ],
    ids=["by integers", "real", "defined", "two sizes", "two sizes in a chain", "shifted", "on the left"],
)
def test_integers_that_cannot_be_meant(act, said):
    with pytest.raises(ValueError, match=said):
        act()


# an index as a number


def test_positions():
    db = held(gradient(Definition(L, Sum(n * b[n], n)), b), numpy="np.arange(N)")
    assert db.matrix.right == r"(0, 1, \dots, N - 1)"
    decay = held(gradient(Definition(L, Sum((1 - t / T) * Z[t, d], t, d)), Z))
    assert decay.numpy == "np.broadcast_to((T - np.arange(T)[:, None]) / T, (T, D))"


def test_rotary_position_embedding():
    A, B, U, W, theta = (
        tensor("A", T, D),
        tensor("B", T, D),
        tensor("U", T, D),
        tensor("W", T, D),
        tensor("theta", D),
    )
    turn = (
        Definition(U[t, d], A[t, d] * cos(t * theta[d]) - B[t, d] * sin(t * theta[d])),
        Definition(W[t, d], A[t, d] * sin(t * theta[d]) + B[t, d] * cos(t * theta[d])),
    )
    dA = held(gradient(turn, A, through=[U, W]))
    i, j = dA.free
    assert dA.result == upstream(U)[i, j] * cos(i * theta[j]) + upstream(W)[i, j] * sin(i * theta[j])
    assert not check_line(
        dA, 7 * upstream(U)[i, j] * cos(i * theta[j]) + upstream(W)[i, j] * sin(i * theta[j])
    )


# entries by number


def test_first_and_last_entry():
    db = held(gradient(Definition(L, b[0] ** 2 + 3 * b[N - 1]), b))
    assert latex(db.result) == r"3 [i = N] + 2 b_{1} [i = 1]"
    assert db.numpy == "3 * np.eye(N)[-1] + 2 * b[0] * np.eye(N)[0]"
    assert db.matrix.right == r"3 \mathbf{e}_{N} + 2 b_{1} \mathbf{e}_{1}"
    dX = held(gradient(Definition(y[s], X[s, 0] * X[s, V - 1]), X))
    assert "X[:, -1]" in dX.numpy and r"\mathbf{X}_{:, 1} \mathbf{e}_{V}^T" in dX.matrix.right


@pytest.mark.parametrize("place", [-1, N, N - 2, S - 1], ids=str)
def test_an_entry_that_may_not_exist(place):
    with pytest.raises(ValueError, match="may not exist: axis 0 of b has entries 0 to N - 1"):
        Definition(L, b[place])


# shifted entries


def test_a_finite_difference():
    db = held(gradient(Definition(c[r], b[r + 1] - b[r]), b), numpy="np.pad(dc, (1, 0)) - np.pad(dc, (0, 1))")
    assert r"\frac{\partial L}{\partial c_{i - 1}} [0 \le i - 1 < N - 1]" in latex(db.result)
    smooth = held(gradient(Definition(L, Sum((b[r + 1] - b[r]) ** 2, r)), b))
    assert smooth.numpy == "2 * np.pad(b[:-1] - b[1:], (0, 1)) + 2 * np.pad(b[1:] - b[:-1], (1, 0))"


def test_a_bracket_says_where_the_entry_exists():
    before = X[s, v - 1] * Iverson(v - 1, V)
    held(gradient(Definition(P[s, v], X[s, v] - before), X), numpy="dP - np.pad(dP[:, 1:], ((0, 0), (0, 1)))")
    held(gradient(Definition(a[n], b[n] * b[n + 1] * Iverson(n + 1, N)), b))


def test_a_place_with_a_sign_before_its_bracket_is_multiplied_out():
    turned = Mul(-1, v - w + 1, evaluate=False)
    assert Iverson(turned, V) == Iverson(w - v - 1, V)
    said = numpy_source(KroneckerDelta(w, Mul(-1, v - 3, evaluate=False), evaluate=False), (v, w))
    assert np.array_equal(eval(said, {"np": np, "V": 4}), np.eye(4)[::-1])


def test_reversed_and_strided_entries():
    held(gradient(Definition(a[n], b[n] + b[N - 1 - n] ** 2), b), numpy="da + 2 * da[::-1] * b")
    x = tensor("x", 2 * N)
    held(gradient(Definition(a[n], x[2 * n] * b[n] - x[2 * n + 1]), b), numpy="da * x[::2]")


def test_an_entry_that_leaves_its_axis_is_refused():
    with pytest.raises(ValueError, match=r"leaves axis 0 of b, .*Iverson\(n \+ 1, N\)"):
        Chain(Definition(a[n], b[n + 1] - b[n]))
    with pytest.raises(ValueError, match=r"a\[2\*n\] may not exist: axis 0 of a has entries 0 to N - 1"):
        Definition(a[2 * n], b[n])
