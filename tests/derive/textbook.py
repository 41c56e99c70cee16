"""Definitions with the lines that textbooks have for their gradients: how right and how compact is what is derived?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sympy as sp
from sympy import Heaviside, KroneckerDelta, Max, Sum, erf, exp, log, sqrt, tanh

from helpers.derive import (
    Definition,
    Derivation,
    Fact,
    L,
    gradient,
    hessian,
    indices,
    jacobian,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.notation import Tensor

S, M, N, D, T = sizes("S M N D T")
s, s2 = indices("s z", S)
m, p, q = indices("m p q", M)
n, k, l = indices("n k l", N)
d, e = indices("d e", D)
t, u, v = indices("t u v", T)
X, W, Y = tensor("X", S, M), tensor("W", N, M), tensor("Y", S, N)
Z, P, C, F = tensor("Z", S, N), tensor("P", S, N), tensor("C", S, N), tensor("F", S, N)
a, b, c, w, y, r = (
    tensor("a", S),
    tensor("b", N),
    tensor("c", S),
    tensor("w", M),
    tensor("y", S),
    tensor("r", S, positive=True),
)
A, B, G = tensor("A", M, M), tensor("B", M, N), tensor("G", S, S)
tau, lam, g = sp.symbols("tau lambda gamma", positive=True)
dY, dP, dG = map(upstream, (Y, P, G))
KINDS = {"gradient": gradient, "jacobian": jacobian, "hessian": hessian}


@dataclass(frozen=True)
class Line:
    """A question, and the textbook's line for it as a function of the free indices."""

    name: str
    definitions: tuple[Definition, ...]
    x: Tensor
    book: Callable[..., sp.Expr]
    kind: str = "gradient"
    facts: tuple[Fact, ...] = ()

    def derive(self) -> Derivation:
        """The derivation, made anew."""
        return KINDS[self.kind](self.definitions, self.x, facts=self.facts)


def step(x: sp.Expr) -> sp.Expr:
    """[x > 0]"""
    return Heaviside(x, 0)


def softmax(Out: Tensor, In: Tensor, scale: sp.Expr = sp.S.One) -> Definition:
    """Each row of Out sums to 1."""
    return Definition(Out[s, n], exp(In[s, n] / scale) / Sum(exp(In[s, k] / scale), k))


def elementary() -> Iterator[Line]:
    """Products of matrices, and functions entry by entry."""
    linear = (Definition(Y[s, n], Sum(X[s, p] * W[n, p], p) + b[n]),)
    yield Line("linear, dX", linear, X, lambda i, j: Sum(dY[i, n] * W[n, j], n))
    yield Line("linear, dW", linear, W, lambda i, j: Sum(dY[s, i] * X[s, j], s))
    yield Line("linear, db", linear, b, lambda i: Sum(dY[s, i], s))
    form = (Definition(L, Sum(w[p] * A[p, q] * w[q], p, q)),)
    yield Line("quadratic form, dw", form, w, lambda i: Sum((A[i, q] + A[q, i]) * w[q], q))
    yield Line("quadratic form, dA", form, A, lambda i, j: w[i] * w[j])
    gram = (Definition(G[s, s2], Sum(X[s, p] * X[s2, p], p)),)
    yield Line("Gram matrix, dX", gram, X, lambda i, j: Sum((dG[i, s] + dG[s, i]) * X[s, j], s))
    trace = (Definition(L, Sum(A[p, q] * B[q, n] * B[p, n], p, q, n)),)
    yield Line("tr Bᵀ A B, dB", trace, B, lambda i, j: Sum((A[i, q] + A[q, i]) * B[q, j], q))
    cube = (Definition(L, Sum(A[m, p] * A[p, q] * A[q, m], m, p, q)),)
    yield Line("tr A³, dA", cube, A, lambda i, j: 3 * Sum(A[j, p] * A[p, i], p))
    for name, f, book in (
        ("sigmoid, dZ", lambda z: 1 / (1 + exp(-z)), lambda z, out: out * (1 - out)),
        ("tanh, dZ", tanh, lambda z, out: 1 - out**2),
        ("ReLU, dZ", lambda z: Max(0, z), lambda z, out: step(z)),
        ("softplus, dZ", lambda z: log(1 + exp(z)), lambda z, out: 1 / (1 + exp(-z))),
    ):
        yield Line(
            name,
            (Definition(Y[s, n], f(Z[s, n])),),
            Z,
            lambda i, j, book=book: dY[i, j] * book(Z[i, j], Y[i, j]),
        )
    gelu = (Definition(Y[s, n], Z[s, n] * (1 + erf(Z[s, n] / sqrt(2))) / 2),)
    normal = exp(-(Z[s, n] ** 2) / 2) / sqrt(2 * sp.pi)
    yield Line(
        "GELU, dZ",
        gelu,
        Z,
        lambda i, j: (
            dY[i, j] * ((1 + erf(Z[i, j] / sqrt(2))) / 2 + Z[i, j] * normal.xreplace({Z[s, n]: Z[i, j]}))
        ),
    )


def losses() -> Iterator[Line]:
    """What is minimised."""
    one_hot = Fact("rows of C sum to 1", Sum(C[s, n], n), 1)
    mse = (Definition(L, Sum((Y[s, n] - C[s, n]) ** 2, s, n) / (S * N)),)
    yield Line("squared error, dY", mse, Y, lambda i, j: 2 * (Y[i, j] - C[i, j]) / (S * N))
    ridge = (Definition(L, Sum((Sum(X[s, p] * w[p], p) - y[s]) ** 2, s) / 2 + lam * Sum(w[p] ** 2, p) / 2),)
    residual = Sum(X[s, p] * w[p], p) - y[s]
    yield Line("ridge, dw", ridge, w, lambda i: Sum(X[s, i] * residual, s) + lam * w[i])
    logistic = (
        Definition(a[s], Sum(X[s, p] * w[p], p)),
        Definition(c[s], 1 / (1 + exp(-a[s]))),
        Definition(L, -Sum(y[s] * log(c[s]) + (1 - y[s]) * log(1 - c[s]), s) / S),
    )
    yield Line("logistic, dw", logistic, w, lambda i: Sum((c[s] - y[s]) * X[s, i], s) / S)
    entropy = (softmax(P, Z), Definition(L, -Sum(C[s, n] * log(P[s, n]), s, n) / S))
    yield Line("cross-entropy, dZ", entropy, Z, lambda i, j: (P[i, j] - C[i, j]) / S, facts=(one_hot,))
    yield Line(
        "cross-entropy without the fact, dZ",
        entropy,
        Z,
        lambda i, j: (P[i, j] * Sum(C[i, k], k) - C[i, j]) / S,
    )
    smooth = (Definition(F[s, n], (1 - lam) * C[s, n] + lam / N), softmax(P, Z))
    smooth += (Definition(L, -Sum(F[s, n] * log(P[s, n]), s, n)),)
    yield Line("smoothed cross-entropy, dZ", smooth, Z, lambda i, j: P[i, j] - F[i, j], facts=(one_hot,))
    focal = (softmax(P, Z), Definition(L, -Sum(C[s, n] * (1 - P[s, n]) ** g * log(P[s, n]), s, n)))

    def of_focal(i, j):
        return C[i, j] * (1 - P[i, j]) ** (g - 1) * (g * P[i, j] * log(P[i, j]) - (1 - P[i, j]))

    yield Line("focal loss, dZ", focal, Z, lambda i, j: of_focal(i, j) - P[i, j] * Sum(of_focal(i, n), n))
    hinge = (Definition(a[s], Sum(X[s, p] * w[p], p)), Definition(L, Sum(Max(0, 1 - y[s] * a[s]), s)))
    yield Line("hinge, dw", hinge, w, lambda i: -Sum(step(1 - y[s] * a[s]) * y[s] * X[s, i], s))
    margin = (Definition(L, Sum(Max(0, 1 - y[s]) ** 2, s)),)
    yield Line("squared hinge, dy", margin, y, lambda i: -2 * Max(0, 1 - y[i]))
    nll = (Definition(L, Sum((y[s] - a[s]) ** 2 / (2 * r[s]) + log(r[s]) / 2, s)),)
    yield Line("Gaussian likelihood, dr", nll, r, lambda i: (r[i] - (y[i] - a[i]) ** 2) / (2 * r[i] ** 2))


def norms() -> Iterator[Line]:
    """Lengths, and what is divided by them."""
    frobenius = (Definition(L, sqrt(Sum(X[s, m] ** 2, s, m))),)
    yield Line("Frobenius norm, dX", frobenius, X, lambda i, j: X[i, j] / L)
    length = Definition(r[s], sqrt(Sum(Z[s, k] ** 2, k)))
    unit = (length, Definition(Y[s, n], Z[s, n] / r[s]))
    yield Line(
        "rows of length 1, dZ",
        unit,
        Z,
        lambda i, j: (dY[i, j] - Y[i, j] * Sum(dY[i, n] * Y[i, n], n)) / r[i],
    )
    rms = (Definition(r[s], sqrt(Sum(Z[s, k] ** 2, k) / N + lam)), Definition(Y[s, n], Z[s, n] / r[s]))
    yield Line(
        "root mean square norm, dZ",
        rms,
        Z,
        lambda i, j: (dY[i, j] - Y[i, j] * Sum(dY[i, n] * Y[i, n], n) / N) / r[i],
    )
    x, h = tensor("x", N), tensor("h", N)
    cosine = (Definition(L, Sum(x[n] * h[n], n) / (sqrt(Sum(x[k] ** 2, k)) * sqrt(Sum(h[l] ** 2, l)))),)
    yield Line(
        "cosine, dx",
        cosine,
        x,
        lambda i: (
            (h[i] / sqrt(Sum(h[l] ** 2, l)) - L * x[i] / sqrt(Sum(x[k] ** 2, k))) / sqrt(Sum(x[k] ** 2, k))
        ),
    )
    share = (Definition(Y[s, n], Z[s, n] / Sum(Z[s, k], k)),)
    yield Line(
        "shares of a sum, dZ",
        share,
        Z,
        lambda i, j: (dY[i, j] - Sum(dY[i, n] * Y[i, n], n)) / Sum(Z[i, k], k),
    )


def attention() -> Iterator[Line]:
    """Softmax, and sums weighted by it."""
    yield Line(
        "softmax, dZ",
        (softmax(P, Z),),
        Z,
        lambda i, j: P[i, j] * (dP[i, j] - Sum(dP[i, n] * P[i, n], n)),
    )
    hot = tensor("tau", sp.S.One, positive=True)[0]
    yield Line(
        "softmax, its temperature",
        (softmax(P, Z, hot),),
        hot,
        lambda: -Sum(dP[s, n] * P[s, n] * (Z[s, n] - Sum(P[s, k] * Z[s, k], k)), s, n) / hot**2,
    )
    soft = (Definition(y[s], log(Sum(exp(Z[s, k]), k))),)
    yield Line("log-sum-exp, dZ", (softmax(P, Z), *soft), Z, lambda i, j: upstream(y)[i] * P[i, j])
    V, O = tensor("V", N, D), tensor("O", S, D)
    dO = upstream(O)
    mean = (softmax(P, Z), Definition(O[s, d], Sum(P[s, n] * V[n, d], n)))
    yield Line("attention, dV", mean, V, lambda i, j: Sum(P[s, i] * dO[s, j], s))
    yield Line("attention, dZ", mean, Z, lambda i, j: P[i, j] * Sum(dO[i, d] * (V[j, d] - O[i, d]), d))
    Q, K = tensor("Q", S, D), tensor("K", N, D)
    scores = (Definition(Z[s, n], Sum(Q[s, d] * K[n, d], d) / sqrt(D)), softmax(P, Z))
    yield Line(
        "scores to weights, dQ",
        scores,
        Q,
        lambda i, j: Sum(P[i, n] * (dP[i, n] - Sum(dP[i, k] * P[i, k], k)) * K[n, j], n) / sqrt(D),
    )
    gate = (Definition(Y[s, n], Z[s, n] / (1 + exp(-F[s, n]))),)
    yield Line("gated unit, dZ", gate, Z, lambda i, j: dY[i, j] / (1 + exp(-F[i, j])))


def kernels() -> Iterator[Line]:
    """Functions of distances and of products."""
    Q, E, H = tensor("Q", T, M), tensor("E", S, T), tensor("H", S, T)
    dE, dH = upstream(E), upstream(H)
    far = (Definition(E[s, t], Sum((X[s, p] - Q[t, p]) ** 2, p)),)
    yield Line("squared distances, dX", far, X, lambda i, j: 2 * Sum(dE[i, t] * (X[i, j] - Q[t, j]), t))
    own = (Definition(G[s, s2], Sum((X[s, p] - X[s2, p]) ** 2, p)),)
    yield Line(
        "distances among rows, dX",
        own,
        X,
        lambda i, j: 2 * Sum((dG[i, s] + dG[s, i]) * (X[i, j] - X[s, j]), s),
    )
    rbf = (Definition(H[s, t], exp(-g * Sum((X[s, p] - Q[t, p]) ** 2, p))),)
    yield Line(
        "Gaussian kernel, dX",
        rbf,
        X,
        lambda i, j: 2 * g * Sum(dH[i, t] * H[i, t] * (Q[t, j] - X[i, j]), t),
    )
    poly = (Definition(H[s, t], (Sum(X[s, p] * Q[t, p], p) + 1) ** 3),)
    yield Line(
        "cubic kernel, dX",
        poly,
        X,
        lambda i, j: 3 * Sum(dH[i, t] * (Sum(X[i, p] * Q[t, p], p) + 1) ** 2 * Q[t, j], t),
    )


def second_order() -> Iterator[Line]:
    """Hessians and Jacobians."""
    least = (Definition(L, Sum((Sum(X[s, p] * w[p], p) - y[s]) ** 2, s) / 2),)
    yield Line("least squares", least, w, lambda i, j: Sum(X[s, i] * X[s, j], s), "hessian")
    logistic = (
        Definition(a[s], Sum(X[s, p] * w[p], p)),
        Definition(c[s], 1 / (1 + exp(-a[s]))),
        Definition(L, -Sum(y[s] * log(c[s]) + (1 - y[s]) * log(1 - c[s]), s)),
    )
    yield Line("logistic", logistic, w, lambda i, j: Sum(c[s] * (1 - c[s]) * X[s, i] * X[s, j], s), "hessian")
    bump = (Definition(L, exp(-Sum(w[p] ** 2, p) / 2)),)
    yield Line("Gaussian bump", bump, w, lambda i, j: L * (w[i] * w[j] - KroneckerDelta(i, j)), "hessian")
    yield Line(
        "softmax",
        (softmax(P, Z),),
        Z,
        lambda f, h, i, j: KroneckerDelta(f, i) * P[f, h] * (KroneckerDelta(h, j) - P[f, j]),
        "jacobian",
    )
    linear = (Definition(y[s], Sum(X[s, p] * w[p], p)),)
    yield Line("linear map", linear, w, lambda i, j: X[i, j], "jacobian")
    unit = (Definition(r[s], sqrt(Sum(Z[s, k] ** 2, k))), Definition(Y[s, n], Z[s, n] / r[s]))
    yield Line(
        "rows of length 1",
        unit,
        Z,
        lambda f, h, i, j: KroneckerDelta(f, i) * (KroneckerDelta(h, j) - Y[f, h] * Y[f, j]) / r[f],
        "jacobian",
    )


FAMILIES = {
    "elementary": elementary,
    "losses": losses,
    "norms": norms,
    "attention": attention,
    "kernels": kernels,
    "second order": second_order,
}
LINES = [line for family in FAMILIES.values() for line in family()]
