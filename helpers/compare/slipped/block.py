"""A block of a transformer, an embedding and the gated layers with one mistake each."""

from collections.abc import Iterator, Sequence
from functools import partial

import torch
import torch.nn.functional as F

from helpers.compare.sequences import swiglu
from helpers.compare.slipped.attention import multihead
from helpers.compare.slipped.slip import Slip, sloped
from helpers.verdict import Kind

ACTIVATIONS = {"gelu": F.gelu, "gelu_tanh": partial(F.gelu, approximate="tanh"), "relu": F.relu}


def block(
    X: torch.Tensor,
    padding: torch.Tensor | None,
    mask: torch.Tensor | None,
    *given: torch.Tensor,
    names: Sequence[str],
    slip: str,
    norm_first: bool,
    activation: str,
    eps: float,
    num_heads: int,
    causal: bool,
) -> torch.Tensor:
    """The block with these parameters; with a slip one of its paths, or the place of a norm, is another."""
    A = dict(zip(names, given, strict=True))
    way, _, which = slip.partition("-")

    def norm(k: int, X: torch.Tensor) -> torch.Tensor:
        cut = way if str(k) in which else ""
        mean, var = X.mean(-1, keepdim=True), X.var(-1, keepdim=True, correction=0)
        mean = mean.detach() if cut in ("mean", "statistics") else mean
        var = var.detach() if cut in ("variance", "statistics") else var
        return (X - mean) / (var + eps).sqrt() * A[f"norm{k}.gamma"] + A.get(f"norm{k}.beta", 0.0)

    def attention(X: torch.Tensor) -> torch.Tensor:
        own = (A[name] for name in names if name.startswith("attention."))
        return multihead(X, None, padding, mask, None, *own, heads=num_heads, causal=causal, slip=slip)

    def mlp(X: torch.Tensor) -> torch.Tensor:
        if activation == "swiglu":
            return swiglu(X, A["mlp.W"], A["mlp.V"], A["mlp.W2"])
        hidden = F.linear(X, A["mlp.0.W"], A.get("mlp.0.b"))
        return F.linear(ACTIVATIONS[activation](hidden), A["mlp.2.W"], A.get("mlp.2.b"))

    def past(k: int, X: torch.Tensor) -> torch.Tensor:
        ways = {"cut": X.detach, "none": lambda: 0.0, "normed": lambda: norm(k, X)}
        return ways[way]() if way in ways and str(k) in which else X

    def into(k: int, X: torch.Tensor) -> torch.Tensor:
        return X.detach() if way == "into" and str(k) in which else X

    if norm_first:
        R = past(1, X) + attention(norm(1, into(1, X)))
        return past(2, R) + mlp(norm(2, into(2, R)))
    R = norm(1, past(1, X) + attention(into(1, X)))
    return norm(2, past(2, R) + mlp(into(2, R)))


def block_slips(names: Sequence[str], norm_first: bool, **options: object) -> Iterator[Slip]:
    """The slips of a block with these parameters."""
    made = partial(block, names=names, **options)
    other = "behind its sum" if norm_first else "before the layers"
    yield Slip(Kind.NORM_PLACE, partial(made, slip="", norm_first=not norm_first), pieces={"other": other})
    for way, case in (("cut", "residual"), ("none", "no residual"), ("normed", "normed")):
        for which, words in (
            ("1", "past attention"),
            ("2", "past the mlp"),
            ("12", "past attention and the mlp"),
        ):
            kind = Kind.NORM_PLACE if way == "normed" else Kind.PATH_MISSING
            slipped = partial(made, slip=f"{way}-{which}", norm_first=norm_first)
            yield Slip(kind, slipped, case, {"past": words})


def embedding(ids: torch.Tensor, E: torch.Tensor, *, kept: str, padding: int | None) -> torch.Tensor:
    """E[ids], of which only the first or the last place of each id hands its gradient back, and no padding."""
    places = ids.flatten().tolist()
    found = {i: s for s, i in enumerate(places)} if kept == "last" else {}
    for s, i in enumerate(places):
        found.setdefault(i, s)
    here = torch.zeros(len(places), dtype=torch.bool)
    here[[s for i, s in found.items() if i != padding]] = True
    Y = E[ids]
    return torch.where(here.reshape(*ids.shape, 1), Y, Y.detach())


def embedding_slips(padding_idx: int | None) -> Iterator[Slip]:
    for kept in ("last", "first"):
        yield Slip(
            Kind.NOT_SUMMED, partial(embedding, kept=kept, padding=padding_idx), "row", {"which": kept}
        )
    if padding_idx is not None:
        yield Slip(Kind.PADDING, lambda ids, E: E[ids], pieces={"i": padding_idx})


def gated(X: torch.Tensor, W: torch.Tensor, V: torch.Tensor, W2: torch.Tensor, *, slip: str) -> torch.Tensor:
    """SwiGLU with another derivative of its gate, or with its gate on the other side."""
    A, B = (F.linear(X.detach() if slip == f"path-of-{of}" else X, Q) for of, Q in (("W", W), ("V", V)))
    sigma = torch.sigmoid(A)
    slope = {"σ′": sigma, "σ": A * sigma * (1 - sigma), "σ′-alone": sigma * (1 - sigma), "none": 1.0}
    gate = sloped(A * sigma, A, slope[slip]) if slip in slope else A * sigma
    if slip == "sigmoid":
        gate = sigma
    if slip == "exchanged":
        gate, B = F.silu(B), A
    return F.linear(gate * B, W2)


def swiglu_slips() -> Iterator[Slip]:
    here = {"σ′": "σ(A)", "σ": "A σ′(A)", "σ′-alone": "σ′(A)", "none": "1"}
    for slip, term in here.items():
        yield Slip(Kind.DERIVATIVE_MISSING, partial(gated, slip=slip), "gate of SwiGLU", {"term": term})
    for of in "WV":
        yield Slip(Kind.PATH_MISSING, partial(gated, slip=f"path-of-{of}"), "gate", {"other": of})
    yield Slip(Kind.WRONG_FUNCTION, partial(gated, slip="sigmoid"), "GLU")
    yield Slip(Kind.SWAPPED, partial(gated, slip="exchanged"), "gate")
