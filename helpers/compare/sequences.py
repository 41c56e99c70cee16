"""The functions of PyTorch that layers of sequences must equal: recurrent ones, attention, positions, a block."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F


def multihead_attention(
    X: torch.Tensor,
    Z: torch.Tensor | None = None,
    padding: torch.Tensor | None = None,
    mask: torch.Tensor | None = None,
    B: torch.Tensor | None = None,
    *,
    num_heads: int,
    causal: bool,
    in_proj_weight: torch.Tensor,
    **given: torch.Tensor,
) -> torch.Tensor:
    """torch.nn.MultiheadAttention with these parameters; of X alone, or asking Z."""
    T, E = X.shape[-2:]
    module = torch.nn.MultiheadAttention(E, num_heads, bias="in_proj_bias" in given, batch_first=True).to(
        X.dtype
    )
    parameters = {name.replace("out_proj_", "out_proj."): A for name, A in given.items()}
    Z = X if Z is None else Z
    return torch.func.functional_call(
        module,
        parameters | {"in_proj_weight": in_proj_weight},
        (X, Z, Z),
        {"attn_mask": unseen(T, causal, mask, B), "key_padding_mask": padding, "need_weights": False},
    )[0]


def unseen(
    T: int, causal: bool, mask: torch.Tensor | None = None, B: torch.Tensor | None = None
) -> torch.Tensor | None:
    """The mask of torch.nn, True where a query may not look, or added to S where there is a B; (T, U) for all heads."""
    later = torch.ones(T, T, dtype=torch.bool).triu(1) if causal else None
    both = later if mask is None else mask if later is None else mask | later
    return both if B is None else B if both is None else B.masked_fill(both, -math.inf)


def learned_positions(X: torch.Tensor, P: torch.Tensor) -> torch.Tensor:
    return X + P[: X.shape[-2]]


def sinusoidal_positions(X: torch.Tensor) -> torch.Tensor:
    T, E = X.shape[-2:]
    P = [
        [(math.cos if k % 2 else math.sin)(t / 10000 ** ((k - k % 2) / E)) for k in range(E)]
        for t in range(T)
    ]
    return X + torch.tensor(P, dtype=X.dtype)


def rotary_positions(X: torch.Tensor, base: float) -> torch.Tensor:
    """Each pair as a complex number, times e^(i t θ)."""
    T, D = X.shape[-2:]
    angles = torch.arange(T, dtype=torch.float64)[:, None] * base ** (
        -torch.arange(0, D, 2, dtype=torch.float64) / D
    )
    pairs = torch.view_as_complex(X.unflatten(-1, (D // 2, 2)))
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles).to(pairs.dtype)).flatten(
        -2
    )


def swiglu(X: torch.Tensor, W: torch.Tensor, V: torch.Tensor, W2: torch.Tensor) -> torch.Tensor:
    return F.linear(F.silu(F.linear(X, W)) * F.linear(X, V), W2)


def transformer_block(
    X: torch.Tensor,
    padding: torch.Tensor | None = None,
    mask: torch.Tensor | None = None,
    *,
    num_heads: int,
    causal: bool,
    norm_first: bool,
    activation: str,
    eps: float,
    **given: Any,
) -> torch.Tensor:
    """torch.nn.TransformerEncoderLayer with these parameters; with a SwiGLU in its mlp's place, if there is one."""
    T, E = X.shape[-2:]
    gated = activation == "swiglu"
    kinds = {"gelu_tanh": torch.nn.GELU("tanh"), "relu": torch.nn.ReLU()}
    kind = kinds.get(activation, torch.nn.GELU())
    options = {
        "batch_first": True,
        "norm_first": norm_first,
        "bias": "norm1.bias" in given,
        "layer_norm_eps": eps,
    }
    hidden = 1 if gated else len(given["linear1.weight"])
    module = torch.nn.TransformerEncoderLayer(E, num_heads, hidden, 0.0, kind, **options).to(X.dtype)
    if gated:
        mlp = {name: given.pop(f"mlp.{name}") for name in ("W", "V", "W2")}
        module._ff_block = lambda A: swiglu(A, **mlp)
    masks = {"src_mask": unseen(T, causal, mask), "src_key_padding_mask": padding}
    return torch.func.functional_call(module, given, (X,), masks)


def attention(
    Q: torch.Tensor,
    K: torch.Tensor,
    V: torch.Tensor,
    padding: torch.Tensor | None = None,
    mask: torch.Tensor | None = None,
    B: torch.Tensor | None = None,
    *,
    is_causal: bool,
) -> torch.Tensor:
    """PyTorch's own; its mask is True where a query may look, and its causal queries are the first of all places."""
    T, U = Q.shape[-2], K.shape[-2]
    seen = torch.ones(T, U, dtype=torch.bool).tril(U - T) if is_causal else torch.ones(T, U, dtype=torch.bool)
    if padding is not None:
        seen = seen & ~padding[..., None, :]
    if mask is not None:
        seen = seen & ~mask
    seen = seen if B is None else torch.where(seen, B, -math.inf)
    return F.scaled_dot_product_attention(Q, K, V, seen)


def rnn(X: torch.Tensor, *states: Any, nonlinearity: str, **given: Any) -> tuple[torch.Tensor, ...]:
    return recurrent(partial(torch.nn.RNN, nonlinearity=nonlinearity), X, *states, **given)


def lstm(X: torch.Tensor, *states: Any, **given: Any) -> tuple[torch.Tensor, ...]:
    return recurrent(torch.nn.LSTM, X, *states, **given)


def gru(X: torch.Tensor, *states: Any, **given: Any) -> tuple[torch.Tensor, ...]:
    return recurrent(torch.nn.GRU, X, *states, **given)


def recurrent(
    module: Callable[..., torch.nn.Module],
    *inputs: torch.Tensor | None,
    num_layers: int,
    bias: bool,
    **parameters: Any,
) -> tuple[torch.Tensor, ...]:
    """Y and the last states of a recurrent module with these parameters; its inputs as in with_states."""
    M, N = parameters["weight_ih_l0"].shape[1], parameters["weight_hh_l0"].shape[1]
    made = module(M, N, num_layers, bias=bias, batch_first=True)
    return all_of(*torch.func.functional_call(made, parameters, with_states(*inputs)))


def with_states(X: torch.Tensor, *given: torch.Tensor | None) -> tuple:
    """X and the first states as a module takes them, from X, H0, C0 and lengths, of which the last may be left out."""
    *states, lengths = given or (None,)
    if lengths is not None:
        raise ValueError("lengths: the sequences of a batch are of one length here")
    if not states or all(H is None for H in states):
        return (X,)
    given = next(H for H in states if H is not None)
    states = [torch.zeros_like(given) if H is None else H for H in states]
    return X, tuple(states) if len(states) > 1 else states[0]


def all_of(Y: torch.Tensor, states: Any) -> tuple[torch.Tensor, ...]:
    return Y, *(states if isinstance(states, tuple) else (states,))
