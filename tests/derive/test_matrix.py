"""Matrix notation and NumPy source: as one would write them, and equal to the loops that the indices say."""

import itertools
import math
import re

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sympy import Indexed, KroneckerDelta, Sum

from helpers.compare import numpy_function
from helpers.derive import (
    Partial,
    einsum_source,
    elementwise,
    indices,
    matrix_form,
    numpy_source,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.matrix import as_matrices
from helpers.derive.notation import Elementwise

S, M, N, K = sizes("S M N K")
SIZES = {S: 4, M: 2, N: 3, K: 5}
m, i = indices("m i", S)
n, j = indices("n j", N)
p, q = indices("p q", M)
(k,) = indices("k", K)
X, W, b, Y, T = tensor("X", S, M), tensor("W", N, M), tensor("b", N), tensor("Y", S, N), tensor("T", S, N)
Z = tensor("X", S, N)  # the X of an elementwise layer has the shape of Y
W1, Y1, W2, Y2 = tensor("W1", N, M), tensor("Y1", S, N), tensor("W2", K, N), tensor("Y2", S, K)
dY, dY2, alpha = upstream(Y), upstream(Y2), sp.Symbol("alpha", positive=True)
h_prime = elementwise("h")(Z[i, j]).derivative()

DY = r"\frac{\partial L}{\partial \mathbf{Y}}"
DY2 = r"\frac{\partial L}{\partial \mathbf{Y}^{(2)}}"
ONE = r"\mathbf{1}"

# name: (expression, free indices, NumPy source, matrix form)
KNOWN = {
    "linear, Y": (
        Sum(X[m, p] * W[n, p], p) + b[n],
        (m, n),
        "X @ W.T + b",
        rf"\mathbf{{X}} \mathbf{{W}}^T + {ONE} \mathbf{{b}}^T",
    ),
    "linear, dW": (
        Sum(dY[m, n] * X[m, q], m),
        (n, q),
        "dY.T @ X",
        rf"\left({DY}\right)^T \mathbf{{X}}",
    ),
    "linear, db": (Sum(dY[m, n], m), (n,), "dY.sum(0)", rf"{ONE}^T {DY}"),
    "linear, dX": (Sum(dY[i, n] * W[n, q], n), (i, q), "dY @ W", rf"{DY} \mathbf{{W}}"),
    "elementwise, dX": (
        dY[i, j] * h_prime,
        (i, j),
        "dY * h_prime(X)",
        rf"{DY} \circ h'\left(\mathbf{{X}}\right)",
    ),
    "softmax, Y": (
        sp.exp(Z[m, n]) / Sum(sp.exp(Z[m, j]), j),
        (m, n),
        "np.exp(X) / np.exp(X).sum(1, keepdims=True)",
        r"\exp\left(\mathbf{X}\right) \oslash "
        rf"\left(\left(\exp\left(\mathbf{{X}}\right) {ONE}\right) {ONE}^T\right)",
    ),
    "softmax, dX": (
        Y[i, j] * (dY[i, j] - Sum(dY[i, n] * Y[i, n], n)),
        (i, j),
        "Y * (dY - (dY * Y).sum(1, keepdims=True))",
        rf"\mathbf{{Y}} \circ \left({DY} - "
        rf"\left(\left({DY} \circ \mathbf{{Y}}\right) {ONE}\right) {ONE}^T\right)",
    ),
    "log-softmax, dX": (
        dY[i, j] - sp.exp(Y[i, j]) * Sum(dY[i, n], n),
        (i, j),
        "dY - np.exp(Y) * dY.sum(1, keepdims=True)",
        rf"{DY} - \exp\left(\mathbf{{Y}}\right) \circ \left(\left({DY} {ONE}\right) {ONE}^T\right)",
    ),
    "cross-entropy, L": (
        -Sum(T[m, n] * sp.log(Z[m, n]), m, n) / S,
        (),
        "-(T * np.log(X)).sum() / S",
        rf"-\frac{{1}}{{S}} {ONE}^T \left(\mathbf{{T}} \circ \log\left(\mathbf{{X}}\right)\right) {ONE}",
    ),
    "cross-entropy, dX": (
        -T[i, j] / (S * Z[i, j]),
        (i, j),
        "-T / (S * X)",
        r"-\frac{1}{S} \mathbf{T} \oslash \mathbf{X}",
    ),
    "fused, dX": (
        (Y[i, j] - T[i, j]) / S,
        (i, j),
        "(Y - T) / S",
        r"\frac{1}{S} \left(\mathbf{Y} - \mathbf{T}\right)",
    ),
    "mean squared error, dX": (
        2 * (Z[i, j] - T[i, j]) / (N * S),
        (i, j),
        "2 * (X - T) / (S * N)",
        r"\frac{2}{S N} \left(\mathbf{X} - \mathbf{T}\right)",
    ),
    "two layers, dW1": (
        Sum(dY2[m, k] * W2[k, n] * elementwise("h")(Y1[m, n]).derivative() * X[m, q], k, m),
        (n, q),
        "((dY2 @ W2) * h_prime(Y1)).T @ X",
        rf"\left(\left({DY2} \mathbf{{W}}^{{(2)}}\right) \circ "
        r"h'\left(\mathbf{Y}^{(1)}\right)\right)^T \mathbf{X}",
    ),
    "two layers, dX": (
        Sum(dY2[m, k] * W2[k, n] * elementwise("h")(Y1[m, n]).derivative() * W1[n, q], k, n),
        (m, q),
        "((dY2 @ W2) * h_prime(Y1)) @ W1",
        rf"\left(\left({DY2} \mathbf{{W}}^{{(2)}}\right) \circ "
        r"h'\left(\mathbf{Y}^{(1)}\right)\right) \mathbf{W}^{(1)}",
    ),
    "relu": (sp.Max(0, Z[i, j]), (i, j), "np.maximum(X, 0)", r"\max\left(\mathbf{X}, 0\right)"),
    "relu, dX": (
        dY[i, j] * sp.Heaviside(Z[i, j], 0),
        (i, j),
        "dY * np.heaviside(X, 0)",
        rf"{DY} \circ \left[\mathbf{{X}} > 0\right]",
    ),
    "elu, dX": (
        dY[i, j] * sp.Piecewise((1, Z[i, j] > 0), (alpha * sp.exp(Z[i, j]), True)),
        (i, j),
        "dY * np.where(X > 0, 1, alpha * np.exp(X))",
        rf"{DY} \circ \left(\begin{{cases}} 1 & \text{{where }} \mathbf{{X}} > 0 \\ "
        r"\alpha \exp\left(\mathbf{X}\right) & \text{otherwise} \end{cases}\right)",
    ),
    "gelu": (
        Z[i, j] * (1 + sp.erf(Z[i, j] / sp.sqrt(2))) / 2,
        (i, j),
        "X * (1 + erf(X / 2**0.5)) / 2",
        rf"\frac{{1}}{{2}} \mathbf{{X}} \circ \left({ONE} {ONE}^T + "
        r"\operatorname{erf}\left(\frac{1}{\sqrt{2}} \mathbf{X}\right)\right)",
    ),
    "a scale and a shift of columns": (
        Sum(dY[m, n] * b[n] * W[n, p], n),
        (m, p),
        "(dY * b) @ W",
        rf"{DY} \operatorname{{diag}}\left(\mathbf{{b}}\right) \mathbf{{W}}",
    ),
    "zero": (sp.Integer(0), (m, n), "np.zeros((S, N))", r"\mathbf{0}"),
    "constant along an axis": (b[n], (m, n), "np.broadcast_to(b, (S, N))", rf"{ONE} \mathbf{{b}}^T"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_it_reads_as_one_writes_it(name):
    e, free, source, matrix = KNOWN[name]
    assert numpy_source(e, free) == source
    assert matrix_form(e, free) == matrix


@pytest.mark.parametrize("name", KNOWN)
def test_both_sources_run_and_are_right(name):
    e, free, *_ = KNOWN[name]
    assert_both_sources_are_right(e, free)


def test_a_jacobian_of_rank_3_or_4_is_einsum_and_no_matrix():
    jacobian = X[m, q] * KroneckerDelta(n, j)
    assert einsum_source(jacobian, (m, n, j, q)) == 'np.einsum("mq,nj->mnjq", X, np.eye(N))'
    assert numpy_source(jacobian, (m, n, j, q)) == einsum_source(jacobian, (m, n, j, q))
    assert_both_sources_are_right(jacobian, (m, n, j, q))
    assert_both_sources_are_right(Y[m, n] * (KroneckerDelta(n, j) - Y[m, j]), (m, n, j))
    with pytest.raises(
        NotImplementedError, match="an array over m, n, j, q has no matrix form; einsum_source"
    ):
        as_matrices(jacobian, (m, n, j, q))


def test_three_axes_inside_a_sum_are_multiplied_out():
    e = Sum(dY[i, n] * Y[i, n] * (KroneckerDelta(n, j) - Y[i, j]), n)
    with pytest.raises(NotImplementedError, match="i, j and n has no matrix form"):
        as_matrices(Sum(dY[i, n] * sp.exp(Y[i, n] * Y[i, j]), n), (i, j))
    D = rf"{DY} \circ \mathbf{{Y}}"
    row = rf"\left(\left({D}\right) {ONE}\right) {ONE}^T"
    assert as_matrices(e, (i, j)) == rf"\left({D}\right) \mathbf{{I}} - \mathbf{{Y}} \circ \left({row}\right)"
    assert_both_sources_are_right(e, (i, j))


def test_einsum_says_the_letters():
    assert einsum_source(Sum(dY[m, n] * X[m, q], m), (n, q)) == 'np.einsum("mn,mq->nq", dY, X)'
    assert einsum_source(Sum(dY[m, n], m), (n,)) == 'np.einsum("mn->n", dY)'


def test_a_column_is_a_slice():
    assert matrix_form(Y[m, 0] + Y[m, n], (m, n)) == rf"\mathbf{{Y}} + \mathbf{{Y}}_{{:, 1}} {ONE}^T"


@pytest.mark.parametrize("write", [as_matrices, numpy_source, einsum_source])
@pytest.mark.parametrize(
    ("e", "said"),
    [
        (Partial(Y[m, n], b[n]) * Y[m, n], "Partial has no"),
        (sp.gamma(Y[m, n]), "gamma has no"),
        (Sum(Y[m, j], (j, 1, N - 1)) + Y[m, n], "the sum over j does not run over the whole range"),
    ],
)
def test_what_it_cannot_say_it_refuses(write, e, said):
    with pytest.raises(NotImplementedError, match=said):
        write(e, (m, n))


@pytest.mark.parametrize("write", [matrix_form, numpy_source, einsum_source])
def test_an_index_left_free_is_named(write):
    with pytest.raises(ValueError, match="n is left free on the right; the left side has i, q"):
        write(dY[i, n] * X[i, q], (i, q))
    with pytest.raises(ValueError, match="stands twice on the left"):
        write(dY[i, n], (i, n, n))


def test_the_function_reads_the_sizes_and_says_what_is_missing():
    f = numpy_function(KNOWN["cross-entropy, dX"][0], (i, j))
    assert f.source == "-T / (S * X)"
    assert np.array_equal(f(T=np.ones((5, 3)), X=np.full((5, 3), 2.0)), np.full((5, 3), -0.1))
    with pytest.raises(TypeError, match="needs T"):
        f(X=np.ones((5, 3)))
    with pytest.raises(ValueError, match=r"has shape \(4, 3\); it needs \(S, N\), where S is 5 in"):
        f(T=np.ones((5, 3)), X=np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"X has shape \(3,\); it needs 2 axes, \(S, N\)"):
        f(T=np.ones((5, 3)), X=np.ones(3))
    with pytest.raises(TypeError, match="needs h_prime"):
        numpy_function(dY[i, j] * h_prime, (i, j))(dY=np.ones((5, 3)), X=np.ones((5, 3)))


def test_float32_stays_float32():
    for name in ("softmax, dX", "gelu", "elu, dX", "mean squared error, dX", "relu, dX", "two layers, dX"):
        e, free, *_ = KNOWN[name]
        assert numpy_function(e, free)(**arguments(e, np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("e", "free"),
    [
        (Sum(Y[m, n], n) * Sum(Y[m, n] ** 2, n), (m,)),
        (Sum(Y[m, n] * sp.sin(Sum(Y[m, n], n)), n), (m,)),
        (Sum(b[n] * Sum(b[n], n), n), (n,)),
        (Sum(Y[m, n] * Sum(Y[m, n], n), n), (m,)),
        (sp.exp(Y[m, n]) * Sum(sp.exp(Y[m, n]), n), (m, n)),
    ],
)
def test_one_letter_for_two_indices_is_kept_apart(e, free):
    assert_both_sources_are_right(e, free)


# The same by loops


def arguments(e, dtype=float):
    """Random arrays for every tensor of an expression, numbers and functions for the rest."""
    rng = np.random.default_rng(0)
    bases = sorted({a.base for a in e.atoms(Indexed)}, key=str)
    arrays = {str(a.label): rng.uniform(0.5, 1.5, [SIZES[s] for s in a.shape]).astype(dtype) for a in bases}
    functions = {"h": np.sin, "h_prime": np.cos}
    return {**{str(s): value for s, value in SIZES.items()}, **arrays, **functions, "alpha": 0.7}


def entry(e, at, values):
    """One entry of an index expression, `at` the number of each index: the definition, term by term."""
    of = lambda a: entry(a, at, values)  # noqa: E731
    if isinstance(e, Indexed):
        return values[str(e.base.label)][tuple(at[a] for a in e.indices)]
    if isinstance(e, KroneckerDelta):
        return float(at[e.args[0]] == at[e.args[1]])
    if isinstance(e, Sum):
        bound = [limit[0] for limit in e.limits]
        ranges = [range(SIZES[a.upper + 1]) for a in bound]
        return sum(
            entry(e.function, {**at, **dict(zip(bound, numbers, strict=True))}, values)
            for numbers in itertools.product(*ranges)
        )
    if isinstance(e, Elementwise):
        return values[e.name + "_prime" * e.order](of(e.argument))
    if isinstance(e, sp.Piecewise):
        return next(of(v) for v, c in e.args if c is sp.true or of(c.lhs - c.rhs) > 0)
    if isinstance(e, sp.Heaviside):
        return np.heaviside(of(e.args[0]), float(e.args[1]))
    if isinstance(e, sp.Symbol):
        return values[str(e)]
    if e.is_number:
        return float(e)
    parts = [of(a) for a in e.args]
    if isinstance(e, sp.Add):
        return math.fsum(parts)
    if isinstance(e, sp.Mul):
        return math.prod(parts)
    if isinstance(e, sp.Pow):
        return parts[0] ** parts[1]
    return {"Max": max, "Min": min}.get(type(e).__name__, getattr(math, type(e).__name__, None))(*parts)


def assert_both_sources_are_right(e, free):
    e, values = sp.sympify(e), arguments(sp.sympify(e))
    shape = [SIZES[a.upper + 1] for a in free]
    right = np.empty(shape)
    for number in np.ndindex(*shape):
        right[number] = entry(e, dict(zip(free, number, strict=True)), values)
    for source in (numpy_source, einsum_source):
        f = numpy_function(e, free, source)
        got = f(**values)
        assert np.shape(got) == right.shape, f.source
        np.testing.assert_allclose(got, right, rtol=1e-12, atol=1e-12 * np.abs(right).max(), err_msg=f.source)


LETTERS = (m, i, n, j, p, k)
FUNCTIONS = [sp.tanh, sp.sin, elementwise("h"), lambda x: sp.Max(x, 1)]


@st.composite
def expressions(draw, free, depth=3, deltas=True):
    """A random expression over these free indices, or over some of them."""
    kind = draw(st.sampled_from(["leaf", "sum", "sum", "add", "product", "quotient", "function"]))
    if kind == "leaf" or depth == 0:
        axes = draw(st.permutations(free))[: draw(st.integers(min(1, len(free)), len(free)))]
        if not axes:
            return sp.Integer(draw(st.integers(1, 3)))
        if deltas and len(axes) == 2 and axes[0].upper == axes[1].upper and draw(st.booleans()):
            return 1 + KroneckerDelta(*axes)
        shape = [a.upper + 1 for a in axes]
        return tensor("A" + "".join(map(str, shape)), *shape)[tuple(axes)]
    if kind == "sum":
        bound = draw(st.sampled_from([a for a in LETTERS if a not in free]))
        left = draw(expressions((*free[:1], bound), depth - 1, deltas))
        right = draw(expressions((bound, *free[1:]), depth - 1, deltas))
        return Sum(left * right, bound)
    one, other = (draw(expressions(free, depth - 1, deltas)) for _ in range(2))
    if kind == "add":
        return one + draw(st.sampled_from([-2, 1, sp.Rational(1, 2)])) * other
    if kind == "product":
        return one * other
    if kind == "quotient":
        return -one / (1 + other**2)
    return draw(st.sampled_from(FUNCTIONS))(one)


free_letters = st.permutations(LETTERS).flatmap(lambda a: st.integers(0, 2).map(lambda c: tuple(a[:c])))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(free_letters.flatmap(lambda free: st.tuples(st.just(free), expressions(free))))
def test_random_expressions_equal_their_loops(case):
    free, e = case
    assert_both_sources_are_right(e, free)


# The LaTeX, read back


class Ones:
    """A vector of ones: a column sums what stands at its left, a row what stands at its right, or it broadcasts."""

    def __init__(self, row=False):
        self.row = row

    @property
    def T(self):
        return Ones(not self.row)


def multiply(chain):
    """A chain of matrix products. Numbers, arrays of one entry, may stand anywhere."""
    number = math.prod(a.item() for a in chain if isinstance(a, np.ndarray) and a.size == 1)
    chain = [a for a in chain if isinstance(a, Ones) or a.size > 1]
    at = 0
    while at < len(chain):
        one, step = chain[at], 1
        if isinstance(one, Ones):
            beside = at + 1 if one.row else at - 1
            if 0 <= beside < len(chain) and not isinstance(chain[beside], Ones):
                axis = 0 if one.row else 1
                if chain[beside].shape[axis] > 1:
                    chain[beside] = chain[beside].sum(axis, keepdims=True)
            del chain[at]
            step = 0
        at += step
    for a in chain:
        number = number @ a if np.ndim(number) == 2 else number * a
    return np.full((1, 1), number) if np.ndim(number) == 0 else number


ENDS = ["+", "-", "}", ")", ",", r"\circ", r"\oslash"]


class Reader:
    """Reads matrix notation as arrays of two axes; an axis of size 1 broadcasts."""

    def __init__(self, tex, values):
        upstream = r"\\frac\{\\partial L\}\{\\partial \\mathbf\{(\w+)\}\}"
        tex = re.sub(upstream, r"\\mathbf{d\1}", tex)
        self.tokens = re.findall(
            r"\\mathbf\{\w+\}|\\operatorname\{\w+\}|\\[a-z]+|\d+|\w|\S", re.sub(r"\\(left|right)", "", tex)
        )
        self.values, self.at = values, 0

    def read(self):
        value = self.sum()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return value

    def next(self, *wanted):
        here = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if here and (not wanted or here in wanted):
            self.at += 1
            return here

    def sum(self):
        total = -self.entrywise() if self.next("-") else self.entrywise()
        while sign := self.next("+", "-"):
            total = total + (1 if sign == "+" else -1) * self.entrywise()
        return total

    def entrywise(self):
        product = self.matmul()
        while sign := self.next(r"\circ", r"\oslash"):
            factor = self.matmul()
            product = product * factor if sign == r"\circ" else product / factor
        return product

    def matmul(self):
        chain = [self.power()]
        while self.at < len(self.tokens) and self.tokens[self.at] not in ENDS:
            chain.append(self.power())
        return multiply(chain)

    def power(self):
        base = self.atom()
        while self.next("^"):
            if self.next("T"):
                base = base.T
                continue
            assert self.next("{")
            self.next(r"\circ")
            base = base ** self.sum().item()
            assert self.next("}")
        return base

    def atom(self):
        token = self.next()
        if token == "(":
            return self.until(")")
        if token == r"\frac":
            assert self.next("{")
            above = self.until("}")
            assert self.next("{")
            return above / self.until("}")
        if token == r"\mathbf{1}":
            return Ones()
        if token == r"\mathbf{0}":
            return np.zeros((1, 1))
        if token.startswith(r"\mathbf"):
            array = self.values[token[8:-1]]
            return array if array.ndim == 2 else array[:, None]
        if token.isdigit():
            return np.full((1, 1), float(token))
        if token in self.values and not callable(self.values[token]):
            return np.full((1, 1), float(self.values[token]))
        assert self.next("("), token
        first = self.sum()
        if token == r"\max":
            assert self.next(",")
            return np.maximum(first, self.until(")"))
        assert self.next(")")
        if token == r"\operatorname{diag}":
            return np.diag(first[:, 0])
        return self.values["h"](first) if token == "h" else getattr(np, token[1:])(first)

    def until(self, bracket):
        value = self.sum()
        assert self.next(bracket), self.tokens[self.at :]
        return value


@settings(max_examples=60, deadline=None, derandomize=True)
@given(free_letters.flatmap(lambda free: st.tuples(st.just(free), expressions(free, deltas=False))))
def test_random_matrix_forms_equal_their_source(case):
    free, e = case
    try:
        tex = matrix_form(e, free)
    except NotImplementedError as refusal:
        assume("has no matrix form" not in str(refusal))
    values = arguments(sp.sympify(e))
    right = numpy_function(e, free)(**values)
    got = Reader(tex, values).read()
    if len(free) == 1 and np.shape(got)[0] == 1:
        got = got.T
    got = np.broadcast_to(got, (*np.shape(right), 1, 1)[:2])
    np.testing.assert_allclose(got.reshape(np.shape(right)), right, rtol=1e-12, err_msg=tex)
