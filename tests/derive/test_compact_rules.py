"""The rules that shorten a line: what each does, what it leaves alone, and that both sides are equal in numbers."""

import pytest
import sympy as sp
from sympy import Heaviside, KroneckerDelta, Max, Sum, exp, sqrt

from helpers.compare import LeftSide, check
from helpers.compare.left_side import Quantity
from helpers.derive import Chain, Definition, Fact, L, gradient, hessian, indices, sizes, tensor, upstream
from helpers.derive import rules as r
from helpers.derive.notation import Iverson
from helpers.derive.rules.recognition import replacing

S, M, N, K, H, c = sizes("S M N K H c")
s, i, j, k, l = indices("s i j k l", S)
m, n = indices("m n", M)
h, g = indices("h g", H)
y, z = indices("y z", N)
u, v = indices("u v", K)
A, B, P = tensor("A", S, S), tensor("B", S, S), tensor("P", S, S)
X, V, Y = tensor("X", S, M), tensor("V", S, M), tensor("Y", S, M)
a, b, w = tensor("a", S), tensor("b", S), tensor("w", M)
gamma = sp.Symbol("gamma", positive=True)
D, W, E = tensor("D", N), tensor("W", K), tensor("E", H)
product = Definition(Y[s, m], Sum(P[s, k] * V[k, m], k) / 2)
softmax = Definition(P[i, k], exp(A[i, k]) / Sum(exp(A[i, l]), l))
windows = Chain((), where={N: 2 * (H - 1) + K})
(W0,) = indices("W0", K)  # the letter with which the definition of every_letter sums over K
step = Heaviside(a[i], 0)

# name: (rule, a line, the line after it, the letters of both, definitions)
RULES = {
    "one letter": (
        r.one_letter,
        Sum(A[s, i] * X[s, m], s) + 3 * Sum(B[i, k] * X[k, m], k),
        Sum(X[k, m] * (A[k, i] + 3 * B[i, k]), k),
        (i, m),
        (),
    ),
    "one letter, a turned difference": (
        r.one_letter,
        Sum((a[k] - a[i]) * A[i, k], k) - Sum((a[i] - a[s]) * A[s, i], s),
        Sum((a[i] - a[s]) * (-A[i, s] - A[s, i]), s),
        (i,),
        (),
    ),
    "one letter, in the other order": (
        r.one_letter,
        Sum(A[s, k] * a[s], s, k) - Sum(B[k, s] * a[s], k, s),
        Sum((A[s, k] - B[k, s]) * a[s], k, s),
        (),
        (),
    ),
    "into the sum": (
        r.into_sum,
        Sum(A[i, k] * a[k], k) / Sum(exp(A[i, k]), k),
        Sum(A[i, k] * a[k] / Sum(exp(A[i, l]), l), k),
        (i,),
        (),
    ),
    "one sum of entries": (
        r.one_product,
        Sum(A[i, k] * Sum(B[k, l] * X[l, m], l), k),
        Sum(A[i, k] * B[k, l] * X[l, m], k, l),
        (i, m),
        (),
    ),
    "a factor of some terms": (
        r.collect,
        sp.tanh(a[i]) * b[i] + b[i] * Sum(A[i, k], k) + 1,
        b[i] * (sp.tanh(a[i]) + Sum(A[i, k], k)) + 1,
        (i,),
        (),
    ),
    "the least power": (
        r.common_factor,
        gamma * P[i, i] ** (gamma - 1) * a[i] + P[i, i] ** gamma,
        P[i, i] ** (gamma - 1) * (gamma * a[i] + P[i, i]),
        (i,),
        softmax,
    ),
    "a logistic function": (
        r.logistic,
        b[i] * exp(a[i]) / (2 + 3 * exp(a[i])),
        b[i] / (2 * exp(-a[i]) + 3),
        (i,),
        (),
    ),
    "a step beside its maximum": (r.above_zero, step * Max(0, a[i]) * b[i], Max(0, a[i]) * b[i], (i,), ()),
    "a step squared": (r.above_zero, step**2 * b[i], step * b[i], (i,), ()),
    "a named sum": (
        r.recognise_sum(product),
        Sum(X[i, m] * V[k, m] * P[i, k], m, k),
        2 * Sum(X[i, m] * Y[i, m], m),
        (i,),
        product,
    ),
    "a named sum, the other sum first": (
        r.recognise_sum(product),
        Sum(P[i, k] * Sum(X[i, m] * V[k, m], m), k),
        2 * Sum(X[i, m] * Y[i, m], m),
        (i,),
        product,
    ),
    "rows that sum to 1": (r.of_defined([]), a[i] * Sum(P[i, k], k), a[i], (i,), softmax),
    "an entry that exists": (r.always, E[h] * Iverson(2 * h + u, N), E[h], (h, u), windows),
    "a shifted letter": (
        r.shift,
        Sum(W[y - 2 * h] * D[y] * Iverson(y - 2 * h, K), y),
        Sum(W[W0] * D[W0 + 2 * h], W0),
        (h,),
        windows,
    ),
    "a delta under two sums": (
        r.around_delta,
        Sum(D[y] * Sum(E[h] * KroneckerDelta(y, 2 * h + u), h), y),
        Sum(D[y] * E[h] * KroneckerDelta(y, 2 * h + u), y, h),
        (u,),
        windows,
    ),
}


def chain_of(definitions, *lines):
    """The definitions, and one that speaks of every letter of the lines."""
    chain = definitions if isinstance(definitions, Chain) else Chain(definitions)
    return Chain([*chain, *every_letter(chain, lines)], where=chain.where)


def every_letter(chain, lines):
    bases = {e.base for line in lines for e in line.atoms(sp.Indexed)} - {d.tensor for d in chain}
    sums = []
    for base in sorted(bases, key=str):
        letters = [sp.Idx(f"{base}{axis}", size) for axis, size in enumerate(base.shape)]
        sums.append(Sum(base[tuple(letters)], *letters))
    return [Definition(tensor("Q", sp.S.One)[0], gamma + sum(sums))]


@pytest.mark.parametrize("name", RULES)
def test_both_sides_are_equal(name):
    rule, left, right, free, definitions = RULES[name]
    chain = chain_of(definitions, left, right)
    assert rule(left, chain) == right
    verdict = LeftSide(Quantity(left, free, chain)).verdict(right)
    assert verdict, verdict


UNTOUCHED = {
    "an index before the sum": (r.one_letter, a[i] * Sum(A[s, i] * b[s], s) + Sum(b[s], s)),
    "sums over two sizes": (r.one_letter, Sum(X[i, m] * w[m], m) + Sum(A[i, s] * b[s], s)),
    "nothing in common": (r.one_letter, Sum(A[i, k] * a[k], k) + Sum(B[i, k] * b[k], k)),
    "a function under the sum": (r.one_product, Sum(A[i, k] * exp(Sum(B[k, l] * a[l], l)), k)),
    "a letter of the name's sum outside of it": (r.recognise_sum(product), Sum(P[i, k] * V[k, m] * a[k], k)),
    "a place that may lie outside": (r.always, E[h] * Iverson(2 * h + u + 1, N)),
    "a shift that may lead outside": (r.shift, Sum(W[y - 2 * h] * D[y] * Iverson(y - 2 * h - 1, K), y)),
    "products of entries": (r.collect, a[i] * b[i] + a[i] * w[m] + 1),
    "columns, which sum to something": (r.of_defined([]), Sum(P[i, k], i)),
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_it_leaves_alone(name):
    rule, e = UNTOUCHED[name]
    chain = Chain([product] if "name" in name else [softmax], where=windows.where)
    assert rule(e, chain) == e


CLASHES = {
    "one sum": (r.one_product, Sum(A[k, i] * Sum(B[i, k], k), i), (k,)),
    "one letter": (r.one_letter, Sum(A[i, s] * b[s], s) + Sum(B[s, i] * b[i], i), (i, s)),
    "into the sum": (r.into_sum, Sum(A[i, k] * Sum(B[k, l], l), k) / Sum(exp(B[l, k]), k), (i, l)),
    "a named sum": (r.recognise_sum(product), Sum(X[k, m] * Sum(P[k, l] * V[l, m], l), m), (k,)),
}


@pytest.mark.parametrize("name", CLASHES)
def test_no_letter_is_captured(name):
    """Where two sums have one letter, or a sum has that of a free index, the rule moves one of them away."""
    rule, e, free = CLASHES[name]
    chain = chain_of(product if "name" in name else (), e)
    assert rule(e, chain) != e
    assert LeftSide(Quantity(e, free, chain)).verdict(rule(e, chain))


def test_a_symmetry_puts_letters_in_one_order():
    use = replacing(A[i, j], A[j, i])
    assert use(A[l, k] + A[k, l], Chain()) == 2 * A[k, l]


def test_a_root_is_its_name_and_no_modulus():
    norm = Definition(L, sqrt(Sum(X[i, m] ** 2, i, m)))
    derivation = gradient(norm, X[s, n])
    assert derivation.result == X[s, n] / L
    assert check(derivation).worst < 1e-12
    length = tensor("r", S)  # not said to be positive
    rows = [Definition(length[s], sqrt(Sum(X[s, m] ** 2, m))), Definition(L, Sum(length[s], s))]
    assert gradient(rows, X[i, n]).result == X[i, n] / length[i]


def test_the_loss_is_a_name():
    bump = Definition(L, exp(-Sum(w[m] ** 2, m) / 2))
    derivation = hessian(bump, w[m], w[n])
    assert derivation.result == L * (w[m] * w[n] - KroneckerDelta(m, n))
    assert check(derivation).worst < 1e-12


def test_attention_in_names():
    """dA = P (Σ_e dY (V − Y)), with no upstream gradient of P."""
    attention = [softmax, Definition(Y[i, m], Sum(P[i, k] * V[k, m], k))]
    derivation = gradient(attention, A[i, j])
    (e,) = {limit[0] for sum_ in derivation.result.atoms(Sum) for limit in sum_.limits}
    dY = upstream(Y)
    assert derivation.result == P[i, j] * Sum(dY[i, e] * (V[j, e] - Y[i, e]), e)
    assert check(derivation).worst < 1e-12


def test_a_total_follows_from_a_fact():
    T, Q = tensor("T", S, M), tensor("Q", S, M)
    smooth = Definition(Q[s, m], (1 - gamma) * T[s, m] + gamma / M)
    fact = Fact("one-hot", Sum(T[s, m], m), 1)
    assert r.of_defined([r.given(fact)])(Sum(Q[i, m], m), Chain([smooth])) == 1
