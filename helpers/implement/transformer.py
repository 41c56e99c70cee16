"""A block of a transformer: attention, two linear layers, and a norm and a path past each."""

import numpy as np

from .activations import GELU, ReLU
from .layer import Layer
from .layer_norm import LayerNorm
from .linear import Linear
from .mlp import chosen
from .multihead_attention import MultiheadAttention
from .network import Composed, Sequential
from .swiglu import SwiGLU

ACTIVATIONS = "gelu", "gelu_tanh", "relu", "swiglu"


class TransformerBlock(Composed):
    """R = X + attention(norm1(X)),  Y = R + mlp(norm2(R))

    Forward    R   = X + attention(norm1(X))            X, R, Y (..., T, E)
               Y   = R + mlp(norm2(R))                  mlp: E → hidden → E at each place
    Backward   dR  = dY + dY through mlp and norm2      a path on which nothing stands, and one through the layers
               dX  = dR + dR through attention and norm1

    With ``norm_first=False`` each norm stands behind its sum, as in Vaswani et al. 2017, and no path is free of it:

    Forward    R   = norm1(X + attention(X))
               Y   = norm2(R + mlp(R))
    Backward   dZ₂ = dY through norm2,  dR = dZ₂ + dZ₂ through mlp
               dZ₁ = dR through norm1,  dX = dZ₁ + dZ₁ through attention

    The mlp is a Linear, a GELU or a ReLU, and a Linear, or it is a SwiGLU; ``hidden`` is 4 E where it is not said.
    ``padding`` (..., T), ``mask``, ``causal`` and ``rotary`` are those of MultiheadAttention. Parameters: "mlp.0.W",
    "attention.W", "norm1.gamma", ...

    Norms first: Xiong et al. 2020.
    """

    inputs = "X", "padding", "mask"
    booleans = optional = ("padding", "mask")

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        hidden: int | None = None,
        activation: str = "gelu",
        norm_first: bool = True,
        eps: float = 1e-5,
        bias: bool = True,
        *,
        causal: bool = False,
        rotary: bool = False,
        rng: np.random.Generator | int | None = None,
        dtype: type = np.float64,
    ) -> None:
        self.num_heads, self.causal, self.eps, self.norm_first = num_heads, causal, float(eps), norm_first
        self.activation = chosen("activation", activation, ACTIVATIONS)
        draw, E = {"rng": np.random.default_rng(rng), "dtype": dtype}, embed_dim
        self.attention = MultiheadAttention(E, num_heads, bias, causal=causal, rotary=rotary, **draw)
        self.mlp = mlp(E, 4 * E if hidden is None else hidden, activation, bias, draw)
        self.norm1, self.norm2 = (LayerNorm(E, eps, bias=bias, dtype=dtype) for _ in range(2))

    def formula(self, X, padding, mask):
        if self.norm_first:
            R = X + self.attention.forward(self.norm1.forward(X), None, padding, mask)
            return R + self.mlp.forward(self.norm2.forward(R))
        R = self.norm1.forward(X + self.attention.forward(X, None, padding, mask))
        return self.norm2.forward(R + self.mlp.forward(R))

    def gradient(self, dY: np.ndarray) -> np.ndarray:
        if self.norm_first:
            dR = dY + self.norm2.backward(self.mlp.backward(dY))
            return dR + self.norm1.backward(self.attention.backward(dR))
        dZ2 = self.norm2.backward(dY)
        dR = dZ2 + self.mlp.backward(dZ2)
        dZ1 = self.norm1.backward(dR)
        return dZ1 + self.attention.backward(dZ1)

    def check(self, X: np.ndarray, padding: np.ndarray | None, mask: np.ndarray | None) -> None:
        self.attention.check(X, None, padding)


def mlp(E: int, hidden: int, activation: str, bias: bool, draw: dict) -> Layer:
    """The layers behind attention, by the name of what stands between them."""
    if activation == "swiglu":
        return SwiGLU(E, hidden, **draw)
    h = ReLU() if activation == "relu" else GELU("tanh" if activation == "gelu_tanh" else "none")
    return Sequential(Linear(E, hidden, bias, **draw), h, Linear(hidden, E, bias, **draw))
