"""Masks beside the arrays of attention: each convention is right as it is, and a mistake with one is named."""

import numpy as np
import pytest

from helpers.implement import Attention
from helpers.judge import diagnose
from helpers.verdict import Kind

SOURCE = """
class Own:
    def forward(self, Q, K, V, {name}=None):
        m, S, P = {name}, Q @ np.swapaxes(K, 1, 2) / np.sqrt(Q.shape[-1]), None
        if m is not None:
            {before}
        E = np.exp(S - S.max(axis=-1, keepdims=True))
        P = E / E.sum(axis=-1, keepdims=True)
        if m is not None:
            {behind}
        self.Q, self.K, self.V, self.P = Q, K, V, P
        return P @ V

    def backward(self, dY):
        dP, root = dY @ np.swapaxes(self.V, 1, 2), np.sqrt(self.Q.shape[-1])
        dS = self.P * (dP - np.sum(dP * self.P, axis=-1, keepdims=True)) / root
        return dS @ self.K, np.swapaxes(dS, 1, 2) @ self.Q, np.swapaxes(self.P, 1, 2) @ dY
"""


def own(name: str, before: str = "pass", behind: str = "pass") -> type:
    there = {"np": np}
    exec(SOURCE.format(name=name, before=before, behind=behind), there)
    return there["Own"]


HIDE = "S = np.where(m[:, None, :], -np.inf, S)"
CONVENTIONS = {
    "True hides": ("padding", HIDE, "True where nobody looks, (S, U)"),
    "1 shows": ("mask", "S = np.where(m[:, None] == 0, -1e9, S)", "True where one may look, (S, U)"),
    "of each query": (
        "mask",
        "S = np.where(np.broadcast_to(m, S.shape), -1e9, S)",
        "nobody looks, (S, 1, U)",
    ),
    "added": ("attn_mask", "S = S + m", "−∞ where nobody looks, (S, 1, U)"),
}


@pytest.mark.parametrize("which", CONVENTIONS)
def test_a_mask_in_any_convention_is_right_and_the_verdict_says_which(which):
    name, before, said = CONVENTIONS[which]
    found = diagnose(own(name, before), like="attention")
    assert found.right and any(name in stage and said in stage for stage in found.checked)


MISTAKES = {
    "behind the softmax": ("pass", "P = P * ~m[:, None]", "after"),
    "0 for −∞": ("S = S * ~m[:, None]", "pass", "zero"),
    "left out": ("pass", "pass", "ignored"),
    "of queries": (
        "S = np.where(m[:, :, None] if S.shape[1] == S.shape[2] else m[:, None], -1e9, S)",
        "pass",
        "queries",
    ),
}

SAID = {(Kind.MASK, case) for *_, case in MISTAKES.values()} | {(Kind.MASK, "not asked")}
"""The sentences that the works of this page are told."""


@pytest.mark.parametrize("which", MISTAKES)
def test_a_mistake_with_padding_is_named(which):
    before, behind, case = MISTAKES[which]
    (found,) = diagnose(own("padding", before, behind), like="attention").findings
    assert (found.kind, found.pieces["case"]) == (Kind.MASK, case)


def test_a_mask_of_which_nothing_is_known_is_said_to_be_not_judged():
    found = diagnose(own("padding", "S = S + m.sum()"), like="attention")
    assert found.right and "right as far as looked" in found.headline


def test_a_gradient_that_forgets_the_mask_is_wrong():
    class Forgets(own("padding", HIDE)):
        def backward(self, dY):
            self.P = np.exp(self.Q @ np.swapaxes(self.K, 1, 2) / np.sqrt(self.Q.shape[-1]))
            self.P /= self.P.sum(axis=-1, keepdims=True)
            return super().backward(dY)

    assert {v.where for v in diagnose(Forgets, like="attention").findings} == {"dQ", "dK", "dV"}


def test_a_causal_one_that_nobody_asked_for_is_named():
    class Causal(Attention):
        def __init__(self):
            super().__init__(causal=True)

    (found,) = diagnose(Causal, like=Attention()).findings
    assert (found.kind, found.pieces["case"]) == (Kind.MASK, "not asked")
