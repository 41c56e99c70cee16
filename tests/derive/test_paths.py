"""A gradient path by path: residuals, gates, shared weights, a transformer block; each path and their sum checked."""

import pytest
import sympy as sp
from sympy import Sum, Symbol, exp, sqrt, tanh

from helpers.compare import check, check_line
from helpers.derive import (
    Chain,
    Definition,
    L,
    backpropagate,
    elementwise,
    gradient,
    indices,
    numbers,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.strategy import identity, jacobians

S, M, N, K, H, T, D, F = sizes("S M N K H T D F")
(s,), (n, k), (q,), (p,), (c,) = (
    indices("s", S),
    indices("n k", N),
    indices("q", K),
    indices("p", M),
    indices("c", H),
)
h = elementwise("h")
eps = Symbol("epsilon", positive=True)


def sigmoid(u: sp.Expr) -> sp.Expr:
    return 1 / (1 + exp(-u))


def residual():
    X, W, A, Y = tensor("X", S, N), tensor("W", N, N), tensor("A", S, N), tensor("Y", S, N)
    net = Definition(A[s, n], Sum(X[s, k] * W[n, k], k)), Definition(Y[s, n], X[s, n] + h(A[s, n]))
    return net, X, (A,), lambda i, j: upstream(Y)[i, j] + Sum(upstream(A)[i, n] * W[n, j], n)


def tied_weights():
    X, W, Z, Y = tensor("X", S, M), tensor("W", K, M), tensor("Z", S, K), tensor("Y", S, M)
    net = (
        Definition(Z[s, q], Sum(X[s, p] * W[q, p], p)),
        Definition(Y[s, p], Sum(Z[s, q] * W[q, p], q)),
        Definition(L, Sum((Y[s, p] - X[s, p]) ** 2, s, p) / 2),
    )
    textbook = lambda i, j: Sum(upstream(Y)[s, j] * Z[s, i], s) + Sum(upstream(Z)[s, i] * X[s, j], s)  # noqa: E731
    return net, W, (Y, Z), textbook


def gru():
    """H = (1 − Z) ∘ C + Z ∘ G: the old state G reaches the new one on four paths, one of them through R and Ac."""
    G, R, Z, C, Y = (tensor(name, S, N) for name in ("G", "R", "Z", "C", "Y"))
    Ar, Az, Ac = (tensor(name, S, N) for name in ("Ar", "Az", "Ac"))
    Ur, Uz, Uc = (tensor(name, N, N) for name in ("Ur", "Uz", "Uc"))
    net = (
        Definition(Ar[s, n], Sum(Ur[n, k] * G[s, k], k)),
        Definition(R[s, n], sigmoid(Ar[s, n])),
        Definition(Az[s, n], Sum(Uz[n, k] * G[s, k], k)),
        Definition(Z[s, n], sigmoid(Az[s, n])),
        Definition(Ac[s, n], Sum(Uc[n, k] * R[s, k] * G[s, k], k)),
        Definition(C[s, n], tanh(Ac[s, n])),
        Definition(Y[s, n], (1 - Z[s, n]) * C[s, n] + Z[s, n] * G[s, n]),
    )

    def textbook(i, j):
        through = [Sum(upstream(A)[i, n] * U[n, j], n) for A, U in ((Ar, Ur), (Az, Uz), (Ac, Uc))]
        return through[0] + through[1] + R[i, j] * through[2] + upstream(Y)[i, j] * Z[i, j]

    return net, G, (Ar, R, Az, Z, Ac, C), textbook


def squeeze_excite():
    X, Y, G, A = tensor("X", S, K, H), tensor("Y", S, K, H), tensor("G", S, K), tensor("A", S, K)
    net = (
        Definition(A[s, q], Sum(X[s, q, c], c) / H),
        Definition(G[s, q], sigmoid(A[s, q])),
        Definition(Y[s, q, c], G[s, q] * X[s, q, c]),
    )
    return net, X, (G, A), lambda i, j, k: upstream(Y)[i, j, k] * G[i, j] + upstream(A)[i, j] / H


def attention_pooling():
    t, l = indices("t l", T)
    X, w, a, P, y = tensor("X", T, M), tensor("w", M), tensor("a", T), tensor("P", T), tensor("y", M)
    net = (
        Definition(a[t], Sum(X[t, p] * w[p], p)),
        Definition(P[t], exp(a[t]) / Sum(exp(a[l]), l)),
        Definition(y[p], Sum(P[t] * X[t, p], t)),
    )
    return net, X, (P, a), lambda i, j: upstream(a)[i] * w[j] + P[i] * upstream(y)[j]


def three_steps():
    W, U = tensor("W", N, N), tensor("U", N, M)
    state = [tensor(f"H{t}", S, N) for t in range(4)]
    net, stops, sums = [], [], []
    for t in (1, 2, 3):
        A, X = tensor(f"A{t}", S, N), tensor(f"X{t}", S, M)
        net.append(Definition(A[s, n], Sum(state[t - 1][s, k] * W[n, k], k) + Sum(X[s, p] * U[n, p], p)))
        net.append(Definition(state[t][s, n], tanh(A[s, n])))
        stops += [A, state[t]]
        sums.append(lambda i, j, A=A, before=state[t - 1]: Sum(upstream(A)[s, i] * before[s, j], s))
    return net, W, stops[:-1], lambda i, j: sp.Add(*[term(i, j) for term in sums])


NETS = residual, tied_weights, gru, squeeze_excite, attention_pooling, three_steps


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.__name__)
def test_the_sum_over_the_paths_is_the_textbooks_line(net):
    """Each line of each path is right where the other stops are held, and the sum in the whole net."""
    definitions, x, stops, textbook = net()
    derivation = gradient(definitions, x, through=stops)
    assert len(derivation.paths) > 1
    assert derivation.result == textbook(*derivation.free)
    assert check(derivation).worst < 1e-10
    assert all(path.checked for path in derivation.paths)


def test_a_path_past_a_stop_and_one_behind_another_are_neither_lost_nor_counted_twice():
    X, Y, Z, T_ = (tensor(name, S, N) for name in "XYZT")
    net = (
        Definition(Y[s, n], X[s, n] ** 2),
        Definition(Z[s, n], X[s, n] * Y[s, n]),
        Definition(T_[s, n], Y[s, n] * exp(Z[s, n])),
    )
    dY, dZ, dT = map(upstream, (Y, Z, T_))
    past, behind = gradient(net, X, through=Y), gradient(net, X, through=(Y, Z))
    i, j = past.free
    assert past.result == 2 * X[i, j] * dY[i, j] + T_[i, j] * Y[i, j] * dT[i, j]
    assert behind.result == 2 * X[i, j] * dY[i, j] + Y[i, j] * dZ[i, j]
    assert [path.name for path in past.paths] == ["dX through Y", "dX through T"]
    assert check(past).worst < 1e-12 and check(behind).worst < 1e-12
    dY_ = gradient(net, Y, through=Z)
    assert dY_.result == X[i, j] * dZ[i, j] + exp(Z[i, j]) * dT[i, j]
    assert check(dY_).worst < 1e-12


def test_a_stop_that_is_not_computed_from_x_is_refused():
    definitions, _, stops, _ = tied_weights()
    X, Z = tensor("X", S, M), stops[1]
    with pytest.raises(ValueError, match="Q has no definition here"):
        gradient(definitions, X, through=tensor("Q", S))
    with pytest.raises(ValueError, match="Z: not computed from Y, so no gradient arrives through it"):
        gradient(definitions, stops[0], through=Z)


def test_the_paths_are_shown_one_after_the_other_and_then_their_sum():
    definitions, x, stops, _ = residual()
    derivation = gradient(definitions, x, through=stops)
    shown = derivation._repr_latex_()
    first, second, total = (shown.index(h) for h in ("through $A$", "through $Y$", "the sum over the paths"))
    assert first < second < total and shown.count(r"\begin{aligned}") == 3
    assert repr(derivation.full).startswith("dX through A\n") and "dX through Y\n" in repr(derivation.full)


def test_without_names_every_gradient_from_the_back_to_the_front():
    """The number a counts as one, an integer tensor and a name that leads nowhere do not."""
    X, Y, Z, V, (a,) = (
        tensor("X", S, N),
        tensor("Y", S, N),
        tensor("Z", S, N),
        tensor("V", S, N),
        numbers("a"),
    )
    C = tensor("C", S, N, integer=True)
    net = (
        Definition(Y[s, n], a * X[s, n] * C[s, n]),
        Definition(V[s, n], tanh(Y[s, n])),
        Definition(Z[s, n], Y[s, n] ** 2 + a * Y[s, n]),
    )
    derivations = backpropagate(net)
    assert list(derivations) == ["dY", "dX", "da"]
    assert [len(d.paths) for d in derivations.values()] == [0, 0, 2]
    assert all(check(d).worst < 1e-12 for d in derivations.values())


def test_a_lemma_is_used_on_a_path_only_where_it_holds():
    """∂X̂/∂X with μ and σ in it is not ∂X̂/∂X where they are held."""
    X, mu, Xhat, sigma = (
        tensor("X", S, N),
        tensor("mu", S),
        tensor("Xhat", S, N),
        tensor("sigma", S, positive=True),
    )
    net = (
        Definition(mu[s], Sum(X[s, n], n) / N),
        Definition(sigma[s], sqrt(Sum((X[s, n] - mu[s]) ** 2, n) / N + eps)),
        Definition(Xhat[s, n], (X[s, n] - mu[s]) / sigma[s]),
    )
    centred = identity(net, Sum(X[s, n] - mu[s], n), "deviations from the mean sum to 0")
    lemmas = jacobians(net, X, mu, sigma, Xhat, lemmas=[centred])
    derivation = gradient(net, X, through=(mu, sigma), lemmas=lemmas.values())
    assert lemmas["dmu/dX"] in derivation.paths[0].lemmas
    assert lemmas["dXhat/dX"] not in derivation.paths[-1].lemmas
    assert check(derivation).worst < 1e-10


def layer_norm(X, tag):
    t, (mu, v, sigma), Xhat = (
        sp.Idx("t", T),
        (tensor(f"{name}{tag}", T, positive=name != "mu") for name in ("mu", "v", "sigma")),
        tensor(f"Xhat{tag}", T, N),
    )
    definitions = (
        Definition(mu[t], Sum(X[t, n], n) / N),
        Definition(v[t], Sum((X[t, n] - mu[t]) ** 2, n) / N),
        Definition(sigma[t], sqrt(v[t] + eps)),
        Definition(Xhat[t, n], (X[t, n] - mu[t]) / sigma[t]),
    )
    return definitions, Xhat, sigma


def test_a_transformer_block():
    """Eighteen gradients, two of them through a layer norm and past it, in a textbook's lines."""
    (t, l, k), (d,), (q,) = indices("t l k", T), indices("d", D), indices("q", F)
    X, R, Y = (tensor(name, T, N) for name in "XRY")
    Wq, Wk, Wv, Wo = (*(tensor(f"W{a}", D, N) for a in "qkv"), tensor("Wo", N, D))
    Q, K, V, Z, A, P = (*(tensor(name, T, D) for name in "QKVZ"), tensor("A", T, T), tensor("P", T, T))
    W1, W2, B, U = tensor("W1", F, N), tensor("W2", N, F), tensor("B", T, F), tensor("U", T, F)
    first, Xhat1, sigma1 = layer_norm(X, 1)
    second, Xhat2, sigma2 = layer_norm(R, 2)
    block = (
        *first,
        *(Definition(E[t, d], Sum(Xhat1[t, n] * W[d, n], n)) for E, W in ((Q, Wq), (K, Wk), (V, Wv))),
        Definition(A[t, l], Sum(Q[t, d] * K[l, d], d) / sqrt(D)),
        Definition(P[t, l], exp(A[t, l]) / Sum(exp(A[t, k]), k)),
        Definition(Z[t, d], Sum(P[t, l] * V[l, d], l)),
        Definition(R[t, n], X[t, n] + Sum(Wo[n, d] * Z[t, d], d)),
        *second,
        Definition(B[t, q], Sum(Xhat2[t, n] * W1[q, n], n)),
        Definition(U[t, q], h(B[t, q])),
        Definition(Y[t, n], R[t, n] + Sum(W2[n, q] * U[t, q], q)),
    )
    xs = U, W2, B, W1, Xhat2, R, Z, Wo, P, V, A, Q, K, Xhat1, Wq, Wk, Wv, X
    derivations = backpropagate(block, *xs)
    assert len(derivations) == 18

    def normalised(Xhat, sigma, i, j):
        """(N dX̂ − Σ dX̂ − X̂ Σ dX̂ X̂) / (N σ)"""
        dXhat = upstream(Xhat)
        dots = Sum(dXhat[i, n], n) + Xhat[i, j] * Sum(dXhat[i, n] * Xhat[i, n], n)
        return (N * dXhat[i, j] - dots) / (N * sigma[i])

    i, j = derivations["dX"].free
    assert derivations["dX"].result - upstream(R)[i, j] == normalised(Xhat1, sigma1, i, j)
    assert derivations["dR"].result - upstream(Y)[i, j] == normalised(Xhat2, sigma2, i, j)
    projections = [(upstream(E), W) for E, W in ((Q, Wq), (K, Wk), (V, Wv))]
    assert derivations["dXhat1"].result == sum(Sum(dE[i, d] * W[d, j], d) for dE, W in projections)
    for name in ("dX", "dXhat1", "dP", "dWk"):
        assert check(derivations[name]).worst < 1e-10


def test_a_whole_net_without_stops_is_the_same_gradient():
    definitions, x, stops, textbook = gru()
    at_once = gradient(definitions, x)
    assert not at_once.paths
    assert check_line(at_once, textbook(*at_once.free))
    assert Chain(definitions).up_to(stops[0], stops).output.tensor == stops[0]
