"""Multiply-adds and entries kept, against counts by hand and against a run that counts."""

import numpy as np
import pytest
from sympy import symbols

from helpers.yours.cost import cost_of
from tests.yours.definitions import made

S, M, N, D = symbols("S M N D", integer=True, positive=True)


@pytest.mark.parametrize(
    ("name", "forward", "backward", "kept"),
    [
        ("Affine", S * M * N, 2 * S * M * N, S * M),
        ("TanhLayer", S * M * N, 2 * S * M * N, S * M + S * N),
        ("GatedUnit", 3 * S * M * N, 6 * S * M * N, S * (M + 3 * N)),
        ("Modulation", 2 * S * M * D, 4 * S * M * D, 2 * S * M + S * D),
        ("RootMeanSquare", 0, 0, S * N + S),
        ("SoftmaxLoss", 0, 0, 2 * S * N),
    ],
)
def test_products_and_what_is_kept(name, forward, backward, kept):
    cost = made(name).cost
    assert (cost.multiply_adds - forward).expand() == 0
    assert (cost.backward_multiply_adds - backward).expand() == 0
    assert (cost.kept - kept).expand() == 0


def test_what_is_kept_is_what_the_layer_keeps():
    made_layer = made("GatedUnit")
    layer = made_layer.layer()(4, 3)
    layer.forward(np.ones((5, 4)))
    entries = sum(A.size for A in layer.kept)
    assert made_layer.cost.kept.subs({S: 5, M: 4, N: 3}) == entries


def test_other_operations_count_entries():
    cost = made("TanhLayer").cost
    assert (cost.entrywise - 2 * S * N).expand() == 0  # + b, tanh
    assert (cost.backward_entrywise - (3 * S * N + S * N)).expand() == 0  # square, 1 −, ∘, and the sum of db
    assert (cost.parameters - (N * M + N)).expand() == 0


def test_a_line_that_is_not_known_is_not_counted():
    body = made("Affine").body
    unknown = type(
        "Body",
        (),
        {
            **{k: getattr(body, k) for k in ("roles", "chain", "upstream", "output", "kept")},
            "forward": ["Z = np.linalg.inv(W)[::2]"],
            "backward": [],
        },
    )
    with pytest.raises(NotImplementedError, match="is not counted"):
        cost_of(unknown)
