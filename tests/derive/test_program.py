"""A chain as a NumPy program: what it computes is what autograd finds, and it reads as a person would write it."""

import numpy as np
import pytest
from scipy.special import erf
from sympy import Sum, exp, sqrt

from helpers.compare.meaning import random_numbers
from helpers.derive import (
    Chain,
    Definition,
    L,
    backpropagate,
    formulas,
    indices,
    sizes,
    tensor,
    upstream,
)
from helpers.derive.formulas import recurrent
from helpers.derive.names import code_name, name_of
from helpers.derive.program import backward_source, forward_source

T, D, E = sizes("T D E")
(t, k, l), (d,), (e,) = indices("t k l", T), indices("d", D), indices("e", E)
RNN, LSTM, GRU = recurrent.rnn(), recurrent.lstm(), recurrent.gru()


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
    numbers = random_numbers(chain, facts, seed=1, sizes=sizes)
    given = {code_name(name_of(x)): numbers.array(x).numpy() for x in chain.leaves}
    forward = run(forward_source(chain), **given)
    for definition in chain:
        want = numbers.array(definition.tensor) if definition.tensor != L else numbers.loss()
        np.testing.assert_allclose(forward[code_name(name_of(definition.tensor))], want, atol=1e-12)
    if chain.output.tensor != L:
        dY = upstream(chain.output.tensor)
        forward[code_name(name_of(dY))] = numbers.array(dY).numpy()
    backward = run(backward_source(chain, gradients), **forward)
    for name, derivation in gradients.items():
        want = numbers.value(derivation.left, derivation.free)
        np.testing.assert_allclose(backward[name], want, atol=1e-11, err_msg=name)


CASES = [(RNN, 1), (RNN, 2), (RNN, 5), (LSTM, 1), (LSTM, 3), (GRU, 1), (GRU, 3)]


@pytest.mark.parametrize(("formula", "steps"), CASES, ids=lambda v: getattr(v, "name", str(v)))
def test_a_recursion_is_a_loop(formula, steps):
    assert_right(formula.chain, formula.derivations, sizes={recurrent.T: steps})


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
    assert forward_source(RNN.chain).splitlines() == [
        "N = U.shape[1]",
        "T = len(X)",
        "H_prev, A, H = np.zeros((3, T, N), X.dtype)",
        "for t in range(T):",
        "    H_prev[t] = H[t - 1] if t > 0 else H0",
        "    A[t] = b + U @ H_prev[t] + W @ X[t]",
        "    H[t] = np.tanh(A[t])",
        "Y = H",
    ]
    assert backward_source(RNN.chain, RNN.derivations).splitlines() == [
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
