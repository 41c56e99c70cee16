"""Functions of PyTorch with one mistake each, as people make them, in forward or in backward alone.

A mistake of backward is another graph with the same values: what is not handed on is cut off, and a derivative that is
forgotten is 1. Autograd then gives every gradient as the work with this mistake has it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from helpers.compare.slipped.attention import attention_slips, heads_slips
from helpers.compare.slipped.block import block_slips, embedding_slips, swiglu_slips
from helpers.compare.slipped.recurrent import recurrent_slips
from helpers.compare.slipped.slip import Slip

__all__ = ["SLIPS", "Slip"]

Sizes = Mapping[str, int]
BLOCK = "num_heads", "causal", "norm_first", "activation", "eps"

SLIPS: dict[str, Callable[[Any, Sizes], Iterable[Slip]]] = {
    "Embedding": lambda like, sizes: embedding_slips(like.padding_idx),
    "RNN": lambda like, sizes: recurrent_slips("RNN", like.num_layers, like.nonlinearity),
    "LSTM": lambda like, sizes: recurrent_slips("LSTM", like.num_layers),
    "GRU": lambda like, sizes: recurrent_slips("GRU", like.num_layers),
    "Attention": lambda like, sizes: attention_slips(like.causal, sizes),
    "MultiheadAttention": lambda like, sizes: heads_slips(like.causal, like.num_heads, sizes),
    "SwiGLU": lambda like, sizes: swiglu_slips(),
    "TransformerBlock": lambda like, sizes: block_slips(
        [*like.params], **{name: getattr(like, name) for name in BLOCK}
    ),
}
"""By the name of a family: its slips, of a layer with these sizes."""
