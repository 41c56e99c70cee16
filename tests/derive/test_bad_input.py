"""What a reader may write by mistake works, or gets a sentence with the letter, the place and what to write instead."""

import pytest
import sympy as sp
from sympy import Sum, exp

from helpers.compare import check
from helpers.derive import (
    Chain,
    Definition,
    L,
    backpropagate,
    gradient,
    indices,
    largest,
    numbers,
    sizes,
    tensor,
)

S, M, N = sizes("S M N")
(m,), (n, l), (p,) = indices("m", S), indices("n l", N), indices("p", M)
X, W, b, Y = tensor("X", S, M), tensor("W", N, M), tensor("b", N), tensor("Y", S, N)
SCORES = Sum(X[m, p] * W[n, p], p)
tau = sp.Symbol("tau", positive=True)

REFUSED = {
    "a loss by another name": (lambda: Definition(sp.Symbol("Loss"), Sum(b[n], n)), "call the loss L"),
    "a transpose": (lambda: Sum(X.T[p, m], p), r"X.T: write entries, where the transpose is X\[q, p\]"),
    "a matrix product": (lambda: X @ W, r"X @ ...: write the sum over entries"),
    "an array first": (lambda: [[1.0]] @ W, r"W @ ...: write the sum over entries"),
    "whole tensors": (lambda: Definition(Y[m, n], X * W), r"W stands in .* without indices"),
    "text": (lambda: Definition(Y[m, n], "X W"), "write the right side as an expression, not as text"),
    "nothing": (lambda: Definition(Y[m, n], None), "the right side is None: an expression in entries is expected"),
    "a matrix": (lambda: Definition(L, sp.MatrixSymbol("A", 2, 2)), r"A = tensor\('A', 2, 2\)"),
    "a determinant": (
        lambda: Definition(L, sp.Determinant(sp.MatrixSymbol("A", 2, 2))),
        r"A is a MatrixSymbol: write .* det\(A\)",
    ),
    "a condition": (lambda: Definition(Y[m, n], sp.Gt(b[n], 0)), "an expression in entries is expected"),
    "a complex number": (lambda: Definition(L, Sum(exp(sp.I * b[n]), n)), "is complex: every letter here is a real"),
    "a division by 0": (lambda: Definition(L, Sum(b[n], n) * sp.zoo), "something is divided by 0"),
    "no axes": (lambda: tensor("Z"), r"Z has no axes: .* or a number, Z, = numbers\('Z'\)"),
    "a plain letter as a size": (lambda: tensor("Z", sp.Symbol("K")), r"K is no size: write K, = sizes\('K'\)"),
    "an index as a size": (lambda: tensor("Z", n), "the index n stands where a size is expected"),
    "a plain letter as a range": (lambda: indices("k", sp.Symbol("K")), r"K is no size: write K, = sizes\('K'\)"),
    "several sizes at once": (lambda: tensor("Z", sizes("K L")), "is no size"),
    "a plain letter as an index": (lambda: Definition(L, b[sp.Symbol("z")]), r"unknown index z in b\[z\]"),
    "by a plain letter": (lambda: gradient(Definition(Y[m, n], SCORES / tau), tau), r"write tau, = numbers\('tau'\)"),
    "by text": (lambda: gradient(Definition(Y[m, n], SCORES), "W"), "'W' is no tensor: name what to differentiate by"),
    "by a list": (lambda: gradient(Definition(Y[m, n], SCORES), [W]), "is no tensor: name what to differentiate by"),
    "by a stranger": (lambda: gradient(Definition(Y[m, n], SCORES), b), "b is not defined: the definitions speak of"),
    "no definition": (lambda: gradient(W, X), "W is no definition: write Definition"),
    "not a definition": (lambda: Chain([SCORES]), "is no definition: write Definition"),
    "a letter as definitions": (lambda: backpropagate("Y = X W", W), "Y = X W is no definition"),
    "a tuple as the letter of a sum": (lambda: Sum(b[n], indices("q", N)), r"q stands in a tuple: .* q, = indices\('q"),
    "a letter that is taken": (
        lambda: Definition(Y[m, n], Sum(X[m, p] * b[n], p, n)),
        "n has a meaning outside of that sum: take another letter",
    ),
    "twice": (lambda: Chain([Definition(L, Sum(b[n], n))] * 2), "L is defined twice: give one of them another letter"),
    "too early": (
        lambda: Chain([Definition(L, Sum(Y[m, n], m, n)), Definition(Y[m, n], SCORES)]),
        "Y stands in L .* before its own definition: write that one first",
    ),
    "through what is given": (lambda: gradient(Definition(Y[m, n], SCORES), W, through=X), "X has no .* through Y"),
    "an unsigned base": (
        lambda: gradient(Definition(L, Sum(b[n] ** W[n, 0], n)), W),
        r"write exp\(W\[n, 0\]\*log\(b\[n\]\)\)",
    ),
    "an unknown function": (
        lambda: gradient(Definition(L, Sum(sp.Function("u")(b[n], b[n] ** 2), n)), b),
        r"write u by its formula, or u = elementwise\('u\(y, z\)'\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_slip_is_named(name):
    act, said = REFUSED[name]
    with pytest.raises((ValueError, TypeError, AttributeError, NotImplementedError), match=said):
        act()


def test_a_single_letter_need_not_be_unpacked():
    K = sizes("K")
    assert largest(b[n], indices("n", N)) == largest(b[n], n)
    k, (j,) = indices("k", K), indices("j", K)
    c = tensor("c", K)
    assert k[0] in c[k].indices and c.shape == tuple(K)
    assert check(gradient(Definition(L, Sum(c[j] ** 2, j) / K), c)).worst < 1e-12
    assert sizes("A, B") == sizes("A B")


def test_the_loss_may_be_a_letter_of_the_readers():
    assert Definition(sp.Symbol("L"), Sum(b[n] ** 2, n)).left == L


def test_a_number_that_is_learned():
    (t,) = numbers("tau")
    assert check(gradient(Definition(Y[m, n], SCORES / t), t)).worst < 1e-12
