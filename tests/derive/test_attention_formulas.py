"""Attention and the parts of a transformer: the last lines are those of a textbook, and give what torch's own gives.

Notebook 99 holds every line of them to autograd.
"""

from functools import cache
from itertools import islice

import numpy as np
import pytest
import torch
from sympy import KroneckerDelta, Sum, exp, sqrt

from helpers.compare import check, check_line, numpy_function
from helpers.derive import Definition, formulas, gradient, indices, sizes, tensor, upstream
from helpers.derive.card import formula_of
from helpers.derive.names import code_name
from helpers.derive.notation import Iverson
from tests.corpus.slips import slips

NORM = (
    "(N * dXhat{0} - dXhat{0}.sum(1, keepdims=True)"
    " - Xhat{0} * (dXhat{0} * Xhat{0}).sum(1, keepdims=True)) / (N * sigma{0}[:, None])"
)
HEADS = (
    'np.einsum("hid,hdj->ijd", dK, Wk).sum(2) + np.einsum("hid,hdj->ijd", dQ, Wq).sum(2)'
    ' + np.einsum("hid,hdj->ijd", dV, Wv).sum(2)'
)
TEXTBOOK = [
    *(
        (name, *line)
        for name in ("attention", "causal_attention", "padded_attention", "relative_attention")
        for line in (
            ("dV", "P.T @ dY"),
            ("dP", "dY @ V.T"),
            ("dS", "P * (dP - (dP * P).sum(1, keepdims=True))"),
            ("dQ", "(dS @ K) / np.sqrt(D)"),
            ("dK", "(dS.T @ Q) / np.sqrt(D)"),
        )
    ),
    ("multihead_attention", "dS", "P * (dP - (dP * P).sum(2, keepdims=True))"),
    ("multihead_attention", "dX", HEADS),
    ("rotary", "dX", 'np.einsum("jkcl,jkc->jkl", R, dY)'),
    ("positions", "dP", "dY.sum(0)"),
    ("swiglu", "dB", "dH * A * sigma"),
    ("swiglu", "dA", "dH * B * sigma * (1 + A * (1 - sigma))"),
    ("swiglu", "dX", "dB @ V + dA @ W"),
    ("tied_weights", "dW", "dY.T @ H + np.eye(V)[i].T @ dX"),
    ("pre_norm_block", "dR", f"dY + {NORM.format(2)}"),
    ("pre_norm_block", "dX", f"dR + {NORM.format(1)}"),
    ("pre_norm_block", "dZ1", HEADS),
    ("post_norm_block", "dZ2", NORM.format(2)),
    ("post_norm_block", "dR", "dG @ W1 + dZ2"),
    ("post_norm_block", "dZ1", NORM.format(1)),
    ("post_norm_block", "dX", f"{HEADS} + dZ1"),
]


def made(name):
    """A formula by its name, derived once."""
    return formula_of(getattr(formulas, name))


@pytest.mark.parametrize(("name", "of", "numpy"), TEXTBOOK)
def test_the_last_lines_are_those_of_a_textbook(name, of, numpy):
    assert made(name)[of].numpy == numpy


def test_the_row_sum_is_had_without_P():
    """Σ_u dP_tu P_tu = Σ_e dY_te Y_te, and so a row of dS sums to 0."""
    attention = made("attention")
    row, balance = attention["sum dP P"], attention["sum dS"]
    Y = attention.definitions[-1].tensor
    (e,) = {limit[0] for limit in row.result.limits}
    (t,) = row.free
    assert row.result == Sum(upstream(Y)[t, e] * Y[t, e], e)
    assert (balance.result, attention["sum P"].result) == (0, 1)


@pytest.mark.parametrize("name", ["dS", "dK"])
def test_the_whole_in_one_line(name):
    """From dY alone, by derivation; and a slip in it is seen."""
    derivation = made("attention")[f"{name} from dY"]
    assert not any(str(e.base) in ("dP", "dS") for e in derivation.result.atoms(type(derivation.left.x)))
    assert check_line(derivation, derivation.result)
    wrong = [slip.line for slip in islice(slips(derivation.result, derivation.free), 0, None, 5)]
    assert wrong and not any(check_line(derivation, e) for e in wrong)


def test_the_sum_along_a_diagonal_is_the_gradient_of_a_distance():
    dB = made("relative_attention")["dB"]
    dS = np.random.default_rng(0).standard_normal((4, 4))
    want = [sum(dS[t, u] for t in range(4) for u in range(4) if t - u + 3 == i) for i in range(7)]
    np.testing.assert_allclose(numpy_function(dB)(dS=dS, T=4), want)


@cache
def numbers(T, U, D, E):
    rng = np.random.default_rng(1)
    return {name: rng.standard_normal(shape) for name, shape in (("Q", (T, D)), ("K", (U, D)), ("V", (U, E)))}


@pytest.mark.parametrize("sizes_", [(3, 4, 2, 5), (1, 1, 1, 1), (4, 4, 3, 3)], ids=str)
@pytest.mark.parametrize("name", ["attention", "causal_attention"])
def test_the_numpy_of_five_steps_is_attention_of_torch(name, sizes_):
    T, U, D, E = sizes_
    U = T if name == "causal_attention" else U
    values = numbers(T, U, D, E) | {"T": T, "U": U, "D": D, "E": E}
    formula = made(name)
    for d in formula.definitions:
        values[code_name(d.tensor.label)] = numpy_function(d.right, d.indices)(**values)
    q, k, v = (torch.tensor(values[name], requires_grad=True) for name in "QKV")
    y = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=name == "causal_attention")
    np.testing.assert_allclose(values["Y"], y.detach(), rtol=1e-12)
    values["dY"] = np.random.default_rng(2).standard_normal((T, E))
    y.backward(torch.tensor(values["dY"]))
    for name in ("dV", "dP", "dS", "dQ", "dK"):
        values[name] = numpy_function(formula[name])(**values)
    for name, x in (("dQ", q), ("dK", k), ("dV", v)):
        np.testing.assert_allclose(values[name], x.grad, rtol=1e-10, atol=1e-12)


def test_rotated_scores_know_the_distance_alone():
    """Rows of Q and K turned by t and by u angles: their product is that of a K turned by u − t."""
    T = sizes("T")[0]
    (t, u), (c, a, b) = indices("t u", T), indices("c a b", 2)
    Q, K, R, S = tensor("Q", T, 2), tensor("K", T, 2), tensor("R", T, 2, 2), tensor("S", T, T)
    turned = Sum(R[t, c, a] * Q[t, a] * R[u, c, b] * K[u, b], c, a, b)
    derivation = gradient(Definition(S[t, u], turned), Q)
    assert check(derivation).worst < 1e-12
    angle = np.arange(5) * 0.7
    R = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    q, k = np.random.default_rng(0).standard_normal((2, 2))
    scores = numpy_function(turned, (t, u))(Q=np.tile(q, (5, 1)), K=np.tile(k, (5, 1)), R=R, T=5)
    for distance in range(-4, 5):
        np.testing.assert_allclose(np.diag(scores, distance), np.diag(scores, distance)[0], rtol=1e-12)


def test_a_mask_in_the_wrong_place_is_another_formula():
    """Scores set to 0 instead of taken out: P sees every key, and the causal dS is not its gradient."""
    causal = made("causal_attention")
    S, P = causal.definitions[0].tensor, causal.definitions[1].tensor
    (t, u), T = causal.definitions[0].indices, S.shape[0]
    (k,) = indices("k", T)
    shown = Iverson(t - u, T) * S[t, u]
    wrong = Definition(P[t, u], exp(shown) / Sum(exp(Iverson(t - k, T) * S[t, k]), k))
    i, j = causal["dS"].free
    assert not check_line(gradient(wrong, S), causal["dS"].result)
    assert check_line(gradient(wrong, S), Iverson(i - j, T) * causal["dS"].result)


def test_a_forgotten_scale_and_a_forgotten_path_are_seen():
    attention, tied = made("attention"), made("tied_weights")
    D = attention.definitions[0].right.atoms(type(sqrt(2))) and attention["dQ"].chain.leaves[0].shape[1]
    assert not check_line(attention["dQ"], attention["dQ"].result * sqrt(D))
    dW = tied["dW"]
    for part in dW.result.args:
        assert not check_line(dW, part)
    assert dW.result.has(KroneckerDelta)
