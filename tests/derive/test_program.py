"""A chain as a NumPy program: what it computes is what autograd finds, and it reads as a person would write it."""

from functools import cache

import numpy as np
import pytest
import torch
from scipy.special import erf
from sympy import Sum, exp, sqrt, tanh

from helpers.compare.meaning import random_numbers
from helpers.derive import (
    Chain,
    Definition,
    L,
    backpropagate,
    formulas,
    indices,
    numbers,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.formulas import recurrent
from helpers.derive.names import code_name, name_of
from helpers.derive.program import backward_source, forward_source

T, D, E = sizes("T D E")
(t, k, l), (d,), (e,) = indices("t k l", T), indices("d", D), indices("e", E)
RNN, LSTM, GRU = map(cache, (recurrent.rnn, recurrent.lstm, recurrent.gru))  # derived when a test asks


def attention():
    """Self-attention from X: three paths lead back to it."""
    X, Q, K, V, A, P, Y = (tensor(name, T, D) for name in "XQKVAPY")
    A, P = tensor("A", T, T), tensor("P", T, T)
    weights = [tensor(f"W{name}", D, D) for name in "qkv"]
    (d, m) = indices("d m", D)
    return Chain(
        [
            *(
                Definition(Z[t, d], Sum(X[t, m] * W[d, m], m))
                for Z, W in zip((Q, K, V), weights, strict=True)
            ),
            Definition(A[t, k], Sum(Q[t, d] * K[k, d], d) / sqrt(D)),
            Definition(P[t, k], exp(A[t, k]) / Sum(exp(A[t, l]), l)),
            Definition(Y[t, d], Sum(P[t, k] * V[k, d], k)),
        ]
    )


def run(source, **known):
    """What the lines of a program assign, over what is given."""
    known |= {"np": np, "erf": erf, "h": np.sin, "h_prime": np.cos}
    exec(source, known)
    return known


def assert_right(chain, gradients, facts=(), sizes=None):
    """Forward, then backward from a random upstream gradient of the output, against the definitions and autograd."""
    drawn = random_numbers(chain, facts, seed=1, sizes=sizes)
    given = {code_name(name_of(x)): drawn.array(x).numpy() for x in chain.leaves}
    given |= {code_name(name_of(x)): drawn.array(x).item() for x in chain.leaves if x.shape == (1,)}
    forward = run(forward_source(chain), **given)
    for definition in chain:
        want = drawn.array(definition.tensor) if definition.tensor != L else drawn.loss()
        np.testing.assert_allclose(forward[code_name(name_of(definition.tensor))], want, atol=1e-12)
    if chain.output.tensor != L:
        dY = upstream(chain.output.tensor)
        forward[code_name(name_of(dY))] = drawn.array(dY).numpy()
    backward = run(backward_source(chain, gradients), **forward)
    for name, derivation in gradients.items():
        want = drawn.value(derivation.left, derivation.free)
        np.testing.assert_allclose(backward[name], want, atol=1e-11, err_msg=name)


def loop(cell, X, *states):
    """The first state of a cell at each time."""
    seen = []
    for x in X:
        states = cell(x, *states)
        seen.append(states[0])
    return torch.stack(seen)


def stacked(v, letters):
    """Weights of several gates one above the other, as PyTorch has them."""
    W, U, b = (torch.cat([v[f"{name}{g}"] for g in letters]) for name in "WUb")
    return W, U, b, torch.zeros_like(b)


def rnn_loop(v):
    weights = stacked(v, [""])
    return loop(lambda x, h: [torch.rnn_tanh_cell(x[None], h, *weights)], v["X"], v["H0"][None])[:, 0]


def lstm_loop(v):
    weights, states = stacked(v, "ifgo"), (v["H0"][None], v["C0"][None])
    return loop(lambda x, h, c: torch.lstm_cell(x[None], (h, c), *weights), v["X"], *states)[:, 0]


def gru_loop(v):
    """PyTorch's own GRU cell multiplies R by U H, where this one has U (R H) as in the paper."""

    def cell(x, h):
        r, z = (torch.sigmoid(v[f"W{g}"] @ x + v[f"U{g}"] @ h + v[f"b{g}"]) for g in "rz")
        return [(1 - z) * torch.tanh(v["Wc"] @ x + v["Uc"] @ (r * h) + v["bc"]) + z * h]

    return loop(cell, v["X"], v["H0"])


LOOPS = [
    (RNN, rnn_loop, 1),
    (RNN, rnn_loop, 2),
    (RNN, rnn_loop, 5),
    (LSTM, lstm_loop, 1),
    (LSTM, lstm_loop, 5),
    (GRU, gru_loop, 1),
    (GRU, gru_loop, 5),
]


@pytest.mark.parametrize(
    ("made", "torch_loop", "steps"),
    LOOPS,
    ids=lambda v: getattr(v, "__name__", str(v)),
)
def test_a_recursion_is_a_loop_and_what_pytorch_computes(made, torch_loop, steps):
    """Every gradient that is derived, run as NumPy, beside autograd through a plain loop of PyTorch."""
    formula = made()
    drawn = random_numbers(formula.chain, seed=4, sizes={recurrent.T: steps})
    leaves = {name_of(x): drawn.array(x).clone().requires_grad_() for x in formula.chain.leaves}
    Y = torch_loop(leaves)
    dY = torch.randn(Y.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    want = dict(zip(leaves, torch.autograd.grad(Y, list(leaves.values()), dY), strict=True))

    given = {name: x.detach().numpy() for name, x in leaves.items()}
    forward = run(forward_source(formula.chain), **given)
    np.testing.assert_allclose(forward["Y"], Y.detach(), atol=1e-13)
    backward = run(backward_source(formula.chain, formula.derivations), **forward, dY=dY.numpy())
    for name, gradient in want.items():
        np.testing.assert_allclose(backward[f"d{name}"], gradient, atol=1e-12, err_msg=name)


S, M, N = sizes("S M N")
(s,), (n, q), (p,) = indices("s", S), indices("n q", N), indices("p", M)
W, U, b = tensor("W", N, N), tensor("U", N, M), tensor("b", N)


def a_batch():
    """Time is the second axis, and all samples share a first state."""
    X, H, O = tensor("X", S, T, M), tensor("H", S, T, N), tensor("O", S, N)
    net = tanh(Sum(W[n, q] * H[s, t - 1, q], q) + Sum(U[n, p] * X[s, t, p], p))
    return [Definition(H[s, t, n], net, first=b[n]), Definition(O[s, n], Sum(H[s, t, n], t))]


def both_ways():
    """A second recursion runs backward in time."""
    X, H, G, Y = tensor("X", T, M), tensor("H", T, N), tensor("G", T, N), tensor("Y", T, N)
    drive = Sum(U[n, p] * X[t, p], p)
    return [
        Definition(H[t, n], tanh(Sum(W[n, q] * H[t - 1, q], q) + drive)),
        Definition(G[t, n], tanh(Sum(W[n, q] * G[t + 1, q], q) + drive), first=b[n]),
        Definition(Y[t, n], H[t, n] * G[t, n]),
    ]


def only_the_last():
    """The loss sees the last state alone, and the first state is computed itself."""
    X, H, O, H0, x = (
        tensor("X", T, M),
        tensor("H", T, N),
        tensor("O", N),
        tensor("H0", N),
        tensor("x", M),
    )
    return [
        Definition(H0[n], tanh(Sum(U[n, p] * x[p], p))),
        Definition(H[t, n], tanh(Sum(W[n, q] * H[t - 1, q], q) + Sum(U[n, p] * X[t, p], p)), first=H0[n]),
        Definition(O[n], H[T - 1, n]),
    ]


def one_number_at_a_time():
    """A running mean c of x, with a loss at the end."""
    x, c, y, (a, c0) = tensor("x", T), tensor("c", T), tensor("y", T), numbers("a c0")
    return [
        Definition(c[t], a * c[t - 1] + (1 - a) * x[t], first=c0),
        Definition(L, Sum((c[t] - y[t]) ** 2, t)),
    ]


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("definitions", [a_batch, both_ways, only_the_last, one_number_at_a_time])
def test_other_recursions_are_loops_too(definitions, steps):
    chain = Chain(definitions())
    assert_right(chain, backpropagate(chain), sizes={T: steps})


def test_attention_and_an_mlp():
    chain = attention()
    assert_right(chain, backpropagate(chain))


def test_a_loss_at_the_end():
    formula = formulas.softmax_cross_entropy()
    gradients = {"dX": formula["dX"]}
    assert_right(formula["dX"].chain, gradients, formula.facts)


def test_the_program_of_a_layer_is_its_formula():
    """The sizes that are used and no other; each gradient after what it needs, in whatever order they come."""
    formula = formulas.mlp()
    gradients = {name: formula[name] for name in reversed(formula.derivations)}
    assert backward_source(formula.chain, gradients).splitlines() == [
        "S = len(H)",
        "dY2 = (P - T) / S",
        "dH = dY2 @ W2",
        "dY1 = dH * h_prime(Y1)",
        "dX = dY1 @ W1",
        "db1 = dY1.sum(0)",
        "dW1 = dY1.T @ X",
        "db2 = dY2.sum(0)",
        "dW2 = dY2.T @ H",
    ]


def test_the_program_of_an_rnn_reads_as_a_person_would_write_it():
    assert forward_source(RNN().chain).splitlines() == [
        "N = U.shape[1]",
        "T = len(X)",
        "H_prev, A, H = np.zeros((3, T, N), X.dtype)",
        "for t in range(T):",
        "    H_prev[t] = H[t - 1] if t > 0 else H0",
        "    A[t] = b + U @ H_prev[t] + W @ X[t]",
        "    H[t] = np.tanh(A[t])",
        "Y = H",
    ]
    assert backward_source(RNN().chain, RNN().derivations).splitlines() == [
        "T, N = H.shape",
        "dH, dA = np.zeros((2, T, N), H.dtype)",
        "for t in reversed(range(T)):",
        "    dH[t] = dY[t]",
        "    if t + 1 < T:",
        "        dH[t] += dA[t + 1] @ U",
        "    dA[t] = dH[t] * (1 - H[t]**2)",
        "dW = dA.T @ X",
        "dU = dA.T @ H_prev",
        "db = dA.sum(0)",
        "dX = dA @ W",
        "dH0 = dA[0] @ U",
    ]
