"""Attention, alone and in heads, with one mistake."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F

from helpers.compare.slipped.slip import Slip, change, sloped
from helpers.verdict import Kind


def attention(
    Q: torch.Tensor,
    K: torch.Tensor,
    V: torch.Tensor,
    padding: torch.Tensor | None = None,
    mask: torch.Tensor | None = None,
    B: Any = None,
    *,
    causal: bool,
    slip: str,
    width: int = 0,
) -> torch.Tensor:
    """softmax(Q Kᵀ/√D) V with one slip; ``width`` is another size that the scale may be taken from."""
    Q, K, V = (cut(A, letter, slip) for A, letter in zip((Q, K, V), "QKV", strict=True))
    square = Q.shape[-2] == K.shape[-2]  # else what is not transposed does not run
    of_keys = padding if padding is None else padding[..., None, :]
    of_keys = of_keys.mT if slip == "queries" and square and padding is not None else of_keys
    hidden = [A for A in (of_keys, mask) if A is not None]
    root = math.sqrt({"scale": 1, "other-scale": width}.get(slip, Q.shape[-1]))
    products = Q @ K.mT
    if square and slip == "K-not-transposed":
        products = Q @ K.detach().mT + change(K) @ Q.detach().mT
    S = products / root
    if slip == "scale-back":
        S = sloped(S, products)
    S = S if B is None else S + B
    P = softmax(S, hidden, causal, slip)
    if square and slip == "V-not-transposed":
        return P @ V.detach() + P.detach().mT @ change(V)
    return P @ V


def cut(A: torch.Tensor, letter: str, slip: str) -> torch.Tensor:
    """A, or without a way back to what it is made of."""
    return A.detach() if slip == f"cut-{letter}" else A


def softmax(S: torch.Tensor, hidden: list[torch.Tensor], causal: bool, slip: str) -> torch.Tensor:
    """P from S, over the keys, and over what may be seen."""
    T, U = S.shape[-2:]
    seen = torch.ones(T, U, dtype=torch.bool)
    if causal and slip != "all-seen":
        seen = seen.tril(U - T - slip.startswith("not-itself")) if slip != "the-future" else seen.triu(U - T)
    if slip == "causal":
        seen = seen.tril(U - T)
    for keys in hidden if slip != "all-seen" else ():
        seen = seen & ~keys
    axis = -2 if slip == "axis" else -1
    if slip == "after":
        return S.softmax(axis) * seen
    unseen = {"zero": 0.0, "queries": -1e9}.get(slip, -math.inf)
    P = S.masked_fill(~seen, unseen).softmax(axis)
    P = P.nan_to_num() if slip == "not-itself-then-0" else P
    P = cut(P, "P", slip)
    slope = {"P": 1.0, "diagonal": P, "P(1 − P)": P * (1 - P)}.get(slip)
    return P if slope is None else sloped(P, S, slope)


BACKWARD = (
    ("scale-back", Kind.SCALE, "backward", {}),
    ("K-not-transposed", Kind.TRANSPOSED, "dS", {}),
    ("V-not-transposed", Kind.TRANSPOSED, "P", {}),
    ("P", Kind.DERIVATIVE_MISSING, "softmax", {}),
    ("diagonal", Kind.DIAGONAL_ONLY, "scores", {}),
    ("P(1 − P)", Kind.DIAGONAL_ONLY, "scores", {}),
)
FORWARD = (
    ("scale", Kind.SCALE, "", {}),
    ("axis", Kind.WRONG_AXIS, "softmax", {}),
)
HIDDEN = (
    ("after", Kind.MASK, "after", {}),
    ("zero", Kind.MASK, "zero", {}),
    ("queries", Kind.MASK, "queries", {}),
)
NOT_CAUSAL = (("causal", Kind.MASK, "not asked", {}),)
CAUSAL = (
    ("all-seen", Kind.MASK, "none", {}),
    ("the-future", Kind.MASK, "turned", {}),
    ("not-itself", Kind.MASK, "itself", {}),
    ("not-itself-then-0", Kind.MASK, "itself", {}),
)
Made = Callable[..., torch.Tensor]


def attention_slips(causal: bool, sizes: dict[str, int]) -> Iterator[Slip]:
    """The slips of attention, those of its masks among them, and the scale of every other size."""
    return slips(attention, causal, sizes)


def slips(
    function: Made, causal: bool, sizes: dict[str, int], own: str = "D", **options: Any
) -> Iterator[Slip]:
    for slip, kind, case, pieces in (*BACKWARD, *FORWARD, *HIDDEN, *(CAUSAL if causal else NOT_CAUSAL)):
        yield Slip(kind, partial(function, causal=causal, slip=slip, **options), case, pieces)
    for letter, n in sizes.items():
        if letter != own and n > 1:
            f = partial(function, causal=causal, slip="other-scale", width=n, **options)
            yield Slip(Kind.SCALE, f, "other", {"letter": letter, "n": n})


def multihead(
    X: torch.Tensor,
    Z: Any,
    padding: Any,
    mask: Any,
    B: Any,
    W: torch.Tensor,
    *given: torch.Tensor,
    heads: int,
    slip: str,
    **how: Any,
) -> torch.Tensor:
    """Attention in heads, with a slip of its own or one of attention; W and Wo, perhaps with b and bo."""
    b, Wo, bo = given if len(given) == 3 else (None, *given, None)
    Z = X if Z is None else Z
    of = zip("QKV", (X, Z, Z), W.chunk(3), (None,) * 3 if b is None else b.chunk(3), strict=True)
    Q, K, V = (F.linear(cut(A, f"X-to-{letter}", slip), *Wb) for letter, A, *Wb in of)
    padding = None if padding is None else padding[..., None, :]
    O = attention(*(split(A, heads, slip) for A in (Q, K, V)), padding, mask, B, slip=slip, **how)
    O = O.reshape(X.shape) if slip in ("heads-joined", "heads-both") else O.transpose(-3, -2).reshape(X.shape)
    return F.linear(O, Wo, bo)


def split(A: torch.Tensor, heads: int, slip: str) -> torch.Tensor:
    """A (..., T, E) cut into heads, (..., H, T, D)."""
    *lead, T, E = A.shape
    if slip in ("heads-split", "heads-both"):
        return A.reshape(*lead, heads, T, E // heads)
    return A.reshape(*lead, T, heads, E // heads).transpose(-3, -2)


def heads_slips(causal: bool, heads: int, sizes: dict[str, int]) -> Iterator[Slip]:
    """The slips of attention in heads; the scale of the whole width E among them."""
    yield from slips(multihead, causal, sizes, heads=heads)
    for slip in ("heads-split", "heads-joined", "heads-both"):
        yield Slip(Kind.HEADS, partial(multihead, causal=causal, heads=heads, slip=slip), slip.split("-")[1])
