"""GPT as PyTorch has it, with the weights of one of helpers.implement."""

import torch
import torch.nn.functional as F
from torch import nn

from helpers.compare.specimens.mlp import copy_weights, torch_dtype
from helpers.implement import GPT


class TorchGPT(nn.Module):
    """Y = GPT(ids) with learned positions and a GELU, its parameters equal to those of a network, in their order."""

    def __init__(self, network: GPT) -> None:
        super().__init__()
        block, dtype = network.blocks.layers[0], torch_dtype(network.embedding.params["E"].dtype)
        if network.positions is None or "P" not in network.positions.params or block.activation != "gelu":
            raise ValueError("TorchGPT has learned positions and a GELU, and no other kind")
        (V, M), bias, eps = network.embedding.params["E"].shape, "beta" in network.norm.params, block.eps
        self.embedding, self.positions = nn.Embedding(V, M), nn.Embedding(network.context, M)
        hidden = len(block.params["mlp.0.W"])
        blocks = (Block(M, block.num_heads, hidden, bias, eps) for _ in network.blocks.layers)
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(M, eps, bias=bias)
        self.to(dtype)
        copy_weights(network, self)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        X = self.embedding(ids) + self.positions.weight[: ids.shape[-1]]
        return self.norm(self.blocks(X)) @ self.embedding.weight.T


class Block(nn.Module):
    """R = X + attention(norm1(X)),  Y = R + mlp(norm2(R)), causal"""

    def __init__(self, M: int, heads: int, hidden: int, bias: bool, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.inwards, self.outwards = nn.Linear(M, 3 * M, bias), nn.Linear(M, M, bias)
        self.mlp = nn.Sequential(nn.Linear(M, hidden, bias), nn.GELU(), nn.Linear(hidden, M, bias))
        self.norm1, self.norm2 = (nn.LayerNorm(M, eps, bias=bias) for _ in range(2))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        parts = self.inwards(self.norm1(X)).chunk(3, dim=-1)
        Q, K, V = (A.unflatten(-1, (self.heads, -1)).transpose(-3, -2) for A in parts)
        O = F.scaled_dot_product_attention(Q, K, V, is_causal=True)
        R = X + self.outwards(O.transpose(-3, -2).flatten(-2))
        return R + self.mlp(self.norm2(R))
