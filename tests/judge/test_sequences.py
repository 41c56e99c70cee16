"""Layers with several inputs and outputs: what they are handed, what is compared, and right code that is unusual."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers.compare.slipped import SLIPS
from helpers.implement import GRU, LSTM, RNN, Attention, Embedding, MultiheadAttention
from helpers.judge import mark
from helpers.judge.code.axes import axes_of
from helpers.judge.code.inputs import Inputs
from helpers.judge.code.masks import drawn
from helpers.judge.code.truth import Torch, by_torch
from helpers.verdict import Kind
from tests.corpus.mistakes import like
from tests.corpus.mistakes.attention import ATTENTION
from tests.corpus.mistakes.sequences import EMBEDDING, FAMILIES
from tests.corpus.mistakes.sequences import LSTM as LSTM_SOURCE
from tests.corpus.mistakes.sequences import RNN as RNN_SOURCE
from tests.judge.test_diagnose import diagnose

SOURCES = [*FAMILIES, ATTENTION]


@pytest.mark.parametrize("family", SOURCES, ids=lambda family: family.name)
def test_every_input_and_output_is_compared(family):
    """One number off in what is handed out, in dX or in the gradient of a first state, is seen."""
    right = family.right()
    made = like(family.name)
    results = [f"d{of}" for of in axes_of(made).inputs if of not in made.integers]
    assert diagnose(right, like=made).right
    for k, of in enumerate(results):

        class Off(right):
            def backward(self, *given, k=k):
                found = super().backward(*given)
                flat = [A for part in found for A in (part if isinstance(part, tuple) else [part])]
                flat[k] = flat[k].copy()
                flat[k].flat[-1] += 0.5
                return tuple(flat)

        Off.__name__ = family.name
        assert [v.where for v in diagnose(Off, like=made).findings] == [of]


def test_the_last_states_are_compared():
    class Off(LSTM_SOURCE.right()):
        def forward(self, X, h0, c0):
            Y, (h, c) = super().forward(X, h0, c0)
            return Y, (h, c + 1)

    assert [v.where for v in diagnose(Off, like=LSTM(3, 2)).findings] == ["CT"]


def test_what_is_optional_may_be_left_out():
    """No first state, no last one, no gradient of either: Y, dX and the gradients of the parameters are judged."""

    class Alone(RNN_SOURCE.right()):
        def forward(self, X):
            return super().forward(X, np.zeros((1, len(X), len(self.params["b"])), X.dtype))[0]

        def backward(self, dY):
            return super().backward(dY, np.zeros((1, len(dY), dY.shape[2]), dY.dtype))[0]

    assert diagnose(Alone, like=RNN(3, 2)).right


@pytest.mark.parametrize(
    "module",
    [
        torch.nn.RNN(3, 2, batch_first=True),
        torch.nn.LSTM(3, 2, 2, batch_first=True),
        torch.nn.GRU(3, 2, batch_first=True, bias=False),
        torch.nn.Embedding(5, 3),
    ],
    ids=lambda module: type(module).__name__,
)
def test_a_module_of_pytorch_is_handed_all_of_it(module):
    options = {"bias": module.bias} if hasattr(module, "bias") else {}
    sizes = (3, 2, module.num_layers) if hasattr(module, "num_layers") else (5, 3)
    layer = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU, "Embedding": Embedding}[type(module).__name__]
    found = diagnose(layer(*sizes, **options), like=module)
    assert found.right and not found.remarks


def test_a_product_that_runs_only_where_sizes_are_equal_is_named():
    class Mine:
        def forward(self, Q, K, V):
            self.Q, self.K, self.V = Q, K, V
            S = Q @ K.mT / Q.shape[-1] ** 0.5
            E = np.exp(S - S.max(axis=2, keepdims=True))
            self.P = E / E.sum(axis=2, keepdims=True)
            return self.P @ V

        def backward(self, dY):
            P, root = self.P, self.Q.shape[-1] ** 0.5
            dP = dY @ self.V.mT
            dS = P * (dP - (dP * P).sum(axis=2, keepdims=True))
            return dS @ self.K / root, dS @ self.Q / root, P.mT @ dY

    found = diagnose(Mine, like="attention")
    assert [(v.kind, v.where) for v in found.findings] == [(Kind.TRANSPOSED, "dK")]
    assert "dK is dSᵀ Q / √D" in found.reason


def forward(q, k, v):
    s = np.einsum("btd,bud->btu", q, k) / q.shape[-1] ** 0.5
    p = np.exp(s - s.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    return np.einsum("btu,bue->bte", p, v), (q, k, v, p)


def backward(dout, cache):
    q, k, v, p = cache
    dp = np.einsum("bte,bue->btu", dout, v)
    ds = (p * dp - p * np.einsum("btu,btu->bt", p, dp)[..., None]) / q.shape[-1] ** 0.5
    return np.einsum("btu,bud->btd", ds, k), np.einsum("btu,btd->bud", ds, q), p.swapaxes(1, 2) @ dout


class OneHot:
    """The rows of W by a product with rows of the identity."""

    def __init__(self, V, M):
        self.params, self.grads = {"W": np.random.normal(size=(V, M))}, {}

    def forward(self, x):
        self.H = np.eye(len(self.params["W"]), dtype=self.params["W"].dtype)[x]
        return self.H @ self.params["W"]

    def backward(self, dout):
        self.grads["W"] = np.tensordot(self.H, dout, (range(self.H.ndim - 1),) * 2)


class Loop(OneHot):
    """A row at a time; the ids have no gradient, and None says so."""

    def forward(self, ids):
        self.ids = ids
        return np.stack([[self.params["W"][i] for i in row] for row in ids])

    def backward(self, dY):
        self.grads["W"] = np.zeros_like(self.params["W"])
        for place in np.ndindex(self.ids.shape):
            self.grads["W"][self.ids[place]] += dY[place]


@pytest.mark.parametrize(
    ("work", "name"), [((forward, backward), "attention"), (OneHot, "embedding"), (Loop, "embedding")]
)
def test_unusual_and_right_is_right(work, name):
    assert diagnose(work, like=name).right


@pytest.mark.parametrize(
    "layer",
    [RNN(3, 2), RNN(3, 2, 2, "relu"), LSTM(3, 2, 2), GRU(3, 2), Attention(True), MultiheadAttention(6, 2)],
    ids=lambda layer: type(layer).__name__,
)
def test_a_slip_of_backward_has_the_right_value_and_another_gradient(layer):
    """Or it is a slip of forward, and Y is another; else what it names would be no mistake."""
    truth, row = by_torch(layer), axes_of(layer)
    shapes = {key: A.shape for key, A in layer.params.items()}
    case = Inputs(shapes, False, False, None, row=row).ordinary(truth, 5, T=4, U=4)
    if "padding" in truth.inputs:
        case = replace(case, more={**case.more, "padding": drawn("padding", case)})
    right = truth(case)
    for slip in SLIPS[type(layer).__name__](layer, case.sizes):
        got = Torch(slip.function, truth.inputs, truth.outputs)(case)
        off = {of for of in right if not np.allclose(got[of], right[of], equal_nan=True)}
        linear = getattr(layer, "nonlinearity", "") == "relu" and slip.kind is Kind.WRONG_ARRAY
        assert off or linear, slip
        assert "Y" in off or not off & {"HT", "CT"}


def test_padding_has_no_gradient_and_repeated_ids_have_all():
    assert [m.kind for m in EMBEDDING.mistakes][:2] == [Kind.NOT_SUMMED, Kind.PADDING]
    for mistake in EMBEDDING.mistakes[:2]:
        found = diagnose(mistake.make(), like=Embedding(5, 3, 1))
        assert [(v.kind, v.where) for v in found.findings] == [(mistake.kind, "dE")]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (r"dV = P^T dY", None),
        (r"dS_{tu} = P_{tu} (dP_{tu} - \sum_k dP_{tk} P_{tk})", None),
        (r"dK_{uj} = \frac{1}{\sqrt{D}} \sum_t dS_{tu} Q_{tj}", None),
        (r"dK = dS^T Q/\sqrt{D}", None),
        (r"dK = dS Q/\sqrt{D}", Kind.WRONG_AXIS),
        (r"dQ = dS K", Kind.FACTOR),
        (r"dS_{tu} = P_{tu} dP_{tu}", Kind.PATH_MISSING),
    ],
)
def test_lines_of_attention_are_judged(line, kind):
    report = mark("attention", line)
    assert report.lines[-1].kind == (kind or "") and bool(report) == (kind is None)
