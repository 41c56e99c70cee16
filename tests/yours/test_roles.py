"""Which letters are data, which are learned, which are chosen."""

import pytest
from sympy import Sum, Symbol

from helpers.derive import Chain, Definition, L, indices, sizes, tensor
from helpers.yours.roles import Roles
from tests.yours.definitions import CHAINS, made

S, M, N = sizes("S M N")
(s,), (n,), (p,) = indices("s", S), indices("n", N), indices("p", M)
X, W, Q, y = tensor("X", S, M), tensor("W", N, M), tensor("Q", S, N), tensor("y", N)


def letters(chain, inputs=None):
    roles = Roles(Chain(chain), inputs)
    return [" ".join(map(str, kind)) for kind in (roles.inputs, roles.parameters, roles.constants)]


@pytest.mark.parametrize(
    ("name", "inputs", "parameters", "constants"),
    [
        ("Affine", "X", "W b", ""),
        ("SoftmaxLoss", "Z T", "", ""),
        ("Classifier", "X T", "W b", ""),
        ("RootMeanSquare", "X", "gamma", "epsilon"),
        ("GatedUnit", "X", "W V U", ""),
        ("Modulation", "X C", "G K", ""),
        ("CosineLogits", "X", "W tau", ""),
    ],
)
def test_the_roles_of_known_layers(name, inputs, parameters, constants):
    roles = made(name).roles
    assert [" ".join(map(str, kind)) for kind in (roles.inputs, roles.parameters, roles.constants)] == [
        inputs,
        parameters,
        constants,
    ]


def test_one_sample_has_its_data_by_name():
    x, b = tensor("x", M), tensor("b", N)
    assert letters([Definition(y[n], Sum(W[n, p] * x[p], p) + b[n])]) == ["x", "W b", ""]


def test_inputs_are_what_the_reader_says():
    chain = [Definition(Q[s, n], Sum(X[s, p] * W[n, p], p))]
    assert letters(chain, ["W"]) == ["W", "X", ""] and letters(chain, ["X", "W"]) == ["X W", "", ""]
    assert letters(chain, W) == ["W", "X", ""]
    with pytest.raises(ValueError, match="V is no letter that the definition starts from: X, W are"):
        Roles(Chain(chain), ["V"])


def test_targets_come_last_in_a_loss():
    T, Z, c = tensor("T", S, N), tensor("Z", S, N), Symbol("c")
    chain = [Definition(L, c * Sum((Z[s, n] - T[s, n]) ** 2, s, n) / S)]
    assert letters(chain) == ["Z T", "", "c"]


def test_two_letters_never_share_a_name():
    with pytest.raises(ValueError, match="cannot be a name in Python"):
        Roles(Chain(Definition(Q[s, n], tensor("_q", S, N)[s, n] * tensor("q", S, N)[s, n])))


def test_every_chain_of_these_tests_has_an_input():
    assert all(made(name).roles.inputs for name in CHAINS if name != "Shifted")
